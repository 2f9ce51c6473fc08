"""Judging a detector of waves: false alarms, planted waves found, delay, look-alikes named.

The protocol. Only past days are used for a day. Series count whose median is at least five a day
over at least 120 days. *Quiet* is a day that is not near an event of a plain rule (more than three
times the median of 56 days, six robust spreads and 500 above it; a week before to four weeks after)
and not in a series' first twelve weeks. In each quiet window of 40 days and more, four waves are
planted: 0.5, 1, 2 and 5 of the platform's median weeks and 70,000, with a quick rise and a slower
fall over seven days; and of two weeks on one day and over 21 days. A planted wave counts as found
when a day from its first to the day after its last is an alarm. Look-alikes are planted too, and
must be named as what they are. In the first weeks of platforms, where no day is quiet, waves are
planted apart (`begun`). The seed is fixed: the same data give the same figures.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.observatory import naming, waves
from amparo.observatory.waves import WINDOW, Context, Days, Kind, Series

Judge = Callable[[Days], NDArray[np.bool_]]
"""A detector: one value a day -> whether each day is an alarm."""

SEED = 11
PER_WINDOW = 4
PER_LAUNCH = 2
SHORTEST_WINDOW = 40
LEAST_MEDIAN = 5.0
"""A day: series with less are not looked at."""
HISTORY = 200
YEAR = 365.0
SHAPES = ((0.5, 7), (1.0, 7), (2.0, 7), (5.0, 7), (2.0, 1), (2.0, 21))
WEEK = 7
SEVENTY_THOUSAND = 70_000
SMALL_WEEK = 14_000


class Found(NamedTuple):
    """How many of the planted waves were found."""

    planted: int
    found: int
    median_delay: float | None
    """Days from the first day to the first alarm."""

    @property
    def share(self) -> float:
        return self.found / self.planted if self.planted else float("nan")


class Evaluation(NamedTuple):
    """What a detector is worth."""

    series: int
    years: float
    """Platform-years of quiet days."""
    false_alarms: float
    """Alarm episodes a platform-year of quiet days."""
    alarms: float
    """The same over all days: nothing is taken as labelled."""
    planted: Mapping[tuple[float, int], Found]
    """(Median weeks, days) -> what was found."""
    seventy_thousand: Found
    """70,000 in a week, where the usual week is under 14,000."""


def evaluate(judge: Judge, series: Iterable[Series]) -> Evaluation:
    """Score a detector by the protocol."""
    chosen = [sample for sample in series if _counts(sample.values)]
    quiet_days = false = everything = 0
    days = 0
    planted: dict[tuple[float, int], list[int | None]] = {shape: [] for shape in SHAPES}
    large: list[int | None] = []
    for sample, chance in zip(chosen, _chances(len(chosen)), strict=True):
        quiet = _quiet(sample.values)
        alarm = judge(sample.values)
        quiet_days += int(quiet.sum())
        days += int((~np.isnan(sample.values)).sum())
        false += _episodes(alarm & quiet)
        everything += _episodes(alarm)
        for day, week in _places(sample.values, quiet, chance):
            for weeks, length in SHAPES:
                size = weeks * week
                planted[weeks, length].append(_delay(judge, sample.values, day, size, length))
            if week < SMALL_WEEK:
                large.append(_delay(judge, sample.values, day, SEVENTY_THOUSAND, 7))
    return Evaluation(
        len(chosen),
        quiet_days / YEAR,
        false * YEAR / max(quiet_days, 1),
        everything * YEAR / max(days, 1),
        {shape: _found(delays) for shape, delays in planted.items()},
        _found(large),
    )


def named(series: Iterable[Series], contexts: Mapping[str, Context]) -> dict[Kind, Found]:
    """Plant look-alikes of five median weeks and see how many are named as what they are."""
    results: dict[Kind, list[int | None]] = {}
    chosen = [sample for sample in series if _counts(sample.values)]
    for sample, chance in zip(chosen, _chances(len(chosen)), strict=True):
        places = list(_places(sample.values, _quiet(sample.values), chance))[:: PER_WINDOW // 2]
        for day, week in places:
            for kind, (changed, context) in _look_alikes(
                sample, contexts[sample.platform], day, week
            ).items():
                hits = [w for w in naming.detect(changed, context) if _touches(w, changed, day)]
                if hits:  # one that raises no alarm misleads nobody
                    right = any(w.kind == kind for w in hits)
                    results.setdefault(kind, []).append(0 if right else None)
    return {kind: _found(delays) for kind, delays in results.items()}


class Called(NamedTuple):
    """How often a planted wave is called one, and how often a quiet day's alarm is."""

    part: str
    """Which platforms or days these are."""
    years: float
    """Platform-years of quiet days."""
    false_on_the_day: float
    """Alarms on quiet days that were called a wave on any day, a platform-year."""
    false_in_hindsight: float
    """Those that are called one still."""
    on_the_day: Mapping[float, Found]
    """Median weeks in seven days -> planted waves called one by the day after their last."""
    in_hindsight: Mapping[float, Found]
    """Those that are called one still after five weeks."""


