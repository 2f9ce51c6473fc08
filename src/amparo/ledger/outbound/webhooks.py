"""Telling a platform at once: a signed request to the address it gave.

The form is that of Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`, an
HMAC-SHA256 over the three parts `id.timestamp.body`. The same notice has the same id whenever it is
sent, so that a platform can tell a repeat. Addresses inside a private network are refused unless
the operator allows them (`addresses`): a node must not become a way into its own network.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

from amparo.errors import Malformed, Unavailable
from amparo.ledger.database import upsert
from amparo.ledger.journal import Journal
from amparo.ledger.outbound import addresses, http
from amparo.ledger.platforms import Platform
from amparo.record import address

TIMEOUT_SECONDS = 10.0
SECRET_BYTES = 32


class Webhook(NamedTuple):
    """Where a platform listens, and the secret that both sides know."""

    url: str
    secret: bytes
    private: bool
    """Whether the operator allowed an address inside a private network."""


def set_webhook(journal: Journal, platform: Platform, url: str, *, private: bool = False) -> str:
    """Remember a platform's address; the new secret, to be shown once."""
    place = urlsplit(url)
    schemes = ("https", "http") if private else ("https",)
    if not address.is_sound(url) or place.scheme not in schemes or not place.hostname:
        raise Malformed(
            "That is no address for a webhook.",
            why=f"got {url[:80]!r}",
            fix="Use an https:// address that your platform answers at, without user or password.",
        )
    if not private:
        addresses.resolve(place.hostname)
    secret = secrets.token_bytes(SECRET_BYTES)
    with journal.transaction():
        upsert(
            journal.db, "webhook", ("platform",),
            {"platform": platform.id, "url": url, "secret": secret, "private": int(private)},
        )  # fmt: skip
    return f"whsec_{base64.b64encode(secret).decode()}"


def of_platform(journal: Journal, platform: int) -> Webhook | None:
    """A platform's webhook, if it has one."""
    row = journal.db.execute(
        "SELECT url, secret, private FROM webhook WHERE platform = ?", (platform,)
    ).fetchone()
    return None if row is None else Webhook(str(row[0]), bytes(row[1]), bool(row[2]))


def send(hook: Webhook, number: int, now: int, body: bytes) -> None:
    """Deliver one notice; `Unavailable` unless the platform answers with 2xx."""
    name = f"amparo-{number}"
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(hook.secret, name, now, body),
    }
    try:
        answer = http.ask(
            "POST", hook.url, body, headers=headers, seconds=TIMEOUT_SECONDS, most_bytes=0,
            named=http.host_of(hook.url) if hook.private else None,
        )  # fmt: skip
    except Unavailable as error:
        raise _not_taken(error.why) from None
    if not answer.is_success:
        raise _not_taken(f"it answered {answer.status}")


def signature(secret: bytes, name: str, now: int, body: bytes) -> str:
    """The signature of a request, as Standard Webhooks writes it."""
    signed = f"{name}.{now}.".encode() + body
    made = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"


def _not_taken(why: str) -> Unavailable:
    return Unavailable("The platform did not take the notice.", why=why, fix="It is tried again.")
