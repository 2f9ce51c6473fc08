"""What goes out: notices to persons by mail, orders to platforms by signed webhook.

A row is written in the transaction of the event it tells of, and holds no address: that is looked
up when it leaves, so that erasing a contact also stops what was still to be sent. What is not taken
is tried again, later and later, over restarts; it may arrive twice, but is not lost.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case.notify import Notice
from amparo.case.state import Case
from amparo.ledger import links
from amparo.ledger.database import upsert
from amparo.ledger.journal import Journal

RETRY_SECONDS = (60, 300, 1800, 7200, 21_600, 86_400, 86_400, 86_400)
CLAIM_SECONDS = 300


class Waiting(NamedTuple):
    """One notice that is to leave."""

    id: int
    case: UUID
    recipient: str
    kind: str
    link: bytes | None
    made_at: int
    tries: int


class Contact(NamedTuple):
    """How somebody can be reached."""

    email: str
    language: str


def put(
    journal: Journal,
    case_id: UUID,
    platform: int,
    case: Case,
    notices: Sequence[Notice],
    *,
    due: int,
) -> None:
    """Queue notices, inside a transaction; to whom cannot be reached nothing is queued."""
    for one in notices:
        role = case.complainant or "person" if one.to == "complainant" else one.to
        if _reachable(journal, case_id, platform, role):
            _insert(journal, case_id, role, one.kind, None, due)


def put_with_link(journal: Journal, case_id: UUID, role: str, kind: str, *, now: int) -> None:
    """Queue a notice that carries a recourse link of its own, inside a transaction."""
    _insert(journal, case_id, role, kind, links.new(journal, case_id, role), now)


def take(journal: Journal, now: int, most: int = 20) -> list[Waiting]:
    """Claim notices that are due; a claim ends by itself when its sender dies."""
    with journal.transaction():
        rows: list[tuple[Any, ...]] = journal.db.execute(
            "SELECT id, case_id, recipient, kind, link, made_at, tries FROM outbox "
            "WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT ?",
            (now, most),
        ).fetchall()
        for row in rows:
            journal.db.execute(
                "UPDATE outbox SET due = ? WHERE id = ?", (now + CLAIM_SECONDS, row[0])
            )
    return [Waiting(row[0], UUID(bytes=row[1]), *row[2:]) for row in rows]


def sent(journal: Journal, one: Waiting) -> None:
    """It was taken: what it carried is forgotten."""
    journal.db.execute("UPDATE outbox SET state = 'sent', link = NULL WHERE id = ?", (one.id,))


def postpone(journal: Journal, one: Waiting, until: int) -> None:
    """It is not ready to leave; that is no failure."""
    journal.db.execute("UPDATE outbox SET due = ? WHERE id = ?", (until, one.id))


def failed(journal: Journal, one: Waiting, why: str, now: int, *, for_good: bool = False) -> bool:
    """It was not taken: try later, or give up; whether it was given up."""
    give_up = for_good or one.tries >= len(RETRY_SECONDS)
    if give_up:
        journal.db.execute(
            "UPDATE outbox SET state = 'failed', link = NULL, why = ? WHERE id = ?", (why, one.id)
        )
    else:
        journal.db.execute(
            "UPDATE outbox SET due = ?, tries = tries + 1, why = ? WHERE id = ?",
            (now + RETRY_SECONDS[one.tries], why, one.id),
        )
    return give_up


def contact(journal: Journal, case_id: UUID, role: str) -> Contact | None:
    """The address of a role in a case, if there is one."""
    row = journal.db.execute(
        "SELECT email, language FROM contact WHERE case_id = ? AND role = ?",
        (case_id.bytes, role),
    ).fetchone()
    return None if row is None else Contact(*row)


def set_contact(journal: Journal, case_id: UUID, role: str, email: str, language: str) -> None:
    """Remember how to reach somebody, inside a transaction."""
    upsert(
        journal.db, "contact", ("case_id", "role"),
        {"case_id": case_id.bytes, "role": role, "email": email, "language": language},
    )  # fmt: skip


def forget(journal: Journal, case_id: UUID) -> None:
    """Erase every contact of a case, and what was still to be sent there."""
    journal.db.execute("DELETE FROM contact WHERE case_id = ?", (case_id.bytes,))
    journal.db.execute(
        "UPDATE outbox SET state = 'failed', link = NULL, why = 'erased' "
        "WHERE case_id = ? AND state = 'waiting' AND recipient <> 'platform'",
        (case_id.bytes,),
    )


def _insert(
    journal: Journal, case_id: UUID, role: str, kind: str, link: bytes | None, due: int
) -> None:
    journal.db.execute(
        "INSERT INTO outbox (case_id, recipient, kind, link, made_at, due) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (case_id.bytes, role, kind, link, due, due),
    )


def _reachable(journal: Journal, case_id: UUID, platform: int, role: str) -> bool:
    if role == "platform":
        query, value = "SELECT 1 FROM webhook WHERE platform = ?", (platform,)
        return journal.db.execute(query, value).get is not None
    return contact(journal, case_id, role) is not None
