"""The transparency report: written strictly, read tolerantly, recounted by anyone.

`forms` is the harmonised template. `figures` counts, from a node or from a public log with the same
code. `write` fills the template, `lint` finds what is wrong in anyone's report, `mend` corrects
what is certain, `recount` compares claimed with counted.

Source: Implementing Regulation (EU) 2024/2835, Annexes I and II; DSA Articles 15, 24 and 42.
"""
