"""Reviewers: their seats at a desk, their sign-in links, and their sessions.

A one-time link is valid for `LINK` and once; a session for `SESSION`; a challenge to a passkey for
`CHALLENGE_SECONDS` and once. Of all only hashes are kept, so that whoever reads the journal
cannot come in.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import secrets
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from amparo.case.roles import Reviewer
from amparo.errors import Denied, Malformed, Missing, Period, Text
from amparo.ledger.log.platforms import Platform
from amparo.ledger.storage.journal import Journal
from amparo.record import mailbox

LINK = Period(30, "minutes")
LINK_SECONDS = LINK.length * 60
SESSION = Period(12, "hours")
SESSION_SECONDS = SESSION.length * 3600
CHALLENGE_SECONDS = 5 * 60
MOST_NAME = 100


class Person(NamedTuple):
    """A reviewer with their desk."""

    id: int
    platform: int | None
    """None: a member of panels, known by the roster's id."""
    name: str
    email: str
    lead: bool
    known_as: frozenset[str]

    @property
    def desk(self) -> int:
        """The platform at whose desk they sit."""
        if self.platform is None:
            raise Denied(
                "You have no seat at a desk.",
                why="you are a member of panels, which are independent of every platform",
                fix="Your cases are at /panel.",
            )
        return self.platform

    @property
    def member(self) -> str:
        """Their id in the roster of panels; empty at a desk."""
        return next(iter(self.known_as), "") if self.platform is None else ""

    @property
    def reviewer(self) -> Reviewer:
        return Reviewer(self.id, self.lead, self.known_as)


def add(
    journal: Journal,
    platform: Platform | None,
    name: str,
    email: str,
    *,
    lead: bool = False,
    known_as: Sequence[str] = (),
) -> Person:
    """Give somebody a seat at a platform's desk; without a platform, a way in for panels."""
    if not name.strip() or len(name) > MOST_NAME or not name.isprintable() or "@" not in email:
        raise Malformed(
            "A reviewer needs a name and an address for mail.",
            why=Text("got {name} and {email}", name=repr(name[:40]), email=repr(email[:40])),
            fix="Write them as NAME and name@example.org.",
        )
    with journal.transaction():
        names = msgspec.json.encode(sorted(set(known_as))).decode()
        number = journal.db.execute(
            "INSERT INTO reviewer (platform, name, email, lead, known_as) VALUES (?, ?, ?, ?, ?) "
            "RETURNING id",
            (platform.id if platform else None, name.strip(), email.strip(), int(lead), names),
        ).get
    return find(journal, int(number))


def find(journal: Journal, number: int) -> Person:
    """A reviewer who has not left, by number."""
    row = journal.db.execute(f"{_SELECT} WHERE id = ? AND left_at IS NULL", (number,)).fetchone()
    if row is None:
        raise Missing(
            Text("There is no reviewer {number}.", number=str(number)),
            why="nobody has that number, or they left",
            fix="List them with `amparo reviewer list`.",
        )
    return _person(row)


def every(journal: Journal, platform: int | None = None) -> list[Person]:
    """All reviewers who have not left, of one desk or of all."""
    query = f"{_SELECT} WHERE left_at IS NULL AND (? IS NULL OR platform = ?) ORDER BY name, id"
    return [_person(row) for row in journal.db.execute(query, (platform, platform))]


def by_email(journal: Journal, email: str) -> Person | None:
    """A reviewer by address."""
    query = f"{_SELECT} WHERE lower(email) = ? AND left_at IS NULL ORDER BY id LIMIT 1"
    row = journal.db.execute(query, (mailbox.folded(email),)).fetchone()
    return None if row is None else _person(row)


def leave(journal: Journal, number: int) -> None:
    """End a seat, and every way in."""
    with journal.transaction():
        journal.db.execute(
            "UPDATE reviewer SET left_at = ? WHERE id = ?", (int(time.time()), number)
        )
        journal.db.execute("DELETE FROM pass WHERE reviewer = ?", (number,))
        journal.db.execute("DELETE FROM passkey WHERE reviewer = ?", (number,))


def new_link(journal: Journal, person: Person) -> str:
    """A one-time secret to come in with; it is shown or mailed once and never kept."""
    return _issue(journal, person.id, "link", LINK_SECONDS)


def sign_in(journal: Journal, link: str) -> str:
    """Use a one-time secret up; the secret of a session."""
    with journal.transaction():
        number = _owner(journal, link, "link")
        if number is None:
            raise Denied(
                "This link does not open anything any more.",
                why=Text(
                    "it was used, is older than {period}, or was copied only in part",
                    period=LINK,
                ),
                fix="Ask for a new one on the page of the desk.",
            )
        journal.db.execute("DELETE FROM pass WHERE hash = ?", (_hash(link),))
    return new_session(journal, number)


def new_session(journal: Journal, number: int) -> str:
    """The secret of a session for somebody who has shown who they are."""
    return _issue(journal, number, "session", SESSION_SECONDS)


def new_challenge(journal: Journal, number: int | None = None) -> bytes:
    """A challenge to a passkey: a new one of this reviewer, or one of whoever comes."""
    return _issue(journal, number, "challenge", CHALLENGE_SECONDS).encode()


def take_challenge(journal: Journal, challenge: bytes, number: int | None = None) -> bool:
    """Use a challenge up; whether it was one for this reviewer (None: for whoever comes)."""
    digest = hashlib.sha256(challenge).digest()
    with journal.transaction():
        found = journal.db.execute(
            "DELETE FROM pass WHERE hash = ? AND kind = 'challenge' AND ends_at > ? "
            "AND reviewer IS NOT DISTINCT FROM ? RETURNING 1",
            (digest, int(time.time()), number),
        ).get
    return found is not None


def of_session(journal: Journal, session: str) -> Person | None:
    """Who a session belongs to."""
    number = _owner(journal, session, "session")
    return None if number is None else find(journal, number)


def sign_out(journal: Journal, session: str) -> None:
    """End a session."""
    with journal.transaction():
        journal.db.execute("DELETE FROM pass WHERE hash = ?", (_hash(session),))


def sign_out_elsewhere(journal: Journal, person: Person, session: str) -> None:
    """End every session and link of somebody but this one."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM pass WHERE reviewer = ? AND kind IN ('session', 'link') AND hash <> ?",
            (person.id, _hash(session)),
        )


def _issue(journal: Journal, number: int | None, kind: str, seconds: int) -> str:
    secret, now = secrets.token_urlsafe(32), int(time.time())
    with journal.transaction():
        journal.db.execute("DELETE FROM pass WHERE ends_at < ?", (now,))
        journal.db.execute(
            "INSERT INTO pass VALUES (?, ?, ?, ?)", (_hash(secret), number, kind, now + seconds)
        )
    return secret


def _owner(journal: Journal, secret: str, kind: str) -> int | None:
    found = journal.db.execute(
        "SELECT pass.reviewer FROM pass JOIN reviewer ON reviewer.id = pass.reviewer "
        "WHERE hash = ? AND kind = ? AND ends_at > ? AND left_at IS NULL",
        (_hash(secret), kind, int(time.time())),
    ).get
    return None if found is None else int(found)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


_SELECT = "SELECT id, platform, name, email, lead, known_as FROM reviewer"


def _person(row: Any) -> Person:
    number, platform, name, email, lead, known_as = row
    names = frozenset(msgspec.json.decode(known_as, type=list[str]))
    return Person(number, platform, name, email, bool(lead), names)
