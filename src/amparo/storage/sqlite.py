"""A journal in one file: SQLite, durable with WAL and synchronous=FULL.

SQLite before 3.51.3 can corrupt a WAL database that several connections write and checkpoint at
once; apsw carries a newer one, and nothing here may open the journal in another way.

Each page of a journal carries a checksum (SQLite's own cksumvfs), so that a bit that flips on disk
is an error at the next reading and never an entry that somebody signs. A journal of an older
version has none, and is read as before.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Any

import apsw

from amparo.errors import AmparoError, Missing, Text, Unavailable, Unsound
from amparo.storage import durable
from amparo.storage.database import Rows, Value
from amparo.storage.fair_lock import turns
from amparo.storage.sqlite_pages import CHECKSUM_BYTES, Advance, copy_pages, load_checksums

PAGE_BYTES = 16_384  # an event has some 2 kB: several a page, and few writes a commit
CACHE_KIB = 64 * 1024
EMPTYING_SECONDS = 15.0
_BUSY_SECONDS = 10
_FIRST_SOUND_SQLITE = (3, 51, 3)
_DISK = (
    apsw.FullError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ExtensionLoadingError,
)
_CHUNKS = tuple(1 << power for power in range(9, -1, -1))  # 512 rows, 256, … 1


class _Cursor(apsw.Cursor):
    """A cursor whose troubles with the disk are told as ours, whichever row they come with."""

    def __next__(self) -> Any:
        try:  # not `_translated`: this is done for each row
            return super().__next__()
        except apsw.Error as error:
            _tell(error, self.connection)
            raise

    def fetchone(self) -> Any:
        with _translated(self.connection):
            return super().fetchone()

    def fetchall(self) -> Any:
        with _translated(self.connection):
            # apsw asks `__next__` for each row, ours as well: asked for its own, it is not Python
            return [*iter(functools.partial(_next_row, self), None)]

    @property
    def get(self) -> Any:
        with _translated(self.connection):
            return super().get


_next_row = apsw.Cursor.__next__


class Sqlite:
    """One connection to a journal's file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        version = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))
        if version < _FIRST_SOUND_SQLITE:
            raise Unsound(
                "This SQLite could damage the journal.",
                why=Text(
                    "it is {version}; 3.51.3 mended its write-ahead log",
                    version=apsw.sqlite_lib_version(),
                ),
                fix="Set up the environment again with `make .venv`.",
            )
        flags = apsw.SQLITE_OPEN_READWRITE | (0 if read_only else apsw.SQLITE_OPEN_CREATE)
        if read_only and not path.exists():
            raise Missing(
                "This node has no journal.",
                why=Text("{path} does not exist", path=str(path)),
                fix="Start the node once with `amparo serve`, or name another folder.",
            )
        self._within = False
        self._turns = turns(path)
        fresh = not path.exists() or not path.stat().st_size  # a crash may leave it empty
        try:
            sums = load_checksums()
            if fresh and not read_only:
                durable.make_private(path)  # SQLite gives the files beside it the same mode
            self.connection = apsw.Connection(str(path), flags=flags)
            self.connection.set_busy_timeout(_BUSY_SECONDS * 1000)
            if fresh and sums:
                self.connection.reserve_bytes("main", CHECKSUM_BYTES)
            elif self.connection.reserve_bytes("main") == CHECKSUM_BYTES and not sums:
                raise Unsound(
                    "This journal's pages carry sums that this installation cannot keep.",
                    why="SQLite's cksumvfs is not in it; writing without would look like damage",
                    fix="Install apsw from its wheel, as `make .venv` does.",
                )
            self._set_up(read_only=read_only)
        except apsw.Error as error:
            if (trouble := _trouble(error, str(path))) is None:
                raise
            raise trouble from error
        self.connection.cursor_factory = _Cursor
        self.changes = self.connection.changes
        self.close = self.connection.close

    def _set_up(self, *, read_only: bool) -> None:
        for name, value in (
            ("page_size", PAGE_BYTES),  # heeded by a new file only
            ("journal_mode", "wal"),
            ("synchronous", "full"),
            ("foreign_keys", "on"),
            ("secure_delete", "on"),
            ("wal_autocheckpoint", 4000),
            ("cache_size", -CACHE_KIB),
        ):
            self.connection.pragma(name, value)
        if read_only:
            self.connection.pragma("query_only", "on")

    def execute(self, query: str, values: Sequence[Value] = ()) -> Rows:
        self._check_is_there()
        try:  # not `_translated`: small commits ask ten times, and wait for each
            return self.connection.execute(query, values)
        except apsw.Error as error:
            _tell(error, self.connection)
            raise

    def executemany(self, query: str, values: Iterable[Sequence[Value]]) -> object:
        self._check_is_there()
        with _translated(self.connection):
            return self.connection.executemany(query, values)

    def _check_is_there(self) -> None:
        """Raise where SQLite has taken the transaction back by itself, as a full disk makes it do.

        Whoever goes on after the error would else write beside it, a statement at a time.
        """
        if self._within and not self.connection.in_transaction:
            raise Unavailable(
                "The journal could not be written or read.",
                why="all that belongs together with this was taken back",
                fix="Try again; nothing of it was kept.",
            )

    def insert_many(
        self, table: str, rows: Sequence[Sequence[Value]], *, otherwise: str = ""
    ) -> None:
        """Few, large inserts (docs/decisions/0004).

        Each step of SQLite gives up the interpreter's lock and must regain it from a busy event
        loop: row by row that costs more than the writing.
        """
        at = 0
        for chunk in _CHUNKS:
            while len(rows) - at >= chunk:
                statement = _insert(table, len(rows[0]), chunk, otherwise)
                self.execute(statement, tuple(chain.from_iterable(rows[at : at + chunk])))
                at += chunk

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._turns.turn():
            self.execute("BEGIN IMMEDIATE")
            self._within = True
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.execute("ROLLBACK")
                raise
            finally:
                self._within = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.execute("COMMIT")

    def stream(self, query: str, batch: int) -> Iterator[list[tuple[Any, ...]]]:
        rows = iter(self.execute(query))
        while some := list(islice(rows, batch)):
            yield some

    def tables(self) -> list[str]:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        return [str(name) for (name,) in self.execute(query)]

    def columns(self, table: str) -> list[str]:
        return [str(row[1]) for row in self.execute(f"PRAGMA table_info({table})")]

    def create(self, script: str) -> None:
        self.execute(script)

    def renumber(self) -> None:
        """SQLite numbers on from the largest there is."""

    def publishing(self) -> AbstractContextManager[None]:
        """The lock in the node's folder is enough: nobody else can reach the file."""
        return nullcontext()

    def copying(self) -> AbstractContextManager[None]:
        """As for publishing."""
        return nullcontext()

    def copy(self, path: Path, advance: Advance) -> None:
        """Copy the journal into a new file, within `snapshot`."""
        with _translated(self.connection):
            copy_pages(self.connection, path, advance)

    def read_pages(self, seconds: float) -> bool:
        """Read pages with their sums for so long, `Unsound` at a damaged one; whether it was all.

        No snapshot is held for longer, so that the write-ahead log can be cut meanwhile.
        """
        until = time.monotonic() + seconds
        self.connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        try:
            found = self.execute("PRAGMA quick_check(1)").get
        except apsw.InterruptError:
            return False
        finally:
            self.connection.set_progress_handler(None)
        if found != "ok":
            raise _damaged(self.connection.filename, str(found))
        return True

    def empty_traces(self) -> None:
        """Carry the write-ahead log into the database and cut it to nothing.

        What a row held is overwritten when it goes (`secure_delete`).
        """
        deadline = time.monotonic() + EMPTYING_SECONDS
        while True:
            busy = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").get
            if not (busy[0] if isinstance(busy, tuple) else busy):
                return
            if time.monotonic() > deadline:
                raise Unavailable(
                    "Erased, but traces may be left in the write-ahead log.",
                    why=Text(
                        "another process has kept reading for {number} seconds",
                        number=round(EMPTYING_SECONDS),
                    ),
                    fix="Run the same command again when the node is quieter.",
                )
            time.sleep(0.05)


