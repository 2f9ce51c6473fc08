"""The application: routes, limits, and how an error is shown to a browser and to a program."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
from collections.abc import AsyncIterator

import msgspec
from starlette.applications import Starlette
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from amparo.errors import AmparoError, Denied, Malformed, Missing, Refused, Text, Unavailable
from amparo.ledger.log import selfcheck
from amparo.ledger.upkeep.disk_alarm import is_low
from amparo.storage.durable import NoSpace, free_bytes
from amparo.web.api import cases, log, openapi, source_webhooks, statements
from amparo.web.http.bodies import Bodies, TooLarge, TooSlow
from amparo.web.http.busy import Busy
from amparo.web.http.fast_routes import Door
from amparo.web.http.headers import Headers
from amparo.web.http.rate import TooMany
from amparo.web.http.state import Serving
from amparo.web.http.static_files import PackedFiles
from amparo.web.http.telemetry import Observed, pattern
from amparo.web.http.tracing import spans
from amparo.web.public import (
    about,
    case_file,
    claims,
    coalition,
    decision,
    documentation,
    error_page,
    find,
    front_page,
    members,
    notice,
    observatory,
    person,
    representation,
    resolutions,
    rulings,
    search,
    transparency,
    verify,
    waiting,
)
from amparo.web.public import log as log_page
from amparo.web.staff import (
    admin,
    connect,
    demonstration,
    desk,
    forwarding,
    groups,
    leads,
    mandates,
    oidc,
    panel,
    passkeys,
    proposals,
    queue,
    registrar,
    report,
    saved_texts,
    sign_in,
    suspensions,
)
from amparo.web.words.decision import N_
from amparo.web.words.i18n import localise_error
from amparo.web.words.pages import language_of, retry_after

logger = logging.getLogger("amparo")

STATUS: dict[type[AmparoError], int] = {
    TooLarge: 413,
    TooSlow: 408,
    statements.UnsupportedType: 415,
    TooMany: 429,
    NoSpace: 507,
    Malformed: 400,
    Denied: 401,
    Missing: 404,
    Refused: 409,
    Unavailable: 503,
}
"""Kind of error -> HTTP status; the first that fits. Anything else is our own fault: 500."""


class _Number(IntegerConvertor):
    """A number in an address: more digits lead nowhere, and no database takes them."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", _Number())

# What tells an error is a coroutine throughout: a plain function would be run on one of a few
# threads, and while batches are checked whoever is turned away would wait for one the longest.


