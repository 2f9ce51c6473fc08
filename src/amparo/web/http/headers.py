"""Headers that every answer carries, whatever made it, unless it carries its own.

What belongs to one case, one desk or one panel is kept by no browser and no proxy, whatever made
it: the next person at that machine must not find it.

Sources: OWASP ASVS 5, 3.4 (browser security mechanism headers), 14.3.2; Fetch (CORP, COOP);
RFC 6797; RFC 9111, 5.2.2.5 (no-store).
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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

PRIVATE = ("/recourse/", "/desk", "/panel", "/api/v1/")
PUBLIC = ("/panel/draw/",)  # anybody may repeat a draw


class Headers:
    """Add what is missing."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        added = ALWAYS | ({"strict-transport-security": HSTS} if https else {})
        self._added = [(name.encode(), value.encode()) for name, value in added.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        private = path.startswith(PRIVATE) and not path.startswith(PUBLIC)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                if private:
                    headers[:] = [one for one in headers if one[0] != b"cache-control"]
                    headers.append((b"cache-control", b"no-store"))
                there = {name for name, _ in headers}
                if b"access-control-allow-origin" in there:  # the log is everybody's
                    headers.append((b"cross-origin-resource-policy", b"cross-origin"))
                    there.add(b"cross-origin-resource-policy")
                headers += [one for one in self._added if one[0] not in there]
            await send(message)

        await self._app(scope, receive, adding)
