"""What an alarm is taken for, day by day: a wave, or something that only looks like one.

A day is named by what was known on that day. Later days may change the name (that a level has
shifted is seen after two weeks), and both stay on record: a wave that was called one is not hidden
by what it is called afterwards.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from amparo.errors import Period, Text
from amparo.observatory.waves import (
    DAY,
    LEAST_EXCESS,
    WINDOW,
    Context,
    Days,
    Kind,
    Name,
    Scores,
    Series,
    Wave,
    median_of,
    runs,
    score,
    slug,
)

LAUNCH_DAYS = 42
LAUNCH_TIMES = 3.0
"""A launch rises by itself. So many times its highest week so far is no part of that, if it is so
many times what everything else of the platform rose by, too; `young` asks as much of a burst."""
RENAME_DAYS = 60
CATCH_UP_DAYS = 4
WANDER = 0.95
"""So many of the days before had a mean delay as near to the usual: that near says nothing."""
HINDSIGHT = 35
"""Days after the first within which a name can change."""
NINETY = 1.645
"""Standard deviations on either side within which nine in ten of a normal distribution lie."""


class Alarm(NamedTuple):
    """A run of alarm days as it was known on a day."""

    series: Series
    context: Context
    scores: Scores
    rest: Scores
    """All other statements of the platform, judged in the same way."""
    start: int
    end: int
    """Its last day so far."""
    seen: int
    """The last day of which anything is known."""
    onset: int
    """Where its size is counted from: the seven days that spoke first reach back before `start`."""

    def during(self, values: Days) -> Days:
        return values[self.start : self.end + 1]

    def past(self, values: Days) -> Days:
        return values[max(0, self.start - WINDOW) : self.start]


Found = tuple[Kind, Text] | None
"""What an alarm is taken for, and the evidence in words."""


class Run(NamedTuple):
    """A run of alarm days: the places of its first and last, and the wave, if it stands out."""

    start: int
    end: int
    wave: Wave | None


def detect(series: Series, context: Context, *, least: float = LEAST_EXCESS) -> list[Wave]:
    """Every run of alarm days of a series that stands out, with the names that it had."""
    return [run.wave for run in judge(series, context, least=least) if run.wave is not None]


def judge(
    series: Series,
    context: Context,
    *,
    least: float = LEAST_EXCESS,
    before: Sequence[Run] = (),
    same: int = 0,
) -> list[Run]:
    """Every run of alarm days of a series.

    `before` is what was found when the first `same` days were what they are now: what no later day
    can change is taken over. So new days cost themselves and the 35 days in which names can change,
    or the alarm that goes on since before.
    """
    settled = [run for run in before if run.end + HINDSIGHT < same]
    since = min([same, *(run.start for run in before[len(settled) :])])
    scores = score(series.values, series.known, least=least, since=since)
    if not scores.alarm.any():
        return settled
    others = np.maximum(context.statements - np.nan_to_num(series.values), 0)  # NaN stays NaN
    rest = score(others, series.known, since=since)
    last = len(series.values) - 1
    found = settled
    for start, end in runs(scores.alarm, series.known, joined=3):
        # What one alarm has counted, the next does not count again.
        free = found[-1].end + 1 if found else 0
        onset = _onset(series, scores, max(free, start - 6), start)
        wave = _wave(Alarm(series, context, scores, rest, start, end, last, onset))
        found.append(Run(start, end, wave))
    return found


def _wave(alarm: Alarm) -> Wave | None:
    """The alarm at its end; None where it does not stand out of the platform's unrest."""
    observed, expected, unrest = _size(alarm)
    if observed - expected <= NINETY * unrest:
        return None
    series, names = alarm.series, _names(alarm)
    fired = alarm.start + np.flatnonzero(alarm.scores.alarm[alarm.start : alarm.end + 1])
    return Wave(
        platform=series.platform,
        metric=series.metric,
        kind=names[-1].kind,
        start=series.day(alarm.onset),
        end=series.day(alarm.end),
        observed=round(observed),
        expected=round(expected),
        low=round(observed - expected - NINETY * unrest),
        high=round(observed - expected + NINETY * unrest),
        evidence=names[-1].evidence,
        days=tuple(series.day(int(day)) for day in fired),
        names=names,
    )


