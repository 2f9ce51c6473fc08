"""Reading a running Synapse: its accounts, rooms, media in quarantine, and reports.

Synapse has no list of what is restricted, so a scan goes through all accounts and all rooms, page
by page, and keeps after each page where it is. Its list of accounts does not say who is suspended:
each is asked about by itself. The first scan only learns how things stand; what is restricted at a
later one was decided in between. Media in quarantine come as a list of changes, which has a number
to read on from.

What is not restricted, and was not when it was last seen, leaves nothing here.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec

from amparo.connectors import states, synapse
from amparo.connectors.record import Record
from amparo.errors import Missing
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ingest, items, poll_schedule, read_back_turn
from amparo.ledger.connect.asking import NotTaken
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests, Item
from amparo.ledger.connect.synapse_calls import ON_A_PAGE, REPORTS, Page, Synapse
from amparo.record import event
from amparo.storage.journal import Journal

OVERLAP = 20
"""So many rooms of a page are read once more with the next one: rooms can be deleted meanwhile,
and those that follow move up. Accounts are never taken off their list."""
PAGES_A_TURN = 5
"""Of each list: most have a call for each entry that is on them."""
LOOKS_A_TURN = 50
SECONDS_BETWEEN = 300
REPORTED_WITHIN = timedelta(days=7)
"""A report that came in so long before an account's flag was seen is shown beside it."""


