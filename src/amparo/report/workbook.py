"""Workbooks of strangers: counted as XML first, and read by calamine only when they are bounded.

A sheet becomes one block from its first to its last cell, so two cells in far corners ask for 549
GB; and a text that many cells share is copied into each. A `dimension` element may say anything, so
the cells themselves are counted, by a parser that expands no entity. What calamine then gets is not
the file that came, but an archive of exactly the parts that were counted.

Source: ISO/IEC 29500-1, 18.3 and 18.4 (XLSX); OpenDocument 1.3, part 3, 9.1 (ODS); MS-XLS, 2.4.
"""

# SPDX-License-Identifier: Apache-2.0

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from xml.parsers import expat

import python_calamine

from amparo.errors import Text
from amparo.report import archive
from amparo.report.bounds import (
    MOST_MERGED_CELLS,
    MOST_SHARED_STRINGS,
    MOST_SHEETS,
    MOST_XML_DEPTH,
    Budget,
    Excess,
)
from amparo.zip_errors import BROKEN

Rows = list[tuple[str, ...]]
ZIPPED = (".xlsx", ".xlsm", ".ods")
"""How names of workbooks end that are archives."""
OLD = b"\xd0\xcf\x11\xe0"
"""How binary workbooks (.xls) begin, and protected ones of any kind."""
_SAVE = Text("Save it again as .xlsx, or as CSV parts.")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_REPEATS = re.compile(r"\+?([0-9]{1,9})")


def is_one(name: str, body: bytes) -> bool:
    """Whether an archive is a workbook, by its name or by what it holds."""
    # OpenDocument begins with its kind, stored as it is (OpenDocument 1.3, part 2, 3.3).
    kind = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
    if name.lower().endswith(ZIPPED) or kind in body[:128]:
        return True
    return "xl/workbook.xml" in archive.names(body)


def comments(body: bytes, budget: Budget) -> str:
    """What a workbook of Office Open XML says about itself; empty if it says nothing."""
    if body.startswith(OLD):
        return ""
    for _, content in archive.unpacked(body, budget, lambda name: name == "docProps/core.xml"):
        if isinstance(content, Excess):
            raise content
        if found := re.search(rb"<dc:description>([^<]*)<", content):
            return found[1].decode(errors="replace")
    return ""


def sheets(body: bytes, budget: Budget) -> Iterator[tuple[str, Rows]]:
    """Each sheet's title and rows; `Excess` if it is too large, or cannot be read."""
    try:
        book = _opened(body, budget)
        # Counted again as they are read: many sheets may name one and the same part.
        again = Budget()
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            again.take_cells(sheet.height, sheet.width)
            rows = _spread(sheet, again)
            again.take_text(sum(len(cell) for row in rows for cell in row))
            yield title, rows
    except Excess:
        raise
    except (python_calamine.CalamineError, *BROKEN) as error:
        raise _unreadable(str(error)[:200]) from None
    except BaseException as error:
        # What a library in Rust has not foreseen is raised beside all exceptions of Python's.
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(Text("its parts contradict each other")) from None


def _spread(sheet: python_calamine.CalamineSheet, budget: Budget) -> Rows:
    """The rows of a sheet; what a merged cell says stands in each of the cells that it covers."""
    rows = [list(map(_cell, row)) for row in sheet.to_python(skip_empty_area=True)]
    above, left = sheet.start or (0, 0)
    for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
        covered = rows[max(0, top - above) : bottom - above + 1]
        columns = range(max(0, first - left), last - left + 1)
        budget.take_cells(len(covered), min(len(columns), sheet.width))
        for row in covered:
            for column in columns[: len(row)]:
                row[column] = row[column] or covered[0][columns[0]]
    return [tuple(row) for row in rows]


def _opened(body: bytes, budget: Budget) -> python_calamine.CalamineWorkbook:
    # A binary workbook (.xls) has 65,536 x 256 cells a sheet at most, and cannot be counted
    # without reading the whole format: the memory and time of a worker are what bounds it.
    bounded = body if body.startswith(OLD) else _counted(body, budget)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(bounded))
    if len(book.sheet_names) > MOST_SHEETS:
        raise Excess(_SHEETS, _SAVE)
    return book


