"""Publishing: what the journal holds becomes tiles and a signed checkpoint.

One writer, and an order that survives a crash at any point (docs/ledger.md):

1. the lock, and the committed checkpoint, and the right edge verified against it;
2. bundles, tiles and root in memory;
3. all of them in one staging file, durable;
4. signed, and committed by compare-and-swap: the point of no return;
5. tiles and bundles out; 6. cosignatures asked, checkpoint out; 7. the staging file dropped.

Commit before asking witnesses: a witness that had seen a tree which we then lost in a crash would
refuse every later one, and rightly; it could not tell our accident from a split view.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from amparo.errors import AmparoError, Missing, Unavailable, Unsound
from amparo.ledger.log import moments
from amparo.ledger.log.rebuild import rebuild
from amparo.storage import durable
from amparo.storage.blobs import Store, log_of
from amparo.storage.durable import write_durably
from amparo.storage.journal import Committed, Journal
from amparo.storage.node import CHECKPOINT, Node
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import edge as edges
from amparo.tlog import note
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.edge import Edge
from amparo.tlog.tile import WIDTH, Tile

BEAT_SECONDS = 1.0
MOST_IN_BEAT = 100_000
REFRESH_SECONDS = 3600  # cosignatures stay young on a quiet log
CLOCK_SLACK = 2  # seconds by which clocks of one machine may differ between two readings

Cosign = Callable[[note.Note, Checkpoint], note.Note]
"""Asks witnesses: the log's signed checkpoint -> the same with cosignatures."""


@contextlib.contextmanager
def publishing(node: Node, journal: Journal) -> Iterator[None]:
    """Be the one who publishes a log, in its folder and in its database, or `Unavailable`."""
    with durable.locked(node.lock), journal.db.publishing():
        yield


