"""One reasoned ruling for many cases: the ruling's own events, and what it does to each complaint.

Each complaint goes through the same steps as a single one, taken by the lead who rules: where that
lead may not review it, the steps refuse, and it stays a single case. Where nobody has complained,
`goodwill` says what a ruling does.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from amparo.case import complaint, deadlines, events, goodwill, remedy
from amparo.case.complaint import check_reasons
from amparo.case.events import ComplaintOutcome, Event, RulingMade, RulingUndone
from amparo.case.roles import Reviewer, check_lead, check_may_touch
from amparo.case.state import Case, apply
from amparo.errors import Malformed, Refused, Text

RETURNED = "ruled in a group"
"""Why a reviewer gave a case up: written by this module, and not by a person."""


def make(
    cases: Sequence[UUID],
    *,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str],
    chosen: str,
    unheard: bool = False,
    now: datetime,
) -> RulingMade:
    """The ruling itself, before any case is decided by it: it commits to the list of its cases.

    `chosen` says how they were chosen; `unheard`, that nobody in them has complained.
    """
    check_lead(reviewer.actor)
    if not cases:
        raise Malformed(
            "No case was chosen.",
            why="the choice fits no case that waits",
            fix="Choose another category or period.",
        )
    answer = {"outcome": outcome, "reasons": reasons, "steps": steps, "now": now}
    _try(reviewer, unheard=unheard, answer=answer)
    listed = "\n".join(sorted(map(str, cases))).encode()
    return RulingMade(
        now,
        str(reviewer.actor),
        outcome=outcome,
        reasons=reasons,
        steps=remedy.check_steps(steps) if steps else (),
        cases=len(cases),
        cases_sha256=hashlib.sha256(listed).hexdigest(),
        chosen=chosen,
        goodwill="yes" if unheard else None,
    )


def _try(reviewer: Reviewer, *, unheard: bool, answer: dict[str, Any]) -> None:
    """The very step, on an empty case, so that a ruling without reasons begins nothing."""
    if unheard:
        goodwill.check_outcome(answer["outcome"])
        delivered = Case(decision="delivered")
        goodwill.reverse(delivered, ruling=UUID(int=0), reviewer=reviewer, reachable=True, **answer)
        return
    mine = Case(complaint="reviewing", reviewer=str(reviewer.number), filed_at=answer["now"])
    complaint.decide(mine, reviewer=reviewer, **answer)


def rule(
    case: Case,
    *,
    ruling: UUID,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str],
    now: datetime,
) -> list[Event]:
    """All the steps of one complaint, from where it stands to its decision."""
    check_may_touch(case, reviewer, "take")
    before = until_open(case, reviewer, now)
    decided = complaint.decide(
        after(case, before),
        reviewer=reviewer,
        outcome=outcome,
        reasons=reasons,
        steps=steps,
        ruling=str(ruling),
        now=now,
    )
    return [*before, *decided]


def undo(*, made: datetime, reviewer: Reviewer, reasons: str, now: datetime) -> RulingUndone:
    """The ruling is taken back, with reasons, within its time."""
    check_lead(reviewer.actor)
    if now > (last := deadlines.due("undo", made)):
        raise Refused(
            "It is too late to take this ruling back.",
            why=Text("it could be until {day}", day=last),
            fix="Open single complaints once more, where that is still possible.",
        )
    return RulingUndone(now, str(reviewer.actor), reasons=check_reasons(reasons))


def until_open(case: Case, reviewer: Reviewer, now: datetime) -> list[Event]:
    """What has to happen until a reviewer has this complaint open."""
    by, number = str(reviewer.actor), str(reviewer.number)
    new: list[Event] = []
    if case.complaint == "asking":
        new.append(events.ComplaintAnswered(now, by, text="", silence=True))
    if case.complaint in ("assigned", "reviewing", "asking") and case.reviewer != number:
        new.append(events.ComplaintReturned(now, by, reason=RETURNED))
    ready = after(case, new)
    if ready.complaint in ("filed", "reopened"):
        new.append(events.ComplaintAssigned(now, by, reviewer=number))
    if ready.complaint != "reviewing":
        new.append(events.ComplaintOpened(now, by))
    return new


def after(case: Case, new: Iterable[Event]) -> Case:
    """A case after some events."""
    for event in new:
        case = apply(case, event)
    return case
