"""Connections that cannot be held open, filled or flooded.

uvicorn keeps a connection that sends half a header for ever, reads trailers of any size, queues as
many pipelined requests as fit, and waits without end for whoever does not read. This protocol holds
each connection to the bounds of `web/http/limits.py`, and all of them to one `Room`:

- a head has so many bytes, fields and seconds from its first byte on, and nothing that is sent
  stretches that; trailers and the sizes of chunks count as head;
- a body comes at a least rate, and an answer is read at one: a pause uses up what was saved;
- what is not whole is counted as it arrives, whoever holds it then (parser, uvicorn, application);
- an answer before the request is whole closes the connection.

What is refused in the middle of a body is handed to the application (`bodies.REFUSED`), which says
it in the sender's language; otherwise it is one written answer. Times are looked at once a second
by the room, so that a request which comes whole costs no timer.

The base is not a public class of uvicorn: `tests/hostile/test_connections.py` pins what is relied
on.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import ipaddress
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec
from httptools import HttpParserError, HttpParserUpgrade, parse_url
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from amparo.errors import AmparoError, Malformed
from amparo.web.http.answering import Answering
from amparo.web.http.bodies import REFUSED, TooLarge, busy, too_slow
from amparo.web.http.connection_budget import Room
from amparo.web.http.headers import always
from amparo.web.http.rate import network
from amparo.web.words.decision import N_

ENDING_SECONDS = 5.0
"""How long the application may take to say why the rest of a request is not read."""

_IDLE, _HEAD, _BODY = range(3)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,255})(:[0-9]{1,5})?")


class _Refusal(NamedTuple):
    status: bytes
    error: Callable[[], AmparoError]


def _is_host(value: bytes) -> bool:
    found = _HOST.fullmatch(value)
    if found is None or not value.startswith(b"["):
        return found is not None
    try:
        ipaddress.IPv6Address(found[1][1:-1].decode())
    except ValueError:
        return False
    return True


class _RefusedError(Exception):
    """Out of the parser's callbacks, so that it reads no further."""


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's httptools protocol, bounded. `guarded` makes one for a room."""

    room: Room
    always: bytes
    """Headers of every answer, those that no application makes as well."""
    network = ""
    _stage = _HEAD
    """What is being read; a request that is whole and worked on is _IDLE until the next begins."""
    _begun = 0
    _deadline: float | None = None
    _bare_bytes = 0
    """Head, or framing since the last piece of a body."""
    _fed = False
    _is_counted = False
    _deaf = False
    _refusal: _Refusal | None = None
    _keep_alive = True
    _running: RequestResponseCycle | None = None
    _unread = 0
    _unread_until: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Take it in, if there is room."""
        super().connection_made(transport)
        self.network = network(self.client[0] if self.client else "")
        self._deadline = self.loop.time() + self.room.bounds.head_seconds
        if not self.room.admit(self):
            self._answer(_BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let everybody who works for it know."""
        self._hang_up()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and count what does not make a request whole."""
        if self._deaf:
            return
        begun, self._fed = self._begun, False
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:  # the request is answered as if it had not asked for that
            self._close_after_answers()
            return
        except HttpParserError:
            self._refuse(self._refusal or _NO_HTTP)
            return
        if self._stage == _IDLE and begun == self._begun:  # an empty line before a request
            self._begin_head()
        if self._stage != _IDLE or self.pipeline:
            self._count(len(data))
        elif self._is_counted:
            self._forget()

    def on_message_begin(self) -> None:
        """A head begins, unless it has already by an empty line before it."""
        super().on_message_begin()
        self._begun += 1
        if self._stage == _IDLE:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """A body begins, if there is one."""
        if len(self.headers) > self.room.bounds.headers:
            self._refusal = _TOO_LONG
        elif len(self.pipeline) >= self.room.bounds.pipelined:
            self._refusal = _BUSY
        elif not self._is_host_sound() or self._asks_for_websocket():
            self._refusal = _NO_HTTP
        if self._refusal is not None:
            raise _RefusedError
        self._begin_request()
        self._stage, self._deadline, self._bare_bytes = _BODY, None, 0

    def on_body(self, body: bytes) -> None:
        """A piece of a body, which is more than its framing."""
        self._fed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole: while it is worked on, the connection is not closed for another."""
        super().on_message_complete()
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keep_alive
        self._stage, self._deadline = _IDLE, None
        self.room.work(self)

    def on_response_complete(self) -> None:
        """Begin the next of the requests that wait, or wait for one."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        if self._deaf or not self.cycle.response_complete:
            return
        self.room.wait(self)
        if self._stage == _IDLE:
            self._deadline = None
            if self._is_counted:
                self._forget()

    def shutdown(self) -> None:
        """End after the answer that is being made."""
        self._keep_alive = False
        super().shutdown()

    def pause_writing(self) -> None:
        """An answer waits to be read: it counts."""
        super().pause_writing()
        size = self.transport.get_write_buffer_size()
        self.room.unread.add(self, size, self.loop.time())

    def resume_writing(self) -> None:
        """It was read."""
        super().resume_writing()
        self.room.unread.drop(self)

    # --- what the room asks -----------------------------------------------------------------

    def expire(self, now: float) -> None:
        """End whatever has had its time; asked once a second."""
        if self._is_unread_too_long(now):
            self.abort()
        elif self._stage == _IDLE and (self._unread_until or not self._is_answered()):
            return
        elif self.flow.read_paused and not self._deaf:
            self._deadline = None  # nobody reads: that time is ours
        elif self._deadline is None:
            self._deadline = now + self.room.bounds.idle_seconds
        elif now < self._deadline:
            return
        elif self._deaf or not self._is_counted:
            self.abort()
        else:
            self._refuse(_TOO_SLOW)

    def make_way(self) -> None:
        """Give up what has arrived: others need the room."""
        self._refuse(_BUSY)

    def abort(self) -> None:
        """End at once."""
        self._hang_up()
        self.transport.abort()

    # --- inside ------------------------------------------------------------------------------

    def _begin_request(self) -> None:
        """Hand a request to the application, or behind those that came before on this connection.

        As uvicorn does, but for its timer of each idle connection: the room looks at those.
        """
        version, url = self.parser.get_http_version(), parse_url(self.url)
        is_next = self._is_answered()
        path = url.path.decode("ascii")
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = version
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = url.path
        self.scope["query_string"] = url.query or b""
        self._keep_alive = version != "1.0" and self.parser.should_keep_alive()
        self.cycle = Answering(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=False,  # until the request is whole, its answer closes the connection
            on_response=self.on_response_complete,
        )
        if is_next:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _begin_head(self) -> None:
        self._stage, self._deadline, self._bare_bytes = _HEAD, None, 0

    def _count(self, number: int) -> None:
        """Count what came of requests that are not whole, and how fast it comes."""
        bounds, now = self.room.bounds, self.loop.time()
        if self._stage == _HEAD:
            self._deadline = self._deadline or now + bounds.head_seconds
        elif self._stage == _BODY:
            until = self._deadline or now + bounds.stall_seconds
            until += number / bounds.bytes_a_second
            self._deadline = min(until, now + bounds.stall_seconds)
        self._bare_bytes = 0 if self._fed else self._bare_bytes + number
        self._is_counted = True
        self.room.unfinished.add(self, number, now)
        if self._bare_bytes > bounds.head_bytes or len(self.headers or ()) > bounds.headers:
            self._refuse(_TOO_LONG)

    def _forget(self) -> None:
        self._is_counted = False
        self.room.unfinished.drop(self)

    def _refuse(self, refusal: _Refusal) -> None:
        """Read no more of this connection, and say why as well as that can be done."""
        if self._deaf:
            return
        if self._stage == _BODY:
            self._hand_over(refusal.error())
        elif self._is_answered():
            self._answer(refusal)
        else:
            self._close_after_answers()

    def _hand_over(self, error: AmparoError) -> None:
        """Let the application say it, which waits for the rest of the body."""
        self._deaf, self._deadline = True, self.loop.time() + ENDING_SECONDS
        self._forget()
        self.cycle.scope[REFUSED] = error  # type: ignore[literal-required]  # a key of ours
        self.cycle.body = bytearray()
        self.cycle.message_event.set()

    def _close_after_answers(self) -> None:
        """Answer the requests that are whole, and end."""
        self._deaf, self._stage = True, _IDLE
        self._forget()
        if self._is_answered():
            self.transport.close()
        else:
            self.flow.pause_reading()
            self.cycle.keep_alive = False

    def _answer(self, refusal: _Refusal) -> None:
        """Say why, where no application is asked."""
        self._deaf = True
        self._forget()
        error = refusal.error()
        body = msgspec.json.encode({"message": error.what, "why": error.why, "fix": error.fix})
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"%bconnection: close\r\n\r\n%b" % (refusal.status, len(body), self.always, body)
        )
        self.transport.close()

    def _hang_up(self) -> None:
        """What is still worked on learns that nobody waits for it."""
        self._deaf = True
        self.room.leave(self)
        for cycle in (self._running, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()

    def _is_host_sound(self) -> bool:
        """Whether one host is named, as one can be (RFC 9112, 3.2); HTTP/1.0 may name none.

        It stands in the links of pages: a long one would be repeated there a thousand times.
        """
        hosts = [value for name, value in self.headers if name == b"host"]
        if not hosts:
            return self.parser.get_http_version() != "1.1"
        return len(hosts) == 1 and _is_host(hosts[0])

    def _asks_for_websocket(self) -> bool:
        return self.parser.should_upgrade() and self._get_upgrade() == b"websocket"

    def _is_answered(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _is_unread_too_long(self, now: float) -> bool:
        """Whether an answer is read more slowly than at the least rate."""
        size, stall = self.transport.get_write_buffer_size(), self.room.bounds.stall_seconds
        if not size:
            self._unread_until = None
            return False
        until = self._unread_until or now + stall
        until += max(0, self._unread - size) / self.room.bounds.bytes_a_second
        self._unread, self._unread_until = size, min(until, now + stall)
        return now > until


def guarded(room: Room, *, https: bool = False) -> type[GuardedProtocol]:
    """The protocol of one server, whose connections share a room; see `headers.always`."""
    lines = b"".join(b"%b: %b\r\n" % pair for pair in always(https=https))
    return type("Guarded", (GuardedProtocol,), {"room": room, "always": lines})


def _no_http() -> AmparoError:
    return Malformed(
        N_("This is no request that can be read."),
        why=N_("Its form is not that of HTTP/1.1, or it asks for another protocol."),
        fix=N_("Send it again, whole and as HTTP/1.1."),
    )


def _too_long() -> AmparoError:
    return TooLarge(
        N_("The request's head is too large."),
        why=N_("It has more fields or more bytes than any browser sends."),
        fix=N_("Send fewer or shorter fields; delete this site's cookies."),
    )


_TOO_LONG = _Refusal(b"431 Request Header Fields Too Large", _too_long)
_NO_HTTP = _Refusal(b"400 Bad Request", _no_http)
_TOO_SLOW = _Refusal(b"408 Request Timeout", too_slow)
_BUSY = _Refusal(b"503 Service Unavailable\r\nretry-after: 1", busy)
