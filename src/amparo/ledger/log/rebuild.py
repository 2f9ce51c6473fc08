"""The log's files anew from the journal: only once the entries have given the root that was signed.

Twice through the entries: first they are hashed and nothing is written; then the files are made,
and those that differ are put right one by one, so that a crash in between is mended by running it
again.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator, Mapping

from amparo.errors import Unsound
from amparo.storage.blobs import Store, log_of
from amparo.storage.journal import Committed, Journal
from amparo.storage.node import Node
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import edge as edges
from amparo.tlog.edge import Edge
from amparo.tlog.tile import WIDTH, Tile, width_at

STEP = 64 * WIDTH  # entries in memory at once
Advance = Callable[[int, int | None], None]


def rebuild(
    node: Node,
    journal: Journal,
    committed: Committed,
    advance: Advance = lambda *_: None,
    *,
    only_missing: bool = False,
) -> None:
    """Write every file of the log that is missing or differs; the checkpoint stays as it is.

    `only_missing`: leave what differs as it is, for somebody to look at. Nothing is lost then, and
    a file that comes out is the one that was there, so nobody need be asked.
    """
    check_root(journal, committed)
    store = log_of(node)
    for edge, tiles in _grown(journal, committed.size):
        bodies = {
            tile.path: body
            for tile, body in tiles.items()
            if tile.width == width_at(tile.level, tile.number, committed.size)
        }
        _mend(store, bodies, only_missing=only_missing)
        advance(edge.size, committed.size)


def check_root(journal: Journal, committed: Committed, advance: Advance = lambda *_: None) -> None:
    """Raise unless the journal's entries give the root that was signed."""
    root = Edge().root()
    for edge, _ in _grown(journal, committed.size):
        root = edge.root()
        advance(edge.size, committed.size)
    if root != committed.root:
        raise Unsound(
            "The journal does not give the root that was signed.",
            why=f"its {committed.size} entries lead to another root",
            fix="An entry was changed: put the journal back from a backup of the same state.",
        )


def signed_tree(node: Node, journal: Journal) -> Committed | None:
    """The tree that a journal has committed to, once its signature was verified; None: none yet."""
    committed = journal.committed()
    if committed is None:
        return None
    key = node.signer().verifier
    signed = checkpoints.open_checkpoint(committed.note, origin=node.origin, keys=[key])
    if (signed.size, signed.root) != (committed.size, committed.root):
        raise Unsound(
            "The log and the journal do not agree.",
            why="the committed checkpoint is not the one that was signed",
            fix="Keep a copy of the journal, and restore a backup of the same state.",
        )
    return committed


def _grown(journal: Journal, size: int) -> Iterator[tuple[Edge, Mapping[Tile, bytes]]]:
    edge = Edge()
    while edge.size < size:
        edge, tiles = edges.grow(edge, journal.leaves(edge.size, min(edge.size + STEP, size)))
        yield edge, tiles


def _mend(store: Store, bodies: Mapping[str, bytes], *, only_missing: bool) -> None:
    fresh = {}
    for name, body in bodies.items():
        try:
            if store.read(name) != body and not only_missing:
                store.overwrite(name, body)
        except FileNotFoundError:
            fresh[name] = body
    store.write_new(fresh)
