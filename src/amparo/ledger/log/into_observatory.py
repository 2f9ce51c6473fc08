"""The node's own record, once a day into the lake of its observatory.

It is done by a process of its own, `amparo observe record`, at the lowest priority: the room that
counts lies above this one, and nobody who submits or complains should wait for it. Whoever
publishes begins it: there is one, on however many hosts.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

from amparo.storage.journal import Journal
from amparo.storage.node import Node

logger = logging.getLogger("amparo")

ENTERED = "observatory.entered"
"""Setting of the journal: the day on which it was last begun."""
FIRST_SECONDS = 600.0
"""After a start: so that a node that is restarted often does not count all the time."""
FIRST_OF_A_DEMONSTRATION_SECONDS = 3.0
"""Somebody has just begun it, in order to look at it, and at its own wave on the front page."""
LOOK_SECONDS = 60.0
MOST_SECONDS = 4 * 3600.0
_LOWEST_PRIORITY = 19


def command(node: Node) -> list[str]:
    """What puts a node's record into its lake."""
    folders = ["--data", str(node.folder), "--lake", str(node.lake)]
    return [sys.executable, "-m", "amparo", "observe", "record", *folders]


def entered(journal: Journal) -> None:
    """Today it was begun; it is next begun tomorrow."""
    with journal.transaction():
        journal.set(ENTERED, _today())


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


class DailyRecord:
    """The process that reads the record, begun once a day."""

    def __init__(self, node: Node, journal: Journal) -> None:
        self._node = node
        self._journal = journal
        self._process: subprocess.Popen[bytes] | None = None
        self._until = 0.0
        first = FIRST_OF_A_DEMONSTRATION_SECONDS if node.is_demonstration else FIRST_SECONDS
        self._look_at = time.monotonic() + first

    def look(self) -> None:
        """Begin it if its day has come, and see what became of it."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        if self._process is not None:
            self._see(self._process)
        elif self._journal.setting(ENTERED) != _today():
            try:
                self._process = self._begun()
            except OSError as error:
                logger.warning("the record could not be counted: %s", error)
                return
            self._until = time.monotonic() + MOST_SECONDS
            entered(self._journal)

    def stop(self) -> None:
        """End one that runs; it goes on where it stopped."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _begun(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command(self._node),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _LOWEST_PRIORITY)
        return process

    def _see(self, process: "subprocess.Popen[bytes]") -> None:
        if process.poll() is None:
            if time.monotonic() >= self._until:
                logger.warning("the record was not counted within %.0f seconds", MOST_SECONDS)
                self.stop()
            return
        self._process = None
        if process.returncode:
            logger.warning(
                "the record was not counted (%d); look with `amparo observe record`",
                process.returncode,
            )
