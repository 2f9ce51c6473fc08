"""Mail out, over SMTP: one message at a time, delivered to the server or told why not.

The server is an address: `smtp://localhost` (plain, for a server on this machine),
`smtp+starttls://user:password@mail.example:587` or `smtps://user:password@mail.example`.

International domains go out in punycode, in the envelope and in the headers (`record.mailbox`).

The exchange is bounded as a whole (`exchange`), also with a server that answers by the byte.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import queue
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from amparo.errors import AmparoError, Malformed, Refused, Unavailable
from amparo.ledger.outbound import exchange
from amparo.record import mailbox

TIMEOUT_SECONDS = 30.0
LEAST_RATE = 10_000
"""Bytes a second that give a large message more time than the limit."""
MOST_ANSWER_BYTES = 256 * 1024
LOOK_SECONDS = 2.0
REMEMBER_SECONDS = 30.0
"""For how long it is known whether the server can be reached."""
_PERMANENT = 500
"""Replies from here on are final (RFC 5321, 4.2.1)."""
NO_SMTPUTF8 = "5.6.7"
"""The status for an address that the server cannot take (RFC 6531, 3.5; RFC 5248 for its form)."""
_STATUS = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Attachment(NamedTuple):
    """A file that goes with a message."""

    name: str
    body: bytes
    kind: str = "text/plain"


class NotNow(Unavailable):
    """The server did not take a message, and may take it later."""

    code = ""
    """What it answered, as in `451 4.7.1` (RFC 5321, RFC 3463); empty where it did not answer."""


class Rejected(Refused):
    """The server will never take a message: trying again would only look like abuse."""

    code = ""
    """As in `550 5.1.1`."""


class Mail:
    """A server that takes our messages."""

    def __init__(self, server: str, sender: str, bounces: str = "") -> None:
        """`bounces`: where mail that does not arrive comes back; empty: to the sender."""
        self._server = _read(server)
        self._sender = _sending(sender)
        self._bounces = _sending(bounces) if bounces else ""
        self._looked_at, self._unreachable = -REMEMBER_SECONDS, ""

    @property
    def server(self) -> str:
        """Its address without user and password."""
        return f"{self._server.scheme}://{self._server.hostname}"

    def why_unreachable(self) -> str:
        """Why no connection to the server comes about; empty where one does, or did just now."""
        if time.monotonic() >= self._looked_at + REMEMBER_SECONDS:
            named = self._server.hostname
            try:
                with exchange.exchange(LOOK_SECONDS, MOST_ANSWER_BYTES, named=named):
                    exchange.connect(*self._place()).close()
            except (OSError, AmparoError) as error:
                self._unreachable = f"{named}: {_answered(error)[1]}"
            else:
                self._unreachable = ""
            self._looked_at = time.monotonic()
        return self._unreachable

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        attachments: tuple[Attachment, ...] = (),
        mark: str = "",
    ) -> None:
        """Deliver one message; `NotNow` or `Rejected` when the server did not take it.

        `mark`: by what it is known again when it comes back.
        """
        message = self._message(to, subject, text, attachments)
        if mark:
            message.replace_header("Message-ID", f"<amparo.{mark}@{self._domain()}>")
        named = self._server.hostname
        try:
            with (
                exchange.exchange(
                    TIMEOUT_SECONDS, MOST_ANSWER_BYTES, least_rate=LEAST_RATE, named=named
                ),
                self._connected() as server,
            ):
                _check_is_taken(server, to)
                server.send_message(message, self._from(mark))
        except (OSError, smtplib.SMTPException, AmparoError) as error:
            raise _failure(error, named or "") from error

    def _message(
        self, to: str, subject: str, text: str, attachments: tuple[Attachment, ...]
    ) -> EmailMessage:
        message = EmailMessage()
        try:
            message["From"], message["Subject"] = self._sender, subject
            message["To"] = _with_ascii_domain(to)
        except ValueError as error:  # a line end in a header
            raise Malformed(
                "That is no address for mail.", why=str(error), fix="Write it as name@example.org."
            ) from None
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = make_msgid(domain=self._domain())
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer by machines
        message.set_content(text)
        for attachment in attachments:
            main, _, sub = attachment.kind.partition("/")
            message.add_attachment(
                attachment.body, maintype=main, subtype=sub, filename=attachment.name
            )
        return message

    def _domain(self) -> str:
        return self._sender.rpartition("@")[2].strip("> ")

    def _from(self, mark: str) -> str | None:
        """The address of the envelope: another one for each letter (VERP); None: the sender's."""
        if not self._bounces or not mark:
            return self._bounces or None
        local_part, _, domain = self._bounces.rpartition("@")
        return f"{local_part}+{mark}@{domain}"

    def _place(self) -> tuple[str, int]:
        """Host and port of the server."""
        place = self._server
        return place.hostname or "localhost", place.port or _PORTS[place.scheme]

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        place, (host, port) = self._server, self._place()
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


