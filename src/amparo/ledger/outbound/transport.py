"""The one way of asking (`http`), for a library that speaks httpx and runs on an event loop.

It asks for whoever is in charge, who has named the hosts: they may be inside, and go through the
environment's proxy.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx2

from amparo.errors import Unavailable
from amparo.ledger.outbound import http

AT_ONCE = 4
MOST_WAITING = 32
Failed = httpx2.HTTPError
"""What a library raises of itself, as for an answer that tells of an error."""


class Transport(httpx2.AsyncBaseTransport):
    """Asks on threads of its own, a few at once."""

    def __init__(self, *, seconds: float, most_bytes: int) -> None:
        self._seconds, self._most_bytes = seconds, most_bytes
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking")
        self._waiting = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange; `Unavailable` where there is no answer, or too many wait for one."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable(
                "Too many wait for an answer.", why=f"{self._waiting} already do", fix="Try again."
            )
        body = await request.aread()
        self._waiting += 1
        try:
            answer = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._ask, request, body
            )
        finally:
            self._waiting -= 1
        kind = answer.headers.get("content-type", "")
        return httpx2.Response(answer.status, headers={"content-type": kind}, content=answer.body)

    def _ask(self, request: httpx2.Request, body: bytes) -> http.Answer:
        url = str(request.url)
        left_out = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")
        return http.ask(
            request.method,
            url,
            body,
            headers={name: v for name, v in request.headers.items() if name not in left_out},
            seconds=self._seconds,
            most_bytes=self._most_bytes,
            named=request.url.host,
            proxy=http.proxy_for(url),
        )
