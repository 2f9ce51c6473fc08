"""A file of rows as a stream: CSV in any of its dialects, or JSON Lines. Never all of it at once.

A row that cannot be read is told by its place and costs no other: a cut line, bytes of another
encoding, a quotation mark that nobody closed. What is longer than `MOST_LINE_BYTES` is passed over.
"""

# SPDX-License-Identifier: Apache-2.0

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from amparo.errors import Malformed
from amparo.ledger.connect.ingest import Unreadable

MOST_LINE_BYTES = 1024 * 1024
LOOKED_AT_BYTES = 256 * 1024
"""From which encoding and dialect are told."""
DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8", "utf-16", "cp1252")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_EVERY = 1000

Advance = Callable[[int, int | None], None]


class Form(NamedTuple):
    """How a file is written."""

    is_json: bool
    encoding: str
    delimiter: str
    guessed: bool
    """Whether the encoding is a guess: bytes that are not UTF-8 can be read in several ways."""


class Row(NamedTuple):
    """One row, and where it stands."""

    place: str
    cells: Mapping[str, str]


def form_of(path: Path, *, encoding: str = "", delimiter: str = "") -> Form:
    """How a file is written; told from its beginning where nobody says it."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT_BYTES)
    if not start.strip():
        raise Malformed(
            f"{path} is empty.", why="it has no rows", fix="Export it again, with its header."
        )
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Malformed(
            f"{path} is no CSV.",
            why="it is a workbook or an archive",
            fix="Save its table as CSV, in UTF-8.",
        )
    found = _checked(encoding) if encoding else _encoding(start)
    if len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
        raise _no_option("delimiter", delimiter, "it is one sign, such as ; or \\t")
    text = start.decode(found, "replace")
    is_json = path.suffix in (".jsonl", ".ndjson") or text.lstrip()[:1] == "{"
    return Form(is_json, found, delimiter or _delimiter(text), not encoding and found == "cp1252")


def header(path: Path, form: Form) -> list[str]:
    """The names of a file's columns; of JSON Lines those of its first rows."""
    if form.is_json:
        names: dict[str, None] = {}
        for row, _ in zip(rows(path, form), range(_EVERY), strict=False):
            names |= dict.fromkeys(row.cells if isinstance(row, Row) else ())
        return list(names)
    with path.open("rb") as file:
        try:
            names_ = next(csv.reader(_lines(file, form), delimiter=form.delimiter, strict=True), [])
        except csv.Error as error:
            raise Malformed(
                f"The first line of {path} is no header.",
                why=str(error),
                fix="Export it as CSV, with the names of its columns in the first line.",
            ) from None
    return [name.strip() for name in names_]


def rows(path: Path, form: Form, advance: Advance = lambda *_: None) -> Iterator[Row | Unreadable]:
    """Every row of a file, in order."""
    total = path.stat().st_size
    with path.open("rb") as file:
        reading = _json_rows(file, form) if form.is_json else _csv_rows(file, form)
        for number, row in enumerate(reading):
            if number % _EVERY == 0:
                advance(file.tell(), total)
            yield row
        advance(total, total)


def _csv_rows(file: IO[bytes], form: Form) -> Iterator[Row | Unreadable]:
    reader = csv.reader(_lines(file, form), delimiter=form.delimiter, strict=True)
    names = [name.strip() for name in next(reader, [])]
    while True:
        before = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(_place(before, reader.line_num), _why(str(error)))
            continue
        if not any(cells):
            continue
        place = _place(before, reader.line_num)
        why = _fault(names, cells)
        yield (
            Row(place, dict(zip(names, cells, strict=True)))
            if why is None
            else Unreadable(place, why)
        )


def _fault(names: Sequence[str], cells: Sequence[str]) -> str | None:
    if len(cells) != len(names):
        return f"it has {len(cells)} cells, the header {len(names)}; it may be cut"
    text = "".join(cells)
    if TOO_LONG in text:
        return f"a line of it has more than {MOST_LINE_BYTES:,} bytes"
    if _OTHER_ENCODING.search(text):
        return "it is written in another encoding than the rest"
    return None


