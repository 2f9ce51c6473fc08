"""Head and body of an answer leave together; what has no body, or comes piece by piece, as before."""

import socket

import pytest

from amparo.web.http.joined import Joined

LARGE = b"x" * 200_000


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


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def joined(wire):
    return Joined(wire)


@pytest.mark.parametrize("body", [b"", b"body", LARGE])
def test_head_and_body_are_one_write(joined, wire, body):
    joined.write(b"head")
    assert wire.written == []

    joined.write(body)
    joined.write(b"more")

    assert wire.written == [b"head" + body, b"more"]


def test_a_head_that_nothing_follows_is_written_at_the_end(joined, wire):
    joined.write(b"head")
    joined.flush()
    joined.flush()

    assert wire.written == [b"head"]


def test_closing_loses_no_head(joined, wire):
    joined.write(b"head")
    joined.close()

    assert wire.written == [b"head"]
    assert joined.is_closing()


def test_continue_is_said_before_the_answer(joined, wire):
    joined.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert wire.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]

    joined.write(b"head")
    joined.write(b"body")
    assert wire.written[1:] == [b"headbody"]


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
