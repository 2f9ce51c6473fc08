"""Waves: more of something than a platform's own past makes likely, told apart from look-alikes.

A day is judged by its past alone, so a new day needs no rescan. What is expected comes from the 56
days before, each with its weekday's habit. The last seven days must be clearly above it, and beyond
what the platform's usual unrest explains. A wave of decisions lasts; what stands out on one day
alone is mostly how a platform reports. So a rise must still be there without its busiest day, or be
large: at least 500 beyond the expected, or 200 with a day of five times the expected. A large rise
may speak after three days or one. Days without any submission are left out.

The excess over the recent four weeks counts, not over the whole window: a level that has shifted
is soon the new usual.

An alarm is then named by evidence: the same rise has other explanations than a wave of decisions
(`Kind`). Nothing here says that a decision was right or wrong; the numbers cannot tell.

Sources: the evaluation protocol in docs/observatory.md; for over-dispersed counts and left-out
outbreaks, Noufaily et al. 2013 ("Farrington flexible").
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from amparo.errors import Text

Days = NDArray[np.float64]
"""One value a day; NaN where the platform submitted nothing at all that day."""

Kind = Literal[
    "wave", "burst", "backlog", "catch_up", "volume_surge", "level_shift", "launch", "rename"
]
"""What an alarm is taken for:

wave          more decisions than usual, taken when they were reported
burst         more than on any earlier day, with too little past to judge (`young`)
backlog       decisions taken long before, reported at once
catch_up      the days after an outage, in which the missing days are made good
volume_surge  the platform reported more of everything
level_shift   more, and it stayed so
launch        a platform that has just begun
rename        a platform that goes on under another name
"""
CALLED: tuple[Kind, ...] = ("wave", "burst")
"""What people are told of; the others only look alike."""

WINDOW = 56
RECENT = 28
FEWEST_DAYS = 21
WEEK = 7
MOST_WAITED = 7
"""Days without any submission in a row through which an alarm goes on."""
DAY = 86_400
_SEVEN = (1.75, 2.75)  # at least so many times the expected, and so many spreads above it
_THREE = (2.5, 3.0)
_MUCH = 500.0
"""So many beyond the expected, and it may be one day that made them."""
_ONE_DAY = (5.0, 200.0)
"""A day of so many times the expected may speak alone, where its seven, beside what `_SEVEN` asks,
are so many beyond."""
_LASTING = (1.55, 2.5)
_REST = 1.65
"""What is less must last: so many times the expected without the busiest of the seven days, too."""
_GOES_ON = 1.3
_LEAD = WINDOW + RECENT + 6
"""So many days before one bear on its scores: the last of seven has 28 before it, each with 56."""
LEAST_EXCESS = 60.0

EVERYBODY = "*"
"""The name under which all platforms together stand."""


class Series(NamedTuple):
    """One measure of one platform, day by day."""

    platform: str
    metric: str
    first: date
    values: Days
    known: NDArray[np.bool_] | None = None
    """Days of which anything is known; None: all. On others NaN is no silence."""

    def day(self, place: int) -> date:
        """The calendar day of a place in `values`."""
        return self.first + timedelta(days=place)


class Context(NamedTuple):
    """What else is known of the platform on the same days."""

    statements: Days
    """All statements of the platform."""
    delay: Days
    """Mean seconds from application to submission, over all statements of the day."""
    ended: Mapping[str, date] = {}
    """Other platforms that stopped -> their last day."""
    covered: NDArray[np.bool_] | None = None
    """Days of which anything is known; None: all. Elsewhere a missing day is no outage."""


class Scores(NamedTuple):
    """A series judged day by day, each by its past alone."""

    expected: Days
    spread: Days
    seven: Days
    """The last seven days over what was expected of them."""
    three: Days
    alarm: NDArray[np.bool_]


class Name(NamedTuple):
    """What a run of alarm days was taken for, from a day on."""

    day: date
    kind: Kind
    evidence: Text


class Wave(NamedTuple):
    """A run of alarm days and what it is taken for."""

    platform: str
    metric: str
    kind: Kind
    start: date
    """When the rise began: at most six days before the first alarm."""
    end: date
    observed: int
    expected: int
    low: int
    """So many are beyond the expected at least, by the platform's unrest from day to day (90 %)."""
    high: int
    evidence: Text
    days: tuple[date, ...]
    """The days of alarm, in order."""
    names: tuple[Name, ...] = ()
    """What it was called, in order; the last is `kind`."""

    @property
    def called(self) -> bool:
        """Whether it is a wave, or was called one on any day: then it stays listed."""
        return self.kind in CALLED or any(name.kind in CALLED for name in self.names)

    @property
    def key(self) -> str:
        """Its permanent name: platform, measure and the day of the first alarm."""
        return f"{slug(self.platform)}.{self.metric}.{self.days[0]}"

    @property
    def excess(self) -> int:
        """How many more than expected."""
        return self.observed - self.expected


