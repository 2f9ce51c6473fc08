"""Which part each table is, and which reports they make.

Reading is tolerant: a part is known by the number in its name, by its name, by its header, or, in
another official language, by its shape; a column by its plain name. Parts that lie one below the
other in one file are taken apart. What does not fit is kept and told of.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from amparo.errors import Text
from amparo.record import days
from amparo.report import forms, translated_template
from amparo.report.forms import PARTS, Part, plain
from amparo.report.table import (
    CATEGORY_PARTS,
    ERROR,
    NOTHING,
    WARNING,
    Finding,
    Report,
    Row,
    Sheet,
    Table,
    finding_of,
    is_high,
)

_LEAST = 0.5
"""Of a part's columns that a header must have."""
_SURE = 0.75
"""From here on a row within a file is the header of a further part."""


def reports(sheets: Sequence[Sheet]) -> tuple[list[Report], list[Finding]]:
    """The reports that some sheets make: one a service and period; what could not be placed."""
    folders: dict[str, list[Table]] = defaultdict(list)
    notes: dict[str, list[Finding]] = defaultdict(list)
    lost: list[Finding] = []
    unplaced: list[Sheet] = []
    alone: set[str] = set()
    for sheet in sheets:
        folder = sheet.file.rpartition("/")[0]
        notes[folder] += sheet.notes
        pieces = _stacked(sheet)
        if len(pieces) > 1:
            lost.append(_taken_apart(sheet, pieces))
            lost += [note for piece in pieces for note in piece.notes]
        for piece in pieces:
            read = _read(piece)
            if read is None:
                unplaced.append(piece)
            else:
                folders[folder].append(read)
                alone |= {sheet.file} if sheet.alone and len(pieces) == 1 else set()
    lost += [_unknown(sheet, folders) for sheet in unplaced]
    copies = _copies(folders)
    lost = [note for folder in notes if folder not in copies for note in notes[folder]] + lost
    found = [
        _report(some, is_alone=len(some) == 1 and some[0].file in alone)
        for folder, tables in folders.items()
        if folder not in copies
        for some in _separated(_without_copies(tables), (_service, _period))
    ]
    return found, lost


def part_of(sheet: Sheet) -> Part | None:
    """Which part a table is: by the number in its name, by its name, by its header."""
    name = plain(sheet.file.rpartition("/")[2].rpartition("\\")[2])
    fits = _fits(sheet.rows[0] if sheet.rows else ())
    best = max(fits, key=lambda number: fits[number])
    for number, part in reversed(PARTS.items()):
        if plain(part.name) in name or plain(part.name.partition("_")[2]).replace("_", " ") in name:
            if _is_sibling(sheet, part, PARTS[best]):
                return PARTS[best]  # two of them were given each other's name
            return part if fits[number] > _LEAST or fits[best] <= _LEAST else PARTS[best]
    number = _number_in(name)
    if number in PARTS and fits[number] >= fits[best] > _LEAST:
        return PARTS[number]
    if fits[best] <= _LEAST:
        return None
    alike = [number for number in fits if fits[number] == fits[best]]
    return _by_rows(sheet, alike)


def _is_sibling(sheet: Sheet, part: Part, other: Part) -> bool:
    """Whether a header is that of another category part than the name says, whole."""
    header = {plain(cell) for cell in sheet.rows[0]} if sheet.rows else set()
    return (
        {part.number, other.number} <= set(CATEGORY_PARTS)
        and header >= {plain(column) for column in other.header}
        and not header >= {plain(column) for column in part.header}
    )


def _number_in(name: str) -> int:
    match = re.match(r"\D{0,12}?(\d{1,2})(?!\d)", name)
    return int(match[1]) if match else 0


def _fits(row: Sequence[str]) -> dict[int, float]:
    """Part -> how much of its header a row has."""
    header = {plain(cell) for cell in row}
    return {
        number: len(header & {plain(column) for column in part.columns}) / len(part.header)
        for number, part in PARTS.items()
    }


def _by_rows(sheet: Sheet, alike: list[int]) -> Part:
    """Parts with one and the same header are told apart by what their rows say."""
    if len(alike) > 1:
        body = {plain(cell) for row in sheet.rows[1:] for cell in row}
        alike.sort(
            key=lambda number: -sum(plain(line.indicator) in body for line in _lines(number))
        )
    return PARTS[alike[0]]


