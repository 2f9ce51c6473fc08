"""Files of decisions, read as a stream: daily dumps as zip, CSV or Parquet, and JSON Lines.

A dump is a zip of zips of CSV pieces; nothing is unpacked to disk. A line that cannot be read is
yielded with its place and the reason, and costs no other line.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import io
import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from amparo.errors import Malformed, Missing
from amparo.observatory.lake import dialect
from amparo.observatory.lake.dialect import Dialect
from amparo.zip_errors import BROKEN

LINES_LOOKED_AT = 1000
"""At the begin of a file, for how it is written: a day after the 12th is soon among them."""
MOST_LINES_A_RECORD = 200
MOST_LINE_BYTES = 1024 * 1024
MOST_RECORD_CHARACTERS = 128 * 1024
"""Of a record that spans lines, which is read again with each of them; real ones have 30,000."""
MOST_INNER_BYTES = 512 * 1024 * 1024
"""Of an archive within a dump that is packed once more; real ones are stored as they are."""


class Row(NamedTuple):
    """One record of a file: its cells by column, or why it could not be read."""

    place: str
    """File, and line or row in it."""
    cells: Mapping[str, Any] | None
    raw: str
    problem: str | None = None
    fix: str = "Mend the row by hand."


def rows(path: Path, advance: Callable[[int, int | None], None] = lambda *_: None) -> Iterator[Row]:
    """Every record of a file. Its kind is told by its content, then by its name."""
    if not path.is_file():
        raise Missing(
            f"There is no file {path}.",
            why="nothing can be read there",
            fix="Name a daily dump (.zip), a piece of one (.csv), a .parquet or a .jsonl file.",
        )
    with path.open("rb") as file:
        start = file.read(4)
    if start == b"PK\x03\x04":
        yield from _zip_rows(path, advance)
    elif start == b"PAR1":
        yield from _parquet_rows(path, advance)
    elif start.lstrip()[:1] == b"{" or path.suffix in (".jsonl", ".ndjson"):
        with path.open("rb") as file:
            yield from _json_rows(file, path.name, advance, path.stat().st_size)
    else:
        with path.open("rb") as file:
            yield from csv_rows(file, path.name, advance, path.stat().st_size)


def is_submission(row: Row) -> bool:
    """Whether a record already has the API's form (JSON Lines) and not a dump's."""
    return row.cells is not None and "platform_uid" not in row.cells


def _zip_rows(path: Path, advance: Callable[[int, int | None], None]) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as outer:
            total = sum(member.compress_size for member in outer.infolist())
            done = 0
            if not any(name.endswith((".csv", ".zip")) for name in outer.namelist()):
                raise no_dump(path.name, outer.namelist())
            for member in sorted(outer.infolist(), key=lambda m: m.filename):
                with outer.open(member) as body:
                    if member.filename.endswith(".zip"):
                        yield from _inner_rows(body, member)
                    elif member.filename.endswith(".csv"):
                        yield from csv_rows(body, member.filename)
                done += member.compress_size
                advance(done, total)
    except BROKEN as error:
        raise _broken_zip(path.name, error) from None


def _inner_rows(body: IO[bytes], member: zipfile.ZipInfo) -> Iterator[Row]:
    name = member.filename
    try:
        with zipfile.ZipFile(_seekable(body, member)) as inner:
            for piece_name in sorted(inner.namelist()):
                with inner.open(piece_name) as piece:
                    yield from csv_rows(piece, f"{name}/{piece_name}")
    except BROKEN as error:
        yield Row(name, None, "", f"this part of the dump is cut or damaged: {error}")


def _seekable(body: IO[bytes], member: zipfile.ZipInfo) -> IO[bytes]:
    """A member as it is stored, or unpacked in memory: a step back would unpack it anew."""
    if member.compress_type == zipfile.ZIP_STORED and body.seekable():
        return body
    whole = body.read(MOST_INNER_BYTES + 1)
    if len(whole) > MOST_INNER_BYTES:
        raise zipfile.BadZipFile(f"it unpacks to more than {MOST_INNER_BYTES:,} bytes")
    return io.BytesIO(whole)


def csv_rows(
    body: IO[bytes],
    name: str,
    advance: Callable[[int, int | None], None] = lambda *_: None,
    total: int | None = None,
) -> Iterator[Row]:
    """Records of one CSV piece; cells may hold line feeds, so a record may span lines."""
    first = _first_lines(body)
    written = dialect.header(first)
    if written is None:
        yield _no_header(name, first, body)
        return
    written = written.ordered(first[written.lines :])
    number, held, began, done = 0, "", 0, 0
    for line in itertools.chain(first, iter(functools.partial(_line, body), "")):
        number += 1
        done += len(line)
        if number <= written.lines or (not held and dialect.is_blank(line)):
            continue
        if number % 1000 == 0:
            advance(done, total)
        began = began if held else number
        text = held + line
        read = None if _is_open(text) else written.cells(text)
        if read is not None:
            yield _row(f"{name}:{began}", written, read, text)
            held = ""
        elif _may_go_on(text, number - began):
            held = text
        else:
            yield from _set_aside(name, began, text, written)
            held = ""
    if held:
        yield from _set_aside(name, began, held, written)
    advance(done, total)


def _first_lines(body: IO[bytes]) -> list[str]:
    """As many lines as tell how a file is written."""
    found: list[str] = []
    size = 0
    while size < MOST_LINE_BYTES and len(found) < LINES_LOOKED_AT and (line := _line(body)):
        found.append(line)
        size += len(line)
    return found


def _no_header(name: str, first: list[str], body: IO[bytes]) -> Row:
    below = max(0, len(first) - 1) + sum(1 for _ in iter(functools.partial(_line, body), ""))
    why = (
        f"the first line is not the header of a dump; lines below it that were not read: {below:,}"
    )
    return Row(
        f"{name}:1",
        None,
        next((line.strip() for line in first if line.strip()), "")[:500],
        why,
        "Export it with the names of the columns in its first line, from uuid to created_at, "
        "separated by commas, semicolons, tabs or |.",
    )


def _row(place: str, written: Dialect, cells: list[str], text: str) -> Row:
    row, problem = written.row(cells)
    return Row(place, row, text) if problem is None else Row(place, None, text, problem)


def _set_aside(name: str, began: int, text: str, written: Dialect) -> Iterator[Row]:
    """A record that cannot be read; lines that were joined to it are given their own chance."""
    why = f"it cannot be read as {len(written.columns)} cells that end in a time"
    first, *rest = text.removesuffix("\n").split("\n")
    yield Row(f"{name}:{began}", None, first, why)
    for number, line in enumerate(rest, began + 1):
        read = written.cells(line)
        if read is None:
            yield Row(f"{name}:{number}", None, line, why)
        else:
            yield _row(f"{name}:{number}", written, read, line)


def _may_go_on(text: str, lines: int) -> bool:
    """Whether a quote is still open at the end, so that the next line may belong to the record."""
    within = lines < MOST_LINES_A_RECORD and len(text) < MOST_RECORD_CHARACTERS
    return within and text.count('"') % 2 == 1


def _is_open(text: str) -> bool:
    """Whether a quote is open in both readings, so that nothing can be read yet."""
    return text.count('"') % 2 == 1 and '\\"' not in text


def _line(body: IO[bytes]) -> str:
    """The next line with its end; nothing at the end of the file."""
    return body.readline(MOST_LINE_BYTES).decode("utf-8", "replace")


def _json_rows(
    body: IO[bytes], name: str, advance: Callable[[int, int | None], None], total: int
) -> Iterator[Row]:
    number = done = 0
    while raw := body.readline(MOST_LINE_BYTES):
        number += 1
        done += len(raw)
        if number % 1000 == 0:
            advance(done, total)
        if not raw.strip():
            continue
        place, text = f"{name}:{number}", raw.decode("utf-8", "replace")
        try:
            read = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Row(place, None, text, f"it is not JSON: {error}")
            continue
        if isinstance(read, dict):
            yield Row(place, read, text)
        else:
            yield Row(place, None, text, "it is not a JSON object")
    advance(done, total)


def _parquet_rows(path: Path, advance: Callable[[int, int | None], None]) -> Iterator[Row]:
    import duckdb  # noqa: PLC0415 - 66 MB that only this form needs

    try:
        with duckdb.connect() as database:
            found = database.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
            total = found[0] if found else None
            table = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
            names = [column[0] for column in table.description or ()]
            number = 0
            while values := table.fetchmany(1000):
                for row in values:
                    number += 1
                    cells = {n: _plain(v) for n, v in zip(names, row, strict=True)}
                    yield Row(f"{path.name}:{number}", cells, "")
                advance(number, total)
    except duckdb.Error as error:
        raise Malformed(
            f"{path.name} cannot be read as Parquet.",
            why=str(error).splitlines()[0],
            fix="Fetch the file again; it may be cut.",
        ) from None


def _plain(value: Any) -> Any:
    """A Parquet value as a dump's cell would say it; dates and times as text."""
    return value if value is None or isinstance(value, (str, list)) else str(value)


def no_dump(name: str, inside: Iterable[str]) -> Malformed:
    """What is said of a zip that holds no piece; `inside`: what it does hold."""
    is_workbook = "[Content_Types].xml" in inside
    return Malformed(
        f"{name} holds no rows of a dump.",
        why="it is a workbook" if is_workbook else "there is neither a CSV piece nor a zip in it",
        fix="Save its sheet as CSV in UTF-8, and name that."
        if is_workbook
        else "Name a daily dump, or one of its pieces.",
    )


def _broken_zip(name: str, error: Exception) -> Malformed:
    return Malformed(
        f"{name} cannot be read as a zip.",
        why=str(error),
        fix="Fetch the file again and compare its SHA-1 with the one published beside it.",
    )
