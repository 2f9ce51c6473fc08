"""A webhook as it arrives: whose it is, and what it says.

The form is that of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`. The signature is
checked over the bytes that came, before anything of them is read. A repeat has the same
`webhook-id`: remember the ids of a day, and do nothing for one that was there.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import binascii
import hmac
import re
from collections.abc import Mapping

import msgspec

from amparo.client.answers import Notified
from amparo.errors import Denied, Malformed
from amparo.ledger.outbound.webhooks import signature

TOLERANCE_SECONDS = 300
"""By which the sender's clock may differ; what is older may be a recording."""
MOST_SIGNATURES = 20
_SECONDS = re.compile(r"[0-9]{1,12}")


def read(headers: Mapping[str, str], body: bytes, secret: str, *, now: float) -> Notified:
    """What a webhook tells; `Denied` unless it was signed with this secret, just now.

    `secret` is what `amparo platform webhook` printed, `now` in POSIX seconds.
    """
    verify(headers, body, secret, now=now)
    try:
        return msgspec.json.decode(body, type=Notified)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(
            "This webhook cannot be read.",
            why=str(error),
            fix="Answer 2xx, and ask GET /api/v1/orders; the client may be older than the node.",
        ) from None


def verify(headers: Mapping[str, str], body: bytes, secret: str, *, now: float) -> str:
    """The id of a webhook that was signed with this secret, just now; `Denied` for any other."""
    key = _key(secret)
    given = {name.lower(): value for name, value in headers.items()}
    name, at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not name or not _SECONDS.fullmatch(at):
        raise _denied("webhook-id or webhook-timestamp is missing, or is none")
    if abs(now - int(at)) > TOLERANCE_SECONDS:
        raise _denied(f"it was signed at {at}, and here it is {int(now)}")
    expected = signature(key, name, int(at), body).encode()
    signatures = given.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    if not any(hmac.compare_digest(expected, found.encode()) for found in signatures):
        raise _denied("no signature is that of this secret over this body")
    return name


def _key(secret: str) -> bytes:
    head, _, text = secret.partition("_")
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if head != "whsec" or not key:
        raise Malformed(
            "That is no secret of a webhook.",
            why="it is not whsec_ and base64",
            fix="Use what `amparo platform webhook NAME URL` printed.",
        )
    return key


def _denied(why: str) -> Denied:
    return Denied(
        "This webhook is not the node's.",
        why=why,
        fix="Answer 401 and do nothing. Check the clock, and that the body was not changed.",
    )
