"""Plays many lives side by side, in the order of their times, on a clock that is ahead of nobody's.

A life is a generator: it takes steps, and yields how long it waits. Between two steps the clocks of
all cases run out at the second they are due, by the scheduler's own function. So a year passes in
the order in which it would have, and the log tells it so.
"""

# SPDX-License-Identifier: Apache-2.0

import heapq
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from itertools import count

from amparo.ledger.case import rulings, scheduler, suspensions
from amparo.storage.journal import Journal

Life = Generator[timedelta, None, None]


class Director:
    """Whose turn it is, and what time it is."""

    def __init__(self, journal: Journal, begin: datetime, end: datetime) -> None:
        """Nothing happens after `end`; lives that wait longer stay as they are then."""
        self.now, self._journal, self._end = begin, journal, end
        self._turns: list[tuple[datetime, int, Life]] = []
        self._numbers = count()

    def enter(self, life: Life, at: datetime) -> None:
        """A life begins at a time."""
        heapq.heappush(self._turns, (at, next(self._numbers), life))

    def play(self) -> None:
        """Let every life take its turns, until the end."""
        while self._turns:
            at, _, life = heapq.heappop(self._turns)
            if at > self._end:
                continue
            self._until(at)
            wait = next(life, None)
            if wait is not None:
                self.enter(life, self.now + wait)
        self._until(self._end)

    def _until(self, moment: datetime) -> None:
        """Time passes, and what runs out on the way does."""
        while (due := self._next_due()) is not None and due < moment:
            self.now = max(self.now, due + timedelta(seconds=1))
            scheduler.expire_due(self._journal, int(self.now.timestamp()))
        self.now = max(self.now, moment)
        rulings.go_on(self._journal, self.now)
        suspensions.resume(self._journal, self.now)

    def _next_due(self) -> datetime | None:
        due = self._journal.db.execute("SELECT min(due) FROM clock").get
        return None if due is None else datetime.fromtimestamp(int(due), UTC)
