"""One reasoned ruling for many cases: each is named in it, and each person gets their own answer.

A lead only begins a ruling, or its undoing; the scheduler carries it out, a thousand cases a
commit, so that nobody waits for 70,000 and others can act in between. It asks each time for cases
that are still to be done: a run that was ended goes on where it stopped, and two nodes on one
folder share the work.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import group, remedy
from amparo.case.events import ComplaintOutcome
from amparo.case.machines import OPEN
from amparo.case.roles import Reviewer
from amparo.errors import AmparoError, Missing, Refused, Text
from amparo.ledger.case import casework, people
from amparo.ledger.case.casework import Step
from amparo.ledger.storage.journal import Journal

CASES_A_COMMIT = 1000
PAGE = 50
logger = logging.getLogger("amparo")


class Ruling(NamedTuple):
    """A ruling for a group."""

    id: int
    case: UUID
    platform: int
    by: int
    """The lead who took the last step: made it, or is taking it back."""
    outcome: ComplaintOutcome
    reasons: str
    steps: tuple[str, ...]
    cases: int
    state: str
    """`running`, `finished`, `undoing`, `undone`."""
    done: int
    """How many cases it has decided, or while it is undone, undone."""
    passed: int
    """How many could not be ruled on in the group; they stay single cases."""
    undo_reasons: str


def begin(
    journal: Journal,
    platform: int,
    cases: Sequence[UUID],
    *,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str],
    chosen: str,
    now: datetime,
) -> Ruling:
    """Put the ruling on record, with its list of cases, before any case is decided by it."""
    made = group.make(
        cases,
        reviewer=reviewer,
        outcome=outcome,
        reasons=reasons,
        steps=steps,
        chosen=chosen,
        now=now,
    )
    with journal.transaction():
        own = casework.begin(journal, platform, made, now=now)
        number = journal.db.execute(
            "INSERT INTO ruling (case_id, platform, by_lead, at, outcome, reasons, steps, chosen, "
            "cases, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running') RETURNING id",
            (
                own.bytes,
                platform,
                reviewer.number,
                int(now.timestamp()),
                outcome,
                reasons,
                msgspec.json.encode(list(steps)).decode(),
                chosen,
                len(cases),
            ),
        ).get
        journal.db.executemany(
            "UPDATE desk SET ruling = ? WHERE case_id = ?",
            ((number, case_id.bytes) for case_id in cases),
        )
    return find(journal, int(number))


def begin_undo(
    journal: Journal, ruling: Ruling, *, reviewer: Reviewer, reasons: str, now: datetime
) -> None:
    """Put on record that a ruling is taken back, before any of its orders is."""
    undone = group.undo(reviewer=reviewer, reasons=reasons, now=now)
    with journal.transaction():
        if find(journal, ruling.id).state != "finished":
            raise Refused(
                "This ruling cannot be taken back now.",
                why="it is still being carried out, or was taken back before",
                fix="Look at it again in a while.",
            )
        casework.act_within(journal, ruling.case, lambda _: [undone])
        journal.db.execute(
            "UPDATE ruling SET state = 'undoing', by_lead = ?, undo_reasons = ?, done = 0 "
            "WHERE id = ?",
            (reviewer.number, undone.reasons, ruling.id),
        )


def go_on(journal: Journal, now: datetime, *, stopped: Callable[[], bool] = lambda: False) -> None:
    """Carry out, or take back, every ruling that is not at its end."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT id FROM ruling WHERE state IN ('running', 'undoing') ORDER BY id"
    ).fetchall()
    for (number,) in rows:
        ruling = find(journal, number)
        try:
            carry_out(journal, ruling, now=now, stopped=stopped)
        except AmparoError as error:  # the others must not wait for it
            logger.warning("the group ruling %d could not go on: %s", number, error.why)


def carry_out(
    journal: Journal, ruling: Ruling, *, now: datetime, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Decide, or undo, every case of a ruling that is still to be done."""
    reviewer = people.ever(journal, ruling.by).reviewer  # who has left meanwhile ruled all the same
    if ruling.state == "running":
        marks = ", ".join(f"'{state}'" for state in (*OPEN, "reopened"))
        step: Step = partial(
            group.rule,
            ruling=ruling.case,
            reviewer=reviewer,
            outcome=ruling.outcome,
            reasons=ruling.reasons,
            steps=ruling.steps,
            now=now,
        )
        _each(journal, ruling, step, f"state IN ({marks})", "finished", stopped)
    elif ruling.state == "undoing":
        step = partial(remedy.undo, reasons=ruling.undo_reasons, by=reviewer, now=now)
        _each(journal, ruling, step, "remedy IN ('sent', 'claimed', 'verified')", "undone", stopped)


def find(journal: Journal, number: int) -> Ruling:
    """A ruling by its number."""
    row = journal.db.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Missing(
            "There is no such ruling.",
            why=Text("none has the number {number}", number=str(number)),
            fix="See the desk.",
        )
    return _ruling(row)


def newest(journal: Journal, platform: int, most: int = PAGE) -> list[Ruling]:
    """The newest rulings of a desk, newest first."""
    rows = journal.db.execute(
        f"{_SELECT} WHERE platform = ? ORDER BY id DESC LIMIT ?", (platform, most)
    )
    return [_ruling(row) for row in rows]


def _each(
    journal: Journal, ruling: Ruling, step: Step, which: str, end: str, stopped: Callable[[], bool]
) -> None:
    after = b""
    while not stopped():
        with journal.transaction():
            rows: list[tuple[Any, ...]] = journal.db.execute(
                f"SELECT case_id FROM desk WHERE ruling = ? AND case_id > ? AND {which} "
                "ORDER BY case_id LIMIT ?",
                (ruling.id, after, CASES_A_COMMIT),
            ).fetchall()
            if not rows:
                journal.db.execute(
                    "UPDATE ruling SET state = ? WHERE id = ? AND state = ?",
                    (end, ruling.id, ruling.state),
                )
                return
            passed = 0
            for (case_id,) in rows:
                passed += not _take_step(journal, UUID(bytes=case_id), step)
            journal.db.execute(
                "UPDATE ruling SET done = done + ?, passed = passed + ? WHERE id = ?",
                (len(rows) - passed, passed, ruling.id),
            )
        after = rows[-1][0]


def _take_step(journal: Journal, case_id: UUID, step: Step) -> bool:
    """Whether a case took the step; one that did not leaves the group."""
    try:
        casework.act_within(journal, case_id, step)
    except AmparoError:
        journal.db.execute("UPDATE desk SET ruling = NULL WHERE case_id = ?", (case_id.bytes,))
        return False
    return True


_SELECT = (
    "SELECT id, case_id, platform, by_lead, outcome, reasons, steps, cases, state, done, passed, "
    "undo_reasons FROM ruling"
)


def _ruling(row: Any) -> Ruling:
    number, case_id, platform, by, outcome, reasons, steps, *rest = row
    return Ruling(
        number,
        UUID(bytes=case_id),
        platform,
        by,
        outcome,
        reasons,
        tuple(msgspec.json.decode(steps)),
        *rest,
    )
