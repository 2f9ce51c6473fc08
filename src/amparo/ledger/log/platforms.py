"""Who may submit: platforms, their bearer tokens and their profiles.

A token is 32 random bytes; only its SHA-256 is kept. A platform has one token; a new one voids the
old, as in the EU database. One that was lost can be revoked before there is another.

A test token belongs to each token: what comes with it is checked and answered, and never goes on
the record. It is derived from the token's hash, so that it is renewed and voided with the token,
and whoever has it cannot find the token.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import hmac
import re
import secrets
import shlex
import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from amparo.errors import Malformed, Missing, Refused, Text
from amparo.foreign_text import is_name
from amparo.record.event import timestamp
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

MOST_NAME = 200
TEST_PREFIX = "test_"


class Platform(NamedTuple):
    """A platform as the journal knows it."""

    id: int
    slug: str
    name: str
    profile: Profile
    demo: bool


class Caller(NamedTuple):
    """Whose token a call carries."""

    platform: Platform
    has_test_token: bool


def add(journal: Journal, name: str, profile: Profile, *, demo: bool = False) -> Platform:
    """Add a platform; its slug, made from its name, is its party name in the log for ever."""
    name = name.strip()
    if not is_name(name, MOST_NAME):
        raise Malformed(
            "That is no name for a platform.",
            why=Text("a name has 1 to {most} printable characters", most=MOST_NAME),
            fix="Use the name by which people know the platform.",
            field="name",
        )
    slug = slug_of(name)
    with journal.transaction():
        other = journal.db.execute(
            "SELECT name FROM platform WHERE slug = ? OR name = ?", (slug, name)
        ).get
        if other:
            raise Refused(
                Text("There is a platform {name} already.", name=repr(other)),
                why=Text("its party name in the log is {slug}, which must stay unique", slug=slug),
                fix=Text(
                    "Use it, renew its token with `amparo platform token {name}`, or choose "
                    "another name.",
                    name=shlex.quote(str(other)),
                ),
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
            Text("There is no platform {name}.", name=repr(name)),
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


def revoke(journal: Journal, platform: Platform) -> None:
    """Void the platform's token; until it has another one it cannot submit."""
    with journal.transaction():
        found = journal.db.execute(
            "DELETE FROM token WHERE platform = ? RETURNING 1", (platform.id,)
        ).fetchall()
    if not found:
        raise Refused(
            Text("{name} has no token.", name=platform.name),
            why="it was revoked before, or none was ever made",
            fix="Nothing is to be done.",
        )


def tokens_made(journal: Journal) -> dict[int, str]:
    """Platform -> when its token was made, of those that have one."""
    rows = journal.db.execute("SELECT platform, made_at FROM token")
    return {int(str(platform)): str(made_at) for platform, made_at in rows}


def token_made(journal: Journal, platform: Platform) -> str:
    """When the platform's token was made; empty: it has none."""
    return tokens_made(journal).get(platform.id, "")


def test_token(journal: Journal, platform: Platform) -> str:
    """The test token that belongs to the platform's token."""
    row = journal.db.execute("SELECT hash FROM token WHERE platform = ?", (platform.id,)).fetchone()
    if row is None:
        raise Refused(
            Text("{name} has no token.", name=platform.name),
            why="a test token is derived from the platform's token",
            fix=Text(
                "Make one with `amparo platform token {name}`.", name=shlex.quote(platform.name)
            ),
        )
    return _test_token(bytes(row[0]))


def caller(journal: Journal, token: str) -> Caller | None:
    """Whose token or test token it is."""
    tested = _of_test_token(journal, token)
    row = journal.db.execute(
        "SELECT id, slug, name, profile, demo FROM platform "
        "JOIN token ON token.platform = platform.id WHERE hash = ?",
        (tested or token_hash(token),),
    ).fetchone()
    return None if row is None else Caller(_platform(row), tested is not None)


def _of_test_token(journal: Journal, token: str) -> bytes | None:
    """The hash of the token that this test token belongs to."""
    if not token.startswith(TEST_PREFIX):
        return None
    given = token.encode("utf-8", "surrogateescape")
    hashes = [bytes(row[0]) for row in journal.db.execute("SELECT hash FROM token")]
    return next(
        (digest for digest in hashes if hmac.compare_digest(_test_token(digest).encode(), given)),
        None,
    )


def _test_token(digest: bytes) -> str:
    made = hmac.digest(digest, b"amparo test token", "sha256")
    return TEST_PREFIX + base64.urlsafe_b64encode(made).rstrip(b"=").decode()


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
