"""What a case is about in the source that its decision came from, as that source calls it.

Where the source can be looked at, it lies with the looks (`read_back_schedule`). Of one that only
tells (Coop) it lies with the item, so that the same case can be looked at elsewhere: at a page, or
by the platform's state endpoint. It is never public, and is erased with the case.
"""

# SPDX-License-Identifier: Apache-2.0

from uuid import UUID

from amparo.storage.journal import Journal

KNOWN = (
    "(SELECT case_id, connector, subject FROM read_back UNION ALL "
    "SELECT case_id, connector, record FROM connector_item "
    "WHERE state = 'stated' AND record <> '' AND case_id IS NOT NULL)"
)
"""Case, connection, and what the case is about there; to be read in a query."""


def subject_of(journal: Journal, connector: int, case_id: UUID) -> str | None:
    """What a case is about in the source of a connection; None where that does not know it."""
    found = journal.db.execute(
        f"SELECT subject FROM {KNOWN} AS known WHERE connector = ? AND case_id = ?",
        (connector, case_id.bytes),
    ).get
    return None if found is None else str(found)
