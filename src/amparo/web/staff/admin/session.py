"""The operator's way in, by a link that `amparo admin link` prints, and the gate of their pages.

A session is a cookie that no other site's link or form brings along. Every page of the operator's
is behind `for_operator`, which also checks where a form came from: no step can be without either.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import Denied
from amparo.ledger.case import credentials
from amparo.ledger.upkeep import operators
from amparo.web.http import cookies, forms, rate
from amparo.web.http.state import Serving
from amparo.web.staff import sign_in
from amparo.web.words.decision import N_
from amparo.web.words.pages import OPERATOR_COOKIE, page

notes = structlog.get_logger("amparo.operator")
Handler = Callable[[Request], Awaitable[Response]]


async def show(request: Request) -> Response:
    """GET /admin/sign-in: how the operator signs in; or use the link that was made."""
    return page(
        request,
        "admin_sign_in.html",
        link=request.query_params.get("link", ""),
        valid=operators.LINK,
        idle=operators.IDLE,
    )


async def come_in(request: Request) -> Response:
    """POST /admin/sign-in: sign in with a link, which then opens nothing any more."""
    forms.check_same_origin(request)
    rate.take(request, "sign-in")
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=2) as form:
        link = forms.text(form, "link")
    with sign_in.noted("operator link"):
        session = await serving.work(lambda journal: operators.sign_in(journal, link))
    notes.info("the operator came in")
    response = RedirectResponse("/admin", 303)
    _give(request, response, session)
    return response


async def sign_out(request: Request) -> Response:
    """POST /admin/sign-out: end the operator's session in this browser."""
    forms.check_same_origin(request)
    session = cookies.read(request, OPERATOR_COOKIE)
    serving: Serving = request.app.state.serving
    await serving.work(lambda journal: credentials.end(journal, session))
    response = RedirectResponse("/admin/sign-in", 303)
    cookies.take_away(request, response, OPERATOR_COOKIE, same_site="strict")
    return response


def routes() -> list[Route]:
    """The addresses of the way in."""
    return [
        Route("/admin/sign-in", show, methods=["GET"]),
        Route("/admin/sign-in", come_in, methods=["POST"]),
        Route("/admin/sign-out", sign_out, methods=["POST"]),
    ]


def for_operator(handler: Handler) -> Handler:
    """Let a handler answer nobody but a signed-in operator, and no form of another site."""

    @functools.wraps(handler)
    async def gated(request: Request) -> Response:
        if request.method == "POST":
            forms.check_same_origin(request)
        session = cookies.read(request, OPERATOR_COOKIE)
        serving: Serving = request.app.state.serving
        left = operators.left(serving.journal, session) if session else 0
        if not left and request.method == "POST":
            raise _not_signed_in()
        if not left:
            return RedirectResponse("/admin/sign-in", 303)
        is_older = left < operators.IDLE_SECONDS - operators.RENEW_SECONDS
        if is_older:
            await serving.work(lambda journal: operators.renew(journal, session))
        response = await handler(request)
        if is_older:
            _give(request, response, session)
        return response

    return gated


def _give(request: Request, response: Response, session: str) -> None:
    cookies.give(
        request,
        response,
        OPERATOR_COOKIE,
        session,
        seconds=operators.IDLE_SECONDS,
        same_site="strict",
    )


def _not_signed_in() -> Denied:
    return Denied(
        N_("You are not signed in as the operator."),
        why=N_("The session has ended, or there was none."),
        fix=N_("Make a new link on the node's machine: `amparo admin link`."),
    )
