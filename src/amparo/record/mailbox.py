"""When two addresses for mail are the same one: the letters A to Z, and no other, have two forms.

Unicode folds more: U+212A, the sign for kelvin, becomes a `k`, so that somebody who can have mail
at that address would come in as Kim. Every comparison goes through `folded`; beside it `lower()` of
the databases folds the same letters, in SQLite always, in PostgreSQL since columns are of collation
"C".

Source: RFC 5321, section 2.4 (and RFC 6531, which adds no folding of its own).
"""

# SPDX-License-Identifier: Apache-2.0

from string import ascii_lowercase, ascii_uppercase

_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def folded(address: str) -> str:
    """An address in the form in which it is compared."""
    return address.strip().translate(_SMALL)
