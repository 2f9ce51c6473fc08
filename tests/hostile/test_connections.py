"""Connections that are held open, filled, flooded, or never read: none of it closes a server."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest
from tests.conftest import AMPARO, statement
from tests.hostile import wire
from tests.hostile.conftest import Meter, size
from tests.hostile.small_server import BIG_BYTES, BOUNDS
from tests.hostile.tally import tally
from tests.stories.test_sealed_disclosure import Box

SLACK = 3.0  # seconds: bounds are looked at once a second, on a busy machine
FORM = "Content-Type: multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


class Small:
    """A server with little room; what it writes to standard error is kept."""

    def __init__(self, folder, *words):
        self.errors = folder / "errors"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.small_server", *map(str, words)],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=dict(os.environ),
            )
        self.url = self.process.stdout.readline().split()[-1]
        self.pid = self.process.pid

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    one = Small(tmp_path_factory.mktemp("small"))
    yield one
    one.stop()
    assert one.errors.read_text() == ""  # no attack below writes a line: a full disk is an end too


@pytest.fixture
def node(served, platform):
    """A real node, and one of its platforms."""
    return served, platform["authorization"]


def elsewhere(url, wait=30.0, host="127.0.0.2"):
    """A connection from another network than the attacker's."""
    place = urlsplit(url)
    return socket.create_connection(
        (place.hostname, place.port), timeout=wait, source_address=(host, 0)
    )


def whole(line, until=30.0):
    """One whole answer on a connection that stays open: its head and its body."""
    line.settimeout(until)
    got = b""
    while b"\r\n\r\n" not in got:
        piece = line.recv(65536)
        if not piece:
            return got, b""
        got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += line.recv(65536)
    return head, body


def ended(line, within):
    """What came before a connection was ended; it fails when it is still open after that time."""
    begun = time.monotonic()
    got = wire.answer(line, within)
    assert time.monotonic() - begun < within - 0.05, f"still open after {within} s"
    return got


def is_well(url):
    """Whether somebody from elsewhere is answered at once."""
    with elsewhere(url, 5.0) as line:
        line.sendall(wire.head("GET", "/health/live"))
        return b" 200 " in whole(line)[0] + b" "


# --- half bodies ------------------------------------------------------------------------------


def test_half_bodies_hold_no_more_than_the_room_for_them(node):
    """Once 60 of them held 930 MB, for as long as each sent a byte in 15 seconds."""
    served, authorization = node
    number = size(24, 60)
    honest = json.dumps({"statements": [statement(f"beside-{n}") for n in range(100)]}).encode()
    with Meter(served.process.pid) as cost, ExitStack() as lines:
        for n in range(number):
            line = lines.enter_context(elsewhere(served.url, host=f"127.0.0.{3 + n % 4}"))
            with suppress(ConnectionError):
                line.sendall(wire.head("POST", "/transparency", FORM, "Content-Length: 16000000"))
                line.sendall(PART + b"x" * 15_000_000)
        with elsewhere(served.url) as line:
            line.sendall(
                wire.head(
                    "POST",
                    "/api/v1/statements",
                    f"Authorization: {authorization}",
                    f"Content-Length: {len(honest)}",
                )
                + honest[:100]
            )
            time.sleep(0.2)
            line.sendall(honest[100:])
            answered, _ = whole(line)

    assert answered.startswith(b"HTTP/1.1 201")
    assert cost.more_mb < 300, cost
    tally("half bodies", f"{number} of 15 MB", cost)


@pytest.mark.parametrize("first", [b"", b"x" * 400_000], ids=["from the start", "after a burst"])
def test_a_body_that_trickles_is_ended_as_a_whole(small, first):
    """No byte and no burst buys more time than the least rate gives."""
    with wire.connect(small.url) as line:
        line.sendall(wire.head("POST", "/transparency", "Content-Length: 1000000") + first)
        begun = time.monotonic()
        try:
            while time.monotonic() < begun + BOUNDS.stall_seconds + SLACK:
                line.sendall(b"x")
                time.sleep(0.3)
        except ConnectionError:
            pass
        took = time.monotonic() - begun
        got = wire.answer(line, 1)

    assert took < BOUNDS.stall_seconds + SLACK
    assert got == b"" or got.startswith(b"HTTP/1.1 408")
    tally("a byte now and then of a body", "1", f"{took:.0f} s")


def test_who_stops_within_a_body_is_told_so(small):
    with wire.connect(small.url) as line:
        line.sendall(wire.head("POST", "/transparency", "Content-Length: 1000") + b"x")
        got = ended(line, BOUNDS.stall_seconds + SLACK)

    assert got.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in got.lower()


