"""An alarm while there is still time: when the disk is nearly full, before submissions are refused.

Told once by a line in the log and by mail, and again each day while it lasts; a file in the node's
folder remembers when, so that a restart does not tell again. One process a host looks (`serve`):
each host has a disk of its own.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import time
from contextlib import suppress

from amparo.errors import AmparoError
from amparo.ledger.outbound.mail_folder import mail_of
from amparo.storage.durable import free_bytes, write_durably
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

LOOK_SECONDS = 5.0
AGAIN_SECONDS = 86_400
MAIL_AGAIN_SECONDS = 300
"""After how long a mail that was not taken is tried again."""
ABOVE_RESERVE = 1.25
"""How many times the reserve is still free when it is told at the latest."""
MUCH = 1.1
"""It is over when this many times the threshold is free: not at each file that is written."""


def threshold(node: Node) -> int:
    """Below how many bytes of free disk it is told; 0: never.

    Always above the reserve, whatever the settings say: after that it would be too late.
    """
    alarm = node.settings.disk_alarm
    return max(alarm, int(ABOVE_RESERVE * node.settings.reserve)) if alarm else 0


def is_low(node: Node, free: int) -> bool:
    """Whether so much free disk, in bytes, is below the threshold."""
    return free < threshold(node)


class DiskAlarm:
    """Looks at the free disk of a node's folder, and tells its operator."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._mail = mail_of(node)
        self._remembers = node.folder / "disk.low"
        self._told_at = self._remembered()
        self._mail_due: int | None = None
        self.thread = Supervised("disk alarm", self._work)

    def look(self, free: int, now: int) -> None:
        """Tell what is to be told when so many bytes are free, at a time in POSIX seconds."""
        if is_low(self._node, free):
            self._tell(free, now)
        elif self._told_at and free >= MUCH * threshold(self._node):
            logger.warning("there is enough free disk again: %s bytes", f"{free:,}")
            self._told_at, self._mail_due = 0, None
            with suppress(OSError):
                self._remembers.unlink(missing_ok=True)

    def _work(self, thread: Supervised) -> None:
        while not thread.stopping.is_set():
            self.look(free_bytes(self._node.folder), int(time.time()))
            thread.is_well()
            thread.stopping.wait(LOOK_SECONDS)

    def _tell(self, free: int, now: int) -> None:
        if now - self._told_at >= AGAIN_SECONDS:
            self._told_at = self._mail_due = now
            logger.warning("%s", _sentence(self._node, free))
        if self._mail_due is not None and now >= self._mail_due:
            is_mailed = not self._node.settings.operator or self._send(free)
            self._mail_due = None if is_mailed else now + MAIL_AGAIN_SECONDS
            if is_mailed:
                self._remember(now)

    def _send(self, free: int) -> bool:
        """Whether the mail was taken."""
        subject = f"Amparo: {self._node.origin} has little free disk"
        try:
            self._mail.send(self._node.settings.operator, subject, _letter(self._node, free))
        except AmparoError as error:
            logger.warning("the operator was not told of the disk: %s", error.why)
            return False
        return True

    def _remember(self, now: int) -> None:
        with suppress(OSError, AmparoError):  # a disk that is full: then a restart tells again
            write_durably(self._remembers, f"{now}\n".encode())

    def _remembered(self) -> int:
        """When it was told last; 0 where it was not, or that cannot be read."""
        with suppress(OSError, ValueError):
            return int(self._remembers.read_text())
        return 0


def _sentence(node: Node, free: int) -> str:
    return (
        f"the disk of {node.folder} is nearly full: {free:,} bytes are free; "
        f"below {node.settings.reserve:,} new submissions are refused"
    )


def _letter(node: Node, free: int) -> str:
    return (
        f"Only {free:,} bytes are free on the disk of {node.folder}.\n\n"
        f"Below {node.settings.reserve:,} bytes (`reserve`) new submissions are refused; reading, "
        "receipts and the log go on. Make room, or move the node to a larger disk.\n\n"
        f"This mail is sent below {threshold(node):,} bytes (`disk_alarm`), once a day "
        "while it lasts.\n"
    )
