"""When a machine looks whether a remedy was carried out, and at what.

A connector that can ask its source keeps here what a case is about there. Once the platform says
that it is done, looks are due: at once, and later (`case.read_back`). What the source calls it is
never public, and is erased with the case.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from amparo.case.events import Event, RemedyClaimed
from amparo.case.read_back import AFTER
from amparo.connectors import state_endpoint
from amparo.storage.database import Value, upsert
from amparo.storage.journal import Journal


class Due(NamedTuple):
    """A look that is due."""

    case: UUID
    subject: str
    claimed_at: int
    """POSIX seconds."""
    looks: int
    """Its number: of several that are due, as after the node stood still, the last one."""
    made: int
    """How many were made since then."""


def keep(journal: Journal, case_id: UUID, connector: int, subject: str) -> None:
    """Keep what a case is about in its source, inside a transaction."""
    row: dict[str, Value] = {"case_id": case_id.bytes, "connector": connector, "subject": subject}
    row |= {"claimed_at": 0, "looks": 0, "due": None}
    upsert(journal.db, "read_back", ("case_id",), row)


def follow(journal: Journal, case_id: UUID, platform: int, new: Sequence[Event]) -> None:
    """Once the platform says that it is done, looks are due; inside a transaction.

    Where no connector can look at the case, the platform's own state endpoint is asked, if it has
    one.
    """
    claims = [event for event in new if isinstance(event, RemedyClaimed)]
    if claims:
        at = int(claims[-1].at.timestamp())
        journal.db.execute(
            "INSERT INTO read_back SELECT ?1, id, ?2, 0, 0, NULL FROM connector "
            "WHERE platform = ?3 AND system = ?4 AND state = 'running' ORDER BY id LIMIT 1 "
            "ON CONFLICT (case_id) DO NOTHING",
            (case_id.bytes, str(case_id), platform, state_endpoint.SYSTEM),
        )
        journal.db.execute(
            "UPDATE read_back SET claimed_at = ?1, looks = 0, due = ?1 WHERE case_id = ?2",
            (at, case_id.bytes),
        )


def due(journal: Journal, connector: int, now: int, *, most: int) -> list[Due]:
    """Looks that are due, the oldest first."""
    rows = journal.db.execute(
        "SELECT case_id, subject, claimed_at, looks FROM read_back "
        "WHERE connector = ? AND due <= ? AND claimed_at > 0 ORDER BY due LIMIT ?",
        (connector, now, most),
    )
    return [
        Due(
            UUID(bytes=bytes(case)),
            subject,
            claimed_at,
            max(looks, _passed(claimed_at, now)),
            looks,
        )
        for case, subject, claimed_at, looks in rows
    ]


def is_due(journal: Journal, look: Due) -> bool:
    """Whether a look is still to be made, inside a transaction: the source may have been slow."""
    query = "SELECT 1 FROM read_back WHERE case_id = ? AND claimed_at = ? AND looks = ?"
    found = journal.db.execute(query, (look.case.bytes, look.claimed_at, look.made)).get
    return found is not None


def put_off(journal: Journal, look: Due, due: int) -> None:
    """A look could not be made, inside a transaction: it is tried again at `due`."""
    journal.db.execute(
        "UPDATE read_back SET due = ? WHERE case_id = ? AND claimed_at = ? AND looks = ?",
        (due, look.case.bytes, look.claimed_at, look.made),
    )


def was_made(journal: Journal, look: Due, now: int) -> None:
    """A look was made, inside a transaction: say when the next one is due."""
    looks = max(look.looks, _passed(look.claimed_at, now)) + 1
    following = _ends(look.claimed_at)[looks] if looks < len(AFTER) else None
    journal.db.execute(
        "UPDATE read_back SET looks = ?, due = ? WHERE case_id = ? AND claimed_at = ?",
        (looks, following, look.case.bytes, look.claimed_at),
    )


def end(journal: Journal, case_id: UUID) -> None:
    """Look no more until the platform says again that it is done; inside a transaction."""
    journal.db.execute("UPDATE read_back SET due = NULL WHERE case_id = ?", (case_id.bytes,))


def _ends(claimed_at: int) -> list[int]:
    return [claimed_at + int(after.total_seconds()) for after in AFTER]


def _passed(claimed_at: int, now: int) -> int:
    """The last look whose time has come."""
    return max(n for n, end in enumerate(_ends(claimed_at)) if n == 0 or end <= now)
