"""The life of a sealed submission: who moves it on, and when it is destroyed.

    sealed -> acknowledged -> assessed -> declined | referred | evidence -> destroyed

Acknowledging takes one recipient; everything after it two, of different members. Nothing else is
ever known of a submission than the day, the bucket of its size, and whom it is for.

Source: the states SU1 to SU10 and their clocks; Directive (EU) 2019/1937, Articles 9 and 11
(acknowledgement in 7 days, feedback in 3 months), for those who are bound by it.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import date, timedelta
from typing import Literal, NamedTuple

from amparo.errors import Period, Refused

SubmissionState = Literal["sealed", "acknowledged", "assessed", "declined", "referred", "evidence"]
Step = Literal["acknowledge", "assess", "decline", "refer", "evidence", "destroy"]

NEXT: dict[tuple[SubmissionState, Step], SubmissionState | None] = {
    ("sealed", "acknowledge"): "acknowledged",
    ("acknowledged", "assess"): "assessed",
    ("assessed", "decline"): "declined",
    ("assessed", "refer"): "referred",
    ("assessed", "evidence"): "evidence",
    ("evidence", "destroy"): None,
}
"""(State, step) -> the state after it; None: destroyed. SU2 to SU7."""
ALONE: frozenset[Step] = frozenset({"acknowledge"})
KEPT_DAYS: dict[SubmissionState, int] = {"sealed": 90, "declined": 30, "referred": 30}
"""Days after which it is destroyed by itself: SU10, SU8, SU9."""
BOX_DAYS = 60
"""The box for replies goes so long after the last visit, or the last reply."""
OPENED_WITHIN = Period(7, "days")
LONG_UNOPENED = Period(30, "days")
ANSWERED_WITHIN = Period(3, "months")
_ANSWERED_DAYS = 30 * ANSWERED_WITHIN.length
ALARM_DAYS: tuple[tuple[SubmissionState, int, str], ...] = (
    ("sealed", LONG_UNOPENED.length, f"unopened for {LONG_UNOPENED}"),
    ("sealed", OPENED_WITHIN.length, f"unopened for {OPENED_WITHIN}"),
    ("acknowledged", _ANSWERED_DAYS, f"no feedback for {ANSWERED_WITHIN}"),
    ("assessed", _ANSWERED_DAYS, f"no feedback for {ANSWERED_WITHIN}"),
)
"""State, days in it, and what its recipients are then reminded of; the longest first."""
BANDS = (0, 1, 10, 50, 100, 500)


class Wish(NamedTuple):
    """A step that one recipient has asked for, and that waits for a second."""

    step: Step
    member: str


class Moved(NamedTuple):
    """What a step leads to."""

    state: SubmissionState | None
    """None: destroyed."""
    wish: Wish | None
    """What waits for another member's recipient; the state is then as before."""


def move(state: SubmissionState, wish: Wish | None, step: Step, member: str) -> Moved:
    """Take a step; the second of two recipients, of another member, makes it happen."""
    if (state, step) not in NEXT:
        possible = sorted(next_step for was, next_step in NEXT if was == state)
        raise Refused(
            f"{step} is not possible now.",
            why=f"the submission is {state}",
            fix=f"Possible: {', '.join(possible) or 'nothing; it is destroyed by itself'}.",
        )
    if step in ALONE or (wish is not None and wish.step == step and wish.member != member):
        return Moved(NEXT[state, step], None)
    return Moved(state, Wish(step, member))


def destroyed_on(state: SubmissionState, since: date) -> date | None:
    """The day on which a submission in this state since a day is destroyed by itself."""
    days = KEPT_DAYS.get(state)
    return None if days is None else since + timedelta(days=days)


def alarm(state: SubmissionState, since: date, today: date) -> str:
    """What its recipients are reminded of; empty if of nothing."""
    waited = (today - since).days
    return next((text for was, days, text in ALARM_DAYS if was == state and waited >= days), "")


def band(count: int) -> str:
    """A count as it is told in public: 0, 1-9, 10-49, 50-99, 100-499, 500 or more."""
    low = max(bound for bound in BANDS if bound <= count)
    above = [bound for bound in BANDS if bound > count]
    if low == 0:
        return "0"
    return f"{low}-{above[0] - 1}" if above else f"{low} or more"


def quarter(day: date) -> str:
    """The quarter a day lies in, as in 2026q4."""
    return f"{day.year}q{(day.month - 1) // 3 + 1}"
