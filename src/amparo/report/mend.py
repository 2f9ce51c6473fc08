"""Correcting what is certain in anyone's report, and nothing else.

Each cell is written as what it was meant to say (`meant`, `periods`); columns get the template's
names, rows that hold the template's placeholders go. Every change is listed, old and new. A table
that was not understood is left as it is, and said to be. Mending twice is mending once.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import NamedTuple

from amparo.record import days
from amparo.report import codes, forms, meant, periods
from amparo.report.forms import plain
from amparo.report.rows import kind_of
from amparo.report.table import CATEGORY_PARTS, Report, Row, Table, is_high


class Change(NamedTuple):
    """A cell, or a name, that is written otherwise now."""

    file: str
    row: int
    column: str
    old: str
    new: str


class File(NamedTuple):
    """A table as it could be published."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Mended(NamedTuple):
    """A report as it could be published."""

    files: dict[str, File]
    """Name without its ending -> what stands in it."""
    changes: tuple[Change, ...]
    left: tuple[str, ...]
    """Files that were not understood, and so are not written."""


def mend(report: Report) -> Mended:
    """Every part with what is certain corrected; rows keep their order."""
    files: dict[str, File] = {}
    changes: list[Change] = []
    left = [table.file for table in report.every if not table.is_understood]
    for table in report.every:
        if table.is_understood:
            files[_name(table, files)] = _mended(report, table, changes)
    return Mended(files, tuple(changes), tuple(left))


def _name(table: Table, taken: Mapping[str, File]) -> str:
    name, number = table.part.name, 2
    while name in taken:
        name, number = f"{table.part.name}_{number}", number + 1
    return name


def _mended(report: Report, table: Table, changes: list[Change]) -> File:
    known = [column for column in table.part.columns if column in table.places]
    missing = [column for column in table.part.columns if column not in table.places]
    rest = [place for place in range(len(table.header)) if place not in table.places.values()]
    extra = [place for place in rest if _holds(table, place)]
    asked = {
        stray.row.line: str(stray.period)
        for stray in periods.strays(report, table)
        if stray.period is not None and stray.cause != "another"
    }
    written, countries = [], codes.by_state(table)
    for row in table.rows:
        if any(
            meant.PLACEHOLDER.search(row.get(column)) for column in ("Scope", table.part.keys[0])
        ):
            changes.append(Change(table.file, row.line, "", "a row of the blank template", ""))
            continue
        cells = {column: _cell(report, table, row, column) for column in known}
        if row.line in countries:
            cells["Scope"] = row.cells["Scope"]
        if row.line in asked:
            cells[periods.COLUMN] = asked[row.line]
        written.append(tuple(_placed(table, row, cells, extra)))
        for column, new in cells.items():
            old = row.cells.get(column, "")
            if new != old:
                changes.append(Change(table.file, row.line, column.strip(), old, new))
    header = [*table.part.columns, *(table.header[place] for place in extra)]
    if table.language:
        return File(tuple(table.header), tuple(written))
    changes += [
        Change(table.file, table.line, column, table.found[column], column)
        for column in known
        if table.found[column] != column
    ]
    changes += [
        Change(table.file, table.line, column, "no such column", column) for column in missing
    ]
    return File(tuple(header), tuple(written))


def _holds(table: Table, place: int) -> bool:
    """Whether a column that the template does not know holds anything."""
    cells = (row.raw[place] for row in table.rows if place < len(row.raw))
    return bool(table.header[place].strip()) or any(cell.strip() for cell in cells)


def _placed(table: Table, row: Row, cells: Mapping[str, str], extra: list[int]) -> list[str]:
    """The cells in the template's order; in another language as they lie, labels untouched."""
    if table.language:
        raw = [*row.raw, *("" for _ in range(len(table.header) - len(row.raw)))]
        for column, new in cells.items():
            if new != row.cells.get(column, ""):
                raw[table.places[column]] = new
        return raw
    rest = [row.raw[place] if place < len(row.raw) else "" for place in extra]
    return [cells.get(column, "") for column in table.part.columns] + rest


def _cell(report: Report, table: Table, row: Row, column: str) -> str:
    got = row.cells.get(column, "")
    text, kind = row.get(column), kind_of(table, row, column)
    if kind == "date":
        read = days.day(text, periods.order(report))
        return str(read) if read is not None else got
    if kind in ("int", "float", "hours", "fte", "heads"):
        return meant.figure(text, kind)
    if column == "Scope":
        right = meant.scope(table.part.number, text)
        return got if plain(right) == plain(got) and right.islower() == text.islower() else right
    if table.part.number in CATEGORY_PARTS and column == table.part.keys[0]:
        known = text.upper() in forms.all_codes()
        return text.upper() if known or is_high(text) else text
    if table.part.number in CATEGORY_PARTS and column == table.part.keys[1]:
        return "" if meant.is_placeholder(text) else meant.letters(got)
    return meant.letters(got)
