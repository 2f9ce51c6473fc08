"""One reasoned ruling for many cases: each is named in it, and each person gets their own answer.

A lead only begins a ruling, or its undoing; the scheduler carries it out, a thousand cases a
commit, so that nobody waits for 70,000 and others can act in between. It asks each time for cases
that are still to be done: a run that was ended goes on where it stopped, and two nodes on one
folder share the work. A case that has to be looked at by itself, and that its lead has not seen so
in the preview, leaves the ruling when it is reached (`case/selection`).
"""

# SPDX-License-Identifier: Apache-2.0

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import complaint, deadlines, goodwill, group, selection
from amparo.case.events import ComplaintOutcome, Event
from amparo.case.roles import Reviewer
from amparo.case.selection import Apart
from amparo.errors import AmparoError, Missing, Refused, Text
from amparo.ledger.case import casework, people
from amparo.ledger.case.casework import File
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

CASES_A_COMMIT = 1000
_Act = Callable[[Journal, File, tuple[str, ...]], Sequence[Event]]
"""From a case, and what its lead saw that sets it apart, to what the ruling does to it."""
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
    at: datetime
    """When it was made."""
    unheard: bool
    """Whether nobody in its cases had complained: decisions are reversed without being asked."""
    language: str
    """Of its reasons."""
    stands: int
    """Once it was taken back: how many cases had been decided anew, which stands."""

    @property
    def undo_until(self) -> datetime:
        """The last moment to take it back."""
        return deadlines.due("undo", self.at)


def begin(
    journal: Journal,
    platform: int,
    cases: Mapping[UUID, Sequence[Apart]],
    *,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str],
    chosen: str,
    language: str,
    unheard: bool = False,
    now: datetime,
) -> Ruling:
    """Put the ruling on record, with its list of cases, before any case is decided by it.

    `cases`: each with what its lead saw that sets it apart. `unheard`: nobody in them has
    complained.
    """
    made = group.make(
        list(cases),
        reviewer=reviewer,
        outcome=outcome,
        reasons=reasons,
        steps=steps,
        chosen=chosen,
        unheard=unheard,
        now=now,
    )
    with journal.transaction():
        own = casework.begin(journal, platform, made, now=now)
        number = journal.db.execute(
            "INSERT INTO ruling (case_id, platform, by_lead, at, outcome, reasons, steps, chosen, "
            "cases, state, goodwill, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?) "
            "RETURNING id",
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
                int(unheard),
                language,
            ),
        ).get
        journal.db.executemany(
            "INSERT INTO ruling_case VALUES (?, ?, ?, 'waiting')",
            ((number, case_id.bytes, " ".join(seen)) for case_id, seen in cases.items()),
        )
    return find(journal, int(number))


def begin_undo(
    journal: Journal, ruling: Ruling, *, reviewer: Reviewer, reasons: str, now: datetime
) -> None:
    """Put on record that a ruling is taken back, before any of its cases is opened again."""
    undone = group.undo(made=ruling.at, reviewer=reviewer, reasons=reasons, now=now)
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
        _each(journal, ruling, _ruled(ruling, reviewer, now), _RULE, stopped)
    elif ruling.state == "undoing":
        _each(journal, ruling, _undone(ruling, reviewer, now), _UNDO, stopped)


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


def left(journal: Journal, ruling: Ruling, most: int = PAGE) -> list[UUID]:
    """Cases that left a ruling, and have to be dealt with one by one; as many as a page holds."""
    rows = journal.db.execute(
        "SELECT case_id FROM ruling_case WHERE ruling = ? AND state = 'passed' LIMIT ?",
        (ruling.id, most),
    )
    return [UUID(bytes=bytes(row[0])) for row in rows]


class _Run(NamedTuple):
    """A run through the cases of a ruling: which states it leads from and to."""

    begins: str
    done: str
    passed: str
    ends: str
    """The ruling's own state afterwards."""
    counted: str
    """Where those are counted that did not take the step."""


_RULE = _Run("waiting", "ruled", "passed", "finished", "passed")
_UNDO = _Run("ruled", "undone", "stands", "undone", "stands")


