"""Erasing an opening: the log stays whole, every receipt stays valid, nothing about a person stays.

The opening (salt and sealed fields) is taken out of the journal; the leaf keeps a hash that says
nothing without it. The database overwrites what it frees, as far as it can (`empty_traces`); the
same is done in every backup that `amparo backup` made, and half made ones are removed. Staging
files, tiles and receipts on disk never held an opening. With a decision goes everything that was
said in its case: complaint, answers, attached files, and the addresses of persons.

What stays, and why: the number of a copy in the EU's database, since nobody could ask for its
removal there without it (`ledger.forward`); the keyed digest of the PUID, so that it is unique for
ever; those of a record that a connector took in, so that it is not taken in again
(`ledger.connect`); an event in the log which shows only that something happened; and what was
counted, as counts that name no case (`ledger.case.figures`), so that a report made later says the
same.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from amparo.case import events, roles
from amparo.case.events import OpeningErased
from amparo.case.figures import Counts
from amparo.case.issue import later
from amparo.errors import AmparoError, Refused, Unavailable
from amparo.ledger.case import appeals, casework, evidence, figures, figures_check, untold
from amparo.ledger.log.notarise import NO_DECISION
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import copies
from amparo.record import sealing
from amparo.record.event import moment, timestamp
from amparo.storage.blobs import Folder, evidence_of
from amparo.storage.durable import locked
from amparo.storage.journal import Journal, LogEntry, Row
from amparo.storage.node import Node

Reason = events.Erased
"""Asked for by the person, ordered by an authority, or never should have been sent. No free text:
it could hold what is to be erased."""


class Erased(NamedTuple):
    """What an erasure did."""

    entries: int
    already: int
    backups: int


def erase(node: Node, entries: Sequence[LogEntry], reason: Reason) -> Erased:
    """Erase the openings of entries, here and in every known backup.

    Raises `Unavailable` when a part could not be reached; what was done stays done, and running it
    again completes it.
    """
    entries = list({entry.seq: entry for entry in entries}.values())  # named twice, erased once
    at = timestamp(datetime.now(UTC))
    cases = list({entry.case: entry for entry in entries})
    with closing(Journal(node.journal)) as journal:
        for case_id in cases:
            _check_nothing_is_open(journal, case_id, reason)
        with journal.transaction():  # an erasure and its event are one: a crash leaves both or none
            parted = {case_: _parted(journal, case_) for case_ in cases}
            fresh = _forget_texts(journal, entries, at, reason)
            for entry in fresh:
                journal.insert([_event(journal, entry, at, reason, parted[entry.case])])
        for case_id in cases:
            evidence.erase(journal, evidence_of(node), evidence.of_case(journal, case_id))
        try:
            reached = _erase_in_copies(node, journal, entries, at, reason)
        finally:  # last: a backup that is running holds the write-ahead log
            journal.db.empty_traces()
    return Erased(len(fresh), len(entries) - len(fresh), reached)


def leave_out_erased(journal: Journal, folder: Path) -> None:
    """Erase in a copy what was erased in its journal since it was copied."""
    with closing(Journal(folder / "journal.db")) as copy:
        there = {seq for (seq,) in copy.db.execute("SELECT seq FROM erasure").fetchall()}
        missed: dict[tuple[str, Reason], list[LogEntry]] = {}
        for seq, at, reason in _erasures(journal, copy):
            if seq not in there and (entry := copy.event(seq)) is not None:
                missed.setdefault((at, reason), []).append(entry)
        for (at, reason), entries in missed.items():
            _erase_in(copy, Folder(folder / "evidence"), entries, at, reason)
        copy.db.empty_traces()


def erased_since(journal: Journal, folder: Path) -> bool:
    """Whether something was erased that a copy still has; inside a transaction of the journal."""
    with closing(Journal(folder / "journal.db", read_only=True)) as copy:
        here = int(copy.db.execute("SELECT count(*) FROM erasure").get)
        return len(_erasures(journal, copy)) != here


def _erasures(journal: Journal, copy: Journal) -> list[tuple[int, str, Reason]]:
    """What was erased of the entries that a copy has."""
    query = "SELECT seq, erased_at, reason FROM erasure WHERE seq < ? ORDER BY seq"
    return journal.db.execute(query, (copy.size(),)).fetchall()


def _erase_in_copies(
    node: Node, journal: Journal, entries: Sequence[LogEntry], at: str, reason: Reason
) -> int:
    """Erase in every copy there is; how many were reached, unless one was not."""
    copies.clear_restore(node.folder)
    is_free = copies.clear_when_free(node, journal)
    paths = [path for path in copies.noted(journal) if is_free or not copies.is_unfinished(path)]

    def erase_in(copy: Journal, store: Folder) -> None:
        _erase_in(copy, store, entries, at, reason)

    missing = [path for path in paths if not in_backup(path, erase_in)]
    if missing:
        raise Unavailable(
            "Erased here, but not in every backup.",
            why="these backups could not be reached: " + ", ".join(map(str, missing)),
            fix="Make them reachable and run the same command again; or, if they are destroyed, "
            "forget them with `amparo backup --forget PATH`.",
        )
    if not is_free:
        raise Unavailable(
            "Erased here, and a backup is being made just now.",
            why="it leaves out what was erased, but only once it has ended can that be relied on",
            fix="Run the same command again when it has ended.",
        )
    return len(paths)


def _check_nothing_is_open(journal: Journal, case_id: UUID, reason: Reason) -> None:
    """What is contested is not erased, unless an authority orders it."""
    if reason == "order" or not casework.read(journal, case_id).case.contested:
        return
    raise Refused(
        "This case is still open.",
        why=f"in {case_id} somebody waits for an answer; erasing it would end that",
        fix="Wait until it is closed, or erase it by `--reason order` if an authority orders it.",
    )


def _forget_texts(
    journal: Journal, entries: Sequence[LogEntry], at: str, reason: Reason
) -> list[LogEntry]:
    """Take out everything that was said, and keep what was counted of it; what was not gone yet.

    Inside a transaction.
    """
    cases = {entry.case: entry for entry in entries}
    before = {case_id: _counted(journal, case_id) for case_id in cases}
    for case_id in cases:
        untold.leave_out(journal, case_id)
    fresh = [entry for entry in entries if _forget(journal, entry.seq, at, reason)]
    _forget_cases(journal, list(cases), at, reason)
    for case_id, entry in cases.items():
        after = _counted(journal, case_id)
        figures.keep(journal, case_id, entry.platform, before[case_id], after)
    return fresh


def _counted(journal: Journal, case_id: UUID) -> Counts:
    """What the figures of a report count of a case; of what is none, nothing."""
    if not _is_case(journal.of_case(case_id)):
        return Counter()
    return figures_check.counted(casework.read(journal, case_id))


def _is_case(log_entries: Sequence[LogEntry]) -> bool:
    return bool(log_entries) and log_entries[0].n != NO_DECISION


def _forget_cases(journal: Journal, cases: Sequence[UUID], at: str, reason: Reason) -> None:
    """Everything that was said in a case, who can be reached in it, and what was still to be sent.

    Where an erasure was told stays: it says nothing about anyone.
    """
    for case_id in cases:
        for entry in journal.of_case(case_id)[1:]:
            kind = b"" if entry.opening is None else sealing.unpack(entry.opening).sealed
            if b'"kind":"opening.erased"' not in kind:
                _forget(journal, entry.seq, at, reason)
        outbox.forget(journal, case_id)
        for table in (
            "desk",
            "clock",
            "notice",
            "reported",
            "danger",
            "draft",
            "taken_form",
            "panel",
            "paused",
            "sender",
            "recourse",
            "to_be_told",
            "represented",
            "mandate",
            "lead_case",
            "claim",
            "proof",
            "read_back",
            "write_back",
        ):
            journal.db.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id.bytes,))
        appeals.forget(journal, case_id)  # what waits for a connection which is paused
        journal.db.execute(  # whoever waits in it is sent back, and then it goes
            "UPDATE lead_group SET state = 'erased' WHERE case_id = ?", (case_id.bytes,)
        )
        journal.db.execute(  # what waits for it has nothing left to wait for
            "UPDATE connector_item SET state = 'noted', record = '' WHERE state = 'parked' "
            "AND (connector, about) IN "
            "(SELECT connector, digest FROM connector_item WHERE case_id = ?)",
            (case_id.bytes,),
        )
        journal.db.execute(  # its source may send it again: it is not taken in a second time
            "UPDATE connector_item SET state = 'erased', record = '', given = '{}', "
            "given_by = '[]', alike = '' WHERE case_id = ?",
            (case_id.bytes,),
        )
        journal.db.execute(  # what the EU's database said against it; its number there stays
            "DELETE FROM forward_held WHERE seq IN "
            "(SELECT seq FROM event WHERE case_id = ? AND n = 1)",
            (case_id.bytes,),
        )
        journal.db.execute(  # a published ruling stays, without its words
            "UPDATE precedent SET body = '', dissents = '[]', clause = '' WHERE case_id = ?",
            (case_id.bytes,),
        )


def _forget(journal: Journal, seq: int, at: str, reason: Reason) -> bool:
    """Take one opening out; whether there was one."""
    journal.db.execute(
        "UPDATE event SET opening = NULL WHERE seq = ? AND opening IS NOT NULL", (seq,)
    )
    if journal.db.changes() == 0:
        return False
    journal.db.execute("INSERT INTO erasure VALUES (?, ?, ?)", (seq, at, reason))
    return True


def _parted(journal: Journal, case_id: UUID) -> tuple[str, ...]:
    """Who had a part in a case: they have none in it again, though nobody can read why."""
    if not _is_case(journal.of_case(case_id)):
        return ()
    return roles.parted(casework.read(journal, case_id).case, os.urandom(16))


def _event(
    journal: Journal, entry: LogEntry, at: str, reason: Reason, parted: tuple[str, ...]
) -> Row:
    """The entry that says, to whom it is opened, which opening was erased and why."""
    erased = OpeningErased(
        moment(at), "node", entry=entry.seq, reason=reason, parted=parted or None
    )
    details = {"case": str(entry.case), **events.fields(erased)}
    issued = later(erased.kind, details, at=at, salt=os.urandom(32))
    n = journal.next_in_case(entry.case)
    return Row(entry.case_id, n, entry.platform, issued.leaf, sealing.pack(issued.opening))


def in_backup(folder: Path, erase: Callable[[Journal, Folder], None]) -> bool:
    """Erase in a backup's journal and in its evidence; whether it could be reached."""
    if not (folder / "journal.db").is_file():
        return False
    try:
        with (
            locked(folder, "restore from the backup"),
            closing(Journal(folder / "journal.db")) as journal,
        ):
            erase(journal, Folder(folder / "evidence"))
            journal.db.empty_traces()
    except (AmparoError, OSError):
        return False
    return True


def _erase_in(
    copy: Journal, store: Folder, entries: Sequence[LogEntry], at: str, reason: Reason
) -> None:
    cases = list({entry.case: entry for entry in entries})
    with copy.transaction():
        _forget_texts(copy, entries, at, reason)
    for case_id in cases:
        evidence.erase(copy, store, evidence.of_case(copy, case_id))
