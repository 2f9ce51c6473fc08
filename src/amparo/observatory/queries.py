"""Questions to an engine: measures, waves, silences and doubts over whole series.

This is what the doors call, and what a notebook calls: `open_engine`, then one function a question.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from amparo.errors import Missing
from amparo.observatory import alerts as telling
from amparo.observatory import errata as known
from amparo.observatory import quality
from amparo.observatory import silences as silent
from amparo.observatory import waves as surges
from amparo.observatory.alerts import Alert
from amparo.observatory.engine import Embedded, Engine, builtin
from amparo.observatory.errata import Erratum
from amparo.observatory.lake.lake import Lake
from amparo.observatory.measures import Measure, catalogue
from amparo.observatory.quality import Doubt, Rule
from amparo.observatory.silences import Silence
from amparo.observatory.waves import EVERYBODY, LEAST_EXCESS, Series, Wave


def open_engine(
    files: Sequence[Path] = (), lake: Path | None = None, *, spark: str | None = None
) -> Engine:
    """An engine over the files named; by default the built-in series and the lake's.

    `spark` is the address of a cluster, or `local[2]`; without it DuckDB answers in this process.
    """
    sources = files or (Lake(lake).series() if lake is not None else [])
    beneath = None if files else builtin()
    if spark is None:
        return Embedded(sources, beneath)
    from amparo.observatory.lake import spark as cluster  # noqa: PLC0415 - an extra, and slow to load

    return cluster.Spark(cluster.connect(spark), sources, beneath)


def measure(name: str) -> Measure:
    """A measure of the catalogue."""
    found = catalogue().get(name)
    if found is None:
        near = [candidate for candidate in catalogue() if name.lower() in candidate][:5]
        raise Missing(
            f"There is no measure {name[:80]!r}.",
            why=f"names near it: {', '.join(near)}" if near else "no name holds that text",
            fix="List them with `amparo observe measures`.",
        )
    return found


def figures(
    engine: Engine,
    asked: Measure,
    platforms: Iterable[str] = (EVERYBODY,),
    first: date | None = None,
    last: date | None = None,
) -> list[tuple[Any, ...]]:
    """A measure's rows: date, platform, value."""
    return engine.rows(asked.sql, parameters(engine, asked, platforms, first, last))


def parameters(
    engine: Engine,
    asked: Measure,
    platforms: Iterable[str] = (EVERYBODY,),
    first: date | None = None,
    last: date | None = None,
) -> dict[str, Any]:
    """The values that a measure's query is asked with."""
    span = engine.span()
    values: dict[str, Any] = {"first": first or span.first, "last": last or span.last}
    if "$platforms" in asked.sql:
        values["platforms"] = engine.named(platforms)
    return values


def errata(
    engine: Engine,
    asked: Measure,
    platforms: Iterable[str],
    first: date | None = None,
    last: date | None = None,
) -> list[Erratum]:
    """The errata that touch a figure."""
    span = engine.span()
    names = engine.named(platforms)
    return known.touching(names, asked.name, first or span.first, last or span.last)


def waves(
    engine: Engine,
    metrics: Iterable[str],
    platforms: Iterable[str] | None = None,
    *,
    least: float = LEAST_EXCESS,
) -> list[Wave]:
    """Every wave of these metrics, and its look-alikes under their own name."""
    names = None if platforms is None else engine.named(platforms)
    contexts = engine.contexts(names)
    return [
        wave
        for series in _asked(engine, metrics, names)
        if series.platform in contexts
        for wave in surges.detect(series, contexts[series.platform], least=least)
    ]


def silences(
    engine: Engine, metrics: Iterable[str], platforms: Iterable[str] | None = None
) -> list[Silence]:
    """Every silence of these metrics; `statements` stands for a platform as a whole."""
    names = None if platforms is None else engine.named(platforms)
    covered = engine.covered()
    return [s for series in _asked(engine, metrics, names) for s in silent.detect(series, covered)]


WATCHED = ("account.suspended", "account.terminated")
LISTENED = ("statements", *WATCHED)
"""Measures whose waves, and whose silences, people are told of unless they ask for others."""


def alerts(
    engine: Engine,
    lake: Path | None = None,
    *,
    platforms: Iterable[str] = (),
    metrics: Iterable[str] = (),
) -> list[Alert]:
    """Waves, silences and rewritten files, newest first."""
    asked = tuple(metrics)
    found = waves(engine, asked or WATCHED) + waves(engine, asked or WATCHED, [EVERYBODY])
    silent = silences(engine, asked or LISTENED)
    rewrites = Lake(lake).rewrites() if lake is not None else []
    return telling.chosen(telling.every(found, silent, rewrites), platforms, asked)


def doubts(engine: Engine) -> list[tuple[Rule, list[Doubt]]]:
    """Every rule, with what it finds, the greatest first."""
    return [
        (
            rule,
            # Ties in an order of their own: threads of an engine come in any.
            sorted(
                (Doubt(rule.name, *row) for row in engine.rows(rule.sql)),
                key=lambda doubt: (-doubt.number, doubt.platform, doubt.example),
            ),
        )
        for rule in quality.RULES
    ]


def changes(engine: Engine, wave: Wave) -> list[tuple[str, int, int]]:
    """What else the platform reported more of during a wave: (metric, counted, expected)."""
    asked = {"start": wave.start, "end": wave.end, "platform": wave.platform}
    return [
        (metric, round(counted), round(expected))
        for metric, counted, expected in engine.rows(_CHANGES, asked)
        if metric.startswith(FAMILIES)
    ][:MOST_CHANGES]


FAMILIES = (
    "category.",
    "keyword.",
    "ground.",
    "language.",
    "automated_",
    "source.",
    "content_type.",
    "account_type.",
    "visibility.",
    "territory.",
)
MOST_CHANGES = 8
_CHANGES = """\
SELECT metric,
       coalesce(sum(value) FILTER (date BETWEEN $start AND $end), 0) AS counted,
       coalesce(sum(value) FILTER (date < $start), 0) / 56.0
         * (1 + date_diff('day', $start::DATE, $end::DATE)) AS expected
FROM daily
WHERE date >= $start::DATE - INTERVAL 56 DAY AND platform = $platform
GROUP BY metric
HAVING counted > 1.5 * expected AND counted - expected >= 30
ORDER BY counted - expected DESC"""


def _asked(engine: Engine, metrics: Iterable[str], platforms: Iterable[str] | None) -> list[Series]:
    wanted = set(metrics)
    found = engine.series(wanted, platforms)
    return [series for (_, metric), series in sorted(found.items()) if metric in wanted]
