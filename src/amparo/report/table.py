"""A report as it was read: parts, rows, cells, each with the place it came from.

Reading is tolerant: a column is found by its plain name, a part by number, name or header, and what
does not fit is kept and told of. A row of a category part belongs to the nearest high-level row
above it, since KEYWORD_OTHER repeats under each.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from amparo.record import vocabulary as words
from amparo.report import forms
from amparo.report.forms import PARTS, Part, Tier, plain

Severity = str
ERROR, WARNING, INFO = "error", "warning", "info"


class Finding(NamedTuple):
    """One fault of a report."""

    rule: str
    """V-... of the template's rules, or Q... of Annex II."""
    severity: Severity
    file: str
    row: int
    """The line in the file, 1 is the header; 0: the file as a whole."""
    column: str
    got: str
    expected: str
    fix: str


class Sheet(NamedTuple):
    """A table as it lies in a file: nothing is understood yet."""

    file: str
    rows: tuple[tuple[str, ...], ...]
    """The header first."""
    notes: tuple[Finding, ...] = ()
    """What the reader already found: another encoding, say."""


class Row(NamedTuple):
    """A row of a part."""

    line: int
    cells: dict[str, str]
    """Column as the template writes it -> what stands there."""
    high: str = ""
    """In parts 3 to 6: the high-level category it belongs to."""

    def get(self, column: str) -> str:
        """A cell without blanks around it; empty if there is none."""
        return self.cells.get(column, "").strip()


class Table(NamedTuple):
    """A part as it was read."""

    part: Part
    file: str
    rows: tuple[Row, ...]
    found: dict[str, str]
    """Column as the template writes it -> as the file does."""
    strange: tuple[str, ...]
    """Columns of the file that the template does not know."""

    @property
    def service(self) -> str:
        """Which service it is of, as its first row says."""
        return next((row.get("Service") for row in self.rows if row.get("Service")), "")


class Report(NamedTuple):
    """All parts of one service and period."""

    service: str
    tables: dict[int, Table]

    def rows(self, part: int) -> Sequence[Row]:
        """A part's rows; none where it is not there."""
        return self.tables[part].rows if part in self.tables else ()

    def value(self, part: int, **keys: str) -> str:
        """The `Value` of a row of parts 1 and 7 to 11, by its indicator and scope."""
        wanted = {name: plain(text) for name, text in keys.items()}
        for row in self.rows(part):
            if all(plain(row.get(name)) == text for name, text in wanted.items()):
                return row.get("Value")
        return ""


class Judged(NamedTuple):
    """A report, and what is known of the service."""

    report: Report
    tier: Tier | None
    """None: not said; then nothing is asked for that only some tiers owe."""


def fault(
    table: Table,
    row: int,
    rule: str,
    severity: Severity,
    column: str,
    got: str,
    expected: str,
    fix: str,
) -> Finding:
    """A finding about a place in a part."""
    return Finding(rule, severity, table.file, row, column.strip(), got, expected, fix)


def context_of(row: Row) -> str:
    """What parts 7 and 8 say beside a value."""
    return row.get("Contextual Information")


def part_of(sheet: Sheet) -> Part | None:
    """Which part a table is: by the number in its name, by its name, by its header."""
    name = plain(sheet.file.rpartition("/")[2].rpartition("\\")[2])
    header = {plain(cell) for cell in sheet.rows[0]} if sheet.rows else set()
    fits = {
        number: len(header & {plain(one) for one in part.columns}) / len(part.header)
        for number, part in PARTS.items()
    }
    best = max(fits, key=lambda number: fits[number])
    for number, part in reversed(PARTS.items()):
        if plain(part.name) in name or plain(part.name.partition("_")[2]).replace("_", " ") in name:
            return part if fits[number] > _LEAST or fits[best] <= _LEAST else PARTS[best]
    match = re.match(r"\D{0,12}?(\d{1,2})(?!\d)", name)
    number = int(match[1]) if match else 0
    if number in PARTS and fits[number] >= fits[best] > _LEAST:
        return PARTS[number]
    if fits[best] <= _LEAST:
        return None
    alike = [number for number in fits if fits[number] == fits[best]]
    return _told_apart(sheet, alike)


