"""Mail of a demonstration: kept in a folder, so that nobody gets a letter about what never was.

DIR/mail/NUMBER.eml, the newest `MOST_LETTERS` of them; any mail program opens one.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from pathlib import Path

from amparo.ledger.outbound.mail import Attachment, Mail
from amparo.storage.durable import write_durably
from amparo.storage.node import Node

MOST_LETTERS = 1000


class MailFolder(Mail):
    """A folder that takes every message."""

    def __init__(self, folder: Path, sender: str) -> None:
        super().__init__("smtp://localhost", sender)
        self._folder = folder

    def why_unreachable(self) -> str:
        """Nothing: a folder is always there."""
        return ""

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        attachments: tuple[Attachment, ...] = (),
        mark: str = "",  # noqa: ARG002 - nothing comes back from a folder
    ) -> None:
        """Keep one message as a file."""
        self._folder.mkdir(exist_ok=True)
        message = self._message(to, subject, text, attachments)
        write_durably(self._folder / f"{time.time_ns()}.eml", message.as_bytes(), mode=0o600)
        for old in sorted(self._folder.glob("*.eml"))[:-MOST_LETTERS]:
            old.unlink(missing_ok=True)


def mail_of(node: Node) -> Mail:
    """What takes a node's messages."""
    settings = node.settings
    if node.is_demonstration:
        return MailFolder(node.mail, settings.sender)
    return Mail(settings.smtp, settings.sender, settings.bounces)
