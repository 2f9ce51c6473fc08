"""The observatory's state: an engine over the series, and what was found in them.

Answers are made on a thread of their own and kept until the lake's files change (`answer_cache`).
Looking for waves and silences takes seconds: it is done by a process of its own (`findings`), and
until that has ended pages show what was found before the last change. Whoever starts begins with
what the last search found, if the lake is still as it was then.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import logging
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request

from amparo.errors import AmparoError, Missing
from amparo.observatory import alerts, findings, queries, waves
from amparo.observatory.alerts import Alert, Rewrite
from amparo.observatory.coverage import NOT, WHOLE, Span
from amparo.observatory.engine import Engine
from amparo.observatory.findings import Findings
from amparo.observatory.lake.lake import Lake
from amparo.observatory.queries import Total
from amparo.observatory.waves import EVERYBODY, Wave
from amparo.web.http.answer_cache import Answer, AnswerCache

logger = logging.getLogger("amparo")

RECENT_DAYS = 28
WEEKS = 26
LOOK_SECONDS = 15.0
"""How often a lake is looked at by itself."""
FIRST_LOOK_SECONDS = 5.0
"""After a start: whoever asks for something else then goes first."""
FRESH_SECONDS = 1.0
"""How long a change of the lake may go unseen."""
QUIET_SECONDS = 5.0
"""How long nothing must have come before waves are looked for: dumps come many at a time."""
AGAIN_SECONDS = 600.0
"""After a search that failed: as long as one may take, so that it is at most half of the time."""


class Listed(NamedTuple):
    """A platform in the overview."""

    name: str
    slug: str
    recent: Total
    """Statements in the four weeks up to the last day that is known of it."""
    weeks: list[float | None]
    """Statements a week of known days, up to the same day; None where none is known."""
    last: date
    own: bool
    """Whether it is known from the node's own record as well."""


class LakeState(NamedTuple):
    """Everything that is kept; made anew when the lake changes."""

    engine: Engine
    files: tuple[str, ...]
    span: Span
    platforms: list[Listed]
    together: Total
    """Statements of all platforms in the last four weeks that are known of every one."""
    findings: Findings
    is_searched: bool
    """Whether the findings are those of these files; else of those before the last change."""
    rewrites: list[Rewrite]
    alerts: list[Alert]


class NewestWaves(NamedTuple):
    """What the front page tells of waves."""

    here: Wave | None
    """Of a platform whose decisions are on record here."""
    elsewhere: Wave | None
    """Of all others, from what they report to the EU's database."""
    known_to: date | None
    """The last day that is known of those."""


class Looking:
    """One observatory, shared by all requests; everything but the work runs on the event loop."""

    def __init__(self, lake: Path) -> None:
        """Nothing is opened before somebody asks."""
        self._lake = Lake(lake)
        self._cache = AnswerCache("observatory")
        self._state: LakeState | None = None
        self._trouble: AmparoError | None = None
        self._fresh_until = -1.0
        self._opening = asyncio.Lock()
        self._search: asyncio.Task[None] | None = None
        self._search_from = 0.0
        self._keeping: asyncio.Task[None] | None = None

    def keep_looking(self, after: float = 0.0) -> None:
        """Look by itself, from so many seconds on, though nobody asks.

        Call it on the running event loop.
        """
        self._keeping = asyncio.create_task(self._keep_looking(after))

    async def state(self) -> LakeState:
        """The state of the lake as it is now, or was a second ago."""
        if time.monotonic() > self._fresh_until:
            async with self._opening:
                if time.monotonic() > self._fresh_until:
                    await self._refresh()
        if self._state is None:
            raise self._trouble or TypeError("a refreshed observatory has a state")
        return self._state

    def newest_waves(self) -> NewestWaves:
        """The newest ones that are called a wave, of what is known; none is looked for."""
        if self._state is None:
            return NewestWaves(None, None, None)
        own = {listed.name for listed in self._state.platforms if listed.own}
        called = [wave for wave in self._state.findings.waves if wave.called]
        return NewestWaves(
            _newest(wave for wave in called if wave.platform in own),
            _newest(wave for wave in called if wave.platform not in own),
            self._state.engine.coverage.last(EVERYBODY),
        )

    async def answer(
        self, request: Request, key: str, make: Callable[[LakeState], Answer]
    ) -> Answer:
        """An answer about the lake, from the cache if it was made before."""
        state = await self.state()
        return await self._cache.answer(
            request, key, lambda: make(state), interrupt=state.engine.interrupt
        )

    async def close(self) -> None:
        """End the search, and make nothing more."""
        for task in (self._keeping, self._search):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await asyncio.to_thread(self._cache.close)

    async def _keep_looking(self, after: float) -> None:
        await asyncio.sleep(after)
        while True:
            try:
                await self.state()
            except AmparoError:  # it is noted where it is met
                pass
            except Exception:  # whatever it was, the next look may go well
                logger.exception("the lake could not be looked at; it is tried again")
            await asyncio.sleep(LOOK_SECONDS)

    async def _refresh(self) -> None:
        try:
            files = await asyncio.to_thread(self._files)
            if self._state is None or self._state.files != files:
                self._change(await asyncio.to_thread(self._opened, files, self._state))
                if self._search is not None:
                    self._search.cancel()
                self._search, self._search_from = None, 0.0
        except AmparoError as error:  # looked at again after a while, not by each who asks
            self._trouble = error
            logger.warning("the lake cannot be looked at: %s", error)
        finally:
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        if self._state is not None and not self._state.is_searched and self._may_search():
            self._search = asyncio.create_task(self._find(self._state))

    def _may_search(self) -> bool:
        is_over = self._search is None or self._search.done()
        return is_over and time.monotonic() >= self._search_from

    def _change(self, state: LakeState) -> None:
        self._state = state
        self._cache.clear()

    async def _find(self, state: LakeState) -> None:
        """Look for waves and silences in the lake, once nothing more comes.

        Where something does, whoever looks at the lake next begins anew.
        """
        await asyncio.sleep(QUIET_SECONDS)
        if not await self._is_as_in(state):
            return
        try:
            found = await _found_apart(self._lake.folder)
        except (AmparoError, OSError, TimeoutError) as error:
            # What was found before goes on being shown; it is tried again, for a disk may be full.
            self._search_from = time.monotonic() + AGAIN_SECONDS
            if await self._is_as_in(state):
                logger.warning("waves and silences of the lake could not be looked for: %s", error)
            return
        self._change(_with(state, found))

    async def _is_as_in(self, state: LakeState) -> bool:
        return await asyncio.to_thread(self._files) == state.files

    def _files(self) -> tuple[str, ...]:
        return tuple(findings.state_of(self._lake.folder))

    def _opened(self, files: tuple[str, ...], before: LakeState | None) -> LakeState:
        engine = queries.open_engine(lake=self._lake.folder)
        last = findings.last(self._lake.folder, files) if before is None else None
        known = last or (findings.shipped() if before is None else before.findings)
        state = LakeState(
            engine,
            files,
            engine.span(),
            _platforms(engine),
            _together(engine),
            known,
            not files or last is not None,
            self._lake.rewrites(),
            [],
        )
        return state._replace(alerts=_alerts(state))


