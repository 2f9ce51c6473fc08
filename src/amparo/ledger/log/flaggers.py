"""Trusted flaggers of a platform: organisations whose notices come first, known by a token.

A Digital Services Coordinator awards the status; whoever runs the node puts the organisation on the
platform's list, and hands it a token to send with each notice. Of the token only a hash is kept.

Source: DSA Article 22.
"""

# SPDX-License-Identifier: Apache-2.0

import secrets

from amparo.errors import Malformed, Missing
from amparo.foreign_text import is_name
from amparo.ledger.log.platforms import MOST_NAME, Platform, token_hash
from amparo.storage.database import upsert
from amparo.storage.journal import Journal


def add(journal: Journal, platform: Platform, name: str, *, at: str) -> str:
    """Put an organisation on a platform's list; its token, which voids an older one."""
    name = name.strip()
    if not is_name(name, MOST_NAME):
        raise Malformed(
            "That is no name for a trusted flagger.",
            why=f"a name has 1 to {MOST_NAME} printable characters",
            fix="Use the name under which the status was awarded.",
        )
    token = secrets.token_urlsafe(32)
    with journal.transaction():
        upsert(
            journal.db,
            "flagger",
            ("platform", "name"),
            {"platform": platform.id, "name": name, "hash": token_hash(token), "added_at": at},
        )
    return token


def remove(journal: Journal, platform: Platform, name: str) -> None:
    """Take an organisation off the list; what it sent before stays what it was."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM flagger WHERE platform = ? AND name = ?", (platform.id, name.strip())
        )
        if not journal.db.changes():
            raise Missing(
                f"There is no trusted flagger {name!r} of {platform.name}.",
                why="it is not on the list",
                fix=f"See the list with `amparo platform flagger {platform.name!r}`.",
            )


def every(journal: Journal, platform: Platform) -> list[tuple[str, str]]:
    """Name and day of each organisation on a platform's list."""
    rows = journal.db.execute(
        "SELECT name, added_at FROM flagger WHERE platform = ? ORDER BY name", (platform.id,)
    )
    return [(str(name), str(at)[:10]) for name, at in rows]


def of_token(journal: Journal, platform: Platform, token: str) -> str:
    """Whose token this is at a platform; `Malformed` where it is nobody's."""
    found = journal.db.execute(
        "SELECT name FROM flagger WHERE platform = ? AND hash = ?",
        (platform.id, token_hash(token.strip())),
    ).get
    if found is None:
        raise Malformed(
            "Trusted flagger: this token is not known here.",
            why="it belongs to no organisation on this platform's list, or was voided",
            fix="Leave the field empty to report as anybody does, or ask for a new token.",
        )
    return str(found)
