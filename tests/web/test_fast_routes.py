"""The straight way to the addresses asked most answers as the router's way does, in everything."""

import json
import random
import re
from collections import Counter
from typing import NamedTuple

import httpx2
import pytest
from tests.conftest import run_async, statement

from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.record.specimen import specimen
from amparo.storage.journal import Journal
from amparo.storage.node import create_node
from amparo.web.app import build
from amparo.web.http.fast_routes import Door
from amparo.web.http.state import Serving
from amparo.web.http.telemetry import REQUESTS

ONE = "/api/v1/statement"
MANY = "/api/v1/statements"
JSON = {"content-type": "application/json"}
PADDED = {"decision_facts": " untrimmed "}
BODIES = [
    statement("a"),
    statement("b", **PADDED),
    statement("c", category="NONE"),
    statement("a"),
    {"statements": [specimen(random.Random(n), f"d-{n}") for n in range(100)]},
    {"statements": [statement("e"), statement("f", **PADDED, unheard_of=1)]},
    {"statements": [statement("g"), statement("h", category="NONE"), 7]},
    {"statements": [statement("i"), statement("a")]},
    {"statements": [statement("j"), statement("j")]},
    {"statements": [statement(f"k-{n}") for n in range(101)]},
    {"statements": []},
    [],
    None,
    7,
]
WITHOUT = ({}, {"authorization": "Bearer nobody"}, {"authorization": "Basic x"})


def asked(platform):
    """Requests, good and bad: (method, address, headers, body)."""
    own = JSON | platform
    for body in BODIES:
        for path in (ONE, MANY):
            yield "POST", path, own, json.dumps(body).encode()
    for path in (ONE, MANY):
        for body in (b"", b"{", b"\xff", b"[" * 9999, b" " * 17_000_000):
            yield "POST", path, own, body
        for headers in WITHOUT:
            yield "POST", path, JSON | headers, b"{}"
        yield "POST", path, platform | {"content-type": "text/xml"}, b"<a/>"
        yield "POST", path, own | {"prefer": "handling=strict"}, b'{"unheard_of": 1}'
        yield "POST", path + "?wait=else", own | {"accept": "text/html"}, b"{}"
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
            yield method, path, own, b""


class Seen(NamedTuple):
    told: list
    counted: Counter


def answers(folder, *, straight):
    """What a node answers to all of them, with all that changes from one run to the next left out.

    httpx2 speaks to the application itself here: only so can the same one be had without its door.
    """
    node = create_node(folder)
    journal = Journal(node.journal)
    token = platforms.new_token(journal, platforms.add(journal, "Foro", Profile()))
    journal.close()

    async def ask():
        serving = Serving(node)
        app = build(serving)
        if not straight:
            app.user_middleware = [one for one in app.user_middleware if one.cls is not Door]
        serving.start()
        transport = httpx2.ASGITransport(app)
        told, before = [], counted()
        async with httpx2.AsyncClient(transport=transport, base_url="http://node") as http:
            for method, path, headers, body in asked({"authorization": f"Bearer {token}"}):
                one = await http.request(method, path, headers=headers, content=body)
                told.append((method, path, one.status_code, one.headers.raw, fixed(one.text)))
        await serving.stop()
        return Seen(told, counted() - before)

    return run_async(ask())


def counted():
    """Requests by method, route and status, as the metrics have them."""
    return Counter(
        {
            (one.labels["method"], one.labels["route"], one.labels["status"]): one.value
            for metric in REQUESTS.collect()
            for one in metric.samples
            if one.name.endswith("_total")
        }
    )


def fixed(text):
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/[0-9a-f]{32})?", "CASE", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "AT", text)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    return [
        answers(tmp_path_factory.mktemp("node") / str(straight), straight=straight)
        for straight in (True, False)
    ]


def test_every_answer_is_the_same_by_both_ways(both):
    straight, routed = both

    assert {one[2] for one in straight.told} == {201, 400, 401, 405, 413, 415, 422}
    for mine, other in zip(straight.told, routed.told, strict=True):
        assert mine == other


def test_every_request_is_counted_the_same_by_both_ways(both):
    straight, routed = both

    assert straight.counted == routed.counted
    assert {route for _, route, _ in straight.counted} == {ONE, MANY}
    assert sum(straight.counted.values()) == len(straight.told)
