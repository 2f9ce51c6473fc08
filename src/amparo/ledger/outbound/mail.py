"""Mail out, over SMTP: one message at a time, delivered to the server or told why not.

The server is an address: `smtp://localhost` (plain, for a server on this machine),
`smtp+starttls://user:password@mail.example:587` or `smtps://user:password@mail.example`.
"""

# SPDX-License-Identifier: Apache-2.0

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from amparo.errors import Malformed, Unavailable

TIMEOUT_SECONDS = 30
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Attachment(NamedTuple):
    """A file that goes with a message."""

    name: str
    body: bytes
    kind: str = "text/plain"


class Mail:
    """A server that takes our messages."""

    def __init__(self, server: str, sender: str) -> None:
        self._server = _read(server)
        self._sender = sender

    def send(
        self, to: str, subject: str, text: str, attachments: tuple[Attachment, ...] = ()
    ) -> None:
        """Deliver one message; `Unavailable` when the server did not take it."""
        message = self._message(to, subject, text, attachments)
        try:
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(
                "The message was not taken by the mail server.",
                why=f"{self._server.hostname}: {_told(error)}",
                fix="It will be tried again; look whether the server's address is right.",
            ) from error

    def _message(
        self, to: str, subject: str, text: str, attachments: tuple[Attachment, ...]
    ) -> EmailMessage:
        message = EmailMessage()
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
        except ValueError as error:  # a line end in a header
            raise Malformed(
                "That is no address for mail.", why=str(error), fix="Write it as name@example.org."
            ) from None
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].strip("> "))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by machines
        message.set_content(text)
        for one in attachments:
            main, _, sub = one.kind.partition("/")
            message.add_attachment(one.body, maintype=main, subtype=sub, filename=one.name)
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        place = self._server
        host, port = place.hostname or "localhost", place.port or _PORTS[place.scheme]
        if place.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        with server:
            if place.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            yield server


def _read(server: str) -> SplitResult:
    place = urlsplit(server)
    if place.scheme not in _PORTS or not place.hostname:
        raise Malformed(
            "That is no address of a mail server.",
            why=f"got {place.scheme or 'nothing'}://{place.hostname or ''}",
            fix="Write it as smtp://localhost or smtp+starttls://user:password@mail.example:587.",
        )
    return place


def _told(error: Exception) -> str:
    """What went wrong, without the address of the person."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"[:200]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the recipient was refused"
    return str(error)[:200]
