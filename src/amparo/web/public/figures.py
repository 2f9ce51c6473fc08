"""A figure of the observatory: its chart, its table by month, and how it is drawn.

Whatever is chosen stands in its address, so page, file, picture and embedded chart are the same.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import shlex
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from amparo.errors import Text
from amparo.foreign_text import isolated
from amparo.observatory import moving_mean, queries
from amparo.observatory.coverage import Span, runs
from amparo.observatory.errata import Erratum
from amparo.observatory.measures import OWN_SOURCE, SOURCE, Measure
from amparo.observatory.queries import Figure as Row
from amparo.observatory.queries import Total
from amparo.observatory.waves import EVERYBODY, Wave
from amparo.web.http.observatory_cache import LakeState
from amparo.web.public import charts
from amparo.web.public.charts import Key, Mark, Points
from amparo.web.public.scales import Scale
from amparo.web.words.decision import N_
from amparo.web.words.i18n import (
    commas,
    compact,
    day,
    direction,
    localise,
    month,
    percent,
    short_day,
)

KINDS = {
    "wave": N_("wave"),
    "burst": N_("burst over too little past"),
    "backlog": N_("backlog"),
    "catch_up": N_("catch-up after an outage"),
    "volume_surge": N_("surge of volume"),
    "level_shift": N_("level shift"),
    "launch": N_("launch"),
    "rename": N_("rename"),
}
"""How a page calls what an alarm is taken for."""


class Way(NamedTuple):
    """How a chart is drawn."""

    mean: bool = False
    """Whether the mean of seven days is drawn."""
    is_log: bool = False
    expected: bool = False
    """Whether what was expected is drawn: of one platform's counts alone."""


class Chosen(NamedTuple):
    """What an address asks for; as text, it is the same for the same figure."""

    platforms: Sequence[str]
    first: date | None = None
    last: date | None = None
    way: Way = Way()
    wave: str = ""
    """The key of a wave that is shaded alone; without it, all that were called waves are."""


UNITS: Mapping[str, str] = {
    "statements": N_("decisions a day"),
    "share": N_("share of a day's decisions"),
    "days": N_("days"),
}
"""Unit of a measure, as a file says it."""
MEAN = N_("Mean of 7 days")
EXPECTED = N_("Expected")
_OF_MEAN = N_(
    "Mean of 7 days: of each day and the six before it, drawn only where all seven have a value; "
    "after a gap it begins anew. Each day is the thin line."
)
_OF_LOG = N_(
    "Log scale: a zero has no place on it; days with none are strokes along the lower edge, at 0. "
    "Days that are not known stay a gap."
)
_OF_EXPECTED = N_("Expected: by the eight weeks before each day, where enough of them is known.")


class Figure(NamedTuple):
    """A chart with all that stands beside it."""

    measure: Measure
    title: str
    """The measure's, with the platform where it is of one alone."""
    svg: str
    names: list[str]
    head: list[str]
    legend: list[Key]
    notes: list[str]
    """How to read what is drawn."""
    rows: list[tuple[date, list[Total]]]
    """Months, for the table behind the chart, with what they come to."""
    unknown: list[Span]
    """Days of which nothing is known, of none of the platforms."""
    is_known: bool
    """Whether anything is known of any of its days."""
    query: str
    command: str
    """What asks for the same on anyone's own machine."""
    link: str
    """Everything about this figure, as a query string: the permanent link."""
    embed: str
    """What shows the chart alone on another site's page: one element of HTML."""
    errata: list[Erratum]
    cite: str


class Counted(NamedTuple):
    """What a figure shows of its days."""

    rows: list[Row]
    means: dict[tuple[date, str], float]
    """By day and platform; empty unless it is asked for."""
    expected: Mapping[date, float]
    """Empty unless it is asked for."""


class Lines(NamedTuple):
    """What is drawn: lines by platform, and the days of which nothing is known."""

    first: date
    points: dict[str, list[tuple[date, float]]]
    means: dict[str, list[tuple[date, float]]]
    expected: Points
    unknown: list[Span]
    waves: list[Wave]


