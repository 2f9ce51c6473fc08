"""Mail out, over SMTP: one message at a time, delivered to the server or told why not.

The server is an address: `smtp://localhost` (plain, for a server on this machine),
`smtp+starttls://user:password@mail.example:587` or `smtps://user:password@mail.example`.

The exchange is bounded as a whole (`exchange`), also with a server that answers by the byte.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import queue
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from amparo.errors import AmparoError, Malformed, Unavailable
from amparo.ledger.outbound import exchange

TIMEOUT_SECONDS = 30.0
LEAST_RATE = 10_000
"""Bytes a second that give a large message more time than the limit."""
MOST_ANSWER_BYTES = 256 * 1024
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
        if "@" not in sender or not sender.isprintable():
            raise Malformed(
                "That is no address from which mail can come.",
                why=f"got {sender[:80]!r}",
                fix="Write it as name@example.org or as Name <name@example.org>.",
            )
        self._sender = sender

    def send(
        self, to: str, subject: str, text: str, attachments: tuple[Attachment, ...] = ()
    ) -> None:
        """Deliver one message; `Unavailable` when the server did not take it."""
        message = self._message(to, subject, text, attachments)
        named = self._server.hostname
        try:
            with (
                exchange.exchange(
                    TIMEOUT_SECONDS, MOST_ANSWER_BYTES, least_rate=LEAST_RATE, named=named
                ),
                self._connected() as server,
            ):
                server.send_message(message)
        except (OSError, smtplib.SMTPException, AmparoError) as error:
            raise Unavailable(
                "The message was not taken by the mail server.",
                why=f"{named}: {_told(error)}",
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
        context = exchange.secured(ssl.create_default_context())
        server: smtplib.SMTP
        if place.scheme == "smtps":
            server = _SecureSmtp(host, port, _own_name(), context=context)
        else:
            server = _Smtp(host, port, _own_name())
        try:
            if place.scheme == "smtp+starttls":
                server.starttls(context=context)
            if place.username:
                server.login(unquote(place.username), unquote(place.password or ""))
            yield server
            with suppress(OSError, smtplib.SMTPException):  # it has taken the message
                server.quit()
        finally:
            server.close()


class _Smtp(smtplib.SMTP):
    """Over a socket that ends with its exchange."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        return exchange.connect(host, port)


class _SecureSmtp(smtplib.SMTP_SSL, _Smtp):
    """The same, with TLS from the first byte."""


@functools.cache
def _own_name() -> str:
    """By what name this machine greets a mail server; it may take long to find out."""
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(socket.getfqdn()), daemon=True).start()
    name = ""
    with suppress(queue.Empty):
        name = answers.get(timeout=5)
    return name if "." in name else "[127.0.0.1]"  # as smtplib does


def _read(server: str) -> SplitResult:
    with suppress(ValueError):  # half an IPv6 address, a port that is none
        place = urlsplit(server)
        if place.scheme in _PORTS and place.hostname and place.port != 0:
            return place
    raise Malformed(
        "That is no address of a mail server.",
        why=f"got {server.rpartition('@')[2][:80]!r}",  # no password in a message
        fix="Write it as smtp://localhost or smtp+starttls://user:password@mail.example:587.",
    )


def _told(error: Exception) -> str:
    """What went wrong, without the address of the person."""
    if isinstance(error, AmparoError):
        return error.why
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {error.smtp_error!r}"[:200]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the recipient was refused"
    return str(error)[:200]
