"""Whether a PUID was taken before, which makes submitting idempotent: a Bloom filter over an index.

A journal needs no more of it than `Puids` says; a plain UNIQUE index would do, were it not for what
each statement then costs in a large log (docs/decisions/0007). The tests hold the two together.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Protocol


class Puids(Protocol):
    """Which PUIDs are taken, by their digests; what writes is used inside a transaction."""

    def taken(self, digests: Sequence[bytes], size: int | None = None) -> dict[bytes, int]:
        """Those of the digests that are taken -> the sequence number that took them.

        `size`: how many events there are, where that is known.
        """

    def add(self, digests: Sequence[tuple[int, bytes]]) -> None:
        """Remember digests just written to `puid`, after `taken` in the same transaction."""

    def make_room(self) -> None:
        """Put away what is too much to be held in memory, after `taken` in the same transaction."""
