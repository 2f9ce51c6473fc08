"""A WebSocket: each message is whole, in time and in size, and a dead line is noticed."""

import ssl
import threading
import time

import pytest
from tests.hostile.bad_hosts import answering, drip, host
from tests.ledger.outbound.test_http import certificate_for_localhost
from tests.websocket_host import agree, closing, frame, websocket_host
from websockets.frames import Opcode

from amparo.errors import Refused
from amparo.ledger.outbound import exchange, http, websocket
from amparo.ledger.outbound.http import NoAnswer

HERE = "127.0.0.1"
MOST = 1000
A_MINUTE = 60


def receiving(url, number=1, seconds=A_MINUTE):
    """The first messages of a server."""
    with websocket.listening(url, most_bytes=MOST, named=HERE) as line:
        return [line.receive(seconds) for _ in range(number)]


def sending(*raw):
    """A server that sends these bytes, and then waits for the other side to go."""

    def serve(line, target):
        for piece in raw:
            line.sendall(piece)
        while line.recv(65536):
            pass

    return websocket_host(serve)


def why(error):
    return str(error.value.why)


def test_messages_come_whole_and_in_order_whatever_comes_between_their_pieces():
    with sending(
        frame(b"one"),
        frame(b"t", fin=False),
        frame(b"still there?", Opcode.PING),
        frame(b"w", Opcode.CONT, fin=False),
        frame(b"o", Opcode.CONT),
        frame(b"") + frame(b"four"),
    ) as url:
        assert receiving(url, 4) == [b"one", b"two", b"", b"four"]


def test_a_ping_is_answered():
    answered = threading.Event()

    def serve(line, target):
        line.sendall(frame(b"hello?", Opcode.PING))
        got = b""
        while len(got) < 12:  # masked: two bytes of head, four of mask, six of data
            got += line.recv(100)
        assert got[0] == 0x80 | Opcode.PONG
        answered.set()
        line.sendall(frame(b"good"))

    with websocket_host(serve) as url:
        assert receiving(url) == [b"good"]
    assert answered.is_set()


def test_a_quiet_line_is_no_fault():
    with sending() as url:
        assert receiving(url, seconds=0.1) == [None]


def test_a_line_on_which_nothing_is_heard_is_asked_and_then_given_up(monkeypatch):
    monkeypatch.setattr(websocket, "QUIET_SECONDS", 0.2)
    asked = []

    def serve(line, target):
        asked.append(line.recv(100)[0])
        time.sleep(A_MINUTE)

    with websocket_host(serve) as url, pytest.raises(NoAnswer) as error:
        receiving(url)

    assert asked == [0x80 | Opcode.PING]
    assert "nothing was heard for" in why(error)


def test_a_byte_at_a_time_is_no_message(monkeypatch):
    monkeypatch.setattr(websocket, "MESSAGE_SECONDS", 0.5)

    def serve(line, target):
        drip(line, frame(b"a" * 900), 0.05)

    with websocket_host(serve) as url, pytest.raises(NoAnswer) as error:
        receiving(url)

    assert "a message was not there within 0.5 seconds" in why(error)


def test_pieces_without_end_are_no_message(monkeypatch):
    """Empty ones, which are never too large, with pings between them."""
    monkeypatch.setattr(websocket, "MESSAGE_SECONDS", 0.5)
    pieces = frame(b"", Opcode.CONT, fin=False) * 5000 + frame(b"", Opcode.PING)

    def serve(line, target):
        line.sendall(frame(b"", fin=False))
        while True:
            line.sendall(pieces)

    with websocket_host(serve) as url, pytest.raises(NoAnswer) as error:
        receiving(url)

    assert "a message was not there" in why(error)


