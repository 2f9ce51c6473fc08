"""Orders are carried out through Coop: by the action that takes back what somebody contested.

Nothing can be looked at in Coop, and it knows no name of a call. It takes the call, tells the
platform of the action, and the platform passes that on as every other. So an order counts as done
once that has come: what Coop has told is the platform's claim. Nothing is called a second time.

Source: roostorg/coop 1.0.2: `submitAction`, `ActionPublisher.publishActions`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from amparo.case import write_back
from amparo.case.read_back import Seen
from amparo.case.state import Actor
from amparo.connectors import coop
from amparo.connectors.coop import Subject
from amparo.connectors.record import Record
from amparo.errors import Missing, Refused
from amparo.ledger.case import casework, in_sources, write_back_queue
from amparo.ledger.connect import items
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.coop_calls import Coop
from amparo.ledger.connect.coop_decisions import Actions, Decided
from amparo.ledger.connect.items import Digests
from amparo.ledger.connect.write_back_turn import Overtaken
from amparo.storage.journal import Journal


class Remedies:
    """One Coop through which orders are carried out; for one thread."""

    def __init__(
        self, journal: Journal, secret: bytes, connection: Connection, running: Coop
    ) -> None:
        """Nothing is asked yet."""
        self._actions = Actions(journal, secret, connection, casework.now())
        self._coop, self._of = running, running.settings

    def look(self, subject: str) -> Seen:
        """What Coop has told of the decision that a case is about."""
        about = _subject(subject)
        newer = self._from(about)
        its = next(newer, None)
        if its is None:  # it is from before orders were carried out
            return Seen((), is_over=False, shows=(), is_told=True)
        is_over = its.back is not None and not any(each.is_in_force for each in newer)
        return Seen((), is_over=is_over, shows=coop.shows(about.action, self._of), is_told=True)

    def undo(self, subject: str, name: str) -> Callable[[], None]:
        """The call that takes it back, unless that would take something else back as well.

        Coop is asked something else before: one that is away now has not taken it.
        """
        about = _subject(subject)
        by = self._of.undoing(about.action)
        for action in self._of.takes_back[by]:
            for decided in self._actions.known(about.item, action):
                if decided.is_in_force and decided.native_id != about.decided:
                    raise Overtaken(
                        "It is restricted by another decision as well.",
                        why="the same action would take both back",
                        fix="Look at the other one, and decide yourself.",
                    )
        self._coop.policies()
        return partial(self._coop.act, by, about.item, f"Ordered after a complaint: {name}")

    def to_look_at(self, _: str) -> str:
        """Nothing: it comes as a callback."""
        return ""

    def _from(self, about: Subject) -> Iterator[Decided]:
        """The decision that a case is about, and those after it."""
        has_come = False
        for decided in self._actions.known(about.item, about.action):
            has_come = has_come or decided.native_id == about.decided
            if has_come:
                yield decided


def were_taken_back(
    journal: Journal, secret: bytes, connection: Connection, found: Sequence[Record], now: datetime
) -> None:
    """Claim the orders about decisions that Coop says were taken back, inside a transaction."""
    of, digests = coop.settings(connection.config), Digests(secret, connection)
    if not of.write_back:
        return
    names = [digests.name(record.reverses) for record in found if record.reverses]
    for item in items.load(journal, connection.id, names).values():
        if item.case is not None and write_back_queue.waits(journal, connection.id, item.case):
            _claim(journal, connection, item.case, of, now)


def _claim(
    journal: Journal, connection: Connection, case: UUID, of: coop.Settings, now: datetime
) -> None:
    subject = in_sources.subject_of(journal, connection.id, case)
    if subject is None:
        return
    step = partial(
        write_back.carried_out,
        shows=coop.shows(_subject(subject).action, of),
        source=None,
        by=Actor("platform", connection.platform.slug),
        now=now,
    )
    try:
        casework.act_within(journal, case, step)
    except (Missing, Refused):
        return  # it was erased meanwhile: there is nobody to tell


def _subject(text: str) -> Subject:
    return msgspec.json.decode(text, type=Subject)
