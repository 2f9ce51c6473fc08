"""Headers that every answer carries, whatever made it, unless it carries its own.

What belongs to one case, to whoever speaks for many, or to a page behind a sign-in, is kept by no
browser and no proxy, whatever made it: the next person at that machine must not find it.

Sources: OWASP ASVS 5, 3.4 (browser security mechanism headers), 14.3.2; Fetch (CORP, COOP);
RFC 6797; RFC 9111, 5.2.2.5 (no-store).
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Pairs = list[tuple[bytes, bytes]]

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HSTS = "max-age=63072000; includeSubDomains"
"""Where people reach the node by https, their browsers never ask it in the clear again."""

PRIVATE = (
    *("/recourse/", "/desk", "/panel", "/registrar", "/mandates", "/admin"),
    *("/api/v1/", "/api/ping"),
)
PUBLIC = ("/panel/draw/",)  # anybody may repeat a draw


NO_STORE = (b"cache-control", b"no-store")
_CORP = b"cross-origin-resource-policy"


def encoded(headers: Mapping[str, str]) -> Pairs:
    """Headers as they are sent."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def always(*, https: bool) -> Pairs:
    """What every answer carries; `https`: people reach the server by that."""
    return encoded(ALWAYS | ({"strict-transport-security": HSTS} if https else {}))


class Headers:
    """Add what is missing, also where the application fails."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        on_mistake: Callable[[Request, Exception], Awaitable[Any]] | None = None,
    ) -> None:
        """`on_mistake` answers an error that nobody inside has answered; it is raised then."""
        self._app, self._on_mistake = app, on_mistake
        self._added = always(https=https)
        # Answers are few kinds, and each has the same names: they are compared once.
        self._missing = functools.lru_cache(maxsize=256)(self._find_missing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        private = path.startswith(PRIVATE) and not path.startswith(PUBLIC)
        begun = False

        async def adding(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = message["headers"]
                if private:
                    headers[:] = [header for header in headers if header[0] != b"cache-control"]
                    headers.append(NO_STORE)
                headers += self._missing(tuple([name for name, _ in headers]))
            await send(message)

        try:
            await self._app(scope, receive, adding)
        except Exception as error:
            if self._on_mistake is not None and scope["type"] == "http" and not begun:
                response = await self._on_mistake(Request(scope), error)
                await response(scope, receive, adding)
            raise

    def _find_missing(self, there: tuple[bytes, ...]) -> Pairs:
        missing = [header for header in self._added if header[0] not in there]
        if b"access-control-allow-origin" in there:  # the log is everybody's
            return [(n, b"cross-origin" if n == _CORP else value) for n, value in missing]
        return missing
