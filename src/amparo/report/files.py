"""A report's files, in and out: CSV of any dialect and encoding, XLSX, ODS, folders, zip archives.

Whatever cannot be read is a finding that says what it looks like and what to do, never an
exception. Everything is read in memory and bounded (`bounds`); nothing is unpacked to the disk.
"""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import charset_normalizer
import msgspec
import xlsxwriter

from amparo.errors import Text
from amparo.report import archive, workbook
from amparo.report.bounds import (
    MOST_CELL_CHARACTERS,
    MOST_CELLS,
    MOST_DEPTH,
    MOST_GUESSED_BYTES,
    MOST_NAME,
    MOST_UNPACKED_BYTES,
    Budget,
    Excess,
)
from amparo.report.forms import PARTS, Part
from amparo.report.table import ERROR, INFO, WARNING, Finding, Sheet, finding_of
from amparo.zip_errors import BROKEN

Found = tuple[list[Sheet], list[Finding]]
"""Tables, and what could not be read."""
_LOOKS = {
    b"%PDF": Text("it looks like a PDF"),
    b"<htm": Text("it looks like a web page"),
    b"<!do": Text("it looks like a web page"),
    b"<!DO": Text("it looks like a web page"),
    b"<?xm": Text("it looks like XML"),
    b"\x1f\x8b": Text("it looks like a gzip file"),
    b"7z\xbc\xaf": Text("it looks like a 7-Zip archive"),
    b"Rar!": Text("it looks like a RAR archive"),
    b"\x89PNG": Text("it looks like a picture"),
    b"\xff\xd8": Text("it looks like a picture"),
}


_ONLY_SHOWN = Text(
    "Publish the CSV parts of the template; a reader cannot count what is only shown."
)
_AGAIN = Text("Export it again.")
_AS_CSV = Text("Export it as CSV in UTF-8.")
COPY = "A copy for people of the CSV parts that lie beside it."
"""What a workbook of our own says of itself; it is then no report in the wrong format."""
_COMPANION = (
    Text("it looks like what is published beside a report"),
    Text("Name the report's parts, or its archive, with it."),
)
_BESIDE = "beside a report"
_PAGE = b'content="amparo report write"'


def bodies(paths: Iterable[Path]) -> Iterator[tuple[str, bytes | Finding]]:
    """Each file of some files and folders: its name, and its bytes or why they are not read."""
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file():
                name = str(file.relative_to(path.parent if path.is_dir() else file.parent))
                yield name, _body(name, file)


def sheets_of(name: str, body: bytes, budget: Budget | None = None) -> Found:
    """The tables of one file, by its content; files that came together share a budget."""
    return _sheets(name, body, Budget() if budget is None else budget, depth=0)


def write_csv(part: Part, rows: Sequence[Sequence[str]]) -> bytes:
    """A part under the template's own header."""
    return write_table(part.columns, rows)


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """CSV as the template asks: UTF-8 without a mark, CRLF, quoted only where it must be."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue().encode()


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """An archive with the same bytes for the same content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(
                zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED
            )
    return made.getvalue()


def write_xlsx(parts: Mapping[int, Sequence[Sequence[str]]]) -> bytes:
    """A workbook for people: one sheet a part, the header held, numbers as numbers."""
    made = io.BytesIO()
    # Without formulas and links: a cell's text is never run, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"comments": COPY})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number, rows in parts.items():
            sheet = book.add_worksheet(PARTS[number].name[:31])
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, PARTS[number].columns, head)
            sheet.set_column(0, len(PARTS[number].columns) - 1, 22)
            for line, row in enumerate(rows, 1):
                for column, cell in enumerate(row):
                    if cell.replace(".", "", 1).isdecimal():
                        sheet.write_number(line, column, float(cell))
                    elif cell:
                        sheet.write_string(line, column, cell)
    return made.getvalue()


def unreadable(name: str, looks: str | Text, fix: Text, cause: str = "") -> Finding:
    """What is said of a file that is no table."""
    expected = Text("a CSV part of the template")
    return finding_of("V-CSV", ERROR, name, 0, "", looks, expected, fix, cause)


def without_companions(found: Found) -> Found:
    """Manifests and pages told of only where there is no part that they lie beside."""
    sheets, lost = found
    if not sheets:
        return found
    return sheets, [finding for finding in lost if finding.cause != _BESIDE]


def _body(name: str, path: Path) -> bytes | Finding:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_UNPACKED_BYTES + 1)
    except OSError as error:
        return unreadable(name, str(error.strerror), Text("Look at its permissions."))
    if len(body) > MOST_UNPACKED_BYTES:
        return unreadable(name, *Excess(Text("it is larger than any report")).why_and_fix)
    return body


def _sheets(name: str, body: bytes, budget: Budget, depth: int) -> Found:
    name = name[-MOST_NAME:]
    if not body.strip():
        return [], [unreadable(name, Text("it is empty"), _AGAIN)]
    try:
        if body.startswith(b"PK\x03\x04") and not workbook.is_one(name, body):
            return _archive(name, body, budget, depth)
        if body.startswith((b"PK\x03\x04", workbook.OLD)):
            return _workbook(name, body, budget)
        if _is_companion(body):
            return [], [unreadable(name, *_COMPANION, _BESIDE)]
        for beginning, looks in _LOOKS.items():
            if body.lstrip()[: len(beginning)] == beginning:
                return [], [unreadable(name, looks, _ONLY_SHOWN)]
        if _json(body) is not None:
            return [], [unreadable(name, Text("it looks like JSON"), _ONLY_SHOWN)]
        return _text(name, body, budget)
    except Excess as error:
        return [], [unreadable(name, *error.why_and_fix)]


