"""The days and periods of a report: what each cell means, and which period is meant.

Part 1 says the period. Where it is not there, or cannot be read, nothing is held against the other
parts but their own spelling; a table's own most frequent period then says what a dragged cell was.

V-PER of `docs/report.md`; Implementing Regulation (EU) 2024/2835, Annex II, Part II, 1.2.1.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from amparo.errors import Text
from amparo.record import days
from amparo.record.days import Order, Period
from amparo.report import forms, meant
from amparo.report.forms import plain
from amparo.report.table import (
    DRAGGED,
    ERROR,
    NOTHING,
    Finding,
    Judged,
    Report,
    Row,
    Table,
    fault,
    write_as,
)

COLUMN = "Reporting period"
_DATES = (forms.PUBLISHED, forms.PREVIOUS, forms.START, forms.END)


class Meant(NamedTuple):
    """A cell with a period that is not as it should be."""

    row: Row
    got: str
    period: Period | None
    """What was meant; None where nobody can know."""
    cause: str
    """`spelling`, `dragged`, `unreadable` or `another`."""


def order(report: Report) -> Order:
    """Which number of a date comes first in this report."""
    texts = [row.get("Value") for row in report.rows(1) if plain(row.get("Indicator")) in _NAMES]
    return days.order_of(texts)


_NAMES = frozenset(map(plain, _DATES))


def dates(report: Report) -> dict[str, date]:
    """What part 1 says of each of its days, as far as it can be read."""
    first = order(report)
    read = {name: days.day(report.value(1, Indicator=name), first) for name in _DATES}
    return {name: found for name, found in read.items() if found is not None}


def of(report: Report) -> Period | None:
    """The period that part 1 tells; None if it is not there, or cannot be read."""
    found = dates(report)
    if forms.START in found and forms.END in found:
        return Period(found[forms.START], found[forms.END])
    return None


def strays(report: Report, table: Table) -> Iterator[Meant]:
    """Every cell of a table whose period is spelled otherwise than asked, or is another one."""
    if COLUMN not in table.places:
        return
    whole, first = of(report), order(report)
    meant = whole or _usual(table, first)
    bad = [row for row in table.rows if _is_stray(row.get(COLUMN), whole)]
    dragged = _dragged(bad)
    for row in bad:
        got = row.get(COLUMN)
        read = days.period(got, first)
        if row.line in dragged:
            yield Meant(row, got, meant, "dragged")
        elif read is None:
            yield Meant(row, got, None if _is_answer(got) else meant, "unreadable")
        elif whole is not None and read != whole:
            yield Meant(row, got, whole, "another")
        else:
            yield Meant(row, got, read, "spelling")


def _is_answer(got: str) -> bool:
    """Whether a cell says something of its own that nobody may write over."""
    return any(character.isdigit() for character in got)


def _is_stray(got: str, whole: Period | None) -> bool:
    read = days.period(got)
    return read is None or got != str(read) or (whole is not None and read != whole)


def _usual(table: Table, first: Order) -> Period | None:
    read = Counter(days.period(row.get(COLUMN), first) for row in table.rows)
    read.pop(None, None)
    return max(read, key=lambda candidate: read[candidate]) if read else None


def _dragged(bad: list[Row]) -> frozenset[int]:
    """Lines of cells that count up from row to row: somebody pulled a cell's corner."""
    values = list(dict.fromkeys(row.get(COLUMN) for row in bad))
    return frozenset(row.line for row in bad) if days.counts_up(values) else frozenset()


def spelled(judged: Judged) -> Iterator[Finding]:
    """V-PER: one period everywhere, as YYYY-MM-DD/YYYY-MM-DD, that of the identification."""
    agreed = _agreed_against(judged.report)
    if agreed is not None:
        yield fault(
            judged.report.tables[1],
            0,
            "V-PER",
            ERROR,
            "Value",
            str(of(judged.report)),
            Text("{period}, as all other parts say", period=str(agreed)),
            Text("Give part 1 the period of the other parts, or mend those."),
        )
    for table in judged.report.every:
        for stray in strays(judged.report, table):
            if agreed is not None and stray.cause == "another":
                continue
            expected, fix = _wanted(stray)
            yield fault(
                table,
                stray.row.line,
                "V-PER",
                ERROR,
                COLUMN,
                stray.got or NOTHING,
                expected,
                fix,
                f"period {stray.cause}",
            )


def _agreed_against(report: Report) -> Period | None:
    """The period on which all of several other parts agree, if part 1 tells another."""
    first = order(report)
    found = {_usual(table, first) for table in report.every if COLUMN in table.places} - {None}
    several = sum(COLUMN in table.places for table in report.every) > 1
    whole = of(report)
    agreed = found.pop() if len(found) == 1 else None
    return agreed if several and whole is not None and agreed != whole else None


def _wanted(reading: Meant) -> tuple[str | Text, Text]:
    if reading.cause == "dragged":
        meant = str(reading.period) if reading.period else Text("one period in all rows")
        return meant, DRAGGED
    if reading.cause == "another":
        fix = Text("Give every part the period of part 1, or mend part 1.")
        return str(reading.period), fix
    if reading.period is not None:
        return str(reading.period), write_as(str(reading.period))
    fix = Text("Write the first and the last day of the reporting period.")
    return "YYYY-MM-DD/YYYY-MM-DD", fix


def dated(judged: Judged) -> Iterator[Finding]:
    """V-PER: the days of part 1 as YYYY-MM-DD."""
    table = judged.report.tables.get(1)
    first = order(judged.report)
    for row in table.rows if table is not None else ():
        got = row.get("Value")
        if (
            table is None
            or plain(row.get("Indicator")) not in _NAMES
            or not got
            or days.iso(got)
            or meant.is_placeholder(got)
        ):
            continue
        read = days.day(got, first)
        yield fault(
            table,
            row.line,
            "V-PER",
            ERROR,
            "Value",
            got,
            str(read) if read else "YYYY-MM-DD",
            write_as(str(read)) if read else Text("Write the day as year, month, day."),
            "day spelling" if read else "day unreadable",
        )