def figure(base: str, state: LakeState, name: str, chosen: Chosen, *, language: str) -> Figure:
    """A chart with all that stands beside it, `base` being the node's address."""
    asked = queries.measure(name)
    chosen = fitting(asked, chosen)
    return _figure(base, state, chosen, asked, counted_of(state, asked, chosen), language)


def figures(
    base: str, state: LakeState, names: Sequence[str], chosen: Chosen, *, language: str
) -> list[Figure]:
    """Several measures of the same platforms and days, by one look at them."""
    measures = [queries.measure(name) for name in names]
    reach = _reach(state, chosen)
    rows = queries.figures_at_once(state.engine, measures, chosen.platforms, *reach)
    fits = [fitting(asked, chosen) for asked in measures]
    with_expected = [asked for asked, fit in zip(measures, fits, strict=True) if fit.way.expected]
    expected = queries.expected_at_once(state.engine, with_expected, chosen.platforms[0])
    made = []
    for asked, fit, found in zip(measures, fits, rows, strict=True):
        counted = _counted(state, fit, found, expected.get(asked.name, {}))
        made.append(_figure(base, state, fit, asked, counted, language))
    return made


def _figure(
    base: str, state: LakeState, chosen: Chosen, asked: Measure, counted: Counted, language: str
) -> Figure:
    names = list(chosen.platforms)
    begin, end = days_of(state, chosen)
    lines = lines_of(state, asked, chosen, counted)
    link = link_of(state, chosen)
    says_something = any(lines.points.values()) and (
        lines.unknown or any(value for points in lines.points.values() for _, value in points)
    )
    return Figure(
        asked,
        title_of(asked, chosen, language),
        drawn(asked, chosen, lines, language, between(begin, end, language))
        if says_something  # words say it better
        else "",
        names,
        list(_titled(asked, lines.points, language)),
        legend(asked, lines, language),
        notes(chosen),
        _months(asked, counted.rows),
        lines.unknown,
        any(row.known != "no" for row in counted.rows),
        asked.sql,
        _command(asked, names, begin, end),
        link,
        _frame(f"{base}/observatory/embed/{asked.name}?{link}&lang={language}", asked, language),
        queries.errata(state.engine, asked, names, begin, end),
        f"{localise(asked.title, language)}, {of(chosen, language)}, "
        f"{between(begin, end, language)}. {source_of(state, asked, chosen, language)}. "
        f"{base}/observatory/measure/{asked.name}?{link}",
    )


def _command(asked: Measure, names: Sequence[str], begin: date, end: date) -> str:
    platforms = (f"--platform={shlex.quote(name)}" for name in names if name != EVERYBODY)
    days = f"--since {begin} --until {end}"
    return " ".join(["amparo observe show", asked.name, *platforms, days, "--format csv"])


def _frame(address: str, asked: Measure, language: str) -> str:
    title = escape(localise(asked.title, language))
    return (
        f'<iframe src="{escape(address)}" title="{title}" width="100%" height="560" '
        f'loading="lazy" style="border:0"></iframe>'
    )


def fitting(asked: Measure, chosen: Chosen) -> Chosen:
    """What of a choice can be drawn of a measure."""
    can = len(chosen.platforms) == 1 and queries.has_expected(asked)
    return chosen._replace(way=chosen.way._replace(expected=chosen.way.expected and can))


def days_of(state: LakeState, chosen: Chosen) -> tuple[date, date]:
    """First and last day of a figure."""
    first, end = chosen.first or state.span.first, end_of(state, chosen.platforms)
    return first, chosen.last or (end if first <= end else state.span.last)


def end_of(state: LakeState, platforms: Sequence[str]) -> date:
    """The last day that is known of any of these platforms; where none is, that of all series."""
    ends = (state.engine.coverage.last(name) for name in platforms)
    return max((end for end in ends if end is not None), default=state.span.last)


def title_of(asked: Measure, chosen: Chosen, language: str) -> str:
    """What stands above a figure: a picture of it names its platform, where no legend does."""
    title = localise(asked.title, language)
    is_of_one = len(chosen.platforms) == 1 and EVERYBODY not in chosen.platforms
    return f"{title}: {of(chosen, language)}" if is_of_one else title


def between(begin: date, end: date, language: str) -> str:
    """A figure's days in words."""
    return f"{day(begin, language)} – {day(end, language)}"


