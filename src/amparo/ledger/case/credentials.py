"""Credentials: random secrets that open something for a while, of which only hashes are kept.

One-time links, sessions and challenges are such; whoever reads the journal cannot come in by it.
What a kind of them opens is known by whoever issues it (`people`, `upkeep/operators`).
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import secrets
import time

from amparo.storage.journal import Journal


def issue(journal: Journal, number: int | None, kind: str, seconds: int) -> str:
    """A new secret, valid for so long; `number`: the seat that it belongs to, where there is one.

    Those that have ended are forgotten on the way.
    """
    secret, now = secrets.token_urlsafe(32), int(time.time())
    with journal.transaction():
        journal.db.execute("DELETE FROM pass WHERE ends_at < ?", (now,))
        journal.db.execute(
            "INSERT INTO pass VALUES (?, ?, ?, ?)", (digest(secret), number, kind, now + seconds)
        )
    return secret


def use_up(journal: Journal, secret: str, kind: str, number: int | None = None) -> bool:
    """Whether it was a valid one of a kind and a seat; it is none any more."""
    with journal.transaction():
        found = journal.db.execute(
            "DELETE FROM pass WHERE hash = ? AND kind = ? AND ends_at > ? "
            "AND reviewer IS NOT DISTINCT FROM ? RETURNING 1",
            (digest(secret), kind, int(time.time()), number),
        ).get
    return found is not None


def end(journal: Journal, secret: str) -> None:
    """From now on it opens nothing."""
    with journal.transaction():
        journal.db.execute("DELETE FROM pass WHERE hash = ?", (digest(secret),))


def digest(secret: str) -> bytes:
    """What is kept of a secret: it is random, so one plain hash cannot be searched back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
