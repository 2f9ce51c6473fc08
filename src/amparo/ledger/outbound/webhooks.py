"""Webhooks: a signed request to the address that a platform gave.

The form is that of Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`, an
HMAC-SHA256 over the three parts `id.timestamp.body`. The same notice has the same id whenever it is
sent, so that a platform can tell a repeat. 410 ends a webhook, Retry-After is heeded, a redirect is
not followed, since it would lose the body. Addresses inside a private network are refused unless
the operator allows them (`addresses`): a node must not become a way into its own network.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from amparo.errors import Malformed, Refused, Text, Unavailable, got
from amparo.ledger.outbound import addresses, retry_after
from amparo.record import address
from amparo.record.event import timestamp
from amparo.storage.database import upsert
from amparo.storage.journal import Journal

TIMEOUT_SECONDS = 10.0
SECRET_BYTES = 32
REST_SECONDS = (10, 60, 300, 900, 3600)
"""After so many failures in a row nothing more is sent to a webhook for so long."""
_GONE = 410
_LATER = (429, 503)
_REDIRECTS = (301, 302, 303, 307, 308)


class Gone(Refused):
    """The platform's answer was that there is no webhook any more."""


class NotTaken(Unavailable):
    """The platform did not take a notice."""

    def __init__(self, why: str | Text, after: int | None = None) -> None:
        """`after`: in how many seconds it wants to be asked again, if it says so."""
        fix = "It is tried again."
        super().__init__("The platform did not take the notice.", why=why, fix=fix)
        self.after = after


class Webhook(NamedTuple):
    """Where a platform listens, and the secret that both sides know."""

    url: str
    secret: bytes
    private: bool
    """Whether the operator allowed an address inside a private network."""


STATES = ("active", "failing", "ended")


class Status(NamedTuple):
    """How a webhook fares."""

    url: str
    failures: int
    """In a row; 0: what was sent last was taken, or nothing was sent yet."""
    failed_at: int
    """POSIX seconds of the last failure; 0: none."""
    rest_until: int
    ended_at: int
    """When the platform answered that it is gone; 0: it goes on."""
    why: str

    @property
    def state(self) -> str:
        """In one word, of `STATES`."""
        return "ended" if self.ended_at else "failing" if self.failures else "active"


def set_webhook(journal: Journal, platform: int, url: str, *, private: bool = False) -> str:
    """Remember a platform's address; the new secret, to be shown once."""
    check_address(url, private=private)
    return keep(journal, platform, url, private=private)


def check_address(url: str, *, private: bool = False) -> None:
    """Raise unless a platform can be told of orders there; its name is looked up, which may last.

    `private`: whether the operator allows an address inside a private network.
    """
    schemes = ("https", "http") if private else ("https",)
    host = ""
    with suppress(ValueError):  # half an IPv6 address, a port that is none
        place = urlsplit(url)
        if address.is_sound(url) and place.scheme in schemes and place.port != 0:
            host = place.hostname or ""
    if not host:
        raise Malformed(
            "That is no address for a webhook.",
            why=got(url),
            fix="Use an https:// address that your platform answers at, without user or password.",
            field="url",
        )
    if not private:
        addresses.resolve(host)


def keep(journal: Journal, platform: int, url: str, *, private: bool) -> str:
    """Remember an address that was checked; the new secret, to be shown once."""
    secret = secrets.token_bytes(SECRET_BYTES)
    with journal.transaction():
        upsert(
            journal.db,
            "webhook",
            ("platform",),
            {
                "platform": platform,
                "url": url,
                "secret": secret,
                "private": int(private),
                "failures": 0,
                "failed_at": 0,
                "rest_until": 0,
                "ended_at": 0,
                "why": "",
            },
        )
    return f"whsec_{base64.b64encode(secret).decode()}"


def of_platform(journal: Journal, platform: int) -> Webhook | None:
    """A platform's webhook, if it has one that goes on."""
    row = journal.db.execute(
        "SELECT url, secret, private FROM webhook WHERE platform = ? AND ended_at = 0", (platform,)
    ).fetchone()
    return None if row is None else Webhook(str(row[0]), bytes(row[1]), bool(row[2]))


def to_try_out(journal: Journal, platform: int) -> Webhook:
    """A platform's webhook for a test; `Refused` where none goes on."""
    hook = of_platform(journal, platform)
    if hook is None:
        raise Refused(
            "There is no webhook to test.",
            why="it has no address, or it has ended",
            fix="Set its address.",
        )
    return hook


