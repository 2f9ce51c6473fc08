"""Callbacks of Coop go on the record as they come: Coop cannot be asked for them later.

A callback has neither a number nor a time. So an action is known by its item, its own id and how
often it was decided, and by a keyed digest of the bytes that came: the same bytes again are the
same decision for a while. What takes an action back lifts every decision by it that is in force.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import msgspec

from amparo.connectors import coop, coop_callback
from amparo.connectors.coop_callback import Action, AppealDecision, Item
from amparo.connectors.record import Record
from amparo.errors import Malformed, Text, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, items, on_record, take
from amparo.ledger.connect.asking import Source
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.items import Digests
from amparo.ledger.connect.take import Unreadable
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import Node
from amparo.record import event

MOST_DECISIONS = 1000
"""Of one action on one item; each costs a look into an index."""
_POLICIES, _APPEAL = "/api/v1/policies/", "/api/v1/report/appeal"
_MOMENT_LETTERS = len("2026-11-30T12:00:00Z")


OnAppeal = Callable[[Journal, Connection, AppealDecision, datetime], None]


class Secrets(msgspec.Struct, frozen=True):
    """What a Coop is asked with, and by what its callbacks are signed: of a file in `keys`."""

    api_key: str
    public_key: str
    """In PEM."""


class Decided(NamedTuple):
    """One time that an action was decided on an item."""

    native_id: str
    item: items.Item | None
    back: items.Item | None
    """What takes it back."""


def secrets_of(node: Node, connection: Connection) -> Secrets:
    """What a connection is asked and checked with."""
    return msgspec.json.decode(connections.secret_of(node, connection.name), type=Secrets)


class Coop:
    """A running Coop, as its API shows it."""

    def __init__(self, connection: Connection, api_key: str) -> None:
        """Nothing is asked yet."""
        self._source = Source(
            connection.config.connector.address,
            {"x-api-key": api_key},
            private=coop.settings(connection.config).private,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def policies(self) -> list[tuple[str, str]]:
        """Each policy of the organisation, as (id, name); raises where the key is not accepted."""
        found = self._source.get(_POLICIES).value
        listed = found.get("policies") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise Unavailable(
                "What the source answers is not what Coop answers.",
                why="it has no list of policies",
                fix="Look whether the address is that of Coop's server.",
            )
        rows = [each for each in listed if isinstance(each, dict)]
        return [(str(each.get("id")), str(each.get("name"))) for each in rows]

    def appeal(self, request: Mapping[str, Any]) -> None:
        """Send an appeal; `Malformed` where Coop refuses it."""
        self._source.post(_APPEAL, request)


def take_callback(
    journal: Journal,
    secret: bytes,
    connection: Connection,
    body: bytes,
    now: datetime,
    on_appeal: OnAppeal,
) -> None:
    """Take one callback in, which was signed well: on the record, or into the trial.

    `on_appeal`: what is done with a decision about an appeal, inside the transaction. `Malformed`
    where it cannot be read, which is counted; `Unavailable` while it is paused.
    """
    connection = connections.find(journal, connection.name)
    if connection.state == "trial":
        _add_to_trial(journal, secret, connection, body, now)
        return
    try:
        found: Action | AppealDecision | None = coop_callback.read(body)
        why = ""
    except ValueError as error:
        found, why = None, str(error)
    with journal.transaction():
        if connections.state_now(journal, connection) != "running":
            raise Unavailable(
                Text("The connection {name} does not run.", name=connection.name),
                why="what comes now is not taken in",
                fix="Send it again once it runs.",
            )
        records: list[Record | Unreadable] = []
        if found is None:
            records = [Unreadable(f"callback, {event.timestamp(now)}", why)]
        elif isinstance(found, Action):
            records += Actions(journal, secret, connection, now).records(found, body)
        else:
            on_appeal(journal, connection, found, now)
        take.take_within(journal, secret, connection, records, now=now)
    if found is None:
        raise _unreadable(why)


def as_trial(
    bodies: Iterable[bytes], secret: bytes, connection: Connection, now: datetime
) -> Iterator[Record | Unreadable]:
    """Callbacks as records, as if each had come today, since none says when it was."""
    of, digests = coop.settings(connection.config), Digests(secret, connection)
    at = event.timestamp(now)
    for number, body in enumerate(bodies, 1):
        try:
            found = coop_callback.read(body)
        except ValueError as error:
            yield Unreadable(f"callback {number}", str(error))
            continue
        if not isinstance(found, Action) or of.meanings.get(found.action) == coop.LEFT_OUT:
            continue
        native_id = _hidden(digests, coop.name(found.item, found.action, 1))
        if found.action in of.takes_back:
            yield coop.reversal(native_id, at)
        else:
            yield coop.decision(found, native_id, at, at, of)


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
            return self._taken_back(action.item, self._of.takes_back[action.action])
        return self._decision(action, body)

    def _decision(self, action: Action, body: bytes) -> list[Record]:
        known = self._digests.name(hashlib.sha256(body).hexdigest()).hex()
        for decided in self._decisions(action.item, action.action):
            if decided.item is not None:
                if decided.item.version.endswith(known) and self._is_again(decided.item, decided):
                    return []
            elif decided.back is None or self._age(decided.back) <= coop.NEAR:
                version = f"{self._at} {known}"
                return [coop.decision(action, decided.native_id, version, self._at, self._of)]
        return []

    def _taken_back(self, item: Item, actions: Iterable[str]) -> list[Record]:
        """What takes back every decision that is in force; it may be the first that comes."""
        in_force: list[str] = []
        waiting: list[str] = []
        for action in actions:
            last: Decided | None = None
            for decided in self._decisions(item, action):
                if decided.item is None and decided.back is None:
                    if last is None or self._is_long_ago(last):
                        waiting.append(decided.native_id)
                    break
                if decided.back is None:
                    in_force.append(decided.native_id)
                last = decided
        return [coop.reversal(native_id, self._at) for native_id in in_force or waiting]

    def _decisions(self, item: Item, action: str) -> Iterator[Decided]:
        """Each time that it was decided, from the first on, and then those that are still free."""
        for number in count(1):
            if number > MOST_DECISIONS:
                raise Unavailable(
                    "This action is not taken in.",
                    why="it was decided too often about the same item",
                    fix="Look in Coop for a rule that goes in a circle.",
                )
            native_id = _hidden(self._digests, coop.name(item, action, number))
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


def _add_to_trial(
    journal: Journal, secret: bytes, connection: Connection, body: bytes, now: datetime
) -> None:
    records = list(as_trial([body], secret, connection, now))
    so_far = connection.trial
    trial = take.read_as_trial(journal, secret, connection, records, so_far=so_far)
    connections.set_trial(journal, connection, trial)
    for record in records:
        if isinstance(record, Unreadable):
            raise _unreadable(record.why)


def _hidden(digests: Digests, name: str) -> str:
    """A name of ours that does not show the platform's own, which is a person's."""
    return digests.name(name).hex()


def _unreadable(why: str) -> Malformed:
    return Malformed(
        "This is no callback as Coop sends it.",
        why=why,
        fix="Pass on the body as it came, byte for byte.",
    )
