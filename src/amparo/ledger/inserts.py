"""Few, large inserts (docs/decisions/0004).

Each step of SQLite gives up the interpreter's lock and must regain it from a busy event loop: row
by row that costs more than the writing.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from itertools import chain

import apsw

Value = int | bytes | str | None
"""What is handed to a query."""

_CHUNKS = (500, 50, 1)


def insert_many(
    db: apsw.Connection, table: str, rows: Sequence[tuple[Value, ...]], *, otherwise: str = ""
) -> None:
    """Insert rows in the order given, up to 500 a statement; `otherwise` as in ON CONFLICT."""
    place = f"({', '.join('?' * len(rows[0]))})" if rows else ""
    at = 0
    for chunk in _CHUNKS:
        statement = f"INSERT INTO {table} VALUES {', '.join([place] * chunk)} {otherwise}"
        while len(rows) - at >= chunk:
            db.execute(statement, tuple(chain.from_iterable(rows[at : at + chunk])))
            at += chunk
