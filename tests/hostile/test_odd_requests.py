"""Requests that no browser sends, each whole and small: none is a mistake of the node's own.

Numbers of thousands of digits, hosts that are none, forms that nothing can take apart: each is told
apart from the node's faults, and no such request writes a line of the log.
"""

import subprocess
import threading
import time
from contextlib import suppress

import pytest
from starlette.requests import Request
from tests.conftest import AMPARO, Served, run
from tests.hostile import wire
from tests.hostile.conftest import size
from tests.hostile.tally import tally

from amparo.record import mailbox
from amparo.web.http import rate
from amparo.web.http.limits import NETWORKS_OF_SITE, RATES

CLOSE = "Connection: close"
FORM = "Content-Type: application/x-www-form-urlencoded"
DIGITS = "9" * 5000  # more than int() takes


def status(got):
    return int(got.split(b" ", 2)[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A node whose notes are read at the end: nothing here may have written one."""
    folder = tmp_path_factory.mktemp("odd")
    with (folder / "notes").open("wb") as notes:
        process = subprocess.Popen(
            [*AMPARO, "serve", "--data", str(folder / "data"), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=notes,
            text=True,
        )
    yield process.stdout.readline().split()[-1].rstrip("/")
    process.terminate()
    process.wait(30)
    process.stdout.close()
    assert (folder / "notes").read_text() == ""


@pytest.mark.parametrize(
    "place",
    [
        "/coalition/charter/{}",
        "/coalition/receipt/{}",
        "/desk/report/{}",
        "/desk/groups/{}/undo",
        f"/recourse/{'0' * 32}/x/file/{{}}",
        f"/desk/case/{'0' * 32}/file/{{}}",
        f"/panel/case/{'0' * 32}/file/{{}}",
    ],
)
@pytest.mark.parametrize("number", [DIGITS, "9" * 30, "9" * 16])
def test_a_number_that_no_database_takes_leads_nowhere(url, place, number):
    """Every address with a number in it answers 404, as for anything that is not there."""
    for method in ("GET", "POST"):
        got = wire.ask(url, wire.head(method, place.format(number), CLOSE, "Content-Length: 0"))
        assert status(got) == 404, got
    tally("a number without end in an address", f"{len(number)} digits", "404")


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "a b",
        "[",
        "[::1",
        "[:::]",
        "x:99999x",
        "x/y",
        "user@x",
        '"><script>',
        "x\xff",
        "a" * 60_000,
        "x\r\nHost: y",
    ],
)
def test_a_host_that_is_none_is_refused(url, host):
    """What stands in the links of a page is the name of a host, and short (RFC 9112, 3.2).

    60 kB of it made 12 MB of the feed of waves, and three seconds of work.
    """
    said = "" if host is None else f"Host: {host}\r\n"
    raw = f"GET /observatory/waves.atom HTTP/1.1\r\n{said}{CLOSE}\r\n\r\n"
    got = wire.ask(url, raw.encode("latin-1"))
    assert status(got) == 400, got[:200]
    tally("a host that is none", "none" if host is None else host[:20], "400")


@pytest.mark.parametrize("host", ["x", "x.example:8400", "[::1]:80", "127.0.0.1", "my_node"])
def test_a_host_is_taken(url, host):
    """In every form in which browsers and containers send one."""
    assert status(wire.ask(url, wire.head("GET", "/api", CLOSE, host=host))) == 200


def test_a_length_with_noughts_before_it_is_a_number(url):
    """The parser takes thousands of them, and int() would not."""
    length = f"Content-Length: {'0' * 5000}"
    got = wire.ask(url, wire.head("POST", "/api/v1/statement", CLOSE, length))
    assert status(got) == 401
    body = b"receipt=x"
    length = f"Content-Length: {'0' * 5000}{len(body)}"
    got = wire.ask(url, wire.head("POST", "/verify", CLOSE, FORM, length) + body)
    assert status(got) == 200
    length = f"Content-Length: {'0' * 5000}{1 << 40}"
    got = wire.ask(url, wire.head("POST", "/verify", CLOSE, FORM, length) + body)
    assert status(got) == 413


@pytest.mark.parametrize("origin", ["http://[", "null", "http://", "x", "http://x.evil"])
def test_an_origin_that_is_no_address_is_another_site(url, origin):
    """It is refused, and is no mistake of the node's."""
    for place in ("/report", "/desk/sign-in"):
        lines = (CLOSE, FORM, f"Origin: {origin}", "Content-Length: 0")
        assert status(wire.ask(url, wire.head("POST", place, *lines))) == 401


@pytest.mark.parametrize("chunk", [b"-1\r\n", b"0x1\r\nx\r\n", b"g\r\n", b"1\r\nxyz\r\n"])
def test_a_body_that_cannot_be_read_is_the_sender_s_mistake(url, chunk):
    """Also where the page does not look at it: not 503, after which the sender would try again."""
    got = wire.ask(url, wire.head("POST", "/verify", "Transfer-Encoding: chunked") + chunk)
    assert status(got) < 500
    assert b"This is no request that can be read." in got


@pytest.mark.parametrize("place", ["/report", "/verify", "/coalition/hand-in"])
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_form_that_nothing_can_take_apart_is_called_so(url, place, kind):
    """It used to be told that the address takes other methods."""
    lines = (CLOSE, f"Content-Type: {kind}", "Content-Length: 3")
    got = wire.ask(url, wire.head("POST", place, *lines) + b"abc")
    assert status(got) == 400
    assert b"The form is broken." in got


def test_one_network_cannot_fill_the_queue_of_a_witness(tmp_path):
    """A hundred clients that read without end, and a log that asks for its cosignature.

    Half of what logs asked for was sent away (503), and a log without a quorum stands still.
    """
    folder = tmp_path / "witness"
    run("witness", "make", "w.example", "--data", folder)
    words = ["witness", "run", "--data", folder, "--port", "0", "--mark", tmp_path / "mark"]
    process = subprocess.Popen([*AMPARO, *map(str, words)], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().split()[-1].rstrip("/")
    over = threading.Event()
    sent_away = 0

    def read_without_end():
        nonlocal sent_away
        while not over.is_set():
            with suppress(OSError), wire.connect(url, 5, "127.0.0.2") as line:
                for _ in range(100):
                    line.sendall(wire.head("GET", f"/{'0' * 64}/checkpoint"))
                    sent_away += b" 503 " in line.recv(4096)[:20]

    readers = [threading.Thread(target=read_without_end) for _ in range(100)]
    try:
        for one in readers:
            one.start()
        while not sent_away:
            time.sleep(0.1)
        raw = wire.head("POST", "/add-checkpoint", CLOSE, "Content-Length: 1") + b"x"
        told = {status(wire.ask(url, raw)) for _ in range(size(20, 200))}
    finally:
        over.set()
        for one in readers:
            one.join()
        process.terminate()
        process.wait(30)
        process.stdout.close()
    assert told == {400}  # it was looked at, and is no checkpoint
    tally("readers without end at a witness", "100 clients of one network", "no log sent away")


@pytest.mark.parametrize("name", list(RATES))
def test_who_has_a_whole_site_of_ipv6_asks_as_much_as_sixteen_networks(name):
    """A customer of an ISP or a cloud may have a /48: each of its 65,536 networks had a rate."""

    def is_taken(host):
        try:
            rate.take(Request({"type": "http", "client": (host, 1), "headers": []}), name)
        except rate.TooMany:
            return False
        return True

    site = f"2001:db8:{list(RATES).index(name)}"
    most = RATES[name].at_once * NETWORKS_OF_SITE
    taken = sum(is_taken(f"{site}:{n:x}::1") for n in range(2 * most))

    assert most <= taken < 1.5 * most  # some come back meanwhile
    assert is_taken("2001:db8:ffff::1")
    tally("notices and the like from a /48", f"{name}, {2 * most} networks", f"{taken} taken")


def test_a_text_that_one_database_cannot_keep_is_no_mistake_of_the_node_s(tmp_path, postgres):
    """NUL, in every address and form that looks something up."""
    served = Served(tmp_path / "node", "--journal", postgres.place())
    nul = b"email=a%00%40b.example"
    try:
        for place in ("/rulings/%00", "/rulings/%00/data", "/rulings?q=%00", "/panel/draw/%00"):
            assert status(wire.ask(served.url, wire.head("GET", place, CLOSE))) in (200, 400, 404)
        lines = (CLOSE, FORM, f"Content-Length: {len(nul)}")
        asked = wire.ask(served.url, wire.head("POST", "/desk/sign-in", *lines) + nul)
        assert status(asked) < 500
    finally:
        served.stop()


@pytest.mark.parametrize(
    "given", ["a\0@b.example", "a@b\0.example", "a\x1f@b.example", "a@b.ex\x7f"]
)
def test_an_address_for_mail_holds_no_control_character(given):
    assert not mailbox.is_address(given)
    assert mailbox.is_address("añ+b.c_d@sub.bücher.example")
