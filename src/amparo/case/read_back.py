"""Reading a remedy back: a machine looks at the platform's own system, at once and later.

What a platform says is claimed. Verified means that a machine, or somebody, saw it. A machine sees
little: whether an account is suspended, say, and not whether all of its posts are there again. So
it verifies an order only where it can see each of its steps and no other restriction; of any other
it says what it saw. What was seen as done and is not so later is a new fact, whatever the reason
for it. Who removed an account that had been restored cannot be seen: perhaps its owner did.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple, get_args

from amparo.case import events, remedy
from amparo.case.events import Done, Event, InForce
from amparo.case.state import Actor, Case

AFTER = (timedelta(), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""When it is looked at, counted from when the platform said that it is done."""
LOOKS: tuple[events.Look, ...] = get_args(events.Look)
CLAIMED = ("claimed", "verified", "settled")
"""States of a remedy in which the platform has said that it is done, and nobody has objected."""


class Seen(NamedTuple):
    """What a look at the platform's own system shows of a case."""

    in_force: tuple[InForce, ...]
    """Every restriction that is in force there."""
    is_over: bool | None
    """Whether the one that the case is about is over; None where that cannot be seen."""
    shows: Collection[str]
    """Steps of an order that can be seen to be done by that."""
    answered: int | None = None
    """The HTTP status, where it was a page that was looked at."""
    is_told: bool = False
    """Nothing was looked at: it is what the source has told."""


def is_read_back(case: Case) -> bool:
    """Whether there is anything to look at: the platform says that it is done."""
    return case.remedy in CLAIMED


def look(case: Case, number: int, seen: Seen, *, source: str, now: datetime) -> list[Event]:
    """The events of look `number` (0: at once); none where nothing is claimed any more."""
    if not is_read_back(case):
        return []
    done = _done(case, seen)
    found = events.RemedySeen(
        now,
        "node",
        source=source,
        look=LOOKS[number],
        saw=seen.in_force,
        done=done,
        answered=seen.answered,
    )
    return [found, *_follows(case, done, now)]


def _done(case: Case, seen: Seen) -> Done:
    if seen.is_over is None:
        return "unclear"
    if not seen.is_over:
        return "unclear" if "gone" in seen.in_force and _was_done(case) else "no"
    is_whole = set(case.ordered) <= set(seen.shows) and not seen.in_force
    return "yes" if is_whole else "partly"


def _was_done(case: Case) -> bool:
    return case.seen_done or case.remedy in ("verified", "settled")


def _follows(case: Case, done: Done, now: datetime) -> list[Event]:
    if done == "no":
        if _was_done(case):
            return [events.RemedyReverted(now, "node")]
        return [events.RemedyDisputed(now, "node", reason="", through=case.through or None)]
    if done == "yes" and case.remedy == "claimed":
        return remedy.verify(case, by=Actor("node"), now=now)
    return []
