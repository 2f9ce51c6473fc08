"""Texts in a report: the service's name, letters that were broken, placeholders left as answers.

V-NAME, V-FILL and V-CSV of `docs/report.md`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Iterator

from amparo.errors import Text
from amparo.record import days
from amparo.report import meant
from amparo.report.rows import kind_of
from amparo.report.table import (
    BLANKS,
    DRAGGED,
    ERROR,
    NOTHING,
    WARNING,
    Finding,
    Judged,
    Report,
    Table,
    fault,
)


def named(judged: Judged) -> Iterator[Finding]:
    """V-NAME: each row names the service, in one spelling everywhere."""
    usual = _usual(judged.report)
    for table in judged.report.every:
        if "Service" not in table.places:
            continue
        names = list(dict.fromkeys(row.get("Service") for row in table.rows))
        if days.counts_up(names):
            yield _dragged(table, names[0])
            continue
        for row in table.rows:
            got = row.get("Service")
            if not got:
                yield fault(
                    table,
                    row.line,
                    "V-NAME",
                    WARNING,
                    "Service",
                    NOTHING,
                    usual or Text("the name of the service"),
                    Text("Name the service in each row."),
                    "no service",
                )
            elif got != usual:
                yield fault(
                    table,
                    row.line,
                    "V-NAME",
                    WARNING,
                    "Service",
                    got,
                    usual,
                    Text("Give the service one name, spelled alike in all parts."),
                    f"service {got}",
                )


def _dragged(table: Table, first: str) -> Finding:
    return fault(
        table,
        table.rows[0].line,
        "V-NAME",
        WARNING,
        "Service",
        Text("{first}, and counting up from row to row", first=first),
        first,
        DRAGGED,
    )


def _usual(report: Report) -> str:
    """The spelling of most parts; of equally many, of most rows."""
    parts = Counter(table.service for table in report.every if table.service)
    rows = Counter(row.get("Service") for table in report.every for row in table.rows)
    return max(parts, key=lambda name: (parts[name], rows[name]), default="")


def filled(judged: Judged) -> Iterator[Finding]:
    """V-FILL: no words of the blank template, or that hold a place, are left as an answer."""
    for table in judged.report.every:
        columns = [column for column in ("Value", *table.part.kind) if column in table.places]
        for row in table.rows:
            for column in columns:
                if meant.is_placeholder(row.get(column)):
                    yield fault(
                        table,
                        row.line,
                        "V-FILL",
                        ERROR,
                        column,
                        row.get(column),
                        Text("an answer, or a blank if it does not apply"),
                        Text("The template's own words stand where the answer belongs."),
                        "placeholder",
                    )
                elif kind_of(table, row, column) == "text" and meant.is_stand_in(row.get(column)):
                    yield fault(
                        table,
                        row.line,
                        "V-FILL",
                        ERROR,
                        column,
                        row.get(column),
                        Text("an answer, or a blank if it does not apply"),
                        Text("What only holds its place stands where the answer belongs."),
                        "stand-in",
                    )


def whole(judged: Judged) -> Iterator[Finding]:
    """V-CSV: no letters that became others on their way."""
    for table in judged.report.every:
        for row in table.rows:
            for column, got in row.cells.items():
                right = meant.letters(got)
                if right != got or "\ufffd" in got:
                    old, new = _piece(got, right)
                    yield fault(
                        table,
                        row.line,
                        "V-CSV",
                        WARNING,
                        column,
                        old,
                        new if right != got else Text("the letters that stood there"),
                        Text(
                            "The text was read in another encoding than it was written in: export "
                            "it as UTF-8."
                        ),
                        "letters" if right != got else "lost letters",
                    )


def seen(judged: Judged) -> Iterator[Finding]:
    """V-CSV: no character that nobody sees in a code or a figure, which readers would not match."""
    for table in judged.report.every:
        columns = (*table.part.keys, *table.part.kind, "Value")
        for row in table.rows:
            for column in dict.fromkeys(columns):
                got = row.cells.get(column, "")
                if kind_of(table, row, column) != "text" and got.strip() != got.strip(BLANKS):
                    yield fault(
                        table,
                        row.line,
                        "V-CSV",
                        WARNING,
                        column,
                        Text("{words}, with a character that nobody sees", words=row.get(column)),
                        row.get(column),
                        Text("Take it out: programs take it for a part of the code or figure."),
                        "invisible",
                    )


def _piece(got: str, right: str) -> tuple[str, str]:
    """The first word that differs, as it is and as it was."""
    for old, new in zip(got.split(), right.split(), strict=False):
        if old != new or "\ufffd" in old:
            return old[:80], new[:80]
    return got[:80], right[:80]
