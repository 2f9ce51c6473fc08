"""The database under a journal: SQLite in the node's folder, or PostgreSQL once it is outgrown.

One SQL text serves both: what is common to the two dialects, with `?` and `?1` for
values. What the two do in their own ways (opening, locking, mass inserts, wiping traces) is here
as a method, in `sqlite` and `postgres`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from amparo.errors import Unavailable

Value = int | bytes | str | None
"""What is handed to a query."""

Place = Path | str
"""A journal's file, or the address of a database, `postgresql://…`."""


class Lost(Unavailable):
    """What this process held is gone: its session with its locks, or another has gone ahead.

    Whether what was being committed is kept is not known here: look again with a new connection.
    """


class Rows(Protocol):
    """What a statement answered: rows of plain values."""

    @property
    def get(self) -> Any:
        """The first row, by itself if it is one value; None if there is none."""

    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Database(Protocol):
    """One connection, to be used by one thread at a time."""

    def execute(self, query: str, values: Sequence[Value] = ()) -> Rows:
        """Run one statement."""

    def executemany(self, query: str, values: Iterable[Sequence[Value]]) -> object:
        """Run one statement for each list of values."""

    def insert_many(
        self, table: str, rows: Sequence[Sequence[Value]], *, otherwise: str = ""
    ) -> None:
        """Insert whole rows in the order given; `otherwise` as in ON CONFLICT."""

    def changes(self) -> int:
        """How many rows the last statement inserted, changed or deleted."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, durable when it ends; one writer at a time, all others wait for it."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read within is of one moment."""

    def stream(self, query: str, batch: int) -> Iterator[list[tuple[Any, ...]]]:
        """What a query answers, in batches, and never all of it in memory; within `snapshot`."""

    def tables(self) -> list[str]:
        """The names of all tables, in order."""

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in order."""

    def create(self, script: str) -> None:
        """Run a script of the schema, written in SQLite's dialect."""

    def renumber(self) -> None:
        """Let new rows take the numbers after those that were copied in."""

    def publishing(self) -> AbstractContextManager[None]:
        """Be the one publisher while it lasts, or `Unavailable`; lost with the connection."""

    def copying(self) -> AbstractContextManager[None]:
        """Be the one who makes a backup or clears up after one, or `Unavailable`."""

    def empty_traces(self) -> None:
        """Overwrite what was deleted, as far as the database itself keeps it."""

    def close(self) -> None: ...


def shown(place: Place) -> str:
    """A place as it may be told: an address without user and password."""
    if not isinstance(place, str):
        return str(place)
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def upsert(db: Database, table: str, key: Sequence[str], row: dict[str, Value]) -> None:
    """Insert a row, or change the one that has its key."""
    rest = [name for name in row if name not in key]
    then = ", ".join(f"{name} = excluded.{name}" for name in rest)
    db.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))}) "
        f"ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {then}' if then else 'NOTHING'}",
        tuple(row.values()),
    )
