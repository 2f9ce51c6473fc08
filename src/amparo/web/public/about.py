"""Who runs a node, what it keeps of people, how accessible it is, and where its source is."""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo import __version__
from amparo.web.http.state import Serving
from amparo.web.words.pages import page


async def about(request: Request) -> Response:
    """GET /about: who runs this, contact, privacy, accessibility, source."""
    serving: Serving = request.app.state.serving
    settings = serving.node.settings
    return page(
        request,
        "about.html",
        operator=settings.operator_name,
        contact=settings.contact,
        retention_days=settings.retention_days,
        version=__version__,
        origin=serving.node.origin,
    )


def routes() -> list[Route]:
    """The address of this page."""
    return [Route("/about", about, methods=["GET"])]
