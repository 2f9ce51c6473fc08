"""Registrars: who leads the cases of panels, what waits for them, and that no side is among them.

A step of a registrar goes through `act`, by page and by command line alike: the rule of
`case/roles` is asked about the case as it is under the write lock.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from amparo.case import roles, shown
from amparo.case.events import HearingCalled
from amparo.case.machines import MACHINES
from amparo.case.roles import Reviewer, Sides, folded
from amparo.case.state import Actor, Case
from amparo.ledger.case import casework, people
from amparo.ledger.case.casework import Entry, File
from amparo.ledger.case.people import Person
from amparo.storage.journal import Journal

PAGE = 50
UNNAMED = "registrar"
"""Who leads a case where the operator names nobody."""
_RULINGS = frozenset({"case.inadmissible", "case.decided"})
_OPEN = "state NOT IN ('', 'closed', 'lapsed')"
_HEARING = frozenset(kind for kind in MACHINES["hearing"] if kind != "hearing.waived")
_FOR_THE_PANEL = frozenset({"worksheet.sealed", "case.voted"})


class Registrar(NamedTuple):
    """Somebody who leads a case, and the name by which its events tell so."""

    who: Reviewer
    name: str

    @property
    def actor(self) -> Actor:
        """Who acts, as events tell it."""
        return Actor("registrar", self.name)


class Waiting(NamedTuple):
    """A panel case that has not ended."""

    case: UUID
    platform: int
    state: str
    due: int
    """The panel's last day, in seconds since 1970."""
    challenged: str
    """Whose seat is challenged; empty: nobody's."""


def of_seat(person: Person) -> Registrar:
    """A registrar who has signed in."""
    return Registrar(person.reviewer, str(person.id))


def named(journal: Journal, name: str) -> Registrar:
    """A registrar at the command line, whom the operator names: a seat's, if it has that name."""
    wanted = folded(name)
    seats = (seat.reviewer for seat in people.registrars(journal))
    nobody = Reviewer(people.NO_SEAT, lead=True, names=frozenset({name}))
    return Registrar(next((seat for seat in seats if wanted in seat.known_as), nobody), name)


def gate(journal: Journal, file: File, by: Registrar) -> Callable[[Case], None]:
    """What raises for a case in which a registrar is a side or had a part."""
    who = people.at_desk(journal, file.platform, by.who)
    sides = _sides(journal, file)
    return lambda case: roles.check_may_lead(case, who, sides)


def act(journal: Journal, case_id: UUID, by: Registrar, step: casework.Step) -> Case:
    """Take a registrar's step; the case as it is then."""
    with journal.transaction():
        file = casework.read(journal, case_id)
        gate(journal, file, by)(file.case)
        return casework.keep(journal, file, step(file.case))


def waiting(journal: Journal, after: tuple[int, bytes] | None = None) -> list[Waiting]:
    """Panel cases that have not ended, the nearest last day first; `PAGE` after a place."""
    due, case = after or (-1, b"")
    rows = journal.db.execute(
        "SELECT case_id, platform, state, due, challenged FROM panel "
        f"WHERE {_OPEN} AND (due > ? OR (due = ? AND case_id > ?)) "
        "ORDER BY due, case_id LIMIT ?",
        (due, due, case, PAGE),
    )
    return [Waiting(UUID(bytes=bytes(row[0])), *row[1:]) for row in rows]


def count(journal: Journal) -> int:
    """How many panel cases have not ended."""
    return int(journal.db.execute(f"SELECT count(*) FROM panel WHERE {_OPEN}").get)


def course(file: File) -> list[Entry]:
    """What happened before the panel: all that leading a case needs, and nothing of a complaint.

    Of how the other side was heard, what follows a call before a panel.
    """
    before, found = "", []
    for entry in file.entries:
        event = entry.event
        if isinstance(event, HearingCalled):
            before = event.before or ""
        if event is None or event.kind in _FOR_THE_PANEL:
            continue
        is_of_the_panel = shown.section(event.kind) == "panel" or event.kind in _RULINGS
        if is_of_the_panel or (before == "panel" and event.kind in _HEARING):
            found.append(entry)
    return found


def _sides(journal: Journal, file: File) -> Sides:
    addresses: set[str] = set()
    for case_id in (file.id, *file.others):
        rows = journal.db.execute("SELECT email FROM contact WHERE case_id = ?", (case_id.bytes,))
        addresses |= {str(row[0]) for row in rows}
    desk = people.desk_of(journal, file.platform)
    return Sides(frozenset(addresses), frozenset(str(seat.number) for seat in desk))