async def _found_apart(lake: Path) -> Findings:
    process = await asyncio.create_subprocess_exec(
        *findings.command(lake), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(findings.SECONDS):
            out, notes = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return findings.read(out, notes)


def _with(state: LakeState, found: Findings) -> LakeState:
    state = state._replace(findings=found, is_searched=True)
    return state._replace(alerts=_alerts(state))


def _newest(called: Iterable[Wave]) -> Wave | None:
    return max(called, key=lambda wave: (wave.start, wave.excess), default=None)


def _alerts(state: LakeState) -> list[Alert]:
    return alerts.every(state.findings.waves, state.findings.silences, state.rewrites)


def platform_of(state: LakeState, slug: str) -> str:
    """A platform's name from its place in an address; `all` is everybody."""
    if slug == waves.slug(EVERYBODY):
        return EVERYBODY
    for platform in state.platforms:
        if platform.slug == slug:
            return platform.name
    raise Missing(
        "There is no platform at this address.",
        why="The address was typed, or the platform goes by another name here.",
        fix="Choose it in the list of all platforms.",
    )


def _together(engine: Engine) -> Total:
    span = _ending(engine.coverage.last(EVERYBODY) or engine.span().last, RECENT_DAYS)
    asked = queries.measure("statements")
    found = queries.figures(engine, asked, [EVERYBODY], span.first, span.last)
    return queries.total(found, asked, span)


def _platforms(engine: Engine) -> list[Listed]:
    """Every platform, the largest first; each up to the last day that is known of it."""
    until: dict[date, list[str]] = {}
    for name in engine.platforms():
        until.setdefault(engine.coverage.last(name) or engine.span().last, []).append(name)
    seen = dict(engine.rows(_LAST))
    found = [
        _listed(engine, name, last, counted.get(name, {}), seen[name])
        for last, names in until.items()
        for counted in [_counted(engine, names, last)]
        for name in names
    ]
    return sorted(found, key=lambda listed: (-(listed.recent.value or 0), listed.name))


def _counted(engine: Engine, names: list[str], last: date) -> dict[str, dict[int, int]]:
    """Platform -> days before the last -> statements, half a year back."""
    asked = {"platforms": names, "last": last, "first": last - timedelta(days=7 * WEEKS - 1)}
    found: dict[str, dict[int, int]] = {}
    for name, ago, value in engine.rows(_HALF_A_YEAR, asked):
        found.setdefault(name, {})[ago] = value
    return found


def _listed(engine: Engine, name: str, last: date, counted: dict[int, int], seen: date) -> Listed:
    """A platform, from its statements by days before the last that is known of it."""
    grades = engine.coverage.grades(name, ["statements"], _ending(last, 7 * WEEKS))[::-1]
    weeks = []
    for week in range(WEEKS - 1, -1, -1):
        days = range(7 * week, 7 * week + 7)
        known = int((grades[days.start : days.stop] != NOT).sum())
        number = sum(counted.get(ago, 0) for ago in days)
        weeks.append(number * 7 / known if known else None)
    recent = sum(counted.get(ago, 0) for ago in range(RECENT_DAYS))
    whole = int((grades[:RECENT_DAYS] == WHOLE).sum())
    is_known = bool((grades[:RECENT_DAYS] != NOT).any())
    return Listed(
        name,
        waves.slug(name),
        Total(recent if is_known else None, whole, _ending(last, RECENT_DAYS)),
        weeks,
        seen,
        "record" in engine.coverage.sources(name),
    )


def _ending(last: date, days: int) -> Span:
    return Span(last - timedelta(days=days - 1), last)


_HALF_A_YEAR = """\
SELECT platform, date_diff('day', date, $last::DATE) AS ago, sum(value)
FROM daily JOIN (SELECT unnest($platforms) AS asked) ON platform = asked
WHERE metric = 'statements' AND date BETWEEN $first AND $last GROUP BY ALL"""
_LAST = """\
SELECT platform, max(date) FROM daily
WHERE metric = 'statements' AND platform <> '*' GROUP BY platform"""
