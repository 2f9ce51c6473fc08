"""Being somebody in a demonstration: one click, and a visitor is signed in as one of its cast.

On a real node none of these addresses is there.
"""

# SPDX-License-Identifier: Apache-2.0

import secrets
from contextlib import suppress
from functools import partial
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import Missing
from amparo.ledger.case import people
from amparo.ledger.upkeep import demonstration
from amparo.ledger.upkeep.demonstration import Part
from amparo.web.api.openapi import FIRST, pretty
from amparo.web.http import forms, rate
from amparo.web.http.state import Serving
from amparo.web.staff import sign_in
from amparo.web.words.decision import N_
from amparo.web.words.demonstration import GROUPS, TOURS
from amparo.web.words.pages import PART_COOKIE, page


async def show(request: Request) -> Response:
    """GET /demo: whom a visitor can be."""
    parts = {part.name: (part, TOURS[part.name]) for part in _cast(request)}
    groups = [
        (heading, [parts[name] for name in names if name in parts])
        for heading, names in GROUPS.items()
    ]
    first = next(iter(TOURS))
    return page(request, "demonstration.html", groups=groups, first=first)


async def tour(request: Request) -> Response:
    """GET /demo/{part}: somebody of the cast, and five steps as them."""
    part = _part(request)
    found = TOURS[part.name]
    begin = part.place if part.name not in _AT_HOME else f"/demo/{part.name}"
    return page(
        request,
        "demonstration_part.html",
        part=part,
        tour=found,
        steps=[(f"{begin}{at}" if _is_own(at) else at, text) for at, text in found.steps],
        base=request.app.state.serving.base_url(request),
        folder=str(request.app.state.serving.node.folder),
        example=pretty(FIRST | {"puid": f"try-{secrets.token_hex(4)}"}),
    )


async def enter(request: Request) -> Response:
    """POST /demo/{part}: be them; a visitor who has a seat is signed in, at `?case=` if it says so.

    With that a page on which somebody waits leads to the very case at the desk.
    """
    forms.check_same_origin(request)
    rate.take(request, "demonstration")
    part = _part(request)
    serving: Serving = request.app.state.serving
    place = _case_of(request, part) or part.place
    if part.seat:
        session = await serving.work(partial(people.new_session, number=part.seat))
        response = sign_in.entered(
            request, session, way="demonstration", respond=lambda _: sign_in.onward(place)
        )
    else:
        response = RedirectResponse(place, 303)
    response.set_cookie(PART_COOKIE, part.name, httponly=True, samesite="lax")
    return response


def routes() -> list[Route]:
    """The addresses of a demonstration."""
    return [
        Route("/demo", show, methods=["GET"]),
        Route("/demo/{part}", tour, methods=["GET"]),
        Route("/demo/{part}", enter, methods=["POST"]),
    ]


_AT_HOME = frozenset({"engineer", "member"})
"""Parts whose page here is where they begin."""


def _is_own(at: str) -> bool:
    """Whether a step is on the page where somebody begins, or below it."""
    return at in ("", "/receipt") or at.startswith("#")


def _cast(request: Request) -> tuple[Part, ...]:
    serving: Serving = request.app.state.serving
    if not serving.node.is_demonstration:
        raise _nothing()
    return demonstration.cast(serving.journal)


def _part(request: Request) -> Part:
    name = request.path_params["part"]
    part = next((part for part in _cast(request) if part.name == name), None)
    if part is None:
        raise _nothing()
    return part


def _case_of(request: Request, part: Part) -> str:
    """Where a desk has the case that is asked for; empty where none is, or they have no desk."""
    if part.place.startswith("/desk"):
        with suppress(ValueError):
            return f"/desk/case/{UUID(request.query_params.get('case', ''))}"
    return ""


def _nothing() -> Missing:
    return Missing(
        N_("There is nothing at this address."),
        why=N_("The link may be old, or was copied only in part."),
        fix=N_("Begin at the front page, or at /api for the interface."),
    )