@functools.lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """A platform's name in an address; `all` is that of all platforms together alone."""
    words = "-".join("".join(c.lower() if c.isalnum() else " " for c in name).split())
    if name == EVERYBODY:
        return "all"
    is_taken = words in ("", "all")
    return f"platform-{hashlib.sha256(name.encode()).hexdigest()[:8]}" if is_taken else words


def score(
    values: Days,
    known: NDArray[np.bool_] | None = None,
    *,
    least: float = LEAST_EXCESS,
    since: int = 0,
) -> Scores:
    """Judge every day; see the module's text for how. `known`: as in `Series`.

    Days before `since` are left out, as after a day that is new: whoever says so knows that no
    alarm goes on there.
    """
    begin = max(0, since - _LEAD)
    scores = _scored(values[begin:], None if known is None else known[begin:], least, since - begin)
    if not begin:
        return scores
    none = np.full(begin, np.nan)
    expected, spread, seven, three = (np.concatenate([none, found]) for found in scores[:4])
    alarm = np.concatenate([np.zeros(begin, dtype=bool), scores.alarm])
    return Scores(expected, spread, seven, three, alarm)


class _Sum(NamedTuple):
    """What came in the last days, up to each day, beside what was expected of them."""

    ratio: Days
    above: Days
    """In spreads."""
    beyond: Days

    @classmethod
    def of(
        cls,
        there: Days,
        plain: Days,
        hoped: Days,
        unrest: Days,
        *,
        days: int,
        unbroken: NDArray[np.int64],
    ) -> "_Sum":
        total, of_plain, of_hoped, of_unrest = (
            _last(of_day, days, unbroken) for of_day in (there, plain, hoped, unrest)
        )
        beyond = total - of_plain
        return cls((total + days) / (of_hoped + days), beyond / np.sqrt(of_unrest + 1e-9), beyond)

    def rises(self, limits: tuple[float, float], least: float) -> NDArray[np.bool_]:
        times, spreads = limits
        high: NDArray[np.bool_] = (self.ratio >= times) & (self.above >= spreads)
        return high & (self.beyond >= least)


def _scored(values: Days, known: NDArray[np.bool_] | None, least: float, since: int) -> Scores:
    """Scores of every day; alarms from the place `since` on."""
    usual, weekday, spread, enough = _baseline(values)
    level = values / weekday
    recent = median_of(past_of(level, RECENT))
    expected = np.fmax(np.fmax(usual, recent * weekday), 0.5)
    counted = ~np.isnan(values) & enough
    there = np.where(counted, values, 0.0)
    hoped = np.where(counted, expected, 0.0)
    plain = np.where(counted, np.fmax(usual, 0.5), 0.0)
    unrest = np.where(counted, spread**2 + np.fmax(usual, 0.5), 0.0)
    unbroken = _unbroken_since(known, len(values))
    seven, three = (
        _Sum.of(there, plain, hoped, unrest, days=days, unbroken=unbroken) for days in (WEEK, 3)
    )
    alone = (there + 1) / (hoped + 1) >= _ONE_DAY[0]
    rest = _without_the_busiest(there, hoped, unbroken) >= _REST
    alarm = counted & (
        seven.rises(_SEVEN, max(least, _MUCH))
        | three.rises(_THREE, max(least, _MUCH))
        | (alone & seven.rises(_SEVEN, max(least, _ONE_DAY[1])))
        | (rest & seven.rises(_LASTING, least))
    )
    alarm[:since] = False
    of_seven, of_three = (np.where(counted, days.ratio, np.nan) for days in (seven, three))
    return Scores(expected, spread, of_seven, of_three, _held(alarm, of_seven, counted, known))


