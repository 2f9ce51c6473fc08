"""What is known of an action on an item in Coop: how often it was decided, and what of it holds.

A callback has neither a number nor a time. So an action is known by its item, its own id and how
often it was decided, and by a keyed digest of the bytes that came: the same bytes again are the
same decision for a while. What takes an action back lifts every decision by it that is in force.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

from amparo.connectors import coop
from amparo.connectors.coop_callback import Action, Item
from amparo.connectors.record import Record
from amparo.errors import Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import items, on_record
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.items import Digests
from amparo.record import event
from amparo.storage.journal import Journal

MOST_DECISIONS = 1000
"""Of one action on one item; each costs a look into an index."""
_MOMENT_LETTERS = len("2026-11-30T12:00:00Z")
_RESTRICTED_NOBODY = ("noted", "set aside")


class Decided(NamedTuple):
    """One time that an action was decided on an item."""

    native_id: str
    item: items.Item | None
    back: items.Item | None
    """What takes it back."""

    @property
    def is_in_force(self) -> bool:
        """Whether it restricts somebody, for all that Coop has told."""
        is_known = self.item is not None and self.item.state not in _RESTRICTED_NOBODY
        return is_known and self.back is None


class Actions:
    """What an action comes to, beside what is known; inside a transaction."""

    def __init__(
        self, journal: Journal, secret: bytes, connection: Connection, now: datetime
    ) -> None:
        self._journal, self._secret = journal, secret
        self._connection, self._now = connection, now
        self._digests = Digests(secret, connection)
        self._of = coop.settings(connection.config)
        self._at = event.timestamp(now)

    def records(self, action: Action, body: bytes) -> list[Record]:
        """Nothing where it came before."""
        if self._of.meanings.get(action.action) == coop.LEFT_OUT:
            return []
        if action.action in self._of.takes_back:
            return self._taken_back(action.item, self._of.takes_back[action.action], body)
        return self._decision(action, body)

    def _decision(self, action: Action, body: bytes) -> list[Record]:
        """A decision; the same bytes long after may be another one, or one that was kept."""
        version = self._version(body)
        is_repeated = False
        for decided in self.decisions(action.item, action.action):
            if decided.item is not None:
                if _same_bytes(decided.item, version):
                    if self._is_again(decided.item, decided):
                        return []
                    is_repeated = decided.back is None and self._of.again_hours is None
            elif decided.back is None or self._age(decided.back) <= coop.NEAR:
                native_id = decided.native_id
                found = coop.decision(
                    action, native_id, version, self._at, self._of, is_repeated=is_repeated
                )
                return [found]
        return []

    def _taken_back(self, item: Item, actions: Iterable[str], body: bytes) -> list[Record]:
        """What takes back every decision that is in force; it may be the first that comes.

        Nothing where the same bytes have just taken something back: they come once more.
        """
        version = self._version(body)
        in_force: list[str] = []
        waiting: list[str] = []
        for action in actions:
            last: Decided | None = None
            for decided in self.decisions(item, action):
                if decided.item is None and decided.back is None:
                    if last is None or self._is_long_ago(last):
                        waiting.append(decided.native_id)
                    break
                if decided.back is None:
                    in_force.append(decided.native_id)
                elif _same_bytes(decided.back, version) and self._age(decided.back) <= coop.NEAR:
                    return []
                last = decided
        found = in_force or waiting
        return [coop.reversal(native_id, version, self._at) for native_id in found]

    def known(self, item: Item, action: str) -> Iterator[Decided]:
        """Each time that Coop has told of, from the first on."""
        for decided in self.decisions(item, action):
            if decided.item is None and decided.back is None:
                return
            yield decided

    def decisions(self, item: Item, action: str) -> Iterator[Decided]:
        """Each time that it was decided, from the first on, and then those that are still free."""
        for number in count(1):
            if number > MOST_DECISIONS:
                raise Unavailable(
                    "This action is not taken in.",
                    why="it was decided too often about the same item",
                    fix="Look in Coop for a rule that goes in a circle.",
                )
            native_id = hidden(self._digests, coop.name(item, action, number))
            names = [self._digests.name(n) for n in (native_id, coop.of_reversal(native_id))]
            found = items.load(self._journal, self._connection.id, names)
            decided = Decided(native_id, found.get(names[0]), found.get(names[1]))
            if decided.item is not None or not self._was_another(names[0]):
                yield decided

    def _was_another(self, name: bytes) -> bool:
        """Whether a connection that was removed has decided it, and what comes now is no repeat."""
        platform = self._connection.platform
        there = on_record.newest(self._journal, self._secret, platform, self._digests, name)
        if there is None:
            return False
        file = casework.read_alone(self._journal, there.case)
        first = datetime.fromisoformat(event.read_leaf(file.log_entries[0].leaf).at)
        is_over = file.case.lifted_at is not None
        return not coop.is_again(first, self._now, self._of, is_over=is_over)

    def _version(self, body: bytes) -> str:
        """When it came, and a digest by which the same bytes are known again."""
        return f"{self._at} {self._digests.name(hashlib.sha256(body).hexdigest()).hex()}"

    def _is_again(self, item: items.Item, decided: Decided) -> bool:
        first, is_over = self._first(item), decided.back is not None
        return coop.is_again(first, self._now, self._of, is_over=is_over)

    def _is_long_ago(self, decided: Decided) -> bool:
        last = decided.back or decided.item
        return last is not None and self._age(last) > coop.NEAR

    def _age(self, item: items.Item) -> timedelta:
        return self._now - self._first(item)

    def _first(self, item: items.Item) -> datetime:
        """When it came."""
        return datetime.fromisoformat(item.version[:_MOMENT_LETTERS])


def _same_bytes(item: items.Item, version: str) -> bool:
    return item.version[_MOMENT_LETTERS:] == version[_MOMENT_LETTERS:]


def hidden(digests: Digests, name: str) -> str:
    """A name of ours that does not show the platform's own, which is a person's."""
    return digests.name(name).hex()
