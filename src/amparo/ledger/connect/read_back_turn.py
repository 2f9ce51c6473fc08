"""Remedies are read back: a connector looks at its source, and what it saw stands in the case.

A look that cannot be made, since the source does not answer, is made later; until then nothing is
said about it. The others do not wait for it: a source may fail at one account alone, and choose at
which.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from datetime import datetime
from functools import partial
from typing import Protocol

from amparo.case import read_back
from amparo.case.read_back import Seen
from amparo.errors import AmparoError, Missing, Refused
from amparo.ledger.case import casework, read_back_schedule
from amparo.ledger.case.read_back_schedule import Due
from amparo.ledger.connect import write_back_turn
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.write_back_turn import Undoer
from amparo.storage.journal import Journal

AT_ONCE = 20
AGAIN_SECONDS = 3600
"""After a look that could not be made."""
SECONDS_A_TURN = 120.0
"""For looks, and as much for orders: then the other sources have theirs. A slow one goes on at its
next turn, which is at once, and before this one could be taken for dead
(`poll_schedule.HOLD_SECONDS`)."""
MOST_FAILURES = 3
"""In one turn: after so many it is not an account that fails, but the source."""


class Looker(Protocol):
    """A source in which one can look at what a case is about."""

    def look(self, subject: str) -> Seen:
        """What can be seen of it; raises where it does not answer."""


def carry_out_and_look(journal: Journal, connection: Connection, source: Undoer) -> None:
    """What a turn does last: a look that fails keeps no decision from the record.

    Raises why an order could not be carried out, once the looks were made.
    """
    until, failed = time.monotonic() + SECONDS_A_TURN, None
    try:
        while write_back_turn.go_on(journal, connection, source, casework.now(), until):
            pass
    except ToWait:
        raise
    except AmparoError as error:
        failed = error
    look_at_all(journal, connection, source)
    if failed is not None:
        raise failed


def look_at_all(journal: Journal, connection: Connection, source: Looker) -> None:
    """Make every look that is due, in a source in which nothing can be undone from here."""
    until = time.monotonic() + SECONDS_A_TURN
    while go_on(journal, connection, source, casework.now(), until):
        pass


def go_on(
    journal: Journal, connection: Connection, looker: Looker, now: datetime, until: float
) -> bool:
    """Make the looks that are due, some at a time; whether there may be more to make in this turn.

    `until`: when the turn ends, as `time.monotonic` has it. Raises why one could not be made, once
    the others were.
    """
    found = read_back_schedule.due(journal, connection.id, int(now.timestamp()), most=AT_ONCE)
    failed: list[AmparoError] = []
    for due in found:
        try:
            _look(journal, connection, looker, due, now)
        except (ToWait, Refused):  # the source rests, or somebody has paused it
            raise
        except AmparoError as error:
            failed.append(error)
            with journal.transaction():
                read_back_schedule.put_off(journal, due, int(now.timestamp()) + AGAIN_SECONDS)
        if len(failed) == MOST_FAILURES or time.monotonic() >= until:
            break
    if failed:
        raise failed[0]
    return bool(found) and time.monotonic() < until


def _look(
    journal: Journal, connection: Connection, looker: Looker, due: Due, now: datetime
) -> None:
    if not read_back.is_read_back(casework.read(journal, due.case).case):
        with journal.transaction():
            read_back_schedule.end(journal, due.case)
        return
    seen = looker.look(due.subject)
    step = partial(read_back.look, number=due.looks, seen=seen, source=connection.source, now=now)
    with journal.transaction():
        if not read_back_schedule.is_due(journal, due):
            return  # made by another process, or about what the platform had said before
        try:
            casework.act_within(journal, due.case, step)
        except (Missing, Refused):  # it was erased meanwhile: there is nobody to tell
            read_back_schedule.end(journal, due.case)
            return
        read_back_schedule.was_made(journal, due, int(now.timestamp()))
        if "gone" in seen.in_force:  # nothing more will be seen of it
            read_back_schedule.end(journal, due.case)