def test_a_slow_but_honest_body_is_taken(small):
    with wire.connect(small.url) as line:
        line.sendall(wire.head("POST", "/transparency", "Content-Length: 150000"))
        for _ in range(15):
            line.sendall(b"x" * 10_000)
            time.sleep(0.25)
        head, body = whole(line)

    assert head.startswith(b"HTTP/1.1 200")
    assert body == b"150000"


def test_who_waits_for_the_server_is_not_too_slow(small):
    """While nobody reads, nothing can arrive: that time is not the sender's."""
    with wire.connect(small.url) as line:
        line.sendall(wire.head("POST", "/report", "Content-Length: 520000"))
        line.sendall(b"x" * 520_000)
        head, body = whole(line)

    assert head.startswith(b"HTTP/1.1 200")
    assert body == b"520000"


def test_beyond_the_room_the_slowest_of_the_largest_sender_make_way(small):
    with wire.many(small.url, 8) as lines, elsewhere(small.url) as honest:
        honest.sendall(
            wire.head("POST", "/transparency", "Content-Length: 600000") + b"x" * 300_000
        )
        for line in lines:
            line.sendall(wire.head("POST", "/transparency", "Content-Length: 1000000"))
        time.sleep(0.2)
        for line in lines:
            line.sendall(b"x" * 900_000)
        time.sleep(0.3)
        honest.sendall(b"x" * 300_000)
        _, body = whole(honest)
        answers = [wire.answer(line, 0.3) for line in lines]

    assert body == b"600000"
    pushed = [got for got in answers if got.startswith(b"HTTP/1.1 503")]
    assert len(pushed) >= 3
    assert all(b"retry-after: 1" in got.lower() for got in pushed)


# --- heads ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "begin", "more"),
    [
        ("a head", b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 1000),
        ("one field", b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"y" * 6000),
        ("an address", b"GET /", b"y" * 6000),
        ("trailers", None, b"a: b\r\n" * 1000),
        ("one trailer", None, b"y" * 6000),
        ("a chunk's extension", b"5;x=", b"y" * 6000),
        ("empty lines", b"\r\n", b"\r\n" * 3000),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_whatever_is_no_body_counts_as_head(node, what, begin, more):
    """Once trailers without end were kept: 630 MB of them, by one connection."""
    served, _ = node
    chunked = wire.head("POST", "/verify", FORM, "Transfer-Encoding: chunked")
    if begin is None:
        begin = chunked + b"2\r\n--\r\n0\r\n" + (b"X: " if more[:1] == b"y" else b"")
    elif begin[:1] == b"5":
        begin = chunked + begin
    sent = 0
    with Meter(served.process.pid) as cost, wire.connect(served.url) as line:
        line.sendall(begin)
        try:
            for _ in range(size(2000, 10_000)):
                line.sendall(more)
                sent += len(more)
        except ConnectionError:
            pass

    assert sent < 8_000_000  # some of it lies in the kernel's buffers
    assert cost.more_mb < 100, cost
    tally(f"{what} without end", "1", cost)


def test_more_fields_than_any_browser_sends_are_431(small):
    fields = [f"X-{n}: y" for n in range(BOUNDS.headers + 5)]

    assert wire.ask(small.url, wire.head("GET", "/", *fields), 5).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "piece",
    [b"", b"\r", b"\r\n", b"\n", b"G", b"GET / HTTP/1.1\r\nX: "],
    ids=["nothing", "CR", "CRLF", "LF", "a letter", "half a head"],
)
def test_nothing_sent_after_an_answer_keeps_a_connection(small, piece):
    """Once one byte did, for ever: 967 of them closed a node with the usual limit of files."""
    with wire.connect(small.url) as line:
        line.sendall(wire.head("GET", "/"))
        whole(line)
        line.sendall(piece)
        begun = time.monotonic()
        got = ended(line, BOUNDS.head_seconds + SLACK)
        took = time.monotonic() - begun

    assert got == b"" or got.startswith(b"HTTP/1.1 408")
    tally("a byte after the answer", "1", f"{took:.0f} s")


@pytest.mark.parametrize("piece", [b"\r\n", b"x"], ids=["empty lines", "letters"])
def test_no_further_byte_stretches_the_time_for_a_head(small, piece):
    with wire.connect(small.url) as line:
        begun = time.monotonic()
        try:
            while time.monotonic() < begun + 8:
                line.sendall(piece)
                time.sleep(0.2)
        except ConnectionError:
            pass

    assert time.monotonic() - begun < BOUNDS.head_seconds + SLACK


def test_who_says_nothing_at_all_is_ended(small):
    with wire.connect(small.url) as line:
        assert ended(line, BOUNDS.head_seconds + SLACK) == b""


# --- answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/", 405), ("/desk/passkey", 413), ("/transparency", 413)],
)
def test_an_answer_to_a_request_that_is_not_whole_closes(small, path, status):
    with wire.connect(small.url) as line:
        line.sendall(wire.head("POST", path, "Content-Length: 99999999") + b"x" * 20_000)
        got = ended(line, 3)

    assert got.startswith(b"HTTP/1.1 %d" % status)
    assert b"connection: close" in got.lower()


