"""How many people have not been told of their decision, by platform.

A decision counts as told when the platform said so, when this node's mail was taken, or when its
person did anything in the case. The entries of the log are gone through once, some at a time, and
what was counted is remembered, so that nobody counts millions of decisions at each look; it is a
second behind.

Source: DSA Article 17(1).
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from uuid import UUID

import msgspec

from amparo.record import sealing
from amparo.storage.journal import Journal, LogEntry

SLICE = 10_000
_SETTING = "untold"
_INFORMS = (b'"kind":"decision.delivered"', b'"by":"person"')
_TAKES_BACK = b'"kind":"decision.undelivered"'


class _Counted(msgspec.Struct):
    """How far the entries were counted, and of each platform how many people are still untold."""

    entries: int = 0
    platforms: dict[int, int] = {}
    whole: bool = False
    """Whether it has come to the end once; before, nobody knows how many there are."""


def of(journal: Journal, platform: int) -> int | None:
    """How many people a platform has decided about and nobody has told; None: not known yet."""
    counted = _read(journal)
    return counted.platforms.get(platform, 0) if counted.whole else None


def count_on(journal: Journal) -> bool:
    """Count some of the entries that came since the last time; whether that was all of them."""
    counted = _read(journal)
    size = journal.size()
    if counted.entries >= size:
        return True
    with journal.transaction():
        counted = _read(journal)  # another process may have gone on meanwhile
        end = min(size, counted.entries + SLICE)
        change = _change(journal, counted.entries, end)
        for platform, n in change.items():
            counted.platforms[platform] = counted.platforms.get(platform, 0) + n
        counted.entries = max(end, counted.entries)
        counted.whole |= end == size
        journal.set(_SETTING, msgspec.json.encode(counted).decode())
    return end == size


def leave_out(journal: Journal, case_id: UUID) -> None:
    """A case is about to be erased, inside a transaction: nobody is left who could be told.

    Nothing in a backup that was made before the case began.
    """
    counted, entries = _read(journal), journal.of_case(case_id)
    if not entries:
        return
    first, *others = entries
    if first.n != 1 or first.opening is None or first.seq >= counted.entries:
        return
    informs = [_informs(entry) for entry in others if entry.seq < counted.entries]
    if next((known for known in reversed(informs) if known is not None), False):
        return
    counted.platforms[first.platform] = counted.platforms.get(first.platform, 0) - 1
    journal.set(_SETTING, msgspec.json.encode(counted).decode())


def _read(journal: Journal) -> _Counted:
    found = journal.setting(_SETTING)
    return _Counted() if found is None else msgspec.json.decode(found, type=_Counted)


def _change(journal: Journal, start: int, end: int) -> Counter[int]:
    """What some entries change: a decision is untold, until an entry informs of it.

    It is untold again when the mail that informed of it came back.
    """
    change: Counter[int] = Counter()
    rows = journal.db.execute(
        "SELECT platform, count(*) FROM event WHERE seq >= ? AND seq < ? AND n = 1 "
        "AND opening IS NOT NULL GROUP BY 1",
        (start, end),
    )
    for platform, n in rows:
        change[int(str(platform))] += int(str(n))
    later = journal.db.execute(
        "SELECT seq FROM event WHERE seq >= ? AND seq < ? AND n > 1 ORDER BY seq", (start, end)
    ).fetchall()
    for (seq,) in later:
        entry = journal.event(int(str(seq)))
        if entry is not None and (informs := _informs(entry)) is not None:
            change[entry.platform] += _was_told(journal, entry) - informs
    return change


def _informs(entry: LogEntry) -> bool | None:
    """Whether the person is told after an entry; None where it changes nothing of that."""
    if entry.opening is None:
        return None
    sealed = sealing.unpack(entry.opening).sealed
    if _TAKES_BACK in sealed:
        return False
    return True if any(mark in sealed for mark in _INFORMS) else None


def _was_told(journal: Journal, entry: LogEntry) -> bool:
    """Whether the person was told before an entry; nobody is to be told but of a decision."""
    [first, *others] = journal.of_case(entry.case)
    if first.n != 1:
        return _informs(entry) is True
    before = [_informs(other) for other in others if other.seq < entry.seq]
    return next((informs for informs in reversed(before) if informs is not None), False)
