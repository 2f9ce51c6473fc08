"""What a service owes: which parts, for which period, by when.

Q1 to Q4 of `docs/report.md`; Implementing Regulation (EU) 2024/2835, Annex II; DSA Articles 15, 24
and 42.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import date, timedelta

from amparo.report import forms
from amparo.report.forms import PARTS
from amparo.report.table import ERROR, INFO, WARNING, Finding, Judged, day, fault

FIRST_TEMPLATE_DAY = date(2025, 7, 1)


def whole(judged: Judged) -> Iterator[Finding]:
    """Q1: every part that the tier owes is there; without a tier, those that all owe."""
    owed = [
        part
        for number_, part in PARTS.items()
        if (number_ in forms.owed(judged.tier) if judged.tier else part.applies == forms.ALL)
    ]
    for part in owed:
        if part.number not in judged.report.tables:
            yield Finding(
                "Q1",
                ERROR,
                f"{part.name}.csv",
                0,
                "",
                "no such part",
                part.name,
                "A report without it is incomplete.",
            )


def calendar(judged: Judged) -> Iterator[Finding]:
    """Q2 to Q4: the period is the one that is owed, and was published within two months."""
    table = judged.report.tables.get(1)
    start, end, published = (
        day(judged.report.value(1, Indicator=one))
        for one in (forms.START, forms.END, forms.PUBLISHED)
    )
    if table is None or start is None or end is None:
        return
    year = (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)
    first = (start.month, start.day, end.month, end.day) == (1, 1, 6, 30)
    second = (start.month, start.day, end.month, end.day) == (7, 1, 12, 31)
    half = (first or second) and start.year == end.year
    very_large = judged.tier in ("vlop", "vlose")
    transition = start == FIRST_TEMPLATE_DAY and end == date(2025, 12, 31)
    good = half if very_large else (year and start.year == end.year) or transition
    if judged.tier is None:
        good = good or half
    if not good:
        wanted = "half a calendar year" if very_large else "a calendar year"
        yield fault(
            table,
            0,
            "Q2",
            ERROR,
            "Value",
            f"{start}/{end}",
            wanted,
            "See Annex II for the period of this kind of service.",
        )
    if start < FIRST_TEMPLATE_DAY:
        yield fault(
            table,
            0,
            "Q4",
            INFO,
            "Value",
            str(start),
            f"{FIRST_TEMPLATE_DAY} or later",
            "Before that day the template was not asked for.",
        )
    if published is not None and published > due(end):
        yield fault(
            table,
            0,
            "Q3",
            WARNING,
            "Value",
            str(published),
            f"{due(end)} at the latest",
            "Reports are due in two months.",
        )


def due(end: date) -> date:
    """The end of February after a year; 30 August after a first half."""
    if end.month == 12:
        return date(end.year + 1, 3, 1) - timedelta(days=1)
    return date(end.year, 8, 30)
