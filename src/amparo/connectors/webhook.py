"""Whether a webhook is signed, what it points at, and what is said to whoever is not its source.

Mastodon and Discourse sign alike: HMAC with SHA-256 over the bytes as they are sent.

Source: Mastodon, `Webhooks::DeliveryWorker`; Discourse, `Jobs::EmitWebHookEvent`.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import json
from typing import Any, NamedTuple

from amparo.errors import Denied


class Notified(NamedTuple):
    """What a webhook points at; it is read back there, and nothing else of it is taken in."""

    event: str
    subject: str
    """What is to be looked at, in the connector's own form; empty where there is nothing."""


def check_signature(body: bytes, signature: str, secret: str) -> None:
    """Raise `Denied` unless the signature is that of the bytes as they came."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={digest}".encode(), signature.strip().encode()):
        raise not_signed()


def not_signed() -> Denied:
    """No webhook of a connection of this node, as far as can be seen: the same of every one."""
    return Denied(
        "This webhook is not signed as it should be.",
        why="its signature does not fit, or no connection of that name takes webhooks",
        fix="Look at the address, and give the webhook's secret with `amparo connect secret`.",
    )


def decoded(body: bytes) -> Any:
    """A body in JSON; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
