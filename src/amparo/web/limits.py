"""How large a request may be, and how long it may take to arrive.

An ASGI middleware that counts the bytes of a body and sets a time for each piece of it. Too large
is 413, too slow is 408; both close the connection, since the rest of the body may still come.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amparo.errors import Malformed

MOST_BODY_BYTES = 16 * 1024 * 1024  # 100 statements, each text at its longest and fully escaped
PIECE_SECONDS = 15.0


class TooLarge(Malformed):
    """The body is larger than anything that is meant (413)."""


class TooSlow(Malformed):
    """The body did not arrive in time (408)."""


class Limits:
    """Bound every request body."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = 0

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
            if read > MOST_BODY_BYTES:
                raise TooLarge(
                    "The request body is too large.",
                    why=f"it has more than {MOST_BODY_BYTES:,} bytes",
                    fix="Send at most 100 statements a call.",
                )
            return message

        whole = False

        async def until_whole() -> Message:
            """Once the body is whole, what follows is the client hanging up: no time limit."""
            nonlocal whole
            if whole:
                return await receive()
            message = await bounded()
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        await self.app(scope, until_whole, send)
