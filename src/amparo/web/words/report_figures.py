"""From a node's journal to the figures of its transparency report.

Decisions are counted leaf by leaf, as from the public log. Complaints, disputes, notices and
suspensions are counts that the node keeps (`ledger.case.figures`), also of what was erased.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import assert_never
from uuid import UUID

from amparo.case.figures import FLAGGED, Cell, Period, bounds, cells_of, disputes
from amparo.ledger.case import casework, figures, figures_check
from amparo.ledger.log.platforms import Platform
from amparo.report import forms
from amparo.report.figures import Contested, Counted, Heard, Measure, Noticed
from amparo.storage.journal import Journal

SLICE = 20_000
Advance = Callable[[int, int | None], None]


def counted(
    journal: Journal,
    platform: Platform,
    start: date,
    end: date,
    advance: Advance = lambda *_: None,
) -> Counted:
    """Every measure of a platform in a period, in bounded memory."""
    found = Counted(platform.slug, str(start), str(end))
    count_on(found, journal, advance)
    return found


def count_on(found: Counted, journal: Journal, advance: Advance = lambda *_: None) -> None:
    """Count what the journal holds beyond what is counted already."""
    size = journal.size()
    for first in range(found.leaves, size, SLICE):
        found.add(journal.leaves(first, min(first + SLICE, size)))
        advance(found.leaves, size)


class Tally:
    """Counts that go on where they stopped, so that a page does not count a year at each look.

    Leaves never change, so that a count of the first n holds for ever; it lives in memory only.
    """

    MOST = 16

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._counts: dict[tuple[str, date, date], Counted] = {}
        self._lock = Lock()

    def of(self, journal: Journal, platform: Platform, start: date, end: date) -> Counter[Measure]:
        """Every measure of a platform in a period, by the journal's present size."""
        key = (platform.slug, start, end)
        with self._lock:
            found = self._counts.pop(key, None) or Counted(platform.slug, str(start), str(end))
            count_on(found, journal)
            self._counts[key] = found  # the last looked at comes last
            while len(self._counts) > self.MOST:
                del self._counts[next(iter(self._counts))]
            return found.measures()


def heard(journal: Journal, platform: Platform, period: Period) -> Heard:
    """What was complained about, disputed, reported and suspended in a period."""
    complaints, disputed, notices = list[Contested](), list[Contested](), list[Noticed]()
    suspensions = {"notices": 0, "complaints": 0}
    for cell, n in sorted(figures_check.of(journal, platform.id, period).items(), key=repr):
        match cell.what:
            case "complaint":
                about = tuple(INDICATORS[name] for name in cell.about)
                complaints += [Contested(cell.outcome, cell.hours, about)] * n
            case "dispute":
                disputed += [_disputed(cell)] * n
            case "notice":
                acted = cell.outcome == "acted"
                flagged = FLAGGED in cell.about[1:]
                notice = Noticed(cell.hours, acted, cell.automated, cell.about[0], flagged=flagged)
                notices += [notice] * n
            case "suspension":
                suspensions[cell.about[0]] += n
            case _:
                assert_never(cell.what)
    return Heard(tuple(complaints), tuple(disputed), tuple(notices), suspensions)


def disputed_here(journal: Journal, platform: Platform, period: Period) -> list[Contested]:
    """The disputes that panels of this node heard: what a body reports of itself.

    A platform's own figures have those besides that other bodies decided. Of erased cases nobody
    knows which they were: all are taken for panels' own.
    """
    cells: Counter[Cell] = Counter()
    for cell, n in figures.of_erased(journal, platform.id, period).items():
        cells[cell] += n if cell.what == "dispute" else 0
    begin, over = bounds(period)
    query = "SELECT case_id FROM panel WHERE platform = ? ORDER BY case_id"
    for (case_id,) in journal.db.execute(query, (platform.id,)).fetchall():
        file = casework.read(journal, UUID(bytes=bytes(case_id)))
        if not file.is_erased:
            cells.update(cells_of(disputes(file.events, begin, over)))
    return [_disputed(cell) for cell in cells.elements()]


def _disputed(cell: Cell) -> Contested:
    return Contested(cell.outcome, cell.hours, (), cell.implemented, cell.by_default)


INDICATORS = {
    "removal": forms.AGAINST_REMOVAL,
    "service": forms.AGAINST_SERVICE,
    "account": forms.AGAINST_ACCOUNT,
    "monetary": forms.AGAINST_MONETARY,
    "no_action": forms.NO_ACTION,
    "no_action_flagger": forms.NO_ACTION_FLAGGER,
}
"""What a complaint is against -> the template's indicator."""
