"""Asking a wiki for what is new in its public log.

Each log is read from the oldest entry on, page by page, and where it is stands beside what was
taken in. The next reading begins a little before the end of the last one, since an entry can come
late into the log; what is known already changes nothing. Gaps between numbers are usual.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

import msgspec

from amparo.case.events import InForce
from amparo.case.read_back import Seen
from amparo.connectors import mediawiki
from amparo.connectors.record import Record
from amparo.errors import Denied, Text, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, ingest
from amparo.ledger.connect.asking import TOO_MANY_SECONDS, Source, ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.items import Digests
from amparo.ledger.outbound import retry_after
from amparo.record import event
from amparo.storage.journal import Journal

ON_A_PAGE = 500
PAGES_A_TURN = 20
SECONDS_BETWEEN = 300
OVERLAP = timedelta(minutes=5)
MOST_AHEAD = timedelta(minutes=10)
"""How far a wiki's clock may run ahead."""
MAX_LAG = "5"
"""Seconds by which the wiki's copies may be behind; of one that is further behind less is asked."""
HITS = "abuselog"
LOGS = (*mediawiki.LOGS, HITS)
_BUSY = frozenset({"maxlag", "ratelimited", "readonly"})
_NOT_ALLOWED = frozenset({"readapidenied", "permissiondenied"})


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a log is read."""

    since: str
    """From which moment on this reading goes."""
    after: str = ""
    """Where it goes on, in the wiki's own form; empty at its beginning."""
    newest: str = ""


class Page(NamedTuple):
    """A page of a log."""

    entries: list[Any]
    after: str
    """From where the log goes on; empty at its end."""


class MediaWiki:
    """A wiki, as its interface for everybody shows it."""

    def __init__(self, connection: Connection) -> None:
        """Nothing is asked yet."""
        self.settings = mediawiki.settings(connection.config)
        address = connection.config.connector.address
        self._source = Source(address, {}, private=self.settings.private)

    def close(self) -> None:
        """Close what is open."""
        self._source.close()

    def page(self, log: str, since: str, after: str) -> Page:
        """A page of a log, the oldest entries first; an empty one where there is no such log."""
        short = "afl" if log == HITS else "le"
        values = {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "maxlag": MAX_LAG,
            "list": HITS if log == HITS else "logevents",
            f"{short}dir": "newer",
            f"{short}start": since,
            f"{short}limit": str(ON_A_PAGE),
            f"{short}prop": "ids|filter|result|timestamp"
            if log == HITS
            else "ids|title|type|user|timestamp|comment|details",
        }
        if log != HITS:
            values["letype"] = log
        if after:
            values |= {f"{short}continue": after, "continue": "-||"}
        found = self._source.get("", values)
        if not isinstance(found.value, dict):
            raise _unexpected("it is no JSON object")
        _check(found.value, found.headers)
        entries = _within(found.value, "query", values["list"]) or []
        on = _within(found.value, "continue", f"{short}continue") or ""
        if not isinstance(entries, list) or not isinstance(on, str):
            raise _unexpected("a log is no list")
        return Page(entries, on)

    def look(self, subject: str) -> Seen:
        """What can be seen of a page or a revision, by its number."""
        flag = subject.partition(" ")[0]
        values = {"action": "query", "format": "json", "formatversion": "2", "maxlag": MAX_LAG}
        found = self._source.get("", values | mediawiki.asked(subject))
        if not isinstance(found.value, dict):
            raise _unexpected("it is no JSON object")
        _check(found.value, found.headers)
        query = found.value.get("query")
        try:
            in_force = mediawiki.in_force(subject, query if isinstance(query, dict) else {})
        except ValueError as error:
            raise _unexpected(str(error)) from None
        return Seen(
            cast("tuple[InForce, ...]", in_force),
            is_over=flag not in in_force and "gone" not in in_force,
            shows=mediawiki.SHOWS.get(flag, ()),
        )

    def records(self, entries: list[Any], log: str, digests: Digests) -> Iterator[Any]:
        """The records of entries; one of which none can be made is told by its place."""
        for entry in entries:
            try:
                if log == HITS:
                    yield mediawiki.hit(entry)
                else:
                    yield from mediawiki.records(entry, self.settings, _pseudonym(digests))
            except ValueError as error:
                number = entry.get("logid") if isinstance(entry, dict) else None
                place = f"log entry {number}" if isinstance(number, int) else "an entry of the log"
                yield Unreadable(place, str(error))


