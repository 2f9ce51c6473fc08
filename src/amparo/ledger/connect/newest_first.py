"""A log that is given newest entries first, read from its oldest unread entry on.

A reading goes down the pages until it has met what it knows, and then up again, taking each page
in: decisions go on the record in the order in which they were taken. Where it is stands in the
journal after each page, so that neither a crash nor a rate limit loses a step. The next reading
begins a little before the end of the last one, since entries can come late.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec

from amparo.connectors.record import Record
from amparo.errors import Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ingest, items
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests
from amparo.record import event
from amparo.storage.journal import Journal

PAGES_A_TURN = 20
MOST_TRIED_PAGES = 50
"""Of the newest entries, for a trial."""
OVERLAP = timedelta(minutes=5)
MOST_AHEAD = timedelta(minutes=10)
"""How far a source's clock may run ahead."""

IsKnown = Callable[[str, str], bool]
"""Whether this version of an item, or a later one, was taken in already."""


class Lost(Unavailable):
    """A place that the source does not know any more: the log is read anew from its newest page.

    What was taken in by then is known, so nothing is lost by that but time.
    """

    def __init__(self) -> None:
        """An entry by which the source knew the place is gone, or its software is a newer one."""
        super().__init__(
            "The source does not know any more how far its log was read.",
            why="an entry of it was deleted there, or its software is a newer one",
            fix="Nothing needs to be done: it is read anew from its newest entry.",
        )


class Page(NamedTuple):
    """A page of a log."""

    entries: Sequence[Any]
    """The newest first."""
    older: str
    """Where the page with older ones is, in the source's own form; empty at the log's end."""
    newer: str
    """Where the page with newer ones is; empty at the log's beginning."""
    reaches: str = ""
    """The moment down to which nothing is left out, where its oldest entry does not say that."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a log is read."""

    since: str
    """From which moment on this reading goes."""
    page: str = ""
    """What is read next; empty for the newest page."""
    is_up: bool = False
    """The way down is over: this page is taken in, and the one with newer entries follows."""
    newest: str = ""
    """Of what this reading has taken in."""
    first: str = ""
    """From which moment on the very first reading went."""


class Log(Protocol):
    """A source's log."""

    def page(self, at: str) -> Page:
        """The page at a place, the newest one where that is empty."""

    def moment(self, entry: Any) -> str:
        """When an entry was made, as RFC 3339 in UTC to the second; empty where that is unclear."""

    def records(self, entry: Any, is_known: IsKnown) -> Sequence[Record]:
        """What an entry says, none where that is known; `ValueError` says what does not fit."""


class Reading:
    """What is new in a log goes on the record."""

    def __init__(self, journal: Journal, secret: bytes, name: str, log: Log) -> None:
        """`name`: of the connection."""
        self._journal, self._secret, self._log = journal, secret, log
        self._connection = connections.find(journal, name)
        self._digests = Digests(secret, self._connection)

    def go_on(self, first: str, wait: timedelta, now: datetime) -> bool:
        """Read on for a turn; whether the log's newest entry was reached.

        `first`: the moment from which on a log is read that was never read. `wait`: how old an
        entry is before it is taken in.
        """
        text = self._connection.position
        place = _read(text) if text else Place(first, first=first)
        was_lost = False
        for _ in range(PAGES_A_TURN):
            try:
                page = self._log.page(place.page)
            except Lost:
                place = Place(place.since, first=place.first)
                self.take([], place)
                if was_lost:  # it would go on like that, and nobody would hear why
                    raise
                was_lost = True
                continue
            following = _way_down(place, page, self._log)
            if following is None:
                following = self._take_in(page, place, now - wait)
            self.take([], following)
            place = following
            if not place.page:
                return True
        return False

    def take(self, records: Sequence[Record | Unreadable], place: Place | None = None) -> None:
        """Take records in, and keep from where the log is read on; without a place as before."""
        ingest.take(
            self._journal,
            self._secret,
            self._connection,
            records,
            position=msgspec.json.encode(place).decode() if place else self._connection.position,
            now=casework.now(),
        )
        self._connection = connections.find(self._journal, self._connection.name)

    def first(self) -> str:
        """From which moment on the source is read at all; empty before its first page."""
        text = self._connection.position
        return _read(text).first if text else ""

    def _take_in(self, page: Page, place: Place, until: datetime) -> Place:
        last = event.timestamp(until)
        moments = [self._log.moment(entry) for entry in page.entries]
        found = [
            entry
            for entry, at in zip(page.entries, moments, strict=True)
            if not at or place.since <= at <= last or _is_to_come(at)
        ]
        records: list[Record | Unreadable] = []
        try:
            records.extend(_records(self._log, found, self._is_known))
        except ToWait:  # what was asked about once is known at the next try
            self.take(records, place)
            raise
        self.take(records, place)
        known = [at for at in moments if place.since <= at <= last]
        newest = max([place.newest, *known])
        if page.newer and page.newer != place.page:
            return Place(place.since, page.newer, is_up=True, newest=newest, first=place.first)
        since = max(place.since, _before(newest)) if newest else place.since
        return Place(since, first=place.first)

    def _is_known(self, native_id: str, version: str) -> bool:
        names = [self._digests.name(f"{prefix}{native_id}") for prefix in ("", ingest.STATE)]
        there = items.load(self._journal, self._connection.id, names).values()
        return any(item.version >= version for item in there)


def since(log: Log, day: str) -> Iterator[Record | Unreadable]:
    """What a log says since a day, the oldest first, for a trial."""
    first = f"{day}T00:00:00Z"
    pages: list[list[Record | Unreadable]] = []
    place: Place | None = Place(first)
    before: Sequence[Any] = ()
    while place is not None and len(pages) < MOST_TRIED_PAGES:
        page = log.page(place.page)
        if page.entries == before:  # the last one comes again where it was full
            break
        before = page.entries
        found = [entry for entry in page.entries if not (at := log.moment(entry)) or at >= first]
        pages.append(list(_records(log, found, lambda *_: False)))
        place = _way_down(place, page, log)
    for records in reversed(pages):
        yield from records


def _way_down(place: Place, page: Page, log: Log) -> Place | None:
    """Where the way down goes on; None where it ends with this page."""
    moments = [at for at in map(log.moment, page.entries) if at]
    moments = [page.reaches] if page.reaches else moments
    ends = place.is_up or not page.older or page.older == place.page
    if ends or (moments and min(moments) < place.since):
        return None
    return Place(place.since, page.older, first=place.first)


def _records(log: Log, entries: Sequence[Any], is_known: IsKnown) -> Iterator[Record | Unreadable]:
    """The records of entries, the oldest first; what is none is told by its moment."""
    for entry in reversed(entries):
        at = log.moment(entry)
        if at and _is_to_come(at):
            yield Unreadable(f"an entry of {at}", "its moment is still to come")
            continue
        try:
            yield from log.records(entry, is_known)
        except ValueError as error:
            yield Unreadable(f"an entry of {at}" if at else "an entry of the log", str(error))


def _read(position: str) -> Place:
    return msgspec.json.decode(position, type=Place)


def _is_to_come(at: str) -> bool:
    return at > event.timestamp(casework.now() + MOST_AHEAD)


def _before(moment: str) -> str:
    return event.timestamp((datetime.fromisoformat(moment) - OVERLAP).astimezone(UTC))
