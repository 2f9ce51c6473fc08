"""Reviewers: their seats at a desk, their sign-in links, and their sessions.

A one-time link is valid for `LINK` and once; a session for `SESSION`. Both are `credentials`.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from amparo.case.roles import Reviewer, folded, one_person
from amparo.errors import Denied, Malformed, Missing, Mistakes, Period, Refused, Text, got
from amparo.foreign_text import is_name
from amparo.ledger.case import credentials
from amparo.ledger.log.platforms import Platform
from amparo.record import mailbox
from amparo.storage.journal import Journal

LINK = Period(30, "minutes")
LINK_SECONDS = LINK.length * 60
SESSION = Period(12, "hours")
SESSION_SECONDS = SESSION.length * 3600
MOST_NAME = 100
NO_SEAT = 0


class Person(NamedTuple):
    """A reviewer with their desk."""

    id: int
    platform: int | None
    """None: somebody of panels, a member or a registrar; or of an organisation."""
    name: str
    email: str
    lead: bool
    """At a desk; without one it is the registrar, who leads the cases of panels."""
    known_as: frozenset[str]
    names: frozenset[str] = frozenset()
    """Every name there is of them, at this seat and at their others."""
    other_seats: frozenset[int] = frozenset()
    """Seats that were, or are, theirs too: whoever comes back is the one who left."""
    left: bool = False
    body: str = ""
    """The organisation in whose name they speak for people (DSA Article 86); empty for others."""

    @property
    def desk(self) -> int:
        """The platform at whose desk they sit."""
        if self.platform is None:
            raise Denied(
                "You have no seat at a desk.",
                why="you are of the panels, or of an organisation that speaks for people: neither "
                "belongs to a platform",
                fix="A member's cases are at /panel, a registrar's at /registrar, an "
                "organisation's at /mandates.",
            )
        return self.platform

    @property
    def member(self) -> str:
        """Their id in the roster of panels; empty for everybody else."""
        is_member = self.platform is None and not self.lead and not self.body
        return next(iter(self.known_as), "") if is_member else ""

    @property
    def registrar(self) -> bool:
        """Whether they lead the cases of panels."""
        return self.platform is None and self.lead

    @property
    def reviewer(self) -> Reviewer:
        """Who they are to the rules."""
        return Reviewer(self.id, self.lead, self.names, self.other_seats)


def add(
    journal: Journal,
    platform: Platform | None,
    name: str,
    email: str,
    *,
    lead: bool = False,
    known_as: Sequence[str] = (),
    body: str = "",
) -> Person:
    """Give somebody a seat at a platform's desk; without a platform, a way in for panels.

    Without a platform, `lead` makes a registrar, and `body` somebody who speaks for people.

    One seat a person: an address, however it is written, has no second one while the first is held.
    """
    _check_can_be_reached(name, email)
    with journal.transaction():
        _check_has_no_seat(journal, email)
        names = msgspec.json.encode(sorted(set(known_as))).decode()
        number = journal.db.execute(
            "INSERT INTO reviewer (platform, name, email, lead, known_as, body) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (
                *(platform.id if platform else None, name.strip(), email.strip(), int(lead)),
                *(names, body),
            ),
        ).get
    return find(journal, int(number))


def find(journal: Journal, number: int) -> Person:
    """A reviewer who has not left, by number."""
    found = _everybody(journal).get(number)
    if found is None or found.left:
        raise Missing(
            Text("There is no reviewer {number}.", number=str(number)),
            why="nobody has that number, or they left",
            fix="List them with `amparo reviewer list`.",
        )
    return found


def ever(journal: Journal, number: int) -> Person:
    """A reviewer by number, even one who has left: what they began is still theirs."""
    return _everybody(journal)[number]


def every(journal: Journal, platform: int | None = None) -> list[Person]:
    """All reviewers who have not left, of one desk or of all."""
    here = [person for person in _everybody(journal).values() if not person.left]
    found = [person for person in here if platform is None or person.platform == platform]
    return sorted(found, key=lambda person: (person.name, person.id))


def who_looks_after(journal: Journal, platform: int) -> list[int]:
    """The seats of a desk's leads, or of everybody there where it has none."""
    seats = every(journal, platform)
    return [seat.id for seat in seats if seat.lead] or [seat.id for seat in seats]


def desk_of(journal: Journal, platform: int) -> list[Reviewer]:
    """Everybody who sits, or ever sat, at a desk, as the rules know them."""
    seats = _everybody(journal).values()
    return [seat.reviewer for seat in seats if seat.platform == platform]


def panels_of(journal: Journal) -> list[Person]:
    """Every seat of a member of panels there ever was."""
    seats = _everybody(journal).values()
    return [
        person
        for person in seats
        if person.platform is None and not person.lead and not person.body
    ]


def representatives(journal: Journal, body: str = "") -> list[Person]:
    """Who speaks for people and has not left, of one organisation or of all."""
    return [person for person in every(journal) if person.body and body in ("", person.body)]


def registrars(journal: Journal) -> list[Person]:
    """The registrars who have not left."""
    return [person for person in every(journal) if person.registrar]


def member_at_desk(journal: Journal, platform: int, member: str, name: str) -> Reviewer:
    """A member of panels as a desk would know them: by id, name, and their seats' addresses."""
    own = [person for person in panels_of(journal) if person.member == member]
    names = frozenset({member, name, *(person.email for person in own)})
    seats = frozenset(person.id for person in own)
    return at_desk(journal, platform, Reviewer(NO_SEAT, lead=False, names=names, other_seats=seats))