def test_a_body_of_chunks_has_its_doors_size_too(small):
    raw = wire.head("POST", "/desk/passkey", "Transfer-Encoding: chunked")
    piece = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"

    assert wire.ask(small.url, raw + piece * 3, 3).startswith(b"HTTP/1.1 413")
    assert b"8192" in wire.ask(small.url, raw + piece * 2 + b"0\r\n\r\n", 3)


def test_pipelined_requests_are_bounded_and_those_at_work_are_answered(node):
    served, _ = node
    number = size(5, 40)
    with Meter(served.process.pid) as cost, wire.many(served.url, number) as lines:
        for line in lines:
            with suppress(ConnectionError):
                line.sendall(wire.head("GET", "/health/live") * 10_000)
        answers = [ended(line, 20) for line in lines]
        assert is_well(served.url)

    assert cost.more_mb < 100, cost
    for got in answers:
        assert 1 <= got.count(b"HTTP/1.1 200") <= 200
    tally("pipelined requests", f"{number} of 10,000", cost)


def test_a_few_pipelined_requests_are_all_answered(small):
    with wire.connect(small.url) as line:
        line.sendall(wire.head("GET", "/") * 4 + wire.head("GET", "/", "Connection: close"))
        got = ended(line, 5)

    assert got.count(b"HTTP/1.1 200") == 5