def of(chosen: Chosen, language: str) -> str:
    """Its platforms in words."""
    everybody = localise(Text("all platforms"), language)
    page = direction(language)
    names = (everybody if n == EVERYBODY else isolated(n, page) for n in chosen.platforms)
    return commas(language)[0].join(names)


def source_of(state: LakeState, asked: Measure, chosen: Chosen, language: str = "en") -> str:
    """From where a figure comes: the EU's database, this node's own record, or both."""
    kinds = {kind for name in chosen.platforms for kind in state.engine.coverage.sources(name)}
    own = localise(OWN_SOURCE, language)
    if asked.is_of_the_record:
        return own
    return f"{SOURCE}; {own[:1].lower()}{own[1:]}" if "record" in kinds else SOURCE


def link_of(state: LakeState, chosen: Chosen) -> str:
    """All that is chosen, as a query string."""
    begin, end = days_of(state, chosen)
    ways = {
        "mean": str(moving_mean.DAYS) * chosen.way.mean,
        "scale": "log" * chosen.way.is_log,
        "expected": "yes" * chosen.way.expected,
        "wave": quote(chosen.wave, safe=""),
    }
    return "&".join(
        [
            *(f"platform={quote(name, safe='')}" for name in chosen.platforms),
            f"since={begin}",
            f"until={end}",
            *(f"{way}={value}" for way, value in ways.items() if value),
        ]
    )


def counted_of(state: LakeState, asked: Measure, chosen: Chosen) -> Counted:
    """The figures of an address; a day's mean is the same from whatever day on they are asked."""
    rows = queries.figures(state.engine, asked, chosen.platforms, *_reach(state, chosen))
    of_waves = chosen.way.expected
    expected = queries.expected(state.engine, asked, chosen.platforms[0]) if of_waves else {}
    return _counted(state, chosen, rows, expected)


def _reach(state: LakeState, chosen: Chosen) -> tuple[date, date]:
    """The days that are read: means look back past the first that is shown."""
    begin, end = days_of(state, chosen)
    lead = timedelta(days=moving_mean.DAYS - 1) if chosen.way.mean else timedelta()
    return max(state.span.first, begin - lead), end


def _counted(
    state: LakeState, chosen: Chosen, rows: Sequence[Row], expected: Mapping[date, float]
) -> Counted:
    begin, _ = days_of(state, chosen)
    shown = [row for row in rows if row.date >= begin]
    return Counted(shown, _means(rows) if chosen.way.mean else {}, expected)


def _means(rows: Sequence[Row]) -> dict[tuple[date, str], float]:
    """Means by day and platform; a day that is known in part is too low, and is in none."""
    means = {}
    for name, days in _by_platform(rows).items():
        values = [row.value if row.known == "yes" else None for row in days]
        for row, mean in zip(days, moving_mean.mean_of_seven(values), strict=True):
            if mean is not None:
                means[row.date, name] = mean
    return means