def rests(journal: Journal, platform: int, now: int) -> bool:
    """Whether nothing is to be sent to a platform's webhook yet."""
    query = "SELECT 1 FROM webhook WHERE platform = ? AND rest_until > ?"
    return journal.db.execute(query, (platform, now)).get is not None


def statuses(journal: Journal) -> dict[int, Status]:
    """How every platform's webhook fares."""
    rows = journal.db.execute(
        "SELECT platform, url, failures, failed_at, rest_until, ended_at, why FROM webhook"
    ).fetchall()
    return {int(row[0]): Status(*row[1:]) for row in rows}


def taken(journal: Journal, platform: int, hook: Webhook) -> None:
    """It took what was sent: earlier failures are over."""
    journal.db.execute(
        "UPDATE webhook SET failures = 0, rest_until = 0, why = '' "
        "WHERE platform = ? AND secret = ? AND failures > 0",
        (platform, hook.secret),
    )


def failed(journal: Journal, platform: int, hook: Webhook, error: NotTaken, now: int) -> None:
    """It did not take what was sent: it rests, longer each time, or for as long as it asked.

    A webhook that the operator has set anew meanwhile is another one: its secret differs.
    """
    failures = journal.db.execute(
        "SELECT failures FROM webhook WHERE platform = ? AND secret = ?", (platform, hook.secret)
    ).get
    rest = REST_SECONDS[min(int(failures or 0), len(REST_SECONDS) - 1)]
    journal.db.execute(
        "UPDATE webhook SET failures = failures + 1, failed_at = ?, rest_until = ?, why = ? "
        "WHERE platform = ? AND secret = ?",
        (now, now + (error.after or rest), error.why, platform, hook.secret),
    )


def end(journal: Journal, platform: int, hook: Webhook, why: str, now: int) -> bool:
    """It is gone; whether it was this one, and not one that was set meanwhile."""
    ended = journal.db.execute(
        "UPDATE webhook SET failures = failures + 1, failed_at = ?1, ended_at = ?1, why = ?2 "
        "WHERE platform = ?3 AND secret = ?4 RETURNING platform",
        (now, why, platform, hook.secret),
    ).get
    return ended is not None


def send(hook: Webhook, number: int, now: int, body: bytes) -> None:
    """Deliver one notice; `NotTaken` unless the platform answers with 2xx, `Gone` at 410."""
    _deliver(hook, f"amparo-{number}", now, body)


def try_out(hook: Webhook, now: int) -> int:
    """Deliver a test, which is of no case and asks for nothing; the status of the answer.

    It is signed as every other, and raises as `send` does. A failure is kept nowhere.
    """
    name = f"amparo-test-{secrets.token_hex(8)}"
    at = timestamp(datetime.fromtimestamp(now, UTC))
    return _deliver(hook, name, now, msgspec.json.encode({"type": "test", "at": at}))


def _deliver(hook: Webhook, name: str, now: int, body: bytes) -> int:
    from amparo.ledger.outbound import http  # noqa: PLC0415 - slow to import, and most only look

    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(hook.secret, name, now, body),
    }
    try:
        answer = http.ask(
            "POST",
            hook.url,
            body,
            headers=headers,
            seconds=TIMEOUT_SECONDS,
            most_bytes=0,
            named=http.host_of(hook.url) if hook.private else None,
        )
    except (Unavailable, Refused) as error:
        raise NotTaken(error.texts[1]) from None
    if answer.status == _GONE:
        raise Gone(
            "The webhook is gone.",
            why="it answered 410",
            fix="Set another address with `amparo platform webhook NAME URL`.",
        )
    if answer.status in _LATER:
        value = answer.headers.get("retry-after", "")
        raise NotTaken(_answered(answer.status), retry_after.seconds(value, now))
    if answer.status in _REDIRECTS:
        place = answer.headers.get("location", "")[:200]
        shown = "".join(letter if letter.isprintable() else "?" for letter in place)
        raise NotTaken(
            Text(
                "it answered {status}, which is not followed; it points to {place}",
                status=str(answer.status),
                place=shown,
            )
            if shown
            else Text(
                "it answered {status}, which is not followed; it points to nowhere",
                status=str(answer.status),
            )
        )
    if not answer.is_success:
        raise NotTaken(_answered(answer.status))
    return answer.status


def _answered(status: int) -> Text:
    return Text("it answered {status}", status=str(status))


def signature(secret: bytes, name: str, now: int, body: bytes) -> str:
    """The signature of a request, as Standard Webhooks writes it."""
    signed = f"{name}.{now}.".encode() + body
    made = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(made).decode()}"
