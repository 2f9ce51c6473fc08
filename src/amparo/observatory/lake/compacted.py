"""The series of all days in one file, so that opening a lake costs what is new.

LAKE/compacted.parquet holds the rows of `daily/*.parquet` in the order in which they are asked for,
each with the file that it is from. What size and time each of those files had stands in the head of
the same file, so that one rename replaces both. A day counts as in it while its file is the same
still; any other is read from its own file, as all are where this one is missing or damaged.
Storage engines of logs call this compaction.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa
from pyarrow import parquet

from amparo.observatory.engine import COLUMNS, NOT_COMPACTED, Compacted

LEAST = 32
"""So many days at the least make it worth while to write it anew, and an eighth of all of them."""
_NAME = "compacted.parquet"
_HEAD = b"amparo.files"
_VERSION = 1

_Stamp = tuple[int, int]
"""Size, and time of the last change in nanoseconds: what differs once a file is replaced."""


class _Head(msgspec.Struct, frozen=True):
    version: int
    files: dict[str, _Stamp]


def read(lake: Path, series: Sequence[Path]) -> Compacted:
    """Which of these files of series are in it as they are now."""
    path = lake / _NAME
    try:
        metadata = parquet.read_metadata(path).metadata or {}
        head = msgspec.json.decode(metadata[_HEAD], type=_Head)
    except (OSError, KeyError, ValueError, pa.ArrowException, msgspec.DecodeError):
        return NOT_COMPACTED
    if head.version != _VERSION:
        return NOT_COMPACTED
    now = _stamps(series)
    same = (file for file in series if file in now and head.files.get(file.stem) == now[file])
    return Compacted(path, frozenset(same))


def is_due(lake: Path, series: Sequence[Path]) -> bool:
    """Whether so many days are not in it that it is worth while to write it anew."""
    loose = len(series) - len(read(lake, series).files)
    return loose >= max(LEAST, len(series) // 8)


def write(lake: Path, series: Sequence[Path]) -> None:
    """Write it anew; for one writer at a time. `OSError` or `duckdb.Error` if it cannot be."""
    for left in lake.glob(f".{_NAME}.*"):  # of one that was ended
        left.unlink(missing_ok=True)
    # First their times, then their rows: what is replaced in between is not taken for the same.
    stamps = {file.stem: stamp for file, stamp in _stamps(series).items()}
    there = [file for file in series if file.stem in stamps]
    head = msgspec.json.encode(_Head(_VERSION, stamps)).decode()
    unfinished = lake / f".{_NAME}.{os.getpid()}-{threading.get_ident()}"
    try:
        _copy(there, unfinished, head)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(lake / _NAME)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _copy(series: Sequence[Path], target: Path, head: str) -> None:
    columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in COLUMNS.items())
    spill = target.parent / "staging" / "spill"
    limits: dict[str, str | bool | int | float | list[str]] = {
        "threads": 2,
        "memory_limit": "512MB",
        "temp_directory": str(spill),
    }
    with duckdb.connect(config=limits) as database:
        database.execute(
            f"COPY (SELECT {columns}, parse_filename(filename, true) AS file "
            f"FROM read_parquet([{', '.join(map(_text, map(str, series)))}], filename = true) "
            f"ORDER BY metric, platform, date) TO {_text(str(target))} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_HEAD.decode()!r}: {_text(head)}}})"
        )


def _stamps(series: Sequence[Path]) -> Mapping[Path, _Stamp]:
    """Of those that are there."""
    found: dict[Path, _Stamp] = {}
    for file in series:
        with suppress(FileNotFoundError):
            stat = file.stat()
            found[file] = (stat.st_size, stat.st_mtime_ns)
    return found


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