def _by_platform(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of each platform, both in their order."""
    if rows and all(row.platform == rows[0].platform for row in rows):  # most charts are of one
        return {rows[0].platform: [*rows]}
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.platform, []).append(row)
    return found


def lines_of(state: LakeState, asked: Measure, chosen: Chosen, counted: Counted) -> Lines:
    """Lines without the days that are not known.

    Unless days were chosen, they begin where something was first counted: who came late has no
    line of zeros before.
    """
    rows, means, expected = counted
    begun = rows[0].date
    if chosen.first is None:
        begun = next((row.date for row in rows if row.value), begun)
    points: dict[str, list[tuple[date, float]]] = {row.platform: [] for row in rows}
    of_week: dict[str, list[tuple[date, float]]] = {name: [] for name in points if chosen.way.mean}
    unknown: dict[date, bool] = {}
    for at, name, value, known in rows:
        if at >= begun:
            unknown[at] = known == "no" and unknown.get(at, True)
            if value is not None:
                points[name].append((at, float(value)))
            mean = means.get((at, name)) if means else None
            if mean is not None:
                of_week[name].append((at, mean))
    span = Span(begun, rows[-1].date)
    return Lines(
        begun,
        points,
        of_week,
        [(at, expected[at]) for at in span.each() if at in expected] if expected else (),
        runs(at for at, is_so in unknown.items() if is_so),
        _waves(state, asked, chosen, span),
    )


def _waves(state: LakeState, asked: Measure, chosen: Chosen, span: Span) -> list[Wave]:
    """What is shaded: the wave that the address names, else all that were called one."""
    return [
        wave
        for wave in state.findings.waves
        if wave.metric == asked.name
        and wave.platform in chosen.platforms
        and (wave.key == chosen.wave if chosen.wave else wave.called)
        and wave.start <= span.last
        and wave.end >= span.first
    ]


def drawn(
    asked: Measure,
    chosen: Chosen,
    lines: Lines,
    language: str,
    days: str,
    *,
    around: charts.Around | None = None,
    over: Span | None = None,
) -> str:
    """The chart as SVG."""
    is_share = asked.unit == "share"
    return charts.line_chart(
        _titled(asked, lines.points, language),
        title=title_of(asked, chosen, language),
        description=f"{localise(asked.sentence, language)} {days}",
        means=_titled(asked, lines.means, language),
        expected=lines.expected,
        is_log=chosen.way.is_log,
        is_share=is_share,
        tick=functools.partial(_tick, language=language, is_share=is_share),
        month=functools.partial(month, language=language),
        day=functools.partial(short_day, language=language),
        direction=direction(language),
        marks=[
            Mark(wave.start, wave.end, localise(wave.evidence, language)) for wave in lines.waves
        ],
        unknown=lines.unknown,
        around=around,
        over=over,
    )


def axis(asked: Measure, chosen: Chosen, lines: Lines) -> Scale:
    """The scale of the chart, for whoever draws it once more."""
    every = [*lines.points.values(), *lines.means.values(), lines.expected]
    values = [value for points in every for _, value in points]
    return charts.scale_of(
        lines.first, lines.first, values, is_log=chosen.way.is_log, is_share=asked.unit == "share"
    )


@functools.lru_cache(maxsize=4096)
def _tick(value: float, *, language: str, is_share: bool) -> str:
    if not is_share:
        return compact(value, language=language)
    digits = next(n for n in range(6) if abs(round(100 * value, n) - 100 * value) < 1e-6 or n == 5)
    return percent(value, digits, language=language)


def legend(asked: Measure, lines: Lines, language: str) -> list[Key]:
    """What the colours and strokes of the chart mean, where there is more than one."""
    names = list(_titled(asked, lines.points, language))
    keys = [Key(f"k{n}", name) for n, name in enumerate(names) if len(names) > 1]
    if lines.means:
        keys += [
            Key("mean", localise(MEAN, language)),
            Key("day", localise(N_("Each day"), language)),
        ]
    if lines.expected:
        keys.append(Key("expected", localise(EXPECTED, language)))
    kinds = dict.fromkeys(localise(KINDS[wave.kind], language) for wave in lines.waves)
    return [*keys, Key("mark", commas(language)[0].join(kinds))] if kinds else keys


def notes(chosen: Chosen) -> list[str]:
    """How to read what was chosen."""
    texts = (_OF_MEAN, _OF_LOG, _OF_EXPECTED)
    return [text for text, is_chosen in zip(texts, chosen.way, strict=True) if is_chosen]


def _titled(
    asked: Measure, lines: Mapping[str, list[tuple[date, float]]], language: str
) -> dict[str, list[tuple[date, float]]]:
    """Lines by the name in the legend: all platforms together go by the measure's title."""
    title = localise(asked.title, language)
    return {("" if n == EVERYBODY else n) or title: points for n, points in lines.items()}


def _months(asked: Measure, rows: Sequence[Row]) -> list[tuple[date, list[Total]]]:
    """Month by month, newest first: what each platform comes to on the days that are known."""
    # Rows come by day, so those of a month stand together.
    months = {
        date(year, month, 1): _by_platform([*days])
        for (year, month), days in groupby(rows, lambda row: (row.date.year, row.date.month))
    }
    return [
        (
            first,
            [
                queries.total(days, asked, Span(days[0].date, days[-1].date))
                for days in by_platform.values()
            ],
        )
        for first, by_platform in sorted(months.items(), reverse=True)
    ]
