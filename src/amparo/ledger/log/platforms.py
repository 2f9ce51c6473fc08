"""Who may submit: platforms, their bearer tokens and their profiles.

A token is 32 random bytes; only its SHA-256 is kept. A platform has one token; a new one voids the
old, as in the EU database.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import re
import secrets
import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from amparo.errors import Malformed, Missing, Refused
from amparo.foreign_text import is_name
from amparo.ledger.storage.journal import Journal
from amparo.record.event import timestamp
from amparo.record.rules import Profile

MOST_NAME = 200


class Platform(NamedTuple):
    """A platform as the journal knows it."""

    id: int
    slug: str
    name: str
    profile: Profile
    demo: bool


def add(journal: Journal, name: str, profile: Profile, *, demo: bool = False) -> Platform:
    """Add a platform; its slug, made from its name, is its party name in the log for ever."""
    name = name.strip()
    if not is_name(name, MOST_NAME):
        raise Malformed(
            "That is no name for a platform.",
            why=f"a name has 1 to {MOST_NAME} printable characters",
            fix="Use the name by which people know the platform.",
        )
    slug = slug_of(name)
    with journal.transaction():
        other = journal.db.execute(
            "SELECT name FROM platform WHERE slug = ? OR name = ?", (slug, name)
        ).get
        if other:
            raise Refused(
                f"There is a platform {other!r} already.",
                why=f"its party name in the log is {slug!r}, which must stay unique",
                fix=f"Use it, renew its token with `amparo platform token {other!r}`, "
                "or choose another name.",
            )
        journal.db.execute(
            "INSERT INTO platform (slug, name, profile, demo, added_at) VALUES (?, ?, ?, ?, ?)",
            (slug, name, msgspec.json.encode(profile).decode(), int(demo), _now()),
        )
    return find(journal, name)


def find(journal: Journal, name: str) -> Platform:
    """The platform of a name or slug."""
    row = journal.db.execute(
        "SELECT id, slug, name, profile, demo FROM platform WHERE name = ?1 OR slug = ?1",
        (name.strip(),),
    ).fetchone()
    if row is None:
        raise Missing(
            f"There is no platform {name!r}.",
            why="no platform of this node has that name",
            fix="List them with `amparo platform list`, or add it with `amparo platform add`.",
        )
    return _platform(row)


def every(journal: Journal) -> list[Platform]:
    """All platforms, by name."""
    rows = journal.db.execute("SELECT id, slug, name, profile, demo FROM platform ORDER BY name")
    return [_platform(row) for row in rows]


def new_token(journal: Journal, platform: Platform) -> str:
    """Make the platform's token, voiding an older one. It is shown once and never kept."""
    token = secrets.token_urlsafe(32)
    with journal.transaction():
        journal.db.execute("DELETE FROM token WHERE platform = ?", (platform.id,))
        journal.db.execute(
            "INSERT INTO token VALUES (?, ?, ?)", (token_hash(token), platform.id, _now())
        )
    return token


def of_token(journal: Journal, token: str) -> Platform | None:
    """The platform a bearer token belongs to."""
    row = journal.db.execute(
        "SELECT id, slug, name, profile, demo FROM platform "
        "JOIN token ON token.platform = platform.id WHERE hash = ?",
        (token_hash(token),),
    ).fetchone()
    return None if row is None else _platform(row)


def token_hash(token: str) -> bytes:
    """What is kept of a token: it is random, so one plain hash cannot be searched back."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def slug_of(name: str) -> str:
    """Lower case with dashes, as in google-shopping.

    A name that loses letters so, or all it is made of, bears a part of its digest instead: names of
    other scripts would end as the digits that are left.
    """
    letters = unicodedata.normalize("NFKD", name)
    plain = letters.encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    is_whole = slug and all(letter.isascii() for letter in letters if letter.isalnum())
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).encode()).hexdigest()[:8]
    return slug if is_whole else f"{slug or 'platform'}-{digest}"


def _platform(row: tuple[int, str, str, str, int]) -> Platform:
    number, slug, name, profile, demo = row
    return Platform(number, slug, name, msgspec.json.decode(profile, type=Profile), bool(demo))


def _now() -> str:
    return timestamp(datetime.now(UTC))
