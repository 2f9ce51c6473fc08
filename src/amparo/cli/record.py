"""`amparo observe record`: the node's own record, day by day into its lake.

It goes on where it stopped: only the day that was under way then is read again. Whoever runs a node
need not think of it: the publisher begins it once a day.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from amparo.cli.lake import of_node
from amparo.cli.options import data_option, lake_option
from amparo.cli.progress import bar

if TYPE_CHECKING:
    from amparo.observatory.lake.own_record import Reach
    from amparo.storage.journal import Journal, LogEntry

FEWEST_SHOWN = 10
MOST_TOGETHER = 20_000
"""About how many decisions are counted at once, where days are small; a day is counted whole."""
MOST_DAYS = 250


class _Day:
    """What a record holds of one day."""

    def __init__(self, start: int) -> None:
        self.start = start
        """Its first event."""
        self.rows: list[dict[str, object]] = []
        self.complaints: Counter[tuple[str, str]] = Counter()

    def counts(self) -> dict[tuple[str, str], int]:
        """Of complaints, only ten and more: fewer could point at someone."""
        return {key: n for key, n in self.complaints.items() if n >= FEWEST_SHOWN}

    def platforms(self) -> set[str]:
        """Whose days these are."""
        of_rows = {str(row["platform_name"]) for row in self.rows}
        return {name for name in of_rows | {name for name, _ in self.complaints} if name}


@click.command()
@data_option
@lake_option
def record(data: Path, lake: Path) -> None:
    """Put the node's own record into the lake, so that the same measures run on it.

    A node does it by itself every day. Of complaints only counts of ten and more a day go in:
    smaller ones could point at someone.
    """
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    lake = of_node(lake, data)
    with (
        closing(Journal(open_node(data).journal, read_only=True)) as journal,
        bar("Reading the record", unit="decisions") as advance,
    ):
        number, days = into_lake(journal, lake, datetime.now(UTC).date(), advance)
    click.echo(f"{number:,} decisions of {days} days.", err=True)


def into_lake(
    journal: "Journal", lake: Path, today: date, advance: Callable[[int, int | None], None]
) -> tuple[int, int]:
    """Every day that is not in the lake yet; how many decisions, of how many days."""
    from amparo.observatory.lake import own_record

    if before := own_record.read(lake):
        with suppress(_Earlier):  # what came late belongs to a day that was over: all of it anew
            return _go_on(journal, lake, today, before, advance)
    with suppress(_Earlier):
        return _go_on(journal, lake, today, None, advance)
    # the clock was set back by days: a day is whole after its last event alone
    return _go_on(journal, lake, today, None, advance, _last_events(journal))


class _Earlier(Exception):
    """An event of a day that is in the lake already, or that takes back what is counted there."""


def _last_events(journal: "Journal") -> dict[date, int]:
    """The index of each day's last event."""
    from amparo.record import event

    leaves = ((entry.seq, event.read_leaf(entry.leaf)) for entry in journal.events(0))
    return {event.moment(leaf.at).date(): seq for seq, leaf in leaves}


def _go_on(
    journal: "Journal",
    lake: Path,
    today: date,
    before: "Reach | None",
    advance: Callable[[int, int | None], None],
    last: dict[date, int] | None = None,
) -> tuple[int, int]:
    from amparo.observatory.lake import own_record
    from amparo.observatory.lake.lake import Lake
    from amparo.observatory.lake.own_record import Day

    first_days = dict(before.platforms) if before is not None else {}
    reached = (before.read, before.start) if before is not None else None
    start = before.start if before is not None else 0
    read = _Reading(journal, _taken_back(journal, start))
    in_any = _by_day(journal, start, read) if last is None else _each_whole(journal, last, read)
    decisions = days = 0
    for some in _some_days(in_any):
        if before is not None and any(day < before.read for day, _ in some):
            raise _Earlier
        asked = [Day(day, found.rows, found.counts()) for day, found in some]
        decisions += Lake(lake).add_days(asked, "record")
        days += len(some)
        advance(decisions, None)
        for day, found in some:
            for name in map(own_record.in_series, found.platforms()):
                first_days[name] = min(day, first_days.get(name, day))
            reached = max(reached or (day, found.start), (day, found.start))
    if first_days:
        own_record.keep(lake, own_record.Reach(first_days, today, *(reached or (today, 0))))
    return decisions, days