TOO_LONG = "\ud800"
"""Stands for a line that was passed over: no text holds it."""
_OTHER_ENCODING = re.compile("[\udc80-\udcff]")


def _lines(file: IO[bytes], form: Form) -> Iterator[str]:
    """Lines of text, each with its end; bytes of another encoding become lone surrogates."""
    if form.encoding.startswith("utf-16"):
        yield from _wide_lines(file, form.encoding)
        return
    first = True
    while raw := file.readline(MOST_LINE_BYTES):
        if len(raw) == MOST_LINE_BYTES and not raw.endswith(b"\n"):
            while (rest := file.readline(MOST_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield TOO_LONG + "\n"
            continue
        encoding = form.encoding if first else form.encoding.removesuffix("-sig")
        yield raw.decode(encoding, "surrogateescape").replace("\0", "")
        first = False


def _wide_lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    start = file.read(2)
    if start not in _BOMS:
        file.seek(0)
    is_big = start == b"\xfe\xff" if encoding == "utf-16" else encoding == "utf-16-be"
    encoding = "utf-16-be" if is_big else "utf-16-le"
    end = "\n".encode(encoding)
    held = b""
    while piece := file.read(MOST_LINE_BYTES):
        *whole, held = _split(held + piece, end)
        for line in whole:
            yield line.decode(encoding, "replace").replace("\0", "")
        if len(held) > MOST_LINE_BYTES:
            held = (TOO_LONG + "\n").encode(encoding, "surrogatepass")
    if held:
        yield held.decode(encoding, "replace").replace("\0", "")


def _split(raw: bytes, end: bytes) -> list[bytes]:
    """At each line feed that stands at the place of a character."""
    found, begin, at = [], 0, raw.find(end)
    while at >= 0:
        if at % 2:
            at = raw.find(end, at + 1)
            continue
        found.append(raw[begin : at + 2])
        begin = at + 2
        at = raw.find(end, begin)
    return [*found, raw[begin:]]


def _json_rows(file: IO[bytes], form: Form) -> Iterator[Row | Unreadable]:
    for number, line in enumerate(_lines(file, form), 1):
        if not line.strip():
            continue
        place = _place(number - 1, number)
        if TOO_LONG in line:
            yield Unreadable(place, f"it has more than {MOST_LINE_BYTES:,} bytes")
            continue
        try:
            read = msgspec.json.decode(line.encode("utf-8", "surrogateescape"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Unreadable(place, f"it is not JSON, or it is cut: {error}")
            continue
        if isinstance(read, dict):
            yield Row(place, {name: _cell(value) for name, value in read.items()})
        else:
            yield Unreadable(place, "it is not a JSON object")


def _cell(value: Any) -> str:
    """A value as a cell of a table says it."""
    if isinstance(value, list):
        return ";".join(_cell(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _why(error: str) -> str:
    if "unexpected end of data" in error:
        return "a quotation mark is never closed; the file may be cut"
    return f"it is no CSV: {error}"


def _place(before: int, after: int) -> str:
    first = before + 1
    return f"line {first}" if after <= first else f"lines {first} to {after}"


def _checked(encoding: str) -> str:
    """An encoding by its usual name; lines are told by a byte, but for those of UTF-16."""
    try:
        name = codecs.lookup(encoding).name
        if name.startswith("utf-16") or b"\n".decode(name, "surrogateescape") == "\n":
            return name
    except (LookupError, ValueError):
        pass
    raise _no_option("encoding", encoding, "it is no encoding that tables are read in")


def _no_option(name: str, value: str, why: str) -> Malformed:
    return Malformed(
        f"The table cannot be read with {name} = {value[:40]!r}.",
        why=why,
        fix="Mend [options] in the mapping, or leave it out: then it is told from the file.",
    )


def _encoding(start: bytes) -> str:
    for mark, encoding in _BOMS.items():
        if start.startswith(mark):
            return encoding
    try:
        start[: start.rfind(b"\n") + 1 or None].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)