def called(series: Iterable[Series], contexts: Mapping[str, Context]) -> list[Called]:
    """Detector and naming together, on all data and on parts of it: by platform and by time.

    How long a small rise must last (`waves`) was chosen on every other platform alone, by their
    order in the alphabet; the others were looked at afterwards. The older limits, and how
    look-alikes are told, were chosen on all.
    """
    chosen = [sample for sample in series if _counts(sample.values)]
    trials = [
        _trials(sample, contexts[sample.platform], chance)
        for sample, chance in zip(chosen, _chances(len(chosen)), strict=True)
    ]
    names = sorted({sample.platform for sample in chosen})
    ever = range(max((len(sample.values) for sample in chosen), default=0))
    middle = len(ever) // 2
    return [
        _called(part, trials, platforms, days)
        for part, platforms, days in (
            ("all", names, ever),
            ("every other platform", names[::2], ever),
            ("the other platforms", names[1::2], ever),
            ("first half of the days", names, range(middle)),
            ("second half", names, range(middle, ever.stop)),
            ("the other platforms, second half", names[1::2], range(middle, ever.stop)),
        )
    ]


class Begun(NamedTuple):
    """What is seen in the first weeks of platforms that began while the series were counted."""

    series: int
    years: float
    """Platform-years of the days looked at: from the first that can be judged to the 42nd."""
    false: float
    """Alarms of these days that were called a wave, a platform-year; some may be waves."""
    planted: Mapping[float, Found]
    """Median weeks in seven days -> planted waves called one by the day after their last."""
    seventy_thousand: Found


def begun(series: Iterable[Series], contexts: Mapping[str, Context]) -> Begun:
    """Plant waves of seven days in real launches, where a day can be judged and five are usual."""
    every = ((sample, contexts[sample.platform]) for sample in series)
    launches = [
        (sample, context, first)
        for sample, context in every
        if (first := _first_day(context)) and len(sample.values) - first >= naming.LAUNCH_DAYS
    ]
    false = 0
    planted: dict[float, list[int | None]] = {weeks: [] for weeks in (2.0, 5.0, 10.0)}
    large: list[int | None] = []
    for (sample, context, first), chance in zip(launches, _chances(len(launches)), strict=True):
        judged = (first + waves.FEWEST_DAYS, first + naming.LAUNCH_DAYS)
        until = slice(0, judged[1] + naming.HINDSIGHT)
        for wave in naming.detect(*_cut(sample, context, until)):
            false += wave.called and (wave.days[0] - sample.first).days in range(*judged)
        for _ in range(PER_LAUNCH):
            day = int(chance.integers(judged[0] + 1, judged[1] - WEEK))
            week = 7 * float(waves.median_of(sample.values[first:day]))
            if not waves.has_past(sample.values)[day] or week < WEEK * LEAST_MEDIAN:
                continue
            for weeks, hits in planted.items():
                hits.append(_is_called(sample, context, day, weeks * week))
            if week < SMALL_WEEK:
                large.append(_is_called(sample, context, day, SEVENTY_THOUSAND))
    years = len(launches) * (naming.LAUNCH_DAYS - waves.FEWEST_DAYS) / YEAR
    found = {weeks: _found(hits) for weeks, hits in planted.items()}
    rate = false / years if years else float("nan")
    return Begun(len(launches), years, rate, found, _found(large))


