"""Questions to an engine: measures, waves, silences and doubts over whole series.

This is what the doors call, and what a notebook calls: `open_engine`, then one function a question.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from amparo.errors import Missing
from amparo.observatory import alerts as telling
from amparo.observatory import errata as known
from amparo.observatory import naming, quality
from amparo.observatory import silences as silent
from amparo.observatory import young as youth
from amparo.observatory.alerts import Alert
from amparo.observatory.coverage import (
    NOT,
    PART,
    WHOLE,
    WORDS,
    Known,
    Span,
    zero_is_known,
)
from amparo.observatory.engine import NOTHING, Embedded, Engine, builtin
from amparo.observatory.errata import Erratum
from amparo.observatory.lake.lake import Advance, Lake
from amparo.observatory.measures import Measure, catalogue
from amparo.observatory.quality import Doubt, Rule
from amparo.observatory.silences import Silence
from amparo.observatory.waves import EVERYBODY, LEAST_EXCESS, Days, Series, Wave
from amparo.observatory.young import Young


def open_engine(
    files: Sequence[Path] = (), lake: Path | None = None, *, spark: str | None = None
) -> Engine:
    """An engine over the files named; by default the built-in series and the lake's.

    `spark` is the address of a cluster, or `local[2]`; without it DuckDB answers in this process.
    """
    beneath = None if files else builtin()
    above = Lake(lake).sources() if lake is not None and not files else NOTHING
    if spark is None:
        return Embedded(files, beneath, above)
    from amparo.observatory.lake import spark as cluster  # noqa: PLC0415 - an extra, and slow to load

    return cluster.Spark(cluster.connect(spark), files, beneath, above)


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


class Figure(NamedTuple):
    """What is published of one day of one platform."""

    date: date
    platform: str
    value: float | None
    """None: not known, or there is nothing of which it could be a share or a mean."""
    known: Known


def figures(
    engine: Engine,
    asked: Measure,
    platforms: Iterable[str] = (EVERYBODY,),
    first: date | None = None,
    last: date | None = None,
) -> list[Figure]:
    """A measure on every day of the range, by day: a zero where it is known, else nothing.

    This is the one place where rows of a query become figures; whatever publishes starts here.
    """
    values = parameters(engine, asked, platforms, first, last)
    names = values.get("platforms", [EVERYBODY])
    span = Span(values["first"], values["last"])
    counted = {(day, name): value for day, name, value in engine.rows(asked.sql, values)}
    grades = {name: engine.coverage.grades(name, asked.metrics, span) for name in names}
    return [
        _figure(asked, Figure(day, name, counted.get((day, name)), "no"), int(grades[name][place]))
        for place, day in enumerate(span.each())
        for name in names
    ]


def _figure(asked: Measure, counted: Figure, grade: int) -> Figure:
    """What was counted, by how well its day is known."""
    value = counted.value
    counts = asked.unit == "statements"
    if grade == WHOLE:
        if value is None and counts and all(map(zero_is_known, asked.metrics)):
            value = 0
    elif value == 0 or (grade == NOT and (counted.platform == EVERYBODY or not counts)):
        value = None  # a sum of some is not one of all, and a share of what is not told is none
    elif value is not None:
        grade = PART
    return counted._replace(value=value, known=WORDS[grade])


FIGURES = pa.schema(
    [
        ("date", pa.date32()),
        ("platform", pa.string()),
        ("value", pa.float64()),
        ("known", pa.string()),
    ]
)


def as_table(found: Sequence[Figure]) -> pa.Table:
    """Figures as an Arrow table: null where nothing is known."""
    return pa.Table.from_pylist([figure._asdict() for figure in found], FIGURES)


class Total(NamedTuple):
    """What figures come to, over the days that are known alone."""

    value: float | None
    """A sum of counts, a mean of everything else; None where nothing is known."""
    known: int
    """Days of the span that are known."""
    span: Span

    @property
    def is_whole(self) -> bool:
        """Whether every day of the span is known."""
        return self.known == self.span.days


def total(found: Iterable[Figure], asked: Measure, span: Span) -> Total:
    """What figures of one platform come to."""
    days = [figure for figure in found if span.first <= figure.date <= span.last]
    values = [figure.value for figure in days if figure.value is not None]
    # A day that is known in part gives a count that is too low: it is counted in, and not as known.
    known = sum(figure.known == "yes" for figure in days)
    if not values:
        return Total(None, known, span)
    whole = sum(values)
    return Total(whole if asked.unit == "statements" else whole / len(values), known, span)


class Age(NamedTuple):
    """How old what is shown is."""

    last: date | None
    """The last day of which every platform is known."""
    days: int | None
    """How long ago that was."""
    record: date | None
    """The last day of the node's own record, where that is there."""

    def in_words(self) -> str:
        """One sentence or two, for whoever reads no page."""
        words = "No day is known of all platforms."
        if self.last is not None:
            words = f"Data of all platforms up to {self.last}, {self.days} days old."
        own = "" if self.record is None else f" The node's own record goes to {self.record}."
        return words + own