class Publisher:
    """Publishes one node's log; make it only while `publishing`."""

    def __init__(
        self,
        node: Node,
        journal: Journal,
        *,
        clock: Callable[[], float] = time.time,
        cosign: Cosign | None = None,
    ) -> None:
        """Recover from whatever the last process left, or refuse with a reason."""
        self._node = node
        self._journal = journal
        self._clock = clock
        self._cosign = cosign
        self._signer = node.signer()
        self._store = log_of(node)
        self._unpublished: Mapping[str, bytes] | None = None
        self._put_out_at = 0.0
        self._committed = self._recover()
        self._edge = self._load_edge()

    @property
    def size(self) -> int:
        """How many entries are public."""
        return self._edge.size

    def follow(self, cosign: Cosign | None) -> None:
        """Ask other witnesses from now on."""
        self._cosign = cosign

    def beat(self) -> int:
        """Publish what the journal holds beyond the tree; how many entries it was."""
        if self._unpublished is not None:
            self._put_out(self._unpublished)
        start = self._committed.size
        leaves = self._journal.leaves(start, start + MOST_IN_BEAT)
        if not leaves:
            if self._cosign and self._clock() - self._put_out_at > REFRESH_SECONDS:
                self._put_out({})
            return 0
        grown, tiles = edges.grow(self._edge, leaves)
        self._look_again(grown, tiles)
        self._commit(grown, tiles)
        self._edge = grown
        self._put_out({tile.path: body for tile, body in tiles.items()})
        self._drop_partials(tiles)
        return len(leaves)

    def _look_again(self, grown: Edge, tiles: Mapping[Tile, bytes]) -> None:
        """Build the same tree a second time, from what is durable, before it is signed.

        A signature cannot be taken back, and one flipped bit in memory would fork the log. So the
        edge is read from its tiles and the entries from the journal once more.
        """
        start = self._committed.size
        again = edges.grow(self._load_edge(), self._journal.leaves(start, grown.size))
        if again != (grown, tiles):
            raise Unsound(
                "This machine came to two different trees from the same entries.",
                why=f"computed twice, the entries from {start} to {grown.size} differ",
                fix="Nothing was signed. Its memory may be faulty: check it, or move to another "
                "machine; submissions are kept.",
            )

    def _commit(self, grown: Edge, tiles: Mapping[Tile, bytes]) -> None:
        was = self._committed
        root = grown.root()
        staged = msgspec.msgpack.encode({tile.path: body for tile, body in tiles.items()})
        write_durably(self._stage(grown.size, root), staged)
        now = int(self._clock())
        if now < was.signed_at - CLOCK_SLACK:
            if now < was.signed_at - moments.LATE.total_seconds():
                moments.note_set_back(self._journal)
            raise Unavailable(
                "The clock of this machine is behind.",
                why=f"it says {now}; the last checkpoint was signed at {was.signed_at}",
                fix="Set the clock; publishing goes on by itself then. Submissions are still kept.",
            )
        checkpoint = Checkpoint(self._node.origin, grown.size, root)
        signed = checkpoints.sign(checkpoint, self._signer)
        new = Committed(grown.size, root, signed.encode(), max(now, was.signed_at))
        try:
            self._journal.commit_checkpoint(new, was=was)
        except Unavailable:
            if self._journal.committed() != new:  # a commit may succeed and yet report failure
                raise
        self._committed = new

    def _put_out(self, bodies: Mapping[str, bytes]) -> None:
        """Steps 5 to 7, after the commit; running them again does no harm."""
        self._unpublished = bodies
        committed = self._committed
        write_durably(self._node.signed, _mark(committed), mode=0o600)
        self._store.write_new(bodies)
        signed = note.parse(committed.note)
        if self._cosign is not None:
            signed = self._cosign(signed, self._checkpoint())
        self._store.advance(signed.encode())
        for staged in self._node.stage.iterdir():  # half-written ones of a crash as well
            staged.unlink()
        self._unpublished = None
        self._put_out_at = self._clock()

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self._node.origin, self._committed.size, self._committed.root)

    def _stage(self, size: int, root: bytes) -> Path:
        return self._node.stage / f"{size}-{root.hex()}.staged"

    def _drop_partials(self, tiles: Mapping[Tile, bytes]) -> None:
        """A full tile is durable, so the partial ones before it may go."""
        for tile in tiles:
            if tile.width == WIDTH:
                self._store.drop_partials(tile.path)

    # --- starting again -------------------------------------------------------------------

    def _recover(self) -> Committed:
        """Agree with what earlier processes committed, signed and published; or refuse."""
        committed = self._journal.committed()
        published = published_checkpoint(self._node, self._signer.verifier)
        marked = _read_mark(self._node.signed)
        if committed is None:
            if published or marked:
                raise _fork("the journal knows of no checkpoint, but one was signed before")
            return self._begin()
        checkpoints.open_checkpoint(
            committed.note, origin=self._node.origin, keys=[self._signer.verifier]
        )
        for seen, whence in (
            (published, "the published checkpoint (log/checkpoint)"),
            (marked, "the key's own mark (keys/signed)"),
        ):
            if seen and seen.size > committed.size:
                raise _fork(f"{whence} has {seen.size} entries, the journal {committed.size}")
            if seen and seen.size == committed.size and seen.root != committed.root:
                raise _fork(f"{whence} has another root at size {seen.size} than the journal")
        if self._journal.size() < committed.size:
            raise _fork(f"a tree of {committed.size} was signed; the journal is shorter")
        self._committed = committed
        if published is None or published.size < committed.size:
            self._put_out(self._staged(committed, published))
        return committed

    def _begin(self) -> Committed:
        """A new log begins with the signed empty tree."""
        empty = Edge()
        checkpoint = Checkpoint(self._node.origin, 0, empty.root())
        signed = checkpoints.sign(checkpoint, self._signer).encode()
        new = Committed(0, checkpoint.root, signed, int(self._clock()))
        self._journal.commit_checkpoint(new, was=None)
        self._committed = new
        self._put_out({})
        return new

    def _staged(self, committed: Committed, published: Checkpoint | None) -> Mapping[str, bytes]:
        """What was being put out when the last process ended; made anew if the file is gone.

        It is gone when another host takes over: entries never change, so the same tiles come out.
        """
        path = self._stage(committed.size, committed.root)
        if path.exists():
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
                return msgspec.msgpack.decode(path.read_bytes(), type=dict[str, bytes])
        if published is not None and committed.size - published.size <= MOST_IN_BEAT:
            with contextlib.suppress(AmparoError):  # a tile is missing or damaged: all anew, then
                edge = edges.load(published.size, published.root, self._tile)
                grown, tiles = edges.grow(edge, self._journal.leaves(edge.size, committed.size))
                if grown.root() == committed.root:
                    return {tile.path: body for tile, body in tiles.items()}
        rebuild(self._node, self._journal, committed)
        return {}

    def _tile(self, tile: Tile) -> bytes:
        return read_tile(self._store, tile)

    def _load_edge(self) -> Edge:
        """The right edge, from tiles that agree with the signed root and with the journal."""
        committed = self._committed
        edge = edges.load(committed.size, committed.root, self._tile)
        start = committed.size - len(edge.entries)
        if tuple(self._journal.leaves(start, committed.size)) != edge.entries:
            raise Unsound(
                "The journal does not hold what the log has published.",
                why=f"the entries from {start} on differ from the last bundle",
                fix="Stop, and put the journal back from a backup of the same state; "
                "`amparo log check` names the first entry that differs.",
            )
        return edge


def read_tile(store: Store, tile: Tile) -> bytes:
    """A tile's body of a log; the full tile stands in for a partial one that is gone."""
    for place in (tile, tile._replace(width=WIDTH)):
        try:
            return store.read(place.path)
        except FileNotFoundError:
            continue
    raise Missing(
        "A file of the log is missing.",
        why=f"neither {tile.path} nor a fuller one is there",
        fix="Rebuild it from the journal with `amparo log check --rebuild`.",
    )


def published_checkpoint(node: Node, key: note.Verifier) -> Checkpoint | None:
    """The checkpoint that the world sees, verified; None before the first."""
    try:
        raw = log_of(node).read(CHECKPOINT)
    except FileNotFoundError:
        return None
    return checkpoints.open_checkpoint(raw, origin=node.origin, keys=[key])


def _mark(committed: Committed) -> bytes:
    return b"%d %s\n" % (committed.size, committed.root.hex().encode())


def _read_mark(path: Path) -> Checkpoint | None:
    if not path.exists():
        return None
    try:
        size, root = path.read_text().split()
        return Checkpoint("", int(size), bytes.fromhex(root))
    except ValueError:
        raise _fork(
            f"{path} is damaged, so the largest tree that was signed is not known"
        ) from None


def _fork(why: str) -> AmparoError:
    return Unsound(
        "Going on would fork this log, so it does not go on.",
        why=why,
        fix="Something was put back from an older copy. Put journal, log and keys back from the "
        "newest state; if that is lost, this log has ended: begin a new one beside it.",
    )
