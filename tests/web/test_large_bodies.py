"""A large body of JSON is read beside the event loop; a small one on it, where that is quicker."""

import sys
import threading

import httpx2
import pytest
from tests.conftest import run_async, statement

from amparo.ledger.log import platforms
from amparo.record import decision, fast_path
from amparo.record.rules import Profile
from amparo.web.app import build
from amparo.web.http import json_body
from amparo.web.http.state import Serving

LONG = "x" * 300_000
NOT_PLAIN = {"decision_facts": " padded, so that it takes the slow path "}
READERS = {decision.parse, decision.pieces, fast_path.decisions, json_body.read}
BODIES = {
    "/api/v1/statement": (statement("a", **NOT_PLAIN), statement("b", decision_facts=LONG)),
    "/api/v1/statements": (
        {"statements": [statement("c", **NOT_PLAIN)]},
        {"statements": [statement("d", decision_facts=LONG)]},
    ),
    "/api/v1/case/{uuid}/answer": ({"text": "It is satire."}, {"text": LONG}),
}


@pytest.fixture
def send(node, journal):
    """Send a body to an address: its status, and the threads on which something read JSON."""
    platform = platforms.add(journal, "Foro", Profile())
    auth = {"authorization": f"Bearer {platforms.new_token(journal, platform)}"}
    codes = {reader.__code__ for reader in READERS}

    def see(frame, _event, _argument):
        if frame.f_code in codes:
            seen.add(threading.get_ident())

    seen = set()

    async def ask(path, body):
        serving = Serving(node)
        serving.start()
        transport = httpx2.ASGITransport(build(serving))
        async with httpx2.AsyncClient(transport=transport, base_url="http://node") as http:
            own = await http.post("/api/v1/statement", json=statement("own"), headers=auth)
            address = path.replace("{uuid}", own.json()["uuid"])
            seen.clear()
            sys.setprofile(see)
            threading.setprofile(see)
            answer = await http.post(address, json=body, headers=auth)
            sys.setprofile(None)
            threading.setprofile(None)
        await serving.stop()
        return answer.status_code, {ident == threading.get_ident() for ident in seen}

    return lambda path, body: run_async(ask(path, body))


@pytest.mark.parametrize("path", BODIES)
def test_what_is_small_is_read_at_once_and_what_is_large_beside_the_loop(send, path):
    small, large = BODIES[path]

    status, on_loop = send(path, small)
    assert status in (201, 422, 409)
    assert on_loop == {True}

    status, on_loop = send(path, large)
    assert status in (400, 422)  # and refused: no text may be that long
    assert on_loop == {False}
