"""The events of an Ozone, read on from where it was left, each with what belongs to it.

Events are read in the order in which they happened, once they are some minutes old: a letter that
goes with a takedown, or a reversal after an appeal was resolved, is there by then. The position is
the moment of the newest one; what has the same moment is read again, which changes nothing.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from amparo.connectors import atproto, ozone, ozone_appeals, trial
from amparo.connectors.ozone import Event, Settings
from amparo.connectors.record import Record
from amparo.ledger.case import casework
from amparo.ledger.connect import ingest, read_back_turn
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.ingest import Batch, Unreadable
from amparo.ledger.connect.ozone_answers import Answers
from amparo.ledger.connect.ozone_calls import Calls, access_of
from amparo.ledger.connect.ozone_remedies import Remedies
from amparo.storage.journal import Journal
from amparo.storage.node import Node

MOST_SECONDS = 4 * 3600.0
"""A run ends by then; the next one goes on."""
_WITH_HISTORY = frozenset({ozone.TAKEDOWN, ozone.REPORT, ozone.RESOLVE, ozone.EMAIL})
_DEFS = "tools.ozone.moderation.defs#"


PAGES_A_TURN = 5
POLL_SECONDS = 120


def beginning(since: date | None = None) -> str:
    """From where an Ozone is read at first: as far back as a trial looks."""
    day = since or datetime.now(UTC).date() - timedelta(days=trial.DAYS)
    return f"{day}T00:00:00.000Z"


class Turn:
    """An Ozone in its turn, asked by the node that runs."""

    def __init__(self, node: Node, connection: Connection) -> None:
        self._settings = ozone.settings(connection.config)
        self._calls = Calls(access_of(node, connection), patient=False)

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        """Take some pages in; when it wants to be asked next, in POSIX seconds."""
        tried = connection.trial.since if connection.trial else ""
        begin = connection.position or beginning(date.fromisoformat(tried) if tried else None)
        events = Events(self._calls, self._settings, begin)
        has_more = False
        for number, batch in enumerate(events.batches(), 1):
            now = casework.now()
            ingest.take(
                journal, secret, connection, batch.records, position=batch.position, now=now
            )
            # Whatever has one moment is read in one turn: the next would begin with the same.
            has_more = number >= PAGES_A_TURN and batch.position != begin
            if has_more:
                break
        remedies = Remedies(self._calls, self._settings)
        read_back_turn.carry_out_and_look(journal, connection, remedies)
        Answers(journal, connection, self._calls, self._settings).send(casework.now())
        return int(casework.now().timestamp()) + (0 if has_more else POLL_SECONDS)

    def close(self) -> None:
        """Close what is open."""
        self._calls.close()


class Events:
    """One reading of an Ozone's events; for one thread."""

    def __init__(self, calls: Calls, settings: Settings, position: str) -> None:
        self._calls, self._of, self._position = calls, settings, position
        self._before = _written(datetime.now(UTC) - settings.wait)
        self._records: list[Record | Unreadable] = []

    def batches(self) -> Iterator[Batch]:
        """A batch for each page, to the end; `NoAnswer` where a page does not come."""
        until = time.monotonic() + MOST_SECONDS
        asked = {
            "createdAfter": self._position
        }  # with the cursor of a page it has to stay the same
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self._calls.events(
                sortDirection="asc", createdBefore=self._before, **asked, **more
            )
            self._take(page.events)
            yield self._batch()
            if not page.cursor or not page.events or time.monotonic() > until:
                return
            if page.cursor == cursor:
                raise self._calls.same_page()
            cursor = page.cursor

    def _batch(self) -> Batch:
        records, self._records = self._records, []
        return Batch(records, self._position)

    def _take(self, page: Sequence[Any]) -> None:
        histories: dict[str, list[Event]] = {}
        events = [event for source in page if (event := self._read(source)) is not None]
        for event in events:
            did = event.subject.did
            if event.kind in _WITH_HISTORY and did not in histories:
                histories[did] = self._history(did)
        for event in events:
            try:
                self._records += ozone.records(
                    event, histories.get(event.subject.did, []), self._of
                )
            except ValueError as error:
                self._refuse(event.id, str(error))
            self._position = max(self._position, _written(event.at))
        for history in histories.values():
            self._records += ozone_appeals.records(history, self._of)

    def _history(self, did: str) -> list[Event]:
        """What happened to an account and its records, in order, up to what is read now."""
        history = self._calls.events_of(
            subject=did,
            includeAllUserRecords="true",
            types=[_DEFS + kind for kind in ozone.OF_A_HISTORY],
            sortDirection="desc",
            createdBefore=self._before,
        )
        found = [event for source in history if (event := _readable(source)) is not None]
        return sorted(found, key=lambda event: (event.at, event.id))

    def _read(self, source: Any) -> Event | None:
        try:
            found = ozone.read(source)
        except ValueError as error:
            number = source.get("id") if isinstance(source, dict) else None
            self._refuse(number if isinstance(number, int) else 0, str(error))
            return None
        if _written(found.at) > self._before:  # read on from there, nothing would ever come
            self._refuse(found.id, "it is newer than was asked for")
            return None
        return found

    def _refuse(self, number: int, why: str) -> None:
        self._records.append(Unreadable(f"event {number}", why))


def _readable(source: Any) -> Event | None:
    """An event of a history; one that cannot be read is refused where it comes by itself."""
    try:
        return ozone.read(source)
    except ValueError:
        return None


def _written(at: datetime) -> str:
    """A moment as Ozone has it, to the millisecond."""
    return f"{atproto.sortable(at)[:23]}Z"
