"""One piece of a dump into typed Parquet: the unit of work, for threads and for executors alike.

STAGE/statements/00000.parquet       texts, no identifiers
STAGE/ids/00000.parquet              the identifiers of the same rows, in the same order
STAGE/00000.json                     what was read, set aside and tolerated: the piece is done
"""

# SPDX-License-Identifier: Apache-2.0

import os
import threading
import zipfile
from pathlib import Path

import msgspec
import pyarrow as pa
from pyarrow import parquet

from amparo.errors import AmparoError, Malformed
from amparo.observatory.lake import pieces, reader, schema
from amparo.observatory.lake.pieces import Aside, Piece
from amparo.observatory.lake.reader import Work

_BATCH = 16 * 1024  # rows at a time; with the usual thousand, long lists take a seventh longer

UNREAD = "it cannot be read"
"""What a note says of a piece that is left out."""
NEEDED = ("platform_name", "created_at")

_of_thread = threading.local()


class Done(msgspec.Struct, frozen=True):
    """A piece that is in staging."""

    name: str
    rows: int
    aside: tuple[Aside, ...]
    notes: tuple[str, ...]


def read_piece(todo: Work, stage: Path) -> Done:
    """Read one piece into staging, unless it is there already.

    The mark alone is not enough: a run that ended while it moved the files into place left it.
    """
    mark = stage / f"{todo.number:05d}.json"
    written = [stage / part / f"{todo.number:05d}.parquet" for part in ("statements", "ids")]
    if mark.is_file() and all(path.is_file() for path in written):
        return msgspec.json.decode(mark.read_bytes(), type=Done)
    name = todo.name
    try:
        piece = pieces.read(reader.read(todo, _buffer()), name)
    except (zipfile.BadZipFile, EOFError, pa.ArrowException, AmparoError) as error:
        why = f"{UNREAD}: {error}".splitlines()[0]
        piece = Piece(schema.ARROW.empty_table(), [Aside(name, why, "")], [f"{name}: {why}"])
    write_piece(piece.table, stage, todo.number)
    done = Done(name, piece.table.num_rows, tuple(piece.aside), tuple(piece.notes))
    write(mark, msgspec.json.encode(done))
    return done


def _buffer() -> bytearray:
    """A buffer of this thread, for one piece after the other."""
    if not hasattr(_of_thread, "buffer"):
        _of_thread.buffer = bytearray()
    buffer: bytearray = _of_thread.buffer
    return buffer


def from_parquet(path: Path, stage: Path) -> Done:
    """A published Parquet day: by column names, lists from JSON or as they are."""
    table = _parquet(path)
    known = [name for name in table.column_names if name in schema.COLUMNS]
    typed, lost = schema.typed(schema.as_text(table.select(known)))
    write_piece(typed, stage, 0)
    notes = tuple(f"{column}: no such value, left empty: {odd[:5]}" for column, odd in lost.items())
    return Done(path.name, typed.num_rows, (), notes)


def _parquet(path: Path) -> pa.Table:
    try:
        table = parquet.read_table(path)
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, and not the file's
        raise Malformed(
            f"{path.name} cannot be read as Parquet.",
            why=str(error).splitlines()[0],
            fix="Fetch it again; it may have been cut off.",
        ) from None
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise Malformed(
            f"{path.name} is no day of decisions.",
            why=f"it has no column {', '.join(missing)}",
            fix="Add the file as it was published.",
        )
    return table


def write_piece(table: pa.Table, stage: Path, number: int) -> None:
    """A typed table as a piece in staging."""
    for part, names in (
        ("statements", [name for name in schema.ARROW.names if name not in schema.IDS]),
        ("ids", ["platform_name", *schema.IDS]),
    ):
        (stage / part).mkdir(exist_ok=True)
        target = stage / part / f"{number:05d}.parquet"
        unfinished = target.with_suffix(".new")
        parquet.write_table(
            schema.stored(table.select(names)),
            unfinished,
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in names if name not in schema.IDS],
            write_statistics=["created_at"],
            write_batch_size=_BATCH,
        )
        unfinished.rename(target)


def write(path: Path, body: bytes) -> None:
    """A file that is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    unfinished.write_bytes(body)
    unfinished.rename(path)
