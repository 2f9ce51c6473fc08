"""The cookie of a session: no script and no other site can use it."""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from amparo.web.http.state import Serving

SameSite = Literal["lax", "strict"]


def read(request: Request, name: str) -> str:
    """The session that a request carries; empty: none."""
    return request.cookies.get(_name(request, name), "")


def give(
    request: Request,
    response: Response,
    name: str,
    session: str,
    *,
    seconds: int,
    same_site: SameSite,
) -> None:
    """Give a browser a session, which it keeps for so long."""
    response.set_cookie(
        _name(request, name),
        session,
        max_age=seconds,
        httponly=True,
        samesite=same_site,
        secure=_is_secure(request),
        path="/",
    )


def take_away(request: Request, response: Response, name: str, *, same_site: SameSite) -> None:
    """Let a browser forget a session, and what it keeps of the pages that it saw in it."""
    response.headers["clear-site-data"] = '"cache"'
    secure = _is_secure(request)
    response.delete_cookie(
        _name(request, name), path="/", secure=secure, httponly=True, samesite=same_site
    )


def _is_secure(request: Request) -> bool:
    serving: Serving = request.app.state.serving
    return serving.https or request.url.scheme == "https"


def _name(request: Request, name: str) -> str:
    """By https the browser itself sees to it that only this host can set the cookie."""
    return f"__Host-{name}" if _is_secure(request) else name
