"""When the next call may be made: evenly spaced, and later each time the other side fails.

No credit is saved up: after days without the other side what has gathered leaves at the same even
rate, since a burst would only bring the next failure.
"""

# SPDX-License-Identifier: Apache-2.0

import threading
import time

FIRST_WAIT_SECONDS = 1.0
MOST_WAIT_SECONDS = 300.0
TOO_MANY_SECONDS = 60.0
"""After a 429 that names no time: its limits are counted by the minute."""
_LATE_SECONDS = 0.1
"""So much of a turn that came late is made up for: no thread wakes to the microsecond."""


class Pace:
    """The turns of all threads that call for one platform."""

    def __init__(self, rate: int, stopping: threading.Event) -> None:
        """`rate`: calls a minute."""
        self._between = 60.0 / rate
        self._stopping = stopping
        self._guard = threading.Lock()
        self._next = time.monotonic()
        self._rest_until = 0.0
        self._wait = FIRST_WAIT_SECONDS

    def turn(self) -> bool:
        """Wait for the next turn; False when it is the end."""
        while not self._stopping.is_set():
            with self._guard:
                now = time.monotonic()
                mine = max(self._next, now - _LATE_SECONDS, self._rest_until)
                self._next = mine + self._between
            if mine > now and self._stopping.wait(mine - now):
                return False
            if self._rest_until <= mine:  # nobody failed meanwhile
                return True
        return False

    def worked(self) -> None:
        """A call was answered: what failed before is over."""
        self._wait = FIRST_WAIT_SECONDS

    def failed(self, seconds: float | None = None) -> None:
        """Nobody calls for a while: for as long as it asked for, or twice as long as last time."""
        with self._guard:
            now = time.monotonic()
            if seconds is not None:
                self._rest_until = max(self._rest_until, now + seconds)
            elif now >= self._rest_until:  # calls that were under way together fail once
                self._rest_until = now + self._wait
                self._wait = min(2 * self._wait, MOST_WAIT_SECONDS)