def _is_companion(body: bytes) -> bool:
    """Whether it is a manifest or a page that `amparo report write` lays beside the parts."""
    if _PAGE in body[:4096]:
        return True
    decoded = _json(body)
    return isinstance(decoded, dict) and {"service", "period", "version", "files"} <= decoded.keys()


def _json(body: bytes) -> object:
    """What JSON says; None for anything else, a CSV whose first cell has a bracket too."""
    if not body.lstrip().startswith((b"{", b"[")):
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _archive(name: str, body: bytes, budget: Budget, depth: int) -> Found:
    if depth >= MOST_DEPTH:
        looks = Text("an archive within archives")
        return [], [unreadable(name, looks, Text("Unpack it once."))]
    sheets: list[Sheet] = []
    lost: list[Finding] = []
    try:
        for inside, content in archive.unpacked(body, budget, _is_read):
            inner = f"{name.rpartition('.')[0]}/{inside or 'without a name'}"
            if isinstance(content, Excess):
                lost.append(unreadable(inner[-MOST_NAME:], *content.why_and_fix))
            else:
                found, missed = _sheets(inner, content, budget, depth + 1)
                sheets += found
                lost += missed
            if budget.is_spent:
                break
    except BROKEN as error:
        looks = Text("a broken archive: {error}", error=str(error)[:200])
        lost.append(unreadable(name, looks, Text("Pack it again.")))
    return sheets, lost


def _is_read(name: str) -> bool:
    """Whether an archive's file is meant to be read; folders and what is hidden are not."""
    base = name.rpartition("/")[2]
    return not (base.startswith(".") or "__MACOSX" in name or (name and not base))


def _workbook(name: str, body: bytes, budget: Budget) -> Found:
    found = [
        Sheet(f"{name}/{title}"[-MOST_NAME:], tuple(trimmed), line=line)
        for title, rows in workbook.sheets(body, budget)
        for line, trimmed in [_trimmed(rows)]
        if trimmed
    ]
    if not found:
        return [], [unreadable(name, Text("an empty workbook"), _AGAIN)]
    if len(found) == len(PARTS):
        found = [sheet._replace(place=place) for place, sheet in enumerate(found, 1)]
    note = finding_of(
        "V-CSV",
        WARNING,
        name,
        0,
        "",
        Text("a workbook"),
        Text("CSV parts"),
        Text("The template is CSV; publish that beside the workbook."),
    )
    notes = () if workbook.comments(body, budget) == COPY else (note,)
    alone = len(found) == 1 and "/" not in name
    return [found[0]._replace(notes=notes, alone=alone), *found[1:]], []


def _text(name: str, body: bytes, budget: Budget) -> Found:
    notes = []
    try:
        text = body.decode("utf-8-sig")
        if body.startswith(b"\xef\xbb\xbf"):
            notes.append(_dialect(name, Text("a byte-order mark"), Text("UTF-8 without one"), INFO))
    except UnicodeDecodeError:
        if len(body) > MOST_GUESSED_BYTES:
            raise Excess(
                Text("more than {count} MB that are not UTF-8", count=MOST_GUESSED_BYTES >> 20),
                _AS_CSV,
            ) from None
        guessed = charset_normalizer.from_bytes(body).best()
        if guessed is None or (b"\0" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff"))):
            return [], [unreadable(name, Text("bytes in no known encoding"), _AS_CSV)]
        text = str(guessed)
        notes.append(_dialect(name, guessed.encoding, "UTF-8", WARNING))
    sample = text[:64_000]
    delimiter = max(",;\t|", key=lambda candidate: _fields(sample, candidate))
    if delimiter != ",":
        notes.append(_dialect(name, repr(delimiter), Text("a comma between cells"), WARNING))
    try:
        line, rows = _trimmed(_rows(text, delimiter, budget))
    except csv.Error as error:
        return [], [unreadable(name, Text("broken CSV: {error}", error=str(error)), _AGAIN)]
    if not rows or max(map(len, rows)) < 2:
        return [], [unreadable(name, Text("text without columns"), _AS_CSV)]
    return [Sheet(name, tuple(rows), tuple(notes), line, alone="/" not in name)], []


def _rows(text: str, delimiter: str, budget: Budget) -> list[tuple[str, ...]]:
    # One line may hold all of them, and a row is only counted once it was made.
    if text.count(delimiter) > MOST_CELLS:
        budget.take_cells(text.count(delimiter), 1)
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        budget.take_cells(1, len(row))
        rows.append(tuple(row))
    return rows


def _fields(sample: str, delimiter: str) -> int:
    """How many fields the first lines have, at least two each, with this delimiter."""
    try:
        lines = list(csv.reader(io.StringIO(sample), delimiter=delimiter))[:20]
    except csv.Error:
        return 0
    return min((len(line) for line in lines[:1]), default=0)


def _trimmed(rows: Sequence[tuple[str, ...]]) -> tuple[int, list[tuple[str, ...]]]:
    """Without the lines of at most one cell above the header; and the header's line."""
    first = next((n for n, row in enumerate(rows) if sum(bool(c.strip()) for c in row) > 1), None)
    return (0, []) if first is None else (first + 1, list(rows[first:]))


def _dialect(name: str, got: str | Text, expected: str | Text, severity: str) -> Finding:
    return finding_of("V-CSV", severity, name, 0, "", got, expected, _AS_CSV)
