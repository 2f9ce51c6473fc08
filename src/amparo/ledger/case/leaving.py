"""Whoever leaves, falls ill or goes away hands their open cases back, at desks and at panels.

A case that is bound to somebody who does not come any more would wait for ever. What was handed
back is nobody's again, its clocks go on, and its history says so.
"""

# SPDX-License-Identifier: Apache-2.0

from functools import partial
from uuid import UUID

from amparo.case import complaint, panel
from amparo.case.events import Cause
from amparo.ledger.case import casework, panels, people, saved_texts
from amparo.ledger.case.people import Person
from amparo.storage.journal import Journal


def leave(journal: Journal, person: Person) -> int:
    """End somebody's seat and every way in; how many cases they have handed back."""
    with journal.transaction():  # a crash leaves a seat with its cases, or neither
        people.end_seat(journal, person.id)
        saved_texts.drop_of_seat(journal, person.id)
        return _hand_back(journal, person, "left")


def hand_back(journal: Journal, person: Person, cause: Cause) -> int:
    """Hand every open case of somebody back; how many. Their seat stays."""
    with journal.transaction():
        return _hand_back(journal, person, cause)


def _hand_back(journal: Journal, person: Person, cause: Cause) -> int:
    if person.member:
        return _leave_panels(journal, person.member, cause)
    return _leave_desk(journal, person, cause)


def _leave_desk(journal: Journal, person: Person, cause: Cause) -> int:
    rows = journal.db.execute(
        "SELECT case_id FROM desk WHERE reviewer = ? AND reviewer > 0 "
        "AND state IN ('assigned', 'reviewing', 'asking', 'paused') ORDER BY case_id",
        (person.id,),
    ).fetchall()
    step = partial(complaint.take_back, seat=person.id, cause=cause, now=casework.now())
    for row in rows:
        casework.act_within(journal, UUID(bytes=bytes(row[0])), step)
    return len(rows)


def _leave_panels(journal: Journal, member: str, cause: Cause) -> int:
    gone = panels.gone(journal)
    step = partial(
        panel.replace, member=member, cause=cause, gone=gone, by="node", now=casework.now()
    )
    cases = panels.seats_of(journal, member)
    for case_id in cases:
        casework.act_within(journal, case_id, step)
    return len(cases)
