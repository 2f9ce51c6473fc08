"""One reasoned ruling for many cases: each is named in it, and each person gets their own answer.

A wave of 70,000 is carried in commits of a thousand, so that others can act in between; a run that
was ended goes on where it stopped, since a case that is decided is passed over. The ruling itself
is an entry of the log, and commits to the list of all its cases. It can be taken back as a group.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import complaint, remedy
from amparo.case.roles import Reviewer, check_lead, check_may_review
from amparo.case.state import OPEN, Case, Event, apply
from amparo.errors import AmparoError, Malformed, Missing
from amparo.ledger import casework, people
from amparo.ledger.journal import Journal

CASES_A_COMMIT = 1000
Advance = Callable[[int, int | None], None]


class Ruling(NamedTuple):
    """A ruling for a group."""

    id: int
    case: UUID
    platform: int
    outcome: str
    reasons: str
    steps: tuple[str, ...]
    cases: int
    state: str


class Done(NamedTuple):
    """What a run did."""

    ruled: int
    passed_over: list[tuple[UUID, str]]
    """Cases that could not be ruled in the group, with the reason; they stay single cases."""


def begin(
    journal: Journal,
    platform: int,
    cases: Sequence[UUID],
    *,
    reviewer: Reviewer,
    outcome: str,
    reasons: str,
    steps: Sequence[str],
    chosen: str,
    now: datetime,
) -> Ruling:
    """Put the ruling on record, with its list of cases, before any case is decided by it."""
    check_lead(reviewer.actor)
    if not cases:
        raise Malformed(
            "No case was chosen.",
            why="the choice fits no open complaint",
            fix="Choose another category or period.",
        )
    # The very step is tried on an empty case, so that a ruling without reasons begins nothing.
    _try(reviewer, outcome, reasons, steps, now)
    listed = "\n".join(sorted(map(str, cases))).encode()
    first = Event(
        "ruling.made",
        now,
        str(reviewer.actor),
        {
            "outcome": outcome,
            "reasons": reasons,
            "steps": list(steps),
            "cases": len(cases),
            "cases_sha256": hashlib.sha256(listed).hexdigest(),
            "chosen": chosen,
        },
    )
    with journal.transaction():
        own = casework.begin(journal, platform, first, now=now)
        journal.db.execute(
            "INSERT INTO ruling (case_id, platform, by_name, at, outcome, reasons, steps, chosen, "
            "cases, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')",
            (
                own.bytes, platform, str(reviewer.number), int(now.timestamp()), outcome, reasons,
                msgspec.json.encode(list(steps)).decode(), chosen, len(cases),
            ),
        )  # fmt: skip
        number = int(journal.db.last_insert_rowid())
        for case_id in cases:
            journal.db.execute(
                "UPDATE desk SET ruling = ? WHERE case_id = ?", (number, case_id.bytes)
            )
    return find(journal, number)


def carry_out(
    journal: Journal,
    ruling: Ruling,
    *,
    reviewer: Reviewer,
    now: datetime,
    advance: Advance = lambda *_: None,
) -> Done:
    """Decide every case of a ruling that is still open."""
    passed: list[tuple[UUID, str]] = []
    done = 0
    step = partial(_decide, reviewer=reviewer, ruling=ruling, now=now)
    for some in _chunks(_open_cases(journal, ruling)):
        with journal.transaction():
            for case_id in some:
                try:
                    casework.act_within(journal, case_id, step, ruling=ruling.id)
                    done += 1
                except AmparoError as error:
                    passed.append((case_id, error.why))
        advance(done, ruling.cases)
    with journal.transaction():
        journal.db.execute("UPDATE ruling SET state = 'finished' WHERE id = ?", (ruling.id,))
    return Done(done, passed)


def take_back(
    journal: Journal, ruling: Ruling, *, reviewer: Reviewer, reasons: str, now: datetime
) -> Done:
    """Undo a ruling as a group: its orders are taken back, and everybody is told."""
    check_lead(reviewer.actor)
    passed: list[tuple[UUID, str]] = []
    done = 0
    step = partial(remedy.undo, reasons=reasons, by=reviewer.actor, now=now)
    for some in _chunks(_cases(journal, ruling)):
        with journal.transaction():
            for case_id in some:
                try:
                    casework.act_within(journal, case_id, step)
                    done += 1
                except AmparoError as error:
                    passed.append((case_id, error.why))
    event = Event("ruling.undone", now, str(reviewer.actor), {"reasons": reasons})
    with journal.transaction():
        casework.act_within(journal, ruling.case, lambda _: [event])
        journal.db.execute("UPDATE ruling SET state = 'undone' WHERE id = ?", (ruling.id,))
    return Done(done, passed)


def resume(journal: Journal) -> int:
    """Go on with rulings that a crash ended half way; how many there were."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT id, by_name FROM ruling WHERE state = 'running'"
    ).fetchall()
    for number, by_name in rows:
        reviewer = people.find(journal, int(by_name)).reviewer
        carry_out(journal, find(journal, number), reviewer=reviewer, now=casework.now())
    return len(rows)


