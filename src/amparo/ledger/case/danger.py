"""Reports of danger: which wait at a desk, since when, and who is told of one at once.

Whoever reports something can say that somebody's life or safety is threatened. Such a report, and
a complaint about what became of it, is kept apart until it is decided, and the desk's leads get a
mail in the second in which it comes.

Source: DSA Article 18; `danger_hours` in the settings is a target of the desk, which no law sets.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case.machines import UNDECIDED
from amparo.case.state import Case
from amparo.ledger.case import people
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

KIND = "danger"
"""Of the mail."""
MOST_SHOWN = 20


class Waiting(NamedTuple):
    """A report of danger that somebody has to look at."""

    case: UUID
    since: int
    due: int
    """By when the desk means to have decided, in seconds since 1970."""
    overdue: bool
    state: str
    """Of the complaint about it; empty while it waits for its first answer."""
    reviewer: int
    """Who has it; 0: nobody."""


def waiting(journal: Journal, platform: int, *, hours: int, now: int) -> list[Waiting]:
    """Those of a desk, the oldest first: `MOST_SHOWN`, and one more where there are others."""
    rows = journal.db.execute(
        f"{_WAITING} WHERE danger.platform = ? ORDER BY since LIMIT ?", (platform, MOST_SHOWN + 1)
    )
    return [_waiting(row, hours * 3600, now) for row in rows]


def of_case(journal: Journal, case_id: UUID, *, hours: int, now: int) -> Waiting | None:
    """That of one case; None where nobody is in danger, or where it was decided."""
    rows = journal.db.execute(f"{_WAITING} WHERE danger.case_id = ?", (case_id.bytes,))
    return next((_waiting(row, hours * 3600, now) for row in rows), None)


def among(journal: Journal, cases: Sequence[UUID]) -> set[UUID]:
    """Those of some cases in which somebody is in danger, and that wait."""
    if not cases:  # an empty list of values is no SQL to PostgreSQL
        return set()
    places = ", ".join("?" * len(cases))
    query = f"SELECT case_id FROM danger WHERE case_id IN ({places})"
    rows = journal.db.execute(query, [case.bytes for case in cases]).fetchall()
    return {UUID(bytes=bytes(row[0])) for row in rows}


_WAITING = """\
SELECT danger.case_id, since, coalesce(state, ''), coalesce(reviewer, 0) FROM danger
LEFT JOIN desk ON desk.case_id = danger.case_id"""


def _waiting(row: tuple[Any, ...], target: int, now: int) -> Waiting:
    case_id, since, state, reviewer = row
    due = since + target
    return Waiting(UUID(bytes=bytes(case_id)), since, due, now > due, state, reviewer)


def place(journal: Journal, case_id: UUID, platform: int, case: Case, *, now: datetime) -> None:
    """Keep apart a case that somebody has to look at, and have the desk told; in a transaction."""
    if not case.danger:
        return
    if case.decision != "noticed" and case.complaint not in UNDECIDED:
        journal.db.execute("DELETE FROM danger WHERE case_id = ?", (case_id.bytes,))
        return
    journal.db.execute(
        "INSERT INTO danger VALUES (?, ?, ?) ON CONFLICT (case_id) DO NOTHING",
        (case_id.bytes, platform, int(now.timestamp())),
    )
    if journal.db.changes():
        for seat in people.who_looks_after(journal, platform):
            outbox.put_for_seat(journal, seat, KIND, now=int(time.time()), platform=platform)
