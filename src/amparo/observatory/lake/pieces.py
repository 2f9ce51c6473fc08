r"""One CSV piece of a daily dump (at most some 100,000 rows), read into a typed table.

The fast reader is pyarrow's. It would fail on, or silently misread, what the real dialect holds: a
backslash before a quote, a line end in a cell, a row too short. So lines with a backslash before
a quote are read apart by the tolerant reader (`dialect`), and a row that the fast reader refuses
is too; when such a row may be part of a longer record, or another program than the database wrote
the piece, the whole of it is read as `amparo import` reads it. A row that nobody can read is set
aside with its place and the reason, and costs no other row.
"""

# SPDX-License-Identifier: Apache-2.0

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from amparo.observatory.lake import dialect, dumps, schema
from amparo.observatory.lake.dialect import Dialect

_ESCAPED_QUOTE = b'\\"'
_ROWS_AT_ONCE = 10_000  # as Python values; a file that was saved again may have a million
_BLOCK_BYTES = 2 * 1024 * 1024  # what the processor's cache holds: twice as fast as the whole
_REPLACED = "\ufffd"


class Aside(NamedTuple):
    """A row that cannot be used: where it stands, why, and its text."""

    place: str
    why: str
    raw: str


class Piece(NamedTuple):
    """What a piece held."""

    table: pa.Table
    aside: list[Aside]
    notes: list[str]
    """What was tolerated: unknown columns, broken bytes, cells that are no date."""


def read(raw: bytes | bytearray, name: str) -> Piece:
    """Read one piece; `name` is told in places."""
    notes: list[str] = []
    whole = _as_utf8(memoryview(raw), notes)
    text: bytes | bytearray = whole.obj  # type: ignore[assignment]  # what it is a view of
    end = text.find(b"\n") if b"\n" in text else len(text)
    written = dialect.header([text[:end].decode()])
    if written is not None and written.is_plain:
        table, aside = _rows(whole, end + 1, written, name)
        typed, lost = schema.typed(_known(table))
        if any(dialect.is_foreign_day(cell) for cells in lost.values() for cell in cells):
            table, aside = _tolerant(whole, name)
            typed, lost = schema.typed(_known(table))
    else:
        table, aside = _tolerant(whole, name)
        typed, lost = schema.typed(_known(table))
    if unknown := [column for column in table.column_names if column not in schema.COLUMNS]:
        notes.append(f"columns that no schema knows were left out: {', '.join(unknown)}")
    if "created_at" in lost:
        typed, more = _without_moment(typed, table, name)
        aside += more
        del lost["created_at"]
    notes += [f"{column}: no such value, left empty: {odd[:5]}" for column, odd in lost.items()]
    return Piece(typed, aside, notes)


def _known(table: pa.Table) -> pa.Table:
    return table.select([column for column in table.column_names if column in schema.COLUMNS])


def _as_utf8(body: memoryview, notes: list[str]) -> memoryview:
    if _is_utf8(body):
        return body
    text = str(body, "utf-8", "replace")
    notes.append(f"{text.count(_REPLACED)} bytes that are not UTF-8 were replaced by {_REPLACED}")
    return memoryview(text.encode())


