"""Backing a node up while it runs.

A backup holds the journal, evidence, keys and settings; the log's files are a projection and are
built anew by `restore`. It is noted where it is made, so that an erasure reaches it, and it gets
its name only after every page was read back from the disk through its checksum and the tree was
computed anew from its entries and compared with the root that was signed.
"""

# SPDX-License-Identifier: Apache-2.0

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from amparo.errors import AmparoError, Missing, Refused, Unavailable, Unsound
from amparo.ledger.log.rebuild import check_root, signed_tree
from amparo.ledger.upkeep import copies
from amparo.ledger.upkeep.erase import erased_since, leave_out_erased
from amparo.ledger.upkeep.move import carry
from amparo.storage.blobs import evidence_of
from amparo.storage.durable import (
    NoSpace,
    copy_below,
    sync_folder,
    sync_private,
    write_durably,
)
from amparo.storage.journal import Journal
from amparo.storage.node import SUMS, Node, open_node
from amparo.storage.settings import at_home
from amparo.storage.sqlite import Sqlite
from amparo.storage.sqlite_pages import check_pages

PARTS = ("amparo.toml", "keys/log.key", "keys/node.secret")
MAY_BE = ("keys/oidc.secret",)
FOLDERS = ("charters", "reports")
_MOST_ROUNDS = 5

Advance = Callable[[int, int | None], None]


class Stages(Protocol):
    """Told what is done, and in what it is counted; gives what is told how far it has come."""

    def __call__(self, doing: str, *, unit: str) -> AbstractContextManager[Advance]: ...


@contextmanager
def quietly(doing: str, *, unit: str) -> Iterator[Advance]:  # noqa: ARG001 - as `Stages` has them
    """Tell nobody."""
    yield lambda _done, _total: None


def backup(node: Node, into: Path, stages: Stages = quietly) -> Path:
    """Make a backup in a new folder below `into`; it appears under its name only when verified.

    Whatever stops it, nothing is left: what could not be removed is by the next backup or erasure.
    """
    name = f"amparo-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder = (into / name).resolve()
    unfinished = copies.unfinished_name(folder)
    _check_place(node, folder)
    with (
        closing(Journal(node.journal)) as journal,
        copies.copying(node, journal),
        on_disk(folder.parent, "backup"),
    ):
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copies.clear_leftovers(node, journal)
        _check_free(folder)
        try:
            # Noted before it is made: an erasure must never miss a copy that exists.
            with journal.transaction():
                copies.note(journal, unfinished)
            unfinished.mkdir(mode=0o700)
            _fill(node, journal, unfinished, stages)
            _finish(journal, unfinished, folder, stages)
        except BaseException as error:
            _withdraw(node, folder, error)
            raise
    sync_folder(folder.parent)
    return folder


def forget(node: Node, path: Path) -> None:
    """Forget a backup that was destroyed, so that erasures no longer look for it."""
    with closing(Journal(node.journal)) as journal, journal.transaction():
        if not copies.strike(journal, path.resolve()):
            raise Missing(
                "No such backup is noted.",
                why=f"{path.resolve()} is not in the node's list",
                fix="Name the folder as `amparo backup` printed it.",
            )


def verify(folder: Path, stages: Stages = quietly) -> None:
    """Read every page of a copy back, and compare its tree with the root that was signed.

    The journal's file must be synced, and open nowhere in this process. Uses memory for some
    entries and pages, however many there are.
    """
    with stages("Reading back", unit="pages") as advance:
        check_pages(folder / "journal.db", advance)
    check_sums(folder)
    node = open_node(folder)
    with closing(Journal(node.journal, read_only=True)) as journal:
        committed = signed_tree(node, journal)
        if committed is not None:
            with stages("Checking the tree", unit="entries") as advance:
                check_root(journal, committed, advance)