def _names(alarm: Alarm) -> tuple[Name, ...]:
    """Each name from the day on which it was first known; neighbours differ in kind."""
    names: list[Name] = []
    for day in range(alarm.start, min(alarm.start + HINDSIGHT, alarm.seen) + 1):
        then = alarm._replace(seen=day, end=min(alarm.end, day))
        if day > alarm.end and names[-1].kind not in ("wave", "level_shift"):
            break  # only a shift of level is seen afterwards
        kind, evidence = _kind(then)
        if names and names[-1].kind == kind:
            names[-1] = names[-1]._replace(evidence=evidence)
        else:
            names.append(Name(alarm.series.day(day), kind, evidence))
    return tuple(names)


def _onset(series: Series, scores: Scores, first: int, start: int) -> int:
    """The day from which on, between `first` and the first alarm, a whole excess had gathered.

    This is where the cumulative sum of what was beyond the expected, and beyond one standard
    deviation of a day more, began to rise for good (CUSUM; Page 1954). Without that allowance,
    chance would put it early on every other series.
    """
    allowed = scores.expected + np.sqrt(scores.spread**2 + scores.expected)
    beyond = np.nan_to_num((series.values - allowed)[first : start + 1])
    if series.known is not None and not series.known[first : start + 1].all():
        return start
    return first + len(beyond) - 1 - int(np.argmax(np.cumsum(beyond[::-1])))


def _size(alarm: Alarm) -> tuple[float, float, float]:
    """Reported, expected, and the standard deviation of their difference by day-to-day unrest."""
    days = slice(alarm.onset, alarm.end + 1)
    values, expected = alarm.series.values[days], alarm.scores.expected[days]
    counted = ~np.isnan(values) & ~np.isnan(expected)
    unrest = alarm.scores.spread[days][counted] ** 2 + expected[counted]
    return (
        float(values[counted].sum()),
        float(expected[counted].sum()),
        float(np.sqrt(np.nansum(unrest))),
    )


def _kind(alarm: Alarm) -> tuple[Kind, Text]:
    for test in (_rename, _launch, _catch_up, _backlog, _volume_surge, _level_shift):
        if found := test(alarm):
            return found
    most = float(np.nanmax(alarm.during(alarm.scores.seven)))
    return "wave", Text(
        "the busiest seven days reached {times} times what was expected of them",
        times=round(most, 1),
    )


def _age(alarm: Alarm) -> int:
    """Days since the platform's first submission."""
    there = np.flatnonzero(~np.isnan(alarm.context.statements))
    if not len(there) or not there[0]:
        return alarm.start + 10**6  # there from the first day known: its beginning is not
    return alarm.start - int(there[0])


def _rename(alarm: Alarm) -> Found:
    """The platform is young, and another with a like name stopped about then."""
    name, day = alarm.series.platform, alarm.series.day(alarm.start)
    for other, last in alarm.context.ended.items():
        near = abs((last - day).days) <= RENAME_DAYS
        if near and alike(other, name) and _age(alarm) < 4 * LAUNCH_DAYS:
            return "rename", Text(
                "{other} was last seen on {day}, and {platform} was young then",
                other=other,
                day=last,
                platform=name,
            )
    return None


def _launch(alarm: Alarm) -> Found:
    age = _age(alarm)
    if age >= LAUNCH_DAYS or _is_beyond_a_launch(alarm, age):
        return None
    return "launch", Text(
        "{platform} had submitted for only {period}",
        platform=alarm.series.platform,
        period=Period(age, "days"),
    )


def _is_beyond_a_launch(alarm: Alarm, age: int) -> bool:
    values = np.nan_to_num(alarm.series.values[alarm.start - age : alarm.end + 1])
    weeks = np.convolve(values, np.ones(7))[: len(values)]
    earlier = weeks[: max(0, age - 7) + 1]  # the alarm itself reaches back seven days
    own, other = alarm.during(alarm.scores.seven), alarm.during(alarm.rest.seven)
    best = int(np.argmax(np.nan_to_num(own)))
    return bool(
        weeks[age:].max() >= LAUNCH_TIMES * max(1.0, float(earlier.max()))
        and own[best] >= LAUNCH_TIMES * np.nan_to_num(other[best], nan=1.0)
    )


