"""The observatory's pages: what platforms report, drawn, with a table, a query and a citation."""

# SPDX-License-Identifier: Apache-2.0

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import Malformed, Missing, Text
from amparo.ledger.log import platforms
from amparo.observatory import alerts, name_search, queries
from amparo.observatory.coverage import WHOLE, Coverage, Span
from amparo.observatory.errata import ERRATA
from amparo.observatory.measures import SOURCE, THE_SHOP, catalogue
from amparo.observatory.waves import EVERYBODY, Wave, slug
from amparo.observatory.waves import at as wave_at
from amparo.web.http import observatory_cache
from amparo.web.http.answer_cache import Answer
from amparo.web.http.observatory_cache import LakeState
from amparo.web.http.state import Serving
from amparo.web.public import charts, data_catalogue
from amparo.web.public.choice import asked_of, chosen_of, query_of, spans_of, way_of, ways_of
from amparo.web.public.figure_files import FORMS, SAY_WHERE, Seen, taken
from amparo.web.public.figures import (
    KINDS,
    UNITS,
    Chosen,
    Way,
    days_of,
    end_of,
    figure,
    figures,
    fitting,
    of,
    source_of,
)
from amparo.web.words.decision import N_
from amparo.web.words.pages import as_page, demonstration_of, language_of, rendered

MOST_ALERTS = 100
MOST_FOLLOWED = 50
"""Platforms, or measures, that one feed may be narrowed to."""
MOST_NAME = 200
NEWEST = 4
"""How many waves or silences stand unfolded."""
NEWEST_OWN = 2
"""How many waves of the node's own platforms stand before those of all others."""
NEWEST_SILENT = 2
"""How many silences stand beside all that is on the first page."""
MOST_OPEN = 10
"""How many silences of a year stand unfolded in the list of all of them."""
LARGEST = 12
"""How many platforms stand unfolded."""
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


EMBEDDED = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "no-cache",
}
"""Any site may show a chart in a frame: it has nothing to press and knows nobody."""


async def overview(request: Request) -> Response:
    """GET /observatory: all platforms."""
    language = language_of(request)
    way = way_of(request)

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        names = ["statements", "statements.without_google_shopping"]
        return {
            "platforms": sorted(state.platforms, key=lambda listed: not listed.own),
            "own": {listed.name for listed in state.platforms if listed.own},
            "former": name_search.former,
            "span": state.span,
            "together": state.together,
            "shop": next((listed for listed in state.platforms if listed.name == THE_SHOP), None),
            "figures": [
                figure(base, state, name, Chosen([EVERYBODY], way=way), language=language)
                for name in names
            ],
            "ways": ways_of(request.url.path, query_of(way), way),
            "waves": _newest_waves(state),
            "silences": state.findings.silences[:NEWEST_SILENT],
            "sparkline": charts.sparkline,
            "largest": LARGEST,
        }

    return await _page(request, "observatory.html", ask, query_of(way))


def _newest_waves(state: LakeState) -> list[Wave]:
    """The newest waves; those of platforms that are on record here stand first."""
    own = {listed.name for listed in state.platforms if listed.own}
    called = [wave for wave in state.findings.waves if wave.called]
    here = [wave for wave in called if wave.platform in own][:NEWEST_OWN]
    return [*here, *(wave for wave in called if wave.platform not in own)][:NEWEST]


async def platform(request: Request) -> Response:
    """GET /observatory/platform/{slug}: one platform."""
    language = language_of(request)
    way = way_of(request)

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        name = observatory_cache.platform_of(state, request.path_params["slug"])
        waves = [w for w in state.findings.waves if w.platform == name]
        drawn = figures(base, state, PLATFORM_MEASURES, Chosen([name], way=way), language=language)
        return {
            "name": name,
            "former": name_search.former(name),
            "figures": [figure for figure in drawn if figure.svg],
            "ways": ways_of(request.url.path, query_of(way), way),
            "own_days": state.engine.coverage.sources(name).get("record", 0),
            "known_to": state.engine.coverage.last(name),
            "outlook": queries.outlook(state.engine, queries.WATCHED, name),
            "waves": waves,
            "watched": queries.WATCHED,
            "newest": NEWEST,
            "by_year": _by_year(state.engine.coverage, state.span, name, waves),
            "silences": [s for s in state.findings.silences if s.platform == name],
            "doubts": [
                (rule, doubt)
                for rule, found in state.findings.by_rule()
                for doubt in found
                if doubt.platform == name
            ],
        }

    return await _page(request, "observatory_platform.html", ask, query_of(way))


