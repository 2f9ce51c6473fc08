"""Questions to an engine: measures, waves, silences and doubts over whole series.

This is what the doors call, and what a notebook calls: `open_engine`, then one function a question.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from amparo.errors import Malformed, Missing, Period, Text
from amparo.observatory import alerts as telling
from amparo.observatory import errata as known
from amparo.observatory import naming, quality
from amparo.observatory import silences as silent
from amparo.observatory import so_far as remembered
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
from amparo.observatory.engine import CONTEXT, NOTHING, Embedded, Engine, builtin
from amparo.observatory.errata import Erratum
from amparo.observatory.lake.lake import Advance, Lake
from amparo.observatory.measures import Measure, catalogue
from amparo.observatory.quality import Doubt, Rule
from amparo.observatory.silences import Silence
from amparo.observatory.so_far import SoFar
from amparo.observatory.waves import (
    EVERYBODY,
    LEAST_EXCESS,
    Days,
    Series,
    Wave,
    expected_of,
    smallest_visible,
)
from amparo.observatory.young import Young


def open_engine(
    files: Sequence[Path] = (),
    lake: Path | None = None,
    *,
    spark: str | None = None,
    record: bool = True,
) -> Engine:
    """An engine over the files named; by default the built-in series and the lake's.

    `record`: whether a node's own record is among the lake's, beside what was published. `spark` is
    the address of a cluster, or `local[2]`; without it DuckDB answers in this process.
    """
    beneath = None if files else builtin()
    above = Lake(lake).sources() if lake is not None and not files else NOTHING
    above = above if record else above.published()
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
            Text("There is no measure {name}.", name=repr(name[:80])),
            why=Text("names near it: {names}", names=tuple(near))
            if near
            else "no name holds that text",
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
    """A measure on every day of the range, by day: a zero where it is known, else nothing."""
    values = parameters(engine, asked, platforms, first, last)
    return [
        *engine.recent.of(
            (asked.name, asked.sql, _key(values)),
            _rows(values),
            lambda: _figures(engine, asked, engine.rows(asked.sql, values), values),
        )
    ]


_BESIDE = 3
"""What an answer takes beside its figures, as its question, in figures: most may be of one day."""


def _key(values: Mapping[str, Any]) -> tuple[Hashable, ...]:
    return (values["first"], values["last"], *values.get("platforms", ()))


def _rows(values: Mapping[str, Any]) -> int:
    """How many figures an answer has, and what else it takes."""
    days = Span(values["first"], values["last"]).days
    return _BESIDE + days * len(values.get("platforms", [EVERYBODY]))


def figures_at_once(
    engine: Engine,
    measures: Sequence[Measure],
    platforms: Sequence[str],
    first: date | None = None,
    last: date | None = None,
) -> list[list[Figure]]:
    """`figures` of several measures, in their order, by one look at what the platforms reported.

    All platforms together are most of the series: of them each measure reads its own part alone.
    """
    if EVERYBODY in platforms or not all("$platforms" in asked.sql for asked in measures):
        return [figures(engine, asked, platforms, first, last) for asked in measures]
    values = parameters(engine, measures[0], platforms, first, last)
    found = engine.recent.of(
        (*((asked.name, asked.sql) for asked in measures), _key(values)),
        _rows(values) * len(measures),
        lambda: _at_once(engine, measures, values),
    )
    return [[*rows] for rows in found]


def _at_once(
    engine: Engine, measures: Sequence[Measure], values: Mapping[str, Any]
) -> list[list[Figure]]:
    metrics = sorted({metric for asked in measures for metric in asked.metrics})
    parts = [
        f"SELECT {place} AS place, date, platform, value FROM ({_DAILY.sub('few', asked.sql)})"
        for place, asked in enumerate(measures)
    ]
    wanted = ", ".join(f"'{metric}'" for metric in metrics)
    found: list[list[tuple[date, str, float]]] = [[] for _ in measures]
    for place, *row in engine.rows(_FEW.format(wanted, " UNION ALL ".join(parts)), values):
        found[place].append(tuple(row))
    return [
        _figures(engine, asked, rows, values) for asked, rows in zip(measures, found, strict=True)
    ]


_DAILY = re.compile(r"\bdaily\b")
_FEW = """\
WITH few AS (
  SELECT date, platform, metric, value, source FROM daily
  WHERE platform IN (SELECT unnest($platforms)) AND metric IN ({})
    AND date BETWEEN $first AND $last)
{}"""


def _figures(
    engine: Engine,
    asked: Measure,
    rows: Iterable[tuple[date, str, float]],
    values: Mapping[str, Any],
) -> list[Figure]:
    """A figure for every day and platform that a query was asked for, from what it found.

    This is the one place where rows of a query become figures; whatever publishes comes by here.
    """
    names = values.get("platforms", [EVERYBODY])
    span = Span(values["first"], values["last"])
    counted = {(day, name): value for day, name, value in rows}
    grades = {name: engine.coverage.grades(name, asked.metrics, span).tolist() for name in names}
    none = 0 if asked.unit == "statements" and all(map(zero_is_known, asked.metrics)) else None
    found = []
    for place, day in enumerate(span.each()):
        for name in names:
            value, grade = counted.get((day, name), none), grades[name][place]
            if grade == WHOLE:  # as nearly all are: a page has thousands
                found.append(Figure(day, name, value, "yes"))
            else:
                found.append(Figure(day, name, *_graded(asked, name, value, grade)))
    return found


def _graded(
    asked: Measure, platform: str, value: float | None, grade: int
) -> tuple[float | None, Known]:
    """What was counted on a day that is not known whole, as it may be published."""
    counts = asked.unit == "statements"
    if value == 0 or (grade == NOT and (platform == EVERYBODY or not counts)):
        value = None  # a sum of some is not one of all, and a share of what is not told is none
    elif value is not None:
        grade = PART
    return value, WORDS[grade]


def has_expected(asked: Measure) -> bool:
    """Whether a measure is one count, of which something can be expected."""
    return asked.unit == "statements" and asked.metrics == (asked.name,)


def expected(engine: Engine, asked: Measure, platform: str) -> dict[date, float]:
    """What waves are told by: what was expected of each day of one platform, by its past alone.

    Only days of which it can be said, and of no measure but those that `has_expected` names.
    """
    return expected_at_once(engine, [asked], platform).get(asked.name, {})


def expected_at_once(
    engine: Engine, measures: Iterable[Measure], platform: str
) -> dict[str, dict[date, float]]:
    """The same of several measures, by their names, by one look at the platform's series."""
    names = tuple(asked.name for asked in measures if has_expected(asked))
    if not names:
        return {}

    def make() -> dict[str, dict[date, float]]:
        found = _watched(engine, names, platform)
        there = {name: found[platform, name] for name in names if (platform, name) in found}
        return {name: _expected(series) for name, series in there.items()}

    rows = engine.span().days * len(names)
    return engine.recent.of(("expected", names, platform), rows, make)


