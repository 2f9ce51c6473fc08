"""Reading what a mail server sends back when a letter did not arrive (RFC 3464).

Anybody can send such a message, of any shape. So nothing nested is followed: its parts are cut at
the outermost boundary, of each only the header fields are read, and time grows with its length.

Which letter it is about stands in the `Message-ID` that comes back with it, or in the address it
was sent to (VERP); whether it is ours is for whoever knows the mark in it (`outbound/letter_mark`).

Source: RFC 3464, RFC 6522; RFC 3463 for the codes.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Sequence
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Literal, NamedTuple

from amparo.errors import Malformed, Text

MOST_BYTES = 1024 * 1024
MOST_PARTS = 20
MOST_RECIPIENTS = 20
MOST_VALUE = 2000
"""Characters of a header field that are looked at."""
Action = Literal["failed", "delayed", "none"]
"""`failed`: the server has given up (RFC 3464, 2.3.3); `none`: it arrived, or went on."""
_ARRIVED = ("delivered", "relayed", "expanded")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "In-Reply-To", "References")
"""Where the letter is named outside what comes back of it."""
_STATUSES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "text/rfc822-headers",
)
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_REPLY = re.compile(r"^\s*smtp\s*;\s*([245][0-9]{2})(?![0-9])", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


class DeliveryStatus(NamedTuple):
    """What became of a letter."""

    action: Action
    code: str
    """As in `550 5.1.1` or `5.1.1`; empty where none is given."""
    named: tuple[str, ...]
    """Message-IDs and addresses, in which a letter of ours would stand."""


def read(message: bytes) -> DeliveryStatus:
    """A delivery status notification; `Malformed` for whatever else was sent here."""
    if len(message) > MOST_BYTES:
        raise _is_none(Text("it has more than {most} bytes", most=MOST_BYTES))
    whole = _headers(message)
    parts = _parts(whole, message)
    statuses = [part for part in parts if part.get_content_type() in _STATUSES]
    if not statuses:
        raise _is_none(Text("no part of it is a message/delivery-status"))
    action, code = _outcome(_body(statuses[0]))
    returned = [
        _field(_headers(_body(part)), "Message-ID")
        for part in parts
        if part.get_content_type() in _RETURNED
    ]
    named = [*returned, *(_field(whole, name) for name in _ADDRESSED)]
    return DeliveryStatus(action, code, tuple(filter(None, named)))


def _outcome(status: bytes) -> tuple[Action, str]:
    """Of several recipients, as behind an alias, one whom it reached is enough."""
    blocks = _BLANK_LINE.split(status, MOST_RECIPIENTS)[:MOST_RECIPIENTS]
    recipients = [fields for block in blocks if (fields := _headers(block)).get("Action")]
    actions = [_word(_field(fields, "Action")) for fields in recipients]
    if not actions or any(action in _ARRIVED for action in actions):
        return "none", ""
    if all(action == "failed" for action in actions):
        return "failed", _code(recipients[0])
    if "delayed" in actions:
        return "delayed", _code(recipients[actions.index("delayed")])
    return "none", ""


def _code(fields: Message) -> str:
    """Reply and status, which name nobody; the rest of the diagnosis may."""
    reply = _REPLY.match(_field(fields, "Diagnostic-Code"))
    status = _STATUS.search(_field(fields, "Status"))
    return " ".join([*([reply[1]] if reply else []), *([status[0]] if status else [])])


def _parts(whole: Message, message: bytes) -> Sequence[Message]:
    """The outermost parts, each with its header fields read."""
    found = _BOUNDARY.search(_field(whole, "Content-Type"))
    if whole.get_content_maintype() != "multipart" or found is None:
        return []
    boundary = b"\n--" + (found[1] or found[2]).encode("utf-8", "replace")
    pieces = message.split(boundary, MOST_PARTS + 1)[1 : MOST_PARTS + 1]
    return [_headers(piece.partition(b"\n")[2]) for piece in pieces if piece[:2] != b"--"]


def _headers(text: bytes) -> Message:
    return BytesHeaderParser().parsebytes(text.lstrip(b"\r\n"))


def _body(part: Message) -> bytes:
    body = part.get_payload()
    encoding = _field(part, "Content-Transfer-Encoding").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        body = part.get_payload(decode=True)
    return body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogateescape")


def _field(fields: Message, name: str) -> str:
    return str(fields.get(name, ""))[:MOST_VALUE]


def _word(value: str) -> str:
    return (value.split() or [""])[0].lower()


def _is_none(why: Text) -> Malformed:
    return Malformed(
        "This is no delivery status notification.",
        why=why,
        fix="Pipe here what the mail server sends back to the address of its letters.",
    )
