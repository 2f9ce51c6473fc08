"""The decisions of a record as rows of a daily dump, in the order of the journal.

What the observatory counts of an own record, and what `amparo export` writes, are the same rows. A
decision whose reasons were erased keeps what the log shows of it.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from amparo.ledger.log import moments, platforms
from amparo.record import event, sealing
from amparo.record.decision import DATES
from amparo.record.event import DecisionIssued
from amparo.storage.journal import Journal, LogEntry


class DumpRow(NamedTuple):
    """One decision."""

    seq: int
    moment: datetime
    """When it came in; UTC, without a zone, as dumps have it."""
    cells: dict[str, Any]
    """Column -> value: days as dates, sets as lists; what is absent is left out."""
    puid: str | None
    """The platform's own identifier, which may point at a person; None once it is erased."""


class DumpRows:
    """The decisions of one journal as rows."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._names: dict[str, str] = {}

    def row(self, entry: LogEntry, leaf: DecisionIssued) -> DumpRow:
        """One decision; also those of its sealed fields that no dump has."""
        moment = event.moment(leaf.at).replace(tzinfo=None)
        cells: dict[str, Any] = dict(leaf.public)
        opening = sealing.unpack(entry.opening) if entry.opening is not None else None
        if opening is not None:
            cells |= opening.fields()
        for name in DATES:
            if name in cells:
                cells[name] = date.fromisoformat(str(cells[name]))
        cells |= {
            "uuid": str(entry.case),
            "platform_name": self._name(leaf.by),
            "created_at": moment,
        }
        return DumpRow(entry.seq, moment, cells, opening.puid if opening is not None else None)

    def since(self, day: date) -> Iterator[DumpRow]:
        """Every decision from a day on, and maybe some before it."""
        for entry in self._journal.events(moments.first_since(self._journal, day)):
            leaf = event.read_leaf(entry.leaf)
            if isinstance(leaf, DecisionIssued):
                yield self.row(entry, leaf)

    def ends(self) -> dict[date, int] | None:
        """Day -> its last entry; None where entries are in the order of their days."""
        return moments.ends(self._journal)

    def day_of(self, seq: int) -> date | None:
        """The day of an entry; None where there is none."""
        entry = self._journal.event(seq)
        return None if entry is None else event.moment(event.read_leaf(entry.leaf).at).date()

    def erased(self) -> dict[date, int]:
        """Day -> how many of its decisions have been erased."""
        found: dict[date, int] = {}
        for (seq,) in self._journal.db.execute("SELECT seq FROM erasure ORDER BY seq").fetchall():
            if day := self.day_of(seq):
                found[day] = found.get(day, 0) + 1
        return found

    def _name(self, slug: str) -> str:
        if slug not in self._names:  # it may have been added since
            self._names = {
                platform.slug: platform.name for platform in platforms.every(self._journal)
            }
        return self._names[slug]
