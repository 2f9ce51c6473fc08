"""Taking turns at a journal's file, in the order of coming, among the threads of one process.

SQLite's own way to wait for another writer is to sleep and look again: under load whoever asks
seldom (a complaint) would wait many times longer than whoever asks always (the intake).
"""

# SPDX-License-Identifier: Apache-2.0

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Turns:
    """A lock that serves whoever waits in order; not to be taken twice by one thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for one's turn, and hand it on at the end."""
        self._wait()
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._taken = False

    def _wait(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()


_of: dict[str, Turns] = {}
_guard = threading.Lock()


def turns(path: Path) -> Turns:
    """The turns at one file in this process."""
    with _guard:
        return _of.setdefault(str(path.resolve()), Turns())