def _by_year(
    coverage: Coverage, span: Span, name: str, waves: Sequence[Wave]
) -> list[tuple[int, int | None]]:
    """Each year of the lake, newest first, and how many waves of a platform began in it.

    None where none was seen and some day of the year is not known: it may have been the day.
    """
    began = Counter(wave.start.year for wave in waves if wave.called)
    found: list[tuple[int, int | None]] = []
    for year in range(span.last.year, span.first.year - 1, -1):
        days = Span(date(year, 1, 1), min(date(year, 12, 31), span.last))
        is_known = coverage.grades(name, queries.WATCHED, days).min() == WHOLE
        found.append((year, began[year] if began[year] or is_known else None))
    return found


async def find(request: Request) -> Response:
    """GET /observatory/find: the platforms that somebody may mean; one is shown at once."""
    typed = " ".join(request.query_params.get("platform", "")[:MOST_NAME].split())
    state = await _looking(request).state()
    hits = name_search.search(typed, [listed.name for listed in state.platforms])
    if len(hits.names) == 1:
        return RedirectResponse(f"/observatory/platform/{slug(hits.names[0])}", 303)

    def ask(_: LakeState, __: str) -> dict[str, Any]:
        return {"hits": hits, "typed": typed, "former": name_search.former}

    return await _page(request, "observatory_find.html", ask, {"platform": typed})


async def measure(request: Request) -> Response:
    """GET /observatory/measure/{name}: one measure, of any platforms side by side."""
    counted = queries.measure(request.path_params["name"])
    chosen = fitting(counted, chosen_of(request, await _looking(request).state()))
    asked, way = asked_of(chosen), way_of(request)
    can = fitting(counted, chosen._replace(way=Way(expected=True))).way.expected
    offered = [name for name in Way._fields if name != "expected" or can]

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        drawn = figure(base, state, counted.name, chosen, language=language_of(request))
        first, last = days_of(state, chosen)
        return {
            "figure": drawn,
            "spans": spans_of(
                request.url.path,
                asked,
                chosen,
                Span(state.span.first, end_of(state, chosen.platforms)),
            ),
            "ways": ways_of(request.url.path, asked, way, offered),
            "way": query_of(chosen.way),
            "chosen": chosen.platforms,
            "platforms": state.platforms,
            "first": first,
            "last": last,
        }

    return await _page(request, "observatory_measure.html", ask, asked)


async def embedded(request: Request) -> Response:
    """GET /observatory/embed/{name}: one chart, for a frame on another site's page."""
    chosen = chosen_of(request, await _looking(request).state())
    base, language, today = _base(request), language_of(request), _today()

    def make(state: LakeState) -> Answer:
        drawn = figure(base, state, request.path_params["name"], chosen, language=language)
        text = rendered(
            "observatory_embed.html",
            language,
            figure=drawn,
            platforms=of(chosen, language),
            unit=UNITS[drawn.measure.unit],
            base=base,
            page=f"{base}/observatory/measure/{drawn.measure.name}?{drawn.link}",
            origin=Text(
                "Source: {source}", source=source_of(state, drawn.measure, chosen, language)
            ),
            age=queries.age(state.engine, today),
            today=today,
        )
        return Answer(text.encode(), "text/html; charset=utf-8", tuple(EMBEDDED.items()))

    key = f"embed {today} {language} {base} {request.url.path} {chosen}"
    return _response(await _looking(request).answer(request, key, make))


async def waves(request: Request) -> Response:
    """GET /observatory/waves: waves and silences, as a calendar and a list."""
    asked = request.query_params.get("kind", "wave")
    kind = asked if asked in (*KINDS, "all") else "wave"

    def ask(state: LakeState, _: str) -> dict[str, Any]:
        # A burst is a wave for whoever did not ask for one kind alone; and what was called a wave
        # is not hidden by what it is called since.
        found = [
            w
            for w in state.findings.waves
            if kind in (w.kind, "all") or (kind == "wave" and w.called)
        ]
        return {
            "waves": found,
            "kind": kind,
            "months": _calendar(found),
            "listed": _listed(found),
            "silences": state.findings.silences,
            "most_open": MOST_OPEN,
        }

    return await _page(request, "observatory_waves.html", ask, {"kind": kind})


