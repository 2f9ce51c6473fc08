"""The pages of resolutions: how each stands, by region on a map and as a table, with its texts."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.coalition import resolution
from amparo.ledger.coalition import bundles, resolutions
from amparo.ledger.coalition.resolutions import Whole
from amparo.storage.journal import Journal
from amparo.web.http import downloads
from amparo.web.http.state import Serving
from amparo.web.public import worldmap
from amparo.web.public.coalition import KINDS, REGIONS, STATUS
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

ANSWERS = {
    "yes": N_("yes"),
    "no": N_("no"),
    "abstain": N_("abstains"),
    "reservation": N_("yes, with a reservation"),
    "silent": N_("no answer yet"),
}


async def listed(request: Request) -> Response:
    """GET /coalition/resolutions: all of them, newest first."""
    found = await every(request)
    language = language_of(request)
    rows = [(whole, resolution.in_language(whole.resolution.text, language)) for whole in found]
    return page(request, "resolutions.html", rows=rows, names=STATUS)


async def every(request: Request) -> list[Whole]:
    """All resolutions as they stand now, newest first; read once for whoever asks at one time."""
    serving: Serving = request.app.state.serving
    return await serving.lists.read(
        request,
        "resolutions",
        lambda journal: [_whole(serving, journal, digest) for digest in resolutions.every(journal)],
    )


async def show(request: Request) -> Response:
    """GET /coalition/resolution/{digest}: one, and how it stands."""
    serving: Serving = request.app.state.serving
    whole = _asked(request)
    language = language_of(request)
    translate = catalogue(language).gettext
    by_region = resolution.by_region(whole.of, whole.standing)
    shades = {
        region: worldmap.Shade(
            row.get("yes", 0) + row.get("reservation", 0),
            sum(row.values()),
            translate(REGIONS[region]),
        )
        for region, row in by_region.items()
    }
    first, text = resolution.in_language(whole.resolution.text, language)
    return page(
        request,
        "resolution.html",
        whole=whole,
        first=first,
        text=text,
        by_region=by_region,
        shades=shades,
        map=worldmap.world(shades, title=translate(N_("Support by region"))),
        parties={party.id: party for party in whole.of.member},
        kinds=KINDS,
        regions=REGIONS,
        names=STATUS,
        answers=ANSWERS,
        base=serving.base_url(request),
        rule=whole.of.rules.adoption,
        root=serving.node.settings.charter,
    )


async def as_signed(request: Request) -> Response:
    """GET /coalition/resolution/{digest}/note: as its proposer signed it, for members to answer."""
    whole = _asked(request)
    headers = {"content-disposition": f'attachment; filename="{whole.digest[:16]}.note"'}
    return Response(whole.paper.note, media_type="text/plain; charset=utf-8", headers=headers)


async def bundle(request: Request) -> Response:
    """GET /coalition/resolution/{digest}/bundle: everything, in a file that verifies offline."""
    serving: Serving = request.app.state.serving
    whole = _asked(request)
    body = await serving.lists.read(
        request,
        f"bundle {whole.digest}",
        lambda journal: bundles.write(journal, serving.node, whole),
    )
    headers = {"content-disposition": f'attachment; filename="resolution-{whole.digest[:16]}.zip"'}
    return Response(body, media_type="application/zip", headers=headers)


async def receipt(request: Request) -> Response:
    """GET /coalition/receipt/{seq}: the receipt of a document about a resolution."""
    serving: Serving = request.app.state.serving
    seq = request.path_params["seq"]
    entry = serving.journal.event(seq) if resolutions.is_paper(serving.journal, seq) else None
    if entry is None:
        raise resolutions.nothing(str(seq))
    return downloads.receipt(entry, await serving.receipt(entry, "anyone"))


def routes() -> list[Route]:
    """The addresses of resolutions."""
    base = "/coalition/resolution/{digest}"
    return [
        Route("/coalition/resolutions", listed, methods=["GET"]),
        Route(base, show, methods=["GET"]),
        Route(f"{base}/note", as_signed, methods=["GET"]),
        Route(f"{base}/bundle", bundle, methods=["GET"]),
        Route("/coalition/receipt/{seq:int}", receipt, methods=["GET"]),
    ]


def _asked(request: Request) -> Whole:
    serving: Serving = request.app.state.serving
    return _whole(serving, serving.journal, request.path_params["digest"])


def _whole(serving: Serving, journal: Journal, digest: str) -> Whole:
    today: date = datetime.now(UTC).date()
    return resolutions.whole(journal, serving.node, digest, today)
