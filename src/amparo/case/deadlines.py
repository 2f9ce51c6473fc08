"""Time limits of due process, each with the text it comes from.

A limit is a function of moments and days alone: nothing here reads a clock. Days are calendar days
in UTC. The day of the event is not counted (Regulation (EEC, Euratom) 1182/71, Article 3); a period
of days ends with the last second of its last day; that of Article 20(2) starts on the day of
information. Months end on the same day number, or on the last day of a shorter month. A person's
period that would end on a Saturday or Sunday goes on to the end of the next working day; that of
whoever is bound does not, and no arithmetic ever shortens a person's period.

Missing a limit never changes the merits: it makes a record, a notice and a figure.

Source: Regulation (EU) 2022/2065.
"""

# SPDX-License-Identifier: Apache-2.0

import calendar
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple

from amparo.errors import Missing, Period, Text

Unit = Literal["hours", "days", "months"]


class Clock(NamedTuple):
    """One limit, as data."""

    name: str
    starts: str
    length: int | None
    """None: whatever the order or the body's own rules say."""
    unit: Unit
    number: Literal["law", "target"]
    """Whether the number stands in the law; a target is called one on every page."""
    bound: str
    article: str
    at_end: str
    for_person: bool = False
    """Whether it is the person's own period, which is never shortened."""


CLOCKS: dict[str, Clock] = {
    clock.name: clock
    for clock in (
        Clock(
            "C02",
            "a notice was received",
            7,
            "days",
            "target",
            "hosting service",
            "DSA 16(5), 16(6)",
            "marked late; counts in the median",
        ),
        Clock(
            "C02-flagger",
            "a trusted flagger's notice was received",
            48,
            "hours",
            "target",
            "hosting service",
            "DSA 22(1)",
            "a complaint about the silence is open",
        ),
        Clock(
            "C02-danger",
            "a notice that somebody is in danger was received",
            24,
            "hours",
            "target",
            "hosting service",
            "DSA 16(6)",
            "a complaint about the silence is open",
        ),
        Clock(
            "C05",
            "the person was informed of the decision",
            6,
            "months",
            "law",
            "platform",
            "DSA 20(1), 20(2)",
            "a complaint may be refused as late",
            for_person=True,
        ),
        Clock(
            "C06",
            "the complaint was received",
            14,
            "days",
            "target",
            "platform",
            "DSA 20(4), 20(5)",
            "marked late; the other ways are shown",
        ),
        Clock(
            "C06-represented",
            "an organisation filed the complaint",
            7,
            "days",
            "target",
            "platform",
            "DSA 86(2)",
            "marked late; the other ways are shown",
        ),
        Clock(
            "C07",
            "the decision to reverse",
            24,
            "hours",
            "target",
            "platform",
            "DSA 20(4)",
            "a reversal that was not carried out",
        ),
        Clock(
            "C08",
            "a certified body received the complaint",
            90,
            "days",
            "law",
            "body",
            "DSA 21(4)",
            "overdue; both sides are told",
        ),
        Clock(
            "C09",
            "the complaint's day 90, if found highly complex before it",
            90,
            "days",
            "law",
            "body",
            "DSA 21(4)",
            "overdue; both sides are told",
        ),
        Clock(
            "C10",
            "the body asked for content and position",
            14,
            "days",
            "target",
            "platform",
            "DSA 21(2)",
            "a decision by default is possible",
        ),
        Clock(
            "C11",
            "the body's decision was sent",
            14,
            "days",
            "target",
            "platform",
            "DSA 24(1)(a)",
            "pending and overdue, for all to see",
        ),
        Clock(
            "C14",
            "a warning under Article 23",
            72,
            "hours",
            "target",
            "platform",
            "DSA 23(1), 23(2)",
            "processing may be suspended",
        ),
        Clock(
            "C15",
            "processing was suspended",
            None,
            "days",
            "target",
            "platform",
            "DSA 23",
            "it lapses unless renewed with reasons",
        ),
        Clock(
            "mandate",
            "an organisation was asked to speak for somebody",
            None,
            "days",
            "target",
            "whoever is represented",
            "DSA 86",
            "the organisation speaks for nobody any more; what it filed goes on",
        ),
        Clock(
            "warning",
            "a warning under Article 23",
            180,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "the warning lapses",
        ),
        Clock(
            "C27",
            "a panel of this node accepted the case",
            75,
            "days",
            "target",
            "panel",
            "rules of the panel",
            "overdue for all to see",
        ),
        Clock(
            "incomplete",
            "the registrar said what is missing",
            14,
            "days",
            "target",
            "the party",
            "rules of the panel",
            "it is closed; it may be asked again",
            for_person=True,
        ),
        Clock(
            "challenge",
            "the panel was formed",
            3,
            "days",
            "target",
            "both sides",
            "rules of the panel",
            "the panel sits as it is",
            for_person=True,
        ),
        Clock(
            "fact",
            "the panel asked for one more fact",
            10,
            "days",
            "target",
            "the side asked",
            "rules of the panel",
            "it deliberates without the answer",
        ),
        Clock(
            "correction",
            "the panel's ruling",
            30,
            "days",
            "target",
            "both sides",
            "rules of the panel",
            "a mistake stays; new facts are still heard",
            for_person=True,
        ),
        Clock(
            "claim",
            "somebody says that the case is theirs",
            14,
            "days",
            "target",
            "whoever claims it",
            "rules of the node",
            "the claim ends; another can be made",
            for_person=True,
        ),
        Clock(
            "disown",
            "the account was proven",
            30,
            "days",
            "target",
            "the person",
            "rules of the node",
            "what was done before stays",
            for_person=True,
        ),
        Clock(
            "question",
            "a side was asked a question",
            7,
            "days",
            "target",
            "the side asked",
            "rules of the desk",
            "the review goes on without the answer",
        ),
        Clock(
            "tell",
            "the platform was asked to tell the other side",
            3,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "it is not heard, and the record says why",
        ),
        Clock(
            "hearing",
            "the other side was told",
            7,
            "days",
            "target",
            "the other side",
            "rules of the desk",
            "the review goes on without it",
            for_person=True,
        ),
        Clock(
            "assign",
            "the complaint was received",
            2,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "shown first on the desk",
        ),
        Clock(
            "hold",
            "the platform was asked to keep the evidence",
            24,
            "hours",
            "target",
            "platform",
            "rules of the desk",
            "the hold failed; the person is told",
        ),
        Clock(
            "hold-end",
            "the case was closed",
            30,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "the evidence may be deleted",
        ),
        Clock(
            "objection",
            "the platform said it was done",
            14,
            "days",
            "target",
            "the person",
            "rules of the desk",
            "it stays claimed, not verified",
            for_person=True,
        ),
        Clock(
            "repair",
            "what was claimed was disputed",
            5,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "the remedy failed, for all to see",
        ),
        Clock(
            "lead",
            "the person chose to wait for a lead case",
            30,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "the complaint goes on alone, with the time it had left",
        ),
        Clock(
            "undo",
            "a ruling on a group was made",
            30,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "the ruling stands",
        ),
        Clock(
            "reopen",
            "the complaint was closed",
            60,
            "days",
            "target",
            "platform",
            "rules of the desk",
            "it stays closed",
            for_person=True,
        ),
    )
}
"""Every clock that runs here, by its name; those of the law that do not are in `docs/case.md`."""


