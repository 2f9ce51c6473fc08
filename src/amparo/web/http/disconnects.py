"""Work for somebody who may leave: a client that hangs up takes its job along.

A server tells a handler that its client has left only if it is asked; whatever waits in a queue for
one that is gone would otherwise be done for nobody, before everybody else's turn.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request

from amparo.errors import Unavailable

_T = TypeVar("_T")


async def while_connected(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Do some work, or cancel it when the client hangs up; what is left of its body is unread."""
    doing = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            leaving.result()  # or it stays, and the rest of its request is refused
            raise Unavailable("The client has left.", why="it hung up", fix="Send it again.")
        return doing.result()
    finally:
        for task in (doing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
