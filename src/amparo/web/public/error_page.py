"""The page of an error: what happened, why, what to do, and where one signs in for it."""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import Response

from amparo.errors import AmparoError
from amparo.web.words.pages import page


def response(request: Request, status: int, error: AmparoError) -> Response:
    """An error as a page: what happened, why, and what to do."""
    path = request.url.path
    way_in = _way_in(path) if status == 401 else ""
    is_lost = status == 404 and path.startswith(("/statement/", "/recourse/"))
    return page(request, "error.html", status=status, error=error, way_in=way_in, is_lost=is_lost)


def _way_in(path: str) -> str:
    """The page where one signs in for a page; empty: nobody does for that."""
    if path.startswith("/admin"):
        return "/admin/sign-in"
    return "/desk/sign-in" if path.startswith(("/desk", "/panel", "/registrar")) else ""