@pytest.mark.parametrize(
    "raw",
    [
        frame(b"a" * (MOST + 1)),
        frame(b"a" * MOST, fin=False) + frame(b"b", Opcode.CONT),
        b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff",  # 2**63 bytes are announced
    ],
)
def test_what_is_too_large_is_refused_before_it_has_come(raw):
    with sending(frame(b"a" * MOST), raw) as url, pytest.raises(NoAnswer) as error:
        receiving(url, 2)

    assert "what it sent cannot be taken: 1009" in why(error)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x82\x81\x00\x00\x00\x00a",  # masked, as only a client's are
        b"\xc2\x01a",  # a bit that nobody agreed upon
        b"\x83\x01a",  # no kind of frame
        frame(b"a", Opcode.CONT),
        frame(b"a", fin=False) + frame(b"b"),
        b"\x89\x7e\x00\x80" + b"a" * 128,  # a ping too long for one
    ],
)
def test_what_is_no_websocket_ends_the_line(raw):
    with sending(raw) as url, pytest.raises(NoAnswer) as error:
        receiving(url)

    assert "what it sent cannot be taken: 1002" in why(error)


def test_what_came_before_the_end_is_taken_and_the_end_says_why():
    with (
        sending(frame(b"last") + closing(1008, b"FutureCursor")) as url,
        websocket.listening(url, most_bytes=MOST, named=HERE) as line,
    ):
        assert line.receive(A_MINUTE) == b"last"
        with pytest.raises(NoAnswer, match="no answer") as error:
            line.receive(A_MINUTE)
    assert "it closed the line: 1008 'FutureCursor'" in why(error)


def test_a_line_that_is_cut_is_no_answer():
    def serve(line, target):
        line.sendall(frame(b"whole") + b"\x82\x05ha")

    with (
        websocket_host(serve) as url,
        websocket.listening(url, most_bytes=MOST, named=HERE) as line,
    ):
        assert line.receive(A_MINUTE) == b"whole"
        with pytest.raises(NoAnswer):
            line.receive(A_MINUTE)


def test_goodbye_is_said():
    heard = []

    def serve(line, target):
        heard.append(line.recv(100)[0])

    with websocket_host(serve) as url, websocket.listening(url, most_bytes=MOST, named=HERE):
        pass
    while not heard:
        time.sleep(0.01)
    assert heard == [0x80 | Opcode.CLOSE]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "status 404"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\n\r\n", "status 302"),
        (b"HTTP/1.1 101 Switching\r\nsec-websocket-accept: x\r\n\r\n", "not asked for"),
        (b"what?\r\n\r\n", ""),
    ],
)
def test_what_does_not_agree_to_a_websocket_is_no_answer(raw, told):
    with host(answering(raw)) as port, pytest.raises(NoAnswer) as error:
        receiving(f"http://127.0.0.1:{port}/")

    assert told in why(error)


def test_an_address_inside_is_asked_only_where_somebody_named_it():
    with sending(frame(b"inside")) as url:
        with pytest.raises(Refused), websocket.listening(url, most_bytes=MOST):
            pass
        assert receiving(url) == [b"inside"]


def test_what_comes_with_the_agreement_is_not_lost():
    """The first message often lies in the same packet."""

    class Together:
        def __init__(self, line):
            self.line = line

        def sendall(self, data):
            self.line.sendall(data + frame(b"first"))

        def recv(self, number):
            return self.line.recv(number)

    def serve(line):
        agree(Together(line))
        line.recv(100)

    with host(serve) as port:
        assert receiving(f"http://127.0.0.1:{port}") == [b"first"]


def test_over_tls_a_quiet_while_and_a_message_in_pieces_are_the_same(tmp_path, monkeypatch):
    certificate, key = certificate_for_localhost(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    go_on = threading.Event()

    def serve(line):
        with context.wrap_socket(line, server_side=True) as secure:
            agree(secure)
            go_on.wait(A_MINUTE)
            drip(secure, frame(b"whole"), 0.01)
            secure.recv(100)

    trusting = exchange.secured(ssl.create_default_context(cafile=certificate))
    monkeypatch.setattr(http, "_tls", lambda: trusting)
    with host(serve) as port:
        url = f"https://localhost:{port}"
        with websocket.listening(url, most_bytes=MOST, named="localhost") as line:
            assert line.receive(0.1) is None
            go_on.set()
            assert line.receive(A_MINUTE) == b"whole"