def build(serving: Serving) -> Starlette:
    """The ASGI application of one serving process."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        serving.start()
        yield
        await serving.stop()

    app = Starlette(
        routes=routes(serving.secret, https=serving.https),
        middleware=[
            Middleware(Observed, span=spans()),
            Middleware(Headers, https=serving.https, on_mistake=_own_fault),
            Middleware(Bodies),
            Middleware(Door, routes=statements.routes(), handlers=_HANDLED),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.serving = serving
    return app


def routes(secret: bytes, *, https: bool) -> list[BaseRoute]:
    """Every address of a node, the first that fits goes; `secret` seals the state of a sign-in."""
    return [
        *statements.routes(),  # first, as they are asked most
        Route("/health", health, methods=["GET"]),
        Route("/health/live", live, methods=["GET"]),
        Route("/health/ready", ready, methods=["GET"]),
        *openapi.routes(),
        *log.routes(),
        *observatory.routes(),
        *cases.routes(),
        *source_webhooks.routes(),
        *person.routes(),
        *claims.routes(),
        *representation.routes(),
        *waiting.routes(),
        *notice.routes(),
        *sign_in.routes(),
        *passkeys.routes(),
        *oidc.routes(secret, https=https),
        *connect.routes(),
        *suspensions.routes(),
        *forwarding.routes(),
        *report.routes(),
        *saved_texts.routes(),
        *groups.routes(),  # before a case's steps, whose addresses are wider
        *desk.routes(),
        *queue.routes(),
        *panel.routes(),
        *registrar.routes(),
        *mandates.routes(),
        *proposals.routes(),
        *leads.routes(),
        *rulings.routes(),
        *case_file.routes(),
        *coalition.routes(),
        *members.routes(),
        *resolutions.routes(),
        *transparency.routes(),
        *front_page.routes(),
        *decision.routes(),
        *verify.routes(),
        *log_page.routes(),
        Mount("/static", PackedFiles()),
        *find.routes(),
        *search.routes(),
        *about.routes(),
        *documentation.routes(),
        *demonstration.routes(),
        *admin.routes(),
    ]


async def health(request: Request) -> Response:
    """GET /health: 200 when the node takes and publishes decisions, 503 with the reason if not."""
    serving: Serving = request.app.state.serving
    checkpoint = serving.published()
    publisher = serving.publisher
    well = checkpoint is not None and publisher.state in ("publishing", "standby")
    body: dict[str, object] = {
        "status": "ready" if well else "not ready",
        "published": checkpoint.size if checkpoint else 0,
        "queued": serving.queued(),
        "publisher": publisher,
        "down": _down(serving),
        "disk_low": is_low(serving.node, free_bytes(serving.node.folder)),
    }
    try:
        body["entries"] = serving.journal.size()
        body["checked"] = selfcheck.last(serving.journal)
    except AmparoError as error:
        return _json(503, body | {"status": "not ready", "why": error.why})
    try:
        serving.check_space()
    except NoSpace as error:
        body |= {"status": "reading only", "why": error.why}
    return _json(200 if well else 503, body)


async def live(_: Request) -> Response:
    """GET /health/live: 200 while this process answers at all; restart it when it does not."""
    return _json(200, {"status": "live"})


async def ready(request: Request) -> Response:
    """GET /health/ready: 200 while this process takes submissions; send none while it does not.

    `down` names each of its background threads that does not work just now, and why: without the
    scheduler no clock runs out, without delivery nobody is told.
    """
    serving: Serving = request.app.state.serving
    down = _down(serving)
    try:
        serving.check_ready()
    except AmparoError as error:
        body = {"status": "not ready", "what": error.what, "why": error.why, "down": down}
        return _json(503, body)
    return _json(200, {"status": "ready", "down": down})


def _down(serving: Serving) -> dict[str, str]:
    """Background thread -> why it does not work just now."""
    return {
        thread.name: str(thread.trouble.why)
        for thread in serving.threads()
        if thread.trouble is not None
    }


async def _unprocessable(_: Request, error: Exception) -> Response:
    body = error.body if isinstance(error, statements.Unprocessable) else {}
    return _json(422, body)


async def _amparo_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, AmparoError):
        return await _own_fault(request, error)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        logger.error("%s %s: %s", request.method, pattern(request.scope), error)
    if _wants_page(request):
        response = error_page.response(request, status, error)
    else:
        response = _json(status, localise_error(error, language_of(request)))
        response.headers.update(retry_after(status))
    if isinstance(error, Busy):
        response.headers["retry-after"] = str(error.seconds)
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    """What the router refuses: no such address, no such method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    problem: AmparoError
    if status == 404:
        problem = Missing(
            N_("There is nothing at this address."),
            why=N_("The link may be old, or was copied only in part."),
            fix=N_("Begin at the front page, or at /api for the interface."),
        )
    else:
        problem = Malformed(
            Text("{method} is not possible at this address.", method=request.method),
            why=Text("{path} takes other methods", path=request.url.path[:200]),
            fix="See /api for what can be asked, and how.",
        )
    if _wants_page(request):
        return error_page.response(request, status, problem)
    response = _json(status, localise_error(problem, language_of(request)))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def gone(_: Request, __: Exception) -> Response:
    """What is noted of somebody who left before the request was whole; nobody reads it."""
    return Response(status_code=499)


async def _own_fault(request: Request, error: Exception) -> Response:
    logger.error("%s %s", request.method, pattern(request.scope), exc_info=error)
    problem = AmparoError(
        N_("The node made a mistake."),
        why=N_("This is not your fault; what happened stands in the node's own notes."),
        fix=N_("Try again; if it stays so, tell the node's operator when it happened."),
    )
    if _wants_page(request):
        return error_page.response(request, 500, problem)
    return _json(500, localise_error(problem, language_of(request)))


HANDLERS = {
    statements.Unprocessable: _unprocessable,
    AmparoError: _amparo_error,
    HTTPException: _http_error,
    ClientDisconnect: gone,
    Exception: _own_fault,
}
"""Kind of error -> how it is told."""
_HANDLED = {kind: handler for kind, handler in HANDLERS.items() if kind is not Exception}


def _wants_page(request: Request) -> bool:
    path = request.url.path
    program = path.startswith(("/api/", "/log/tile", "/log/checkpoint", "/health"))
    return not program and "text/html" in request.headers.get("accept", "")


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
