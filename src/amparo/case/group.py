"""One reasoned ruling for many complaints: the ruling's own events, and what it does to each case.

Each case goes through the same steps as a single one, taken by the lead who rules: where that lead
may not review it, the steps refuse, and it stays a single case.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from amparo.case import complaint
from amparo.case.complaint import Outcome, check_reasons
from amparo.case.roles import Reviewer, check_lead, check_may_review
from amparo.case.state import Case, Event, apply
from amparo.errors import Malformed


def make(
    cases: Sequence[UUID],
    *,
    reviewer: Reviewer,
    outcome: Outcome,
    reasons: str,
    steps: Sequence[str],
    chosen: str,
    now: datetime,
) -> Event:
    """The ruling itself, before any case is decided by it: it commits to the list of its cases.

    `chosen` says how they were chosen.
    """
    check_lead(reviewer.actor)
    if not cases:
        raise Malformed(
            "No case was chosen.",
            why="the choice fits no open complaint",
            fix="Choose another category or period.",
        )
    # The very step is tried on an empty case, so that a ruling without reasons begins nothing.
    empty = Case(complaint="reviewing", reviewer=str(reviewer.number), filed_at=now)
    complaint.decide(
        empty, reviewer=reviewer, outcome=outcome, reasons=reasons, steps=steps, now=now
    )
    listed = "\n".join(sorted(map(str, cases))).encode()
    details = {
        "outcome": outcome, "reasons": reasons, "steps": list(steps), "cases": len(cases),
        "cases_sha256": hashlib.sha256(listed).hexdigest(), "chosen": chosen,
    }  # fmt: skip
    return Event("ruling.made", now, str(reviewer.actor), details)


def rule(
    case: Case,
    *,
    ruling: UUID,
    reviewer: Reviewer,
    outcome: Outcome,
    reasons: str,
    steps: Sequence[str],
    now: datetime,
) -> list[Event]:
    """All the steps of one complaint, from where it stands to its decision."""
    check_may_review(case, reviewer)
    before = _until_open(case, reviewer, now)
    first, *rest = complaint.decide(
        _after(case, before), reviewer=reviewer, outcome=outcome, reasons=reasons, steps=steps,
        now=now,
    )  # fmt: skip
    named = first._replace(details={**first.details, "ruling": str(ruling)})
    return [*before, named, *rest]


def undo(*, reviewer: Reviewer, reasons: str, now: datetime) -> Event:
    """The ruling is taken back, with reasons."""
    check_lead(reviewer.actor)
    return Event("ruling.undone", now, str(reviewer.actor), {"reasons": check_reasons(reasons)})


def _until_open(case: Case, reviewer: Reviewer, now: datetime) -> list[Event]:
    """What has to happen until the lead has this complaint open."""
    by, number = str(reviewer.actor), str(reviewer.number)
    events: list[Event] = []
    if case.complaint == "asking":
        events.append(Event("complaint.answered", now, by, {"text": "", "silence": True}))
    if case.complaint in ("assigned", "reviewing", "asking") and case.reviewer != number:
        events.append(Event("complaint.returned", now, by, {"reason": "ruled in a group"}))
    ready = _after(case, events)
    if ready.complaint in ("filed", "reopened"):
        events.append(Event("complaint.assigned", now, by, {"reviewer": number}))
    if ready.complaint != "reviewing":
        events.append(Event("complaint.opened", now, by, {}))
    return events


def _after(case: Case, events: Iterable[Event]) -> Case:
    for one in events:
        case = apply(case, one)
    return case
