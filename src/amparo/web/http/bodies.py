"""Request bodies: each of its door's size, all together of what can be worked on.

An ASGI middleware. Too large is 413, and what the guard of the connection refuses meanwhile (too
slow, no room) is raised where the body is awaited, so that it is answered in the sender's language.
There is room for so many whole bodies at once: who comes beyond that is told when to come again
(503 with Retry-After), before anything of the request is looked at.
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amparo.errors import AmparoError, Malformed, Text, Unavailable
from amparo.web.http.limits import LEAST_BYTES_AT_WORK, MOST_BYTES_AT_WORK, most_bytes
from amparo.web.words.decision import N_

REFUSED = "amparo.refused"
"""Key of a scope: why the rest of this request is not read."""


class TooLarge(Malformed):
    """The body is larger than anything that is meant (413)."""


class TooSlow(Malformed):
    """The body did not arrive in time (408)."""


class Bodies:
    """Bound every request body, and all bodies together that are being worked on."""

    def __init__(self, app: ASGIApp, at_work: int = MOST_BYTES_AT_WORK) -> None:
        """Wrap an application; `at_work` bytes of bodies are worked on at once."""
        self.app, self._most_at_work = app, at_work
        self._at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        read = taken = most = 0
        whole = False

        async def bounded() -> Message:
            nonlocal read, taken, most, whole
            if whole:  # what follows is the client hanging up
                return await receive()
            if not most:
                most = _most(scope)
            message = await receive()
            if REFUSED in scope:
                raise scope[REFUSED]
            read += len(message.get("body", b""))
            if read > most:
                raise too_large(most)
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if whole and read:
                taken = self._take(read)
            return message

        try:
            await self.app(scope, bounded, send)
        finally:
            self._at_work -= taken

    def _take(self, size: int) -> int:
        """Make room for a body that is whole; half ones are the guard's."""
        weight = max(LEAST_BYTES_AT_WORK, size)
        if self._at_work and self._at_work + weight > self._most_at_work:
            raise busy()
        self._at_work += weight
        return weight


def too_large(most: int) -> AmparoError:
    """What is said of a body beyond its door's size."""
    return TooLarge(
        N_("The request body is too large."),
        why=Text("at most {most} bytes are taken", most=most),
        fix=N_("Send less at once."),
    )


def too_slow() -> AmparoError:
    """What is said of a body that trickles in."""
    return TooSlow(
        N_("The request did not arrive in time."),
        why=N_("It came more slowly than a bad line would bring it."),
        fix=N_("Send it again, in one go."),
    )


def busy() -> AmparoError:
    """What is said while there is no room for another request."""
    return Unavailable(
        N_("The node is busy."),
        why=N_("As many requests are being worked on as it can hold."),
        fix=N_("Send it again after a second; nothing was kept of this one."),
    )


def _most(scope: Scope) -> int:
    """The most bytes at this door; a length said beforehand that is more is refused unread."""
    urlencoded, length = False, 0
    for name, value in scope["headers"]:
        if name == b"content-type":
            urlencoded |= value.lower().startswith(b"application/x-www-form-urlencoded")
        elif name == b"content-length":
            # The parser takes digits alone, of a number of 64 bits: what stands before is noughts.
            length = max(length, int(value.strip()[-20:]))
    most = most_bytes(getattr(scope.get("route"), "path", ""), urlencoded=urlencoded)
    if length > most:
        raise too_large(most)
    return most