def _watched(
    engine: Engine, metrics: Iterable[str], platform: str
) -> dict[tuple[str, str], Series]:
    """A platform's series of these, with what waves are told by: a page asks for them twice."""
    wanted = tuple(sorted({*metrics, "statements", *WATCHED, *youth.CLUES}))
    rows = engine.span().days * len(wanted)
    return engine.recent.of(
        ("series", wanted, platform), rows, lambda: engine.series(wanted, [platform])
    )


def _expected(series: Series) -> dict[date, float]:
    values = expected_of(series)
    return {series.day(int(at)): float(values[at]) for at in np.flatnonzero(~np.isnan(values))}


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

    @property
    def in_words(self) -> list[Text]:
        """One sentence or two, for whoever reads no page."""
        words = Text("No day is known of all platforms.")
        if self.last is not None and self.days is not None:
            words = Text(
                "Data of all platforms up to {day}, {period} old.",
                day=self.last,
                period=Period(self.days, "days"),
            )
        if self.record is None:
            return [words]
        return [words, Text("The node's own record goes to {day}.", day=self.record)]


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
    first, last = first or span.first, last or span.last
    if last < first:
        raise Malformed(
            Text("There is no day from {first} to {last}.", first=first, last=last),
            why=Text("these series reach from {first} to {last}", first=span.first, last=span.last),
            fix="Name the earlier day first, and days that the series have.",
        )
    values: dict[str, Any] = {"first": first, "last": last}
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
    so_far: SoFar | None = None,
) -> list[Wave]:
    """Every wave of these metrics, and its look-alikes under their own name.

    A hundred series take a second: `advance` is told how many are done, and of how many. With what
    was found `so_far` only new days cost anything, and it then holds what is found now; it goes
    with the usual `least` alone.
    """
    names = None if platforms is None else engine.named(platforms)
    wanted = {*metrics}
    there = engine.series([*wanted, *WATCHED, *youth.CLUES, *CONTEXT], names)
    contexts = engine.contexts_of(there)
    closing = _Closing(there)
    judged = [
        series
        for (platform, metric), series in there.items()
        if metric in wanted and platform in contexts
    ]
    found: list[Wave] = []
    for done, series in enumerate(judged, 1):
        context = contexts[series.platform]
        runs = (
            naming.judge(series, context, least=least)
            if so_far is None or least != LEAST_EXCESS
            else so_far.runs(series, context)
        )
        found += [run.wave for run in runs if run.wave is not None]
        found += youth.bursts(series, *closing.of(series))
        advance(done, len(judged))
    return found


def young(engine: Engine, metrics: Iterable[str], platforms: Iterable[str]) -> list[Young]:
    """What of these cannot be judged yet: there is too little past."""
    names, metrics = engine.named(platforms), tuple(metrics)
    return _young(engine.series([*metrics, *WATCHED, *youth.CLUES], names), metrics, names)


