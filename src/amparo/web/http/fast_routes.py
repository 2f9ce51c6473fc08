"""A fast route to the addresses where statements arrive, which are asked most.

Routing a request costs more than taking the statement in it. So the addresses where statements
arrive are looked up by their whole path, before any other, and answered without an object for the
request or for the answer. What goes before and after (limits, headers, metrics) is the same for
all; and whatever these addresses do not take themselves goes on to the router.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from amparo.web.http.state import Serving

Handlers = Mapping[Any, Callable[[Request, Exception], Any]]


class Call(NamedTuple):
    """A request at one of these addresses."""

    serving: Serving
    scope: Scope
    headers: dict[bytes, bytes]
    """The first of each name."""
    receive: Receive

    def header(self, name: bytes, otherwise: str = "") -> str:
        """A header's value."""
        found = self.headers.get(name)
        return otherwise if found is None else found.decode("latin-1")

    def query(self, name: str) -> str | None:
        """A value of the query."""
        if not self.scope["query_string"]:
            return None
        return Request(self.scope).query_params.get(name)

    def base_url(self) -> str:
        """Where people reach this node, without a trailing slash."""
        return self.serving.base_url_at(self.scope, self.header(b"host"))

    async def body(self) -> bytes:
        """The whole body."""
        parts = []
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Endpoint:
    """An address as an ASGI application: `take` answers with the JSON of a 201, or raises."""

    def __init__(self, take: Callable[[Call], Awaitable[bytes]]) -> None:
        self.take = take

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(reversed(scope["headers"]))
        body = await self.take(Call(scope["app"].state.serving, scope, headers, receive))
        response_headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": response_headers})
        await send({"type": "http.response.body", "body": body})


class Door:
    """A middleware that asks these routes first."""

    def __init__(self, app: ASGIApp, routes: Sequence[Route], handlers: Handlers) -> None:
        """`handlers` tell an error, as the application's own do."""
        self._app = app
        self._handlers = handlers
        self._doors = {
            (method, route.path): route
            for route in routes
            for method in route.methods or ()
            if isinstance(route.app, Endpoint)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._doors.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        try:
            await route.app(scope, receive, send)
        except Exception as error:
            handler = next(filter(None, map(self._handlers.get, type(error).__mro__)), None)
            if handler is None:
                raise
            response = await handler(Request(scope, receive), error)
            await response(scope, receive, send)
