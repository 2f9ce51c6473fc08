"""Power cuts: whatever was answered is kept, published, and proves itself, however often it happens."""

import random
import threading
import time

import httpx2
import pytest
from tests.conftest import Served, new_node, statement

from amparo.ledger.log import audit, check
from amparo.ledger.log import receipts as log_receipts
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.tlog import policy

ROUNDS = 6


def submit(node, headers, acknowledged, prefix):
    """Send batches until the node dies; note only what was answered with 201."""
    client = httpx2.Client(base_url=node.url, timeout=120)
    number = 0
    while True:
        puids = [f"{prefix}-{number}-{i}" for i in range(7)]
        number += 1
        try:
            answer = client.post(
                "/api/v1/statements",
                json={"statements": [statement(puid) for puid in puids]},
                headers=headers,
            )
        except httpx2.HTTPError:
            client.close()
            return
        if answer.status_code == 201:
            acknowledged += [
                (one["puid"], one["uuid"], one["index"]) for one in answer.json()["statements"]
            ]


@pytest.mark.parametrize("grown", [False, True], ids=["in-a-folder", "postgresql-and-s3"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_acknowledged_decision_is_ever_lost(tmp_path, request, seed, grown):
    """kill -9 again and again while decisions come in from several sides."""
    chance = random.Random(seed)
    if grown:
        places = [request.getfixturevalue(name).place() for name in ("postgres", "object_store")]
        new_node(tmp_path / "node", *places)
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    acknowledged = []
    receipts = []
    for round_ in range(ROUNDS):
        threads = [
            threading.Thread(target=submit, args=(node, headers, acknowledged, f"{round_}-{side}"))
            for side in "abc"
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.3 + chance.random() * 1.5)
        if acknowledged:
            uuid = chance.choice(acknowledged)[1]
            answer = node.http.get(f"/statement/{uuid}/receipt")
            receipts += [answer.content] if answer.status_code == 200 else []
        node.kill()
        for thread in threads:
            thread.join()
        node.start()
    last = node.http.post("/api/v1/statement?wait=receipt", json=statement("last"), headers=headers)
    node.stop()

    opened = open_node(node.data)
    journal = Journal(opened.journal, read_only=True)
    trusted = policy.of_log(opened.signer().verifier.vkey)
    assert last.status_code == 201
    assert len(acknowledged) > 20 * ROUNDS
    assert len({index for *_, index in acknowledged}) == len(acknowledged)
    for _, uuid, index in acknowledged:
        kept = journal.event(index)
        assert str(kept.case) == uuid
    for puid, _, index in acknowledged[:: max(1, len(acknowledged) // 50)]:
        raw = log_receipts.receipt(opened, journal.event(index), reader="party")
        assert log_receipts.verify(raw, trusted).puid == puid
    for raw in receipts:
        log_receipts.verify(raw, trusted)
    assert check.check(opened).waiting == 0
    if not grown:  # what is in the store, the check has read file by file
        audited = audit.audit(str(opened.log), policy.of_log(opened.signer().verifier.vkey))
        assert audited.entries == journal.size()


def test_a_stopped_node_finishes_what_it_has_begun_and_starts_again(tmp_path):
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    node.http.post("/api/v1/statement", json=statement("a"), headers=headers)

    node.stop()
    ended = node.process.returncode
    left = list(node.data.glob("journal.db-[ws]*"))  # what SQLite has beside a journal in use
    node.start()
    told = node.http.post("/api/v1/statement?wait=receipt", json=statement("b"), headers=headers)
    node.stop()

    assert (ended, left) == (0, []), "the publishing process must end before the node does"
    assert told.json()["index"] == 1


def test_two_nodes_on_one_folder_share_one_log(tmp_path):
    """Both take decisions; one publishes, the other stands by."""
    first = Served(tmp_path / "node")
    headers = first.add_platform("Foro")
    second = Served(tmp_path / "node")

    told = [
        one.http.post(
            "/api/v1/statement?wait=receipt", json=statement(f"p-{i}"), headers=headers
        ).json()["index"]
        for i, one in enumerate([first, second, first, second])
    ]
    states = [one.http.get("/health").json()["publisher"]["state"] for one in (first, second)]
    first.kill()
    after = second.http.post(
        "/api/v1/statement?wait=receipt", json=statement("after"), headers=headers
    )
    receipt = second.http.get(f"/statement/{after.json()['uuid']}/receipt")
    second.stop()

    assert told == [0, 1, 2, 3]
    assert sorted(states) == ["publishing", "standby"]
    assert receipt.status_code == 200