class Reports(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a list of reports is read, which has the newest first."""

    known: int = 0
    """Up to this number all are known."""
    newest: int = 0
    """The newest of the reading that is under way."""
    offset: int = 0
    """Where that goes on, from the newest on."""


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far everything is read."""

    begun_at: int = 0
    """When this scan began; 0 between scans."""
    ended_at: int = 0
    """When the last one began."""
    rooms: bool = False
    """Whether it is at the rooms, after the accounts."""
    offset: int = 0
    scans: int = 0
    """How many were finished: only after the first one a new restriction is a decision."""
    changes: int = 0
    """The number of the last change in quarantine that was read."""
    into: int = 0
    """So many of the page after it were asked about."""
    follows_changes: bool = False
    """Whether their list was read to its end: what comes then was decided since."""
    reports: dict[str, Reports] = {}


class Turn:
    """One turn at a source: looks, what has changed in quarantine, reports, and then the scan."""

    def __init__(self, journal: Journal, secret: bytes, name: str, there: Synapse) -> None:
        """`name`: of the connection."""
        self._journal, self._secret, self._there = journal, secret, there
        self._connection = connections.find(journal, name)
        self._digests = Digests(secret, self._connection)
        self._reading = Reading(there, self._digests, self._has_changed)

    def take(self, now: datetime) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""
        until = time.monotonic() + read_back_turn.SECONDS_A_TURN
        if not (self._look(now, until) and self._read_changes(now, until)):
            return int(now.timestamp())
        for what in REPORTS if self._there.settings.notices else ():
            self._read_reports(what, until)
        for _ in range(PAGES_A_TURN):
            if not self._scan(now, until):
                return int(now.timestamp()) + SECONDS_BETWEEN
            if time.monotonic() >= until:
                break
        return int(now.timestamp())

    def _look(self, now: datetime, until: float) -> bool:
        """Look at what was noted; whether there was time for all of it."""
        number = self._connection.id
        for subject, noted_at in poll_schedule.looks(self._journal, number, most=LOOKS_A_TURN):
            self._take(self._reading.subject(subject, now, listed=self._is_followed()))
            poll_schedule.was_looked_at(self._journal, number, subject, noted_at)
            if time.monotonic() >= until:
                return False
        return True

    def _read_changes(self, now: datetime, until: float) -> bool:
        """Media that were put in quarantine, or taken out of it, since the last turn.

        The list says where to look, and how each stands now is what counts: it has no times. The
        first reading, of what may go back for years, only learns. Whether there was time for all.
        """
        for _ in range(PAGES_A_TURN):
            position = self._position()
            try:
                found = self._there.changes(position.changes)
            except NotTaken:  # it was put back to an earlier day, and counts from there
                if not position.changes:
                    raise
                anew = msgspec.structs.replace(position, changes=0, into=0, follows_changes=False)
                self._take([], anew)
                return True
            if found is None:
                return True
            is_end = not found.entries or found.following == position.changes
            following = msgspec.structs.replace(
                position,
                changes=found.following,
                into=0,
                follows_changes=position.follows_changes or is_end,
            )
            if not position.follows_changes:
                self._take(self._reading.first_changes(found.entries, now), following)
            elif not self._ask_changes(found.entries[position.into :], following, now, until):
                return False
            if is_end:
                return True
        return True

    def _ask_changes(
        self, entries: Sequence[Any], following: Position, now: datetime, until: float
    ) -> bool:
        """Ask how each of a page stands; whether there was time for the whole page.

        Each may take a minute: what is left of the page comes with the next turn. The list only
        grows, so that the page begins with the same ones then.
        """
        position = self._position()
        records, asked = list[Record | Unreadable](), set[str]()
        for number, entry in enumerate(entries, 1):
            records += self._reading.changes([entry], now, asked)
            if number < len(entries) and time.monotonic() >= until:
                into = position.into + number
                self._take(records, msgspec.structs.replace(position, into=into))
                return False
        self._take(records, following)
        return True

    def _read_reports(self, what: str, until: float) -> None:
        """Those that came in since the last turn, of the newest first: older ones can be deleted.

        The first reading takes none in.
        """
        for _ in range(PAGES_A_TURN):
            position = self._position()
            before = position.reports.get(what)
            page = self._there.reports(what, before.offset if before else 0)
            found = self._reading.reports(what, page.entries, before)
            following = found.place
            if page.is_last or found.is_end or before is None:
                following = Reports(max(following.known, following.newest, 0))
            reports = {**position.reports, what: following}
            self._take(found.records, msgspec.structs.replace(position, reports=reports))
            if not following.offset or time.monotonic() >= until:
                return

    def _scan(self, now: datetime, until: float) -> bool:
        """A page of the scan, or as much of it as there is time for; whether there is more.

        `until`: as `time.monotonic` has it; the other sources have their turns then.
        """
        position = self._position()
        if not position.begun_at:
            if now.timestamp() < position.ended_at + self._there.settings.scan_hours * 3600:
                return False
            position = msgspec.structs.replace(position, begun_at=int(now.timestamp()))
        listed = self._is_followed()
        if position.rooms:
            page, read = self._there.rooms(position.offset), self._reading.rooms
        else:
            page, read = self._there.accounts(position.offset), self._reading.accounts
        records, done = list[Record | Unreadable](), list[Any]()
        for entry in page.entries:
            records += read([entry], now, listed=listed)
            done.append(entry)
            if time.monotonic() >= until:
                break
        is_last = page.is_last and len(done) == len(page.entries)
        following = _after(position, Page(done, is_last))
        self._take(records, following)
        return following.begun_at > 0

    def _is_followed(self) -> bool:
        return self._position().scans > 0

    def _has_changed(self, record: Record) -> bool:
        item = self._item(record)
        known = None if item is None else msgspec.json.decode(item.record)
        return any(new.kind == "restriction" for new in states.compare(known, record)[1])

    def _item(self, record: Record) -> Item | None:
        digest = self._digests.name(ingest.STATE + record.native_id)
        return items.load(self._journal, self._connection.id, [digest]).get(digest)

    def _matters(self, record: Record | Unreadable) -> bool:
        """Whether something is restricted, or was when it was last seen."""
        if isinstance(record, Unreadable) or record.kind != "state":
            return True
        return any(on is not None for on in record.states.values()) or bool(self._item(record))

    def _take(
        self, records: Sequence[Record | Unreadable], position: Position | None = None
    ) -> None:
        ingest.take(
            self._journal,
            self._secret,
            connections.find(self._journal, self._connection.name),  # it may be paused by now
            [record for record in records if self._matters(record)],
            position=msgspec.json.encode(position or self._position()).decode(),
            now=casework.now(),
        )
        self._connection = connections.find(self._journal, self._connection.name)

    def _position(self) -> Position:
        text = self._connection.position
        return msgspec.json.decode(text, type=Position) if text else Position()


class Read(NamedTuple):
    """What a page of reports comes to."""

    records: list[Record | Unreadable]
    place: Reports
    is_end: bool
    """Whether what was known already begins there."""


class Reading:
    """What is answered -> records; what is no answer of Synapse is refused by its moment."""

    def __init__(
        self, there: Synapse, digests: Digests, has_changed: Callable[[Record], bool]
    ) -> None:
        """`has_changed`: whether a state means a restriction that is not known yet."""
        self._there, self._has_changed = there, has_changed
        self._name: synapse.Pseudonym = lambda name: digests.name(f"name:{name}").hex()

    def accounts(
        self, entries: list[Any], now: datetime, *, listed: bool
    ) -> list[Record | Unreadable]:
        """Accounts of a list, each asked about by itself: the list does not say who is suspended.

        Whoever is deactivated is not asked about.
        """
        found: list[Record | Unreadable] = []
        for entry in entries:
            body = entry
            if isinstance(entry, dict) and not entry.get("deactivated"):
                with suppress(Missing, ValueError):
                    name = synapse.name_of(entry, "name", "@")
                    detail = self._there.ask(f"suspended {name}")
                    body = {**entry, "suspended": detail.get("suspended")}
            found += self._account(body, now, listed=listed)
        return found

    def rooms(
        self, entries: list[Any], now: datetime, *, listed: bool
    ) -> list[Record | Unreadable]:
        """Rooms of a list, each asked about by itself."""
        found: list[Record | Unreadable] = []
        for entry in entries:
            try:
                name = synapse.name_of(entry, "room_id", "!")
            except ValueError as error:
                found.append(Unreadable(f"room, {event.timestamp(now)}", str(error)))
                continue
            found += self.subject(f"blocked {name}", now, listed=listed)
        return found

    def changes(
        self, entries: list[Any], now: datetime, asked: set[str]
    ) -> list[Record | Unreadable]:
        """How media stand whose quarantine has changed; one that is not there is left out.

        `asked`: of these nothing is asked; those that are, are added.
        """
        found: list[Record | Unreadable] = []
        for entry in entries:
            try:
                name = synapse.changed(entry)
            except ValueError as error:
                found.append(Unreadable(f"quarantine, {event.timestamp(now)}", str(error)))
                continue
            if name not in asked:
                asked.add(name)
                found += self.subject(f"quarantined {name}", now, listed=True)
        return found

    def first_changes(self, entries: list[Any], now: datetime) -> list[Record | Unreadable]:
        """What the list itself says of how media stand; nothing is asked."""
        at = event.timestamp(now)
        last = {}
        found: list[Record | Unreadable] = []
        for entry in entries:
            try:
                record = synapse.first_change(entry, at, self._name)
                last[record.native_id] = record
            except ValueError as error:
                found.append(Unreadable(f"quarantine, {at}", str(error)))
        return [*found, *last.values()]

    def reports(self, what: str, entries: list[Any], before: Reports | None) -> Read:
        """Reports that are not known yet, the newest first."""
        place, found = before or Reports(), list[Record | Unreadable]()
        newest, is_end = place.newest, False
        for entry in entries:
            try:
                number = synapse.number(entry)
                if before is not None and number <= place.known:
                    is_end = True
                    break
                newest = max(newest, number)
                if before is not None:
                    found.append(synapse.report(what, entry))
            except ValueError as error:
                found.append(Unreadable(f"{what}, after {place.known}", str(error)))
        return Read(found, Reports(place.known, newest, place.offset + len(entries)), is_end)

    def subject(self, subject: str, now: datetime, *, listed: bool) -> list[Record | Unreadable]:
        """How one thing stands, as `flag name`; nothing where it is not there any more."""
        flag, _, name = subject.partition(" ")
        at = event.timestamp(now)
        try:
            body = self._there.ask(subject)
        except Missing:
            return []
        try:
            if flag == "quarantined":
                media = synapse.media(name, body, at, listed=listed, pseudonym=self._name)
                return [] if media is None else [media]
            if flag == "blocked":
                return [synapse.room(name, body, at, listed=listed, pseudonym=self._name)]
        except ValueError as error:
            return [Unreadable(f"{flag}, {at}", str(error))]
        return self._account(body, now, listed=listed)

    def _account(self, body: Any, now: datetime, *, listed: bool) -> list[Record | Unreadable]:
        """An account's state; whether it was reported is asked if something has changed."""
        at = event.timestamp(now)
        make = partial(synapse.account, body, at, listed=listed, pseudonym=self._name)
        try:
            found = make()
            is_reported = self._has_changed(found) and self._was_reported(found.look_at, now)
            return [make(reported=True) if is_reported else found]
        except ValueError as error:
            return [Unreadable(f"account, {at}", str(error))]

    def _was_reported(self, name: str, now: datetime) -> bool:
        entries = self._there.reports(REPORTS[0], 0, name).entries
        newest = [entry for entry in entries if synapse.is_about(entry, name)][:1]
        since = event.timestamp(now - REPORTED_WITHIN)
        return any(synapse.report(REPORTS[0], entry).at >= since for entry in newest)


def as_if_decided(
    there: Synapse, digests: Digests, now: datetime, *, most: int
) -> Iterator[Record | Unreadable]:
    """What is restricted now, as if each had been decided today: for a trial.

    Synapse does not say when that was decided, so this is what can be shown beforehand, of the
    first `most` accounts and rooms, and of media whose quarantine changed.
    """
    reading = Reading(there, digests, lambda _: False)
    asked = (
        (there.accounts, partial(reading.accounts, now=now, listed=True)),
        (there.rooms, partial(reading.rooms, now=now, listed=True)),
    )
    for pages, read in asked:
        for offset in range(0, most, ON_A_PAGE):
            page = pages(offset)
            yield from _decided(read(page.entries))
            if page.is_last:
                break
    after, left, seen = 0, most, set[str]()
    while left > 0 and (found := there.changes(after)) and found.entries:
        yield from _decided(reading.changes(found.entries, now, seen))
        after, left = found.following, left - len(found.entries)


def _decided(records: list[Record | Unreadable]) -> Iterator[Record | Unreadable]:
    for record in records:
        if isinstance(record, Unreadable):
            yield record
        else:
            yield from states.compare({}, record)[1]


def _after(position: Position, page: Page) -> Position:
    """Where the scan goes on after a page."""
    if not page.is_last:
        step = len(page.entries) - (OVERLAP if position.rooms else 0)
        return msgspec.structs.replace(position, offset=position.offset + max(1, step))
    if not position.rooms:
        return msgspec.structs.replace(position, rooms=True, offset=0)
    return msgspec.structs.replace(
        position,
        begun_at=0,
        ended_at=position.begun_at,
        rooms=False,
        offset=0,
        scans=position.scans + 1,
    )
