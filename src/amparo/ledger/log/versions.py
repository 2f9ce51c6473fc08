"""A published version: its files below a folder for good, and its digest as an entry of the log.

The files come first. If the node stops between the two, publishing the same version again adds the
entry that is missing; a version is never written over.
"""

# SPDX-License-Identifier: Apache-2.0

import shutil
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from amparo.ledger.log.notarise import remark
from amparo.storage.durable import sync_folder, write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import Node


def put(root: Path, place: str, files: Mapping[str, bytes]) -> bool:
    """Put a version's files at its place, all or none; False if there is a version already."""
    target = root / place
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=".new-", dir=root))
    try:
        for name, body in files.items():
            write_durably(made / name, body)
        # Of two who publish at once, one finds a folder there: a folder with files is not replaced.
        made.rename(target)
    except OSError:
        if not target.exists():
            raise
        return False
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(made)
    sync_folder(target.parent)
    return True


def record(
    node: Node, kind: str, place: str, details: dict[str, Any], *, now: datetime | None = None
) -> int:
    """The entry of the log for the version at a place, made if there is none yet."""
    with closing(Journal(node.journal)) as journal:
        known = entry_of(journal, kind, place)
        if known is not None:
            return known
        index = remark(node, kind, details, now=now)
        with journal.transaction():
            journal.set(_setting(kind, place), str(index))
    return index


def entry_of(journal: Journal, kind: str, place: str) -> int | None:
    """The index of a version's entry in the log; None if it has none, or is of an older node."""
    found = journal.setting(_setting(kind, place))
    return None if found is None else int(found)


def _setting(kind: str, place: str) -> str:
    return f"{kind}.{place}"
