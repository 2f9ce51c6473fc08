"""The mean of seven days, which takes a week's rhythm out of a line.

Each day's is that of the day and the six before it, and there is none unless all seven have a
value: a mean of fewer would be one of other weekdays. So it begins anew a week after every gap.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Sequence

DAYS = 7


def mean_of_seven(values: Sequence[float | None]) -> list[float | None]:
    """For each day, in order and without a gap in the calendar; None where there is no mean."""
    means: list[float | None] = []
    week: deque[float] = deque(maxlen=DAYS)
    for value in values:
        if value is None:
            week.clear()
            means.append(None)
        else:
            week.append(value)
            means.append(sum(week) / DAYS if len(week) == DAYS else None)
    return means