def clock(name: str) -> Clock:
    """A clock by its name."""
    found = CLOCKS.get(name)
    if found is None:
        raise Missing(
            Text("There is no clock {name}.", name=repr(name)),
            why="it is in no rule",
            fix=Text("Use one of {options}.", options=tuple(CLOCKS)),
        )
    return found


def period(name: str) -> Period:
    """How long a limit is: what letters, pages and errors say of it."""
    limit = clock(name)
    if limit.length is None:
        raise Missing(
            Text("The clock {name} has no length of its own.", name=name),
            why="an order or a body's own rules say when it ends",
            fix="Take the date that they state.",
        )
    return Period(limit.length, limit.unit)


def due(name: str, start: datetime) -> datetime:
    """The last moment of a limit that starts at `start`."""
    length, unit = period(name)
    start = start.astimezone(UTC)
    if unit == "hours":
        return start + timedelta(hours=length)
    days_later = start + timedelta(days=length) if unit == "days" else _months_later(start, length)
    last = end_of(days_later)
    return _next_working_day(last) if clock(name).for_person else last


def _months_later(start: datetime, months: int) -> datetime:
    """The same day number, or the last day of a month that has none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    return start.replace(
        year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1])
    )


def end_of(moment: datetime) -> datetime:
    """The last second of a day."""
    return datetime.combine(moment.date(), time(23, 59, 59), UTC)


def _next_working_day(moment: datetime) -> datetime:
    """Saturdays and Sundays; public holidays differ by place, and are for the operator to add."""
    while moment.weekday() >= calendar.SATURDAY:
        moment += timedelta(days=1)
    return moment
