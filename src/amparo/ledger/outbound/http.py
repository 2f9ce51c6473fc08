"""Asking another host over HTTP: the one way in which this program does.

An exchange is bounded as a whole (`exchange`): name, connection, TLS, every redirect, each byte of
head and body. Nothing is unpacked that was not asked for packed, no redirect is followed that was
not asked for, no cookie is kept. The address is judged (`addresses`), also that of each redirect.
Whatever goes wrong between here and an answer is `NoAnswer`; what an answer means is the caller's.
"""

# SPDX-License-Identifier: Apache-2.0

import base64
import functools
import json
import select
import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from amparo.errors import Malformed, Unavailable
from amparo.ledger.outbound.exchange import TooMuch, connect, exchange, secured

MOST_HEAD_BYTES = 128 * 1024
MOST_REDIRECTS = 5
AT_ONCE = 32
KEEP_OPEN_SECONDS = 15.0
_SWITCHING = 101
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FORGOTTEN = ("authorization", "cookie")
"""What is sent to the host that was named, and to none that it redirects to."""


class NoAnswer(Unavailable):
    """The other side gave no answer that could be read, in time and in size."""


class TooLarge(NoAnswer):
    """The answer is larger than it may be."""


class Answer(NamedTuple):
    """What another host answered."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    """Of an error only as much as was to be read at most."""

    @property
    def is_success(self) -> bool:
        """Whether the other side did what it was asked for."""
        return 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; `NoAnswer` where it is none."""
        found = None
        with suppress(ValueError, RecursionError):
            found = json.loads(self.body)
        if not isinstance(found, dict):
            raise NoAnswer(
                "The answer cannot be read.",
                why=f"status {self.status}, and what came is no JSON object",
                fix="Look whether the address is right.",
            )
        return found