def check_sums(folder: Path) -> None:
    """Compare the files that never change with the sums that were noted when they were copied."""
    noted = folder / SUMS
    if not noted.is_file():
        return  # made by an earlier version
    for line in noted.read_text(errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise Unsound(
                "This backup is damaged, or was changed.",
                why=f"{name} is {f'not what {SUMS} says' if path.exists() else 'missing'}",
                fix="If you edited it, put it back as it was: settings are changed in the node, "
                "after the restore. Otherwise use another backup, and keep this one until it is "
                "clear what damaged it.",
            )


def lost_evidence(folder: Path) -> list[str]:
    """Attached files that a copy's journal knows and that are not there, or not as they were."""
    with closing(Journal(folder / "journal.db", read_only=True)) as journal:
        rows = journal.db.execute("SELECT place, sha256 FROM evidence ORDER BY place").fetchall()
    paths = [(folder / "evidence" / str(place), digest) for place, digest in rows]
    return [str(path) for path, digest in paths if not path.is_file() or _digest(path) != digest]


@contextmanager
def on_disk(place: Path, what: str) -> Iterator[None]:
    """What a disk refuses while a copy is made is told with its place."""
    try:
        yield
    except NoSpace as error:
        raise _no_space(place, what, error.why) from error
    except OSError as error:
        why = f"{error.filename or place}: {os.strerror(error.errno or 0)}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _no_space(place, what, why) from error
        raise Unavailable(
            f"The {what} could not be made.",
            why=why,
            fix="Mend what is named and try again; nothing half made was left.",
        ) from error


def _no_space(place: Path, what: str, why: str) -> NoSpace:
    return NoSpace(
        f"There is no room for the {what}.",
        why=why,
        fix=f"Make room in {place} and on the node's own disk, or name a folder on another one; "
        "nothing half made was left.",
    )


def _check_place(node: Node, folder: Path) -> None:
    for part in (*FOLDERS, "keys", "evidence", "log", "stage"):
        if folder.is_relative_to((node.folder / part).resolve()):
            raise Refused(
                "A backup cannot be made in there.",
                why=f"{node.folder / part} is a part of the node itself",
                fix="Name a folder on another disk.",
            )


def _check_free(folder: Path) -> None:
    for path in (folder, copies.unfinished_name(folder)):
        if path.exists():
            raise Refused(
                "There is a backup of this second already.",
                why=f"{path} exists",
                fix="Wait a second, or name another folder.",
            )


def _withdraw(node: Node, folder: Path, error: BaseException) -> None:
    """Remove what was begun, unless it is another node's that was begun in the same second.

    What cannot be removed just now the next backup or erasure finds. Over a connection of its own:
    the one in use may have been interrupted in the midst of an answer.
    """
    unfinished = copies.unfinished_name(folder)
    with suppress(AmparoError, OSError), closing(Journal(node.journal)) as journal:
        if isinstance(error, FileExistsError) and error.filename == str(unfinished):
            with journal.transaction():
                copies.strike(journal, unfinished)
        else:
            copies.clear(journal, folder)


def _fill(node: Node, journal: Journal, unfinished: Path, stages: Stages) -> None:
    _copy_journal(journal, unfinished / "journal.db", stages)
    (unfinished / "keys").mkdir()
    optional = [part for part in MAY_BE if (node.folder / part).is_file()]
    for part in (*PARTS, *optional):
        body = (node.folder / part).read_bytes()
        if part == "amparo.toml":  # a node made from the copy must not write into this one's places
            body = at_home(body.decode()).encode()
        write_durably(unfinished / part, body, mode=0o600)
    for path in (node.roster, node.policy):
        if path is not None and path.is_file() and path.is_relative_to(node.folder):
            target = unfinished / path.relative_to(node.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for part in FOLDERS:
        if (node.folder / part).is_dir():
            (unfinished / part).mkdir()
            copy_below(node.folder / part, unfinished / part)
    _note_sums(unfinished)
    _copy_evidence(node, unfinished)


def _finish(journal: Journal, unfinished: Path, folder: Path, stages: Stages) -> None:
    """Give a copy its name, at a moment at which nothing is erased in the node and not in it."""
    for _ in range(_MOST_ROUNDS):
        leave_out_erased(journal, unfinished)
        sync_private(unfinished)
        verify(unfinished, stages)
        with journal.transaction():
            if not erased_since(journal, unfinished):
                unfinished.rename(folder)
                copies.note(journal, folder)
                copies.strike(journal, unfinished)
                break
    else:
        raise Unavailable(
            "This backup was not finished.",
            why=f"{_MOST_ROUNDS} times in a row something was erased while it was verified",
            fix="Back up again when nobody erases anything.",
        )


def _copy_journal(journal: Journal, path: Path, stages: Stages) -> None:
    """The journal as it is at one moment, as a file, whatever database it is in."""
    with stages("Copying", unit="parts") as advance, journal.db.snapshot():
        if isinstance(journal.db, Sqlite):
            journal.size()  # the moment: a snapshot begins with the first reading
            journal.db.copy(path, advance)
        else:
            with closing(Journal(path)) as whole:
                carry(journal, whole, advance)


def _copy_evidence(node: Node, unfinished: Path) -> None:
    """After the journal: no row without its file; one erased meanwhile is erased in the copy."""
    there = evidence_of(node)
    with closing(Journal(unfinished / "journal.db")) as journal:
        for (place,) in journal.db.execute("SELECT place FROM evidence").fetchall():
            with suppress(FileNotFoundError):
                path = unfinished / "evidence" / str(place)
                path.parent.mkdir(parents=True, exist_ok=True)
                write_durably(path, there.read(str(place)), mode=0o600)


def _note_sums(unfinished: Path) -> None:
    """As sha256sum writes them. Sums of evidence are in the journal, and are erased with it."""
    files = [path for path in sorted(unfinished.rglob("*")) if path.is_file()]
    lines = [
        f"{_digest(path)}  {path.relative_to(unfinished)}\n"
        for path in files
        if not path.name.startswith("journal.db")
    ]
    write_durably(unfinished / SUMS, "".join(lines).encode(), mode=0o600)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
