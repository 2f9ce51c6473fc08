"""An answer's head and the first of its body leave together: one system call, one packet.

uvicorn writes the two one after the other, and uvloop hands each to the kernel at once; whoever
waits for the answer is woken twice. It also looks for bad characters in every header of every
answer. Here that is done once for headers that are always the same, and the rest is uvicorn's.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from amparo.web.http.headers import ALWAYS, HSTS, NO_STORE, encoded

MOST_COPIED = 64 * 1024
"""Longer ones are not copied behind the head for it."""
_LENGTH = b"content-length"
_FRAMING = (b"connection", b"transfer-encoding")
_BODILESS = (204, 304)
_SAME = {
    (name, value): b"%b: %b\r\n" % (name, value)
    for name, value in (
        *encoded(ALWAYS), *encoded({"strict-transport-security": HSTS}), NO_STORE,
        (b"content-type", b"application/json"),
    )
}  # fmt: skip


class Answering(RequestResponseCycle):
    """One request and its answer."""

    _begun: Any = None
    """The message that begins the answer, while nothing of the body has come."""

    async def send(self, message: Any) -> None:
        """Take a message of the application's; what begins an answer waits for its body."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._begun, self.response_started = message, True
            self.waiting_for_100_continue = False
            return
        if self._begun is not None:
            begun, self._begun = self._begun, None
            head = self._head(begun)
            if head is not None and not self.flow.write_paused:
                self._write(head, message.get("body", b""), more=message.get("more_body", False))
                return
            self.response_started = False
            await super().send(begun)
        await super().send(message)

    def _head(self, begun: Any) -> bytes | None:
        """The head of an answer of known length; None where uvicorn is to write it."""
        status, length = begun["status"], None
        lines = [STATUS_LINE[status]]
        for pair in (*self.default_headers, *begun["headers"]):
            line = _SAME.get(pair)
            if line is None:
                name, value = pair[0].lower(), pair[1]
                if name in _FRAMING or HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
                    return None
                if name == _LENGTH:
                    length = int(value)
                line = b"%b: %b\r\n" % (name, value)
            lines.append(line)
        if length is None or status in _BODILESS or self.scope["method"] == "HEAD":
            return None
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        self.chunked_encoding, self.expected_content_length = False, length
        return b"".join(lines)

    def _write(self, head: bytes, body: bytes, *, more: bool) -> None:
        if self.disconnected:
            return
        left = self.expected_content_length - len(body)
        if left < 0 or (left and not more):
            raise RuntimeError(f"The answer's body and its Content-Length differ by {left}.")
        self.expected_content_length = left
        if len(body) < MOST_COPIED:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))
        if not more:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()
