"""The nightly comparison with the public dumps, by a process of its own at the lowest priority.

What reads dumps lies above this room, so it is the command `amparo forward compare` that is run.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

from amparo.ledger.forward import comparison, forwardings
from amparo.storage.journal import Journal
from amparo.storage.node import Node

logger = logging.getLogger("amparo")

FIRST_SECONDS = 600.0
"""After a start: so that a node that is restarted often does not compare all the time."""
LOOK_SECONDS = 3600.0
"""A dump that is not there yet is asked for again."""
MOST_SECONDS = 4 * 3600.0
_LOWEST_PRIORITY = 19


class Nightly:
    """The process that compares, begun while a day is due."""

    def __init__(self, node: Node, journal: Journal) -> None:
        self._node, self._journal = node, journal
        self._process: subprocess.Popen[bytes] | None = None
        self._until = 0.0
        self._status = 0
        self._look_at = time.monotonic() + FIRST_SECONDS

    def look(self) -> None:
        """Begin it if a day is due, and see what became of it."""
        now = time.monotonic()
        if self._process is not None:
            if self._process.poll() is None and now < self._until:
                return
            self._end(self._process)
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            moment = datetime.now(UTC)
            platforms = [set_up.platform for set_up in forwardings.every(self._journal)]
            if any(comparison.due(self._journal, platform, moment) for platform in platforms):
                self._begin()
                self._until = now + MOST_SECONDS

    def stop(self) -> None:
        """End one that runs; the day is compared anew."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _begin(self) -> None:
        words = ["-m", "amparo", "forward", "compare", "--data", str(self._node.folder)]
        try:
            self._process = subprocess.Popen(
                [sys.executable, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            logger.warning("the public dumps could not be compared: %s", error)
            return
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _LOWEST_PRIORITY)

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.kill()
        before, self._status = self._status, process.wait()
        if self._status and self._status != before:  # it is tried each hour, and said once
            logger.warning(
                "not all public dumps were compared (%d); look with `amparo forward compare`",
                self._status,
            )
        self._process = None
