"""Orders are carried out: a connector undoes in its source what a case has ordered.

At each try it looks first: what is over there already, since the call was made before a crash or by
somebody else, is not called for again. In a source that shows nothing (Coop) a call is noted before
it is made, and made once: whether one that was not answered was taken, nobody knows, and a second
one could undo what was decided meanwhile. Tries end; whatever cannot be done by a call, or is
refused, is held for a person, and stays an order to the platform all the while.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from amparo.case import write_back
from amparo.case.read_back import Seen
from amparo.case.state import Actor
from amparo.case.write_back import Held
from amparo.errors import AmparoError, Denied, Malformed, Missing, Refused, Unavailable
from amparo.ledger.case import casework, write_back_queue
from amparo.ledger.case.write_back_queue import Due
from amparo.ledger.connect import poll_schedule
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.storage.journal import Journal

logger = logging.getLogger("amparo")

AT_ONCE = 20
MOST_TRIES = 7
FIRST_WAIT_SECONDS = 60
"""After a try that failed; then twice as long each time, so that they end after an hour."""
MOST_FAILURES = 3
"""In one turn: after so many it is not an order that fails, but the source."""


class Overtaken(Refused):
    """What is in force in the source is not what the case is about, but something newer."""


class Called(Exception):
    """The source has taken the call, or may have; it tells by itself what came of it."""

    def __init__(self, error: AmparoError | None = None) -> None:
        """`error`: why it is not known whether it has."""
        super().__init__()
        self.error = error


class Waived(Exception):
    """It is wanted no more, or was ordered anew, since it was looked at."""


class NoCall(Exception):
    """It can be seen in the source, and no call of its undoes it: a person does."""


class Undoer(Protocol):
    """A source in which one can look at what a case is about, and undo it."""

    def look(self, subject: str) -> Seen:
        """What can be seen of it; raises where it does not answer."""

    def undo(self, subject: str, name: str) -> Callable[[], None] | None:
        """Undo it there; `name` is the order's own, the same at each try.

        The call itself where nothing shows later whether it was made: then it is made once only.
        `Denied` or `Malformed` where it is refused, `Overtaken` where something newer is in force,
        `NoCall` where a person has to do it.
        """

    def to_look_at(self, subject: str) -> str:
        """What is to be read anew then, as its webhooks name it; empty where it tells by itself."""


def go_on(
    journal: Journal, connection: Connection, undoer: Undoer, now: datetime, until: float
) -> bool:
    """Carry out orders that are due, some at a time; whether there may be more to do in this turn.

    `until`: when the turn ends, as `time.monotonic` has it. Raises why one could not be carried
    out, once the others were.
    """
    found = write_back_queue.due(journal, connection.id, int(now.timestamp()), most=AT_ONCE)
    failed: list[AmparoError] = []
    has_more = False
    for order in found:
        if not write_back_queue.is_due(journal, order):
            continue
        has_more = True
        try:
            held = _carry_out(journal, connection, undoer, order, now)
        except ToWait:
            raise
        except Overtaken:
            held = "newer"
        except NoCall:
            held = "steps"
        except Waived:
            held = None
        except Called as called:
            held = _wait(journal, order, now)
            failed += [called.error] if called.error else []
        except (Denied, Malformed, Missing) as error:
            logger.warning("%s refuses an order: %s %s", connection.name, error.what, error.why)
            held = "refused"
        except AmparoError as error:
            failed.append(error)
            held = _try_again(journal, order, now)
        if held:
            with journal.transaction():
                write_back_queue.hold(journal, order, held)
        if len(failed) == MOST_FAILURES or time.monotonic() >= until:
            break
    if failed:
        raise failed[0]
    return has_more and time.monotonic() < until


def _carry_out(
    journal: Journal, connection: Connection, undoer: Undoer, order: Due, now: datetime
) -> Held | None:
    """Why a person has to do it; None where it is done, or nothing is to be done any more."""
    file = casework.read(journal, order.case)
    case = file.case
    if not write_back.is_open(case):
        with journal.transaction():
            write_back_queue.end(journal, order)
        return None
    seen = undoer.look(order.subject)
    if "gone" in seen.in_force:
        return "gone"
    if not write_back.can_be_carried_out(case, seen.shows):
        return "steps"
    if not seen.is_over:
        if order.was_called:
            raise Called
        # A newer decision may still be a draft here.
        was_over = write_back.was_over(file.events)
        if was_over or write_back_queue.has_newer(journal, connection.id, order):
            return "newer"
        _undo(journal, undoer, order, now)
    step = partial(
        write_back.carried_out,
        shows=seen.shows,
        source=None if seen.is_told else connection.source,
        by=Actor("platform", connection.platform.slug),
        now=now,
    )
    with journal.transaction():
        try:
            left = write_back.is_open(casework.act_within(journal, order.case, step))
        except (Missing, Refused):  # it was erased meanwhile: there is nobody to tell
            left = False
        if not left:
            write_back_queue.end(journal, order)
        if changed := undoer.to_look_at(order.subject):
            # Whatever restricts it next is another decision, and not what is known already.
            poll_schedule.note(journal, connection, changed, int(now.timestamp()))
    return "steps" if left else None


def _undo(journal: Journal, undoer: Undoer, order: Due, now: datetime) -> None:
    refused = None
    try:
        call = undoer.undo(order.subject, f"amparo:{order.case}:{order.ordered_at}")
        if call is not None:
            _call_once(journal, order, call, now)
    except (Denied, Malformed, Missing) as error:
        refused = error  # perhaps since somebody was quicker
    if not undoer.look(order.subject).is_over:
        raise refused or Unavailable(
            "The source has taken the call, and nothing has changed there.",
            why="what the case is about is still in force",
            fix="It is tried again later; look at it there if that stays so.",
        )


def _call_once(journal: Journal, order: Due, call: Callable[[], None], now: datetime) -> None:
    """Raises `Called`, unless the source says that it has not taken the call.

    `Waived` where the order does not wait any more: the source was asked something else meanwhile.
    """
    with journal.transaction():  # whoever is killed before the answer leaves it as called for
        if not write_back_queue.is_due(journal, order):
            raise Waived
        write_back_queue.was_called(journal, order, int(now.timestamp()) + FIRST_WAIT_SECONDS)
    try:
        call()
    except (Denied, Malformed, Missing, ToWait):
        with journal.transaction():
            write_back_queue.was_not_called(journal, order)
        raise
    except AmparoError as error:
        raise Called(error) from None
    raise Called


def _wait(journal: Journal, order: Due, now: datetime) -> Held | None:
    """Nothing is called for meanwhile; what was not told after an hour is a matter for people."""
    if order.was_called:
        return _try_again(journal, order, now, at_last=write_back_queue.UNTOLD)
    return None


def _try_again(
    journal: Journal, order: Due, now: datetime, at_last: Held = "unanswered"
) -> Held | None:
    if order.tries + 1 >= MOST_TRIES:
        return at_last
    with journal.transaction():
        wait = FIRST_WAIT_SECONDS << order.tries
        write_back_queue.put_off(journal, order, int(now.timestamp()) + wait)
    return None
