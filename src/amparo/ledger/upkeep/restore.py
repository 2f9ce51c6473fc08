"""Making a node from a backup, checked against the root that was signed.

A backup is older than the world: if a later checkpoint was published after it, a node that went on
from it would fork the log. So a restore asks for the newest checkpoint anybody has seen.
"""

# SPDX-License-Identifier: Apache-2.0

import shutil
from contextlib import closing
from pathlib import Path

from amparo.errors import Refused, Unsound
from amparo.ledger.forward import forwardings
from amparo.ledger.log.rebuild import rebuild, signed_tree
from amparo.ledger.upkeep import copies
from amparo.ledger.upkeep.backup import Stages, on_disk, quietly, verify
from amparo.storage.blobs import log_of
from amparo.storage.durable import copy_below, locked, sync_folder, sync_private
from amparo.storage.journal import Committed, Journal
from amparo.storage.node import Node, open_node
from amparo.tlog import checkpoint as checkpoints

_WAIT = "Wait until it has ended, and try again."


def restore(source: Path, folder: Path, *, latest: bytes | None, stages: Stages = quietly) -> Node:
    """Make a node in a new folder from a backup, and check everything against the signed root.

    `latest` is the newest checkpoint of this log that anybody has; None states that nothing was
    published after the backup. Whatever stops it, nothing is left.
    """
    _check_empty(folder)
    open_node(source)  # a backup is laid out as a node
    unfinished = copies.unfinished_name(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        on_disk(folder.parent, "node"),
        locked(folder.parent, "restore", _WAIT),
        locked(source, "erasure or restore", _WAIT),
    ):
        _check_empty(folder)
        try:
            _fill(source, unfinished)
            _prove(unfinished, latest, stages)
            with closing(Journal(unfinished / "journal.db")) as journal, journal.transaction():
                copies.note(journal, source.resolve())
                forwardings.pause_restored(journal)
            sync_private(unfinished)
            if folder.exists():
                folder.rmdir()
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    sync_folder(folder.parent)
    return open_node(folder)


def _check_empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.",
            why="a restore never writes over a node",
            fix="Name a new folder, and move it into place when you have looked at it.",
        )


def _fill(source: Path, unfinished: Path) -> None:
    """Copy a backup, in the place of what a restore that was killed may have left."""
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    copy_below(source, unfinished)
    for part in ("log", "stage"):
        (unfinished / part).mkdir(exist_ok=True)
    # An erasure that was killed in the backup may have left a write-ahead log: carried over first.
    if (unfinished / "journal.db-wal").exists():
        with closing(Journal(unfinished / "journal.db")) as journal:
            journal.db.empty_traces()
    sync_private(unfinished)


def _prove(unfinished: Path, latest: bytes | None, stages: Stages) -> None:
    verify(unfinished, stages)
    node = open_node(unfinished)
    with closing(Journal(node.journal)) as journal:
        committed = signed_tree(node, journal)
        if committed is None:
            return
        if latest is not None:
            _check_latest(node, committed, latest)
        with stages("Writing the log", unit="entries") as advance:
            rebuild(node, journal, committed, advance)
        log_of(node).advance(committed.note)


def _check_latest(node: Node, committed: Committed, latest: bytes) -> None:
    key = node.signer().verifier
    seen = checkpoints.open_checkpoint(latest, origin=node.origin, keys=[key])
    if seen.size > committed.size or (seen.size == committed.size and seen.root != committed.root):
        raise Unsound(
            "Going on from this backup would fork the log.",
            why=f"a checkpoint of {seen.size} entries was published; "
            f"the backup ends at {committed.size}",
            fix="Restore a newer backup. If there is none, this log has ended: keep it for "
            "reading, and begin a new one beside it.",
        )
