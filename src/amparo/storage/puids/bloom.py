"""A Bloom filter: bits that say of most new digests that they cannot have been seen.

A Bloom filter of two hashes, and the digest itself is both: its first bits name one bit, the next
ones another. Where one is clear, the digest was never added; where both are set, somebody has to
look. Of fixed size, so that memory stays flat; fuller, it only saves less.

Source: Bloom, Space/time trade-offs in hash coding with allowable errors (CACM 13, 1970).
"""

# SPDX-License-Identifier: Apache-2.0

import numpy as np
from numpy.typing import NDArray

from amparo.storage.puids.sorted import Prefixes

BITS = 28
"""2^28 bits are 32 MiB: of ten million digests one in 190 is looked for in vain, of a hundred
million one in four."""
_MASK = np.uint64((1 << BITS) - 1)
_SHIFTS = np.array([[64 - BITS], [64 - 2 * BITS]], np.uint64)
_BIT = np.left_shift(np.uint8(1), np.arange(8, dtype=np.uint8))


class BloomFilter:
    """Prefixes of digests, which are random."""

    def __init__(self) -> None:
        self._bits = np.zeros(1 << (BITS - 3), np.uint8)

    def add(self, prefixes: Prefixes) -> None:
        """Remember prefixes; they cannot be forgotten."""
        byte, bit = _places(prefixes)
        np.bitwise_or.at(self._bits, byte.ravel(), bit.ravel())

    def lets_through(self, prefixes: Prefixes) -> NDArray[np.bool_]:
        """Of each: whether it may have been added. False: it certainly never was."""
        byte, bit = _places(prefixes)
        maybe: NDArray[np.bool_] = np.all(self._bits[byte] & bit, axis=0)
        return maybe


def _places(prefixes: Prefixes) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Two rows, a hash each: the byte of every prefix, and the bit in it."""
    # Both at once: a commit has few digests, and each step of numpy costs more than they do.
    place = (prefixes >> _SHIFTS & _MASK).astype(np.intp)
    return place >> 3, _BIT[place & 7]
