"""The operator's page of settings: each with what runs, what is usual, and what it is for.

It changes nothing: amparo.toml is on the node's machine, where one also sees what a mistake in it
does before the node is started again.
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.ledger.upkeep import settings_shown
from amparo.storage.settings import FILE
from amparo.web.http.state import Serving
from amparo.web.staff.admin.session import for_operator
from amparo.web.words.pages import page


@for_operator
async def show(request: Request) -> Response:
    """GET /admin/settings: every setting with its value and what it is for, and no secret."""
    serving: Serving = request.app.state.serving
    found, starts = settings_shown.every(serving.node)
    return page(
        request,
        "admin_settings.html",
        place=str(serving.node.folder / FILE),
        starts=starts,
        changed=[each for each in found if not each.is_usual],
        usual=[each for each in found if each.is_usual],
        secrets=settings_shown.secrets(serving.node),
    )


def routes() -> list[Route]:
    """The address of this page."""
    return [Route("/admin/settings", show, methods=["GET"])]
