"""What the observatory's pages ask again and again, asked once: waves, silences, doubts, platforms.

Queries run on a thread of their own, so that looking never holds up a submission. What is slow is
kept until the lake's files change.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from amparo.errors import Missing
from amparo.observatory import alerts, watch, waves
from amparo.observatory.alerts import Alert, Rewrite
from amparo.observatory.engine import Engine, Span
from amparo.observatory.lake import Lake
from amparo.observatory.measures import Measure
from amparo.observatory.quality import Doubt, Rule
from amparo.observatory.silences import Silence
from amparo.observatory.watch import LISTENED, WATCHED
from amparo.observatory.waves import EVERYBODY, Wave

_T = TypeVar("_T")
RECENT_DAYS = 28
WEEKS = 26


class Listed(NamedTuple):
    """A platform in the overview."""

    name: str
    slug: str
    recent: int
    """Statements in the last four weeks there is anything of."""
    weeks: list[float]
    last: date


class State(NamedTuple):
    """Everything that is kept; made anew when the lake changes."""

    engine: Engine
    files: tuple[str, ...]
    span: Span
    platforms: list[Listed]
    waves: list[Wave]
    silences: list[Silence]
    doubts: list[tuple[Rule, list[Doubt]]]
    rewrites: list[Rewrite]
    alerts: list[Alert]


class Looking:
    """One observatory, shared by all requests."""

    def __init__(self, lake: Path) -> None:
        self._lake = Lake(lake)
        self._lock = threading.Lock()
        self._state: State | None = None

    async def ask(self, question: Callable[[State], _T]) -> _T:
        """Run a question on a thread, one at a time: DuckDB uses both cores by itself."""
        return await asyncio.to_thread(self._ask, question)

    def _ask(self, question: Callable[[State], _T]) -> _T:
        with self._lock:
            files = tuple(f"{path} {path.stat().st_mtime_ns}" for path in self._lake.files())
            if self._state is None or self._state.files != files:
                before, self._state = self._state, self._made(files)
                if before is not None:
                    before.engine.close()
            return question(self._state)

    def _made(self, files: tuple[str, ...]) -> State:
        engine = watch.open_engine(lake=self._lake.folder)
        found = watch.waves(engine, WATCHED) + watch.waves(engine, WATCHED, [EVERYBODY])
        silences = watch.silences(engine, LISTENED)
        rewrites = self._lake.rewrites()
        return State(
            engine,
            files,
            engine.span(),
            _platforms(engine),
            sorted(found, key=lambda wave: wave.start, reverse=True),
            sorted(silences, key=lambda s: s.start, reverse=True),
            watch.doubts(engine),
            rewrites,
            alerts.every(found, silences, rewrites),
        )


def platform_of(state: State, slug: str) -> str:
    """A platform's name from its place in an address; `all` is everybody."""
    if slug == waves.slug(EVERYBODY):
        return EVERYBODY
    for one in state.platforms:
        if one.slug == slug:
            return one.name
    raise Missing(
        "There is no platform at this address.",
        why="The address was typed, or the platform goes by another name here.",
        fix="Choose it in the list of all platforms.",
    )


def lines(
    state: State, measure: Measure, platforms: list[str], first: date, last: date
) -> dict[str, list[tuple[date, float]]]:
    """A measure's points by platform."""
    found: dict[str, list[tuple[date, float]]] = {name: [] for name in platforms}
    for day, platform, value in watch.figures(state.engine, measure, platforms, first, last):
        found.setdefault(platform, []).append((day, float(value)))
    return {name: points for name, points in found.items() if points}


def _platforms(engine: Engine) -> list[Listed]:
    last = engine.span().last
    weeks: dict[str, list[float]] = {}
    for name, ago, value in engine.rows(_WEEKS, {"last": last}):
        if ago < WEEKS:
            weeks.setdefault(name, [0.0] * WEEKS)[WEEKS - 1 - ago] = float(value)
    recent = engine.rows(_RECENT, {"recent": last - timedelta(days=RECENT_DAYS)})
    return [
        Listed(name, waves.slug(name), int(count), weeks.get(name, []), seen)
        for name, count, seen in recent
    ]


_WEEKS = """\
SELECT platform, date_diff('day', date, $last) // 7 AS ago, sum(value)
FROM daily WHERE metric = 'statements' AND platform <> '*' GROUP BY ALL"""
_RECENT = """\
SELECT platform, coalesce(sum(value) FILTER (date > $recent), 0) AS recent, max(date)
FROM daily WHERE metric = 'statements' AND platform <> '*'
GROUP BY platform ORDER BY recent DESC, platform"""
