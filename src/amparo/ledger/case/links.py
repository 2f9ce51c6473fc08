"""Recourse links: a person's way to their own case, without an account.

A link carries a capability, 16 random bytes; only its hash is kept. It can be revoked, and another
made, without touching the case.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from uuid import UUID

from amparo.ledger.storage.journal import Journal, LogEntry

LINK_BYTES = 16


def new(journal: Journal, case_id: UUID, role: str) -> bytes:
    """A new capability for a role in a case; call it inside a transaction."""
    capability = os.urandom(LINK_BYTES)
    journal.db.execute(
        "INSERT INTO recourse VALUES (?, ?, ?, ?, NULL)",
        (hashlib.sha256(capability).digest(), case_id.bytes, role, int(time.time())),
    )
    return capability


def role_of(journal: Journal, entries: Sequence[LogEntry], capability: str) -> str | None:
    """Whose link this is in a case: `person`, `notifier`, or nobody's; with an erasure all end."""
    if entries[0].opening is None:
        return None
    try:
        digest = hashlib.sha256(bytes.fromhex(capability)).digest()
    except ValueError:
        return None
    row = journal.db.execute(
        "SELECT role, revoked_at FROM recourse WHERE hash = ? AND case_id = ?",
        (digest, entries[0].case_id),
    ).fetchone()
    if row is not None:
        return str(row[0]) if row[1] is None else None
    first = entries[0].recourse
    return "person" if first is not None and hmac.compare_digest(digest, first) else None


def revoke(journal: Journal, case_id: UUID, capability: str, role: str) -> None:
    """From now on this link opens nothing; call it inside the transaction that makes another.

    A link that stands beside its decision has no row of its own yet.
    """
    digest = hashlib.sha256(bytes.fromhex(capability)).digest()
    journal.db.execute(
        "INSERT INTO recourse VALUES (?1, ?2, ?3, ?4, ?4) "
        "ON CONFLICT (hash) DO UPDATE SET revoked_at = excluded.revoked_at",
        (digest, case_id.bytes, role, int(time.time())),
    )
