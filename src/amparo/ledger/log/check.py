"""Checking one's own log: everything is built again from the journal and compared.

The journal is the truth; tiles are a projection of it. Compared are: every bundle and
tile on disk, the signed root, each opening with its commitment, that sequence numbers have no gap,
and that the columns by which the journal finds an entry say what the log has signed: its case, its
place there, its platform.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import hashlib
from collections.abc import Callable
from typing import NamedTuple

from amparo.errors import Refused, Unsound
from amparo.ledger.log.notarise import NO_DECISION
from amparo.ledger.log.publish import published_checkpoint, publishing, read_tile
from amparo.ledger.log.rebuild import rebuild, signed_tree
from amparo.record import event, sealing
from amparo.storage.blobs import log_of
from amparo.storage.journal import Committed, Journal, LogEntry
from amparo.storage.node import Node
from amparo.tlog import edge as edges
from amparo.tlog import merkle
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.tile import ENTRIES, HEIGHT, WIDTH, Tile, bundle, cut, node_reader, width_at

STEP = 64 * WIDTH
SlugOf = Callable[[int], str | None]
"""A platform's number -> its name in the log."""


class NotBegun(Refused):
    """No checkpoint was ever signed."""


class Report(NamedTuple):
    """What was looked at."""

    entries: int
    files: int
    openings: int
    erased: int
    waiting: int


def rebuild_files(node: Node) -> None:
    """Write the log's files anew from the journal; nobody may publish meanwhile."""
    journal = Journal(node.journal)
    with publishing(node, journal):
        rebuild(node, journal, _committed(node, journal))
    journal.close()


def check(node: Node, advance: Callable[[int, int | None], None] = lambda *_: None) -> Report:
    """Compare everything; `Unsound` names the first thing that differs."""
    journal = Journal(node.journal, read_only=True)
    published = published_checkpoint(node, node.signer().verifier)
    committed = _committed(node, journal)
    if published is None:
        raise _differs("no checkpoint is public, but one was committed")
    if published.size > committed.size:
        raise _differs("the public checkpoint is larger than what the journal committed to")
    slug_of = _slug_reader(journal)
    edge = Edge()
    compared = openings = erased = waiting = 0
    pending: list[bytes] = []
    expected = 0
    for entry in journal.events():
        if entry.seq != expected:
            raise _differs(f"entry {expected} is missing in the journal")
        expected += 1
        if _check_entry(entry, slug_of):
            openings += 1
        else:
            erased += 1
            _check_erasure(journal, entry)
        if entry.seq >= published.size:
            waiting += 1
            continue
        pending.append(entry.leaf)
        if len(pending) == STEP or entry.seq + 1 == published.size:
            edge, tiles = edges.grow(edge, pending)
            pending = []
            compared += _compare(node, tiles, published.size)
            advance(edge.size, published.size)
    if edge.size != published.size or edge.root() != published.root:
        raise _differs("the entries do not give the root that was signed")
    _check_platforms(journal)
    journal.close()
    return Report(edge.size, compared, openings, erased, waiting)


def _committed(node: Node, journal: Journal) -> Committed:
    committed = signed_tree(node, journal)
    if committed is None and node.signed.exists():
        raise _differs("its key has signed a tree, and the journal knows of no checkpoint")
    if committed is None:
        raise NotBegun(
            "The log has not begun yet.",
            why="nothing of it was ever signed, so there is nothing to compare with",
            fix="Run `amparo serve`: it signs the first checkpoint.",
        )
    return committed


def check_bundle(node: Node, journal: Journal, number: int, public: Checkpoint) -> None:
    """Compare the entries of one bundle as `check` does, and show that they are in the signed tree.

    `Missing` where a file of the log is gone, `Unsound` where anything differs.
    """
    start, width = number * WIDTH, width_at(ENTRIES, number, public.size)
    rows = journal.between(start, start + width)
    if [entry.seq for entry in rows] != list(range(start, start + width)):
        raise _differs(f"entries from {start} to {start + width} are not all in the journal")
    slug_of = _slug_reader(journal)
    for entry in rows:
        if not _check_entry(entry, slug_of):
            _check_erasure(journal, entry)
    hashes = [merkle.leaf_hash(entry.leaf) for entry in rows]
    tiles = {
        Tile(ENTRIES, number, width): bundle([entry.leaf for entry in rows]),
        Tile(0, number, width): b"".join(hashes),
    }
    _compare(node, tiles, public.size)
    nodes = node_reader(functools.partial(read_tile, log_of(node)), public.size)
    proof = merkle.inclusion_proof(start, public.size, nodes)
    merkle.check_inclusion(hashes[0], start, public.size, proof, public.root)


