"""Whatever a server answers, and whichever part of it answers, bears the headers that protect."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import httpx2
import pytest
from tests.conftest import run_async
from tests.hostile import wire
from tests.hostile.small_server import BOUNDS
from tests.hostile.test_connections import FORM, Small
from tests.stories.test_sealed_disclosure import Box
from tests.stories.test_witnessing import Running

from amparo.storage.node import create_node
from amparo.web import app, witness
from amparo.web.disclosure import app as disclosure
from amparo.web.http.headers import ALWAYS, HSTS, always
from amparo.web.http.limits import NODE
from amparo.web.http.state import Serving

POLICY = "content-security-policy"
NAMES = ["node", "witness", "disclosure"]


@pytest.fixture(scope="module")
def servers(served, tmp_path_factory):
    """The addresses of the three servers that strangers reach."""
    folder = tmp_path_factory.mktemp("servers")
    (folder / "box").mkdir()
    with ExitStack() as ending:
        one = Running(folder / "witness")
        ending.callback(one.end)
        box = Box(folder / "box")
        ending.callback(box.log.close)
        ending.callback(box.stop)
        yield dict(zip(NAMES, (served.url, one.url, box.url), strict=True))


def fields(answer):
    """A raw answer's status, and its header fields by their names."""
    first, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines)


def check(answer, status):
    found, headers = fields(answer)
    assert found == status, answer
    check_fields(headers)


def check_fields(headers):
    """Each is there; only a page may have a content security policy of its own."""
    assert headers.keys() >= ALWAYS.keys()
    assert all(headers[name] == ALWAYS[name] for name in ALWAYS.keys() - {POLICY})
    assert "default-src" in headers[POLICY]


RAW = {
    "no HTTP": (b"\x16\x03\x01 not HTTP\r\n\r\n", 400),
    "another protocol": (
        wire.head("GET", "/", "Connection: Upgrade", "Upgrade: websocket"),
        400,
    ),
    "too many fields": (wire.head("GET", "/", *["A: b"] * (NODE.headers + 1)), 431),
    "a head without end": (b"GET / HTTP/1.1\r\nA: " + b"x" * (NODE.head_bytes + 1), 431),
    "a body where none is taken": (wire.head("POST", "/", "Content-Length: 99999999"), 405),
    "nothing there": (wire.head("GET", "/nowhere/at/all", "Connection: close"), 404),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("sent", "status"), RAW.values(), ids=RAW)
def test_what_is_refused_bears_them(servers, name, sent, status):
    check(wire.ask(servers[name], sent), status)


def test_a_body_too_large_for_its_door_bears_them(servers):
    doors = {"node": "/verify", "witness": "/add-checkpoint", "disclosure": "/submit"}
    for name, path in doors.items():
        sent = wire.head("POST", path, FORM, "Content-Length: 99999999999")
        check(wire.ask(servers[name], sent), 413)


def test_a_head_that_never_ends_bears_them(servers):
    def trickle(url):
        with wire.connect(url) as line:
            line.sendall(b"GET / HTTP/1.1\r\nA: ")
            return wire.answer(line)

    with ThreadPoolExecutor(len(servers)) as side_by_side:
        for answer in side_by_side.map(trickle, servers.values()):
            check(answer, 408)


def test_one_too_many_bears_them(tmp_path):
    with closing_small(tmp_path) as small, ExitStack() as held:
        for _ in range(BOUNDS.network_connections):
            line = held.enter_context(wire.connect(small.url))
            line.sendall(wire.head("GET", "/slow"))
        with wire.connect(small.url) as line:
            check(wire.answer(line), 503)


def closing_small(folder):
    small = Small(folder)
    small.close = small.stop
    return closing(small)


def test_where_people_come_by_https_it_is_said_of_what_no_application_answers():
    assert (b"strict-transport-security", HSTS.encode()) in always(https=True)


def broken_node(folder):
    node = create_node(folder / "node").with_settings(base_url="https://plaza.example")
    serving = Serving(node)
    serving.published = None
    return app.build(serving), "/health"


def broken_witness(folder):
    made = witness.build(None)
    made.state.worker = None
    return made, "/log/checkpoint"


def broken_disclosure(folder):
    return disclosure.build(folder), "/directory"  # not begun: there is no box


@pytest.mark.parametrize("broken", [broken_node, broken_witness, broken_disclosure])
def test_a_mistake_of_ours_bears_them(tmp_path, broken):
    made, path = broken(tmp_path)

    async def ask():
        transport = httpx2.ASGITransport(made, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
            return await asyncio.wait_for(client.get(path), 30)

    answer = run_async(ask())

    assert answer.status_code == 500
    check_fields(answer.headers)
    assert ("strict-transport-security" in answer.headers) == (broken is broken_node)
