"""The hold and the remedy: what the platform is asked to keep, to undo, and what came of it.

What the platform says is claimed; what somebody read back, or the person confirmed, is verified.
The two are never shown as one.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from amparo.case.machines import OPEN
from amparo.case.state import Actor, Case, Event, allowed
from amparo.errors import Malformed, Refused

Step = Literal[
    "restore_content", "restore_account", "restore_visibility", "restore_payments",
    "restore_service", "lift_label", "shorten_restriction", "restrict", "other",
]  # fmt: skip
"""What a platform can be told to do."""
Result = Literal["implemented", "partly", "refused", "impossible"]
Direction = Literal["restore", "keep_down"]


def order(*, steps: Sequence[str], outcome: str, by: str, now: datetime) -> list[Event]:
    """RE1: an order to the platform, at least one step."""
    unknown = [step for step in steps if step not in get_args(Step)]
    if not steps or unknown:
        raise Malformed(
            "Steps: say what the platform has to do.",
            why=f"no such step: {', '.join(unknown)}"[:200] if unknown else "none was chosen",
            fix=f"Choose from {', '.join(get_args(Step))}.",
        )
    return [Event("remedy.ordered", now, by, {"steps": list(steps), "outcome": outcome})]


def report(case: Case, *, result: Result, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """RE3, RE8, RE9: the platform reports; what is not done needs reasons."""
    if result not in get_args(Result):
        raise Malformed(
            "Say what was done.",
            why=f"got {result!r}"[:80],
            fix=f"Use one of {', '.join(get_args(Result))}.",
        )
    if result != "implemented" and not reasons.strip():
        raise Malformed(
            "Reasons are needed.",
            why=f"{result} is not what was ordered",
            fix="Say why, and what you offer instead.",
        )
    details = {"result": result, "reasons": reasons.strip()}
    if result in ("implemented", "partly"):
        return [Event("remedy.claimed", now, str(by), details)]
    return [
        Event(f"remedy.{result}", now, str(by), details),
        *_closed(case, result, now),
    ]


def verify(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """RE4, DE9: somebody read it back, or the person says that it is done; the decision ends."""
    ended = Event("decision.superseded", now, "node", {})
    return [
        Event("remedy.verified", now, str(by), {}),
        *([ended] if allowed(case, ended.kind) else []),
        *_closed(case, "verified", now),
    ]


def dispute(case: Case, *, reason: str, by: Actor, now: datetime) -> list[Event]:
    """RE5, RE15: it is not as claimed, or has changed back."""
    if not reason.strip():
        raise Malformed(
            "Say what is not as it should be.", why="It is empty.", fix="Write what you see."
        )
    _ = case
    return [Event("remedy.disputed", now, str(by), {"reason": reason.strip()})]


def hold(case: Case, *, now: datetime) -> list[Event]:
    """RE10: the first act of whatever is asked; none where one runs already."""
    return [Event("hold.sent", now, "node", {})] if allowed(case, "hold.sent") else []


def keep(*, kept: bool, reason: str, by: Actor, now: datetime) -> list[Event]:
    """RE11, RE12: the platform keeps the evidence, or says that it is gone."""
    if kept:
        return [Event("hold.kept", now, str(by), {})]
    return [Event("hold.failed", now, str(by), {"reason": reason.strip()})]


def interim(
    case: Case, *, direction: Direction, reasons: str, by: Actor, now: datetime
) -> list[Event]:
    """An interim measure where waiting would do harm: restore at once, or keep down at once."""
    if direction not in get_args(Direction):
        raise Malformed(
            "Choose a direction.", why=f"got {direction!r}"[:80], fix="restore, or keep_down"
        )
    if not reasons.strip():
        raise Malformed(
            "Reasons are needed.", why="the text is empty", fix="Say what harm waiting would do."
        )
    if case.complaint not in OPEN:
        raise Refused(
            "There is nothing to decide for the time being.",
            why=f"the complaint is {case.complaint or 'not filed'}",
            fix="Interim measures last until the complaint is decided.",
        )
    details = {"direction": direction, "reasons": reasons.strip()}
    return [Event("interim.ordered", now, str(by), details)]


def undo(case: Case, *, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """A ruling of a group was a mistake: its orders are taken back, with reasons."""
    if not reasons.strip():
        raise Malformed("Reasons are needed.", why="the text is empty", fix="Say what was wrong.")
    return [
        Event("remedy.undone", now, str(by), {"reasons": reasons.strip()}),
        *_closed(case, "undone", now),
    ]


def _closed(case: Case, because: str, now: datetime) -> list[Event]:
    """The complaint ends with its remedy; after a dispute it may have ended before."""
    if case.complaint != "remedy_open":
        return []
    return [Event("complaint.closed", now, "node", {"because": because})]
