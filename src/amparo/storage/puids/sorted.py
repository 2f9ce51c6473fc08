"""PUIDs in memory, sorted: sixteen bytes each, so that a million of them cost little.

Of a digest only the first eight bytes are here, as a number; whoever finds one compares the whole.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PREFIX_BYTES = 8
Prefixes = NDArray[np.uint64]
"""The first bytes of digests as numbers, so that they sort as the digests do."""


def prefixes_of(digests: Sequence[bytes]) -> Prefixes:
    """The first eight bytes of each digest, of at least as many."""
    cut = b"".join([digest[:PREFIX_BYTES] for digest in digests])
    return np.frombuffer(cut, ">u8").astype(np.uint64)


def bytes_of(prefixes: Prefixes) -> list[bytes]:
    """The same as they are written."""
    raw = prefixes.astype(">u8").tobytes()
    return [raw[at : at + PREFIX_BYTES] for at in range(0, len(raw), PREFIX_BYTES)]


class Held:
    """Prefixes and the sequence numbers that took them, in the order of the prefixes."""

    def __init__(self, slices: int) -> None:
        """The key space has so many slices, a power of two: see `puids`."""
        self._slices = np.uint64(slices)
        self.prefixes = np.empty(0, np.uint64)
        self._seqs = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.prefixes)

    def add(self, prefixes: Prefixes, seqs: Sequence[int]) -> None:
        """Sort some more in."""
        order = np.argsort(prefixes)
        fresh, taken_by = prefixes[order], np.array(seqs, np.int64)[order]
        at = np.searchsorted(self.prefixes, fresh)
        self.prefixes = np.insert(self.prefixes, at, fresh)
        self._seqs = np.insert(self._seqs, at, taken_by)

    def seqs_of(self, prefixes: Prefixes) -> list[int]:
        """Every sequence number that took one of these."""
        first = np.searchsorted(self.prefixes, prefixes, "left")
        end = np.searchsorted(self.prefixes, prefixes, "right")
        return [
            int(seq)
            for at in np.flatnonzero(end > first)
            for seq in self._seqs[first[at] : end[at]]
        ]

    def of_slice(self, number: int) -> tuple[Prefixes, list[int]]:
        """The prefixes of one slice, in order, and what took them."""
        inside = self._slice_of_each() == number
        return self.prefixes[inside], self._seqs[inside].tolist()

    def drop(self, upto: Sequence[int]) -> None:
        """Forget of each slice what was taken before its number in `upto`."""
        mask = self._seqs >= np.array(upto, np.int64)[self._slice_of_each()]
        self.prefixes, self._seqs = self.prefixes[mask], self._seqs[mask]

    def _slice_of_each(self) -> NDArray[np.intp]:
        return (self.prefixes >> np.uint64(56) & self._slices - np.uint64(1)).astype(np.intp)