class _NoSmtputf8(smtplib.SMTPException):
    """The server has no form for the letters of an address."""


def _check_is_taken(server: smtplib.SMTP, to: str) -> None:
    """Raise where an address needs SMTPUTF8, and the server does not offer it."""
    server.ehlo_or_helo_if_needed()
    if mailbox.needs_smtputf8(to) and not server.has_extn("smtputf8"):
        raise _NoSmtputf8


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


def _sending(address: str) -> str:
    if "@" not in address or not address.isprintable():
        raise Malformed(
            "That is no address from which mail can come.",
            why=f"got {address[:80]!r}",
            fix="Write it as name@example.org or as Name <name@example.org>.",
        )
    return _with_ascii_domain(address)


def _with_ascii_domain(address: str) -> str:
    """An address, also one with a name before it, that every server can take."""
    local_part, at, domain = address.rpartition("@")
    bare = domain.rstrip("> ")
    return f"{local_part}{at}{mailbox.ascii_domain(bare)}{domain[len(bare) :]}"


def _failure(error: Exception, named: str) -> NotNow | Rejected:
    """Whether it may be tried again; without the address of the person, which servers repeat."""
    code, why = _answered(error)
    failure: NotNow | Rejected
    if _is_final(error):
        failure = Rejected(
            "The mail server will not take this message.",
            why=f"{named}: {why}",
            fix="Tell the person in another way, or use another address.",
        )
    else:
        failure = NotNow(
            "The message was not taken by the mail server.",
            why=f"{named}: {why}",
            fix="It will be tried again; look whether the server's address is right.",
        )
    failure.code = code
    return failure


def _is_final(error: Exception) -> bool:
    """Whether it is the recipient or the message that is not taken, for good.

    What a server has against us (our name, our password, our sender) is for the operator to mend,
    and meanwhile the message waits.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(reply, _)] = error.recipients.values()
        return reply >= _PERMANENT
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= _PERMANENT
    return isinstance(error, _NoSmtputf8)


def _answered(error: Exception) -> tuple[str, str]:
    """The server's code, as in `550 5.1.1`, and what went wrong."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(reply, text)] = error.recipients.values()
        code = _code(reply, text)
        return code, f"the recipient was refused with {code}"
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer if isinstance(answer, bytes) else answer.encode()
        return _code(error.smtp_code, text), f"{error.smtp_code} {text!r}"[:200]
    if isinstance(error, _NoSmtputf8):
        return NO_SMTPUTF8, f"it does not offer SMTPUTF8 ({NO_SMTPUTF8})"
    return "", error.why if isinstance(error, AmparoError) else str(error)[:200]


def _code(reply: int, text: bytes) -> str:
    """Reply and enhanced status, which name nobody; the rest of the text may."""
    status = _STATUS.match(text)
    return f"{reply} {status[0].decode()}" if status else str(reply)
