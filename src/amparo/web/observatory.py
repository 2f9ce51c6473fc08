"""The observatory's pages: what platforms report, drawn, with a table, a query and a citation."""

# SPDX-License-Identifier: Apache-2.0

import csv
import io
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from pyarrow import parquet
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Malformed, Missing
from amparo.observatory import alerts, watch
from amparo.observatory.cells import inert
from amparo.observatory.errata import ERRATA, Erratum
from amparo.observatory.measures import SOURCE, THE_SHOP, Measure, catalogue
from amparo.observatory.waves import EVERYBODY, Wave, slug, smallest_visible
from amparo.web import charts, looking
from amparo.web.charts import Mark
from amparo.web.looking import State
from amparo.web.pages import page
from amparo.web.wording import N_

MOST_PLATFORMS = charts.MOST_LINES
MOST_ALERTS = 100
NEWEST = 8
PLATFORM_MEASURES = (
    "statements",
    "account.suspended",
    "account.terminated",
    "share.decided_by_machine",
    "delay.disclosure",
)
FAMILIES = {
    "statements": N_("All decisions"),
    "account": N_("Accounts"),
    "visibility": N_("Visibility"),
    "provision": N_("The service"),
    "monetary": N_("Payments"),
    "decision_type": N_("Restrictions together"),
    "share": N_("Shares"),
    "days": N_("Delays and lengths"),
    "category": N_("What it was found to be"),
    "keyword": N_("More precisely"),
    "ground": N_("Ground"),
    "source": N_("What the decision followed"),
    "automated_detection": N_("Found by whom"),
    "automated_decision": N_("Decided by whom"),
    "content_type": N_("Kind of content"),
    "account_type": N_("Kind of account"),
    "territory": N_("Where"),
    "language": N_("Language"),
}
"""How a page calls a family of measures, in the order of the list."""

KINDS = {
    "wave": N_("wave"),
    "backlog": N_("backlog"),
    "catch_up": N_("catch-up after an outage"),
    "volume_surge": N_("surge of volume"),
    "level_shift": N_("level shift"),
    "launch": N_("launch"),
    "rename": N_("rename"),
}
"""How a page calls what an alarm is taken for."""


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


async def overview(request: Request) -> Response:
    """GET /observatory: all platforms."""

    def ask(state: State) -> dict[str, Any]:
        names = ["statements", "statements.without_google_shopping"]
        return {
            "platforms": state.platforms,
            "span": state.span,
            "total": sum(one.recent for one in state.platforms),
            "shop": next((one for one in state.platforms if one.name == THE_SHOP), None),
            "figures": [_figure(request, state, name, [EVERYBODY], None, None) for name in names],
            "waves": [w for w in state.waves if w.kind == "wave"][:NEWEST],
            "silences": state.silences[:NEWEST],
            "sparkline": charts.sparkline,
        }

    values = await _looking(request).ask(ask)
    return page(request, "observatory.html", **_common(), **values)


async def platform(request: Request) -> Response:
    """GET /observatory/platform/{slug}: one platform."""

    def ask(state: State) -> dict[str, Any]:
        name = looking.platform_of(state, request.path_params["slug"])
        series = state.engine.series(watch.WATCHED, [name])
        return {
            "name": name,
            "figures": [
                figure
                for measure in PLATFORM_MEASURES
                if (figure := _figure(request, state, measure, [name], None, None)).svg
            ],
            "visible": {
                metric: smallest_visible(one.values)
                for (_, metric), one in series.items()
                if metric in watch.WATCHED
            },
            "waves": [w for w in state.waves if w.platform == name],
            "silences": [s for s in state.silences if s.platform == name],
            "doubts": [(r, d) for r, found in state.doubts for d in found if d.platform == name],
        }

    values = await _looking(request).ask(ask)
    return page(request, "observatory_platform.html", **_common(), **values)


async def measure(request: Request) -> Response:
    """GET /observatory/measure/{name}: one measure, of any platforms side by side."""

    def ask(state: State) -> dict[str, Any]:
        chosen, first, last = _chosen(request, state)
        figure = _figure(request, state, request.path_params["name"], chosen, first, last)
        return {"figure": figure, "chosen": chosen, "platforms": state.platforms,
                "first": first or state.span.first, "last": last or state.span.last}  # fmt: skip

    values = await _looking(request).ask(ask)
    return page(request, "observatory_measure.html", **_common(), **values)


