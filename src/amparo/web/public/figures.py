"""A figure of the observatory: its chart, its table by month, and the files it is taken away as."""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from pyarrow import parquet

from amparo.observatory import queries
from amparo.observatory.coverage import Span, runs
from amparo.observatory.csv_safe import inert
from amparo.observatory.errata import Erratum
from amparo.observatory.measures import SOURCE, Measure
from amparo.observatory.queries import Figure as Row
from amparo.observatory.queries import Total
from amparo.observatory.waves import EVERYBODY
from amparo.web.http.answer_cache import Answer
from amparo.web.http.observatory_cache import LakeState
from amparo.web.public import charts
from amparo.web.public.charts import Mark


class Chosen(NamedTuple):
    """Platforms and days that an address asks for; as text, it is the same for the same figure."""

    platforms: Sequence[str]
    first: date | None = None
    last: date | None = None


class Figure(NamedTuple):
    """A chart with all that stands beside it."""

    measure: Measure
    svg: str
    names: list[str]
    head: list[str]
    rows: list[tuple[str, list[Total]]]
    """Months, for the table behind the chart, with what they come to."""
    unknown: list[Span]
    """Days of which nothing is known, of none of the platforms."""
    is_known: bool
    """Whether anything is known of any of its days."""
    query: str
    link: str
    """Everything about this figure, as a query string: the permanent link."""
    errata: list[Erratum]
    cite: str


def figure(
    base: str, state: LakeState, name: str, chosen: Chosen, marks: Sequence[Mark] = ()
) -> Figure:
    """A chart with all that stands beside it, `base` being the node's address."""
    asked = queries.measure(name)
    names = list(chosen.platforms)
    begin, end = chosen.first or state.span.first, chosen.last or state.span.last
    rows = _rows(state, asked, chosen)
    lines = _lines(rows, chosen)
    link = "&".join(
        [*(f"platform={quote(n, safe='')}" for n in names), f"since={begin}", f"until={end}"]
    )
    return Figure(
        asked,
        _drawn(asked, lines, f"{begin} – {end}", marks),
        names,
        list(_titled(asked, lines.points)),
        _months(asked, rows),
        lines.unknown,
        any(row.known != "no" for row in rows),
        asked.sql,
        link,
        queries.errata(state.engine, asked, names, begin, end),
        f"{asked.title}, {begin} – {end}. {SOURCE}. {base}/observatory/measure/{asked.name}?{link}",
    )


class _Lines(NamedTuple):
    """What is drawn: lines by platform, and the days of which nothing is known."""

    first: date
    points: dict[str, list[tuple[date, float]]]
    unknown: list[Span]


def _lines(rows: Sequence[Row], chosen: Chosen) -> _Lines:
    """Lines without the days that are not known.

    Unless days were chosen, they begin where something was first counted: who came late has no
    line of zeros before.
    """
    begun = rows[0].date
    if chosen.first is None:
        begun = next((row.date for row in rows if row.value), begun)
    points: dict[str, list[tuple[date, float]]] = {row.platform: [] for row in rows}
    unknown: dict[date, bool] = {}
    for row in rows:
        if row.date >= begun:
            unknown[row.date] = unknown.get(row.date, True) and row.known == "no"
            if row.value is not None:
                points[row.platform].append((row.date, float(row.value)))
    return _Lines(begun, points, runs(day for day, is_so in unknown.items() if is_so))


def _drawn(
    asked: Measure, lines: _Lines, days: str, marks: Sequence[Mark] = (), *, alone: bool = False
) -> str:
    counted = any(value for points in lines.points.values() for _, value in points)
    if not counted and not lines.unknown:  # zeros and nothing else: words say it better
        return ""
    return charts.line_chart(
        _titled(asked, lines.points),
        title=asked.title,
        description=f"{asked.sentence} {days}",
        share=asked.unit == "share",
        marks=marks,
        unknown=lines.unknown,
        alone=alone,
    )


def _titled(
    asked: Measure, lines: Mapping[str, list[tuple[date, float]]]
) -> dict[str, list[tuple[date, float]]]:
    """Lines by the name in the legend: all platforms together go by the measure's title."""
    return {("" if n == EVERYBODY else n) or asked.title: points for n, points in lines.items()}


def _months(asked: Measure, rows: Sequence[Row]) -> list[tuple[str, list[Total]]]:
    """Month by month, newest first: what each platform comes to on the days that are known."""
    months: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        months.setdefault(f"{row.date:%Y-%m}", {}).setdefault(row.platform, []).append(row)
    return [
        (
            month,
            [
                queries.total(days, asked, Span(days[0].date, days[-1].date))
                for days in by_platform.values()
            ],
        )
        for month, by_platform in sorted(months.items(), reverse=True)
    ]


def _file(body: bytes, name: str, kind: str) -> Answer:
    headers = {
        "content-disposition": f'attachment; filename="amparo-{name}"',
        "access-control-allow-origin": "*",
        "x-source": SOURCE,
    }
    return Answer(body, kind, tuple(headers.items()))


def _rows(state: LakeState, asked: Measure, chosen: Chosen) -> list[Row]:
    return queries.figures(state.engine, asked, chosen.platforms, chosen.first, chosen.last)


def _csv(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "platform", asked.unit, "known"))
    writer.writerows([inert(cell) for cell in row] for row in _rows(state, asked, chosen))
    return _file(text.getvalue().encode(), f"{asked.name}.csv", "text/csv; charset=utf-8")


def _json(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    """{"days": [...], "lines": [[name, [...]], ...]}, null where a day is missing.

    Lines stand in the order in which they were asked for, as in the chart's legend. Where days are
    not known, "unknown" has the first and last of each run of them.
    """
    rows = _rows(state, asked, chosen)
    drawn = _lines(rows, chosen)
    span = Span(drawn.first, rows[-1].date)
    lines: dict[str, list[float | None]] = {}
    for name, points in drawn.points.items():
        lines[name] = [None] * span.days
        for day, value in points:
            lines[name][(day - span.first).days] = value
    body: dict[str, object] = {"days": [*span.each()], "lines": [*lines.items()]}
    if drawn.unknown:
        body["unknown"] = drawn.unknown
    return Answer(msgspec.json.encode(body), "application/json")


def _parquet(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    table = queries.as_table(_rows(state, asked, chosen))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "figure.parquet"
        parquet.write_table(table, target, compression="zstd")
        return _file(target.read_bytes(), f"{asked.name}.parquet", "application/parquet")


def _svg(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    begin, end = chosen.first or state.span.first, chosen.last or state.span.last
    lines = _lines(_rows(state, asked, chosen), chosen)
    drawn = _drawn(asked, lines, f"{begin} – {end}", alone=True)
    return _file(drawn.encode(), f"{asked.name}.svg", "image/svg+xml")


FORMS: dict[str, Callable[[LakeState, Measure, Chosen], Answer]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "svg": _svg,
}
"""How a figure can be taken away."""
