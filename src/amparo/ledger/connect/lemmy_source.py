"""Reading a Lemmy: what is new in its log of moderation, and, where that is wanted, its reports.

The log is read every five minutes. Reports are lists in which each is closed some day, so those of
the last 30 days are read every time.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import datetime, timedelta

from amparo.connectors import lemmy
from amparo.connectors.record import Record
from amparo.ledger.connect import newest_first
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.lemmy_calls import Lemmy
from amparo.record import event
from amparo.storage.journal import Journal

SECONDS_BETWEEN = 300
REPORTS_WITHIN = timedelta(days=30)
MOST_REPORT_PAGES = 40
"""Of each list."""


class Turn:
    """One turn at a server."""

    def __init__(self, journal: Journal, secret: bytes, name: str, there: Lemmy) -> None:
        """`name`: of the connection."""
        self._there = there
        self._reading = newest_first.Reading(journal, secret, name, there)

    def take(self, now: datetime) -> int:
        """Read what there is to read; when it wants to be asked next, in POSIX seconds."""
        self._there.check()
        day = self._there.settings.since
        first = f"{day}T00:00:00Z" if day else event.timestamp(now)
        is_read = self._reading.go_on(first, timedelta(), now)
        if self._there.settings.notices:
            since = max(self._reading.first(), event.timestamp(now - REPORTS_WITHIN))
            self._reading.take(list(reports(self._there, since)))
        return int(now.timestamp()) + (SECONDS_BETWEEN if is_read else 0)


def trial(there: Lemmy, day: str) -> Iterator[Record | Unreadable]:
    """What the log and the reports say since a day, as far as a trial goes back."""
    yield from newest_first.since(there, day)
    if there.settings.notices:
        yield from reports(there, f"{day}T00:00:00Z")


def reports(there: Lemmy, since: str) -> Iterator[Record | Unreadable]:
    """Reports since a moment, as far as they are looked through."""
    for listed in there.reports_listed():
        at = ""
        for _ in range(MOST_REPORT_PAGES):
            page = there.reports(listed, at)
            found = [_report(what, entry) for what, entry in page.entries]
            yield from (new for new in found if isinstance(new, Unreadable) or new.at >= since)
            moments = [record.at for record in found if isinstance(record, Record)]
            if not page.older or page.older == at or (moments and min(moments) < since):
                break
            at = page.older


def _report(what: str, entry: object) -> Record | Unreadable:
    if what not in lemmy.REPORTS:
        return Unreadable("a report", "it does not say of what it is one")
    try:
        return lemmy.report(what, entry)
    except ValueError as error:
        return Unreadable("a report", str(error))