def test_other_protocols_are_not_spoken(small):
    websocket = wire.head("GET", "/", "Upgrade: websocket", "Connection: Upgrade")
    http2 = wire.head("GET", "/", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings")

    assert wire.ask(small.url, websocket, 3).startswith(b"HTTP/1.1 400")
    assert wire.ask(small.url, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 3).startswith(b"HTTP/1.1 400")
    assert wire.ask(small.url, b"\x16\x03\x01\x02\x00", 3).startswith(b"HTTP/1.1 400")
    assert wire.ask(small.url, b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 3)[:12] in (
        b"HTTP/1.1 400",
        b"HTTP/1.1 404",
    )
    with wire.connect(small.url) as line:  # as clients do that would rather speak HTTP/2
        line.sendall(http2)
        assert ended(line, 3).startswith(b"HTTP/1.1 200")


def test_answers_that_nobody_reads_are_ended(small):
    number = size(8, 12)
    with Meter(small.pid) as cost, wire.many(small.url, number) as lines:
        for line in lines:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(wire.head("GET", "/big"))
        time.sleep(BOUNDS.stall_seconds + SLACK)
        got = [len(wire.answer(line, 1)) for line in lines]

    assert max(got) < BIG_BYTES
    assert cost.more_mb < 12 * BIG_BYTES / 1e6, cost
    tally("answers that nobody reads", f"{number} of {BIG_BYTES // 10**6} MB", cost)


def test_a_slow_but_honest_reader_gets_the_whole_answer(small):
    """It takes longer than anybody may pause, and is never paused."""
    got = 0
    with wire.connect(small.url) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        line.sendall(wire.head("GET", "/big", "Connection: close"))
        while piece := line.recv(131_072):
            got += len(piece)
            time.sleep(0.01)

    assert got > BIG_BYTES


# --- how many ---------------------------------------------------------------------------------


def test_of_many_idle_connections_the_oldest_make_way(small):
    with wire.many(small.url, 3 * BOUNDS.network_connections) as lines:
        time.sleep(0.2)
        closed = sum(wire.is_closed(line) for line in lines[: BOUNDS.network_connections])
        lines[-1].sendall(wire.head("GET", "/"))
        head, _ = whole(lines[-1])

    assert head.startswith(b"HTTP/1.1 200")
    assert closed == BOUNDS.network_connections


def test_where_all_are_at_work_a_further_one_is_told_when_to_come_again(small):
    with wire.many(small.url, BOUNDS.network_connections) as lines:
        for line in lines:
            line.sendall(wire.head("GET", "/slow"))
        time.sleep(0.3)
        further = wire.ask(small.url, wire.head("GET", "/"), 3)
        with elsewhere(small.url) as other:
            other.sendall(wire.head("GET", "/"))
            head, _ = whole(other)
        answers = [whole(line)[0] for line in lines]

    assert further.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in further.lower()
    assert head.startswith(b"HTTP/1.1 200")
    assert all(one.startswith(b"HTTP/1.1 200") for one in answers)


def test_more_connections_than_files_close_nobody_out(tmp_path):
    files = size(400, 1024)
    one = Small(tmp_path, files)
    with Meter(one.pid) as cost, wire.many(one.url, files + 200) as lines:
        for line in lines:
            try:
                line.sendall(b"G")
            except ConnectionError:
                continue
        with elsewhere(one.url) as line:
            line.sendall(wire.head("GET", "/"))
            head, _ = whole(line)
    one.stop()

    assert head.startswith(b"HTTP/1.1 200")
    assert one.errors.read_text() == ""
    tally("more connections than files", f"{files + 200} at {files}", cost)


def test_a_server_with_too_few_files_says_so_at_its_start():
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.small_server", "200"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode != 0
    assert "Too few files may be open" in done.stderr


def test_who_leaves_in_the_middle_leaves_no_line_behind(small):
    for raw in (
        wire.head("POST", "/transparency", "Content-Length: 1000") + b"x",
        wire.head("GET", "/slow") + wire.head("GET", "/") * 4,
        wire.head("GET", "/big"),
    ):
        for _ in range(size(5, 100)):
            with wire.connect(small.url) as line:
                line.sendall(raw)
    time.sleep(0.3)

    assert small.errors.read_text() == ""


# --- sealed disclosure ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    one = Box(tmp_path_factory.mktemp("disclosure"))
    yield one
    one.stop()
    one.log.close()


def test_slow_uploads_do_not_close_sealed_disclosure(box, tmp_path):
    """Once three of them did, for everybody, with a byte in ten seconds each."""
    number = size(10, 100)
    begun = wire.head("POST", "/submit", FORM, "Content-Length: 60000000") + PART
    with Meter(box.process.pid) as cost, wire.many(box.url, number) as lines:
        for line in lines:
            line.sendall(begun + b"age-encryption.org/v1\n")
        asked = time.monotonic()
        answer = box.send(b"age-encryption.org/v1\nno header")
        took = time.monotonic() - asked

    assert answer.status_code in (400, 422)  # read and judged, not left waiting
    assert took < 10
    tally("slow uploads to sealed disclosure", number, f"{cost}; another is judged in {took:.1f} s")


def test_guesses_at_seven_words_are_queued_with_an_end(box):
    number = size(30, 300)
    guess = b"code=" + b"ab" * 32
    raw = wire.head(
        "POST",
        "/return",
        "Content-Type: application/x-www-form-urlencoded",
        "Accept: application/json",
        f"Content-Length: {len(guess)}",
    )
    with Meter(box.process.pid) as cost, wire.many(box.url, number) as lines:
        for line in lines:
            line.sendall(raw + guess)
        asked = time.monotonic()
        listed = box.http.get("/directory").status_code
        took = time.monotonic() - asked
        heads = [whole(line, 60)[0] for line in lines]

    refused = [head for head in heads if head.startswith(b"HTTP/1.1 503")]
    assert listed == 200
    assert took < 10
    assert refused
    assert all(b"retry-after" in head.lower() for head in refused)
    assert sum(head.startswith(b"HTTP/1.1 403") for head in heads) >= 1
    tally("guesses at seven words", number, f"{cost}; another page in {took:.1f} s")


def test_a_head_without_end_in_an_uploads_part_is_refused(box):
    """Its name is looked for by a pattern, which on a long one would take hours."""
    part = b"--x\r\nContent-Disposition: " + b"form-data;" * 100_000 + b"\r\n\r\n"
    with Meter(box.process.pid) as cost:
        got = wire.ask(
            box.url, wire.head("POST", "/submit", FORM, f"Content-Length: {len(part)}") + part, 20
        )

    assert got.startswith(b"HTTP/1.1 400")
    assert cost.cpu < 5
    tally("a part's head without end", "1 MB", cost)


# --- who asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "believed"), [(None, False), ("", False), ("127.0.0.9", False), ("127.0.0.0/8", True)]
)
def test_forwarded_headers_are_believed_from_nobody_who_is_not_named(tmp_path, named, believed):
    """Else whoever is limited calls himself another with each request."""
    environment = {k: v for k, v in os.environ.items() if k != "FORWARDED_ALLOW_IPS"}
    if named is not None:
        environment["FORWARDED_ALLOW_IPS"] = named
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", environment)
        one = Small(tmp_path)
    got = set()
    for n in range(3):
        lines = f"X-Forwarded-For: 203.0.113.{n}", "X-Forwarded-Proto: https"
        got.add(wire.ask(one.url, wire.head("GET", "/who", *lines, "Connection: close"), 5)[-22:])
    one.stop()

    assert (len(got) == 3) is believed
    assert (b"https" in got.pop()) is believed


def test_proxies_that_cannot_be_read_are_refused_at_the_start(tmp_path):
    done = subprocess.run(
        [*AMPARO, "serve", "--data", str(tmp_path), "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"FORWARDED_ALLOW_IPS": "*"},
    )

    assert done.returncode != 0
    assert "FORWARDED_ALLOW_IPS" in done.stderr
    assert "Traceback" not in done.stderr
