"""Where a day and a value stand in a chart: on a scale from zero, or on a log scale.

On a log scale zero is infinitely far below. It is not left out: it has a strip of its own along
the lower edge, marked 0 on the axis, and no line leads there.
"""

# SPDX-License-Identifier: Apache-2.0

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

WIDTH, HEIGHT = 800, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 28

STRIP = 0.12
"""How much of a log scale's height is zero's own."""


class Scale(NamedTuple):
    """Days from left to right, values from the lower edge up."""

    first: date
    last: date
    low: float
    """The value at the lower edge: zero, or what lies below the least on a log scale."""
    most: float
    ticks: Sequence[float]
    is_log: bool = False

    def x(self, day: date) -> float:
        """Where a day stands, in units of the drawing."""
        span = max(1, (self.last - self.first).days)
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first).days / span

    def along(self, points: Iterable[tuple[date, float]]) -> Iterator[tuple[int, float]]:
        """How high points stand: each one's day as a number, and its `y`.

        The same as one by one, at a part of what that takes: a page has thousands of them.
        """
        height, bottom = HEIGHT - TOP - BOTTOM, HEIGHT - BOTTOM
        if not self.is_log:
            most = self.most
            return ((day.toordinal(), bottom - height * (value / most)) for day, value in points)
        low, span, log = self.low, math.log(self.most / self.low), math.log
        return (
            (day.toordinal(), bottom - height * (log(value / low) / span if value > 0 else 0.0))
            for day, value in points
        )

    def y(self, value: float) -> float:
        """Where a value stands; zero stands on the lower edge on either scale."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * self._height(value)

    def _height(self, value: float) -> float:
        if not self.is_log:
            return value / self.most
        return math.log(value / self.low) / math.log(self.most / self.low) if value > 0 else 0.0


def linear(first: date, last: date, most: float) -> Scale:
    """From zero to a round number that is at least `most`."""
    ticks = round_ticks(most)
    return Scale(first, last, 0.0, ticks[-1], ticks)


def logarithmic(first: date, last: date, values: Sequence[float]) -> Scale:
    """From the power of ten below the least that is more than zero, with zero's strip below it."""
    there = [value for value in values if value > 0] or [1.0, 10.0]
    least, most = log_limits(min(there), max(there))
    strip = (most / least) ** (STRIP / (1 - STRIP))
    return Scale(first, last, least / strip, most, [0.0, *log_ticks(least, most)], is_log=True)


def round_ticks(most: float) -> list[float]:
    """Four or five round numbers from zero to at least `most`."""
    if most <= 0:
        return [0.0, 1.0]
    raw = most / 4
    size = 10 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw)
    return [_decimal(step * n) for n in range(math.ceil(most / step - 1e-9) + 1)]


def log_limits(least: float, most: float) -> tuple[float, float]:
    """A power of ten that is at most `least`, and 1, 2 or 5 times one that is at least `most`."""
    low = 10.0 ** math.floor(math.log10(least))
    size = 10.0 ** math.floor(math.log10(most))
    high = next(s * size for s in (1.0, 2.0, 5.0, 10.0) if s * size >= most)
    return low, max(high, 10 * low)


def log_ticks(least: float, most: float) -> list[float]:
    """Powers of ten, six at most; over less than two of them also 2 and 5 times each."""
    powers = round(math.log10(most / least) + 0.49)
    every = max(1, math.ceil(powers / 5))
    steps = (1, 2, 5) if most / least < 50 else (1,)
    found = [step * least * 10.0**power for power in range(0, powers + 1, every) for step in steps]
    return [_decimal(tick) for tick in found if tick <= most * (1 + 1e-9)]


def _decimal(tick: float) -> float:
    """Without what binary fractions add to it: 0.3, and not 0.30000000000000004."""
    return float(f"{tick:.12g}")
