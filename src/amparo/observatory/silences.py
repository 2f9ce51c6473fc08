"""Silences: something that was reported day by day and no longer is, or hardly.

A day is silent when at most 2 % of the usual is reported, or nothing at all. Weekends and outages
are told apart by the past: a silence must be longer than twice the longest pause of the half year
before, and at least a week (a platform as a whole) or two (one measure of it).
"""

# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

import numpy as np

from amparo.errors import Period, Text
from amparo.observatory.waves import Series

HALF_YEAR = 182
USUAL_DAYS = 56
FEWEST_DAYS = 14
HARDLY = 0.02
LEAST_USUAL = 5.0
SHORTEST_PLATFORM = 7
SHORTEST_MEASURE = 14


class Silence(NamedTuple):
    """A pause that the platform's own past does not explain."""

    platform: str
    metric: str
    start: date
    end: date | None
    """Its last silent day; None while it lasts."""
    days: int
    usual: int
    """How many a day were usual in the eight weeks before."""
    longest_pause: int
    """Longest pause in the half year before, in days."""

    @property
    def evidence(self) -> Text:
        """Why this is called a silence, in words."""
        return Text(
            "{usual} a day were usual, and the longest pause of the half year before had {pause}",
            usual=self.usual,
            pause=Period(self.longest_pause, "days"),
        )


class Pause(NamedTuple):
    """A run of silent days, by place, with what was usual a day before it."""

    start: int
    end: int
    usual: float

    @property
    def days(self) -> int:
        """How many they are."""
        return self.end - self.start + 1


def detect(series: Series) -> list[Silence]:
    """The silences of a series; `statements` stands for the platform as a whole.

    Of days that are not known nothing is said: a silence ends with the last known day before them,
    and lasts if no known day came after it.
    """
    return of_pauses(series, pauses(series))


def of_pauses(series: Series, pauses: Sequence[Pause]) -> list[Silence]:
    """Those of its pauses that its own past does not explain."""
    whole = series.metric == "statements"
    shortest = SHORTEST_PLATFORM if whole else SHORTEST_MEASURE
    now = _last_known(series)
    found = []
    for number, pause in enumerate(pauses):
        near = [p.days for p in pauses[:number] if p.end >= pause.start - HALF_YEAR]
        longest = max(near, default=0)
        if pause.usual >= LEAST_USUAL and pause.days >= shortest and pause.days > 2 * longest:
            found.append(
                Silence(
                    series.platform,
                    series.metric,
                    series.day(pause.start),
                    None if pause.end == now else series.day(pause.end),
                    pause.days,
                    round(pause.usual),
                    longest,
                )
            )
    return found


def _last_known(series: Series) -> int:
    """The place of the last day of which anything is known."""
    known = series.known if series.known is not None else np.ones(len(series.values), dtype=bool)
    return int(np.flatnonzero(known)[-1]) if known.any() else -1


def pauses(series: Series, *, before: Sequence[Pause] = (), same: int = 0) -> list[Pause]:
    """Every run of silent days, each with what was usual before it.

    `before` is what was found when the first `same` days were what they are now: what no later day
    can change is taken over, so that new days cost themselves, and a pause that goes on.
    """
    found = [pause for pause in before if pause.end + 1 < same]
    since = min([same, *(pause.start for pause in before[len(found) :])])
    usual_days, unknown = _so_far(series, found, since)
    began: int | None = None
    usual = 0.0
    for day in range(since, len(series.values)):
        value = series.values[day]
        if series.known is not None and not series.known[day]:
            if began is not None:
                found.append(Pause(began, day - 1, usual))
                began = None
            unknown += 1
            continue
        if unknown >= USUAL_DAYS:  # what was usual then says nothing about now
            usual_days.clear()
        unknown = 0
        if began is None:
            usual = median(usual_days) if len(usual_days) >= FEWEST_DAYS else 0.0
        silent = usual > 0 and (np.isnan(value) or value <= HARDLY * usual)
        if silent:
            began = day if began is None else began
            continue
        if began is not None:
            found.append(Pause(began, day - 1, usual))
            began = None
        if not np.isnan(value):
            usual_days.append(float(value))
    if began is not None:
        found.append(Pause(began, len(series.values) - 1, usual))
    return found


def _so_far(series: Series, found: Sequence[Pause], since: int) -> tuple[deque[float], int]:
    """What stands for the usual on a day, by those before it; how many unknown ones precede it."""
    values, known = series.values[:since], np.ones(since, dtype=bool)
    if series.known is not None:
        known = series.known[:since]
    there = np.flatnonzero(known)
    if not len(there):
        return deque(maxlen=USUAL_DAYS), since
    gaps = np.flatnonzero(np.diff(there) > USUAL_DAYS)
    counted = known & ~np.isnan(values)
    counted[: there[gaps[-1] + 1] if len(gaps) else 0] = False
    for pause in found:
        counted[pause.start : pause.end + 1] = False
    usual = values[np.flatnonzero(counted)[-USUAL_DAYS:]].tolist()
    return deque(usual, maxlen=USUAL_DAYS), since - 1 - int(there[-1])
