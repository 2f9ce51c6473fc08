"""Tiles and entry bundles: a tree cut into files that never change (C2SP tlog-tiles).

A full tile holds 256 hashes. Hash i of tile n on level L is the root over the 256^L entries from
(n * 256 + i) * 256^L. A partial tile of width W holds the first W hashes of a tile that is not
full yet; it is never hashed upward, and it may go once the full tile is there.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from amparo.errors import Malformed, Text, Unsound
from amparo.tlog.merkle import HASH_SIZE, Hash, NodeReader, fold_complete

WIDTH = 256
HEIGHT = 8
MOST_ENTRY_BYTES = 65_535
MOST_BUNDLE_BYTES = WIDTH * (MOST_ENTRY_BYTES + 2)
ENTRIES = -1
"""The level under which entry bundles go: `tile/entries/...`."""

_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


class Tile(NamedTuple):
    """Where a tile or an entry bundle lies: `level` is `ENTRIES` for a bundle."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The tile's address below the log's prefix, as in `tile/0/x001/x234/067.p/17`."""
        digits = f"{self.number:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number}{partial}"


def parse_path(path: str) -> Tile:
    """Read a tile's address; only the one spelling that `Tile.path` writes is taken."""
    match = _PATH.fullmatch(path) if path.isascii() and len(path) < 100 else None
    if match:
        level, number, width = match.groups()
        tile = Tile(
            ENTRIES if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            int(width) if width else WIDTH,
        )
        if tile.path == path and (width is None or tile.width < WIDTH):
            return tile
    raise Malformed(
        "That is not the address of a tile.",
        why=Text("it is {path}", path=repr(path[:80])),
        fix="Addresses look like tile/0/x001/x234/067 or tile/entries/000.p/17.",
    )


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes a tile holds in a tree of `size`; 0 if there is no such tile."""
    hashes = size >> (HEIGHT * max(level, 0))
    return max(0, min(WIDTH, hashes - index * WIDTH))


def implied(size: int) -> dict[int, int]:
    """Level -> how many tiles or bundles of it a checkpoint of `size` promises.

    Counted and never listed: a log may sign any size up to 2^63.
    """
    levels = ((level, size >> (HEIGHT * max(level, 0))) for level in range(ENTRIES, 8))
    return {level: -(-hashes // WIDTH) for level, hashes in levels if hashes}


def bundle(entries: Sequence[bytes]) -> bytes:
    """Pack entries: for each a big-endian uint16 length, then its bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MOST_ENTRY_BYTES:
            raise Malformed(
                "An entry is too long for the log.",
                why=Text(
                    "it has {number} bytes; the format holds {most}",
                    number=len(entry),
                    most=MOST_ENTRY_BYTES,
                ),
                fix="Shorten the submission.",
            )
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def entries_of(body: bytes, width: int) -> list[bytes]:
    """Unpack a bundle of exactly `width` entries, no byte left over."""
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(body) and len(entries) < width:
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body):
            break
        entries.append(body[at + 2 : end])
        at = end
    if len(entries) != width or at != len(body):
        raise Unsound(
            "An entry bundle does not hold what its name says.",
            why=Text(
                "wanted are {wanted} entries and no byte more; {number} are whole, bytes left "
                "over: {over}",
                wanted=width,
                number=len(entries),
                over=len(body) - at,
            ),
            fix="Fetch it again; if it stays so, the log serves a damaged file.",
        )
    return entries


def cut(body: bytes, width: int) -> bytes:
    """The first `width` hashes of a tile body, which may be of a fuller tile."""
    if len(body) % HASH_SIZE or not width * HASH_SIZE <= len(body) <= WIDTH * HASH_SIZE:
        raise Unsound(
            "A tile does not hold what its name says.",
            why=Text(
                "wanted are at least {wanted} hashes of 32 bytes; {number} bytes came",
                wanted=width,
                number=len(body),
            ),
            fix="Fetch it again; if it stays so, the log serves a damaged file.",
        )
    return body[: width * HASH_SIZE]


def node_reader(read: Callable[[Tile], bytes], size: int) -> NodeReader:
    """Complete nodes of the tree of `size`, each out of one tile; `read` gives a tile's body."""
    seen: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> Hash:
        tile_level, rest = divmod(level, HEIGHT)
        first = index << rest
        number, offset = divmod(first, WIDTH)
        body = seen.get((tile_level, number))
        if body is None:
            tile = Tile(tile_level, number, width_at(tile_level, number, size))
            body = seen[(tile_level, number)] = cut(read(tile), tile.width)
        return fold_complete(body[offset * HASH_SIZE : (offset + (1 << rest)) * HASH_SIZE])

    return node
