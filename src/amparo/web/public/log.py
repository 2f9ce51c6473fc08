"""The page of the log: what it is, its key, how old its checkpoint is, and how to check it."""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from amparo.web.http.state import Serving
from amparo.web.words.pages import page


async def log(request: Request) -> Response:
    """GET /log/: what the log is, its key, and how to check it."""
    serving: Serving = request.app.state.serving
    return page(
        request,
        "log.html",
        origin=serving.node.origin,
        vkey=serving.verifier.vkey,
        checkpoint=serving.published(),
        signed_at=serving.signed_at(),
        publisher=serving.publisher,
        base=serving.base_url(request),
    )


async def to_log(_: Request) -> Response:
    """GET /log: on to /log/, where the page and the log's files are."""
    return RedirectResponse("/log/", 308)


def routes() -> list[BaseRoute]:
    """The page; the log's files beside it are `web/api/log`'s."""
    return [
        Route("/log", to_log, methods=["GET"]),
        Route("/log/", log, methods=["GET"]),
    ]