def expected_of(series: Series) -> Days:
    """What was expected of each day; NaN where it is not known, or too little is before it."""
    judged = score(series.values, series.known)
    is_known = np.ones(len(series.values), bool) if series.known is None else series.known
    expected: Days = np.where(is_known & has_past(series.values), judged.expected, np.nan)
    return expected


def smallest_visible(series: Series) -> int | None:
    """How many decisions within a week would just raise an alarm now; None if it cannot be said.

    Now is the day after the last that is known.
    """
    values = up_to_now(series)[-WINDOW:]
    usual, _, spread, enough = _baseline(np.append(values, 0.0))
    if not enough[-1]:
        return None
    return just_visible(max(float(usual[-1]), 0.5), float(spread[-1]))


def just_visible(usual: float, spread: float) -> int:
    """How many beyond the usual, spread over a week, raise an alarm, by what is usual on a day."""
    by_spread = _LASTING[1] * float(np.sqrt(7 * (spread**2 + usual)))
    return round(max((_REST - 1) * 7 * (usual + 1), by_spread, LEAST_EXCESS))


def has_past(values: Days) -> NDArray[np.bool_]:
    """Whether there is enough past to judge each day by."""
    counted = np.concatenate([[0], np.cumsum(~np.isnan(values))])
    places = np.arange(len(values))
    enough: NDArray[np.bool_] = (
        counted[places] - counted[np.maximum(places - WINDOW, 0)] >= FEWEST_DAYS
    )
    return enough


def up_to_now(series: Series) -> Days:
    """The values up to the last day that is known."""
    if series.known is None or not series.known.any():
        return series.values
    return series.values[: int(np.flatnonzero(series.known)[-1]) + 1]


# --- what is expected -------------------------------------------------------------------------


