"""What was decided: the vocabulary of the law, the rules over it, and what of it is public.

`vocabulary` holds the closed lists, `decision` reads and settles a submission, `rules` has every
rule and `fast_path` the quick way for plain statements. `answer` has the forms in which a statement
is returned, `sealing` the public and the sealed part, `canonical` bytes that can be hashed, `event`
what goes into the log, `specimen` made-up decisions. All of it is pure.
"""
