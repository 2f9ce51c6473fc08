"""What was decided: the words of the law, the rules over them, and what of it is public.

`vocabulary` the closed lists, `decision` a submission read and settled, `rules` every rule over it,
`answer` the shapes in which it is told back, `disclosure` the public and the sealed part,
`canonical` bytes that can be hashed, `event` what goes into the log, `specimen` made-up decisions.
All of it is pure.
"""
