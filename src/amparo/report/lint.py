"""Every rule of the template over a report that anyone wrote; all findings at once.

A rule is a function from a report to findings. An error makes a figure unusable or a part
incomplete; a warning is against the letter, or a sum that may have an explanation; the rest is
told.

Source: Implementing Regulation (EU) 2024/2835, Annex II; names of the rules as in `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from amparo.report import forms
from amparo.report.codes import codes, scopes
from amparo.report.duties import calendar, whole
from amparo.report.forms import BOUND, LANGUAGES, MEMBER_STATES, Line, Tier, plain
from amparo.report.sums import appeals, sums
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    INFO,
    WARNING,
    Finding,
    Judged,
    Report,
    Row,
    Table,
    blocks,
    context_of,
    day,
    fault,
    key_of,
    number,
)

Rule = Callable[[Judged], Iterator[Finding]]

ASKS = {
    "V-CSV": "CSV of RFC 4180 in UTF-8; what cannot be read says what it looks like.",
    "V-HDR": "The columns of the template, under their own names.",
    "V-ORDER": "Every row of the template, once, in its order.",
    "V-INT": "Counts are digits only.",
    "V-PCT": "Shares are numbers from 0 to 1.",
    "V-MED": "Times are hours.",
    "V-ZERO": "0 where it applies and nothing happened; blank where it does not apply.",
    "V-LEN": "Texts have at most 5,000 characters.",
    "V-PER": "Days and periods as YYYY-MM-DD, one period everywhere.",
    "V-SCOPE": (
        "Member States as Eurostat writes them (Greece is EL), languages small, no placeholder."
    ),
    "V-CAT": "Only the template's categories, each in its part.",
    "V-OTHER": "Own sub-categories only as KEYWORD_OTHER, described, no two alike.",
    "V-SUM": (
        "Sub-categories give their category, categories the total; a part is no more than"
        " its whole; part 8 agrees with 5 and 6."
    ),
    "V-APP": (
        "Complaints are their outcomes, what is omitted and what is pending; a warning, "
        "since outcomes may be of earlier periods."
    ),
    "V-ACC": "An indicator of accuracy is explained.",
    "Q1": "Every part and every answer that the tier owes.",
    "Q2": "A calendar year, or a half for VLOPs and VLOSEs; the second half of 2025 for all.",
    "Q3": "Published within two months.",
    "Q4": "The template is asked for from 1 July 2025 on.",
}
"""Rule -> what it asks for, in a sentence."""


def lint(report: Report, tier: Tier | None = None) -> list[Finding]:
    """Everything that is wrong with a report, in the order of its parts and lines."""
    judged = Judged(report, tier)
    found = [finding for rule in RULES for finding in rule(judged)]
    order = {table.file: number for number, table in report.tables.items()}
    return sorted(found, key=lambda one: (order.get(one.file, 0), one.row, one.rule, one.column))


# --- the file and its columns: V-HDR, V-ORDER ------------------------------------------------


def columns(judged: Judged) -> Iterator[Finding]:
    """V-HDR: every column of the template is there, under its own name."""
    for table in judged.report.tables.values():
        for column in table.part.header:
            if column not in table.found:
                yield fault(
                    table,
                    1,
                    "V-HDR",
                    ERROR,
                    column,
                    "no such column",
                    column,
                    "Add the column, empty if nothing is known.",
                )
            elif table.found[column] != column:
                yield fault(
                    table,
                    1,
                    "V-HDR",
                    INFO,
                    column,
                    repr(table.found[column]),
                    repr(column),
                    "Write the name as the template does, blanks included.",
                )
        missing = [one for one in table.part.context if one not in table.found]
        if missing and table.part.context:
            yield fault(
                table,
                1,
                "V-HDR",
                WARNING,
                missing[0],
                f"{len(missing)} columns of context are missing",
                "all of them",
                "Add them, empty if nothing is said.",
            )
        for column in table.strange:
            yield fault(
                table,
                1,
                "V-HDR",
                INFO,
                column,
                column,
                "a column of the template",
                "A voluntary breakdown belongs into a document of its own (Annex II).",
            )


def rows_there(judged: Judged) -> Iterator[Finding]:
    """V-ORDER: every row of the template, once, in its order."""
    for table in judged.report.tables.values():
        if table.part.number in CATEGORY_PARTS:
            yield from _category_rows(table)
        elif table.part.number != 2:
            yield from _line_rows(table, judged.tier)


def _category_rows(table: Table) -> Iterator[Finding]:
    wanted = [one.code for one in forms.rows_of(table.part.number)]
    for scope, rows in blocks(table.rows):
        known = [code for code in _first_codes(table, rows) if code in set(wanted)]
        expected = wanted if not scope or scope == forms.TOTAL else wanted[1:]
        if known != expected:
            missing = Counter(expected) - Counter(known)
            twice = Counter(known) - Counter(expected)
            place = rows[0].line if rows else 1
            told = ", ".join(
                [*(f"no {one}" for one in missing), *(f"{one} again" for one in twice)]
            )
            yield fault(
                table,
                place,
                "V-ORDER",
                WARNING,
                table.part.keys[0],
                told[:200] or "another order",
                f"the {len(expected)} rows of the template",
                "Keep every row of the template, in its order.",
            )


def _first_codes(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    """The codes of a block; further KEYWORD_OTHER rows of a category are voluntary, so left out."""
    others: set[str] = set()
    for row in rows:
        code = row.get(table.part.keys[0]).upper()
        if code != forms.OTHER or row.high not in others:
            yield code
        if code == forms.OTHER:
            others.add(row.high)


def _line_rows(table: Table, tier: Tier | None) -> Iterator[Finding]:
    keys = Counter(key_of(row, table.part) for row in table.rows)
    for key, line in _lines(table.part.number).items():
        if key not in keys and (tier is None or tier in BOUND[line.applies]):
            if tier is None and line.applies in (forms.VLOP, forms.VLOP_VLOSE):
                continue
            if line.scope in MEMBER_STATES or line.scope in LANGUAGES:
                continue  # told of by V-SCOPE and V-ZERO where they are owed
            yield fault(
                table,
                0,
                "V-ORDER",
                WARNING,
                "Indicator",
                "no such row",
                " / ".join(part for part in (line.indicator.strip(), line.scope) if part),
                "Keep every row of the template; leave the value empty.",
            )
    for row in table.rows:
        if keys[key_of(row, table.part)] > 1 and table.part.number not in (2, 8):
            yield fault(
                table,
                row.line,
                "V-ORDER",
                WARNING,
                "Indicator",
                "the row stands twice",
                "once",
                "Keep one of them.",
            )


@cache
def _lines(part: int) -> dict[tuple[str, ...], Line]:
    """The rows that the template has for a part, by what `key_of` tells a row by."""
    found = {}
    for line in forms.lines_of(part):
        told = {"Section": line.section, "Indicator": line.indicator, "Scope": line.scope}
        found[tuple(plain(told[column]) for column in forms.PARTS[part].keys)] = line
    return found


# --- values: V-INT, V-PCT, V-MED, V-ZERO, V-LEN, V-PER ------------------------------------------


def values(judged: Judged) -> Iterator[Finding]:
    """V-INT, V-PCT, V-MED, V-LEN, V-ZERO: what stands in each cell that bears a value."""
    for table in judged.report.tables.values():
        for row in table.rows:
            for column, kind in _cells(table, row):
                yield from _value(table, row, column, kind)
                yield from _blank(judged, table, row, column, kind)


def _cells(table: Table, row: Row) -> Iterator[tuple[str, str]]:
    if table.part.kind:
        yield from ((column, kind) for column, kind in table.part.kind.items())
    elif "Value" in table.part.header:
        line = _line_of(table, row)
        yield "Value", line.kind if line else "any"


def _line_of(table: Table, row: Row) -> Line | None:
    return _lines(table.part.number).get(key_of(row, table.part))


def _value(table: Table, row: Row, column: str, kind: str) -> Iterator[Finding]:
    got = row.get(column)
    if not got:
        return
    value = number(got)
    if kind == "int" and (value is None or not got.isdigit()):
        yield fault(
            table,
            row.line,
            "V-INT",
            ERROR,
            column,
            got,
            "digits only, as in 1234",
            "Write the count without separators, text or ranges.",
        )
    elif kind == "float" and (value is None or value > 1):
        yield fault(
            table,
            row.line,
            "V-PCT",
            ERROR,
            column,
            got,
            "a number from 0 to 1, as in 0.85",
            "Divide a percentage by 100, and write a point.",
        )
    elif kind in ("hours", "fte") and value is None:
        rule = "V-MED" if kind == "hours" else "V-INT"
        yield fault(
            table,
            row.line,
            rule,
            ERROR,
            column,
            got,
            "a number, as in 12.5",
            "Write hours with a point, and no unit.",
        )
    elif kind == "date" and day(got) is None:
        yield fault(
            table,
            row.line,
            "V-PER",
            ERROR,
            column,
            got,
            "YYYY-MM-DD",
            "Write the day as 2026-12-31.",
        )
    elif kind == "text" and len(got) > forms.MOST_TEXT:
        yield fault(
            table,
            row.line,
            "V-LEN",
            ERROR,
            column,
            f"{len(got)} characters",
            f"at most {forms.MOST_TEXT}",
            "Shorten it, and publish the rest beside it.",
        )


def _blank(judged: Judged, table: Table, row: Row, column: str, kind: str) -> Iterator[Finding]:
    """A row that applies has a figure, 0 if nothing happened; one that does not is blank."""
    line = _line_of(table, row) if not table.part.kind else None
    applies = line.applies if line else table.part.applies
    if line is None and not table.part.kind:
        return
    got = row.get(column)
    owed = judged.tier is not None and judged.tier in BOUND[applies]
    if not got and owed and kind in ("int", "text", "date"):
        rule = "V-ZERO" if kind == "int" else "Q1"
        first = row.get("Scope").upper() if table.part.number == 3 else ""
        if first and first != forms.TOTAL:
            return  # blocks of Member States that sent nothing need not be filled
        what = "0 if nothing happened" if kind == "int" else "an answer"
        severity = (
            WARNING if kind == "int" or (line and line.indicator == forms.PREVIOUS) else ERROR
        )
        yield fault(
            table,
            row.line,
            rule,
            severity,
            column,
            "nothing",
            what,
            "Leave blank only what does not apply to this service.",
        )
    if got and judged.tier is not None and not owed and kind != "text":
        yield fault(
            table,
            row.line,
            "V-ZERO",
            WARNING,
            column,
            got,
            f"blank: the row is {applies.lower()}",
            "Leave it blank, or say which kind of service this is.",
        )


def periods(judged: Judged) -> Iterator[Finding]:
    """V-PER: one period everywhere, as YYYY-MM-DD/YYYY-MM-DD, that of the identification."""
    start, end = (judged.report.value(1, Indicator=one) for one in (forms.START, forms.END))
    for table in judged.report.tables.values():
        if "Reporting period" not in table.part.header:
            continue
        told: set[str] = set()
        for row in table.rows:
            got = row.get("Reporting period")
            if got in told:
                continue
            told.add(got)
            days = [day(one) for one in got.split("/")]
            if len(days) != 2 or any(one is None for one in days):
                yield fault(
                    table,
                    row.line,
                    "V-PER",
                    ERROR,
                    "Reporting period",
                    got or "nothing",
                    "YYYY-MM-DD/YYYY-MM-DD",
                    "Write it as 2026-01-01/2026-12-31.",
                )
            elif start and end and got != f"{start}/{end}":
                yield fault(
                    table,
                    row.line,
                    "V-PER",
                    ERROR,
                    "Reporting period",
                    got,
                    f"{start}/{end}",
                    "Give every part the period of part 1.",
                )


def explained(judged: Judged) -> Iterator[Finding]:
    """V-ACC: an indicator of accuracy is explained and justified in its context."""
    table = judged.report.tables.get(8)
    for row in table.rows if table else ():
        measured = row.get("Indicator").startswith("Accuracy") and row.get("Value")
        if table is not None and measured and not context_of(row):
            yield fault(
                table,
                row.line,
                "V-ACC",
                WARNING,
                "Contextual Information",
                "nothing",
                "what was measured, on which sample, and why it says something",
                "Explain the indicator; without that it cannot be read.",
            )


RULES: tuple[Rule, ...] = (
    whole,
    calendar,
    columns,
    rows_there,
    values,
    periods,
    scopes,
    codes,
    sums,
    appeals,
    explained,
)