def _ruled(ruling: Ruling, reviewer: Reviewer, now: datetime) -> _Act:
    answer = {
        "outcome": ruling.outcome,
        "reasons": ruling.reasons,
        "steps": ruling.steps,
        "now": now,
    }

    def act(journal: Journal, file: File, seen: tuple[str, ...]) -> Sequence[Event]:
        contact = outbox.contact(journal, file.id, file.case.complainant or "person")
        language = contact.language if contact else file.public.get("content_language") or ""
        standing = selection.standing(file.case, language.lower())
        why = selection.apart(standing, ruling.language or standing.language)
        selection.check_stays(why, seen)
        values: dict[str, Any] = {"ruling": ruling.case, "reviewer": reviewer, **answer}
        if ruling.unheard:
            return goodwill.reverse(file.case, reachable=contact is not None, **values)
        return group.rule(file.case, **values)

    return act


def _undone(ruling: Ruling, reviewer: Reviewer, now: datetime) -> _Act:
    def act(journal: Journal, file: File, _: tuple[str, ...]) -> Sequence[Event]:
        values: dict[str, Any] = {"ruling": ruling.case, "reasons": ruling.undo_reasons}
        values |= {"by": reviewer, "now": now}
        if ruling.unheard:
            reachable = outbox.contact(journal, file.id, "person") is not None
            return goodwill.undo(file.case, reachable=reachable, **values)
        return complaint.undo(file.case, **values)

    return act


def _each(
    journal: Journal, ruling: Ruling, act: _Act, run: _Run, stopped: Callable[[], bool]
) -> None:
    after = b""
    while not stopped():
        with journal.transaction():
            rows: list[tuple[Any, ...]] = journal.db.execute(
                "SELECT case_id, seen FROM ruling_case WHERE ruling = ? AND case_id > ? "
                "AND state = ? ORDER BY case_id LIMIT ?",
                (ruling.id, after, run.begins, CASES_A_COMMIT),
            ).fetchall()
            if not rows:
                journal.db.execute(
                    "UPDATE ruling SET state = ? WHERE id = ? AND state = ?",
                    (run.ends, ruling.id, ruling.state),
                )
                return
            outcomes = [
                (run.done if _take(journal, bytes(case_id), seen, act) else run.passed, case_id)
                for case_id, seen in rows
            ]
            _keep_outcomes(journal, ruling, run, outcomes)
        after = bytes(rows[-1][0])


def _keep_outcomes(
    journal: Journal, ruling: Ruling, run: _Run, outcomes: Iterable[tuple[str, bytes]]
) -> None:
    states = [(state, ruling.id, case_id) for state, case_id in outcomes]
    journal.db.executemany(
        "UPDATE ruling_case SET state = ? WHERE ruling = ? AND case_id = ?", states
    )
    done = sum(state == run.done for state, *_ in states)
    journal.db.execute(
        f"UPDATE ruling SET done = done + ?, {run.counted} = {run.counted} + ? WHERE id = ?",
        (done, len(states) - done, ruling.id),
    )


def _take(journal: Journal, case_id: bytes, seen: str, act: _Act) -> bool:
    """Whether a case took the step; one that did not leaves the ruling."""
    file = casework.read(journal, UUID(bytes=case_id))
    try:
        casework.keep(journal, file, act(journal, file, tuple(seen.split())))
    except AmparoError:
        return False
    return True


_SELECT = (
    "SELECT id, case_id, platform, by_lead, outcome, reasons, steps, cases, state, done, passed, "
    "undo_reasons, at, goodwill, language, stands FROM ruling"
)


def _ruling(row: Any) -> Ruling:
    number, case_id, platform, by, outcome, reasons, steps, cases, state, *rest = row
    done, passed, undo_reasons, at, unheard, language, stands = rest
    return Ruling(
        number,
        UUID(bytes=case_id),
        platform,
        by,
        outcome,
        reasons,
        tuple(msgspec.json.decode(steps)),
        cases,
        state,
        done,
        passed,
        undo_reasons,
        datetime.fromtimestamp(at, UTC),
        bool(unheard),
        language,
        stands,
    )
