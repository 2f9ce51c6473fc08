"""Somebody's complaint waits for a lead case: joined, left, and ended by itself.

Nobody waits who did not say so, by a link of their own, and whoever waits can leave at any time.
The time for deciding (C06) stands still meanwhile and goes on with what was left of it; all waits
of a case together are at most as long as the clock `lead`, whoever forgets it. Whatever cannot wait
ends it at once, whichever way it came.

Source: DSA Article 20(4); docs/decisions/0028.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from amparo.case import deadlines, events, selection
from amparo.case.events import Event, Unwaited
from amparo.case.selection import Apart
from amparo.case.standing import standing
from amparo.case.state import Actor, Case, last_of_wait
from amparo.errors import Refused, Text

CANNOT_WAIT: frozenset[Apart] = frozenset({"danger", "interim", "speech", "question", "panel"})
"""Whoever is set apart for one of these is not asked, and does not wait, whatever a lead ticks."""


def decided_by(case: Case, since: datetime) -> datetime:
    """When a complaint that is pending since then should be decided (C06)."""
    return deadlines.due("C06-represented" if case.prioritised else "C06", since)


def why_not(case: Case, now: datetime) -> Text | None:
    """Why a complaint cannot wait for a lead case; None where it can.

    Only one that nobody looks at yet, and that is not late: no lateness is mended by waiting.
    """
    if case.complaint != "filed":
        return standing("complaint", case.complaint)
    if case.leads_group:
        return Text("it is a lead case itself, and others may wait for it")
    if case.paused:
        return Text("processing of what they send is suspended")
    if case.pending_since is None or now > decided_by(case, case.pending_since):
        return Text("the time for deciding it is over")
    why = selection.apart(selection.standing(case, ""), "")
    return next((selection.WHY[reason] for reason in why if reason in CANNOT_WAIT), None)


def why_not_asked(case: Case, *, by: Literal["desk", "body"], over: bool) -> Text | None:
    """Why somebody is not asked whether to wait; None where they can be.

    Once by the desk and once by an organisation, so that neither takes the other's question away:
    the second waits until the first was answered, or cannot be answered any more (`over`).
    """
    is_open = case.lead == "waiting" or (case.lead == "asked" and not over and not lapsed(case))
    if is_open or by in case.asked_to_wait_by:
        return standing("lead", case.lead)
    if case.waited >= deadlines.period("lead").length:
        return Text("the time for waiting is used up")
    return None


def lapsed(case: Case) -> bool:
    """Whether an organisation asked somebody to wait, and speaks for them no more.

    Whoever waits already goes on: that is their own choice, and they can leave.
    """
    return bool(case.lead_mandate) and case.mandate != case.lead_mandate


def join(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """Whoever complained says that they want to wait for the lead cases that they were told of."""
    _check_theirs(case, by)
    if case.lead != "asked":
        raise Refused(
            "You cannot wait for a lead case.",
            why=standing("lead", case.lead),
            fix="Nothing needs to be done: your complaint is looked at by itself.",
        )
    if lapsed(case):
        raise Refused(
            "You cannot wait for a lead case.",
            why="the organisation that proposed it does not speak for you any more",
            fix="Nothing needs to be done: your complaint is looked at by itself.",
        )
    if why := why_not(case, now):
        raise Refused(
            "Your complaint cannot wait.",
            why=why,
            fix="Nothing needs to be done: it is looked at by itself.",
        )
    joined = events.LeadJoined(
        now,
        str(by),
        group=case.lead_group,
        question=case.lead_question,
        until=last_of_wait(case, now).isoformat(),
    )
    return [joined]


def leave(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """They do not want to wait, or not any longer: their complaint is looked at by itself."""
    _check_theirs(case, by)
    if case.lead not in ("asked", "waiting"):
        raise Refused(
            "Your complaint does not wait for a lead case.",
            why=standing("lead", case.lead),
            fix="Nothing needs to be done: it is looked at by itself.",
        )
    return end(case, "left" if case.lead == "waiting" else "declined", by=by, now=now)


def end(
    case: Case, because: Unwaited, *, by: Actor, now: datetime, reasons: str | None = None
) -> list[Event]:
    """The wait ends; nothing where nobody waits, or was asked."""
    if case.lead not in ("asked", "waiting"):
        return []
    return [events.LeadEnded(now, str(by), because=because, reasons=reasons)]


def ends_before(case: Case, new: Sequence[Event]) -> list[Event]:
    """The end of a wait that has to come before what now happens to a case, whatever way it came.

    Once in a case: where several things happen at a time, the first says why.
    """
    if case.lead != "waiting" or any(isinstance(event, events.LeadEnded) for event in new):
        return []
    found = ((event, _because(event)) for event in new)
    return next((end(case, why, by=Actor("node"), now=event.at) for event, why in found if why), [])


def _because(event: Event) -> Unwaited | None:
    """Why nobody waits any more after an event; None where it changes nothing for that."""
    match event:
        case (
            events.DangerSaid()
            | events.InterimOrdered()
            | events.SidesLinked()
            | events.HearingInvited()
        ):
            return "urgent"
        case events.CaseSubmitted() | events.OutcomeReceived():
            return "elsewhere"
        case events.ClaimProven():
            return "claim"
        case (
            events.ComplaintWithdrawn()
            | events.ComplaintDisowned()
            | events.ComplaintInadmissible()
            | events.ComplaintDecided()
        ):
            return "closed"
        case _:
            return None


def _check_theirs(case: Case, by: Actor) -> None:
    if by.role != case.complainant:
        raise Refused(
            "Only who complained may say so.",
            why="it is their complaint that would wait",
            fix="Nothing needs to be done.",
        )
