"""Which cases are about one matter. An erasure of one of them leaves it: numbers of cases alone.

A matter is named after one of its cases. Two matters become one where a statement answers reports
of both.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any
from uuid import UUID

from amparo.storage.database import upsert
from amparo.storage.journal import Journal


def others(journal: Journal, case_id: UUID) -> tuple[UUID, ...]:
    """The other cases of the matter of a case, the oldest first."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id FROM matter WHERE matter = (SELECT matter FROM matter WHERE case_id = ?1) "
        "AND case_id <> ?1 ORDER BY case_id",
        (case_id.bytes,),
    ).fetchall()
    return tuple(UUID(bytes=bytes(row[0])) for row in rows)


def unite(journal: Journal, first: UUID, second: UUID) -> None:
    """Make one matter of those of two cases, inside a transaction."""
    names = [_name(journal, case_id) for case_id in (first, second)]
    name, given_up = sorted(names)
    for case_id in (first, second):
        upsert(
            journal.db,
            "matter",
            ("case_id",),
            {"case_id": case_id.bytes, "matter": name},
        )
    journal.db.execute("UPDATE matter SET matter = ? WHERE matter = ?", (name, given_up))


def _name(journal: Journal, case_id: UUID) -> bytes:
    found = journal.db.execute("SELECT matter FROM matter WHERE case_id = ?", (case_id.bytes,)).get
    return case_id.bytes if found is None else bytes(found)
