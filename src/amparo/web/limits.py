"""How large a request may be, and how long it may take to arrive.

An ASGI middleware that counts the bytes of a body and sets a time for each piece of it. Too large
is 413, too slow is 408; both close the connection, since the rest of the body may still come. And
there is room for so many bodies at once: who comes beyond that is told when to come again (503 with
Retry-After), before anything of the request is looked at.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amparo.errors import Malformed, Unavailable
from amparo.web.wording import N_

MOST_BODY_BYTES = 16 * 1024 * 1024  # 100 statements, each text at its longest and fully escaped
PIECE_SECONDS = 15.0
MOST_BYTES_AT_WORK = 12 * 1024 * 1024  # some 100 batches: beyond that all only wait longer
LEAST_BYTES = 16 * 1024


class TooLarge(Malformed):
    """The body is larger than anything that is meant (413)."""


class TooSlow(Malformed):
    """The body did not arrive in time (408)."""


class Limits:
    """Bound every request body, and all bodies together that are being worked on."""

    def __init__(self, app: ASGIApp, most: int = MOST_BODY_BYTES) -> None:
        """Wrap an application; `most` bytes a body."""
        self.app, self._most = app, most
        self._at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = taken = 0

        async def bounded() -> Message:
            nonlocal read
            try:
                async with asyncio.timeout(PIECE_SECONDS):
                    message = await receive()
            except TimeoutError:
                raise TooSlow(
                    "The request body did not arrive in time.",
                    why=f"nothing came for {PIECE_SECONDS:.0f} seconds",
                    fix="Send it again, in one go.",
                ) from None
            read += len(message.get("body", b""))
            if read > self._most:
                raise TooLarge(
                    "The request body is too large.",
                    why=f"it has more than {self._most:,} bytes",
                    fix="Send at most 100 statements a call.",
                )
            return message

        whole = False

        async def until_whole() -> Message:
            """Once the body is whole, what follows is the client hanging up: no time limit."""
            nonlocal whole, taken
            if whole:
                return await receive()
            message = await bounded()
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if whole and read:
                taken = self._take(read)
            return message

        try:
            await self.app(scope, until_whole, send)
        finally:
            self._at_work -= taken

    def _take(self, size: int) -> int:
        """Make room for a body that is whole; half ones hold no room that others need."""
        weight = max(LEAST_BYTES, size)
        if self._at_work and self._at_work + weight > MOST_BYTES_AT_WORK:
            raise Unavailable(
                N_("The node is busy."),
                why=N_("As many requests are being worked on as it can hold."),
                fix=N_("Send it again after a second; nothing was kept of this one."),
            )
        self._at_work += weight
        return weight
