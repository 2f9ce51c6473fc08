"""The figures of the hearing as the log shows them: the counts and medians of part 7 of a report.

A figure is shown from ten on. While its period runs it is shown in full tens, so that no day's step
tells of one person; once the period is over it is shown as it is. The entry commits to all of them.

Names are made of what is counted and what became of it: `complaints`, `complaints.upheld`,
`complaints.account.reversed`, `disputes.implemented`, `suspensions.notices`.
"""

# SPDX-License-Identifier: Apache-2.0

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from amparo.case.figures import Cell
from amparo.case.issue import FEWEST_SHOWN

MINUTES = 60
_SHOWN_AS = {"": "pending", "newly_restricted": "upheld"}
"""A new restriction leaves the first decision standing, and is counted by itself besides."""


class Figures(NamedTuple):
    """Counts, and medians of the time to a decision in minutes, by name."""

    counts: dict[str, int]
    minutes: dict[str, int]


def figures(cells: Mapping[Cell, int]) -> Figures:
    """All of them, as they are."""
    counts: Counter[str] = Counter()
    took: dict[str, Counter[float]] = defaultdict(Counter)
    for cell, n in cells.items():
        for name in _names(cell):
            counts[name] += n
        if cell.what in ("complaint", "dispute") and is_decided(cell):
            for group in _groups(cell):
                took[group][cell.hours or 0.0] += n
    minutes = {group: round(median(hours) * MINUTES) for group, hours in took.items() if +hours}
    return Figures(dict(sorted((+counts).items())), dict(sorted(minutes.items())))


def shown(all_figures: Figures, cells: Mapping[Cell, int], *, is_over: bool) -> Figures:
    """What of them anybody may see: from ten on; until it is over in tens, without medians."""
    counts = {
        name: n if is_over else n - n % FEWEST_SHOWN
        for name, n in all_figures.counts.items()
        if n >= FEWEST_SHOWN
    }
    if not is_over:
        return Figures(counts, {})
    decided: Counter[str] = Counter()
    for cell, n in cells.items():
        if is_decided(cell):
            decided.update(dict.fromkeys(_groups(cell), n))
    minutes = {
        group: value
        for group, value in all_figures.minutes.items()
        if decided[group] >= FEWEST_SHOWN
    }
    return Figures(counts, minutes)


def is_decided(cell: Cell) -> bool:
    """Whether it was decided on the merits, so that its time counts."""
    return cell.hours is not None and cell.outcome not in ("", "omitted")


def median(values: Mapping[float, int]) -> float:
    """The median of values, each with how often it is there."""
    return statistics.median(Counter(values).elements())


def _groups(cell: Cell) -> Iterator[str]:
    if cell.what == "dispute":
        yield "disputes"
    elif cell.what == "complaint":
        yield "complaints"
        yield from (f"complaints.{about}" for about in cell.about)


def _names(cell: Cell) -> Iterator[str]:
    if cell.what == "suspension":
        yield f"suspensions.{cell.about[0]}"
    for group in _groups(cell):
        yield group
        yield f"{group}.{_SHOWN_AS.get(cell.outcome, cell.outcome)}"
    if cell.outcome == "newly_restricted":
        yield "newly_restricted"
    if cell.implemented and cell.outcome in ("reversed", "partially_reversed"):
        yield "disputes.implemented"