def find(journal: Journal, number: int) -> Ruling:
    """A ruling by its number."""
    row = journal.db.execute(f"{_SELECT} WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Missing(
            "There is no such ruling.", why=f"none has the number {number}", fix="See the desk."
        )
    return _ruling(row)


def every(journal: Journal, platform: int) -> list[Ruling]:
    """The rulings of a desk, newest first."""
    rows = journal.db.execute(f"{_SELECT} WHERE platform = ? ORDER BY id DESC", (platform,))
    return [_ruling(row) for row in rows]


def _decide(case: Case, *, reviewer: Reviewer, ruling: Ruling, now: datetime) -> list[Event]:
    """All the steps of one complaint, taken by the reviewer who rules on the group."""
    check_may_review(case, reviewer)
    by, number = str(reviewer.actor), str(reviewer.number)
    before: list[Event] = []
    if case.complaint == "asking":
        before.append(Event("complaint.answered", now, by, {"text": "", "silence": True}))
    if case.complaint in ("assigned", "reviewing", "asking") and case.reviewer != number:
        before.append(Event("complaint.returned", now, by, {"reason": "ruled in a group"}))
    ready = _after(case, before)
    if ready.complaint in ("filed", "reopened"):
        before.append(Event("complaint.assigned", now, by, {"reviewer": number}))
    if ready.complaint != "reviewing":
        before.append(Event("complaint.opened", now, by, {}))
    ready = _after(case, before)
    decided = complaint.decide(
        ready, reviewer=reviewer, outcome=ruling.outcome, reasons=ruling.reasons,  # type: ignore[arg-type]  # checked inside
        steps=ruling.steps, now=now,
    )  # fmt: skip
    first, *rest = decided
    named = first._replace(details={**first.details, "ruling": str(ruling.case)})
    return [*before, named, *rest]


def _after(case: Case, events: Iterable[Event]) -> Case:
    for one in events:
        case = apply(case, one)
    return case


def _try(
    reviewer: Reviewer, outcome: str, reasons: str, steps: Sequence[str], now: datetime
) -> None:
    case = Case(complaint="reviewing", reviewer=str(reviewer.number), filed_at=now)
    complaint.decide(
        case, reviewer=reviewer, outcome=outcome, reasons=reasons, steps=steps, now=now,  # type: ignore[arg-type]  # checked inside
    )  # fmt: skip


def _open_cases(journal: Journal, ruling: Ruling) -> list[UUID]:
    marks = ", ".join("?" * (len(OPEN) + 1))
    rows = journal.db.execute(
        f"SELECT case_id FROM desk WHERE ruling = ? AND state IN ({marks}) ORDER BY case_id",
        (ruling.id, *OPEN, "reopened"),
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


def _cases(journal: Journal, ruling: Ruling) -> list[UUID]:
    rows = journal.db.execute(
        "SELECT case_id FROM desk WHERE ruling = ? ORDER BY case_id", (ruling.id,)
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


def _chunks(cases: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    pending = iter(cases)
    while some := tuple(itertools.islice(pending, CASES_A_COMMIT)):
        yield some


_SELECT = "SELECT id, case_id, platform, outcome, reasons, steps, cases, state FROM ruling"


def _ruling(row: Any) -> Ruling:
    number, case_id, platform, outcome, reasons, steps, cases, state = row
    return Ruling(
        number,
        UUID(bytes=bytes(case_id)),
        platform,
        outcome,
        reasons,
        tuple(msgspec.json.decode(steps)),
        cases,
        state,
    )