def _taken_back(journal: "Journal", start: int) -> set[int]:
    """Which decisions about complaints were taken back afterwards, by their places in the journal.

    They are not counted, as a report does not count them. `_Earlier` where one came before `start`.
    """
    from amparo.case import events
    from amparo.ledger.case import casework
    from amparo.ledger.log.notarise import NO_DECISION
    from amparo.record import event

    undoes = (
        events.ComplaintReopened,
        events.ComplaintUndone,
        events.ComplaintDisowned,
        events.RemedyUndone,
    )
    decided: dict[UUID, int] = {}
    found = set[int]()
    for entry in journal.events(start):
        if entry.n == NO_DECISION or isinstance(event.read_leaf(entry.leaf), event.DecisionIssued):
            continue
        happened = casework.entry_of(entry).event
        if isinstance(happened, events.ComplaintDecided):
            decided[entry.case] = entry.seq
        elif isinstance(happened, undoes) and entry.case in decided:
            found.add(decided.pop(entry.case))
        elif isinstance(happened, undoes) and start:
            raise _Earlier
    return found


def _by_day(journal: "Journal", start: int, read: "_Reading") -> Iterator[tuple[date, _Day]]:
    """Days in order, each as soon as two later ones have begun: no more is held in memory.

    Events around midnight may stand in the journal in another order than that of their clocks.
    `_Earlier` for one of a day that was given already.
    """
    days: dict[date, _Day] = {}
    given = date.min
    for entry in journal.events(start):
        read.add(entry, days)
        if len(days) > 2:
            first = min(days)
            if first <= given:
                raise _Earlier
            given = first
            yield first, days.pop(first)
    if days and min(days) <= given:
        raise _Earlier
    yield from sorted(days.items())


def _each_whole(
    journal: "Journal", last: dict[date, int], read: "_Reading"
) -> Iterator[tuple[date, _Day]]:
    """Days in any order, each after its last event: as many are held as are mixed."""
    days: dict[date, _Day] = {}
    for entry in journal.events(0):
        read.add(entry, days)
        for day in [day for day in days if last[day] <= entry.seq]:
            yield day, days.pop(day)


def _some_days(days: Iterator[tuple[date, _Day]]) -> Iterator[list[tuple[date, _Day]]]:
    """Days as they come, as many at a time as are counted together."""
    some: list[tuple[date, _Day]] = []
    rows = 0
    for day, found in days:
        some.append((day, found))
        rows += len(found.rows)
        if rows >= MOST_TOGETHER or len(some) >= MOST_DAYS:
            yield some
            some, rows = [], 0
    if some:
        yield some


class _Reading:
    """Events into days."""

    def __init__(self, journal: "Journal", taken_back: Container[int]) -> None:
        from amparo.ledger.log import platforms
        from amparo.ledger.log.dump_rows import DumpRows

        self._taken_back = taken_back
        self._rows = DumpRows(journal)
        self._by_id = {platform.id: platform.name for platform in platforms.every(journal)}

    def add(self, entry: "LogEntry", days: dict[date, _Day]) -> None:
        """Count an event in where it belongs."""
        from amparo.ledger.case import casework
        from amparo.ledger.log.notarise import NO_DECISION
        from amparo.record import event

        leaf = event.read_leaf(entry.leaf)
        if isinstance(leaf, event.DecisionIssued):
            row = self._rows.row(entry, leaf)
            days.setdefault(row.moment.date(), _Day(entry.seq)).rows.append(row.cells)
        elif entry.n != NO_DECISION and entry.seq not in self._taken_back:
            happened = casework.entry_of(entry)
            for metric in _metrics(happened.event):
                day = days.setdefault(happened.at.date(), _Day(entry.seq))
                day.complaints[self._by_id.get(entry.platform, ""), metric] += 1


def _metrics(event: Any) -> tuple[str, ...]:
    """For which metrics an event counts: of all that can happen to a case only complaints do."""
    from amparo.case.events import ComplaintDecided, ComplaintFiled

    if isinstance(event, ComplaintFiled):
        return ("complaint.filed",)
    if isinstance(event, ComplaintDecided):
        return ("complaint.decided", f"complaint.{event.outcome}")
    return ()
