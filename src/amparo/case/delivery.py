"""Telling the person: from that day on the six months run (DSA Articles 17 and 20(2)).

Also the notice of somebody else (Article 16): received, and answered.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from amparo.case.state import Actor, Case, Event
from amparo.errors import Malformed

MOST_CONTENT = 50_000
Undelivered = Literal["no_contact", "bounced", "bulk_commercial", "order_art9"]
Answer = Literal["acted", "not_acted"]


def deliver(
    case: Case, *, how: Literal["mail", "platform"], decided_by: Sequence[str], by: Actor,
    now: datetime,
) -> list[Event]:  # fmt: skip
    """DE2, DE4: the person was told. Who decided is kept, so that they never review it."""
    _ = case
    details = {"how": how, "decided_by": sorted(set(decided_by))}
    return [Event("decision.delivered", now, str(by), details)]


def name_deciders(
    case: Case, *, decided_by: Sequence[str], by: Actor, now: datetime
) -> list[Event]:
    """Who took the decision, by the platform's own names for them: they never review it."""
    _ = case
    if not decided_by:
        return []
    return [Event("deciders.named", now, str(by), {"decided_by": sorted(set(decided_by))})]


def supply(case: Case, *, content: str, by: Actor, now: datetime) -> list[Event]:
    """The content, as far as the platform hands it over for review."""
    _ = case
    text = content.strip()
    if len(text) > MOST_CONTENT:
        raise Malformed(
            "content: the text is too long.",
            why=f"it has {len(text):,} of {MOST_CONTENT:,} characters",
            fix="Send what the decision is about.",
        )
    return [Event("content.supplied", now, str(by), {"content": text})]


def fail(case: Case, *, reason: Undelivered, by: Actor, now: datetime) -> list[Event]:
    """DE3: the person could not be told; the six months do not run."""
    if case.decision not in ("recorded", "noticed"):
        return []
    return [Event("decision.undelivered", now, str(by), {"reason": reason})]


def receive(fields: dict[str, Any], *, now: datetime) -> Event:
    """A notice by anyone (Article 16): what, where, why; no name in it."""
    return Event("notice.received", now, "notifier", fields)


def answer(
    case: Case,
    *,
    result: Answer,
    reasons: str,
    automated: bool,
    decided_by: Sequence[str],
    by: Actor,
    now: datetime,
) -> list[Event]:
    """The platform tells what it did about a notice (Article 16(5)), and whether a machine did."""
    _ = case
    if result not in get_args(Answer):
        raise Malformed(
            "Say what was done about the notice.",
            why=f"got {result!r}"[:80],
            fix="Use acted or not_acted.",
        )
    if not reasons.strip():
        raise Malformed(
            "Reasons are needed.", why="the text is empty", fix="Say why; the notifier reads it."
        )
    details = {
        "result": result,
        "reasons": reasons.strip(),
        "automated": automated,
        "decided_by": sorted(set(decided_by)),
    }
    return [Event("notice.answered", now, str(by), details)]