async def wave(request: Request) -> Response:
    """GET /observatory/wave/{key}: one wave as a story."""
    own = _is_of_this_node(request, request.path_params["key"])
    language = language_of(request)
    way = way_of(request, expected=True)
    asked = {"expected": "no"} | query_of(way)

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        found = wave_at(state.findings.waves, request.path_params["key"])
        if found is None:
            raise Missing(
                N_("There is no wave at this address."),
                why=N_("Data that came later may have changed what it is taken for."),
                fix=N_("Look for it in the list of waves."),
            )
        first = max(state.span.first, found.start - timedelta(days=90))
        last = min(end_of(state, [found.platform]), found.end + timedelta(days=45))
        chosen = Chosen([found.platform], first, last, way, found.key)
        return {
            "wave": found,
            "own": own,
            "figure": figure(base, state, found.metric, chosen, language=language),
            "ways": ways_of(request.url.path, asked, way),
            "changes": queries.changes(state.engine, found),
        }

    return await _page(request, "observatory_wave.html", ask, asked, "own" if own else "")


def _is_of_this_node(request: Request, key: str) -> bool:
    """Whether a wave is one of a platform whose desk is here."""
    serving: Serving = request.app.state.serving
    names = (platform.name for platform in platforms.every(serving.journal))
    return any(key.startswith(f"{slug(name)}.") for name in names)


async def doubts(request: Request) -> Response:
    """GET /observatory/doubts: what does not fit, and known errata."""

    def ask(state: LakeState, _: str) -> dict[str, Any]:
        return {"doubts": state.findings.by_rule(), "errata": ERRATA, "rewrites": state.rewrites}

    return await _page(request, "observatory_doubts.html", ask)


async def download(request: Request) -> Response:
    """GET /observatory/data/{file}: a figure as a file, or how it is cited: `FORMS`."""
    name, _, form = request.path_params["file"].rpartition(".")
    queries.measure(name)
    if form not in FORMS:
        raise Malformed(
            "This form is not offered.",
            why=Text("got {given}", given=repr(form[:20])),
            fix="Ask for .csv, .json, .parquet, .svg, or for .txt, .bib or .ris, to cite it.",
        )
    chosen = chosen_of(request, await _looking(request).state())
    seen = Seen(_base(request), _today(), language_of(request))
    key = f"{name}.{form} {chosen}" + (f" {seen}" if form in SAY_WHERE else "")
    return _response(
        await _looking(request).answer(
            request, key, lambda state: taken(state, name, form, chosen, seen)
        )
    )


async def catalog(request: Request) -> Response:
    """GET /observatory/catalog.jsonld: the measures as data portals harvest them (DCAT-AP 3)."""
    base, operator = _base(request), request.app.state.serving.node.settings.operator_name

    def make(state: LakeState) -> Answer:
        found = data_catalogue.dcat(base, [*catalogue().values()], state.span, operator=operator)
        return Answer(msgspec.json.encode(found), "application/ld+json")

    return _response(await _looking(request).answer(request, f"catalog {base}", make))


async def datapackage(request: Request) -> Response:
    """GET /observatory/datapackage.json: the same as a Frictionless Data Package."""
    base = _base(request)

    def make(state: LakeState) -> Answer:
        found = data_catalogue.datapackage(base, [*catalogue().values()], state.span)
        return Answer(msgspec.json.encode(found), "application/json")

    return _response(await _looking(request).answer(request, f"datapackage {base}", make))


async def feed(request: Request) -> Response:
    """GET /observatory/waves.atom: waves, silences, rewritten files, by platform or measure."""
    platforms, metrics = (_few(request, name) for name in ("platform", "metric"))
    language, base, today = language_of(request), _base(request), _today()

    def make(state: LakeState) -> Answer:
        found = alerts.chosen(state.alerts, platforms, metrics)[:MOST_ALERTS]
        text = rendered(
            "waves.atom.xml",
            language,
            alerts=found,
            age=queries.age(state.engine, today).in_words,
            base=base,
            midnight=_midnight,
            updated=_midnight(found[0].day if found else date(2023, 9, 25)),
        )
        return Answer(text.encode(), "application/atom+xml; charset=utf-8")

    key = f"waves.atom {today} {language} {base} {platforms} {metrics}"
    return _response(await _looking(request).answer(request, key, make))