def _baseline(values: Days) -> tuple[Days, Days, Days, NDArray[np.bool_]]:
    """For each day, from the 56 before: usual value, weekday's factor, spread, and whether enough.

    The window is eight whole weeks, so its first column of seven is the weekday of the day judged.
    """
    window = past_of(values, WINDOW)
    middle = median_of(window)
    weeks = window.reshape(-1, WINDOW // 7, 7).transpose(0, 2, 1)
    count = (~np.isnan(weeks)).sum(axis=2)
    habit = np.log((median_of(weeks) + 1) / (middle[:, None] + 1))
    # A weekday seen on few days says little: its habit is shrunk towards none.
    factors = np.exp(np.where(count >= 4, habit * count / (count + 2.0), 0.0))
    level = window / np.tile(factors, (1, WINDOW // 7))
    usual = median_of(level)
    spread = 1.4826 * median_of(np.abs(level - usual[:, None]))
    return usual * factors[:, 0], factors[:, 0], spread * factors[:, 0], has_past(values)


def past_of(values: Days, days: int) -> Days:
    """Row t: the `days` values before day t, NaN where there were none; shape (n, days)."""
    padded = np.concatenate([np.full(days, np.nan), values])
    return sliding_window_view(padded, days)[: len(values)].copy()


def median_of(values: Days) -> Days:
    """The median along the last axis without the NaN; NaN where there is nothing else."""
    ordered = np.sort(values, axis=-1)  # NaN go last
    count = (~np.isnan(values)).sum(axis=-1)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[..., None] // 2, axis=-1)
    high = np.take_along_axis(ordered, (count // 2)[..., None].clip(0, values.shape[-1] - 1), -1)
    both: Days = np.where(count[..., None] > 0, (low + high) / 2, np.nan)[..., 0]
    return both


def _unbroken_since(known: NDArray[np.bool_] | None, days: int) -> NDArray[np.int64]:
    """For each day, the first of the run of known days that leads up to it."""
    places = np.arange(days)
    if known is None:
        return np.zeros_like(places)
    return np.maximum.accumulate(np.where(known, 0, places + 1))


def _last(values: Days, days: int, unbroken: NDArray[np.int64]) -> Days:
    """Row t: the sum of the `days` values up to and including day t, none from before a gap.

    Each sum is made of its own days alone, so that it is the same to the bit wherever one begins.
    """
    places = np.arange(len(values))
    summed = np.zeros(len(values))
    for back in range(min(days, len(values))):
        of_day = np.concatenate([np.zeros(back), values[: len(values) - back]])
        summed += np.where(places - back >= unbroken, of_day, 0.0)
    return summed


def _without_the_busiest(there: Days, hoped: Days, unbroken: NDArray[np.int64]) -> Days:
    """The last seven days over what was expected of them, both without the busiest of the seven."""
    places = np.arange(len(there))
    reported, expected = np.zeros(len(there)), np.zeros(len(there))
    most, of_most = np.full(len(there), -1.0), np.zeros(len(there))
    for back in range(min(WEEK, len(there))):
        counts = places - back >= unbroken
        of_day, hope = (
            np.where(counts, np.concatenate([np.zeros(back), days[: len(days) - back]]), 0.0)
            for days in (there, hoped)
        )
        more = of_day > most
        most, of_most = np.where(more, of_day, most), np.where(more, hope, of_most)
        reported += of_day
        expected += hope
    rest: Days = (reported - most + WEEK - 1) / (expected - of_most + WEEK - 1)
    return rest


def _held(
    alarm: NDArray[np.bool_],
    ratio: Days,
    counted: NDArray[np.bool_],
    known: NDArray[np.bool_] | None,
) -> NDArray[np.bool_]:
    """An alarm goes on while the last seven days stay clearly above: one event, one alarm.

    Days on which nothing was submitted are waited out, for as long as seven days reach back; a day
    that is not known ends it at once, and what comes after is an event of its own.
    """
    held = alarm.copy()
    waited = 0
    for day in range(1, len(held)):
        waited = 0 if counted[day] else waited + 1
        unknown = known is not None and not known[day]
        if held[day - 1] and not unknown and waited <= MOST_WAITED:
            held[day] |= not counted[day] or ratio[day] >= _GOES_ON
    return _without_loose_ends(held, counted)


def _without_loose_ends(alarm: NDArray[np.bool_], counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Each run of alarm days up to the last of it on which something was counted."""
    for day in range(len(alarm) - 1, -1, -1):
        after = day + 1 < len(alarm) and alarm[day + 1]
        if alarm[day] and not counted[day] and not after:
            alarm[day] = False
    return alarm


def runs(
    alarm: NDArray[np.bool_], known: NDArray[np.bool_] | None, *, joined: int
) -> list[tuple[int, int]]:
    """First and last day of each run; runs at most `joined` known days apart are one."""
    days = np.flatnonzero(alarm)
    if not len(days):
        return []
    unknown = np.zeros(len(alarm)) if known is None else ~known
    before = np.cumsum(unknown)
    cuts = np.flatnonzero((np.diff(days) > joined) | (np.diff(before[days]) > 0))
    starts = [days[0], *days[cuts + 1]]
    ends = [*days[cuts], days[-1]]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def at(found: Sequence[Wave], key: str) -> Wave | None:
    """The wave of a key; or the one of its series that its day lies in.

    The day of the first alarm moves when a day is corrected, or detectors learn: a link to it that
    somebody has printed must not lead nowhere.
    """
    series, _, day = key.rpartition(".")
    for wave in found:
        if wave.key == key:
            return wave
    for wave in found:
        if wave.key.rpartition(".")[0] == series and str(wave.start) <= day <= str(wave.end):
            return wave
    return None


def rows(found: Sequence[Wave]) -> list[tuple[str, str, date, Kind]]:
    """One row an alarm day: platform, metric, date, class."""
    return [(w.platform, w.metric, day, w.kind) for w in found for day in w.days]