def _catch_up(alarm: Alarm) -> Found:
    """Right before lie more days without any submission than the platform is used to."""
    missing = np.isnan(alarm.context.statements)
    if alarm.context.covered is not None:
        missing &= alarm.context.covered
    usual = _longest(missing[max(0, alarm.start - WINDOW) : max(0, alarm.start - CATCH_UP_DAYS)])
    for day in range(alarm.start, max(-1, alarm.start - CATCH_UP_DAYS), -1):
        gap = _longest_ending(missing, day - 1)
        if gap >= 2 and gap > usual and not missing[day]:
            return "catch_up", Text(
                "nothing at all was submitted for {period} before", period=Period(gap, "days")
            )
    return None


def _backlog(alarm: Alarm) -> Found:
    """What came beyond the expected took effect long before: twice the usual delay and two weeks.

    The mean delay of a day is that of all its statements. Where the backlog is a small part of
    them, its own is what moved the mean, further than it usually moves, by so few.
    """
    past = alarm.past(alarm.context.delay)
    usual = float(median_of(past)) if alarm.start else np.nan
    excess = np.fmax(np.nan_to_num(alarm.during(alarm.series.values - alarm.scores.expected)), 0.0)
    mean, statements = alarm.during(alarm.context.delay), alarm.during(alarm.context.statements)
    there = ~np.isnan(mean) & ~np.isnan(statements) & (excess > 0)
    if np.isnan(usual) or not there.any():
        return None
    wander = float(np.nanquantile(np.abs(past - usual), WANDER))
    moved = np.fmax(mean[there] - usual - wander, 0.0) * statements[there]
    of_all = float(np.average(mean[there], weights=excess[there]))
    of_excess = usual + float(moved.sum() / excess[there].sum())
    for late, of_the_mean in ((of_all, True), (of_excess, False)):
        if late >= 2 * usual and late - usual >= 14 * DAY:
            return "backlog", Text(
                "reported {late} after taking effect on average; usual were {usual}"
                if of_the_mean
                else "reported {late} after taking effect as far as it was more than usual; usual "
                "were {usual}",
                late=Period(round(late / DAY), "days"),
                usual=Period(round(usual / DAY), "days"),
            )
    return None


def _volume_surge(alarm: Alarm) -> Found:
    """All other statements of the platform rose by about the same factor."""
    own, other = alarm.during(alarm.scores.seven), alarm.during(alarm.rest.seven)
    best = int(np.argmax(np.nan_to_num(own)))
    if not (other[best] >= 1.5 and other[best] >= 0.6 * own[best]):
        return None
    return "volume_surge", Text(
        "all its other statements rose {other} times as well, these {own}",
        other=round(float(other[best]), 1),
        own=round(float(own[best]), 1),
    )


def _level_shift(alarm: Alarm) -> Found:
    """Two to five weeks after the rise most of it is still there; known only in hindsight.

    The rise is that of its busiest week: a burst on a level that has risen a little is no shift.
    """
    values = alarm.series.values[: alarm.seen + 1]
    then, later = values[alarm.start : alarm.start + 14], values[alarm.start + 14 :][:21]
    if len(later) < 7 or (~np.isnan(later)).sum() < 7:
        return None
    usual, after = max(float(median_of(alarm.past(values))), 0.5), float(median_of(later))
    weeks = sliding_window_view(np.nan_to_num(then), min(7, len(then))).mean(axis=1)
    if after < 1.5 * usual or after - usual < 0.5 * (float(weeks.max()) - usual):
        return None
    return "level_shift", Text(
        "two weeks later it still stood at {after} a day, where {usual} were usual",
        after=round(after),
        usual=round(usual),
    )


def _longest(flags: NDArray[np.bool_]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def _longest_ending(flags: NDArray[np.bool_], last: int) -> int:
    length = 0
    while last - length >= 0 and flags[last - length]:
        length += 1
    return length


def alike(name: str, other: str) -> bool:
    """Two names that share their first word, as Amazon and Amazon Store do."""
    a, b = slug(name).split("-"), slug(other).split("-")
    return a[0] == b[0] or name == other
