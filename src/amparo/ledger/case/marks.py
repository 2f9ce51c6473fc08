"""What a queue shows beside a case: what it began with, who reported it, which letters were lost.

All of it is asked for one page of a queue at a time.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from amparo.case.events import NoticeReceived
from amparo.case.selection import Kind
from amparo.ledger.case import casework
from amparo.ledger.outbound import outbox
from amparo.ledger.storage.journal import Journal


class Marks(NamedTuple):
    """What is to be seen of a case without opening it."""

    kind: Kind = "decision"
    danger: bool = False
    """Whether its report says that somebody's life or safety is threatened (DSA Article 18)."""
    flagger: str = ""
    """The trusted flagger whose report it began with (DSA Article 22)."""
    lost: bool = False
    """Whether a letter to somebody in it never arrived."""


def of(journal: Journal, cases: Sequence[UUID]) -> dict[UUID, Marks]:
    """The marks of each of some cases."""
    if not cases:
        return {}
    lost = outbox.lost(journal, cases)
    reports, suspensions = (_among(journal, table, cases) for table in ("notice", "sender"))
    marks = {}
    for case in cases:
        kind: Kind = "suspension" if case in suspensions else "decision"
        found = Marks(kind, lost=case in lost)
        marks[case] = _reported(journal, case, found) if case in reports else found
    return marks


def _reported(journal: Journal, case: UUID, marks: Marks) -> Marks:
    marks, first = marks._replace(kind="report"), journal.first_of_case(case)
    report = casework.entry_of(first).event if first is not None else None
    if not isinstance(report, NoticeReceived):  # erased
        return marks
    return marks._replace(danger=report.danger == "yes", flagger=report.flagger or "")


def _among(journal: Journal, table: str, cases: Sequence[UUID]) -> set[UUID]:
    marks = ", ".join("?" * len(cases))
    query = f"SELECT case_id FROM {table} WHERE case_id IN ({marks})"
    rows = journal.db.execute(query, tuple(case.bytes for case in cases))
    return {UUID(bytes=bytes(row[0])) for row in rows}
