"""A bitmap that says of most new digests that they cannot have been seen.

A Bloom filter of one hash, and the digest itself is the hash: its first bits name one bit. Where
that is clear, the digest was never added; where it is set, somebody has to look. Of fixed size,
so that memory stays flat; fuller, it only saves less.

Source: Bloom, Space/time trade-offs in hash coding with allowable errors (CACM 13, 1970).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable

BITS = 28
"""2^28 bits are 32 MiB: of ten million digests one in 27 is looked for in vain, of a hundred
million one in three."""
_SHIFT = 32 - BITS


class Sieve:
    """Digests of at least four random bytes."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << (BITS - 3))

    def add(self, digests: Iterable[bytes]) -> None:
        """Remember digests; they cannot be forgotten."""
        bits = self._bits
        for digest in digests:
            place = int.from_bytes(digest[:4]) >> _SHIFT
            bits[place >> 3] |= 1 << (place & 7)

    def lets_through(self, digest: bytes) -> bool:
        """False: it was certainly never added."""
        place = int.from_bytes(digest[:4]) >> _SHIFT
        return bool(self._bits[place >> 3] >> (place & 7) & 1)
