"""Alarms of a monitor: by mail, and by a signed request (Standard Webhooks).

Whoever could not be told is told at the next round; nobody is told twice.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import time
from typing import NamedTuple

from amparo.errors import AmparoError, Malformed
from amparo.ledger.coalition import monitor_state as states
from amparo.ledger.coalition.monitor_state import Found, MonitorState
from amparo.ledger.outbound import webhooks
from amparo.ledger.outbound.mail import Mail
from amparo.ledger.outbound.webhooks import Webhook

TELL_SECONDS = 15.0
"""For so long one webhook is told in a round: a slow one must not keep the monitor from looking."""
_SECRET = "whsec_"  # noqa: S105 - how Standard Webhooks writes one


class Alarms(NamedTuple):
    """Who is told."""

    mail: Mail | None = None
    addresses: tuple[str, ...] = ()
    hooks: tuple[Webhook, ...] = ()


def hook(url: str, secret: str, *, private: bool) -> Webhook:
    """A webhook by its address and the secret both sides know, `whsec_...`."""
    try:
        return Webhook(url, base64.b64decode(secret.removeprefix(_SECRET), validate=True), private)
    except ValueError:
        raise Malformed(
            "That is no secret of a webhook.",
            why="it is not whsec_ and base64",
            fix="Make one: echo whsec_$(head -c 32 /dev/urandom | base64)",
        ) from None


def tell(monitor_state: MonitorState, alarms: Alarms, now: int) -> list[AmparoError]:
    """Tell everyone what they were not told yet; what did not arrive, and why."""
    failed: list[AmparoError] = []
    for address in alarms.addresses:
        if alarms.mail is not None and (new := monitor_state.waiting(address, now)):
            try:
                alarms.mail.send(address, _subject(new), _text(new))
                monitor_state.mark_notified(address, new)
            except AmparoError as error:
                failed.append(error)
    for hook in alarms.hooks:
        deadline = time.monotonic() + TELL_SECONDS
        for fault in monitor_state.waiting(hook.url, now):
            if time.monotonic() > deadline:
                break  # the logs are looked at meanwhile; the rest is told at the next round
            try:
                webhooks.send(hook, fault.id, now, states.encoded(fault))
                monitor_state.mark_notified(hook.url, [fault])
            except AmparoError as error:
                failed.append(error)
                break  # the rest waits as well, and in its order
    return failed


def _subject(new: list[Found]) -> str:
    first = f"{new[0].origin}: {new[0].what}"
    return f"Amparo: {first}" if len(new) == 1 else f"Amparo: {len(new)} faults; {first}"


def _text(new: list[Found]) -> str:
    return "\n\n".join(
        f"{fault.origin}: {fault.what}\n{fault.why}"
        + (f"\nProof: evidence/{fault.evidence} in the monitor's folder" if fault.evidence else "")
        for fault in new
    )
