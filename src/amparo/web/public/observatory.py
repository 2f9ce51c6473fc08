"""The observatory's pages: what platforms report, drawn, with a table, a query and a citation."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Malformed, Missing, Text
from amparo.ledger.log import platforms
from amparo.observatory import alerts, queries
from amparo.observatory.errata import ERRATA
from amparo.observatory.measures import SOURCE, THE_SHOP, catalogue
from amparo.observatory.waves import EVERYBODY, Wave, slug, smallest_visible
from amparo.web.http import observatory_cache
from amparo.web.http.answer_cache import Answer
from amparo.web.http.observatory_cache import LakeState
from amparo.web.http.state import Serving
from amparo.web.public import charts
from amparo.web.public.charts import Mark
from amparo.web.public.figures import FORMS, Chosen, figure
from amparo.web.words.decision import N_
from amparo.web.words.pages import as_page, language_of, rendered

MOST_PLATFORMS = charts.MOST_LINES
MOST_ALERTS = 100
MOST_FOLLOWED = 50
"""Platforms, or measures, that one feed may be narrowed to."""
MOST_NAME = 200
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
    "burst": N_("burst over too little past"),
    "backlog": N_("backlog"),
    "catch_up": N_("catch-up after an outage"),
    "volume_surge": N_("surge of volume"),
    "level_shift": N_("level shift"),
    "launch": N_("launch"),
    "rename": N_("rename"),
}
"""How a page calls what an alarm is taken for."""


async def overview(request: Request) -> Response:
    """GET /observatory: all platforms."""

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        names = ["statements", "statements.without_google_shopping"]
        return {
            "platforms": state.platforms,
            "span": state.span,
            "together": state.together,
            "shop": next((listed for listed in state.platforms if listed.name == THE_SHOP), None),
            "figures": [figure(base, state, name, Chosen([EVERYBODY])) for name in names],
            "waves": [w for w in state.findings.waves if w.called][:NEWEST],
            "silences": state.findings.silences[:NEWEST],
            "sparkline": charts.sparkline,
        }

    return await _page(request, "observatory.html", "", ask)


async def platform(request: Request) -> Response:
    """GET /observatory/platform/{slug}: one platform."""

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        name = observatory_cache.platform_of(state, request.path_params["slug"])
        series = state.engine.series(queries.WATCHED, [name])
        figures = [figure(base, state, measure, Chosen([name])) for measure in PLATFORM_MEASURES]
        return {
            "name": name,
            "figures": [drawn for drawn in figures if drawn.svg],
            "own_days": state.engine.coverage.sources(name).get("record", 0),
            "known_to": state.engine.coverage.last(name),
            "visible": {
                metric: smallest_visible(daily)
                for (_, metric), daily in series.items()
                if metric in queries.WATCHED
            },
            "young": queries.young(state.engine, queries.WATCHED, [name]),
            "waves": [w for w in state.findings.waves if w.platform == name],
            "silences": [s for s in state.findings.silences if s.platform == name],
            "doubts": [
                (rule, doubt)
                for rule, found in state.findings.by_rule()
                for doubt in found
                if doubt.platform == name
            ],
        }

    return await _page(request, "observatory_platform.html", "", ask)


async def measure(request: Request) -> Response:
    """GET /observatory/measure/{name}: one measure, of any platforms side by side."""
    chosen = _chosen(request, await _looking(request).state())

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        drawn = figure(base, state, request.path_params["name"], chosen)
        return {
            "figure": drawn,
            "chosen": chosen.platforms,
            "platforms": state.platforms,
            "first": chosen.first or state.span.first,
            "last": chosen.last or state.span.last,
        }

    return await _page(request, "observatory_measure.html", str(chosen), ask)


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
            "silences": state.findings.silences,
        }

    return await _page(request, "observatory_waves.html", kind, ask)


async def wave(request: Request) -> Response:
    """GET /observatory/wave/{key}: one wave as a story."""
    own = _is_of_this_node(request, request.path_params["key"])

    def ask(state: LakeState, base: str) -> dict[str, Any]:
        key = request.path_params["key"]
        found = next((w for w in state.findings.waves if w.key == key), None)
        if found is None:
            raise Missing(
                N_("There is no wave at this address."),
                why=N_("Data that came later may have changed what it is taken for."),
                fix=N_("Look for it in the list of waves."),
            )
        first = max(state.span.first, found.start - timedelta(days=90))
        last = min(state.span.last, found.end + timedelta(days=45))
        marks = [Mark(found.start, found.end, found.evidence)]
        chosen = Chosen([found.platform], first, last)
        return {
            "wave": found,
            "own": own,
            "figure": figure(base, state, found.metric, chosen, marks),
            "changes": queries.changes(state.engine, found),
            "titles": {m: measure.title for m, measure in catalogue().items()},
        }

    return await _page(request, "observatory_wave.html", "own" if own else "", ask)


def _is_of_this_node(request: Request, key: str) -> bool:
    """Whether a wave is one of a platform whose desk is here."""
    serving: Serving = request.app.state.serving
    names = (platform.name for platform in platforms.every(serving.journal))
    return any(key.startswith(f"{slug(name)}.") for name in names)


async def doubts(request: Request) -> Response:
    """GET /observatory/doubts: what does not fit, and known errata."""

    def ask(state: LakeState, _: str) -> dict[str, Any]:
        return {"doubts": state.findings.by_rule(), "errata": ERRATA, "rewrites": state.rewrites}

    return await _page(request, "observatory_doubts.html", "", ask)


async def download(request: Request) -> Response:
    """GET /observatory/data/{file}: a figure as .csv, .json, .parquet or .svg."""
    name, _, form = request.path_params["file"].rpartition(".")
    asked = queries.measure(name)
    write = FORMS.get(form)
    if write is None:
        raise Malformed(
            "This form is not offered.",
            why=Text("got {given}", given=repr(form[:20])),
            fix="Ask for .csv, .json, .parquet or .svg.",
        )
    chosen = _chosen(request, await _looking(request).state())
    key = f"{name}.{form} {chosen}"
    return _response(
        await _looking(request).answer(request, key, lambda state: write(state, asked, chosen))
    )


async def feed(request: Request) -> Response:
    """GET /observatory/waves.atom: waves, silences, rewritten files, by platform or measure."""
    platforms, metrics = (_few(request, name) for name in ("platform", "metric"))
    base, today = _base(request), _today()

    def make(state: LakeState) -> Answer:
        found = alerts.chosen(state.alerts, platforms, metrics)[:MOST_ALERTS]
        text = rendered(
            "waves.atom.xml",
            alerts=found,
            age=queries.age(state.engine, today).in_words(),
            base=base,
            midnight=_midnight,
            updated=_midnight(found[0].day if found else date(2023, 9, 25)),
        )
        return Answer(text.encode(), "application/atom+xml; charset=utf-8")

    key = f"waves.atom {today} {base} {platforms} {metrics}"
    return _response(await _looking(request).answer(request, key, make))


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


def _looking(request: Request) -> observatory_cache.Looking:
    found: observatory_cache.Looking = request.app.state.serving.looking
    return found


def _base(request: Request) -> str:
    return str(request.app.state.serving.base_url(request))


async def _page(
    request: Request, template: str, key: str, ask: Callable[[LakeState, str], dict[str, Any]]
) -> Response:
    """A page of the observatory; `key` names what it shows beyond its address."""
    language, path, base = language_of(request), request.url.path, _base(request)
    today = _today()

    def make(state: LakeState) -> Answer:
        values = ask(state, base)
        values |= _common() | {
            "age": queries.age(state.engine, today),
            "searched": state.is_searched,
        }
        text = rendered(template, language, path=path, **values)
        return Answer(text.encode(), "text/html; charset=utf-8")

    key = f"{today} {language} {base} {path} {key}"
    made = await _looking(request).answer(request, key, make)
    return as_page(request, made.body, language)


def _common() -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "families": FAMILIES,
        "everybody": EVERYBODY,
        "slug": slug,
        "measures": catalogue(),
        "source": SOURCE,
    }


def _chosen(request: Request, state: LakeState) -> Chosen:
    """What an address asks for, as few ways as there are figures: days end where the series do."""
    asked = [name for name in request.query_params.getlist("platform") if name]
    names = state.engine.named(dict.fromkeys(asked or [EVERYBODY]))
    if len(names) > MOST_PLATFORMS:
        raise Malformed(
            N_("Too many platforms at once."),
            why=Text(
                "got {number}; at most {most} can be compared",
                number=len(names),
                most=MOST_PLATFORMS,
            ),
            fix=N_("Choose fewer: more lines than six cannot be told apart."),
        )
    days = (_day(request, name) for name in ("since", "until"))
    span = state.span
    first, last = (None if day is None else min(max(day, span.first), span.last) for day in days)
    return Chosen(
        list(dict.fromkeys(names)),
        None if first == span.first else first,
        None if last == span.last else last,
    )


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


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed(
            N_("That is no day."),
            why=Text("got {given}", given=f"{name}={text!r}"[:76]),
            fix=N_("Write it as 2025-07-01."),
        ) from None


def _calendar(found: Sequence[Wave]) -> list[tuple[str, int, int]]:
    """(Month, waves that began in it, 0 to 4 for its shade)."""
    counts: dict[str, int] = {}
    for wave in found:
        counts[f"{wave.start:%Y-%m}"] = counts.get(f"{wave.start:%Y-%m}", 0) + 1
    most = max(counts.values(), default=1)
    return [(month, n, -(-4 * n // most)) for month, n in sorted(counts.items())]


def _today() -> date:
    return datetime.now(UTC).date()


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _response(made: Answer) -> Response:
    return Response(made.body, media_type=made.media_type, headers=dict(made.headers))