class Outlook(NamedTuple):
    """What could be told from the usual of a platform now."""

    visible: dict[str, int]
    """Metric -> how many in a week would just be seen as a wave, where that can be said."""
    young: list[Young]
    """What cannot be judged yet."""


def outlook(engine: Engine, metrics: Iterable[str], platform: str) -> Outlook:
    """What could be told from the usual of one platform, by one query."""
    metrics = tuple(metrics)
    return engine.recent.of(
        ("outlook", metrics, platform), 1, lambda: _outlook(engine, metrics, platform)
    )


def _outlook(engine: Engine, metrics: Sequence[str], platform: str) -> Outlook:
    there = _watched(engine, metrics, platform)
    numbers = {
        metric: smallest_visible(there[platform, metric])
        for metric in metrics
        if (platform, metric) in there
    }
    visible = {metric: number for metric, number in numbers.items() if number is not None}
    return Outlook(visible, _young(there, metrics, [platform]))


def _young(
    there: Mapping[tuple[str, str], Series], metrics: Sequence[str], names: Sequence[str]
) -> list[Young]:
    closing = _Closing(there)
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

    def __init__(self, found: Mapping[tuple[str, str], Series]) -> None:
        """`found`: series by platform and metric, `WATCHED` and `CLUES` among them."""
        self._found = found

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
    engine: Engine,
    metrics: Iterable[str],
    platforms: Iterable[str] | None = None,
    *,
    so_far: SoFar | None = None,
) -> list[Silence]:
    """Every silence of these metrics; `statements` stands for a platform as a whole.

    `so_far` as for `waves`.
    """
    names = None if platforms is None else engine.named(platforms)
    pauses = silent.pauses if so_far is None else so_far.pauses
    return [
        silence
        for series in _asked(engine, metrics, names)
        for silence in silent.of_pauses(series, pauses(series))
    ]


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
    so_far = SoFar() if lake is None else remembered.read(lake)
    found = waves(engine, asked or WATCHED, advance=advance, so_far=so_far)
    found += waves(engine, asked or WATCHED, [EVERYBODY], so_far=so_far)
    silent = silences(engine, asked or LISTENED, so_far=so_far)
    rewrites = Lake(lake).rewrites() if lake is not None else []
    return telling.chosen(telling.every(found, silent, rewrites), platforms, asked)


def doubts(engine: Engine) -> list[tuple[Rule, list[Doubt]]]:
    """Every rule, with what it finds, the greatest first."""
    return [
        (
            rule,
            # Ties in an order of their own: threads of an engine come in any.
            sorted(
                (quality.doubt(rule, row) for row in engine.rows(rule.sql)),
                key=lambda doubt: (-doubt.number, doubt.platform, str(doubt.example)),
            ),
        )
        for rule in quality.RULES
    ]


def changes(engine: Engine, wave: Wave) -> list[tuple[str, int, int]]:
    """What else the platform reported more of during a wave: (metric, counted, expected).

    Expected is what the known days of the eight weeks before let expect. What the sources of either
    do not tell, as an aggregate tells no keywords, is left out: it was not zero then.
    """
    before = Span(wave.start - timedelta(days=56), wave.start - timedelta(days=1))
    during = Span(wave.start, wave.end)
    asked = {"start": wave.start, "end": wave.end, "platform": wave.platform}
    times: dict[tuple[str, bool], float | None] = {}
    found = []
    for metric, counted, earlier in engine.rows(_CHANGES, asked):
        kind = (metric.partition(".")[0], metric.endswith(".with_end_date"))  # as `tells` has it
        if kind not in times:
            times[kind] = _times(engine, wave.platform, metric, before, during)
        of_kind = times[kind]
        if of_kind is not None and metric.startswith(FAMILIES):
            expected = float(earlier) * of_kind
            if counted > 1.5 * expected and counted - expected >= LEAST_CHANGE:
                found.append((metric, round(counted), round(expected)))
    return sorted(found, key=lambda change: (change[2] - change[1], change[0]))[:MOST_CHANGES]


def _times(engine: Engine, platform: str, metric: str, before: Span, during: Span) -> float | None:
    """How many days are known of a wave to each that is known before it; None where none is."""
    earlier, later = (
        int((engine.coverage.grades(platform, [metric], span) != NOT).sum())
        for span in (before, during)
    )
    return later / earlier if earlier and later else None


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
LEAST_CHANGE = 30
_CHANGES = """\
SELECT metric,
       coalesce(sum(value) FILTER (date BETWEEN $start AND $end), 0) AS counted,
       coalesce(sum(value) FILTER (date < $start), 0) AS earlier
FROM daily
WHERE date BETWEEN $start::DATE - INTERVAL 56 DAY AND $end::DATE AND platform = $platform
GROUP BY metric
HAVING counted > 0"""


def _asked(engine: Engine, metrics: Iterable[str], platforms: Iterable[str] | None) -> list[Series]:
    wanted = set(metrics)
    found = engine.series(wanted, platforms)
    return [series for (_, metric), series in sorted(found.items()) if metric in wanted]