def at_desk(journal: Journal, platform: int, who: Reviewer) -> Reviewer:
    """Somebody of the panels with every name and seat that they have, or had, at a desk."""
    wanted = frozenset(map(folded, who.names))
    desk = [colleague for colleague in desk_of(journal, platform) if colleague.known_as & wanted]
    return who._replace(
        names=who.names.union(*(colleague.names for colleague in desk)),
        other_seats=who.other_seats.union(
            *({colleague.number, *colleague.other_seats} for colleague in desk)
        ),
    )


def by_email(journal: Journal, email: str) -> Person | None:
    """A reviewer by address."""
    number = number_of(journal, email)
    return None if number is None else find(journal, number)


def number_of(journal: Journal, email: str) -> int | None:
    """The number of the seat that has an address, by one query whether there is one or not."""
    query = "SELECT id FROM reviewer WHERE lower(email) = ? AND left_at IS NULL ORDER BY id LIMIT 1"
    number = journal.db.execute(query, (mailbox.folded(email),)).get
    return None if number is None else int(number)


def end_seat(journal: Journal, number: int) -> None:
    """End a seat, and every way in: a part of `leaving.leave`, inside its transaction."""
    journal.db.execute("UPDATE reviewer SET left_at = ? WHERE id = ?", (int(time.time()), number))
    journal.db.execute("DELETE FROM pass WHERE reviewer = ?", (number,))
    journal.db.execute("DELETE FROM passkey WHERE reviewer = ?", (number,))


def new_link(journal: Journal, person: Person) -> str:
    """A one-time secret to come in with; it is shown or mailed once and never kept."""
    return credentials.issue(journal, person.id, "link", LINK_SECONDS)


def sign_in(journal: Journal, link: str) -> str:
    """Use a one-time secret up; the secret of a session."""
    number = _owner(journal, link, "link")
    if number is None or not credentials.use_up(journal, link, "link", number):
        raise Denied(
            "This link does not open anything any more.",
            why=Text(
                "it was used, is older than {period}, or was copied only in part",
                period=LINK,
            ),
            fix="Ask for a new one on the page of the desk.",
        )
    return new_session(journal, number)


def new_session(journal: Journal, number: int) -> str:
    """The secret of a session for somebody who has shown who they are."""
    return credentials.issue(journal, number, "session", SESSION_SECONDS)


def of_session(journal: Journal, session: str) -> Person | None:
    """Who a session belongs to."""
    number = _owner(journal, session, "session")
    return None if number is None else find(journal, number)


def sign_out(journal: Journal, session: str) -> None:
    """End a session."""
    credentials.end(journal, session)


def sign_out_elsewhere(journal: Journal, person: Person, session: str) -> None:
    """End every session and link of somebody but this one."""
    with journal.transaction():
        journal.db.execute(
            "DELETE FROM pass WHERE reviewer = ? AND kind IN ('session', 'link') AND hash <> ?",
            (person.id, credentials.digest(session)),
        )


def _owner(journal: Journal, secret: str, kind: str) -> int | None:
    found = journal.db.execute(
        "SELECT pass.reviewer FROM pass JOIN reviewer ON reviewer.id = pass.reviewer "
        "WHERE hash = ? AND kind = ? AND ends_at > ? AND left_at IS NULL",
        (credentials.digest(secret), kind, int(time.time())),
    ).get
    return None if found is None else int(found)


def _check_can_be_reached(name: str, email: str) -> None:
    mistakes = Mistakes()
    with mistakes.of("name"):
        if not is_name(name.strip(), MOST_NAME):
            raise Malformed(
                "A seat needs a name.",
                why=got(name),
                fix=Text("Write it in one line, in at most {most} characters.", most=MOST_NAME),
            )
    with mistakes.of("email"):
        if "@" not in email:
            raise Malformed(
                "A seat needs an address for mail.",
                why=got(email),
                fix="Write it as name@example.org.",
            )
    mistakes.end()


def _check_has_no_seat(journal: Journal, email: str) -> None:
    wanted = folded(email)
    held = next((person for person in every(journal) if folded(person.email) == wanted), None)
    if held is not None:
        raise Refused(
            "This person has a seat already.",
            why=Text(
                "seat {number} is held by {name} at {email}",
                number=held.id,
                name=held.name,
                email=held.email,
            ),
            fix="One seat a person: end that one first with `amparo reviewer leave`.",
        )


_Row = tuple[int, int | None, str, str, int, str, int | None, str]


def _everybody(journal: Journal) -> dict[int, Person]:
    """Every seat there ever was, by number."""
    rows: list[_Row] = journal.db.execute(
        "SELECT id, platform, name, email, lead, known_as, left_at, body FROM reviewer ORDER BY id"
    ).fetchall()
    return _persons(tuple(map(tuple, rows)))


@functools.lru_cache(maxsize=16)
def _persons(rows: tuple[_Row, ...]) -> dict[int, Person]:
    """Seats with whose they are; kept, since every step on a case asks who its people are."""
    found: dict[int, Person] = {}
    known = {row[0]: frozenset(msgspec.json.decode(row[5], type=list[str])) for row in rows}
    for desk in {row[1] for row in rows}:
        # At one desk every name counts. At different ones an address alone says who is the same:
        # two platforms may each have a reviewer called Ana, or an agent-7.
        names = {
            row[0]: frozenset({row[2], row[3], *known[row[0]]} if row[1] == desk else {row[3]})
            for row in rows
        }
        same = one_person(Reviewer(number, lead=False, names=own) for number, own in names.items())
        for number, platform, name, email, lead, _, left_at, body in rows:
            if platform == desk:
                all_names = frozenset().union(*(names[seat] for seat in same[number]))
                found[number] = Person(
                    number,
                    platform,
                    name,
                    email,
                    bool(lead),
                    known[number],
                    all_names,
                    same[number] - {number},
                    left_at is not None,
                    body,
                )
    return found