def _first_day(context: Context) -> int:
    """The place of a platform's first statement; 0 where that is not known, or there is none."""
    return int(np.argmax(~np.isnan(context.statements)))


def _is_called(sample: Series, context: Context, day: int, size: float) -> int | None:
    return 0 if _named_by(_planted(sample, context, day, size), day + WEEK, sample) else None


class _Trials(NamedTuple):
    """What became of one series: quiet days, alarms on them, and waves planted in them."""

    platform: str
    quiet: NDArray[np.int64]
    alarms: list[tuple[int, bool, bool]]
    """Day, whether called a wave on any day, whether it is still."""
    planted: list[tuple[int, float, bool, bool]]
    """Day, median weeks, and the same."""


def _trials(sample: Series, context: Context, chance: np.random.Generator) -> _Trials:
    quiet = _quiet(sample.values)
    alarms = [
        (day, wave.called, wave.kind == "wave")
        for wave in naming.detect(sample, context)
        if quiet[day := (wave.days[0] - sample.first).days]
    ]
    planted = []
    for day, week in _places(sample.values, quiet, chance):
        for weeks, days in SHAPES:
            if days == WEEK and weeks >= 1:
                found = _planted(sample, context, day, weeks * week)
                planted.append((day, weeks, _named_by(found, day + WEEK, sample), _still(found)))
    return _Trials(sample.platform, np.flatnonzero(quiet), alarms, planted)


def _planted(sample: Series, context: Context, day: int, size: float) -> list[waves.Wave]:
    """What is detected where a wave of seven days was planted, five weeks later."""
    days = slice(max(0, day - HISTORY), day + naming.HINDSIGHT + 1)
    added = np.zeros(len(sample.values))
    rise = np.round(size * wave_shape(WEEK))[: len(added) - day]
    added[day : day + len(rise)] = rise
    with_it = sample._replace(values=sample.values + added)
    around = context._replace(statements=context.statements + added)
    found = naming.detect(*_cut(with_it, around, days))
    return [wave for wave in found if _touches(wave, sample, day)]


def _cut(sample: Series, context: Context, days: slice) -> tuple[Series, Context]:
    """Some days of a series, and of what is known beside it."""
    return (
        sample._replace(
            first=sample.day(days.start),
            values=sample.values[days],
            known=None if sample.known is None else sample.known[days],
        ),
        context._replace(
            statements=context.statements[days],
            delay=context.delay[days],
            covered=None if context.covered is None else context.covered[days],
        ),
    )


def _named_by(found: Iterable[waves.Wave], day: int, series: Series) -> bool:
    """Whether any was called a wave by that day."""
    last = series.day(day)
    return any(name.kind == "wave" and name.day <= last for wave in found for name in wave.names)


def _still(found: Iterable[waves.Wave]) -> bool:
    return any(wave.kind == "wave" for wave in found)


