"""How long addresses and attached files of a case are kept after it has ended.

A case has ended when nobody waits for anything, no clock runs, and nobody can carry it on any more:
the six months for a complaint are over, and so are the times for having it reopened or corrected.
From then on a node may keep them for some days more, as its operator decides; then they go.

Source: Regulation (EU) 2016/679, Article 5(1)(e); DSA Articles 20(1), 21.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta

from amparo.case import clocks, deadlines
from amparo.case.state import Case

LEAST_DAYS_BEFORE_THE_END = 180
"""No case ends sooner after it began: six months are 181 days at least."""


def ended_at(case: Case, last: datetime) -> datetime | None:
    """When a case ended for good, which may lie ahead; None while somebody or a clock still waits.

    `last`: when its last entry was made. Where nobody was informed, the six months have not begun;
    then they are counted from there.
    """
    # A mandate runs on when nobody waits for anything, and keeps no address of anybody.
    runs = clocks.running(case).keys() - {"mandate"}
    if case.contested or case.paused or case.decision == "noticed" or runs:
        return None
    ends = [deadlines.due("C05", case.informed_at or last)]
    if case.closed_at is not None:
        ends.append(deadlines.due("reopen", case.closed_at))
    if case.panel_closed_at is not None:
        ends.append(deadlines.due("correction", case.panel_closed_at))
    return max(ends)


def is_over(case: Case, last: datetime, *, days: int, now: datetime) -> bool:
    """Whether a case ended more than so many days ago."""
    ended = ended_at(case, last)
    return ended is not None and now > ended + timedelta(days=days)