class Arriving(NamedTuple):
    """An answer whose body is still to come."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


class Asker:
    """Asks hosts, and keeps connections open from one exchange to the next; for many threads."""

    def __init__(
        self, *, named: str | None = None, redirects: bool = False, proxy: str | None = None
    ) -> None:
        """`named`: the host that may be inside a private network.

        `proxy`: what asks in our place, as in socks5://127.0.0.1:9050; it looks names up itself, so
        nothing is judged here. None is taken from the environment (`proxy_for`): whom a stranger
        names must be judged.
        """
        through = _proxy(proxy) if proxy else None
        self._named = through.url.host if through else named
        self._most_redirects = MOST_REDIRECTS if redirects else 0
        self._pool = _pool(through)

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def ask(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        seconds: float,
        most_bytes: int,
        headers: Mapping[str, str] | None = None,
        least_rate: float = 0,
        packed: bool = False,
    ) -> Answer:
        """One exchange as a whole; with `most_bytes` 0 the body is left unread.

        `least_rate`: bytes a second; what has moved at that rate gives more time than `seconds`.
        `packed`: whether the body may come as gzip; it is unpacked up to `most_bytes`.
        """
        with self.arriving(
            method,
            url,
            body,
            seconds=seconds,
            most_bytes=most_bytes,
            headers=headers,
            least_rate=least_rate,
            packed=packed,
        ) as answer:
            read = _read(answer, most_bytes, url) if most_bytes else b""
            return Answer(answer.status, answer.headers, read)

    @contextmanager
    def arriving(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        *,
        seconds: float,
        most_bytes: int,
        headers: Mapping[str, str] | None = None,
        least_rate: float = 0,
        packed: bool = False,
    ) -> Iterator[Arriving]:
        """An answer whose body is read piece by piece; the exchange ends with the context."""
        if packed:
            headers = {**(headers or {}), "accept-encoding": "gzip"}
        # As much again for what a transfer in chunks adds; more than that is no honest one.
        most = 2 * most_bytes + MOST_HEAD_BYTES * (1 + self._most_redirects)
        with exchange(seconds, most, least_rate=least_rate, named=self._named):
            with failing(url):
                response = self._follow(method, url, body, headers or {}, seconds)
            with closing(response):
                found = _headers(response.headers)
                pieces = _decoded(response.iter_stream(), found, most_bytes, packed=packed)
                yield Arriving(response.status, found, _read_safely(pieces, url))

    @contextmanager
    def upgraded(
        self, url: str, headers: Mapping[str, str], *, seconds: float
    ) -> Iterator[tuple[Answer, httpcore2.NetworkStream | None]]:
        """An answer to a request to go on in another protocol, and the line if it agrees.

        The line is open as long as the context. What is sent and read on it belongs to exchanges of
        the caller's.
        """
        with exchange(seconds, MOST_HEAD_BYTES, named=self._named), failing(url):
            response = self._follow("GET", url, b"", headers, seconds)
        with closing(response):
            agreed = response.status == _SWITCHING
            line = response.extensions["network_stream"] if agreed else None
            yield Answer(response.status, _headers(response.headers), b""), line

    def _follow(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> httpcore2.Response:
        place = _place(url)
        for _ in range(self._most_redirects + 1):
            request = httpcore2.Request(
                method,
                _url(place),
                headers=list(_sent(place, headers, method, body)),
                content=body,
                extensions={"timeout": {"pool": seconds}},
            )
            response = self._pool.handle_request(request)
            location = _headers(response.headers).get("location", "")
            if not (self._most_redirects and response.status in _REDIRECTS and location):
                return response
            response.close()
            place, headers = _onward(place, location, headers)
        raise no_answer(url, f"it redirects more than {self._most_redirects} times")


def ask(
    method: str,
    url: str,
    body: bytes = b"",
    *,
    seconds: float,
    most_bytes: int,
    headers: Mapping[str, str] | None = None,
    least_rate: float = 0,
    named: str | None = None,
    proxy: str | None = None,
) -> Answer:
    """One exchange on a connection of its own; see `Asker`."""
    with closing(Asker(named=named, proxy=proxy)) as asker:
        return asker.ask(
            method,
            url,
            body,
            seconds=seconds,
            most_bytes=most_bytes,
            headers=headers,
            least_rate=least_rate,
        )


def proxy_for(url: str) -> str | None:
    """The environment's proxy for an address that whoever is in charge named themselves.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, as every tool reads them.
    """
    place = _place(url)
    proxies = getproxies()
    if proxy_bypass(place.host):
        return None
    found = proxies.get(place.scheme) or proxies.get("all")
    return found if not found or "://" in found else f"http://{found}"


def host_of(url: str) -> str:
    """The host of an address, as `named` takes it."""
    return _place(url).host


def form(fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """A form as a browser sends it: the content type, and the body."""
    request = httpx2.Request("POST", "http://form.invalid", data=dict(fields), files=dict(files))
    return request.headers["content-type"], request.read()


def _read(answer: Arriving, most_bytes: int, url: str) -> bytes:
    failed = answer.status >= 400  # what an error says matters little, so it may be cut
    body = bytearray()
    try:
        for piece in answer.pieces:
            body += piece
            if len(body) > most_bytes:
                raise _too_large(url, f"it sent more than {most_bytes:,} bytes")
    except NoAnswer:
        if not failed:
            raise
    return bytes(body[:most_bytes])


def _read_safely(pieces: Iterable[bytes], url: str) -> Iterator[bytes]:
    with failing(url):
        yield from pieces


def _decoded(
    pieces: Iterator[bytes], headers: Mapping[str, str], most_bytes: int, *, packed: bool
) -> Iterator[bytes]:
    encoding = headers.get("content-encoding", "identity").lower()
    if packed and encoding in ("gzip", "x-gzip"):
        pieces = _unpacked(pieces, most_bytes)
    elif encoding != "identity":
        raise OSError(f"it answers in the encoding {encoding[:40]!r}, not asked for")
    yield from pieces


def _unpacked(pieces: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    """What gzip has packed, never more than a byte beyond what may be read."""
    unpacking = zlib.decompressobj(wbits=31)
    left = most_bytes + 1
    for piece in pieces:
        out = unpacking.decompress(piece, left)
        left -= len(out)
        yield out
        if not left:
            return


def _place(url: str) -> httpx2.URL:
    try:
        place = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError) as error:
        raise no_answer(url, str(error)) from None
    good = place.scheme in ("http", "https") and place.host and 0 < (place.port or 80) < 65536
    if not good:
        raise no_answer(url, "that is no address that begins with http:// or https://")
    return place


def _onward(
    place: httpx2.URL, location: str, headers: Mapping[str, str]
) -> tuple[httpx2.URL, Mapping[str, str]]:
    """Where a redirect leads, and what is sent there."""
    onward = _place(str(_joined(place, location)))
    if place.scheme == "https" and onward.scheme != "https":
        raise no_answer(str(place), "it redirects from https to http")
    if (onward.scheme, onward.host, onward.port) != (place.scheme, place.host, place.port):
        headers = {n: value for n, value in headers.items() if n.lower() not in _FORGOTTEN}
    return onward, headers


def _joined(place: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return place.join(location)
    except httpx2.InvalidURL as error:
        raise no_answer(str(place), f"it redirects to no address: {error}") from None


def _url(place: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=place.raw_scheme, host=place.raw_host, port=place.port, target=place.raw_path
    )


def _sent(
    place: httpx2.URL, headers: Mapping[str, str], method: str, body: bytes
) -> Iterator[tuple[str, str]]:
    """The headers of a request; one that is empty is left out."""
    given = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "amparo"}
    given |= {name.lower(): value for name, value in headers.items()}
    yield "host", place.netloc.decode("ascii")
    yield from ((name, value) for name, value in given.items() if value)
    if body or method not in ("GET", "HEAD"):
        yield "content-length", str(len(body))
    if place.userinfo and "authorization" not in given:
        name, _, word = place.userinfo.decode("ascii").partition(":")
        both = f"{unquote(name)}:{unquote(word)}".encode()
        yield "authorization", f"Basic {base64.b64encode(both).decode()}"


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


class _Stream(httpcore2.NetworkStream):
    """A socket of `exchange`, as httpcore takes it; the exchange has the time limits."""

    def __init__(self, line: Any) -> None:
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        read: bytes = self._line.recv(max_bytes)
        return read

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        try:
            self._line.sendall(buffer)
        except ConnectionError as error:  # it may have answered before it had read everything
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._line.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        return _Stream(ssl_context.wrap_socket(self._line, server_hostname=server_hostname))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # a connection at rest that has something to say is closing
            return _is_readable(self._line)
        return None


def _is_readable(line: Any) -> bool:
    looking = select.poll()
    try:
        looking.register(line, select.POLLIN)
        return bool(looking.poll(0))
    except (OSError, ValueError):
        return True


class _Network(httpcore2.NetworkBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Any = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        return _Stream(connect(host, port))


def _proxy(text: str) -> httpx2.Proxy:
    with suppress(ValueError, httpx2.InvalidURL):
        found = httpx2.Proxy(text)
        if found.url.host and found.url.scheme in ("http", "socks5", "socks5h"):
            return found
    raise Malformed(
        "That is no proxy that can be used.",
        why=f"got {text.partition('@')[2] or text}"[:200],
        fix="Name one as socks5://HOST:PORT or http://HOST:PORT.",
    )


def _pool(proxy: httpx2.Proxy | None) -> httpcore2.ConnectionPool:
    shared: dict[str, Any] = {
        "ssl_context": _tls(),
        "max_connections": AT_ONCE,
        "keepalive_expiry": KEEP_OPEN_SECONDS,
        "network_backend": _Network(),
    }
    if proxy is None:
        return httpcore2.ConnectionPool(**shared)
    kind = httpcore2.HTTPProxy if proxy.url.scheme == "http" else httpcore2.SOCKSProxy
    return kind(str(proxy.url), proxy_auth=proxy.raw_auth, **shared)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One for all exchanges: it takes a thirtieth of a second to read the authorities' keys."""
    return secured(httpx2.create_ssl_context())


