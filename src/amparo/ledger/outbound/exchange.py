"""One exchange with another host, bounded as a whole: in seconds, and in bytes both ways.

A time limit of each read is none: a byte a second goes on for ever. So every socket here asks,
before each of its calls, what the exchange may still take. The exchange is that of the running
thread (`exchange`), since the libraries that use the sockets know nothing of it.
"""

# SPDX-License-Identifier: Apache-2.0

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from amparo.ledger.outbound import addresses

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_PIECE = 64 * 1024


class TooMuch(OSError):
    """The other side sent more than the exchange may take."""


class Exchange:
    """What one exchange may still take."""

    def __init__(
        self, seconds: float, most_bytes: int, *, least_rate: float = 0, named: str | None = None
    ) -> None:
        """`least_rate`: bytes a second, 0 for none; what has moved at that rate gives more time.

        `named`: the host that may be inside a private network (`addresses`).
        """
        self.named = named
        self._seconds, self._most_bytes, self._least_rate = seconds, most_bytes, least_rate
        self._begun = time.monotonic()
        self._received = self._moved = 0

    def left(self) -> float:
        """Seconds left; `TimeoutError` when there are none."""
        allowed = self._seconds + (self._moved / self._least_rate if self._least_rate else 0)
        left = self._begun + allowed - time.monotonic()
        if left <= 0:
            if self._least_rate:
                raise TimeoutError(f"it was slower than {self._least_rate:,.0f} bytes a second")
            raise TimeoutError(f"it took longer than {self._seconds:g} seconds")
        return left

    def receive(self, number: int) -> None:
        """Count what came; `TooMuch` when that is more than the exchange may take."""
        self._received += number
        self._moved += number
        if self._received > self._most_bytes:
            raise TooMuch(f"it sent more than {self._most_bytes:,} bytes")

    def send(self, number: int) -> None:
        """Count what went."""
        self._moved += number


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def exchange(
    seconds: float, most_bytes: int, *, least_rate: float = 0, named: str | None = None
) -> Iterator[Exchange]:
    """All that this thread does with sockets of this module, as one exchange."""
    made = Exchange(seconds, most_bytes, least_rate=least_rate, named=named)
    token = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(token)


class _Bounded(socket.socket):
    """A socket that ends with its exchange."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        current = _current.get()
        with self._within(current):
            got = super().recv(buflen, flags)
        current.receive(len(got))
        return got

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        current = _current.get()
        size = nbytes or memoryview(buffer).nbytes  # TLS takes 0 for none, a plain socket for all
        with self._within(current):
            got = super().recv_into(buffer, size, flags)
        current.receive(got)
        return got

    def send(self, data: "ReadableBuffer", flags: int = 0, /) -> int:
        current = _current.get()
        with self._within(current):
            sent = super().send(data, flags)
        current.send(sent)
        return sent

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        view = memoryview(data).cast("B")
        while view:
            view = view[self.send(view[:_PIECE], flags) :]

    @contextmanager
    def _within(self, current: Exchange) -> Iterator[None]:
        self.settimeout(current.left())
        try:
            yield
        except TimeoutError:
            current.left()  # says by what it was too slow
            raise


class _Secure(_Bounded, ssl.SSLSocket):
    """The same over TLS; its handshake has the time limit that the plain socket had."""


def secured(context: ssl.SSLContext) -> ssl.SSLContext:
    """A TLS context whose sockets end with their exchange."""
    context.sslsocket_class = _Secure
    return context


def connect(host: str, port: int) -> socket.socket:
    """A connection to a host, at one of its addresses that may be asked (`addresses.resolve`).

    The name is looked up once and the connection goes to what was judged: whoever answers the name
    otherwise a moment later leads nowhere.
    """
    current = _current.get()
    limit = min(current.left(), addresses.LOOK_UP_SECONDS)
    found = addresses.resolve(host, named=current.named, seconds=limit)
    failed: OSError = OSError("it has no address")
    for number, address in enumerate(found):
        line = _Bounded(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            # One that swallows what is sent to it leaves time for those after it.
            line.settimeout(current.left() / (len(found) - number))
            line.connect((address, port))
            line.settimeout(current.left())
        except OSError as error:
            line.close()
            failed = error
            continue
        with suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line
    raise failed
