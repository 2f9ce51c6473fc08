"""Series with too little past: what can be said of them, and what cannot.

The detector of waves wants 21 known days within eight weeks. Before, it sees nothing, and to say
that there was no wave would be false. So it is said how much past there is, and how small a wave
could be seen if days go on like this. A day that stands out against all earlier ones, however old
they are, is still told as a *burst*, with what else speaks for one: one clause, one actor, machines
alone.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from amparo.errors import Share, Text
from amparo.observatory import waves
from amparo.observatory.waves import FEWEST_DAYS, LEAST_EXCESS, WINDOW, Days, Series, Wave

CLUES: Mapping[str, tuple[float, str]] = {
    "closure.one_clause": (0.8, "{share} under one clause"),
    "closure.one_actor": (0.8, "{share} after notices of one actor"),
    "closure.by_machine": (0.95, "{share} decided by a machine alone"),
}
"""Metric of a part of the closures of a day -> from which share on it speaks for a burst."""
_TIMES_THE_MOST = 3.0
_TIMES_THE_MOST_OF_FEW = 10.0
_FEW = 3
"""Earlier days, below which one that is three times as high says little."""
_TIMES_THE_USUAL = 5.0
_ENOUGH_CLUES = 2


class Young(NamedTuple):
    """A series that cannot be judged yet."""

    platform: str
    metric: str
    days: int
    """Known days of the eight weeks up to now."""
    needed: int
    smallest: int | None
    """In a week, if days go on like these: the smallest wave to be seen then; None: no day yet."""
    facts: tuple[Text, ...]
    """What there is to be said of its greatest day."""


def of(series: Series, clues: Mapping[str, Days], closures: Days) -> Young | None:
    """What can be said of a series now; None if it has enough past.

    `clues` are parts of `closures`, a day each, by the names in `CLUES`.
    """
    values = waves.up_to_now(series)
    past = values[-WINDOW:]
    days = past[~np.isnan(past)]
    if len(days) >= FEWEST_DAYS:
        return None
    smallest = None
    if len(days):
        usual = float(np.median(days))
        spread = 1.4826 * float(np.median(np.abs(days - usual)))
        smallest = waves.just_visible(max(usual, 0.5), spread)
    return Young(
        series.platform,
        series.metric,
        len(days),
        FEWEST_DAYS,
        smallest,
        _facts(series, values, clues, closures),
    )


def bursts(series: Series, clues: Mapping[str, Days], closures: Days) -> list[Wave]:
    """Days with too little past that stand out against all earlier ones."""
    values = series.values
    counted = ~np.isnan(values)
    lately = ~waves.has_past(values) & counted & _is_young(series)
    found: list[int] = []
    usual = counted.copy()
    for day in np.flatnonzero(lately):
        earlier = values[:day][usual[:day]]
        if len(earlier) and _stands_out(values, int(day), earlier, clues, closures):
            found.append(int(day))
            usual[day] = False
    known = series.known
    alarm = np.zeros(len(values), dtype=bool)
    alarm[found] = True
    return [
        _wave(series, start, end, found, clues, closures)
        for start, end in waves.runs(alarm, known, joined=1)
    ]


def _is_young(series: Series) -> NDArray[np.bool_]:
    """Days after a gap; and the newest days of a series that has too little past still.

    The first days of a platform that is old by now are not judged anew: they are launches.
    """
    values, known = series.values, series.known
    after_gap = np.zeros(len(values), dtype=bool)
    if known is not None:
        first = int(np.flatnonzero(known)[0]) if known.any() else len(values)
        unknown = np.flatnonzero(~known)
        for gap in unknown[unknown > first]:
            after_gap[gap : gap + WINDOW] = True
    now = waves.up_to_now(series)
    if np.count_nonzero(~np.isnan(now[-WINDOW:])) < FEWEST_DAYS:
        after_gap[max(0, len(now) - WINDOW) :] = True
    return after_gap


def _stands_out(
    values: Days, day: int, earlier: Days, clues: Mapping[str, Days], closures: Days
) -> bool:
    value, usual, most = values[day], float(np.median(earlier)), float(earlier.max())
    if value - usual < LEAST_EXCESS:
        return False
    times = _TIMES_THE_MOST if len(earlier) >= _FEW else _TIMES_THE_MOST_OF_FEW
    if value >= times * max(most, 1.0):
        return True
    speaking = len(_speaking(day, clues, closures))
    return bool(value >= _TIMES_THE_USUAL * (usual + 1)) and speaking >= _ENOUGH_CLUES


def _speaking(day: int, clues: Mapping[str, Days], closures: Days) -> list[Text]:
    """What of the closures of a day speaks for a burst, in words."""
    whole = closures[day]
    if np.isnan(whole) or not whole:
        return []
    shares = {name: part[day] / whole for name, part in clues.items() if not np.isnan(part[day])}
    return [
        Text(words, share=Share(float(shares[name])))
        for name, (least, words) in CLUES.items()
        if shares.get(name, 0.0) >= least
    ]


def _wave(
    series: Series,
    start: int,
    end: int,
    fired: list[int],
    clues: Mapping[str, Days],
    closures: Days,
) -> Wave:
    values = series.values
    during = values[start : end + 1]
    earlier = values[:start][~np.isnan(values[:start])]
    days = int((~np.isnan(during)).sum())
    observed = float(np.nansum(during))
    few, usual, many = np.quantile(earlier, [0.05, 0.5, 0.95]) * days
    greatest = start + int(np.nanargmax(during))
    past = int((~np.isnan(values[max(0, start - WINDOW) : start])).sum())
    evidence = [
        Text(
            "too little past to judge ({past} of {needed} days), but the most on any of {earlier} "
            "earlier days was {most}",
            past=past,
            needed=FEWEST_DAYS,
            earlier=len(earlier),
            most=round(float(earlier.max())),
        ),
        *_speaking(greatest, clues, closures),
    ]
    return Wave(
        platform=series.platform,
        metric=series.metric,
        kind="burst",
        start=series.day(start),
        end=series.day(end),
        observed=round(observed),
        expected=round(float(usual)),
        low=round(observed - float(many)),
        high=round(observed - float(few)),
        evidence=functools.reduce(_and, evidence),
        days=tuple(series.day(day) for day in fired if start <= day <= end),
    )


def _and(first: Text, second: Text) -> Text:
    return Text("{first}; {second}", first=first, second=second)


def _facts(
    series: Series, values: Days, clues: Mapping[str, Days], closures: Days
) -> tuple[Text, ...]:
    """What is known of the greatest of the last days."""
    first = max(0, len(values) - WINDOW)
    lately = values[first:]
    if not (np.nan_to_num(lately) > 0).any():
        return ()
    greatest = first + int(np.nanargmax(lately))
    known = int((~np.isnan(lately)).sum())
    share = float(values[greatest]) / float(np.nansum(lately))
    facts = [
        Text("{number} on {day}", number=round(float(values[greatest])), day=series.day(greatest))
    ]
    if known > 1:
        facts.append(Text("{share} of all in {known} known days", share=Share(share), known=known))
    earlier = values[:greatest][~np.isnan(values[:greatest])]
    if len(earlier):
        facts.append(
            Text(
                "the most on any of {earlier} earlier known days was {most}",
                earlier=len(earlier),
                most=round(float(earlier.max())),
            )
        )
    return (*facts, *_speaking(greatest, clues, closures))
