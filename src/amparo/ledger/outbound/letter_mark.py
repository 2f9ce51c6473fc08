"""By what a letter is known again when it comes back: a mark that nobody can guess.

It stands in the Message-ID, and in the address that takes what comes back (VERP). Who has the mark
has the letter, or carried it; from anybody else a bounce is a forgery, and changes nothing.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from amparo.ledger.outbound.outbox import Waiting

_MARK = re.compile(r"(?:amparo\.|\+)([0-9]{1,18})\.([0-9a-f]{32})@", re.IGNORECASE)
_PURPOSE = b"amparo letter"
_HEX_DIGITS = 32
"""128 bits of HMAC-SHA-256."""


class Mark(NamedTuple):
    """The number of a letter in the outbox, and what proves that it is meant."""

    number: int
    proof: str

    def __str__(self) -> str:
        return f"{self.number}.{self.proof}"


def of_letter(secret: bytes, letter: Waiting) -> Mark:
    """A letter's mark; the number alone could be given again after a row is dropped."""
    fields = (letter.id, letter.case, letter.recipient, letter.kind, letter.made_at)
    text = _PURPOSE + b"".join(f"\n{field}".encode() for field in fields)
    return Mark(letter.id, hmac.digest(secret, text, hashlib.sha256).hex()[:_HEX_DIGITS])


def is_of(found: Mark, secret: bytes, letter: Waiting) -> bool:
    """Whether a mark that came back is the letter's own."""
    return hmac.compare_digest(found.proof, of_letter(secret, letter).proof)


def find(named: Iterable[str]) -> Iterator[Mark]:
    """Every mark in Message-IDs and addresses, proven or not."""
    for text in named:
        for number, proof in _MARK.findall(text):
            yield Mark(int(number), proof.lower())
