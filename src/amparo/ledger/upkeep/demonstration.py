"""What pages know of a demonstration: whom a visitor can be in it, and where each comes in.

The story itself is played by the room `demo`, which leaves its cast in the journal. The recourse
links of its decisions follow from their PUIDs, so that pages can show what the person affected
would see. That is only right because nobody is affected; a real platform's are random.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from uuid import UUID

import msgspec

from amparo.case.machines import HELD
from amparo.case.roles import kept_from
from amparo.case.state import Case
from amparo.ledger.case import people
from amparo.ledger.log.intake import RECOURSE_BYTES
from amparo.storage.journal import Journal

_CAST = "demonstration.cast"


class Part(msgspec.Struct, frozen=True):
    """Somebody whom a visitor can be."""

    name: str
    place: str
    """The page on which they begin."""
    seat: int = 0
    """The number of their seat, where they have one; then they are signed in."""
    secret: str = ""
    """What they hold: a platform's token, or a document that is signed and not handed in."""

    @property
    def is_elsewhere(self) -> bool:
        """Whether they begin at another server than the node's."""
        return not self.place.startswith("/")


def cast(journal: Journal) -> tuple[Part, ...]:
    """Everybody whom a visitor can be; nobody where no story was played."""
    found = journal.setting(_CAST)
    return () if found is None else msgspec.json.decode(found, type=tuple[Part, ...])


def set_cast(journal: Journal, parts: tuple[Part, ...]) -> None:
    """Keep the cast, with which the story is complete."""
    with journal.transaction():
        journal.set(_CAST, msgspec.json.encode(parts).decode())


def who_answers(journal: Journal, platform: int, case: Case) -> str | None:
    """Who of the cast can answer what waits at a platform's desk; None where nobody may.

    By the name of the part: whoever holds the case, else a lead, who can give it to somebody else.
    A lead answers reports, so that the reviewer is free for the complaint about the answer: whoever
    had a part in a case is passed over, as on any node.
    """
    seats = {person.id: person.reviewer for person in people.every(journal, platform)}
    may = [
        part
        for part in cast(journal)
        if part.seat in seats and not kept_from(case, seats[part.seat])
    ]
    if case.complaint in HELD or not case.complaint:
        may.sort(key=lambda part: (str(part.seat) != case.reviewer, not seats[part.seat].lead))
    return may[0].name if may else None


def page_of(journal: Journal, case: UUID, puid: str) -> str:
    """What the person affected would open: their own page, or the link that was handed over."""
    own = (part.place for part in cast(journal) if part.place.startswith(f"/recourse/{case}/"))
    return next(own, f"/recourse/{case}/{capability(puid).hex()}")


def capability(puid: str) -> bytes:
    """The recourse capability of a made-up decision."""
    return hashlib.sha256(b"amparo.demo\n" + puid.encode()).digest()[:RECOURSE_BYTES]
