"""A daily dump, written as the EU database writes its own.

    sor-SLUG-DAY-VERSION.zip             stored; beside it the same name with .sha1
      ...-00000.csv.zip                  a part of a million statements
        ...-00000-00000.csv              a piece of 100,000, deflated: header, LF, none at its end

A cell is quoted when it holds a comma, a quote, a backslash, a blank, a tab or a line end, and no
other is. In one point readers are spared what the database does: a quote after a backslash is
doubled like any other, since only a reader that was made for the database finds the end of such a
cell. The same rows give the same bytes: members bear the morning after their day.

Source: the EU DSA Transparency Database, dumps since 8 April 2024.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from amparo.observatory.lake.ingest import write
from amparo.observatory.lake.schema import COLUMNS

PART_ROWS, PIECE_ROWS = 1_000_000, 100_000
FULL_ONLY = frozenset(
    {
        "illegal_content_explanation",
        "incompatible_content_explanation",
        "territorial_scope",
        "decision_facts",
    }
)
"""Columns that light dumps leave out."""
Version = Literal["full", "light"]
_QUOTED = re.compile(r'[,"\\ \t\r\n]')


class DumpWriter:
    """One day's dump, row by row; it is there under its name once it is closed, and not before.

    Memory does not grow with the day; the disk holds one part besides what is written.
    """

    def __init__(self, folder: Path, slug: str, day: date, version: Version) -> None:
        """`slug`: `global`, or a platform's name in lower case with dashes."""
        self.path = folder / f"sor-{slug}-{day}-{version}.zip"
        self.rows = 0
        self._columns = [name for name in COLUMNS if version == "full" or name not in FULL_ONLY]
        self._morning = day + timedelta(days=1)
        self._unfinished = self.path.with_name(f".{self.path.name}.new")
        self._part, self._inner = self._new_part()
        self._piece = self._new_piece()
        # Last: until it is made, nothing is left behind where the disk is full.
        self._outer = zipfile.ZipFile(self._unfinished, "w", zipfile.ZIP_STORED)

    def add(self, cells: Mapping[str, Any]) -> None:
        """Write one statement; only what is a column of the dump is taken of it."""
        if self.rows and self.rows % PIECE_ROWS == 0:
            self._piece.close()
            if self.rows % PART_ROWS == 0:
                self._end_part()
                self._part, self._inner = self._new_part()
            self._piece = self._new_piece()
        texts = [_quoted(_cell(cells.get(name))) for name in self._columns]
        self._piece.write(("\n" + ",".join(texts)).encode())
        self.rows += 1

    def close(self) -> None:
        """Finish the dump and write its digest beside it; where that fails, leave nothing of it."""
        try:
            self._finish()
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing of it, also on a disk on which nothing can be written any more."""
        self._unfinished.unlink(missing_ok=True)
        for open_file in (self._piece, self._inner, self._part, self._outer):
            with suppress(OSError, ValueError):  # each writes its rest, and it is gone already
                open_file.close()

    def _finish(self) -> None:
        if self.rows == 0:
            self._piece.write(b"\n")  # as in the database's own pieces without a row
        self._piece.close()
        self._end_part()
        self._outer.close()
        with self._unfinished.open("rb") as file:
            digest = hashlib.file_digest(file, "sha1").hexdigest()
            os.fsync(file.fileno())
        digest_path(self.path).unlink(missing_ok=True)  # never a digest of other bytes beside it
        self._unfinished.rename(self.path)
        write(digest_path(self.path), f"{digest}  {self.path.name}".encode())

    def _new_part(self) -> tuple[IO[bytes], zipfile.ZipFile]:
        packed = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115 - until the part ends
        return packed, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED)

    def _new_piece(self) -> IO[bytes]:
        part, place = divmod(self.rows, PART_ROWS)
        name = f"{self.path.stem}-{part:05d}-{place // PIECE_ROWS:05d}.csv"
        piece = self._inner.open(self._member(name, zipfile.ZIP_DEFLATED), "w")
        piece.write(",".join(self._columns).encode())
        return piece

    def _end_part(self) -> None:
        self._inner.close()
        number = max(0, self.rows - 1) // PART_ROWS
        name = f"{self.path.stem}-{number:05d}.csv.zip"
        with self._part, self._outer.open(self._member(name, zipfile.ZIP_STORED), "w") as stored:
            self._part.seek(0)
            shutil.copyfileobj(self._part, stored)

    def _member(self, name: str, method: int) -> zipfile.ZipInfo:
        morning = self._morning
        info = zipfile.ZipInfo(name, (morning.year, morning.month, morning.day, 6, 0, 0))
        info.compress_type = method
        return info


def digest_path(dump: Path) -> Path:
    """Where a dump's SHA-1 stands."""
    return dump.with_name(f"{dump.name}.sha1")


def _cell(value: Any) -> str:
    """A value as the database writes it; what is absent is empty."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return f"{value} 00:00:00"
    if isinstance(value, list | tuple):
        return msgspec.json.encode(value).decode()
    return str(value).replace("\n", " ")


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell
