"""Which copies of a node there are: noted in its journal, so that an erasure reaches every one.

A copy is made in a folder with a name of its own (`.amparo-….new`), which is noted before it is
made, and renamed once it is whole. So whatever a crash leaves is known: a folder under the
unfinished name is a leftover, unless somebody is making it just now, which a lock tells.
"""

# SPDX-License-Identifier: Apache-2.0

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from amparo.errors import Unavailable
from amparo.record.event import timestamp
from amparo.storage.durable import NoSpace, locked
from amparo.storage.journal import Journal
from amparo.storage.node import Node

WAIT_SECONDS = 15.0
_WAIT = "Wait until it has ended, and try again."


def unfinished_name(folder: Path) -> Path:
    """Where a folder is made before it has its name."""
    return folder.with_name(f".{folder.name}.new")


def is_unfinished(path: Path) -> bool:
    """Whether this is the name of a folder that is being made."""
    return path.name.startswith(".") and path.name.endswith(".new")


@contextmanager
def copying(node: Node, journal: Journal) -> Iterator[None]:
    """Be the one who makes a backup of a node, or clears up after one; or `Unavailable`."""
    with locked(node.folder / "backup.lock", "node's backup", _WAIT), journal.db.copying():
        yield


def noted(journal: Journal) -> list[Path]:
    """Every copy that is noted, unfinished ones too."""
    rows = journal.db.execute("SELECT path FROM backup ORDER BY path").fetchall()
    return [Path(path) for (path,) in rows]


def note(journal: Journal, path: Path) -> None:
    """Note a copy, inside a transaction."""
    journal.db.execute(
        "INSERT INTO backup VALUES (?, ?) ON CONFLICT DO NOTHING",
        (str(path), timestamp(datetime.now(UTC))),
    )


def strike(journal: Journal, path: Path) -> bool:
    """Strike a copy off the list, inside a transaction; whether it was on it."""
    journal.db.execute("DELETE FROM backup WHERE path = ?", (str(path),))
    return journal.db.changes() == 1


def clear_leftovers(node: Node, journal: Journal) -> None:
    """Remove what ended backups have left half made; call it while `copying`.

    A backup of an earlier version was noted under its final name alone.
    """
    for path in noted(journal):
        if not is_unfinished(path):
            if unfinished_name(path).exists():
                clear(journal, path)
        elif path.exists() or not _on_several_hosts(node):
            clear(journal, _final(path))


def clear_when_free(node: Node, journal: Journal) -> bool:
    """Wait for a running backup and clear up; False if it runs on."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with copying(node, journal):
                clear_leftovers(node, journal)
                return True
        except NoSpace:
            raise  # nobody is making one, and waiting makes no room
        except Unavailable:
            if time.monotonic() > deadline:
                return False
        time.sleep(0.1)


def clear_restore(folder: Path) -> None:
    """Remove what a restore into a node's place has left there if it was killed."""
    unfinished = unfinished_name(folder.resolve())
    if unfinished.is_dir():
        with suppress(Unavailable), locked(unfinished.parent):
            shutil.rmtree(unfinished)


def clear(journal: Journal, folder: Path) -> None:
    """Remove what is half made of a copy; one that has its name already is whole, and stays."""
    unfinished = unfinished_name(folder)
    if unfinished.is_symlink():  # not made by us, and whatever it leads to is not ours either
        unfinished.unlink()
    elif unfinished.exists():
        shutil.rmtree(unfinished)
    with journal.transaction():
        if folder.exists():
            note(journal, folder)
        else:
            strike(journal, folder)
        strike(journal, unfinished)


def _final(unfinished: Path) -> Path:
    return unfinished.with_name(unfinished.name.removeprefix(".").removesuffix(".new"))


def _on_several_hosts(node: Node) -> bool:
    """Then a folder that is not here may be on another one."""
    return isinstance(node.journal, str)
