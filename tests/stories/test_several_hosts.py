"""Several hosts, one journal, one log: any takes decisions, one publishes, another takes over."""

import shutil
import signal
import threading
import time
from os import kill
from pathlib import Path

import pytest
from tests.conftest import Served, new_node, run, statement
from tests.stories.test_the_power_goes import submit

from amparo.ledger.log import check, receipts
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.tlog import policy


class Host(Served):
    """A host with its own disk: nothing of another's but the keys and settings."""

    def crash(self):
        """Both processes at once, as when the machine loses power."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            children += " " + (thread / "children").read_text()
        for pid in {int(one) for one in children.split()}:
            kill(pid, signal.SIGKILL)
        self.kill()

    def state(self):
        return self.http.get("/health").json()["publisher"]["state"]


@pytest.fixture
def hosts(tmp_path, postgres, object_store):
    new_node(tmp_path / "one", postgres.place(), object_store.place())
    for name in ("two", "three"):
        shutil.copytree(tmp_path / "one", tmp_path / name)
    made = [Host(tmp_path / name) for name in ("one", "two", "three")]
    yield made
    for one in made:
        one.stop()


def put(host, headers, puid):
    return host.http.post(
        "/api/v1/statement?wait=receipt", json=statement(puid), headers=headers
    ).json()


def test_any_host_takes_decisions_and_one_publishes_them(hosts):
    headers = hosts[0].add_platform("Foro")

    told = [put(host, headers, f"p-{n}") for n, host in enumerate(hosts * 3)]

    assert [one["index"] for one in told] == list(range(9))
    assert sorted(host.state() for host in hosts) == ["publishing", "standby", "standby"]
    for host in hosts:  # what one host took, every other shows and proves
        for one in told[:3]:
            assert host.http.get(f"/statement/{one['uuid']}").status_code == 200
            receipt = host.http.get(f"/statement/{one['uuid']}/receipt")
            vkey = open_node(hosts[0].data).signer().verifier.vkey
            receipts.verify(receipt.content, policy.of_log(vkey))
        assert host.http.get("/log/checkpoint").content.split(b"\n")[1] == b"9"
    again = hosts[1].http.post("/api/v1/statement", json=statement("p-0"), headers=headers)
    assert again.status_code == 422  # the PUID is known, whichever host took it


def test_when_the_publisher_dies_another_host_takes_over_and_nothing_is_lost(hosts):
    headers = hosts[0].add_platform("Foro")
    acknowledged = []
    sides = [
        threading.Thread(target=submit, args=(host, headers, acknowledged, f"s{n}"))
        for n, host in enumerate(hosts)
    ]
    for side in sides:
        side.start()
    time.sleep(1.0)
    left = list(hosts)
    while len(left) > 1:
        publisher = next(host for host in left if host.state() == "publishing")
        publisher.crash()
        left.remove(publisher)
        deadline = time.monotonic() + 120
        while not any(host.state() == "publishing" for host in left):
            assert time.monotonic() < deadline, "nobody took over"
            time.sleep(0.05)
    [last] = left
    put(last, headers, "last")
    last.crash()
    for side in sides:
        side.join()
    for host in hosts:
        host.start()
    put(hosts[0], headers, "after")

    opened = open_node(hosts[0].data)
    journal = Journal(opened.journal, read_only=True)
    assert len(acknowledged) > 50
    for _, uuid, index in acknowledged:
        assert str(journal.event(index).case) == uuid
    assert check.check(opened).entries == journal.size()
    journal.close()


def test_a_database_that_drops_every_connection_again_and_again_loses_nothing(hosts, postgres):
    headers = hosts[0].add_platform("Foro")
    acknowledged, ended = [], threading.Event()

    def patient(host, side):
        number = 0
        while not ended.is_set():
            number += 1
            body = {"statements": [statement(f"{side}-{number}-{i}") for i in range(5)]}
            answer = host.http.post("/api/v1/statements", json=body, headers=headers)
            assert answer.status_code in (201, 401, 503), answer.text
            if answer.status_code == 201:
                acknowledged.extend(answer.json()["statements"])

    sides = [threading.Thread(target=patient, args=(host, n)) for n, host in enumerate(hosts)]
    for side in sides:
        side.start()
    for _ in range(8):
        time.sleep(0.4)
        postgres.cut()
    ended.set()
    for side in sides:
        side.join()

    deadline = time.monotonic() + 120
    while not any(host.state() == "publishing" for host in hosts):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    put(hosts[2], headers, "after")
    opened = open_node(hosts[0].data)
    journal = Journal(opened.journal, read_only=True)
    assert len(acknowledged) > 50
    for one in acknowledged:
        assert str(journal.event(one["index"]).case) == one["uuid"]
    assert check.check(opened).entries == journal.size()
    journal.close()
    assert run("log", "check", "--data", hosts[1].data).returncode == 0
