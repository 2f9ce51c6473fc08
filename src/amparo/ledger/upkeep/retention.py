"""Erasing the addresses and attached files of cases that ended long enough ago, by itself.

How long is the operator's to say (`retention_days`); when a case has ended is `case/retention`'s.
What was erased is an entry of the case, and its number stands in the log's totals. Texts and
openings stay: they go only when somebody asks (`erase`). Backups that can be reached are emptied of
the same; one that cannot be is named in the log, and loses it when it is restored and runs.

A thread of its own: deleting files from a store, or opening a backup, must not hold up a clock. It
looks once an hour, first an hour after the start, and not in an hour in which the wall clock
jumped: what is erased cannot be had back once somebody sets the clock right.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from amparo.case import retention
from amparo.case.events import RetentionEnded
from amparo.errors import AmparoError, Unavailable
from amparo.ledger.case import casework, evidence
from amparo.ledger.case.casework import Entry
from amparo.ledger.case.evidence import Exhibit
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import copies
from amparo.ledger.upkeep.erase import in_backup
from amparo.record.uuid7 import uuid7
from amparo.storage.blobs import Folder, evidence_of
from amparo.storage.journal import Journal
from amparo.storage.jumps import JUMP_SECONDS, Jumps
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

LOOK_SECONDS = 3600.0
_AT_ONCE = 1000


class Erased(NamedTuple):
    """What went from one case."""

    case: UUID
    contacts: int
    files: int


class Retention:
    """The thread that looks for what need not be kept any longer."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.thread = Supervised("retention", self._work)

    def _work(self, thread: Supervised) -> None:
        jumps = Jumps()
        thread.is_well()
        while not thread.stopping.wait(LOOK_SECONDS):
            if abs(jumps.seconds()) <= JUMP_SECONDS:
                with closing(Journal(self._node.journal)) as journal:
                    erase_ended(self._node, journal, casework.now(), thread.stopping.is_set)
            thread.is_well()


def erase_ended(
    node: Node, journal: Journal, now: datetime, stopped: Callable[[], bool] = lambda: False
) -> list[Erased]:
    """Erase what the node's settings let go by now; what went from which case.

    `Unavailable` while a backup is being made: it would keep what goes meanwhile.
    """
    erased: list[Erased] = []
    for cases in _due(node, journal, now):
        if stopped():
            break
        with copies.copying(node, journal):
            copies.clear_leftovers(node, journal)
            # First there: whatever stops it then, the next look finds here what is still to go.
            _erase_in_backups(journal, cases)
            found = (_erase(node, journal, case_id, now) for case_id in cases)
            erased += [gone for gone in found if gone is not None]
    if erased:
        journal.db.empty_traces()
        logger.warning("retention: addresses and files of %d ended cases were erased", len(erased))
    return erased


def _due(node: Node, journal: Journal, now: datetime) -> Iterator[list[UUID]]:
    """The cases whose time is over, some at once; only those are read that began long ago."""
    days = node.settings.retention_days
    if not days:
        return
    latest = now - timedelta(days=days + retention.LEAST_DAYS_BEFORE_THE_END)
    before = uuid7(int(latest.timestamp() * 1000), bytes(10))  # numbers of cases begin with a time
    after = b""
    while rows := journal.db.execute(_KEEPING, (after, before, _AT_ONCE)).fetchall():
        cases = [UUID(bytes=bytes(case_id)) for (case_id,) in rows]
        if due := [case_ for case_ in cases if _is_over(node, journal, case_, now)]:
            yield due
        after = bytes(rows[-1][0])


def _is_over(node: Node, journal: Journal, case_id: UUID, now: datetime) -> bool:
    """Whether what is kept of a case may go; one that cannot be read does not hold up the rest."""
    try:
        file = casework.read(journal, case_id)
    except Unavailable:
        raise
    except AmparoError as error:
        logger.warning("retention of %s: %s", case_id, error.why)
        return False
    # What an earlier look had not yet deleted when it was stopped waits no longer for its entry.
    last = next(entry.at for entry in reversed(file.entries) if not _is_ours(entry))
    return retention.is_over(file.case, last, days=node.settings.retention_days, now=now)


def _is_ours(entry: Entry) -> bool:
    return isinstance(entry.event, RetentionEnded)


def _erase(node: Node, journal: Journal, case_id: UUID, now: datetime) -> Erased | None:
    """What went from a case; None where it was carried on since it was looked at.

    Files go after the entry that counts them. Those that are still there because something stopped
    that are not counted again.
    """
    with journal.transaction():
        if not _is_over(node, journal, case_id, now):
            return None
        files = evidence.of_case(journal, case_id)
        contacts = outbox.forget(journal, case_id)
        file = casework.read(journal, case_id)
        # After an erasure only its files can be left, where something stopped that.
        if not file.is_erased and (contacts or not _is_ours(file.entries[-1])):
            days = node.settings.retention_days
            ended = RetentionEnded(now, "node", days=days, contacts=contacts, files=len(files))
            casework.act_within(journal, case_id, lambda _: [ended])
    evidence.erase(journal, evidence_of(node), files)
    return Erased(case_id, contacts, len(files))


def _erase_in_backups(journal: Journal, cases: Sequence[UUID]) -> None:
    def erase(copy: Journal, folder: Folder) -> None:
        files: list[Exhibit] = []
        with copy.transaction():
            for case_id in cases:
                outbox.forget(copy, case_id)
                files += evidence.of_case(copy, case_id)
        evidence.erase(copy, folder, files)

    if missing := [path for path in copies.noted(journal) if not in_backup(path, erase)]:
        logger.warning(
            "retention: these backups could not be reached and still hold what is erased: %s",
            ", ".join(map(str, missing)),
        )


_KEEPING = """\
SELECT case_id FROM (SELECT DISTINCT case_id FROM contact
  WHERE case_id > ?1 AND case_id < ?2 ORDER BY case_id LIMIT ?3) AS addresses
UNION
SELECT case_id FROM (SELECT DISTINCT case_id FROM evidence
  WHERE case_id > ?1 AND case_id < ?2 ORDER BY case_id LIMIT ?3) AS files
ORDER BY case_id LIMIT ?3"""
