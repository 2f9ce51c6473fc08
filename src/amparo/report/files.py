"""A report's files, in and out: CSV of any dialect and encoding, XLSX, folders, zip archives.

Whatever cannot be read is a finding that says what it looks like and what to do, never an
exception. Archives are read in memory and bounded; nothing is unpacked to the disk.
"""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import charset_normalizer
import python_calamine
import xlsxwriter

from amparo.report.forms import PARTS, Part
from amparo.report.table import ERROR, INFO, WARNING, Finding, Sheet

MOST_FILE_BYTES = 32 << 20
MOST_FILES = 2_000
MOST_UNPACKED_BYTES = 256 << 20
MOST_DEPTH = 2
"""Archives within an archive that are looked into."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError),
    *(EOFError, NotImplementedError, RuntimeError, ValueError),
)
"""In what ways zipfile says that an archive is broken, encrypted or of another kind."""
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_LOOKS = {
    b"%PDF": "a PDF",
    b"<htm": "a web page",
    b"<!do": "a web page",
    b"<!DO": "a web page",
    b"<?xm": "XML",
    b"{": "JSON",
    b"[": "JSON",
    b"\x1f\x8b": "a gzip file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8": "a picture",
}


def read(paths: Iterable[Path]) -> tuple[list[Sheet], list[Finding]]:
    """Every table of some files, folders and archives, and what could not be read."""
    sheets: list[Sheet] = []
    lost: list[Finding] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for one in inside:
            if one.is_file():
                name = str(one.relative_to(path.parent if path.is_dir() else one.parent))
                try:
                    body = one.read_bytes() if one.stat().st_size <= MOST_FILE_BYTES * 4 else None
                except OSError as error:
                    lost.append(unreadable(name, str(error.strerror), "Look at its permissions."))
                    continue
                found, missed = sheets_of(name, body)
                sheets += found
                lost += missed
    return sheets, lost


def sheets_of(name: str, body: bytes | None, depth: int = 0) -> tuple[list[Sheet], list[Finding]]:
    """The tables of one file, by its content; `body` None: too large."""
    if body is None:
        return [], [unreadable(name, "it is larger than any report", "Send the CSV parts alone.")]
    if not body.strip():
        return [], [unreadable(name, "it is empty", "Export it again.")]
    if body.startswith(b"PK\x03\x04") and not name.lower().endswith((".xlsx", ".xlsm", ".ods")):
        return _archive(name, body, depth)
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _workbook(name, body)
    for beginning, looks in _LOOKS.items():
        if body.lstrip()[: len(beginning)] == beginning:
            fix = "Publish the CSV parts of the template; a reader cannot count what is only shown."
            return [], [unreadable(name, f"it looks like {looks}", fix)]
    return _text(name, body)


def write_csv(part: Part, rows: Sequence[Sequence[str]]) -> bytes:
    """A part as the template asks: UTF-8 without a mark, CRLF, quoted only where it must be."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(part.columns)
    writer.writerows(rows)
    return out.getvalue().encode()


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """An archive with the same bytes for the same content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(
                zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED
            )
    return made.getvalue()


def write_xlsx(parts: Mapping[int, Sequence[Sequence[str]]]) -> bytes:
    """A workbook for people: one sheet a part, the header held, numbers as numbers."""
    made = io.BytesIO()
    # Without formulas and links: a cell's text is never run, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, options) as book:
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


def unreadable(name: str, looks: str, fix: str) -> Finding:
    """What is said of a file that is no table."""
    return Finding("V-CSV", ERROR, name, 0, "", looks, "a CSV part of the template", fix)


def _archive(name: str, body: bytes, depth: int) -> tuple[list[Sheet], list[Finding]]:
    if depth >= MOST_DEPTH:
        return [], [unreadable(name, "an archive within archives", "Unpack it once.")]
    sheets: list[Sheet] = []
    lost: list[Finding] = []
    left = MOST_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for one in archive.infolist()[:MOST_FILES]:
                inner = f"{name.rpartition('.')[0]}/{one.filename or 'without a name'}"
                base = inner.rpartition("/")[2]
                if not base or base.startswith(".") or "__MACOSX" in inner:
                    continue
                with archive.open(one) as file:
                    content = file.read(min(left, MOST_FILE_BYTES) + 1)
                left -= len(content)
                if left < 0:
                    return sheets, [*lost, unreadable(name, "it unpacks to more than any report",
                                                      "Send the CSV parts alone.")]  # fmt: skip
                too_large = len(content) > MOST_FILE_BYTES
                found, missed = sheets_of(inner, None if too_large else content, depth + 1)
                sheets += found
                lost += missed
            if len(archive.infolist()) > MOST_FILES:
                lost.append(unreadable(name, f"more than {MOST_FILES} files", "Send fewer."))
    except _BROKEN as error:
        lost.append(unreadable(name, f"a broken archive: {error}"[:200], "Pack it again."))
    return sheets, lost


def _workbook(name: str, body: bytes) -> tuple[list[Sheet], list[Finding]]:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(body))
        sheets = []
        for title in book.sheet_names:
            rows = [tuple(_cell(cell) for cell in row) for row in book.get_sheet_by_name(title)
                    .to_python()]  # fmt: skip
            rows = _trimmed(rows)
            if rows:
                sheets.append(Sheet(f"{name}/{title}", tuple(rows)))
    except (python_calamine.CalamineError, *_BROKEN) as error:
        fix = "Save it again as .xlsx, or as CSV parts."
        return [], [unreadable(name, f"a workbook that cannot be read: {error}"[:200], fix)]
    note = Finding(
        "V-CSV", WARNING, name, 0, "", "a workbook", "CSV parts",
        "The template is CSV; publish that beside the workbook.",
    )  # fmt: skip
    return [sheet._replace(notes=(note,)) if n == 0 else sheet for n, sheet in enumerate(sheets)], (
        [] if sheets else [unreadable(name, "an empty workbook", "Export it again.")]
    )


def _text(name: str, body: bytes) -> tuple[list[Sheet], list[Finding]]:
    notes = []
    try:
        text = body.decode("utf-8-sig")
        if body.startswith(b"\xef\xbb\xbf"):
            notes.append(_dialect(name, "a byte-order mark", "UTF-8 without one", INFO))
    except UnicodeDecodeError:
        guessed = charset_normalizer.from_bytes(body).best()
        if guessed is None or (b"\0" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff"))):
            fix = "Export it as CSV in UTF-8."
            return [], [unreadable(name, "bytes in no known encoding", fix)]
        text = str(guessed)
        notes.append(_dialect(name, guessed.encoding, "UTF-8", WARNING))
    sample = text[:64_000]
    delimiter = max(",;\t|", key=lambda one: _fields(sample, one))
    if delimiter != ",":
        notes.append(_dialect(name, repr(delimiter), "a comma between cells", WARNING))
    try:
        csv.field_size_limit(MOST_FILE_BYTES)
        rows = [
            tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        return [], [unreadable(name, f"broken CSV: {error}", "Export it again.")]
    rows = _trimmed(rows)
    if not rows or max(map(len, rows)) < 2:
        return [], [unreadable(name, "text without columns", "Export it as CSV.")]
    return [Sheet(name, tuple(rows), tuple(notes))], []


def _fields(sample: str, delimiter: str) -> int:
    """How many fields the first lines have, at least two each, with this delimiter."""
    try:
        lines = list(csv.reader(io.StringIO(sample), delimiter=delimiter))[:20]
    except csv.Error:
        return 0
    return min((len(line) for line in lines[:1]), default=0)


def _trimmed(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without empty lines before the header; the lines keep their numbers after it."""
    first = next((n for n, row in enumerate(rows) if sum(bool(c.strip()) for c in row) > 1), None)
    return [] if first is None else list(rows[first:])


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _dialect(name: str, got: str, expected: str, severity: str) -> Finding:
    return Finding("V-CSV", severity, name, 0, "", got, expected, "Export it as CSV, UTF-8.")
