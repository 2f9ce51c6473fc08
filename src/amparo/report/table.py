"""A report as it was read: parts, rows, cells, each with the place it came from.

A row of a category part belongs to the nearest high-level row above it, since KEYWORD_OTHER repeats
under each. A part may stand in several files: in disjoint pieces, or as a second version; all of
them are kept, and told of.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from amparo.errors import Text
from amparo.record import vocabulary as words
from amparo.report import forms, meant
from amparo.report.forms import Part, Tier, plain

Severity = str
ERROR, WARNING, INFO = "error", "warning", "info"


NOTHING = Text("nothing")
"""What is said of an empty cell."""
DRAGGED = Text("The cell was dragged, and the spreadsheet counted up: give each row the same.")


class Finding(NamedTuple):
    """One fault of a report."""

    rule: str
    """V-... of the template's rules, or Q... of Annex II."""
    severity: Severity
    file: str
    row: int
    """The line in the file, 1 is the header; 0: the file as a whole."""
    column: str
    got: Text
    expected: Text
    fix: Text
    cause: str = ""
    """What has one cause in one file becomes one finding; empty: it stands alone."""
    rows: str = ""
    """Of a finding that stands for many: all its lines, as in `2-91, 95`."""
    cells: int = 1
    """For how many places it stands."""


class Sheet(NamedTuple):
    """A table as it lies in a file: nothing is understood yet."""

    file: str
    rows: tuple[tuple[str, ...], ...]
    """The header first."""
    notes: tuple[Finding, ...] = ()
    """What the reader already found: another encoding, say."""
    line: int = 1
    """The line of the file on which its first row stands."""
    place: int = 0
    """In a workbook of as many sheets as there are parts: which of them it is."""
    alone: bool = False
    """Whether it is all that was sent, and so no report that could be whole."""


INVISIBLE = "\u200b\u2060\ufeff\u00ad"
"""Characters without a width, which come along when text is copied from a page."""
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + INVISIBLE
"""All that `str.strip` takes away (the last is the blank of ideographs), and what nobody sees."""


class Row(NamedTuple):
    """A row of a part."""

    line: int
    cells: dict[str, str]
    """Column as the template writes it -> what stands there."""
    high: str = ""
    """In parts 3 to 6: the high-level category it belongs to."""
    raw: tuple[str, ...] = ()
    """Every cell, in its place."""

    def get(self, column: str) -> str:
        """A cell without blanks, and what nobody sees, around it; empty if there is none."""
        return self.cells.get(column, "").strip(BLANKS)


class Table(NamedTuple):
    """A part as it was read."""

    part: Part
    file: str
    rows: tuple[Row, ...]
    found: dict[str, str]
    """Column as the template writes it -> as the file does."""
    strange: tuple[str, ...]
    """Columns of the file that the template does not know."""
    places: Mapping[str, int] = {}
    """Column as the template writes it -> where it stands in a row."""
    header: tuple[str, ...] = ()
    """As the file writes it."""
    line: int = 1
    """The line of the header."""
    language: str = ""
    """Another official language than English, in which its labels are."""
    is_understood: bool = True
    """Whether it is known which row is which, and what stands in it."""
    remarks: tuple[int, ...] = ()
    """Lines of text that stand below or between the rows."""

    @property
    def service(self) -> str:
        """Which service it is of, as its first row says."""
        return next((row.get("Service") for row in self.rows if row.get("Service")), "")


class Report(NamedTuple):
    """All parts of one service and period."""

    service: str
    tables: dict[int, Table]
    """Part -> the first file of it."""
    more: tuple[Table, ...] = ()
    """Further files of parts that are there already."""
    alone: bool = False
    """Whether it is one part that came by itself."""

    @property
    def every(self) -> tuple[Table, ...]:
        """All files, in the order of their parts."""
        return tuple(
            sorted((*self.tables.values(), *self.more), key=lambda table: table.part.number)
        )

    def rows(self, part: int) -> Sequence[Row]:
        """A part's rows; none where it is not there."""
        return self.tables[part].rows if part in self.tables else ()

    def value(self, part: int, **keys: str) -> str:
        """The `Value` of a row of parts 1 and 7 to 11, by its indicator and scope."""
        wanted = {
            name: plain(meant.scope(part, text) if name == "Scope" else text)
            for name, text in keys.items()
        }
        for row in self.rows(part):
            if all(plain(key_cell(row, name, part)) == text for name, text in wanted.items()):
                return row.get("Value")
        return ""


