"""Writing a remedy back: a machine undoes in the platform's own system what was ordered.

A platform can have a node carry its orders out in its system. What the node has called for is then
claimed, as if the platform had said it, and is read back as every claim. It is done for an order
that is open, and only for one of which every step can be seen there: whatever else was ordered, and
whatever the system refuses, stays an order to the platform, with its time limits.

Nothing is ever carried out a second time. What the platform undoes later is a new fact
(`read_back`), and a matter for people.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

from amparo.case import events
from amparo.case.events import Event
from amparo.case.state import Actor, Case

Held = Literal["steps", "gone", "newer", "refused", "unanswered", "untold"]
"""Why a person has to carry an order out: a step that no call takes; what it is about is not there;
it is restricted by another decision; the system refuses; it has not answered for long; it has taken
the call, and nobody has told for long what came of it."""


def is_open(case: Case) -> bool:
    """Whether an order waits that nobody has said anything about."""
    return case.remedy == "sent"


def can_be_carried_out(case: Case, shows: Collection[str]) -> bool:
    """Whether the steps that can be seen in a system are all that was ordered."""
    return set(case.ordered) <= set(shows)


def was_over(happened: Iterable[Event]) -> bool:
    """Whether the restriction was over once: what is in force since is another decision."""
    for event in happened:
        match event:
            case events.DecisionLifted():
                return True
            case events.RemedySeen(done="yes" | "partly"):
                return True
    return False


def carried_out(
    case: Case, *, shows: Collection[str], source: str | None, by: Actor, now: datetime
) -> list[Event]:
    """What was ordered was carried out in `source`; None where it is only told, and not seen.

    Nothing where no order waits any more, nor where more was ordered meanwhile than it `shows`.
    """
    if not is_open(case) or not can_be_carried_out(case, shows):
        return []
    return [events.RemedyClaimed(now, str(by), result="implemented", reasons="", through=source)]
