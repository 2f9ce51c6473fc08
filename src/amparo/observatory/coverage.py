"""Coverage: which days of which platform are known, and from what. Not known is not zero.

A dump of all platforms tells of every platform on its day: who has no row there reported nothing. A
dump of one platform, or an operator's own record, tells of that platform alone. A day of which
there is neither is not known, and no sum, line, alarm or export may take it for a zero. Some
sources hold fewer columns than others, so that a day may be known for one measure and not for
another.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.observatory.waves import EVERYBODY

Source = Literal["series", "full", "light", "aggregate", "record", "file"]
"""Where a day's figures come from:

series     the daily series that ship with the package
full       a full daily dump
light      a light one: without territories and texts
aggregate  the archive's daily aggregate: ten columns, no dates, keywords or languages
record     a node's own record
file       a file of series that somebody named
"""

Known = Literal["yes", "part", "no"]
"""Whether a day is known: whole; in part, so that a count may be too low; or not at all."""

NOT, PART, WHOLE = 0, 1, 2
WORDS: tuple[Known, ...] = ("no", "part", "yes")
"""How the three are written, by their number."""

Grades = NDArray[np.int8]
"""One of NOT, PART and WHOLE a day."""

_MOST_MADE = 4096
"""Answers that are remembered, of some kilobytes each."""

_AGGREGATED = (
    *("statements", "account", "visibility", "provision", "monetary", "decision_type", "ground"),
    *("category", "content_type", "source", "automated_detection", "automated_decision"),
)
"""Families of metrics that the columns of a daily aggregate tell."""
_OF_A_RECORD = "complaint"
_OF_ROWS = "closure"


class Covered(NamedTuple):
    """A row of the table: one source of one day, of one platform or (`*`) of every one."""

    date: date
    platform: str
    source: Source
    whole: bool = True
    """False: some of the day is missing, as of a file that was cut off, or of a day under way."""


class Span(NamedTuple):
    """First and last day of a table."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def each(self) -> Iterator[date]:
        """Its days, in order."""
        return map(date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))


def tells(source: Source, metric: str) -> bool:
    """Whether a source of that kind tells of a metric at all."""
    family = metric.partition(".")[0]
    if family == _OF_A_RECORD:
        return source in ("record", "file")
    if family == _OF_ROWS:
        return source in ("full", "light", "record", "file")
    if source == "aggregate":
        return family in _AGGREGATED and not metric.endswith(".with_end_date")
    return family != "territory" or source != "light"


def tells_in_sql(source: str, metric: str) -> str:
    """The same in SQL, of what an archive publishes: `source` and `metric` name columns."""
    families = ", ".join(f"'{family}'" for family in _AGGREGATED)
    return (
        f"({source} = 'full' OR ({source} = 'light' AND {metric} NOT LIKE 'territory.%') "
        f"OR ({source} = 'aggregate' AND split_part({metric}, '.', 1) IN ({families}) "
        f"AND {metric} NOT LIKE '%.with_end_date'))"
    )


def zero_is_known(metric: str) -> bool:
    """Whether no row on a known day means none: of complaints, few are left out on purpose."""
    return metric.partition(".")[0] != _OF_A_RECORD


class Coverage:
    """The whole table, asked by platform and metric."""

    def __init__(self, rows: Iterable[Covered]) -> None:
        self.rows: Sequence[Covered] = sorted(set(rows))
        self._by_platform: dict[str, list[Covered]] = {}
        for row in self.rows:
            self._by_platform.setdefault(row.platform, []).append(row)
        self._made: dict[tuple[str, tuple[str, ...], Span], Grades] = {}

    def span(self) -> Span | None:
        """First and last day of which anything is known; None if there is none."""
        return Span(self.rows[0].date, self.rows[-1].date) if self.rows else None

    def grades(self, platform: str, metrics: Iterable[str], span: Span) -> Grades:
        """How well each day of a span is known, for all of these metrics at once."""
        # Only platforms with sources of their own differ from everybody else.
        own = platform if platform in self._by_platform else EVERYBODY
        key = (own, tuple(sorted(metrics)), span)
        if key not in self._made:
            if len(self._made) >= _MOST_MADE:  # whoever asks may choose any days
                self._made.clear()
            self._made[key] = self._graded(*key)
        return self._made[key]

    def last(self, platform: str) -> date | None:
        """The last day that is known of a platform, of (`*`) every one; None if none is."""
        found = [self._by_platform.get(name, [])[-1:] for name in {platform, EVERYBODY}]
        return max((row.date for rows in found for row in rows), default=None)

    def sources(self, platform: str) -> dict[Source, int]:
        """How many days of a platform each kind of source tells of, without everybody's."""
        counted: dict[Source, int] = {}
        for row in self._by_platform.get(platform, []):
            counted[row.source] = counted.get(row.source, 0) + 1
        return counted

    def platforms_of(self, source: Source) -> list[str]:
        """Platforms of which such a source tells, apart from those of everybody."""
        return sorted({row.platform for row in self.rows if row.source == source} - {EVERYBODY})

    def _graded(self, own: str, metrics: tuple[str, ...], span: Span) -> Grades:
        grades = np.full(span.days, NOT, dtype=np.int8)
        for name in {own, EVERYBODY}:
            for row in self._by_platform.get(name, []):
                day = (row.date - span.first).days
                if 0 <= day < span.days and all(tells(row.source, metric) for metric in metrics):
                    grades[day] = max(grades[day], WHOLE if row.whole else PART)
        return grades


def runs(days: Iterable[date]) -> list[Span]:
    """Days that follow each other, as spans."""
    found: list[Span] = []
    for day in days:
        if found and (day - found[-1].last).days == 1:
            found[-1] = Span(found[-1].first, day)
        else:
            found.append(Span(day, day))
    return found


def of_files(platforms_a_day: dict[date, set[str]]) -> list[Covered]:
    """What a file of series tells of that says nothing itself: guessed by how many are in it.

    A day with at least a third of the platforms of the weeks around it is one of everybody; on
    other days the platforms that are there are known, and no others.
    """
    if not platforms_a_day:
        return []
    span = Span(min(platforms_a_day), max(platforms_a_day))
    counts = np.zeros(span.days)
    for day, names in platforms_a_day.items():
        counts[(day - span.first).days] = len(names)
    found = []
    for place in np.flatnonzero(counts):
        near = counts[max(0, place - 14) : place + 15]
        day = span.first + timedelta(days=int(place))
        if counts[place] * 3 >= np.median(near[near > 0]):
            found.append(Covered(day, EVERYBODY, "file"))
        else:
            found += [Covered(day, name, "file") for name in platforms_a_day[day]]
    return found
