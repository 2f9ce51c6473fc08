"""Asking a running Mastodon: what its webhooks point at, and all lists of restricted accounts.

A scan reads each list to its end, page by page, and keeps after each page where it is. The first
scan only learns how things stand. From then on whatever comes onto a list was decided in between;
and what a whole scan has not met any more is asked about by itself. Between scans webhooks say what
to look at, so that nothing has to be found by going through all lists.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, cast

import msgspec

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import mastodon_live, states
from amparo.connectors.mastodon_live import Closed
from amparo.connectors.record import Record
from amparo.errors import Missing
from amparo.ledger.case import casework
from amparo.ledger.connect import asking, connections, ingest, items, poll_schedule
from amparo.ledger.connect.asking import Source
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests
from amparo.record import event
from amparo.storage.journal import Journal

ON_A_PAGE = 100
MOST_REPORTS = 20
"""Of one account, the newest: the one that was closed with its restriction is among them."""
PAGES_A_TURN = 20
LOOKS_A_TURN = 50
LOST_AT_ONCE = 20
_ACCOUNTS, _ACCOUNT, _REPORTS = (
    "/api/v2/admin/accounts",
    "/api/v1/admin/accounts",
    "/api/v1/admin/reports",
)


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the lists are read."""

    begun_at: int = 0
    """When this scan began; 0 between scans."""
    list: int = 0
    after: str = ""
    """The last account of the page before; empty at a list's beginning. Behind the last list: the
    digest of what was asked about last."""
    scans: int = 0
    """How many were finished: only after the first one a new account on a list is a decision."""


class Page(NamedTuple):
    """A page of a list of accounts."""

    accounts: list[Any]
    after: str
    """From where the list goes on; empty at its end."""


class Mastodon:
    """A running Mastodon, as its interface for administrators shows it."""

    lists = tuple(mastodon_live.FLAGS)

    def __init__(self, connection: Connection, token: str) -> None:
        """Nothing is asked yet."""
        self._settings = mastodon_live.settings(connection.config)
        self._source = Source(
            connection.config.connector.address,
            {"authorization": f"Bearer {token}"},
            private=self._settings.private,
        )

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    @property
    def seconds_between_scans(self) -> int:
        """As the connection's file says."""
        return self._settings.scan_hours * 3600

    def check(self) -> None:
        """Raise what keeps from reading accounts and reports."""
        self.page(0, "", most=1)
        self._list(_REPORTS, {"limit": "1"})

    def check_may_write(self) -> None:
        """Raise what keeps from undoing what accounts have; nothing is changed."""
        with suppress(Missing):  # Mastodon judges the token first, and there is no such account
            self._source.post(f"{_ACCOUNT}/0/unsilence")

    def page(self, number: int, after: str, *, most: int = ON_A_PAGE) -> Page:
        """A page of one of the lists, the newest accounts first."""
        values = {"origin": "local", "status": self.lists[number], "limit": str(most)}
        found, headers = self._list(_ACCOUNTS, values | ({"max_id": after} if after else {}))
        return Page(found, mastodon_live.next_page(headers.get("link", "")))

    def account(self, number: str) -> Mapping[str, Any] | None:
        """An account; None where there is none."""
        try:
            found = self._source.get(f"{_ACCOUNT}/{number}").value
        except Missing:
            return None
        if not isinstance(found, dict):
            raise asking.unexpected("Mastodon", "an account is no JSON object")
        return found

    def closed(self, number: str, now: datetime) -> Closed | None:
        """The report about an account that was closed last, not long before now."""
        values = {"target_account_id": number, "resolved": "1", "limit": str(MOST_REPORTS)}
        found, _ = self._list(_REPORTS, values)
        try:
            reports = [mastodon_live.report(body) for body in found if isinstance(body, dict)]
        except ValueError as error:
            raise asking.unexpected("Mastodon", f"of a report {error}") from None
        return mastodon_live.nearest([report for report in reports if report is not None], now)

    def look(self, subject: str) -> Seen:
        """What can be seen of what a case is about."""
        flag, _, number = subject.partition(" ")
        found = self.account(number)
        if found is None:
            return Seen(("gone",), is_over=False, shows=())
        try:
            in_force = mastodon_live.in_force(found)
        except ValueError as error:
            raise asking.unexpected("Mastodon", f"of an account {error}") from None
        return Seen(
            cast("tuple[InForce, ...]", in_force),
            flag not in in_force,
            mastodon_live.SHOWS.get(flag, ()),
        )

    def undo(self, subject: str, name: str) -> None:
        """Take a flag off; the same again changes nothing there, so the order needs no name."""
        del name
        flag, _, number = subject.partition(" ")
        self._source.post(f"{_ACCOUNT}/{number}/{mastodon_live.UNDO[flag]}")

    def to_look_at(self, subject: str) -> str:
        """The account: the next scan may be hours away, and there may be no webhook."""
        return subject.partition(" ")[2]

    def _list(self, path: str, values: Mapping[str, str]) -> tuple[list[Any], Mapping[str, str]]:
        found = self._source.get(path, values)
        if not isinstance(found.value, list):
            raise asking.unexpected("Mastodon", "a list is none")
        return found.value, found.headers