async def waves(request: Request) -> Response:
    """GET /observatory/waves: waves and silences, as a calendar and a list."""
    kind = request.query_params.get("kind", "wave")

    def ask(state: State) -> dict[str, Any]:
        found = [w for w in state.waves if kind in (w.kind, "all")]
        return {"waves": found, "kind": kind, "months": _calendar(found),
                "silences": state.silences}  # fmt: skip

    values = await _looking(request).ask(ask)
    return page(request, "observatory_waves.html", **_common(), **values)


async def wave(request: Request) -> Response:
    """GET /observatory/wave/{key}: one wave as a story."""

    def ask(state: State) -> dict[str, Any]:
        found = next((w for w in state.waves if w.key == request.path_params["key"]), None)
        if found is None:
            raise Missing(
                N_("There is no wave at this address."),
                why=N_("Data that came later may have changed what it is taken for."),
                fix=N_("Look for it in the list of waves."),
            )
        first = max(state.span.first, found.start - timedelta(days=90))
        last = min(state.span.last, found.end + timedelta(days=45))
        marks = [Mark(found.start, found.end, found.evidence)]
        name = found.metric
        return {
            "wave": found,
            "figure": _figure(request, state, name, [found.platform], first, last, marks),
            "changes": watch.changes(state.engine, found),
            "titles": {m: one.title for m, one in catalogue().items()},
        }

    values = await _looking(request).ask(ask)
    return page(request, "observatory_wave.html", **_common(), **values)


async def doubts(request: Request) -> Response:
    """GET /observatory/doubts: what does not fit, and known errata."""
    found, rewrites = await _looking(request).ask(lambda state: (state.doubts, state.rewrites))
    return page(
        request, "observatory_doubts.html", **_common(), doubts=found, errata=ERRATA,
        rewrites=rewrites,
    )  # fmt: skip


async def download(request: Request) -> Response:
    """GET /observatory/data/{file}: a figure as .csv, .json, .parquet or .svg."""
    name, _, form = request.path_params["file"].rpartition(".")

    def ask(state: State) -> Response:
        chosen, first, last = _chosen(request, state)
        asked = watch.measure(name)
        if form == "svg":
            figure = _figure(request, state, name, chosen, first, last, alone=True)
            return _file(figure.svg.encode(), f"{name}.svg", "image/svg+xml")
        values = watch.parameters(state.engine, asked, chosen, first, last)
        if form == "parquet":
            return _file(_parquet(state, asked, values), f"{name}.parquet", "application/parquet")
        rows = state.engine.rows(asked.sql, values)
        if form == "csv":
            return _file(_csv(rows, asked), f"{name}.csv", "text/csv; charset=utf-8")
        if form == "json":
            return Response(_json(rows, chosen), media_type="application/json")
        raise Malformed(
            "This form is not offered.",
            why=f"got {form[:20]!r}",
            fix="Ask for .csv, .json, .parquet or .svg.",
        )

    return await _looking(request).ask(ask)


async def feed(request: Request) -> Response:
    """GET /observatory/waves.atom: waves, silences, rewritten files, by platform or measure."""
    asked = request.query_params
    platforms, metrics = asked.getlist("platform"), asked.getlist("metric")
    found = await _looking(request).ask(
        lambda state: alerts.chosen(state.alerts, platforms, metrics)[:MOST_ALERTS]
    )
    response = page(
        request, "waves.atom.xml", alerts=found, base=request.app.state.serving.base_url(request),
        updated=_midnight(found[0].day if found else date(2023, 9, 25)), midnight=_midnight,
    )  # fmt: skip
    response.headers["content-type"] = "application/atom+xml; charset=utf-8"
    return response


def routes() -> list[Route]:
    """The observatory's addresses."""
    base = "/observatory"
    return [
        Route(base, overview, methods=["GET"]),
        Route(f"{base}/platform/{{slug}}", platform, methods=["GET"]),
        Route(f"{base}/measure/{{name}}", measure, methods=["GET"]),
        Route(f"{base}/waves", waves, methods=["GET"]),
        Route(f"{base}/waves.atom", feed, methods=["GET"]),
        Route(f"{base}/wave/{{key:path}}", wave, methods=["GET"]),
        Route(f"{base}/doubts", doubts, methods=["GET"]),
        Route(f"{base}/data/{{file}}", download, methods=["GET"]),
    ]


# --- figures ----------------------------------------------------------------------------------


def _looking(request: Request) -> looking.Looking:
    found: looking.Looking = request.app.state.serving.looking
    return found


def _common() -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "families": FAMILIES,
        "everybody": EVERYBODY,
        "slug": slug,
        "measures": catalogue(),
        "source": SOURCE,
    }