def _lines(number: int) -> tuple[forms.Line, ...]:
    return forms.lines_of(number) if number in (1, 7, 8, 9, 10, 11) else ()


# --- several parts in one file --------------------------------------------------------------


def _stacked(sheet: Sheet) -> list[Sheet]:
    """The parts that lie one below the other; what stands above the first is left out."""
    heads = [
        place
        for place, row in enumerate(sheet.rows)
        if _may_be_head(row) and max(_fits(row).values()) >= _SURE
    ]
    if not heads or heads == [0]:
        return [sheet]
    ends = [*heads[1:], len(sheet.rows)]
    pieces = [
        sheet._replace(
            rows=tuple(_narrow(sheet.rows[start:end])), line=sheet.line + start, notes=()
        )
        for start, end in zip(heads, ends, strict=True)
    ]
    return [headed for piece in pieces for headed in _headed(piece)]


_FIRST = frozenset(plain(part.header[0]) for part in PARTS.values())


def _may_be_head(row: Sequence[str]) -> bool:
    """Whether a row begins as headers do: a look at one cell spares that at all of them."""
    return bool(row) and plain(row[0][:100]) in _FIRST


def _headed(piece: Sheet) -> list[Sheet]:
    """A part, and rows of part 2 that follow it without their header."""
    names = [place for place, row in enumerate(piece.rows) if _is_name(row)]
    if not names or part_of(piece) is PARTS[2]:
        return [piece]
    first, last = names[0], names[-1] + 1
    note = finding_of(
        "V-HDR",
        ERROR,
        piece.file,
        piece.line + first,
        "",
        Text("rows of part 2 without their header"),
        ", ".join(PARTS[2].header),
        Text("Put the header above them, in a file of its own."),
    )
    rows = (PARTS[2].header, *_narrow(piece.rows[first:last]))
    return [
        piece._replace(rows=piece.rows[:first] + piece.rows[last:]),
        piece._replace(rows=rows, line=piece.line + first - 1, notes=(note,)),
    ]


def _is_name(row: Sequence[str]) -> bool:
    """Whether it is a row of part 2: a code in the third cell, and at most one cell behind it."""
    code = row[2].strip().upper() if len(row) > 2 else ""
    behind = sum(bool(cell.strip()) for cell in row[3:])
    return (is_high(code) or code in forms.all_codes()) and behind < 2


