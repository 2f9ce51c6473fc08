"""Reading old entries again: whether a log still serves what was once verified of it.

Whoever follows a log keeps the right edge of its tree, and nothing that grows. From there every
bundle can be reached: an unfinished tile is known by heart, and each finished one must fold into
the hash that the tile above it holds. The way leads downward, so that the first file that does not
fit is the damaged one.

Source: C2SP tlog-tiles.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial

from amparo.errors import Unsound
from amparo.tlog.edge import Edge
from amparo.tlog.merkle import HASH_SIZE, fold_complete, leaf_hash
from amparo.tlog.tile import ENTRIES, HEIGHT, WIDTH, Tile, bundle, cut, entries_of

Check = Callable[[bytes, int], bytes]
"""(body, width it was served for) -> the body of the width asked for; or `Unsound`."""
Read = Callable[[Tile, Check], bytes]
"""Fetches a file, and a fuller one in its place; gives what the check makes of it."""


def bundles(size: int) -> int:
    """How many entry bundles a tree of a size has."""
    return -(-size // WIDTH)


def entries_at(edge: Edge, number: int, read: Read) -> list[bytes]:
    """The entries of a bundle, proven by the edge to lie in its tree; or what `read` raises."""
    above = b""
    for level in reversed(range(len(edge.levels))):
        index = number >> (HEIGHT * level)
        if index == (edge.size >> (HEIGHT * level)) // WIDTH:
            known = edge.levels[level]
            if known:
                width = len(known) // HASH_SIZE
                read(Tile(level, index, width), partial(_same, known, width))
            above = known
        else:
            at = index % WIDTH * HASH_SIZE
            above = read(Tile(level, index), partial(_folds, above[at : at + HASH_SIZE]))
    width = len(above) // HASH_SIZE
    body = read(Tile(ENTRIES, number, width), partial(_hashes, above, width))
    return entries_of(body, width)


def _same(known: bytes, width: int, body: bytes, _: int) -> bytes:
    if cut(body, width) != known:
        raise _differs()
    return known


def _folds(root: bytes, body: bytes, _: int) -> bytes:
    if fold_complete(cut(body, WIDTH)) != root:
        raise _differs()
    return body


def _hashes(leaves: bytes, width: int, body: bytes, served: int) -> bytes:
    entries = entries_of(body, served)[:width]
    if b"".join(map(leaf_hash, entries)) != leaves:
        raise _differs()
    return body if served == width else bundle(entries)


def _differs() -> Unsound:
    return Unsound(
        "The log serves something else than it did before.",
        why="it differs from what was verified earlier",
        fix="Ask again; if it stays so, tell the log's operator which file it is.",
    )