_LEAST = 0.5


def _told_apart(sheet: Sheet, alike: list[int]) -> Part:
    """Parts with one and the same header are told apart by what their rows say."""
    if len(alike) > 1:
        body = {plain(cell) for row in sheet.rows[1:] for cell in row}
        alike.sort(
            key=lambda number: -sum(plain(line.indicator) in body for line in _lines(number))
        )
    return PARTS[alike[0]]


def _lines(number: int) -> tuple[forms.Line, ...]:
    return forms.lines_of(number) if number in (1, 7, 8, 9, 10, 11) else ()


def table(sheet: Sheet, part: Part) -> Table:
    """Read a sheet as a part."""
    header = sheet.rows[0] if sheet.rows else ()
    wanted = {plain(column): column for column in part.columns}
    places: dict[str, int] = {}
    strange = []
    for index, cell in enumerate(header):
        column = wanted.get(plain(cell))
        if column is None or column in places:
            if cell.strip():
                strange.append(cell)
        else:
            places[column] = index
    rows, high = [], ""
    for line, cells in enumerate(sheet.rows[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        told = {
            column: cells[index] if index < len(cells) else "" for column, index in places.items()
        }
        if part.number in CATEGORY_PARTS:
            code = told.get(part.keys[0], "").strip()
            high = code.upper() if is_high(code) else high
        rows.append(Row(line, told, high))
    found = {column: header[index] for column, index in places.items()}
    return Table(part, sheet.file, tuple(rows), found, tuple(strange))


CATEGORY_PARTS = (3, 4, 5, 6)


def is_high(code: str) -> bool:
    """Whether a code begins a block: TOTAL or any STATEMENT_CATEGORY."""
    return code.upper() == forms.TOTAL or code.upper().startswith("STATEMENT_CATEGORY_")


def key_of(row: Row, part: Part) -> tuple[str, ...]:
    """What tells a row from all others of its part."""
    if part.number in CATEGORY_PARTS:
        code = row.get(part.keys[0]).upper()
        scope = row.get("Scope").upper()
        return (scope, row.high, "" if is_high(code) else code, row.get(part.keys[1]))
    return tuple(plain(row.get(column)) for column in part.keys)


def blocks(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Part 3 by its scope, in order; the other category parts are one block."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("Scope").upper(), []).append(row)
    yield from found.items()


def number(text: str) -> float | None:
    """A number as the template asks for; None for anything else, a blank too."""
    return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and text.isascii() else None


def reports(sheets: Sequence[Sheet]) -> tuple[list[Report], list[Finding]]:
    """The reports that some sheets make: one a service and folder; what could not be placed."""
    found: dict[str, dict[int, Table]] = {}
    names: dict[str, str] = {}
    lost: list[Finding] = []
    for sheet in sheets:
        part = part_of(sheet)
        lost += sheet.notes
        if part is None:
            lost.append(_unknown(sheet))
            continue
        read = table(sheet, part)
        folder = sheet.file.rpartition("/")[0]
        if part.number in found.get(folder, {}):
            folder = f"{folder}/{read.service}"
        found.setdefault(folder, {}).setdefault(part.number, read)
        names[folder] = names.get(folder) or read.service
    return [Report(names[folder], dict(sorted(t.items()))) for folder, t in found.items()], lost


def _unknown(sheet: Sheet) -> Finding:
    first = ", ".join(sheet.rows[0][:4]) if sheet.rows else "nothing"
    return Finding(
        "V-HDR",
        ERROR,
        sheet.file,
        1,
        "",
        first[:120],
        "the header of one of the eleven parts",
        "Name the file as the template does, as in 4_notices.csv, and keep its header.",
    )


def known_codes() -> Mapping[str, str]:
    """Every code that may stand in a category part, by its upper case."""
    codes = [*words.CATEGORY, *words.KEYWORDS, forms.TOTAL, forms.OTHER, forms.NOT_SPECIFIED_ORDER]
    return {code.upper(): code for code in codes}


def day(text: str) -> date | None:
    """A day as the template writes it; None for anything else."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None
