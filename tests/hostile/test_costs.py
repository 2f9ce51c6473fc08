"""Costly pages, asked for by many who do not wait for them, or in more ways than there are figures.

Bounds are counted in jobs, as the node's own metrics tell them, not in seconds.
"""

import json
import re
import time

import httpx2
import pytest
from tests.conftest import Served, statement
from tests.hostile import wire
from tests.hostile.conftest import Meter, size
from tests.hostile.tally import tally
from tests.servers import free_ports

from amparo.web.http.answer_cache import MOST_KEPT_BYTES, MOST_OF_ONE_NETWORK

DEAREST = "/observatory/platform/all"
LEAVERS = 60


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A fresh node, with its metrics."""
    port = free_ports(1)
    served = Served(tmp_path_factory.mktemp("costs"), "--metrics", f"127.0.0.1:{port}")
    served.metrics = f"http://127.0.0.1:{port}/metrics"
    yield served
    served.stop()


class Jobs:
    """How many answers were made, dropped, refused since it was begun."""

    def __init__(self, node):
        self._node, self._before = node, {}
        self._before = self._now()

    def __getitem__(self, how):
        return self._now().get(how, 0) - self._before.get(how, 0)

    def _now(self):
        text = httpx2.get(self._node.metrics).text
        found = re.findall(r'^amparo_answers_total\{how="(\w+)"\} (\S+)', text, re.MULTILINE)
        return {how: int(float(number)) for how, number in found}


def honest(node, path):
    """An answer to somebody who comes again when asked to."""
    for _ in range(5):
        answer = node.http.get(path)
        if answer.status_code != 503:
            return answer
        time.sleep(int(answer.headers["retry-after"]))
    return answer


def figure(number):
    """The address of a page that nobody has asked for: each draws six lines over two years."""
    names = "&".join(f"platform={one}" for one in ("Facebook", "TikTok", "X", "Temu", "Pinterest"))
    return f"/observatory/measure/statements?{names}&since=2023-10-{number % 28 + 1:02d}&until=2025-{number // 28 % 12 + 1:02d}-01"


def test_the_first_look_at_a_fresh_node_makes_nothing_that_ships(node):
    """Before: waves and silences of 28 months were looked for, 9 s of processor."""
    with Meter(node.process.pid) as cost:
        node.http.get("/observatory").raise_for_status()

    tally("first /observatory of a fresh node", "1", f"{cost.cpu:.2f} s of processor")
    assert cost.cpu < 5


def test_jobs_of_clients_that_left_are_not_done(node):
    """Before: each was done, one after the other, ahead of whoever came next."""
    jobs = Jobs(node)

    with wire.many(node.url, LEAVERS) as lines:
        for number, line in enumerate(lines):
            line.sendall(wire.head("GET", figure(number)))
        time.sleep(0.05)
    answer = honest(node, DEAREST)

    made = jobs["made"]
    tally(
        "clients that ask for the dearest page and leave",
        LEAVERS,
        f"{made} pages made, {jobs['dropped']} dropped, {jobs['refused']} told to come again",
    )
    assert answer.status_code == 200
    assert jobs["dropped"] >= 1
    assert made <= MOST_OF_ONE_NETWORK


def test_many_who_ask_for_the_same_page_have_it_made_once(node):
    jobs, path = Jobs(node), "/observatory/platform/x"

    with wire.many(node.url, LEAVERS) as lines:
        for line in lines:
            line.sendall(wire.head("GET", path, "Connection: close"))
        answers = [wire.answer(line) for line in lines]

    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
    assert jobs["made"] == 1


def test_whoever_comes_beyond_the_queue_is_told_when_to_come_again(node):
    with wire.many(node.url, LEAVERS) as lines:
        for number, line in enumerate(lines):
            line.sendall(wire.head("GET", figure(100 + number), "Connection: close"))
        answers = [wire.answer(line) for line in lines]

    refused = [answer for answer in answers if answer.startswith(b"HTTP/1.1 503 ")]
    assert len(refused) >= LEAVERS - 2 * MOST_OF_ONE_NETWORK - 20
    assert all(b"\r\nretry-after: " in answer for answer in refused)
    assert {answer.split(b" ", 2)[1] for answer in answers} == {b"200", b"503"}


@pytest.mark.parametrize(
    "ways",
    [
        "since=0001-01-{n:02d}",
        "until=9999-12-{n:02d}",
        "platform=*&platform=*&x={n}",
        "lang=en&lang={n}",
        "format={n}&utm={n}",
    ],
)
def test_other_words_for_the_same_figure_are_the_same_figure(node, ways):
    path = "/observatory/measure/account.terminated?lang=en&"
    node.http.get(path.rstrip("&")).raise_for_status()
    jobs = Jobs(node)

    for number in range(1, 21):
        node.http.get(path + ways.format(n=number)).raise_for_status()

    assert jobs["made"] == 0


def test_figures_without_end_leave_memory_bounded(node):
    number = size(20, 600)
    with Meter(node.process.pid) as cost:
        for one in range(number):
            node.http.get(figure(200 + one % 300), headers={"host": f"host-{one}.example"})

    tally("figures that nobody asked for before", number, cost)
    assert cost.more_mb < 5 * MOST_KEPT_BYTES / 1e6


@pytest.mark.parametrize(
    "query",
    ["platform=" + "&platform=".join(f"p{n}" for n in range(2000)), "metric=" + "m" * 5000],
)
def test_a_feed_follows_only_so_many(node, query):
    assert node.http.get(f"/observatory/waves.atom?{query}").status_code == 400


# --- batches ----------------------------------------------------------------------------------


def batch(path, body, auth):
    lines = (f"Authorization: {auth['authorization']}", "Content-Type: application/json")
    return wire.head("POST", path, *lines, f"Content-Length: {len(body)}") + body


def filled(size, piece, begin, end):
    """JSON of a size, with one piece again and again."""
    return begin + b",".join([piece] * ((size - len(begin) - len(end)) // (len(piece) + 1))) + end


LARGE = {
    "attributes of one": (b'"a":1', b'{"statements":[{', b"}]}"),
    "statements": (b"[]", b'{"statements":[', b"]}"),
    "a list in one": (b"[]", b'{"statements":[{"a":[', b"]}]}"),
    "a list beside": (b"{}", b'{"a":[', b'],"statements":[]}'),
    "a list in place of all": (b"[]", b"[", b"]"),
    "countries": (b'"AT"', b'{"statements":[{"territorial_scope":[', b"]}]}"),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_batch_of_small_things_is_refused_before_they_are_made(node, kind):
    """Sixteen megabytes of empty lists became five million objects, a second of the event loop."""
    auth = node.add_platform(f"Batch {kind}")
    body = filled(size(4 << 20, 16 << 20), *LARGE[kind])

    with Meter(node.process.pid) as cost:
        told = wire.ask(node.url, batch("/api/v1/statements", body, auth), until=10)

    assert told.split(b" ", 2)[1] in (b"400", b"422")
    assert cost.more_mb < 4 * len(body) / 1e6 + 20  # a million objects are a hundred
    tally(f"a batch of {kind}", f"{len(body) / 1e6:.0f} MB", cost)


def test_whoever_asks_while_a_large_batch_is_read_is_answered_first(node):
    auth = node.add_platform("Batch")
    full = {f"a{n}": ["v"] * 9 for n in range(900)}
    statements = [statement(f"large-{n}") | full for n in range(100)]
    raw = batch("/api/v1/statements", json.dumps({"statements": statements}).encode(), auth)

    with wire.connect(node.url) as line:
        line.sendall(raw)
        line.setblocking(False)
        asked = 0
        while True:
            try:
                told = line.recv(65536)
                break
            except BlockingIOError:
                assert node.http.get("/health/live").status_code == 200
                asked += 1

    assert told.startswith(b"HTTP/1.1 201")
    assert asked >= 3
    tally("a batch with 90,000 attributes nobody knows", f"{len(raw) / 1e6:.0f} MB",
          f"{asked} others answered meanwhile")  # fmt: skip