def _counted(body: bytes, budget: Budget) -> bytes:
    """The parts that hold tables, counted, in an archive of our own making."""
    parts: dict[str, bytes] = {}
    for name, content in archive.unpacked(body, budget, _is_read):
        if isinstance(content, Excess):
            raise content
        parts[name] = content
    _count(parts, budget)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


def _is_read(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels")) or name == "mimetype"


def _count(parts: Mapping[str, bytes], budget: Budget) -> None:
    # Which part is a sheet, the parts themselves say; so each is counted as whatever it may be.
    book = _Excel(budget)
    for name, content in parts.items():
        if name == "content.xml":
            _parse(content, _OpenDocument(budget))
        if name != "mimetype":
            _parse(content, book)
    book.end()


class _Counting:
    """What an XML parser tells of a part's elements, by their names without prefix."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget

    def begin_part(self) -> None:
        """A further part begins."""

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def text(self, data: str) -> None:
        """Text within it."""

    def finish(self, name: str) -> None:
        """It ends."""

    def end_part(self) -> None:
        """The part ends."""


def _parse(content: bytes, counting: _Counting) -> None:
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_XML_DEPTH:
            why = Text("elements within more than {count} others", count=MOST_XML_DEPTH)
            raise Excess(why, _SAVE)
        counting.begin(name.rpartition(":")[2], attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        counting.finish(name.rpartition(":")[2])

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.CharacterDataHandler = counting.text
    parser.StartDoctypeDeclHandler = _refuse_entities
    counting.begin_part()
    try:
        parser.Parse(content, True)  # noqa: FBT003 - so expat says that it is whole
    except expat.ExpatError as error:
        raise _unreadable(Text("broken XML: {error}", error=str(error))) from None
    counting.end_part()


class _Box:
    """From the first to the last cell of a sheet that says something."""

    def __init__(self) -> None:
        self.rows: tuple[int, int] | None = None
        self.columns = (0, 0)

    def add(self, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """A cell, or a block of equal ones, by its first and last row and column."""
        if self.rows is None:
            self.rows, self.columns = rows, columns
        else:
            self.rows = (min(self.rows[0], rows[0]), max(self.rows[1], rows[1]))
            self.columns = (min(self.columns[0], columns[0]), max(self.columns[1], columns[1]))

    def take_from(self, budget: Budget) -> None:
        """Count the whole block."""
        if self.rows is not None:
            budget.take_cells(
                self.rows[1] - self.rows[0] + 1, self.columns[1] - self.columns[0] + 1
            )


class _Excel(_Counting):
    """A workbook of Office Open XML: cells bear their place, or stand after the one before."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self._names: Counter[str] = Counter()
        self._strings: list[int] = []
        self._references: Counter[int] = Counter()
        self.begin_part()

    def begin_part(self) -> None:
        self._box, self._row, self._column = _Box(), 0, 0
        self._kind, self._number = "", ""
        self._in_cell = self._in_string = self._in_value = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._place(attributes.get("r"))
            self._kind, self._in_cell = attributes.get("t", ""), True
        elif name in ("v", "is") and self._in_cell:
            self._box.add((self._row, self._row), (self._column, self._column))
            self._in_value, self._number = name == "v", ""
        elif name == "row":
            self._column = -1
            if (given := attributes.get("r")) is not None:
                self._row = _times(given) - 1
        elif name in _MOST_OF:
            self._names[name] += 1
            most, why = _MOST_OF[name]
            if self._names[name] > most:
                raise Excess(why, _SAVE)
            if name == "si":
                self._in_string = True
                self._strings.append(0)

    def text(self, data: str) -> None:
        if self._in_string:
            self._strings[-1] += len(data)
        elif self._in_value and self._kind == "s":
            self._number = (self._number + data)[:20]
        elif self._in_cell:
            self.budget.take_text(len(data))

    def finish(self, name: str) -> None:
        if name == "v" and self._in_value:
            self._in_value = False
            if self._kind == "s" and self._number.strip().isdecimal():
                self._references[int(self._number)] += 1
        elif name == "c":
            self._in_cell = False
        elif name == "row":
            self._row += 1
        elif name == "si":
            self._in_string = False

    def end_part(self) -> None:
        self._box.take_from(self.budget)

    def end(self) -> None:
        """All parts are there: what each shared text comes to."""
        for number, count in self._references.items():
            if number < len(self._strings):
                self.budget.take_text(count * self._strings[number])

    def _place(self, given: str | None) -> None:
        if given is None:
            self._column += 1
            return
        match = _REFERENCE.fullmatch(given)
        if match is None:
            raise _unreadable(Text("a cell at {place}", place=repr(given[:20])))
        self._row, self._column = int(match[2]) - 1, _column(match[1])


_SHEETS = Text("more than {count} sheets", count=MOST_SHEETS)
_MERGED = Text("more than {count} merged cells", count=MOST_MERGED_CELLS)
_MOST_OF = {
    "sheet": (MOST_SHEETS, _SHEETS),
    "si": (
        MOST_SHARED_STRINGS,
        Text("more than {count} shared texts", count=MOST_SHARED_STRINGS),
    ),
    "mergeCell": (MOST_MERGED_CELLS, _MERGED),
}


class _OpenDocument(_Counting):
    """Tables of OpenDocument: a cell or a row says how often it is repeated."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget)
        self._box = _Box()
        self.begin_part()

    def begin_part(self) -> None:
        self._tables = self._merged = 0
        self._begin_table()

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _CELLS:
            self._repeats = _repeats(attributes, "number-columns-repeated")
            self._characters = sum(map(len, attributes.values()))
            self._is_empty = not any(attribute.endswith("value-type") for attribute in attributes)
            self._merged += any("spanned" in attribute for attribute in attributes)
            if self._merged > MOST_MERGED_CELLS:
                raise Excess(_MERGED, _SAVE)
        elif name == "p":
            self._is_empty = False
        elif name == "table-row":
            self._rows = _repeats(attributes, "number-rows-repeated")
            self._column = self._last = self._row_characters = 0
        elif name == "table":
            self._tables += 1
            if self._tables > MOST_SHEETS:
                raise Excess(_SHEETS, _SAVE)
            self._begin_table()

    def text(self, data: str) -> None:
        self._characters += len(data)

    def finish(self, name: str) -> None:
        if name in _CELLS:
            self._column += self._repeats
            if not self._is_empty:
                self._last = self._column
                self._row_characters += self._repeats * self._characters
        elif name == "table-row":
            if self._last:
                self._box.add((self._row, self._row + self._rows - 1), (0, self._last - 1))
                self.budget.take_text(self._rows * self._row_characters)
            self._row += self._rows
        elif name == "table":
            self._begin_table()

    def end_part(self) -> None:
        self._begin_table()

    def _begin_table(self) -> None:
        """Count the table before, which may be around this one, and begin afresh."""
        self._box.take_from(self.budget)
        self._box, self._row, self._rows, self._column = _Box(), 0, 1, 0
        self._last = self._repeats = self._characters = self._row_characters = 0
        self._is_empty = True


_CELLS = ("table-cell", "covered-table-cell")


def _times(given: str) -> int:
    match = _REPEATS.fullmatch(given)
    if match is None:
        raise _unreadable(Text("{given} where a number belongs", given=repr(given[:20])))
    return int(match[1])


def _repeats(attributes: Mapping[str, str], name: str) -> int:
    given = next((text for key, text in attributes.items() if key.rpartition(":")[2] == name), "1")
    return _times(given)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1


def _refuse_entities(*_: object) -> None:
    raise Excess(Text("a workbook that defines names of its own in XML"), _SAVE)


def _unreadable(why: Text | str) -> Excess:
    return Excess(Text("a workbook that cannot be read: {why}", why=why), _SAVE)


def _cell(value: object) -> str:
    if isinstance(value, datetime) and value.time() == time():
        return str(value.date())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
