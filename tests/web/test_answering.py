"""Head and body of an answer leave together, and are byte for byte what uvicorn would have sent."""

import asyncio
import logging
import socket

import pytest
from tests.conftest import run_async
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from amparo.web.http.answering import Answering
from amparo.web.http.headers import always

LARGE = b"x" * 200_000
JSON = (b"content-type", b"application/json")
ALL = [(b"content-length", b"4"), JSON, (b"Set-Cookie", b"a=b"), *always(https=True)]


class Wire:
    """Notes each write, as a transport gets it."""

    def __init__(self):
        self.written, self.closed = [], False

    def write(self, data):
        self.written.append(bytes(data))

    def writelines(self, pieces):
        self.written.append(b"".join(pieces))

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


def answered(kind, messages, *, method="GET", keep_alive=True):
    """What an application's messages become: the wire, the cycle, and the error if there was one."""
    wire, error = Wire(), None

    async def answer():
        nonlocal error
        log = logging.getLogger("none")
        cycle = kind(
            scope={"type": "http", "method": method},
            transport=wire,
            flow=FlowControl(wire),
            logger=log,
            access_logger=log,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=lambda: None,
        )
        try:
            for message in messages:
                await cycle.send(message)
        except RuntimeError as raised:
            error = raised
        return cycle

    return wire, run_async(answer()), error


def begin(status=200, headers=()):
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def piece(body=b"", *, more=False):
    return {"type": "http.response.body", "body": body, "more_body": more}


ANSWERS = {
    "short": [begin(201, ALL), piece(b"body")],
    "long": [begin(200, [(b"content-length", b"200000")]), piece(LARGE)],
    "empty": [begin(200, [(b"content-length", b"0")]), piece()],
    "in pieces": [begin(200, ALL), piece(b"bo", more=True), piece(b"dy")],
    "of unknown length": [begin(200, [JSON]), piece(b"body", more=True), piece()],
    "chunked": [begin(200, [(b"transfer-encoding", b"chunked")]), piece(b"body")],
    "that closes": [begin(200, [*ALL, (b"connection", b"close")]), piece(b"body")],
    "without a body": [begin(204), piece()],
    "not modified": [begin(304, ALL), piece(b"body")],
}


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("messages", ANSWERS.values(), ids=ANSWERS)
def test_it_is_what_uvicorn_would_have_sent(messages, method, keep_alive):
    (ours, cycle, error), (theirs, other, _) = (
        answered(kind, messages, method=method, keep_alive=keep_alive)
        for kind in (Answering, RequestResponseCycle)
    )

    assert error is None
    assert b"".join(ours.written) == b"".join(theirs.written)
    assert ours.closed == theirs.closed
    assert cycle.response_complete
    assert other.response_complete


@pytest.mark.parametrize("name", ["short", "long", "empty"])
def test_head_and_body_are_one_write(name):
    wire, _, _ = answered(Answering, ANSWERS[name])

    assert len(wire.written) == 1


@pytest.mark.parametrize("header", [(b"a\r\nb", b"c"), (b"a", b"b\r\nset-cookie: c")])
def test_a_header_that_would_begin_another_is_refused(header):
    wire, _, error = answered(Answering, [begin(200, [*ALL, header]), piece(b"body")])

    assert error is not None
    assert wire.written == []


@pytest.mark.parametrize("body", [b"bo", b"body and more"])
def test_a_body_of_another_length_than_was_said_is_refused(body):
    wire, cycle, error = answered(Answering, [begin(200, ALL), piece(body)])

    assert "Content-Length" in str(error)
    assert wire.written == []
    assert not cycle.response_complete


@pytest.mark.parametrize(
    ("method", "path", "begins"),
    [
        ("GET", "/health/live", b"HTTP/1.1 200 "),
        ("HEAD", "/health/live", b"HTTP/1.1 "),
        ("GET", "/nowhere", b"HTTP/1.1 404 "),
        ("GET", "/static/style.css", b"HTTP/1.1 "),
    ],
)
def test_a_real_answer_comes_whole_on_a_connection_that_stays(served, method, path, begins):
    address = served.url.removeprefix("http://")
    host, port = address.split(":")
    request = f"{method} {path} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for _ in range(2):
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
            while method != "HEAD" and len(body) < length:
                body += connection.recv(65536)
            assert head.startswith(begins)
            assert len(body) == (0 if method == "HEAD" else length)