def age(engine: Engine, today: date) -> Age:
    """The age of the data on a day."""
    last = engine.coverage.last(EVERYBODY)
    own = [row.date for row in engine.coverage.rows if row.source == "record"]
    return Age(last, None if last is None else (today - last).days, max(own, default=None))


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
    advance: Advance = lambda *_: None,
) -> list[Wave]:
    """Every wave of these metrics, and its look-alikes under their own name.

    A hundred series take a second: `advance` is told how many are done, and of how many.
    """
    names = None if platforms is None else engine.named(platforms)
    contexts = engine.contexts(names)
    closing = _Closing(engine, names)
    judged = [series for series in _asked(engine, metrics, names) if series.platform in contexts]
    found: list[Wave] = []
    for done, series in enumerate(judged, 1):
        found += naming.detect(series, contexts[series.platform], least=least)
        found += youth.bursts(series, *closing.of(series))
        advance(done, len(judged))
    return found


def young(engine: Engine, metrics: Iterable[str], platforms: Iterable[str]) -> list[Young]:
    """What of these cannot be judged yet: there is too little past."""
    names = engine.named(platforms)
    closing = _Closing(engine, names)
    metrics = tuple(metrics)
    there = engine.series(metrics, names)
    found = []
    for name in names:
        every = there.get((name, "statements"))
        if every is None:
            continue
        # What was never reported was reported on no known day.
        never = every._replace(values=every.values * 0)
        for metric in metrics:
            series = there.get((name, metric), never)._replace(metric=metric)
            judged = youth.of(series, *closing.of(series))
            found += [judged] if judged is not None else []
    return found


class _Closing:
    """What the closures of a day rest on, by platform."""

    def __init__(self, engine: Engine, names: Iterable[str] | None) -> None:
        self._found = engine.series([*WATCHED, *youth.CLUES], names)

    def of(self, series: Series) -> tuple[dict[str, Days], Days]:
        """The parts, and all closures of which they are parts; NaN where it is not known."""
        parts = {
            name: self._found[series.platform, name].values
            for name in youth.CLUES
            if (series.platform, name) in self._found
        }
        whole = np.full(len(series.values), np.nan)
        for metric in WATCHED:
            of_metric = self._found.get((series.platform, metric))
            if of_metric is not None:
                both = np.nan_to_num(whole) + np.nan_to_num(of_metric.values)
                whole = np.where(np.isnan(whole) & np.isnan(of_metric.values), np.nan, both)
        return parts, whole


def silences(
    engine: Engine, metrics: Iterable[str], platforms: Iterable[str] | None = None
) -> list[Silence]:
    """Every silence of these metrics; `statements` stands for a platform as a whole."""
    names = None if platforms is None else engine.named(platforms)
    return [s for series in _asked(engine, metrics, names) for s in silent.detect(series)]


WATCHED = ("account.suspended", "account.terminated")
LISTENED = ("statements", *WATCHED)
"""Measures whose waves, and whose silences, people are told of unless they ask for others."""


def alerts(
    engine: Engine,
    lake: Path | None = None,
    *,
    platforms: Iterable[str] = (),
    metrics: Iterable[str] = (),
    advance: Advance = lambda *_: None,
) -> list[Alert]:
    """Waves, silences and rewritten files, newest first; `advance` as for `waves`."""
    asked = tuple(metrics)
    found = waves(engine, asked or WATCHED, advance=advance)
    found += waves(engine, asked or WATCHED, [EVERYBODY])
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
    """What else the platform reported more of during a wave: (metric, counted, expected).

    Expected is what the known days of the eight weeks before let expect; nothing if none is known.
    """
    before = Span(wave.start - timedelta(days=56), wave.start - timedelta(days=1))
    during = Span(wave.start, wave.end)
    known, of_wave = (
        int((engine.coverage.grades(wave.platform, ["statements"], span) != NOT).sum())
        for span in (before, during)
    )
    if not known:
        return []
    asked = {
        "start": wave.start,
        "end": wave.end,
        "platform": wave.platform,
        "times": of_wave / known,
    }
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
       coalesce(sum(value) FILTER (date < $start), 0) * $times::DOUBLE AS expected
FROM daily
WHERE date BETWEEN $start::DATE - INTERVAL 56 DAY AND $end::DATE AND platform = $platform
GROUP BY metric
HAVING counted > 1.5 * expected AND counted - expected >= 30
ORDER BY counted - expected DESC"""


def _asked(engine: Engine, metrics: Iterable[str], platforms: Iterable[str] | None) -> list[Series]:
    wanted = set(metrics)
    found = engine.series(wanted, platforms)
    return [series for (_, metric), series in sorted(found.items()) if metric in wanted]
