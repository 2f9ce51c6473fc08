"""Many reports of one address: one matter, answered in the same words, and a case for each person.

Reports join where they are of the same address at the same platform and say that it is the same
kind of thing. Each person keeps their own case, with its clocks, its letters and its right to
complain, and learns nothing of the others. What needs a look of its own stays apart, as it does in
a group (`selection`); and nobody is swept along: who answers many names each of them.

Source: DSA Article 16(5) and (6): every notice is answered, in a timely, diligent and non-arbitrary
manner.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from amparo.case import complaint, events, group, hearing, roles, selection
from amparo.case.events import ComplaintOutcome, Event
from amparo.case.machines import HELD
from amparo.case.roles import Reviewer
from amparo.case.selection import Apart
from amparo.case.standing import standing
from amparo.case.state import Case
from amparo.case.worksheet import Answer
from amparo.errors import Refused, Text

MOST_TOGETHER = 100
"""Other people in one answer: each of their cases is read for it."""
_APART: frozenset[Apart] = frozenset({"danger", "interim", "question", "panel", "represented"})


def place(case: Case) -> bytes:
    """What reports that can be answered together share; empty where one stands by itself."""
    if not case.place or case.danger:
        return b""
    shared = "\n".join((case.place, *sorted(case.categories)))
    return hashlib.sha256(shared.encode()).digest()


def why_apart(lead: Case, other: Case) -> Text | None:
    """Why a report is not answered together with another; None where it can be."""
    if not place(lead) or place(lead) != place(other):
        if other.danger or lead.danger:
            return selection.WHY["danger"]
        return Text("it is of another address, or says that it is something else")
    why = [
        reason
        for case in (other, lead)
        for reason in selection.apart(selection.standing(case, ""), "")
        if reason in _APART
    ]
    return selection.WHY[why[0]] if why else None


def check_joins(lead: Case, other: Case) -> None:
    """Raise where a report, or a complaint about one, has to be answered by itself."""
    if why := why_apart(lead, other):
        raise Refused(
            "This case has to be looked at by itself.", why=why, fix="Answer it by itself."
        )


def assign(lead: Case, case: Case, *, to: Reviewer, by: Reviewer, now: datetime) -> list[Event]:
    """Who is given a complaint is given those about other reports of the address along with it."""
    _check_goes_along(lead, case)
    return complaint.assign(case, to=to, by=by, now=now)


def open_file(lead: Case, case: Case, *, reviewer: Reviewer, now: datetime) -> list[Event]:
    """The same for opening the evidence."""
    _check_goes_along(lead, case)
    return complaint.open_file(case, reviewer=reviewer, now=now)


def decide(
    lead: Case,
    case: Case,
    *,
    number: str,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str] = (),
    answers: Mapping[str, Answer] = MappingProxyType({}),
    divergence: str = "",
    for_the_other: str = "",
    now: datetime,
) -> list[Event]:
    """A complaint is decided as that about another report of the address, whose case is `lead`.

    `number` is that of the lead. The other side was heard there, once for all.
    """
    check_joins(lead, case)
    roles.check_may_touch(case, reviewer, "take")
    if case.complaint in HELD and case.reviewer != str(reviewer.number):
        raise Refused(
            "This complaint is assigned to somebody else.",
            why="only its reviewer may take this step",
            fix="Ask the lead to assign it to you.",
        )
    before = group.until_open(case, reviewer, now)
    if case.hearing == "" and hearing.is_due(case, outcome) and hearing.is_over(lead):
        before.append(events.HearingShared(now, str(reviewer.actor), other=number))
    decided = complaint.decide(
        group.after(case, before),
        reviewer=reviewer,
        outcome=outcome,
        reasons=reasons,
        steps=steps,
        answers=answers,
        divergence=divergence,
        for_the_other=for_the_other,
        joint=number,
        now=now,
    )
    return [*before, *decided]


def _check_goes_along(lead: Case, case: Case) -> None:
    check_joins(lead, case)
    if (case.complaint, case.reviewer) != (lead.complaint, lead.reviewer):
        raise Refused(
            "This complaint does not stand where the other does.",
            why=standing("complaint", case.complaint),
            fix="Look at it by itself.",
        )