class Turn:
    """One turn at a wiki: what is new in each of its logs."""

    def __init__(self, journal: Journal, secret: bytes, name: str, wiki: MediaWiki) -> None:
        """`name`: of the connection."""
        self._journal, self._secret, self._wiki = journal, secret, wiki
        self._connection = connections.find(journal, name)
        self._digests = Digests(secret, self._connection)

    def take(self, now: datetime) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""
        ended = [self._read(log, now) for log in LOGS]
        return int(now.timestamp()) + (SECONDS_BETWEEN if all(ended) else 0)

    def _read(self, log: str, now: datetime) -> bool:
        """Read a log on; whether its end was reached."""
        for _ in range(PAGES_A_TURN):
            places = self._places()
            place = places.get(log) or Place(self._first(now))
            page = self._wiki.page(log, place.since, place.after)
            records = [
                _not_to_come(found, now)
                for found in self._wiki.records(page.entries, log, self._digests)
            ]
            moments = [found.at for found in records if isinstance(found, Record)]
            newest = max([place.newest, *moments])
            goes_on = page.after and page.after != place.after
            following = Place(place.since, page.after if goes_on else "", newest)
            if not goes_on:
                following = Place(max(place.since, _before(newest)) if newest else place.since)
            self._take(records, {**places, log: following})
            if not goes_on:
                return True
        return False

    def _first(self, now: datetime) -> str:
        day = self._wiki.settings.since
        return f"{day}T00:00:00Z" if day else event.timestamp(now)

    def _take(self, records: list[Record | Unreadable], places: Mapping[str, Place]) -> None:
        ingest.take(
            self._journal,
            self._secret,
            self._connection,
            records,
            position=msgspec.json.encode(places).decode(),
            now=casework.now(),
        )
        self._connection = connections.find(self._journal, self._connection.name)

    def _places(self) -> dict[str, Place]:
        text = self._connection.position
        return msgspec.json.decode(text, type=dict[str, Place]) if text else {}


def since(wiki: MediaWiki, day: str, digests: Digests) -> Iterator[Record | Unreadable]:
    """Everything since a day, for a trial."""
    for log in LOGS:
        after = ""
        while True:
            page = wiki.page(log, f"{day}T00:00:00Z", after)
            yield from wiki.records(page.entries, log, digests)
            if not page.after or page.after == after:
                break
            after = page.after


def _not_to_come(found: Record | Unreadable, now: datetime) -> Record | Unreadable:
    """An entry; refused if it is of a time that is still to come: all that follows is before it."""
    if isinstance(found, Record) and found.at > event.timestamp(now + MOST_AHEAD):
        return Unreadable(f"an entry of {found.at}", "its moment is still to come")
    return found


def _pseudonym(digests: Digests) -> mediawiki.Pseudonym:
    """Keyed, so that nobody guesses a name from what lies here."""
    return lambda name: digests.name(f"name:{name}").hex()


def _before(moment: str) -> str:
    return event.timestamp((datetime.fromisoformat(moment) - OVERLAP).astimezone(UTC))


def _within(value: Mapping[str, Any], first: str, then: str) -> Any:
    inner = value.get(first)
    return inner.get(then) if isinstance(inner, dict) else None


def _check(value: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Raise what the wiki says is wrong; it does so with status 200."""
    error = value.get("error")
    if error is None:
        return
    code = error.get("code") if isinstance(error, dict) else None
    if code in _BUSY:
        now = int(casework.now().timestamp())
        asked = retry_after.seconds(headers.get("retry-after", ""), now)
        raise ToWait(asked or TOO_MANY_SECONDS)
    if code in _NOT_ALLOWED:
        raise Denied(
            "The wiki does not show its log to everybody.",
            why=Text("it answered {status}", status=str(code)),
            fix="Only logs that everybody may read are read.",
        )
    raise _unexpected(Text("it answered {status}", status=str(code)[:60]))


def _unexpected(why: Text | str) -> Unavailable:
    return Unavailable(
        "What the source answers is not what MediaWiki answers.",
        why=why,
        fix="Give the address of its api.php.",
    )