def _called(part: str, trials: Iterable[_Trials], platforms: Sequence[str], days: range) -> Called:
    quiet = false = false_still = 0
    on_the_day: dict[float, list[int | None]] = {}
    in_hindsight: dict[float, list[int | None]] = {}
    for trial in trials:
        if trial.platform not in platforms:
            continue
        quiet += sum(int(day) in days for day in trial.quiet)
        for day, ever, still in trial.alarms:
            false += ever and day in days
            false_still += still and day in days
        for day, weeks, then, still in trial.planted:
            if day in days:
                on_the_day.setdefault(weeks, []).append(0 if then else None)
                in_hindsight.setdefault(weeks, []).append(0 if still else None)
    years = quiet / YEAR
    return Called(
        part,
        years,
        false / years if years else float("nan"),
        false_still / years if years else float("nan"),
        {weeks: _found(hits) for weeks, hits in on_the_day.items()},
        {weeks: _found(hits) for weeks, hits in in_hindsight.items()},
    )


def ours(values: Days) -> NDArray[np.bool_]:
    """The detector that Amparo uses."""
    return waves.score(values).alarm


def three_sigma(values: Days) -> NDArray[np.bool_]:
    """A yardstick: above the mean and three standard deviations of the 28 days before."""
    with np.errstate(all="ignore"):
        before = waves.past_of(values, 28)
        count = (~np.isnan(before)).sum(axis=1)
        mean = np.nansum(before, axis=1) / np.maximum(count, 1)
        spread = np.sqrt(np.nansum((before - mean[:, None]) ** 2, axis=1) / np.maximum(count, 1))
        return np.asarray((count >= 14) & (values > mean + 3 * spread))


def poisson(values: Days) -> NDArray[np.bool_]:
    """A yardstick: above the Poisson limit (one in ten thousand) of the 28 days before."""
    with np.errstate(all="ignore"):
        before = waves.past_of(values, 28)
        count = (~np.isnan(before)).sum(axis=1)
        mean = np.nansum(before, axis=1) / np.maximum(count, 1)
        return np.asarray((count >= 14) & (values > mean + 3.72 * np.sqrt(mean) + 2))


def yesterday(values: Days) -> NDArray[np.bool_]:
    """A yardstick: three times yesterday, and 100 above."""
    before = waves.past_of(values, 1)[:, 0]
    with np.errstate(invalid="ignore"):
        return np.asarray((values > 3 * before) & (values - before >= 100))


YARDSTICKS: Mapping[str, Judge] = {
    "amparo": ours,
    "mean and 3 standard deviations of 28 days": three_sigma,
    "Poisson limit of 28 days": poisson,
    "three times yesterday": yesterday,
}


def wave_shape(days: int) -> Days:
    """Shares of a wave's days: a quick rise, a slower fall; sums to one."""
    place = np.arange(1, days + 1, dtype=float)
    shares = place * np.exp(-place / max(1.0, days / 3))
    return np.asarray(shares / shares.sum())


# --- quiet days and planting ------------------------------------------------------------------


def _counts(values: Days) -> bool:
    known = values[~np.isnan(values)]
    return len(known) >= 120 and float(np.median(known)) >= LEAST_MEDIAN


def _quiet(values: Days) -> NDArray[np.bool_]:
    quiet = ~np.isnan(values)
    quiet[: int(np.argmax(quiet)) + 84] = False
    before = waves.past_of(values, WINDOW)
    middle = waves.median_of(before)
    spread = 1.4826 * waves.median_of(np.abs(before - middle[:, None]))
    with np.errstate(invalid="ignore"):
        event = (values > np.maximum(3 * middle, middle + 6 * spread)) & (values > middle + 500)
    for day in np.flatnonzero(event):
        quiet[max(0, day - 7) : day + 29] = False
    return quiet


def _chances(number: int) -> Iterator[np.random.Generator]:
    """A generator for each series, so that one more series changes nothing for the others."""
    return (np.random.default_rng([SEED, place]) for place in range(number))


