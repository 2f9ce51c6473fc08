"""Which clocks run in a case, and what happens at the end of each.

Which clocks run is read from the case itself, so that nothing can be forgotten over a restart; the
scheduler only remembers when to look. At an end, `expire` yields the events that the table says,
once.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from typing import Literal, assert_never

from amparo.case import deadlines, events, mandate, panel, state, waits
from amparo.case.events import Event
from amparo.case.machines import OPEN, UNDECIDED
from amparo.case.state import Actor, Case

Name = Literal[
    "C05-30",
    "C05-7",
    "C06",
    "C07",
    "C08",
    "C10",
    "C11",
    "C15",
    "C27",
    "assign",
    "challenge",
    "fact",
    "hearing",
    "hold",
    "hold-end",
    "incomplete",
    "lead",
    "mandate",
    "objection",
    "question",
    "reminder",
    "repair",
    "tell",
    "warning",
]
"""Every clock that can run in a case; most are in `deadlines`, under the same name."""
NO_ANSWER = "no answer"
"""Why the evidence is not known to be kept: written by the clock, and not by a person."""
REMINDER_DAYS = 5
BEFORE_THE_END: dict[Name, int] = {"C05-30": 30, "C05-7": 7}
"""Days before the end of the six months on which whoever this node told is reminded."""


def running(case: Case) -> dict[Name, datetime]:
    """Every clock that runs, and when it ends; those that ran out already are left out."""
    found: dict[Name, datetime] = {}
    if case.misuse == "suspended" and case.suspended_until:
        found["C15"] = case.suspended_until
    if case.misuse == "warned" and case.warned_at:
        found["warning"] = deadlines.due("warning", case.warned_at)
    if case.waits_since:
        found["lead"] = state.last_of_wait(case, case.waits_since)
    elif case.pending_since and not case.paused:  # who waits for a suspension's end loses no time
        if case.complaint in UNDECIDED:
            found["C06"] = waits.decided_by(case, case.pending_since)
        if case.complaint in ("filed", "reopened"):
            found["assign"] = deadlines.due("assign", case.pending_since)
    if case.asked and case.asked_at and case.complaint in OPEN:  # even where its reviewer has left
        found["question"] = deadlines.due("question", case.asked_at)
    if case.hears:
        if case.hearing == "called" and case.called_at:
            found["tell"] = deadlines.due("tell", case.called_at)
        if case.hearing == "told" and case.told_at:
            found["hearing"] = deadlines.due("hearing", case.told_at)
    if case.decision == "mandated" and case.mandated_until:
        found["mandate"] = case.mandated_until
    if case.mandate and case.represented_until:
        found["mandate"] = case.represented_until
    if case.hold == "sent" and case.held_at:
        found["hold"] = deadlines.due("hold", case.held_at)
    closed = [at for at in (case.closed_at, case.panel_closed_at) if at]
    if case.hold == "kept" and closed and not case.contested:
        found["hold-end"] = deadlines.due("hold-end", max(closed))
    found |= _of_the_remedy(case) | _of_the_panel(case) | _before_the_end(case)
    return {name: end for name, end in found.items() if _key(name, end) not in case.missed}


def _before_the_end(case: Case) -> dict[Name, datetime]:
    """Whom the platform told itself this node cannot reach: there is nothing to remember then."""
    waits = case.decision == "delivered" and not case.complaint and not case.panel
    if not waits or case.informed_by not in ("mail", "page") or case.informed_at is None:
        return {}
    end = deadlines.due("C05", case.informed_at)
    return {name: end - timedelta(days=days) for name, days in BEFORE_THE_END.items()}


def _of_the_panel(case: Case) -> dict[Name, datetime]:
    """Day 90 (or 180) is in the law for certified bodies; here it is the panel's own promise."""
    if not case.before_a_panel or case.submitted_at is None:
        return {}
    found: dict[Name, datetime] = {"C08": panel.last_day(case)}
    if case.panel == "incomplete" and case.incomplete_at:
        found["incomplete"] = deadlines.due("incomplete", case.incomplete_at)
    if case.panel == "exchange" and case.formed_at:
        found["challenge"] = deadlines.due("challenge", case.formed_at)
        if not case.heard:
            found["C10"] = deadlines.due("C10", case.formed_at)
        if case.fact_at:
            found["fact"] = deadlines.due("fact", case.fact_at)
    if case.admitted_at and case.panel != "decided":
        found["C27"] = deadlines.due("C27", case.admitted_at)
    return found


def _of_the_remedy(case: Case) -> dict[Name, datetime]:
    if case.remedy == "sent" and case.ordered_at:
        name: Name = "C11" if case.ordered_by == "panel" or case.dispute_by else "C07"
        ends = deadlines.due(name, case.ordered_at)
        return {name: ends, "reminder": ends + timedelta(days=REMINDER_DAYS)}
    if case.remedy == "claimed" and case.claimed_at:
        return {"objection": deadlines.due("objection", case.claimed_at)}
    if case.remedy == "disputed" and case.disputed_at:
        return {"repair": deadlines.due("repair", case.disputed_at)}
    return {}


def expire(case: Case, name: Name, now: datetime) -> list[Event]:
    """The events at a clock's end; none when it does not run, or not yet out."""
    ends = running(case)
    if name not in ends or now <= (end := ends[name]):
        return []
    missed = events.ClockMissed(now, "clock", clock=_key(name, end))
    return [missed, *_follows(case, name, now)]


def _follows(case: Case, name: Name, now: datetime) -> list[Event]:
    """What happens to a case when a clock has run out, beside the note that it did."""
    by = "clock"
    match name:
        case "question":
            return [events.ComplaintAnswered(now, by, text="", silence=True)]
        case "hearing":
            return [events.HearingEnded(now, by)]
        case "tell":
            return [events.HearingUntold(now, by)]
        case "mandate":
            return mandate.end_of_time(case, now=now)
        case "lead":
            return waits.end(case, "time", by=Actor("clock"), now=now)
        case "C15" | "warning":
            return [events.MisuseEnded(now, by)]
        case "incomplete":
            return [events.CaseLapsed(now, by)]
        case "fact":
            return [] if case.challenged else [events.CaseDeliberating(now, by)]
        case "hold":
            return [events.HoldFailed(now, by, reason=NO_ANSWER)]
        case "hold-end":
            return [events.HoldEnded(now, by)]
        case "C07" | "C11":
            return [events.RemedyReminded(now, by)]
        case "reminder" | "repair":
            return [events.RemedyFailed(now, by), *_close(case, "failed", now)]
        case "objection":
            return [events.RemedySettled(now, by), *_close(case, "claimed", now)]
        case "C05-30" | "C05-7" | "C06" | "C08" | "C10" | "C27" | "assign" | "challenge":
            return []
        case _:
            assert_never(name)


def _close(case: Case, because: str, now: datetime) -> list[Event]:
    if case.complaint != "remedy_open":
        return []
    return [events.ComplaintClosed(now, "clock", because=because)]


def _key(name: str, end: datetime) -> str:
    """A clock and its end: the same clock can run several times in a case."""
    return f"{name}@{end:%Y%m%dT%H%M%SZ}"
