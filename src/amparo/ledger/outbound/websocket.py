"""Messages that another host sends over a WebSocket, each bounded by itself.

A line may be quiet for hours, so it has no time limit as a whole. A message has: once it has begun
it is there within `MESSAGE_SECONDS` and is no longer than `most_bytes`, whatever comes between its
pieces. A line on which nothing is heard is asked whether it is still there (`QUIET_SECONDS`).

The connection is made as every other is (`http`): its address is judged, a proxy is used where
there is one. What is said on it is RFC 6455, by `websockets`, which here does no input or output.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol, State
from websockets.utils import accept_key, generate_key

from amparo.ledger.outbound.exchange import exchange
from amparo.ledger.outbound.http import Asker, NoAnswer, failing, no_answer

HANDSHAKE_SECONDS = 20.0
MESSAGE_SECONDS = 30.0
QUIET_SECONDS = 30.0
_PIECE = 64 * 1024
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_LEAST_SECONDS = 0.001


@contextmanager
def listening(
    url: str, *, most_bytes: int, named: str | None = None, proxy: str | None = None
) -> Iterator["Line"]:
    """A line to an address that begins with http or https, for messages up to `most_bytes`.

    `named`, `proxy`: as for `http.Asker`.
    """
    key = generate_key()
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": key,
    }
    with (
        closing(Asker(named=named, proxy=proxy)) as asker,
        asker.upgraded(url, headers, seconds=HANDSHAKE_SECONDS) as (answer, stream),
    ):
        if stream is None:
            raise no_answer(url, f"status {answer.status}, and not the change to a WebSocket")
        if answer.headers.get("sec-websocket-accept") != accept_key(key):
            raise no_answer(url, "it agrees to a WebSocket that was not asked for")
        line = Line(url, stream, most_bytes)
        try:
            yield line
        finally:
            line.close()


class Line:
    """An open line; for one thread."""

    def __init__(self, url: str, stream: Any, most_bytes: int) -> None:
        self._url, self._stream = url, stream
        self._protocol = Protocol(CLIENT, state=State.OPEN, max_size=most_bytes)
        self._pieces: list[bytes] = []
        self._ready: list[bytes] = []
        self._begun: float | None = None
        self._heard = time.monotonic()
        self._is_asked = False

    def receive(self, seconds: float) -> bytes | None:
        """The next message; None where none has begun within so many seconds.

        `NoAnswer` where one takes too long or is too large, where the line is dead or has ended.
        """
        until = time.monotonic() + seconds
        while not self._ready:
            self._check_open()
            now = time.monotonic()
            if self._begun is None and now >= until:
                return None
            self._ask_whether_it_is_there(now)
            if self._begun is not None and now >= self._begun + MESSAGE_SECONDS:
                why = f"a message was not there within {MESSAGE_SECONDS:g} seconds"
                raise no_answer(self._url, why)
            self._read(now, until if self._begun is None else self._begun + MESSAGE_SECONDS)
        return self._ready.pop(0)

    def close(self) -> None:
        """Say goodbye, and wait for no answer."""
        if self._protocol.state is State.OPEN:
            with suppress(NoAnswer, WebSocketException):
                self._protocol.send_close(1000)
                self._send()

    def _ask_whether_it_is_there(self, now: float) -> None:
        silent = now - self._heard
        if silent >= 2 * QUIET_SECONDS:
            raise no_answer(self._url, f"nothing was heard for {silent:.0f} seconds")
        if silent >= QUIET_SECONDS and not self._is_asked:
            self._is_asked = True
            self._protocol.send_ping(b"")
            self._send()

    def _read(self, now: float, until: float) -> None:
        """Take in what comes; back by `until`, and when the line is to be looked after."""
        looked_after = self._heard + (2 if self._is_asked else 1) * QUIET_SECONDS
        patience = max(_LEAST_SECONDS, min(until, looked_after) - now)
        try:
            with exchange(patience, _PIECE):
                data = self._stream.read(_PIECE)
        except TimeoutError:
            return
        except OSError:
            with failing(self._url):
                raise
        self._heard, self._is_asked = time.monotonic(), False
        self._begun = self._begun or self._heard
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        self._send()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)

    def _take(self, frame: Frame) -> None:
        """Put the pieces of messages together; between two of them nothing has begun."""
        if frame.opcode in _DATA:
            if frame.data or not self._pieces:  # empty ones without end would fill the memory
                self._pieces.append(bytes(frame.data))
            if frame.fin:
                self._ready.append(b"".join(self._pieces))
                self._pieces.clear()
        if not self._pieces:
            self._begun = None

    def _check_open(self) -> None:
        if self._protocol.state is State.OPEN:
            return
        received, sent = self._protocol.close_rcvd, self._protocol.close_sent
        why = "it closed the line without a word"
        if received is not None:
            why = f"it closed the line: {received.code} {received.reason[:100]!r}"
        elif sent is not None:
            why = f"what it sent cannot be taken: {sent.code} {sent.reason[:100]!r}"
        raise no_answer(self._url, why)

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                with failing(self._url), exchange(HANDSHAKE_SECONDS, 0):
                    self._stream.write(data)
