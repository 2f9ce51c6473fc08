"""A figure as a file, or how it is cited: what stands in it is what its page shows."""

# SPDX-License-Identifier: Apache-2.0

import csv
import hashlib
import io
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import parquet

from amparo.errors import Text
from amparo.foreign_text import isolated
from amparo.observatory import queries
from amparo.observatory.coverage import Span
from amparo.observatory.csv_safe import inert
from amparo.observatory.measures import Measure
from amparo.observatory.waves import EVERYBODY
from amparo.web.http.answer_cache import Answer
from amparo.web.http.observatory_cache import LakeState
from amparo.web.public import charts, citations
from amparo.web.public.citations import Cited
from amparo.web.public.figures import (
    MEAN,
    UNITS,
    Chosen,
    Counted,
    Way,
    axis,
    between,
    counted_of,
    days_of,
    drawn,
    fitting,
    legend,
    lines_of,
    link_of,
    notes,
    of,
    source_of,
)
from amparo.web.words.i18n import day, direction, localise


class Seen(NamedTuple):
    """Where and when a file is taken away."""

    base: str
    """The node's address."""
    day: date
    language: str = "en"
    """Of a chart that stands alone; a citation is in English, whoever takes it."""


def _file(body: bytes, name: str, kind: str, source: str) -> Answer:
    headers = {
        "content-disposition": f'attachment; filename="amparo-{name}"',
        "access-control-allow-origin": "*",
        "x-source": source,
    }
    return Answer(body, kind, tuple(headers.items()))


class More(NamedTuple):
    """A column of a file that its address asks for."""

    name: str
    values: list[float | None]


def _more(counted: Counted, way: Way) -> list[More]:
    """What stands beside the figures: by row, rounded to six places; empty where there is none."""
    means, expected = counted.means, counted.expected
    columns = []
    if way.mean:
        columns.append(
            More("mean_7_days", [means.get((row.date, row.platform)) for row in counted.rows])
        )
    if way.expected:
        columns.append(More("expected", [expected.get(row.date) for row in counted.rows]))
    return [
        More(name, [None if value is None else round(value, 6) for value in values])
        for name, values in columns
    ]


def _csv_of(state: LakeState, asked: Measure, chosen: Chosen) -> bytes:
    """The figure as CSV; its columns have the measure's name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    counted = counted_of(state, asked, chosen)
    more = _more(counted, chosen.way)
    names = [f"{asked.name}.{column.name}" for column in more]
    writer.writerow(("date", "platform", asked.name, "known", *names))
    for place, row in enumerate(counted.rows):
        writer.writerow(
            [inert(cell) for cell in (*row, *(column.values[place] for column in more))]
        )
    return text.getvalue().encode()


def _csv(state: LakeState, asked: Measure, chosen: Chosen, _: Seen) -> Answer:
    body, source = _csv_of(state, asked, chosen), source_of(state, asked, chosen)
    return _file(body, f"{asked.name}.csv", "text/csv; charset=utf-8", source)


def _json(state: LakeState, asked: Measure, chosen: Chosen, _: Seen) -> Answer:
    """{"days": [...], "lines": [[name, [...]], ...]}, null where a day is missing.

    Lines stand in the order in which they were asked for, as in the chart's legend. Where there is
    such a thing: "means" as lines are, "expected" by day, "marks" with first and last day of each
    wave, "unknown" with those of each run of days that are not known, and for a log scale "axis".
    """
    counted = counted_of(state, asked, chosen)
    lines = lines_of(state, asked, chosen, counted)
    span = Span(lines.first, counted.rows[-1].date)

    def by_day(points: charts.Points) -> list[float | None]:
        values: list[float | None] = [None] * span.days
        for at, value in points:
            values[(at - span.first).days] = value
        return values

    scale = axis(asked, chosen, lines)
    limits = {"low": scale.low, "most": scale.most, "ticks": scale.ticks}
    body: dict[str, object] = {
        "days": [*span.each()],
        "lines": [(name, by_day(points)) for name, points in lines.points.items()],
        "means": [(name, by_day(points)) for name, points in lines.means.items()],
        "expected": by_day(lines.expected) if lines.expected else [],
        "marks": [(wave.start, wave.end) for wave in lines.waves],
        "unknown": lines.unknown,
        "axis": limits if scale.is_log else {},
    }
    there = {name: value for name, value in body.items() if value or name in ("days", "lines")}
    return Answer(msgspec.json.encode(there), "application/json")


def _parquet(state: LakeState, asked: Measure, chosen: Chosen, _: Seen) -> Answer:
    counted = counted_of(state, asked, chosen)
    table = queries.as_table(counted.rows)
    for column in _more(counted, chosen.way):
        table = table.append_column(column.name, pa.array(column.values, pa.float64()))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "figure.parquet"
        parquet.write_table(table, target, compression="zstd")
        body, source = target.read_bytes(), source_of(state, asked, chosen)
        return _file(body, f"{asked.name}.parquet", "application/vnd.apache.parquet", source)


def _svg(state: LakeState, asked: Measure, chosen: Chosen, seen: Seen) -> Answer:
    begin, end = days_of(state, chosen)
    lines = lines_of(state, asked, chosen, counted_of(state, asked, chosen))
    language, source = seen.language, source_of(state, asked, chosen)
    days = between(begin, end, language)
    page = direction(language)
    from_where = Text("Source: {source}", source=source_of(state, asked, chosen, language))
    around = charts.Around(
        f"{localise(UNITS[asked.unit], language)} · {of(chosen, language)} · {days}",
        (
            *(localise(note, language) for note in notes(chosen)),
            localise(from_where, language),
            f"{isolated(f'Amparo, {seen.base}', page)} · {day(seen.day, language)}",
        ),
        legend(asked, lines, language),
    )
    made = drawn(asked, chosen, lines, language, days, around=around, over=Span(lines.first, end))
    return _file(made.encode(), f"{asked.name}.svg", "image/svg+xml", source)


def _cited(
    write: Callable[[Cited], str], ending: str, kind: str
) -> Callable[[LakeState, Measure, Chosen, Seen], Answer]:
    def answer(state: LakeState, asked: Measure, chosen: Chosen, seen: Seen) -> Answer:
        begin, end = days_of(state, chosen)
        source = source_of(state, asked, chosen)
        cited = Cited(
            f"{asked.title} ({MEAN.lower()})" if chosen.way.mean else asked.title,
            [name for name in chosen.platforms if name != EVERYBODY],
            begin,
            end,
            source,
            seen.base,
            f"{seen.base}/observatory/measure/{asked.name}?{link_of(state, chosen)}",
            seen.day,
            hashlib.sha256(_csv_of(state, asked, chosen)).hexdigest(),
        )
        return _file(write(cited).encode(), f"{asked.name}.{ending}", kind, source)

    return answer


def taken(state: LakeState, name: str, form: str, chosen: Chosen, seen: Seen) -> Answer:
    """A figure in one of `FORMS`."""
    asked = queries.measure(name)
    return FORMS[form](state, asked, fitting(asked, chosen), seen)


FORMS: dict[str, Callable[[LakeState, Measure, Chosen, Seen], Answer]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "svg": _svg,
    "txt": _cited(citations.text, "txt", "text/plain; charset=utf-8"),
    "bib": _cited(citations.bibtex, "bib", "application/x-bibtex; charset=utf-8"),
    "ris": _cited(citations.ris, "ris", "application/x-research-info-systems; charset=utf-8"),
}
"""How a figure, or its citation, can be taken away."""
SAY_WHERE = frozenset({"svg", "txt", "bib", "ris"})
"""Those of them in which the node and the day stand."""