class Judged(NamedTuple):
    """A report, and what is known of the service."""

    report: Report
    tier: Tier | None
    """None: not said; then nothing is asked for that only some tiers owe."""


def as_it_is(words: str | Text) -> Text:
    """What stands in a cell, or belongs into one, as a text that no language changes."""
    return words if isinstance(words, Text) else Text("{words}", words=words)


def write_as(right: str) -> Text:
    """How to mend a cell whose meaning is known."""
    return Text("Write it as {right}.", right=right)


def finding_of(
    rule: str,
    severity: Severity,
    file: str,
    row: int,
    column: str,
    got: str | Text,
    expected: str | Text,
    fix: Text,
    cause: str = "",
) -> Finding:
    """A finding; a `str` is the words of a file or of the template, and never translated."""
    texts = as_it_is(got), as_it_is(expected), fix
    return Finding(rule, severity, file, row, column.strip(), *texts, cause)


def fault(
    table: Table,
    row: int,
    rule: str,
    severity: Severity,
    column: str,
    got: str | Text,
    expected: str | Text,
    fix: Text,
    cause: str = "",
) -> Finding:
    """A finding about a place in a part."""
    return finding_of(rule, severity, table.file, row, column, got, expected, fix, cause)


def context_of(row: Row) -> str:
    """What parts 7 and 8 say beside a value."""
    return row.get("Contextual Information")


CATEGORY_PARTS = (3, 4, 5, 6)


def is_high(code: str) -> bool:
    """Whether a code begins a block: TOTAL or any STATEMENT_CATEGORY."""
    return code.upper() == forms.TOTAL or code.upper().startswith("STATEMENT_CATEGORY_")


def is_foreign(row: Row, part: Part) -> bool:
    """Whether a row belongs to a high-level category that its part does not have."""
    return bool(row.high) and row.high not in forms.codes_of(part.number)


def key_cell(row: Row, column: str, part: int) -> str:
    """A key of a row; a scope as the template spells it."""
    return meant.scope(part, row.get(column)) if column == "Scope" else row.get(column)


def key_of(row: Row, part: Part) -> tuple[str, ...]:
    """What tells a row from all others of its part."""
    if part.number in CATEGORY_PARTS:
        code = row.get(part.keys[0]).upper()
        scope = row.get("Scope").upper()
        return (scope, row.high, "" if is_high(code) else code, row.get(part.keys[1]))
    return tuple(plain(key_cell(row, column, part.number)) for column in part.keys)


def blocks(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Part 3 by its scope, in order; the other category parts are one block."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(meant.scope(3, row.get("Scope")).upper(), []).append(row)
    yield from found.items()


def number(text: str) -> float | None:
    """A number as the template asks for it; None for anything else, a blank too."""
    return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and text.isascii() else None


def value_of(row: Row, column: str, kind: str) -> float | None:
    """The number that a cell means, whatever its spelling; None where that is in doubt."""
    return number(meant.figure(row.get(column), kind))


def categories(rows: Sequence[Row], key: str) -> list[Row]:
    """The first row of each high-level category, TOTAL among them; `key` is the column of the code.

    One that stands twice is told of by V-ORDER, and not added twice.
    """
    found: dict[str, Row] = {}
    for row in rows:
        if is_high(row.get(key)):
            found.setdefault(row.high, row)
    return list(found.values())


def below(rows: Sequence[Row], key: str) -> dict[str, list[Row]]:
    """High-level category -> its sub-categories' rows; `key` is the column of the code."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not is_high(row.get(key)):
            found.setdefault(row.high, []).append(row)
    return found


@cache
def known_codes() -> Mapping[str, str]:
    """Every code that may stand in a category part, by its upper case."""
    codes = [*words.CATEGORY, *words.KEYWORDS, forms.TOTAL, forms.OTHER, forms.NOT_SPECIFIED_ORDER]
    return {code.upper(): code for code in codes}
