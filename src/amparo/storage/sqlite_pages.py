"""A journal's file as pages: copied while others write it, and every page read back.

A page ends in a checksum (SQLite's cksumvfs), which is computed as the page is written to the file.
Whether to do so is read from page 1 of that same file, so page 1 must be there before any other:
a copy is much larger than the cache, and most of its pages leave the cache before its end.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import apsw
from apsw import sqlite_extra

from amparo.errors import Unsound

CHECKSUM_BYTES = 8
COPIED_AT_ONCE = 256
READ_AT_ONCE = 64
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100  # https://www.sqlite.org/fileformat.html#the_database_header
_NAMED = 5

Advance = Callable[[int, int | None], None]
"""Pages done, of how many."""


@functools.cache
def load_checksums() -> bool:
    """Let this process write and verify the checksums of pages; whether it can."""
    if not sqlite_extra.has("cksumvfs"):
        return False
    with closing(apsw.Connection(":memory:")) as connection:
        sqlite_extra.load(connection, "cksumvfs")
    return True


def copy_pages(source: apsw.Connection, path: Path, advance: Advance) -> None:
    """Copy a database into a new file, page by page; durable only once the file was synced.

    Call it inside a snapshot of the source: otherwise every commit of another process begins the
    copy anew, and under load it never ends.
    """
    with closing(apsw.Connection(str(path))) as target:
        target.reserve_bytes("main", source.reserve_bytes("main"))
        for name, value in (
            ("page_size", source.pragma("page_size")),
            ("journal_mode", "off"),  # a copy that fails is removed, never rolled back
            ("synchronous", "off"),
            ("user_version", 1),  # writes page 1, and will be overwritten by the source's
        ):
            target.pragma(name, value)
        with target.backup("main", source, "main") as copying:
            while not copying.done:
                copying.step(COPIED_AT_ONCE)
                advance(copying.page_count - copying.remaining, copying.page_count)


def check_pages(path: Path, advance: Advance) -> None:
    """Read every page from the disk and verify its checksum; `Unsound` names the damaged ones.

    This process must not have the file open elsewhere (closing it here would end SQLite's locks on
    it), and it must have been synced. Pages of a journal that has no checksums are not verified
    here but by SQLite's own check of the structure.
    """
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # not what memory holds
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
            raise _damaged(path, "it does not begin as a database does")
        page_bytes = int.from_bytes(header[16:18])
        pages = int.from_bytes(header[28:32])
        if (size := os.fstat(file.fileno()).st_size) != pages * page_bytes:
            raise _damaged(path, f"it has {size:,} bytes instead of {pages * page_bytes:,}")
        if header[20] == CHECKSUM_BYTES and load_checksums():
            file.seek(0)
            _verify(file, page_bytes, pages, advance)
            return
    _check_structure(path)


def _verify(file: BinaryIO, page_bytes: int, pages: int, advance: Advance) -> None:
    damaged = []
    with closing(apsw.Connection(":memory:")) as connection:
        for first in range(0, pages, READ_AT_ONCE):
            body = file.read(READ_AT_ONCE * page_bytes)
            for at in range(0, len(body), page_bytes):
                page = body[at : at + page_bytes]
                if connection.execute("SELECT verify_checksum(?)", (page,)).get != 1:
                    damaged.append(first + at // page_bytes + 1)  # SQLite counts pages from 1
            advance(min(first + READ_AT_ONCE, pages), pages)
    if damaged:
        named = ", ".join(map(str, damaged[:_NAMED])) + (", …" if len(damaged) > _NAMED else "")
        raise _damaged(
            Path(file.name),
            f"{len(damaged):,} of {pages:,} pages have a wrong checksum: page {named} "
            f"(a page has {page_bytes:,} bytes)",
        )


def _check_structure(path: Path) -> None:
    try:
        with closing(apsw.Connection(str(path))) as connection:
            found = connection.pragma("integrity_check")
    except (apsw.CorruptError, apsw.NotADBError) as error:
        found = error
    if found != "ok":
        raise _damaged(path, str(found))


def _damaged(path: Path, why: str) -> Unsound:
    return Unsound(
        "This copy of a journal is damaged.",
        why=f"{path}: {why}",
        fix="Use another backup, and keep this one until it is clear what damaged it.",
    )
