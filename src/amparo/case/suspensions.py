"""Whoever frequently sends manifestly unfounded notices or complaints: warned, then suspended.

"Manifestly" is what anybody sees without looking into the matter (recital 63). A suspension is for
a time, comes after a warning that left room to mend, and rests on four factors, each in words. What
is sent meanwhile is kept and looked at afterwards: nobody is dropped silently. It is a decision
like any other: it can be complained about, and whoever took it does not judge that complaint.

Source: DSA Article 23(2) to (4).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from amparo.case import deadlines, events, roles
from amparo.case.complaint import check_reasons, check_text
from amparo.case.events import Event, Misused, MisuseWarned, Party
from amparo.case.state import Actor, Case
from amparo.case.text_limits import not_among
from amparo.errors import Malformed, Mistakes, Period, Refused, Text

FACTORS = ("numbers", "share", "gravity", "intention")
"""Article 23(3)(a) to (d): how many in which time; how many of all; how grave, and with which
consequences; with which intention, where it can be seen."""
FEWEST_FACTOR = 20
MOST_DAYS = 180
MOST = Period(MOST_DAYS, "days")


def warn(
    *, what: Misused, factors: Mapping[str, str], clause: str, by: Actor, now: datetime
) -> list[MisuseWarned]:
    """A warning: what the sender does, and what may follow."""
    roles.check_lead(by)
    mistakes = Mistakes()
    with mistakes.of("what"):
        if what not in get_args(Misused):
            raise not_among(Text("Choose what it is about."), what, get_args(Misused))
    named, weighed = _clause(clause, mistakes), _weighed(factors, mistakes)
    mistakes.end()
    return [MisuseWarned(now, str(by), what=what, clause=named, **weighed)]


def suspend(
    case: Case, *, days: int, factors: Mapping[str, str], clause: str, by: Actor, now: datetime
) -> list[Event]:
    """Suspend processing for so many days, at the earliest when C14 is over."""
    roles.check_lead(by)
    if case.warned_at is None or now <= deadlines.due("C14", case.warned_at):
        raise Refused(
            "It is too early to suspend processing.",
            why=Text(
                "a warning comes first, and {period} in which the sender can mend it",
                period=deadlines.period("C14"),
            ),
            fix="Warn the sender, and wait.",
        )
    mistakes = Mistakes()
    with mistakes.of("days"):
        if not 1 <= days <= MOST_DAYS:
            raise Malformed(
                "Days: a suspension is for a reasonable time.",
                why=Text("{period} were asked for", period=Period(days, "days")),
                fix=Text("Choose at least 1 day, and at most {period}.", period=MOST),
            )
    named, weighed = _clause(clause, mistakes), _weighed(factors, mistakes)
    mistakes.end()
    end = deadlines.end_of(now + timedelta(days=days)).isoformat()
    return [events.MisuseSuspended(now, str(by), until=end, clause=named, **weighed)]


def lift(*, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """A warning or a suspension ends early, with reasons."""
    roles.check_lead(by)
    return [events.MisuseEnded(now, str(by), reasons=check_reasons(reasons))]


def pause(case: Case, *, until: datetime, now: datetime) -> list[Event]:
    """What was sent during a suspension is kept, and waits for its end."""
    return [events.ProcessingPaused(now, "node", until=until.isoformat(), of=_sender(case))]


def resume(case: Case, *, now: datetime) -> list[Event]:
    """The suspension is over: the case goes on, with its clocks from now."""
    if not case.paused:
        return []
    return [events.ProcessingResumed(now, "node", of=_sender(case))]


def _sender(case: Case) -> Party:
    return "person" if case.complainant == "person" else "notifier"


def _weighed(factors: Mapping[str, str], mistakes: Mistakes) -> dict[str, str]:
    given = {name: factors.get(name, "").strip() for name in FACTORS}
    short = [name for name, text in given.items() if len(text) < FEWEST_FACTOR]
    for name in short:
        with mistakes.of(name):
            raise Malformed(
                "Every one of the four factors needs a sentence.",
                why=Text("missing or too short: {names}", names=tuple(short)),
                fix="Say how many in which time, how many of all, how grave, and with which "
                "intention (Article 23(3)).",
            )
    return given


def _clause(given: str, mistakes: Mistakes) -> str:
    with mistakes.of("clause"):
        return check_text(given, Text("Name the clause of the terms that says so (Article 23(4))."))
    return ""
