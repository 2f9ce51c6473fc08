"""When entries of the log were made, and with which of them a day begins."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime, timedelta

import msgspec

from amparo.record.event import timestamp
from amparo.storage.journal import Journal

LATE = timedelta(hours=1)
"""By which an entry may stand in the journal behind one that is later by its clock."""
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

    Nothing before it is of that day. Some behind it may be of the day before, by up to `LATE`.
    """
    day = max(day, _EARLIEST)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    start = _first_at(journal, timestamp(begin - LATE))
    behind = (n for n in range(start, journal.size()) if _at(journal, n) >= timestamp(begin))
    return next(behind, journal.size())


def _first_at(journal: Journal, moment: str) -> int:
    """An entry that was made at a moment or later, and right behind one from before it."""
    low, high = 0, journal.size()
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if _at(journal, middle) < moment else (low, middle)
    return low


def _at(journal: Journal, seq: int) -> str:
    return made_at(bytes(journal.db.execute("SELECT leaf FROM event WHERE seq = ?", (seq,)).get))
