"""What stands in each cell that bears a value.

V-INT, V-PCT, V-MED, V-LEN, V-ZERO and V-ACC of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from amparo.errors import Text
from amparo.report import forms, meant
from amparo.report.forms import BOUND, Line
from amparo.report.rows import kind_of, line_of
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    NOTHING,
    WARNING,
    Finding,
    Judged,
    Row,
    Table,
    context_of,
    fault,
    number,
    value_of,
    write_as,
)


class _Asked(NamedTuple):
    rule: str
    expected: Text
    fix: Text


_ASKED = {
    "int": _Asked(
        "V-INT",
        Text("digits only, as in 1234"),
        Text("Write the count without separators, text or ranges."),
    ),
    "float": _Asked(
        "V-PCT",
        Text("a number from 0 to 1, as in 0.85"),
        Text("Write a share of 1, with a point."),
    ),
    "hours": _Asked(
        "V-MED", Text("hours, as in 12.5"), Text("Write hours with a point, and no unit.")
    ),
    "fte": _Asked(
        "V-INT",
        Text("a number of people, as in 12.5"),
        Text("Write how many people there are, in full-time equivalents; no share, text or range."),
    ),
    "heads": _Asked(
        "V-INT",
        Text("digits only, as in 12"),
        Text("Count each person once for each language, as a whole."),
    ),
}


def written(judged: Judged) -> Iterator[Finding]:
    """V-INT, V-PCT, V-MED, V-LEN: each value is spelled as its kind is."""
    for table in judged.report.every:
        for row in table.rows:
            for column in _columns(table):
                if got := row.get(column):
                    yield from _value(table, row, column, kind_of(table, row, column), got)


def _columns(table: Table) -> Sequence[str]:
    return tuple(table.part.kind) or (("Value",) if "Value" in table.part.header else ())


def _value(table: Table, row: Row, column: str, kind: str, got: str) -> Iterator[Finding]:
    if kind in _ASKED and not _is_right(got, kind) and not meant.is_placeholder(got):
        # A share or a word where people are counted is one slip, in total and by language.
        people = "fte" if kind == "heads" and number(got) is None else kind
        asked, mended = _ASKED[people], meant.figure(got, kind)
        known = mended != got
        yield fault(
            table,
            row.line,
            asked.rule,
            ERROR,
            column,
            got,
            mended if known else _hint(got, kind) or asked.expected,
            write_as(mended) if known else asked.fix,
            f"{people} {_shape(got)}",
        )
    elif kind == "text" and len(got) > forms.MOST_TEXT:
        yield fault(
            table,
            row.line,
            "V-LEN",
            ERROR,
            column,
            Text("{count} characters", count=len(got)),
            Text("at most {count} characters", count=forms.MOST_TEXT),
            Text("Shorten it, and publish the rest beside it."),
            "length",
        )


def _is_right(got: str, kind: str) -> bool:
    value = number(got)
    if value is None:
        return False
    return got.isdigit() if kind in ("int", "heads") else value <= 1 if kind == "float" else True


def _hint(got: str, kind: str) -> Text | None:
    value = number(got)
    if kind == "float" and value is not None and 1 < value <= 100:
        return Text("{share}, if it is a percentage", share=str(Decimal(got) / 100))
    return None


def _shape(got: str) -> str:
    """In which way a value is not spelled as its kind: what is alike has one cause."""
    if "%" in got:
        return "percent"
    if re.search(r"\.0+$|,0{1,2}$", got):
        return "decimals"
    if any(character.isalpha() for character in got):
        return "text"
    if number(got) is not None:
        return "number"
    return "range" if any(mark in got for mark in "<>~≈-–") else "separators"


# --- blank or nought ---------------------------------------------------------------------------


_ZERO = Text("0 if nothing happened")
_ONLY_WHAT_DOES_NOT_APPLY = Text("Leave blank only what does not apply to this service.")


def blank(judged: Judged) -> Iterator[Finding]:
    """V-ZERO: a row that applies has a figure, 0 if nothing happened; another is blank."""
    for table in judged.report.every:
        for row in table.rows:
            for column in _columns(table):
                yield from _blank(judged, table, row, column)
        if judged.tier is None and table.part.applies == forms.ALL:
            yield from _nothing(table)
        yield from _columns_empty(table)


def _blank(judged: Judged, table: Table, row: Row, column: str) -> Iterator[Finding]:
    line = line_of(table, row) if not table.part.kind else None
    if line is None and not table.part.kind:
        return
    applies = line.applies if line else table.part.applies
    kind, got = kind_of(table, row, column), row.get(column)
    if judged.tier is None:
        if not got and applies == forms.ALL and kind in ("text", "date"):
            yield from _unanswered(table, row, column, line)
        return
    owed = judged.tier in BOUND[applies]
    if not got and owed and kind in ("text", "date"):
        yield from _unanswered(table, row, column, line)
    if not got and owed and kind in ("int", "heads"):
        first = meant.scope(3, row.get("Scope")) if table.part.number == 3 else ""
        if first and first != forms.TOTAL:
            return  # blocks of Member States that sent nothing need not be filled
        yield fault(
            table,
            row.line,
            "V-ZERO",
            WARNING,
            column,
            NOTHING,
            _ZERO,
            _ONLY_WHAT_DOES_NOT_APPLY,
            "blank",
        )
    if got and not owed and kind != "text":
        yield fault(
            table,
            row.line,
            "V-ZERO",
            WARNING,
            column,
            got,
            Text("blank: the row is {whom}", whom=applies.lower()),
            Text("Leave it blank, or say which kind of service this is."),
            "not owed",
        )


def _unanswered(table: Table, row: Row, column: str, line: Line | None) -> Iterator[Finding]:
    if line is not None and line.indicator == forms.PREVIOUS:
        return  # there may have been none
    yield fault(
        table,
        row.line,
        "Q1",
        ERROR,
        column,
        NOTHING,
        Text("an answer: {question}", question=row.get("Indicator")),
        Text("Everyone owes it."),
    )


def _nothing(table: Table) -> Iterator[Finding]:
    """Not one figure in a part that everyone owes: nothing happened is 0."""
    counted = [
        (row, column)
        for row in table.rows
        for column in _columns(table)
        if kind_of(table, row, column) == "int"
    ]
    if counted and not any(row.get(column) for row, column in counted):
        yield fault(
            table,
            table.rows[0].line,
            "V-ZERO",
            WARNING,
            counted[0][1],
            Text("no figure in any of {count} rows", count=len(table.rows)),
            _ZERO,
            _ONLY_WHAT_DOES_NOT_APPLY,
        )


_BESIDE = {
    "Number of specific items of information included in the total number of orders to act "
    "against illegal content": "Number of orders to act against illegal content received",
    "Number of specific items of information included in the total number of notices": (
        "Number of notices received "
    ),
    forms.SOLELY: forms.MEASURES,
}
"""A column that cannot be blank all over -> the count that says so."""


def _columns_empty(table: Table) -> Iterator[Finding]:
    """A whole column is blank, though another says that there was something to count."""
    for column, count in _BESIDE.items():
        if column not in table.places or any(row.get(column) for row in table.rows):
            continue
        counted = max((value_of(row, count, "int") or 0 for row in table.rows), default=0)
        if counted:
            yield fault(
                table,
                0,
                "V-ZERO",
                WARNING,
                column,
                Text(
                    "a blank column beside {number}: {column}",
                    number=f"{counted:.0f}",
                    column=count.strip(),
                ),
                Text("a figure in each row that applies"),
                Text("Count it; leave blank only what could never have happened."),
            )


def undecided(judged: Judged) -> Iterator[Finding]:
    """V-ZERO: where something was decided, it took a time."""
    for table in judged.report.every:
        for row in table.rows if table.part.number in CATEGORY_PARTS else ():
            for column, counts in _TIMED.items():
                if column not in table.places or row.get(column):
                    continue
                count = sum(value_of(row, column, "int") or 0 for column in counts)
                total = row.get(table.part.keys[0]).upper() == forms.TOTAL
                # Actions without a notice are told of by nobody: there is no time to be told.
                received = table.part.number == 3 or value_of(row, _NOTICES[0], "int")
                if count and total and received:
                    yield no_time(table, row, column, count)


_ORDERS, _NOTICES = tuple(forms.PARTS[3].kind), tuple(forms.PARTS[4].kind)
_ACTIONS = tuple(column for column in _NOTICES if "actions taken" in column)
_TIMED = {
    column: (count,)
    for columns, count in (
        (_ORDERS[2:4], _ORDERS[0]),
        (_ORDERS[5:7], _ORDERS[4]),
    )
    for column in columns
} | {
    "Median time to take action": tuple(column for column in _ACTIONS if "Flagger" not in column),
    "Median time to take action (Trusted Flagger notices)": tuple(
        column for column in _ACTIONS if "Flagger" in column
    ),
}
"""A median -> the counts that it is the median of."""


def no_time(table: Table, row: Row, column: str, count: float) -> Finding:
    """A median that is blank, or 0, although there is something that it would be of."""
    return fault(
        table,
        row.line,
        "V-ZERO",
        WARNING,
        column,
        Text(
            "0, with {number} decided" if row.get(column) else "nothing, with {number} decided",
            number=f"{count:.0f}",
        ),
        Text("the median time in hours"),
        Text("Say how long it took; leave the time blank only where nothing was decided."),
        "no time",
    )


# --- accuracy -----------------------------------------------------------------------------------


def explained(judged: Judged) -> Iterator[Finding]:
    """V-ACC: an indicator of accuracy is explained and justified in its context."""
    for table in judged.report.every:
        for row in table.rows if table.part.number == 8 else ():
            value = row.get("Indicator").startswith("Accuracy") and row.get("Value")
            if value and not context_of(row):
                yield fault(
                    table,
                    row.line,
                    "V-ACC",
                    WARNING,
                    "Contextual Information",
                    NOTHING,
                    Text("what was measured, on which sample, and why it says something"),
                    Text("Explain the indicator; without that it cannot be read."),
                    "unexplained",
                )