@contextmanager
def failing(url: str) -> Iterator[None]:
    """Say of what went wrong that there was no answer, and why."""
    try:
        yield
    except TooMuch as error:
        raise _too_large(url, str(error)) from None
    except ssl.SSLError as error:
        raise no_answer(url, f"TLS: {error.reason or error}") from None
    except (OSError, zlib.error) as error:
        raise no_answer(url, str(error.args[-1]) if error.args else type(error).__name__) from None
    except (
        httpcore2.NetworkError,
        httpcore2.TimeoutException,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.UnsupportedProtocol,
    ) as error:
        raise no_answer(url, str(error)[:200] or type(error).__name__) from None


def _too_large(url: str, why: str) -> TooLarge:
    return TooLarge(
        "The answer is larger than it may be.",
        why=f"{_shown(url)}: {why}",
        fix="Do not trust this server.",
    )


def no_answer(url: str, why: str) -> NoAnswer:
    """That there was no answer, and why."""
    return NoAnswer("There was no answer.", why=f"{_shown(url)}: {why}", fix="Try again later.")


def _shown(url: str) -> str:
    """An address without what may be secret in it: a name and password, a query."""
    with suppress(httpx2.InvalidURL, TypeError):
        place = httpx2.URL(url)
        return f"{place.scheme}://{place.netloc.decode('ascii', 'replace')}{place.path}"[:200]
    return url[:200]