def _narrow(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the empty columns that a wider part beside it has brought."""
    width = max(place for place, cell in enumerate(rows[0], 1) if cell.strip())
    return [row[:width] if not any(cell.strip() for cell in row[width:]) else row for row in rows]


def _taken_apart(sheet: Sheet, pieces: Sequence[Sheet]) -> Finding:
    lines = ", ".join(str(piece.line) for piece in pieces)
    return finding_of(
        "V-CSV",
        WARNING,
        sheet.file,
        pieces[0].line,
        "",
        Text(
            "{count} parts one below the other, from lines {lines}", count=len(pieces), lines=lines
        ),
        Text("one file for each part, with its header in the first line"),
        Text("Save each part as a CSV file of its own."),
    )


# --- one table ---------------------------------------------------------------------------------


def _read(sheet: Sheet) -> Table | None:
    """A sheet as the part that it is; None if it is none."""
    part = part_of(sheet)
    if part is not None and max(_fits(sheet.rows[0]).values()) > _LEAST:
        return table(sheet, part)
    hint = part.number if part is not None else _number_in(plain(sheet.file.rpartition("/")[2]))
    foreign = translated_template.part_in(sheet, hint or sheet.place)
    if foreign is None:
        return None
    name, same = translated_template.language_of(sheet), translated_template.english(sheet, foreign)
    if same is None:
        return table(sheet, foreign)._replace(language=name, is_understood=False)
    read = table(same, foreign)
    raw = [row._replace(raw=sheet.rows[row.line - sheet.line]) for row in read.rows]
    return read._replace(header=sheet.rows[0], rows=tuple(raw), language=name)


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
    rows, remarks, high = [], [], ""
    for line, cells in enumerate(sheet.rows[1:], sheet.line + 1):
        if not any(cell.strip() for cell in cells):
            continue
        by_column = {
            column: cells[index] if index < len(cells) else "" for column, index in places.items()
        }
        if _is_remark(cells, by_column, part):
            remarks.append(line)
            continue
        if part.number in CATEGORY_PARTS:
            code = by_column.get(part.keys[0], "").strip()
            high = code.upper() if is_high(code) else high
        rows.append(Row(line, by_column, high, tuple(cells)))
    owed = [*part.keys, *(("Value",) if "Value" in part.header else ())]
    return Table(
        part,
        sheet.file,
        tuple(rows),
        {column: header[index] for column, index in places.items()},
        tuple(strange),
        places,
        header,
        sheet.line,
        is_understood=all(column in places for column in owed),
        remarks=tuple(remarks),
    )


def _is_remark(cells: Sequence[str], keys: dict[str, str], part: Part) -> bool:
    """A line of text among the rows: one cell alone, and none that says which row it is."""
    filled = sum(bool(cell.strip()) for cell in cells)
    return filled == 1 and not any(keys.get(key, "").strip() for key in part.keys)


# --- reports ------------------------------------------------------------------------------------


def _copies(folders: Mapping[str, Sequence[Table]]) -> frozenset[str]:
    """Folders, and workbooks, whose every part lies in another one, cell by cell the same."""
    contents = {folder: {_content(table) for table in some} for folder, some in folders.items()}
    remaining = set(contents)
    # Of equals a workbook is the copy, and so is looked at first: the template is CSV.
    for folder in sorted(contents, key=lambda name: "." not in name.rpartition("/")[2]):
        others = (contents[other] for other in remaining - {folder})
        if len(contents[folder]) > 1 and any(contents[folder] <= other for other in others):
            remaining.discard(folder)
    return frozenset(contents) - remaining


def _without_copies(tables: Sequence[Table]) -> list[Table]:
    """Each part once, where the same file lies there twice."""
    return list({_content(table): table for table in reversed(tables)}.values())[::-1]


def _content(table: Table) -> tuple[object, ...]:
    rows = tuple(tuple(cell.strip() for cell in row.cells.values()) for row in table.rows)
    return (table.part.number, *rows)


def _separated(
    tables: list[Table], marks: Sequence[Callable[[Table], str]]
) -> Iterable[list[Table]]:
    """One group a service and period, where a part stands there once for each of several."""
    if not marks:
        yield tables
        return
    groups: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        groups[marks[0](table)].append(table)
    parts = [{table.part.number for table in some} for mark, some in groups.items() if mark]
    if len(parts) < 2 or not set.intersection(*parts):
        yield from _separated(tables, marks[1:])
        return
    blank = groups.pop("", [])
    first = next(iter(groups))
    groups[first] += blank
    for some in groups.values():
        yield from _separated(some, marks[1:])


def _service(table: Table) -> str:
    return plain(table.service)


def _period(table: Table) -> str:
    """The period of its first row, if it can be read."""
    texts = [row.get("Reporting period") for row in table.rows[:1]]
    found = days.period(texts[0]) if texts else None
    return str(found) if found is not None else ""


def _report(tables: Sequence[Table], *, is_alone: bool) -> Report:
    first: dict[int, Table] = {}
    more = []
    for table in sorted(tables, key=lambda table: table.part.number):
        if table.part.number in first:
            more.append(table)
        else:
            first[table.part.number] = table
    name = next((table.service for table in first.values() if table.service), "")
    return Report(name, first, tuple(more), is_alone)


def _unknown(sheet: Sheet, folders: Mapping[str, object]) -> Finding:
    """What is no part; a sheet for readers beside the parts of a workbook is no error."""
    folder, _, name = sheet.file.rpartition("/")
    is_beside = folder in folders and "." in folder.rpartition("/")[2] and not _number_in(name)
    first = ", ".join(sheet.rows[0][:4]) if sheet.rows else ""
    return finding_of(
        "V-HDR",
        WARNING if is_beside else ERROR,
        sheet.file,
        sheet.line,
        "",
        first[:120] or NOTHING,
        Text("the header of one of the eleven parts"),
        Text(
            "It is no part of the template. If it is meant to be one, name the file as the "
            "template does, as in 4_notices.csv, and keep its header."
        ),
    )
