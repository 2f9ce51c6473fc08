"""Backing a node up while it runs, and making a node from a backup.

A backup holds the journal, evidence, keys and settings; the log's files are a projection and are
built anew, against the signed root. Its path is noted, so that an erasure reaches it.

A backup is older than the world: if a later checkpoint was published after it, a node that went on
from it would fork the log. So a restore asks for the newest checkpoint anybody has seen.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import apsw

from amparo.errors import Missing, Refused, Unsound
from amparo.ledger.carry import carry
from amparo.ledger.files import sync_folder, write_durably
from amparo.ledger.journal import Journal
from amparo.ledger.node import Node, at_home, open_node
from amparo.ledger.rebuild import rebuild
from amparo.ledger.sqlite import Sqlite
from amparo.ledger.store import evidence_of, log_of
from amparo.record.event import timestamp
from amparo.tlog import checkpoint as checkpoints

PARTS = ("amparo.toml", "keys/log.key", "keys/node.secret")
MAY_BE = ("keys/oidc.secret",)


def backup(node: Node, into: Path) -> Path:
    """Make a backup in a new folder below `into`; it appears under its name only when whole."""
    now = datetime.now(UTC)
    folder = (into / f"amparo-{now:%Y%m%dT%H%M%SZ}").resolve()
    unfinished = folder.with_name(f".{folder.name}.new")
    if folder.exists():
        raise Refused(
            "There is a backup of this second already.",
            why=f"{folder} exists",
            fix="Wait a second, or name another folder.",
        )
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "keys").mkdir(parents=True)
    (unfinished / "keys").chmod(0o700)
    journal = Journal(node.journal)
    # Noted before it is made: an erasure must never miss a copy that exists.
    with journal.transaction():
        journal.db.execute("INSERT INTO backup VALUES (?, ?)", (str(folder), timestamp(now)))
    _copy(journal, unfinished / "journal.db")
    journal.close()
    optional = [part for part in MAY_BE if (node.folder / part).is_file()]
    for part in (*PARTS, *optional):
        mode = 0o600 if part.startswith("keys/") else 0o644
        body = (node.folder / part).read_bytes()
        if part == "amparo.toml":  # a node made from the copy must not write into this one's places
            body = at_home(body.decode()).encode()
        write_durably(unfinished / part, body, mode=mode)
    for path in (node.roster, node.policy):
        if path is not None and path.is_file() and path.is_relative_to(node.folder):
            shutil.copy(path, unfinished / path.relative_to(node.folder))
    for part in ("charters", "reports"):
        if (node.folder / part).is_dir():
            shutil.copytree(node.folder / part, unfinished / part)
    _copy_evidence(node, unfinished)
    with (unfinished / "journal.db").open("rb+") as file:
        os.fsync(file.fileno())
    sync_folder(unfinished)
    unfinished.rename(folder)
    sync_folder(folder.parent)
    return folder


def forget(node: Node, path: Path) -> None:
    """Forget a backup that was destroyed, so that erasures no longer look for it."""
    journal = Journal(node.journal)
    with journal.transaction():
        journal.db.execute("DELETE FROM backup WHERE path = ?", (str(path.resolve()),))
        if journal.db.changes() != 1:
            raise Missing(
                "No such backup is noted.",
                why=f"{path.resolve()} is not in the node's list",
                fix="Name the folder as `amparo backup` printed it.",
            )
    journal.close()


def restore(source: Path, folder: Path, *, latest: bytes | None) -> Node:
    """Make a node in a new folder from a backup, and check everything against the signed root.

    `latest` is the newest checkpoint of this log that anybody has; None states that nothing was
    published after the backup.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(
            f"{folder} is not empty.",
            why="a restore never writes over a node",
            fix="Name a new folder, and move it into place when you have looked at it.",
        )
    open_node(source)  # a backup is laid out as a node
    unfinished = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(source, unfinished)
    for part in ("log", "stage"):
        (unfinished / part).mkdir(exist_ok=True)
    node = open_node(unfinished)
    journal = Journal(node.journal)
    committed = journal.committed()
    if committed is not None:
        if latest is not None:
            _check_latest(node, committed.size, committed.root, latest)
        rebuild(node, journal, committed)
        log_of(node).advance(committed.note)
    with journal.transaction():
        journal.db.execute(
            "INSERT INTO backup VALUES (?, ?) ON CONFLICT DO NOTHING",
            (str(source.resolve()), timestamp(datetime.now(UTC))),
        )
    journal.close()
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    sync_folder(folder.parent)
    return open_node(folder)


def _copy(journal: Journal, path: Path) -> None:
    """The journal as it is at one moment, as a file, whatever database it is in."""
    if not isinstance(journal.db, Sqlite):
        with contextlib.closing(Journal(path)) as whole, journal.db.snapshot():
            carry(journal, whole)
        return
    copy = apsw.Connection(str(path))
    with copy.backup("main", journal.db.connection, "main") as progress:
        while not progress.done:
            progress.step(4096)
    copy.close()


def _copy_evidence(node: Node, unfinished: Path) -> None:
    """After the journal: no row without its file; one erased meanwhile is erased in the copy."""
    journal, there = Journal(unfinished / "journal.db"), evidence_of(node)
    for (place,) in journal.db.execute("SELECT place FROM evidence").fetchall():
        with contextlib.suppress(FileNotFoundError):
            path = unfinished / "evidence" / str(place)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, there.read(str(place)), mode=0o600)
    journal.close()


def _check_latest(node: Node, size: int, root: bytes, latest: bytes) -> None:
    key = node.signer().verifier
    seen = checkpoints.open_checkpoint(latest, origin=node.origin, keys=[key])
    if seen.size > size or (seen.size == size and seen.root != root):
        raise Unsound(
            "Going on from this backup would fork the log.",
            why=f"a checkpoint of {seen.size} entries was published; the backup ends at {size}",
            fix="Restore a newer backup. If there is none, this log has ended: keep it for "
            "reading, and begin a new one beside it.",
        )
