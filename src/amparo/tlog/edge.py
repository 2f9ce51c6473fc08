"""The right edge of a growing tree: all that is needed to append, and nothing that grows with it.

For each level the edge keeps the hashes of the tile that is not full yet, end to end. Growing
yields the new edge and exactly the tiles and bundles that differ between the two sizes.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amparo.errors import Unsound
from amparo.tlog.merkle import HASH_SIZE, Hash, fold_complete, fold_frontier
from amparo.tlog.tile import ENTRIES, HEIGHT, WIDTH, Tile, bundle, cut, entries_of, width_at

_FULL = WIDTH * HASH_SIZE


@dataclass(frozen=True, slots=True)
class Edge:
    """A tree's size, the unfinished tile of each level, and the unfinished bundle's entries."""

    size: int = 0
    levels: tuple[bytes, ...] = ()
    entries: tuple[bytes, ...] = ()

    def root(self) -> Hash:
        """The root over all entries so far."""
        frontier: list[Hash] = []
        for hashes in reversed(self.levels):
            at = 0
            width = len(hashes) // HASH_SIZE
            for bit in reversed(range(HEIGHT)):
                if width >> bit & 1:
                    end = at + (HASH_SIZE << bit)
                    frontier.append(fold_complete(hashes[at:end]))
                    at = end
        return fold_frontier(frontier)


def grow(edge: Edge, entries: Sequence[bytes]) -> tuple[Edge, dict[Tile, bytes]]:
    """Append entries: the new edge, and every tile and bundle that is new or wider now."""
    if not entries:
        return edge, {}
    tiles: dict[Tile, bytes] = {}
    pending = [*edge.entries, *entries]
    full = len(pending) // WIDTH
    at = edge.size // WIDTH
    for number in range(full):
        tiles[Tile(ENTRIES, at + number)] = bundle(pending[number * WIDTH : (number + 1) * WIDTH])
    pending = pending[full * WIDTH :]
    if pending:
        tiles[Tile(ENTRIES, at + full, len(pending))] = bundle(pending)

    sha = hashlib.sha256
    fresh = b"".join([sha(b"\x00" + entry).digest() for entry in entries])
    levels = list(edge.levels)
    level, size = 0, edge.size
    while fresh:
        if level == len(levels):
            levels.append(b"")
        index = (size >> (HEIGHT * level)) // WIDTH
        hashes = levels[level] + fresh
        fresh = b""
        start = 0
        while len(hashes) - start >= _FULL:
            body = hashes[start : start + _FULL]
            tiles[Tile(level, index)] = body
            fresh += fold_complete(body)
            start, index = start + _FULL, index + 1
        levels[level] = rest = hashes[start:]
        if rest:
            tiles[Tile(level, index, len(rest) // HASH_SIZE)] = rest
        level += 1
    return Edge(edge.size + len(entries), tuple(levels), tuple(pending)), tiles


def load(size: int, root: Hash, read: Callable[[Tile], bytes]) -> Edge:
    """Read a tree's edge back from its tiles, and check it against the signed root."""
    levels: list[bytes] = []
    level = 0
    while size >> (HEIGHT * level):
        index = (size >> (HEIGHT * level)) // WIDTH
        width = width_at(level, index, size)
        levels.append(cut(read(Tile(level, index, width)), width) if width else b"")
        level += 1
    index, width = divmod(size, WIDTH)
    entries = entries_of(read(Tile(ENTRIES, index, width)), width) if width else []
    edge = Edge(size, tuple(levels), tuple(entries))
    leaves = b"".join(hashlib.sha256(b"\x00" + entry).digest() for entry in entries)
    if edge.root() != root or (levels and leaves != levels[0]):
        raise Unsound(
            f"The tiles at the right edge do not give the root of the checkpoint of {size}.",
            why="a tile or the last entry bundle was changed, cut or lost",
            fix="Rebuild the tiles from the journal with `amparo log check --rebuild`.",
        )
    return edge