def _chosen(request: Request, state: State) -> tuple[list[str], date | None, date | None]:
    """Platforms and days that an address asks for."""
    asked = [name for name in request.query_params.getlist("platform") if name]
    names = state.engine.named(dict.fromkeys(asked or [EVERYBODY]))
    if len(names) > MOST_PLATFORMS:
        raise Malformed(
            N_("Too many platforms at once."),
            why=f"{len(names)} > {MOST_PLATFORMS}",
            fix=N_("Choose fewer: more lines than six cannot be told apart."),
        )
    return names, _day(request, "since"), _day(request, "until")


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed(
            N_("That is no day."), why=f"{name}={text!r}"[:80], fix=N_("Write it as 2025-07-01.")
        ) from None


def _figure(
    request: Request,
    state: State,
    name: str,
    platforms: Sequence[str],
    first: date | None,
    last: date | None,
    marks: Sequence[Mark] = (),
    *,
    alone: bool = False,
) -> Figure:
    asked = watch.measure(name)
    names = list(platforms)
    begin, end = first or state.span.first, last or state.span.last
    lines = looking.lines(state, asked, names, begin, end)
    shown = {("" if n == EVERYBODY else n) or asked.title: points for n, points in lines.items()}
    link = "&".join(
        [*(f"platform={quote(n, safe='')}" for n in names), f"since={begin}", f"until={end}"]
    )
    base = request.app.state.serving.base_url(request)
    return Figure(
        asked,
        charts.line_chart(
            shown,
            title=asked.title,
            description=f"{asked.sentence} {begin} – {end}",
            share=asked.unit == "share",
            marks=marks,
            alone=alone,
        ),
        names,
        list(shown),
        _months(asked, lines),
        asked.sql,
        link,
        watch.errata(state.engine, asked, names, begin, end),
        f"{asked.title}, {begin} – {end}. {SOURCE}. {base}/observatory/measure/{asked.name}?{link}",
    )


def _months(asked: Measure, lines: dict[str, list[tuple[date, float]]]) -> list[list[str]]:
    """Month by month, newest first: sums of counts, means of everything else."""
    months: dict[str, dict[str, list[float]]] = {}
    for name, points in lines.items():
        for day, value in points:
            months.setdefault(f"{day:%Y-%m}", {}).setdefault(name, []).append(value)
    return [
        [month, *(_told(asked, values.get(name)) for name in lines)]
        for month, values in sorted(months.items(), reverse=True)
    ]


def _told(asked: Measure, values: list[float] | None) -> str:
    if not values:
        return "–"
    if asked.unit == "statements":
        return f"{sum(values):,.0f}"
    mean = sum(values) / len(values)
    return f"{mean:.1%}" if asked.unit == "share" else f"{mean:,.1f}"


def _calendar(found: Sequence[Wave]) -> list[tuple[str, int, int]]:
    """(Month, waves that began in it, 0 to 4 for its shade)."""
    counts: dict[str, int] = {}
    for one in found:
        counts[f"{one.start:%Y-%m}"] = counts.get(f"{one.start:%Y-%m}", 0) + 1
    most = max(counts.values(), default=1)
    return [(month, n, -(-4 * n // most)) for month, n in sorted(counts.items())]


def _fits(one: Any, platform: str | None, metric: str | None) -> bool:
    return (not platform or slug(one.platform) == slug(platform)) and (
        not metric or one.metric == metric
    )


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- files ------------------------------------------------------------------------------------


def _file(body: bytes, name: str, kind: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="amparo-{name}"',
        "access-control-allow-origin": "*",
        "x-source": SOURCE,
    }
    return Response(body, media_type=kind, headers=headers)


def _csv(rows: Sequence[Sequence[Any]], asked: Measure) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "platform", asked.unit))
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _json(rows: Sequence[Sequence[Any]], platforms: Sequence[str]) -> bytes:
    """{"days": [...], "lines": [[name, [...]], ...]}, null where a day is missing.

    Lines stand in the order in which they were asked for, as in the chart's legend.
    """
    if not rows:
        return msgspec.json.encode({"days": [], "lines": []})
    first, last = min(row[0] for row in rows), max(row[0] for row in rows)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    lines: dict[str, list[float | None]] = {name: [None] * len(days) for name in platforms}
    for day, name, value in rows:
        lines.setdefault(name, [None] * len(days))[(day - first).days] = float(value)
    shown = [(name, values) for name, values in lines.items() if any(v is not None for v in values)]
    return msgspec.json.encode({"days": days, "lines": shown})


def _parquet(state: State, asked: Measure, values: dict[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "figure.parquet"
        parquet.write_table(state.engine.table(asked.sql, values), target, compression="zstd")
        return target.read_bytes()
