"""The operator's pages of panel cases: what waits, and the next step of each, as by `amparo panel`.

They are for a node whose registrar has no seat, or is away. A case tells of a step here as of one
by the command line for which `--by` names nobody.
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.ledger.case import registrars
from amparo.ledger.case.registrars import Registrar
from amparo.web.http.state import Serving
from amparo.web.staff import leading
from amparo.web.staff.admin.session import for_operator, notes
from amparo.web.staff.leading import Door

_DOOR = Door("/admin/panels", "admin_panels.html", "admin_panel.html")


@for_operator
async def every(request: Request) -> Response:
    """GET /admin/panels: panel cases that have not ended, and the next step of each."""
    return leading.cases(request, _DOOR)


@for_operator
async def show(request: Request) -> Response:
    """GET /admin/panels/case/{uuid}: the course of a panel case, and the steps that are open."""
    return leading.case(request, _DOOR, _operator(request))


@for_operator
async def step(request: Request) -> Response:
    """POST /admin/panels/case/{uuid}/{step}: take a step, as a registrar would."""
    response = await leading.step(request, _DOOR, _operator(request))
    if response.status_code == 303:
        notes.info("a step in a panel case was taken", step=request.path_params["step"])
    return response


def routes() -> list[Route]:
    """The addresses of these pages."""
    case = "/admin/panels/case/{uuid}"
    return [
        Route("/admin/panels", every, methods=["GET"]),
        Route(case, show, methods=["GET"]),
        Route(f"{case}/{{step}}", step, methods=["POST"]),
    ]


def _operator(request: Request) -> Registrar:
    serving: Serving = request.app.state.serving
    return registrars.named(serving.journal, registrars.UNNAMED)
