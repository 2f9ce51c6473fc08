"""When entries of the log were made, and with which of them a day begins."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime, timedelta

import msgspec

from amparo.record.event import timestamp
from amparo.storage.journal import Journal

LATE = timedelta(hours=1)
"""By which an entry may stand in the journal behind one that is later by its clock."""
SET_BACK = "log.clock_was_set_back"
"""The setting that says that entries may stand behind much later ones."""
_EARLIEST = date(1970, 1, 1)
"""No entry is older, and days near the year 1 have no hour before them."""


class _Dated(msgspec.Struct):
    at: str


_read_dated = msgspec.json.Decoder(_Dated).decode


def made_at(leaf: bytes) -> str:
    """When an entry was made, as its leaf says: UTC to the second."""
    return _read_dated(leaf).at


def first_since(journal: Journal, day: date) -> int:
    """The first entry of a day or a later one; the journal's size where there is none yet.

    Nothing before it is of that day. Some behind it may be of the day before, by up to `LATE`, or,
    where the clock was set back, of any: then all before it are looked at.
    """
    day = max(day, _EARLIEST)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    in_order = journal.setting(SET_BACK) is None
    start = _first_at(journal, timestamp(begin - LATE)) if in_order else 0
    entries = journal.events(start)
    since = (entry.seq for entry in entries if made_at(entry.leaf) >= timestamp(begin))
    return next(since, journal.size())


def ends(journal: Journal) -> dict[date, int] | None:
    """Day -> the last entry that was made on it; None where entries are in the order of their days.

    Where the clock was set back all entries are looked at.
    """
    if journal.setting(SET_BACK) is None:
        return None
    return {date.fromisoformat(made_at(e.leaf)[:10]): e.seq for e in journal.events()}


def note_set_back(journal: Journal) -> None:
    """From now on, entries may stand behind much later ones."""
    if journal.setting(SET_BACK) is None:
        with journal.transaction():
            journal.set(SET_BACK, timestamp(datetime.now(UTC)))


def _first_at(journal: Journal, moment: str) -> int:
    """An entry that was made at a moment or later, and right behind one from before it."""
    low, high = 0, journal.size()
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _at(journal, middle) < moment else (low, middle)
    return low


def _at(journal: Journal, seq: int) -> str:
    return made_at(bytes(journal.db.execute("SELECT leaf FROM event WHERE seq = ?", (seq,)).get))