def routes() -> list[Route]:
    """The observatory's addresses."""
    base = "/observatory"
    return [
        Route(base, overview, methods=["GET"]),
        Route(f"{base}/find", find, methods=["GET"]),
        Route(f"{base}/platform/{{slug}}", platform, methods=["GET"]),
        Route(f"{base}/measure/{{name}}", measure, methods=["GET"]),
        Route(f"{base}/waves", waves, methods=["GET"]),
        Route(f"{base}/waves.atom", feed, methods=["GET"]),
        Route(f"{base}/wave/{{key:path}}", wave, methods=["GET"]),
        Route(f"{base}/doubts", doubts, methods=["GET"]),
        Route(f"{base}/embed/{{name}}", embedded, methods=["GET"]),
        Route(f"{base}/data/{{file}}", download, methods=["GET"]),
        Route(f"{base}/catalog.jsonld", catalog, methods=["GET"]),
        Route(f"{base}/datapackage.json", datapackage, methods=["GET"]),
    ]


# --- figures ----------------------------------------------------------------------------------


def _looking(request: Request) -> observatory_cache.Looking:
    found: observatory_cache.Looking = request.app.state.serving.looking
    return found


def _base(request: Request) -> str:
    return str(request.app.state.serving.base_url(request))


async def _page(
    request: Request,
    template: str,
    ask: Callable[[LakeState, str], dict[str, Any]],
    asked: Mapping[str, Any] = MappingProxyType({}),
    key: str = "",
) -> Response:
    """A page of the observatory.

    `asked`: what its address asks for, as one and the same for the same page; `key`: what else it
    depends on.
    """
    query = urlencode(asked, doseq=True)
    language, path, base = language_of(request), request.url.path, _base(request)
    today, marked = _today(), demonstration_of(request)

    def make(state: LakeState) -> Answer:
        values = ask(state, base)
        values |= _common() | {
            "demonstration": marked,
            "age": queries.age(state.engine, today),
            "searched": state.is_searched,
        }
        text = rendered(template, language, path=path, query=query, **values)
        return Answer(text.encode(), "text/html; charset=utf-8")

    key = f"{today} {language} {base} {path} {query} {marked} {key}"
    made = await _looking(request).answer(request, key, make)
    return as_page(request, made.body, language)


def _common() -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "families": FAMILIES,
        "everybody": EVERYBODY,
        "slug": slug,
        "measures": catalogue(),
        "titles": {m: measure.title for m, measure in catalogue().items()},
        "source": SOURCE,
    }


def _few(request: Request, name: str) -> list[str]:
    """Values of a parameter that may be repeated, in one order."""
    found = sorted(set(request.query_params.getlist(name)))
    if len(found) > MOST_FOLLOWED or any(len(value) > MOST_NAME for value in found):
        raise Malformed(
            N_("Too much is asked for at once."),
            why=Text(
                "{field}: at most {most} are followed, each of {characters} characters at most",
                field=name,
                most=MOST_FOLLOWED,
                characters=MOST_NAME,
            ),
            fix=N_("Follow fewer, or all."),
        )
    return found


def _calendar(found: Sequence[Wave]) -> list[tuple[date, int, int]]:
    """(First day of a month, waves that began in it, 0 to 4 for its shade)."""
    counts = Counter(wave.start.replace(day=1) for wave in found)
    most = max(counts.values(), default=1)
    return [(month, n, -(-4 * n // most)) for month, n in sorted(counts.items())]


Month = tuple[date, list[Wave]]
"""The first day of a month, and the waves that began in it."""


def _by_month(found: Sequence[Wave]) -> list[Month]:
    """The months in which waves began, newest first."""
    months: dict[date, list[Wave]] = {}
    for wave in found:
        months.setdefault(wave.start.replace(day=1), []).append(wave)
    return sorted(months.items(), reverse=True)


class _Listed(NamedTuple):
    """Waves as the list has them; the calendar leads to every month."""

    open: list[Month]
    """The newest months, until the newest waves are there."""
    folded: list[tuple[int, int, list[Month]]]
    """(Year, how many waves, its other months), newest first."""


def _listed(found: Sequence[Wave]) -> _Listed:
    months = _by_month(found)
    before = itertools.accumulate((len(group) for _, group in months), initial=0)
    unfolded = sum(1 for seen in [*before][:-1] if seen < NEWEST)
    years = itertools.groupby(months[unfolded:], lambda month: month[0].year)
    folded = [(year, [*group]) for year, group in years]
    return _Listed(
        months[:unfolded],
        [(year, sum(len(waves) for _, waves in group), group) for year, group in folded],
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _response(made: Answer) -> Response:
    return Response(made.body, media_type=made.media_type, headers=dict(made.headers))