@functools.lru_cache(maxsize=256)
def _insert(table: str, columns: int, rows: int, otherwise: str) -> str:
    place = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([place] * rows)} {otherwise}"


@contextmanager
def _translated(connection: apsw.Connection) -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        _tell(error, connection)
        raise


def _tell(error: apsw.Error, connection: apsw.Connection) -> None:
    """Raise what a person can act on, if there is anything."""
    if (trouble := _trouble(error, connection.filename)) is not None:
        raise trouble from error


def _trouble(error: apsw.Error, path: str) -> AmparoError | None:
    """What a person can act on; None for an error of our own making."""
    if isinstance(error, apsw.BusyError):
        return Unavailable(
            "The journal is busy.",
            why=Text("another process has held it for {number} seconds", number=_BUSY_SECONDS),
            fix="Try again; if it stays so, end the process that holds it.",
        )
    damaged = getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_DATA
    if damaged or isinstance(error, (apsw.CorruptError, apsw.NotADBError)):
        return _damaged(path, str(error))
    if isinstance(error, apsw.ReadOnlyError):
        return Unavailable(
            "The journal may only be read.",
            why=Text("{path}: {error}", path=path, error=str(error)),
            fix="Let the user that runs Amparo write in the data folder, and see whether its file "
            "system is mounted read-only. What was being kept may be kept or not; sent again, it "
            "is kept once.",
        )
    if isinstance(error, _DISK):
        kind = durable.NoSpace if isinstance(error, apsw.FullError) else Unavailable
        return kind(
            "The journal could not be written or read.",
            why=Text("{path}: the disk is full or fails: {error}", path=path, error=str(error)),
            fix="Make room on the disk of the data folder, or mend it. What was being kept may be "
            "kept or not; sent again, it is kept once.",
        )
    return None


def _damaged(path: str, why: str) -> Unsound:
    return Unsound(
        "The journal is damaged.",
        why=Text("{path}: {error}", path=path, error=why),
        fix="Stop the node and put the file back from the newest backup (`amparo restore`).",
    )