def _slug_reader(journal: Journal) -> SlugOf:
    """Each is read when it is asked for: platforms are added while a log is checked."""

    @functools.cache
    def slug_of(platform: int) -> str | None:
        found = journal.db.execute("SELECT slug FROM platform WHERE id = ?", (platform,)).get
        return None if found is None else str(found)

    return slug_of


def _check_entry(entry: LogEntry, slug_of: SlugOf) -> bool:
    """Whether there is an opening; if so, it is the one the leaf commits to.

    What the leaf, or its opening, says of case, place and platform is what the columns say.
    """
    leaf = event.read_leaf(entry.leaf)
    columns = str(entry.case), entry.n
    if isinstance(leaf, event.DecisionIssued):
        if (*columns, slug_of(entry.platform)) != (leaf.case, leaf.n, leaf.by):
            raise _misplaced(entry, f"{leaf.case}, {leaf.n}, {leaf.by}")
        if entry.opening is not None:
            sealing.check_opening(sealing.unpack(entry.opening), leaf.sealed)
        return entry.opening is not None
    if entry.opening is None:
        return False
    opening = sealing.unpack(entry.opening)
    if not opening.opens(leaf.sealed):
        raise _differs(f"the opening of entry {entry.seq} is not what the entry commits to")
    if entry.n != NO_DECISION:
        stated = opening.fields()
        of_leaf = stated.get("case", columns[0]), stated.get("n", columns[1])
        if columns != of_leaf:
            raise _misplaced(entry, f"{of_leaf[0]}, {of_leaf[1]}")
    return True


def _check_platforms(journal: Journal) -> None:
    """What happens to a case is of the platform that decided it; no leaf says so of each entry."""
    found = journal.db.execute(
        "SELECT later.seq FROM event AS later JOIN event AS first "
        "ON first.case_id = later.case_id AND first.n = 1 "
        "WHERE later.n > 1 AND later.platform <> first.platform ORDER BY later.seq LIMIT 1"
    ).get
    if found is not None:
        raise _differs(f"entry {found} is filed under another platform than its case")


def _misplaced(entry: LogEntry, signed: str) -> Unsound:
    return _differs(
        f"entry {entry.seq} is filed as {entry.case}, {entry.n}, platform {entry.platform}; "
        f"the log has signed {signed}"
    )


def _check_erasure(journal: Journal, entry: LogEntry) -> None:
    if journal.erased_at(entry.seq) is None:
        raise _differs(f"the opening of entry {entry.seq} is gone, but no erasure is noted")


def _compare(node: Node, tiles: dict[Tile, bytes], size: int) -> int:
    """Compare freshly built tiles with those on disk; partial ones only at the final size."""
    compared, store = 0, log_of(node)
    for tile, body in tiles.items():
        if tile.width != width_at(tile.level, tile.number, size):
            continue
        on_disk = read_tile(store, tile)
        if tile.level != ENTRIES and len(on_disk) != len(body):
            on_disk = cut(on_disk, tile.width)
        same = on_disk == body or (tile.level == ENTRIES and on_disk.startswith(body))
        if not same:
            first = tile.number * WIDTH << (HEIGHT * max(tile.level, 0))
            raise _differs(
                f"{tile.path} on disk differs from what the journal gives (entries from {first}; "
                f"SHA-256 {hashlib.sha256(on_disk).hexdigest()[:16]}…)"
            )
        compared += 1
    return compared


def _differs(why: str) -> Unsound:
    return Unsound(
        "The log and the journal do not agree.",
        why=why,
        fix="Keep copies of both. If only files of the log are damaged, "
        "`amparo log check --rebuild` writes them anew; if the journal is, restore a backup.",
    )
