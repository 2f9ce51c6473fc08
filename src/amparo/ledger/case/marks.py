"""What a queue shows beside a case: what it began with, who reported it, which letters were lost.

All of it is asked for one page of a queue at a time.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from amparo.case.events import (
    ComplaintDisowned,
    ComplaintFiled,
    ComplaintWithdrawn,
    NoticeReceived,
)
from amparo.case.selection import Kind
from amparo.ledger.case import casework, wording
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

MOST_EXCERPT = 240
"""Characters."""
_LOOKED_AT = 12
"""Entries of a case in which its complaint is looked for."""


class Marks(NamedTuple):
    """What is to be seen of a case without opening it."""

    kind: Kind = "decision"
    danger: bool = False
    """Whether it is said that somebody's life or safety is threatened (DSA Article 18)."""
    flagger: str = ""
    """The trusted flagger whose report it began with (DSA Article 22)."""
    represented_by: str = ""
    """The organisation that speaks for the person (DSA Article 86)."""
    lost: bool = False
    """Whether a letter to somebody in it never arrived."""
    clause: str = ""
    """The law or clause that the statement names first."""
    excerpt: str = ""
    """How the complaint begins; empty where it was erased, where somebody is in danger, and where
    it came after too many other entries."""


def of(journal: Journal, cases: Sequence[UUID]) -> dict[UUID, Marks]:
    """The marks of each of some cases."""
    if not cases:
        return {}
    lost = outbox.lost(journal, cases)
    reports, suspensions, dangers = (
        _among(journal, table, cases) for table in ("notice", "sender", "danger")
    )
    bodies = _represented(journal, cases)
    marks = {}
    wordings = wording.of(journal, cases)
    for case in cases:
        kind: Kind = "suspension" if case in suspensions else "decision"
        found = Marks(kind, represented_by=bodies.get(case, ""), lost=case in lost)
        if case in wordings:
            found = found._replace(clause=wordings[case].clause)
        found = _reported(journal, case, found) if case in reports else found
        found = found._replace(danger=found.danger or case in dangers)
        # A list is open beside whoever passes by: words that threaten somebody are not in it.
        marks[case] = found if found.danger else found._replace(excerpt=_excerpt(journal, case))
    return marks


def report(journal: Journal, case: UUID) -> NoticeReceived | None:
    """The report that a case began with; None where it began otherwise, or was erased."""
    first = journal.first_of_case(case)
    found = casework.entry_of(first).event if first is not None else None
    return found if isinstance(found, NoticeReceived) else None


def _reported(journal: Journal, case: UUID, marks: Marks) -> Marks:
    marks, begun = marks._replace(kind="report"), report(journal, case)
    if begun is None:
        return marks
    return marks._replace(danger=begun.danger == "yes", flagger=begun.flagger or "")


def _excerpt(journal: Journal, case: UUID) -> str:
    """Of the complaint that counts: after a withdrawal somebody else may have filed another."""
    found = ""
    for entry in journal.beginning_of_case(case, _LOOKED_AT):
        match casework.entry_of(entry).event:
            case ComplaintFiled(grounds=grounds):
                found = shortened(grounds)
            case ComplaintWithdrawn() | ComplaintDisowned():
                found = ""
    return found


def shortened(text: str) -> str:
    """The beginning of a text, on one line, cut between two words."""
    line = " ".join(text.split())
    if len(line) <= MOST_EXCERPT:
        return line
    cut = line[:MOST_EXCERPT].rpartition(" ")[0] or line[:MOST_EXCERPT]
    return f"{cut}…"


def _represented(journal: Journal, cases: Sequence[UUID]) -> dict[UUID, str]:
    marks = ", ".join("?" * len(cases))
    rows = journal.db.execute(
        f"SELECT case_id, body FROM represented WHERE case_id IN ({marks})",
        tuple(case.bytes for case in cases),
    )
    return {UUID(bytes=bytes(case)): str(body) for case, body in rows}


def _among(journal: Journal, table: str, cases: Sequence[UUID]) -> set[UUID]:
    marks = ", ".join("?" * len(cases))
    query = f"SELECT case_id FROM {table} WHERE case_id IN ({marks})"
    rows = journal.db.execute(query, tuple(case.bytes for case in cases))
    return {UUID(bytes=bytes(row[0])) for row in rows}
