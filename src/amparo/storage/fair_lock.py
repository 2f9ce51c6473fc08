"""A fair lock on a journal's file: threads and processes get it in the order of asking.

SQLite's own way to wait for another writer is to sleep and look again, longer each time: under load
whoever asks seldom (a complaint) would wait many times longer than whoever asks always (the
intake), and two front ends would sleep while neither writes.

Among processes it is a courtesy. What keeps writers apart is SQLite's own lock; whoever waits too
long in line, or finds none to stand in, goes on to that one.
"""

# SPDX-License-Identifier: Apache-2.0

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WAIT_SECONDS = 10.0
_NEXT, _INSIDE = 0, 1


class Line:
    """The line before a file, among processes: the kernel keeps it, and forgets whoever dies in it.

    Two locked bytes. Only who holds the first waits for the second, so that whoever has just been
    inside, and wants to go in again, stands behind the one who waits.
    """

    def __init__(self, beside: Path) -> None:
        """A file beside this one is made at the first use, and holds nothing."""
        self._beside = beside
        self._file: int | None = None
        self._guard = threading.Lock()

    def enter(self) -> None:
        """Wait for one's turn, at most `WAIT_SECONDS`; one thread of a process at a time."""
        with suppress(OSError):
            if self._file is None:
                self._file = self._opened()
            if not self._stand(self._file, fcntl.LOCK_NB):
                self._wait(self._file)

    def leave(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            _let_go(self._file, _INSIDE)

    def _opened(self) -> int:
        file = os.open(f"{self._beside}-turn", os.O_RDWR | os.O_CREAT, 0o600)
        if os.geteuid() == 0:  # as SQLite does: whose the journal is, not who came first
            with suppress(OSError):
                owner = self._beside.stat()
                os.fchown(file, owner.st_uid, owner.st_gid)
        return file

    def _wait(self, file: int) -> None:
        """Wait on another thread, since the kernel's own wait has no end that one could set.

        To look again and again instead would take the interpreter from whoever works meanwhile.
        """
        inside, given_up = threading.Event(), False

        def stand() -> None:
            with suppress(OSError):
                self._stand(file, 0)
            with self._guard:
                if given_up:
                    _let_go(file, _INSIDE)
                inside.set()

        threading.Thread(target=stand, name="line", daemon=True).start()
        if not inside.wait(WAIT_SECONDS):
            with self._guard:
                given_up = not inside.is_set()

    def _stand(self, file: int, how: int) -> bool:
        """Come inside; False if that would mean waiting and `how` is not to."""
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | how, 1, _NEXT)
        except (BlockingIOError, PermissionError):  # how the kernel says: somebody else has it
            return False
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | how, 1, _INSIDE)
        except (BlockingIOError, PermissionError):
            return False
        finally:
            _let_go(file, _NEXT)
        return True


def _let_go(file: int, byte: int) -> None:
    with suppress(OSError):
        fcntl.lockf(file, fcntl.LOCK_UN, 1, byte)


class Turns:
    """A lock that serves whoever waits in order; not to be taken twice by one thread."""

    def __init__(self, line: Line | None = None) -> None:
        self._line = line
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and hand it on at the end."""
        self._wait()
        if self._line is not None:
            self._line.enter()
        try:
            yield
        finally:
            if self._line is not None:
                self._line.leave()
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
    """The turns at one file."""
    name = str(path.resolve())
    with _guard:
        return _of.setdefault(name, Turns(Line(Path(name))))
