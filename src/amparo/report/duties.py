"""What a service owes: which parts, for which period, by when.

Q1 to Q4 of `docs/report.md`; Implementing Regulation (EU) 2024/2835, Article 2 and Annex II, Part
I, 1 to 3; DSA Articles 15, 24 and 42; Regulation (EEC, Euratom) 1182/71, Article 3(4), on periods
that end on a day off.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import date, timedelta

from amparo.errors import Text
from amparo.report import forms, periods
from amparo.report.forms import PARTS
from amparo.report.table import ERROR, INFO, WARNING, Finding, Judged, Table, fault, finding_of

FIRST_TEMPLATE_DAY = date(2025, 7, 1)
_SATURDAY = 5


def whole(judged: Judged) -> Iterator[Finding]:
    """Q1: every part that the tier owes is there; without a tier, those that all owe."""
    if judged.report.alone:
        return
    missing = [
        part.name
        for number, part in PARTS.items()
        if number not in judged.report.tables
        and (number in forms.owed(judged.tier) if judged.tier else part.applies == forms.ALL)
    ]
    if missing:
        is_single = len(missing) == 1
        yield finding_of(
            "Q1",
            ERROR,
            f"{missing[0]}.csv" if is_single else judged.report.service,
            0,
            "",
            Text("no such part")
            if is_single
            else Text("{count} parts are missing", count=len(missing)),
            ", ".join(missing),
            Text("A report without them is incomplete, unless a specific reason is given."),
        )


def calendar(judged: Judged) -> Iterator[Finding]:
    """Q2 to Q4: the period is the one that is owed, and was published within two months."""
    table, period = judged.report.tables.get(1), periods.of(judged.report)
    if table is None or period is None:
        return
    start, end = period
    if not _is_owed(judged, start, end):
        very_large = judged.tier in ("vlop", "vlose")
        yield fault(
            table,
            0,
            "Q2",
            ERROR,
            "Value",
            f"{start}/{end}",
            Text("half a calendar year") if very_large else Text("a calendar year"),
            Text("See Annex II for the period of this kind of service."),
        )
    if start < FIRST_TEMPLATE_DAY:
        yield fault(
            table,
            0,
            "Q4",
            INFO,
            "Value",
            str(start),
            Text("{day} or later", day=str(FIRST_TEMPLATE_DAY)),
            Text("Before that day the template was not asked for."),
        )
    yield from _published(judged, table, end)


def _is_owed(judged: Judged, start: date, end: date) -> bool:
    days = (start.month, start.day, end.month, end.day)
    same = start.year == end.year
    year = same and days == (1, 1, 12, 31)
    half = same and days in ((1, 1, 6, 30), (7, 1, 12, 31))
    if judged.tier in ("vlop", "vlose"):
        return half
    # The cycle of transition begins when the first one ended, and ends with 2025.
    transition = date(2025, 1, 1) <= start <= FIRST_TEMPLATE_DAY and end == date(2025, 12, 31)
    return year or transition or (judged.tier is None and half)


def _published(judged: Judged, table: Table, end: date) -> Iterator[Finding]:
    dates = periods.dates(judged.report)
    published, previous = dates.get(forms.PUBLISHED), dates.get(forms.PREVIOUS)
    if published is None:
        return
    last = due(end)
    if last < published <= _working(last):
        yield fault(
            table,
            0,
            "Q3",
            INFO,
            "Value",
            str(published),
            Text("{day}, a Saturday", day=str(last))
            if last.weekday() == _SATURDAY
            else Text("{day}, a Sunday", day=str(last)),
            Text(
                "Two months ended on a day off; under Regulation 1182/71, Article 3(4), the next "
                "working day would still be in time."
            ),
        )
    elif published > last:
        fix = Text("Reports are due in two months.")
        if previous is not None and previous > end:
            fix = Text(
                "Reports are due in two months. If it corrects the one published before, mark it "
                "as a version."
            )
        latest = Text("{day} at the latest", day=str(last))
        yield fault(table, 0, "Q3", WARNING, "Value", str(published), latest, fix)
    if published <= end:
        yield fault(
            table,
            0,
            "Q3",
            ERROR,
            "Value",
            str(published),
            Text("a day after {day}, the last of the period", day=str(end)),
            Text("A report is published after its period has ended: mend one of the days."),
        )
    if previous is not None and previous >= published:
        yield fault(
            table,
            0,
            "Q3",
            WARNING,
            "Value",
            str(previous),
            Text("a day before {day}", day=str(published)),
            Text("The previous report was published before this one."),
        )


def due(end: date) -> date:
    """The end of February after a year; 30 August after a first half."""
    if end.month == 12:
        return date(end.year + 1, 3, 1) - timedelta(days=1)
    return date(end.year, 8, 30)


def _working(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)