class Turn:
    """One turn at a source: what webhooks point at first, then the lists."""

    def __init__(self, journal: Journal, secret: bytes, name: str, mastodon: Mastodon) -> None:
        """`name`: of the connection."""
        self._journal, self._secret, self._mastodon = journal, secret, mastodon
        self._connection = connections.find(journal, name)

    def take(self, now: datetime) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""
        self._look(now)
        for _ in range(PAGES_A_TURN):
            position = self._position()
            if not position.begun_at:
                position = Position(begun_at=int(now.timestamp()), scans=position.scans)
            if position.list < len(Mastodon.lists):
                self._scan(position, now)
            elif self._ask_about_lost(position, now):
                return position.begun_at + self._mastodon.seconds_between_scans
        return int(now.timestamp())

    def _look(self, now: datetime) -> None:
        for number, noted_at in poll_schedule.looks(
            self._journal, self._connection.id, most=LOOKS_A_TURN
        ):
            self._take([self._read(number, now)], self._position())
            poll_schedule.was_looked_at(self._journal, self._connection.id, number, noted_at)

    def _scan(self, position: Position, now: datetime) -> None:
        page = self._mastodon.page(position.list, position.after)
        # Ids fall: a page that does not go on from the last one would be read for ever.
        goes_on = page.after and (not position.after or int(page.after) < int(position.after))
        following = msgspec.structs.replace(
            position,
            list=position.list if goes_on else position.list + 1,
            after=page.after if goes_on else "",
        )
        self._take([self._record(body, now) for body in page.accounts], following)

    def _ask_about_lost(self, position: Position, now: datetime) -> bool:
        """Ask about what the whole scan has not met any more; whether it ends with that."""
        lost = items.states_before(
            self._journal,
            self._connection.id,
            position.begun_at,
            after=bytes.fromhex(position.after),
            most=LOST_AT_ONCE,
        )
        numbers = {
            name.removeprefix("account:")
            for item in lost
            for name in states.names(msgspec.json.decode(item.record))
        }
        following = Position(scans=position.scans + 1)
        if len(lost) == LOST_AT_ONCE:
            following = msgspec.structs.replace(position, after=lost[-1].digest.hex())
        self._take([self._read(number, now) for number in sorted(numbers)], following)
        return not following.begun_at

    def _read(self, number: str, now: datetime) -> Record | Unreadable:
        found = self._mastodon.account(number)
        if found is None:
            return mastodon_live.gone(number, event.timestamp(now))
        return self._record(found, now)

    def _record(self, body: Any, now: datetime) -> Record | Unreadable:
        """An account's state; with the report about it, if something has changed."""
        at, listed = event.timestamp(now), self._position().scans > 0
        try:
            found = mastodon_live.account(body, at, listed=listed, near=None)
            if not self._has_changed(found):
                return found
            near = self._mastodon.closed(found.look_at, now)
            return mastodon_live.account(body, at, listed=listed, near=near)
        except ValueError as error:
            return Unreadable(f"account, {at}", str(error))

    def _has_changed(self, record: Record) -> bool:
        digest = Digests(self._secret, self._connection).name(ingest.STATE + record.native_id)
        item = items.load(self._journal, self._connection.id, [digest]).get(digest)
        known = None if item is None else msgspec.json.decode(item.record)
        return any(new.kind == "restriction" for new in states.compare(known, record)[1])

    def _take(self, records: Sequence[Record | Unreadable], position: Position) -> None:
        self._connection = connections.find(self._journal, self._connection.name)
        ingest.take(
            self._journal,
            self._secret,
            self._connection,  # as it is now: somebody may have paused it
            records,
            position=msgspec.json.encode(position).decode(),
            now=casework.now(),
        )
        self._connection = connections.find(self._journal, self._connection.name)

    def _position(self) -> Position:
        text = self._connection.position
        return msgspec.json.decode(text, type=Position) if text else Position()


def as_if_decided(mastodon: Mastodon, now: datetime, *, most: int) -> Iterator[Record | Unreadable]:
    """Accounts that are restricted now, as if each had been decided today: for a trial.

    Mastodon does not say when an account was restricted, so this is what can be shown beforehand.
    """
    at = event.timestamp(now)
    seen = set[str]()
    for number in range(len(Mastodon.lists)):
        after, left = "", most
        while left > 0:
            page = mastodon.page(number, after, most=min(left, ON_A_PAGE))
            for body in page.accounts:
                try:
                    record = mastodon_live.account(body, at, listed=True, near=None)
                except ValueError as error:
                    yield Unreadable(f"account, {at}", str(error))
                    continue
                if record.native_id not in seen:
                    seen.add(record.native_id)
                    yield from states.compare({}, record)[1]
            left -= len(page.accounts) or left
            after = page.after
            if not after:
                break
