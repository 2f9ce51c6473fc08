"""Keeping the process that forwards running, while a platform's forwarding is set up.

Whoever publishes does it: there is one, on however many hosts.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import subprocess
import sys
import time

from amparo.ledger.forward import forwardings
from amparo.storage.journal import Journal
from amparo.storage.node import Node

logger = logging.getLogger("amparo")

LOOK_SECONDS = 2.0
STOP_SECONDS = 10.0


class Forwarding:
    """The process, as its parent sees it: begun when there is something to do, and again."""

    def __init__(self, node: Node, journal: Journal) -> None:
        self._node = node
        self._journal = journal
        self._process: subprocess.Popen[bytes] | None = None
        self._look_at = 0.0

    def look(self) -> None:
        """Begin it if a forwarding is set up and it does not run."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK_SECONDS
        if self._process is not None and (status := self._process.poll()) is not None:
            if status:
                logger.warning(
                    "the process that forwards ended with %d, and is begun again", status
                )
            self._process = None
        if self._process is None and forwardings.every(self._journal):
            try:
                self._process = self._begun()
            except OSError as error:
                logger.warning("statements could not be forwarded: %s", error)

    def stop(self) -> None:
        """End it; what is under way may still arrive, and is known again."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _begun(self) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-m", "amparo.ledger.forward.process", str(self._node.folder)]
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