def _is_utf8(body: memoryview) -> bool:
    """Whether all of it is UTF-8, at the speed of Arrow: as one text, without a copy."""
    ends = pa.py_buffer(np.array([0, len(body)], dtype=np.int32))
    whole = pa.Array.from_buffers(pa.binary(), 1, [None, ends, pa.py_buffer(body)])
    try:
        whole.cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _rows(
    whole: memoryview, begin: int, written: Dialect, name: str
) -> tuple[pa.Table, list[Aside]]:
    """The rows that stand from `begin` on."""
    body, columns = whole[begin:], written.columns
    lines: list[bytes] = []
    odd: list[int] = []
    places: list[int] | None = None
    fast: memoryview | bytes = body
    if _holds_an_escaped_quote(body):
        lines = bytes(body).split(b"\n")
        odd = [n for n, line in enumerate(lines) if _ESCAPED_QUOTE in line]
        apart = set(odd)
        places = [n for n in range(len(lines)) if n not in apart]
        fast = b"\n".join(lines[n] for n in places)
    refused: list[tuple[int, str]] = []

    def refuse(row: Any) -> str:
        refused.append((row.number, row.text))
        return "skip"

    try:
        table = _fast(fast, columns, refuse, _BLOCK_BYTES)
    except pa.ArrowInvalid:  # a record that is longer than a block
        refused.clear()
        table = _fast(fast, columns, refuse, len(fast))
    if refused and table.num_rows + len(refused) != _lines(bytes(fast)):
        return _tolerant(whole, name)  # its rows are not our lines: see `_lines`
    retry = [(n, lines[n].decode()) for n in odd]
    retry += [(places[n - 1] if places else n - 1, text) for n, text in refused]
    found: list[Mapping[str, Any]] = []
    aside: list[Aside] = []
    for n, line in retry:
        cells = written.cells(line)
        if cells is not None:
            found.append(dict(zip(columns, cells, strict=True)))
        elif line.count('"') % 2:
            return _tolerant(whole, name)
        else:
            aside.append(Aside(f"{name}:{n + 2}", _why(columns), line))
    if found:
        table = pa.concat_tables([table, schema.from_rows(found, columns)])
    return table.unify_dictionaries(), aside


def _lines(body: bytes) -> int:
    """How many lines there are; the fast reader skips empty ones, and ends one at a bare CR too."""
    return body.count(b"\n") + (body[-1:] not in (b"", b"\n"))


def _holds_an_escaped_quote(body: memoryview) -> bool:
    """One byte is looked for first: that is twenty times faster, and it is rarely there."""
    whole: bytes = body.obj  # type: ignore[assignment]  # made from bytes above
    return b"\\" in whole and _ESCAPED_QUOTE in whole


def _fast(body: memoryview | bytes, columns: Sequence[str], refuse: Any, block: int) -> pa.Table:
    if not len(body):
        return schema.from_rows([], columns)
    return csv.read_csv(
        pa.BufferReader(body),
        read_options=csv.ReadOptions(
            column_names=list(columns), use_threads=False, block_size=block
        ),
        parse_options=csv.ParseOptions(invalid_row_handler=refuse),
        convert_options=csv.ConvertOptions(
            column_types=schema.read_types(columns),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,  # it was checked as a whole
        ),
    )


def _tolerant(whole: memoryview, name: str) -> tuple[pa.Table, list[Aside]]:
    """The whole piece, record by record, as the importer reads it."""
    tables: list[pa.Table] = []
    rows: list[Mapping[str, Any]] = []
    aside: list[Aside] = []
    for row in dumps.csv_rows(io.BytesIO(whole), name):
        if row.cells is not None:
            rows.append(row.cells)
        elif row.raw.strip():
            aside.append(Aside(row.place, row.problem or "it cannot be read", row.raw))
        if len(rows) == _ROWS_AT_ONCE:
            tables.append(schema.from_rows(rows, tuple(rows[0])))
            rows.clear()
    if rows or not tables:
        tables.append(schema.from_rows(rows, tuple(rows[0]) if rows else ()))
    return pa.concat_tables(tables).unify_dictionaries(), aside


def _without_moment(typed: pa.Table, table: pa.Table, name: str) -> tuple[pa.Table, list[Aside]]:
    """Rows whose time of receipt is no time cannot be placed on a day: set aside."""
    lost = pc.and_(pc.is_null(typed["created_at"]), pc.is_valid(table["created_at"]))
    aside = [
        Aside(f"{name}: uuid {row.get('uuid')}", f"no time: {row['created_at']}", str(row))
        for row in table.filter(lost).to_pylist()
    ]
    return typed.filter(pc.invert(lost)), aside


def _why(columns: Sequence[str]) -> str:
    return f"it cannot be read as {len(columns)} cells that end in a time"
