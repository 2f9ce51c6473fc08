"""Carrying a journal from one database to another, and a node from one place to another.

Everything is read as of one moment; what arrived is proved against the signed root: the leaves of
the target are hashed anew, so that nothing depends on the copying being right. A journal that was
moved takes nothing more, even from a process that still has it open: its table is gone from there.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from contextlib import closing

from amparo.errors import Refused, Unsound
from amparo.ledger.log.publish import publishing
from amparo.ledger.log.rebuild import check_root, rebuild
from amparo.storage import settings
from amparo.storage.blobs import evidence_of, log_of
from amparo.storage.database import Database
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import CHECKPOINT, Node, open_node

BATCH = 5_000
Advance = Callable[[int, int | None], None]
"""Told how much is done, of how much."""
_FIRST = ("platform", "reviewer")  # others refer to them


def carry(source: Journal, target: Journal, advance: Advance = lambda *_: None) -> None:
    """Copy every table into a journal that holds nothing, and check what arrived.

    Call it inside a snapshot, or a transaction, of the source.
    """
    if target.size() or target.committed() is not None:
        raise Refused(
            "There is a journal in that place already.",
            why=f"it holds {target.size():,} entries",
            fix="Name an empty database or schema; nothing was changed.",
        )
    names = source.db.tables()
    rows = sum(_count(source.db, table) for table in names)
    done = 0
    for table in sorted(names, key=lambda name: (name not in _FIRST, name)):
        done = _copy(source.db, target.db, table, lambda n: advance(n, rows), done)
    with target.transaction():
        target.db.renumber()
    for table in names:
        there, here = _count(source.db, table), _count(target.db, table)
        if there != here:
            raise Unsound(
                "Not everything was carried over.",
                why=f"the table {table} has {there:,} rows, and {here:,} arrived",
                fix="Nothing was switched over. Empty the target and try again.",
            )
    target.forget()
    committed = target.committed()
    if committed is not None:
        check_root(target, committed)


def move(
    node: Node,
    *,
    database: str | None = None,
    store: str | None = None,
    advance: Advance = lambda *_: None,
) -> Node:
    """Move a node's journal, or its files, or both; its settings name the new places at the end.

    Nobody may publish meanwhile. Until the settings are written, nothing has changed; whatever
    stops it, running it again into empty places completes it.
    """
    there = node.with_settings(
        journal=node.settings.journal if database is None else database,
        store=node.settings.store if store is None else store,
    )
    with closing(Journal(node.journal)) as journal, publishing(node, journal):
        if there.journal == node.journal:
            _move_files(node, there, journal, advance)
        else:
            with closing(Journal(there.journal)) as target, journal.transaction():
                carry(journal, target, advance)
                if there.settings.store != node.settings.store:
                    _move_files(node, there, target, advance)
                journal.retire(there.journal)
    path = node.folder / settings.FILE
    text = settings.with_setting(path.read_text(), "journal", there.settings.journal)
    write_durably(path, settings.with_setting(text, "store", there.settings.store).encode())
    return open_node(node.folder)


def _move_files(node: Node, there: Node, journal: Journal, advance: Advance) -> None:
    committed = journal.committed()
    if committed is not None:
        rebuild(there, journal, committed, advance)
        log_of(there).advance(log_of(node).read(CHECKPOINT))
    old, new = evidence_of(node), evidence_of(there)
    for (place,) in journal.db.execute("SELECT place FROM evidence").fetchall():
        new.write_new({str(place): old.read(str(place))})


def _copy(
    source: Database, target: Database, table: str, advance: Callable[[int], None], done: int
) -> int:
    with target.transaction():
        target.execute(f"DELETE FROM {table}")  # what a new journal begins with
    order = ", ".join(source.columns(table))
    for rows in source.stream(f"SELECT {order} FROM {table}", BATCH):
        with target.transaction():
            target.insert_many(table, rows)
        done += len(rows)
        advance(done)
    return done


def _count(db: Database, table: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM {table}").get)