def _places(
    values: Days, quiet: NDArray[np.bool_], chance: np.random.Generator
) -> Iterator[tuple[int, float]]:
    """Days at which to plant, each with the median week before it."""
    for start, end in _windows(quiet):
        for _ in range(PER_WINDOW):
            day = int(chance.integers(start + 7, max(start + 8, end - 22)))
            week = 7 * float(np.nanmedian(values[max(0, day - WINDOW) : day]))
            if week > 0:
                yield day, week


def _windows(quiet: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(int)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(int(a), int(b)) for a, b in pairs if b - a >= SHORTEST_WINDOW]


def _delay(judge: Judge, values: Days, day: int, size: float, length: int) -> int | None:
    """Days until a planted wave raises an alarm; None if it does not."""
    first = max(0, day - HISTORY)
    seen = values[first : day + length + 1].copy()
    place = day - first
    added = np.round(size * wave_shape(length))[: len(seen) - place]
    seen[place : place + len(added)] += added
    alarms = np.flatnonzero(judge(seen)[place:])
    return int(alarms[0]) if len(alarms) else None


def _episodes(alarm: NDArray[np.bool_], gap: int = 3) -> int:
    days = np.flatnonzero(alarm)
    return 1 + int((np.diff(days) > gap).sum()) if len(days) else 0


def _found(delays: list[int | None]) -> Found:
    hits = [delay for delay in delays if delay is not None]
    return Found(len(delays), len(hits), float(np.median(hits)) if hits else None)


# --- look-alikes ------------------------------------------------------------------------------


def _look_alikes(
    series: Series, context: Context, day: int, week: float
) -> dict[Kind, tuple[Series, Context]]:
    """The same seven days' rise by other causes."""
    added = np.zeros(len(series.values))
    rise = np.round(5 * week * wave_shape(7))[: len(added) - day]
    added[day : day + len(rise)] = rise
    values, total = series.values + added, context.statements + added
    late = context.delay.copy()
    late[day : day + 7] = np.fmax(late[day : day + 7], 0) * 2 + 90 * waves.DAY
    shifted = series.values.copy()
    shifted[day:] += 2.5 * week / 7
    times = np.ones(len(added))
    times[day : day + len(rise)] += rise / max(week / 7, 1)
    return {
        "backlog": (series._replace(values=values), context._replace(statements=total, delay=late)),
        "catch_up": _after_an_outage(series, context, day),
        "volume_surge": (
            series._replace(values=np.round(series.values * times)),
            context._replace(statements=np.round(context.statements * times)),
        ),
        "level_shift": (
            series._replace(values=shifted),
            context._replace(statements=context.statements + shifted - series.values),
        ),
        "launch": _begun_lately(
            series,
            context,
            np.round(series.values * times),
            np.round(context.statements * times),
            day,
        ),
        "rename": _under_a_new_name(series, context, values, total, day),
    }


def _after_an_outage(series: Series, context: Context, day: int) -> tuple[Series, Context]:
    """Nine days without any submission, made good on the first day after."""
    values, total = series.values.copy(), context.statements.copy()
    lost = slice(day - 9, day)
    values[day] += np.nansum(values[lost])
    total[day] += np.nansum(total[lost])
    values[lost] = total[lost] = np.nan
    return series._replace(values=values), context._replace(statements=total)


def _begun_lately(
    series: Series, context: Context, values: Days, total: Days, day: int
) -> tuple[Series, Context]:
    values, total = values.copy(), total.copy()
    values[: max(1, day - 30)] = total[: max(1, day - 30)] = np.nan
    return series._replace(values=values), context._replace(statements=total)


def _under_a_new_name(
    original: Series, context: Context, values: Days, total: Days, day: int
) -> tuple[Series, Context]:
    series, young = _begun_lately(original, context, values, total, day)
    former = {f"{original.platform} Former": original.day(max(0, day - 31))}
    return series, young._replace(ended=former)


def _touches(wave: waves.Wave, series: Series, day: int) -> bool:
    return wave.start <= series.day(day + 7) and wave.end >= series.day(day)
