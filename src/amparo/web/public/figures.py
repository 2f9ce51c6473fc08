"""A figure of the observatory: its chart, its table by month, and the files it is taken away as."""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from pyarrow import parquet

from amparo.observatory import queries
from amparo.observatory.csv_safe import inert
from amparo.observatory.errata import Erratum
from amparo.observatory.measures import SOURCE, Measure
from amparo.observatory.waves import EVERYBODY
from amparo.web.http import observatory_cache
from amparo.web.http.answer_cache import Answer
from amparo.web.http.observatory_cache import LakeState
from amparo.web.public import charts
from amparo.web.public.charts import Mark

Lines = Mapping[str, list[tuple[date, float]]]
"""Points by platform, or by the name in the legend."""


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
    rows: list[list[str]]
    """Months, for the table behind the chart."""
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
    lines = observatory_cache.lines(state, asked, names, begin, end)
    link = "&".join(
        [*(f"platform={quote(n, safe='')}" for n in names), f"since={begin}", f"until={end}"]
    )
    return Figure(
        asked,
        _drawn(asked, lines, begin, end, marks),
        names,
        list(_titled(asked, lines)),
        _months(asked, lines),
        asked.sql,
        link,
        queries.errata(state.engine, asked, names, begin, end),
        f"{asked.title}, {begin} – {end}. {SOURCE}. {base}/observatory/measure/{asked.name}?{link}",
    )


def _drawn(
    asked: Measure,
    lines: Lines,
    begin: date,
    end: date,
    marks: Sequence[Mark] = (),
    *,
    alone: bool = False,
) -> str:
    return charts.line_chart(
        _titled(asked, lines),
        title=asked.title,
        description=f"{asked.sentence} {begin} – {end}",
        share=asked.unit == "share",
        marks=marks,
        alone=alone,
    )


def _titled(asked: Measure, lines: Lines) -> Lines:
    """Lines by the name in the legend: all platforms together go by the measure's title."""
    return {("" if n == EVERYBODY else n) or asked.title: points for n, points in lines.items()}


def _months(asked: Measure, lines: Lines) -> list[list[str]]:
    """Month by month, newest first: sums of counts, means of everything else."""
    months: dict[str, dict[str, list[float]]] = {}
    for name, points in lines.items():
        for day, value in points:
            months.setdefault(str(day)[:7], {}).setdefault(name, []).append(value)
    return [
        [month, *(_sum_or_mean(asked, values.get(name)) for name in lines)]
        for month, values in sorted(months.items(), reverse=True)
    ]


def _sum_or_mean(asked: Measure, values: list[float] | None) -> str:
    if not values:
        return "–"
    if asked.unit == "statements":
        return f"{sum(values):,.0f}"
    mean = sum(values) / len(values)
    return f"{mean:.1%}" if asked.unit == "share" else f"{mean:,.1f}"


def _file(body: bytes, name: str, kind: str) -> Answer:
    headers = {
        "content-disposition": f'attachment; filename="amparo-{name}"',
        "access-control-allow-origin": "*",
        "x-source": SOURCE,
    }
    return Answer(body, kind, tuple(headers.items()))


def _rows(state: LakeState, asked: Measure, chosen: Chosen) -> list[tuple[Any, ...]]:
    return queries.figures(state.engine, asked, chosen.platforms, chosen.first, chosen.last)


def _csv(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "platform", asked.unit))
    writer.writerows([inert(cell) for cell in row] for row in _rows(state, asked, chosen))
    return _file(text.getvalue().encode(), f"{asked.name}.csv", "text/csv; charset=utf-8")


def _json(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    """{"days": [...], "lines": [[name, [...]], ...]}, null where a day is missing.

    Lines stand in the order in which they were asked for, as in the chart's legend.
    """
    rows = _rows(state, asked, chosen)
    if not rows:
        return Answer(msgspec.json.encode({"days": [], "lines": []}), "application/json")
    first, last = min(row[0] for row in rows), max(row[0] for row in rows)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    lines: dict[str, list[float | None]] = {n: [None] * len(days) for n in chosen.platforms}
    for day, name, value in rows:
        lines.setdefault(name, [None] * len(days))[(day - first).days] = float(value)
    shown = [(name, values) for name, values in lines.items() if any(v is not None for v in values)]
    return Answer(msgspec.json.encode({"days": days, "lines": shown}), "application/json")


def _parquet(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    values = queries.parameters(state.engine, asked, chosen.platforms, chosen.first, chosen.last)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "figure.parquet"
        parquet.write_table(state.engine.table(asked.sql, values), target, compression="zstd")
        return _file(target.read_bytes(), f"{asked.name}.parquet", "application/parquet")


def _svg(state: LakeState, asked: Measure, chosen: Chosen) -> Answer:
    begin, end = chosen.first or state.span.first, chosen.last or state.span.last
    lines = observatory_cache.lines(state, asked, list(chosen.platforms), begin, end)
    drawn = _drawn(asked, lines, begin, end, alone=True)
    return _file(drawn.encode(), f"{asked.name}.svg", "image/svg+xml")


FORMS: dict[str, Callable[[LakeState, Measure, Chosen], Answer]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "svg": _svg,
}
"""How a figure can be taken away."""
