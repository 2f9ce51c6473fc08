"""Several processes that take requests at one address: `amparo serve --processes N`."""

import os
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.conftest import AMPARO, Served, new_node, statement
from tests.servers import free_ports

from amparo.ledger.log import check
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


def fronts(parent):
    """The further front ends of a node, by their process numbers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            status = (folder / "status").read_text()
        except OSError:
            continue
        if b"amparo.cli.process.front_end" in words and f"\nPPid:\t{parent}\n" in status:
            found.append(int(folder.name))
    return found


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def submit(node, headers, number):
    """On a connection of its own, as a stranger would; again where the connection was cut."""
    for _ in range(5):
        try:
            return httpx2.post(
                f"{node.url}/api/v1/statement", json=statement(number), headers=headers, timeout=60
            )
        except httpx2.TransportError:
            continue
    raise AssertionError("cut five times in a row")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_all_of_them_take_decisions_of_one_record(database, request, tmp_path):
    if database == "postgresql":
        new_node(tmp_path / "node", request.getfixturevalue("postgres").place())
    port = free_ports(3)
    node = Served(tmp_path / "node", "--processes", 3, "--metrics", f"127.0.0.1:{port}")
    headers = node.add_platform("Foro")
    until(lambda: all(answers(port + n) for n in range(3)))
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(lambda n: submit(node, headers, f"own-{n}"), range(120)))
        again = list(pool.map(lambda n: submit(node, headers, f"own-{n}"), range(120)))

    assert [one.status_code for one in first] == [201] * 120
    assert sorted(one.json()["index"] for one in first) == list(range(120))
    assert [one.status_code for one in again] == [422] * 120  # whoever took it, all know it
    assert [one.json()["uuid"] for one in again] == [one.json()["uuid"] for one in first]
    taken = [submissions(port + n) for n in range(3)]
    assert sum(taken) == 240
    assert min(taken) > 0
    for _ in range(20):  # each of them knows what publishing says of itself
        assert httpx2.get(f"{node.url}/health").json()["publisher"]["state"] == "publishing"
    node.http.post("/api/v1/statement?wait=receipt", json=statement("z"), headers=headers)
    node.stop()
    assert check.check(open_node(node.data)).waiting == 0


def test_whoever_comes_at_once_is_shared_out_too(tmp_path):
    """Connections are kept: who all came to the one that was ready first would stay there."""
    port = free_ports(3)
    node = Served(tmp_path / "node", "--processes", 3, "--metrics", f"127.0.0.1:{port}")
    came = [HTTPConnection(urlsplit(node.url).netloc, timeout=60) for _ in range(60)]
    for one in came:
        one.connect()
    for one in came:
        one.request("POST", "/api/v1/statement", body=b"{}")

    assert [one.getresponse().status for one in came] == [401] * 60
    until(lambda: all(answers(port + n) for n in range(3)))
    assert min(submissions(port + n) for n in range(3)) > 0
    for one in came:
        one.close()
    node.stop()


def test_one_that_refuses_to_begin_keeps_nobody_waiting(tmp_path):
    """Its socket stays open when it dies; here somebody else took its metrics' port since."""
    port = free_ports(2)
    node = Served(tmp_path / "node", "--processes", 2, "--metrics", f"127.0.0.1:{port}")
    until(lambda: answers(port + 1))
    [front] = fronts(node.process.pid)
    os.kill(front, signal.SIGKILL)
    until(lambda: not answers(port + 1))
    with socket.create_server(("127.0.0.1", port + 1)):
        until(lambda: listening(urlsplit(node.url).port) == 1)
        for _ in range(30):
            with httpx2.Client(timeout=20) as stranger:
                assert stranger.get(f"{node.url}/health/live").status_code == 200
        node.stop()


def test_ports_for_metrics_are_tried_before_anybody_is_let_in(tmp_path):
    port = free_ports(3)
    with socket.create_server(("127.0.0.1", port + 2)):
        words = ["serve", "--data", tmp_path, "--processes", "3", "--metrics", f"127.0.0.1:{port}"]
        refused = subprocess.run(
            [*AMPARO, *map(str, words), "--port", "0"], capture_output=True, text=True, check=False
        )

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert f"Metrics cannot be served on 127.0.0.1:{port + 2}." in refused.stderr


def listening(port):
    """How many sockets listen at a port of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(at.endswith(f":{port:04X}") and state == "0A" for _, at, _, state, *_ in rows)


def answers(port):
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/metrics").status_code == 200
    except httpx2.TransportError:
        return False


def submissions(port):
    told = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    found = re.findall(r'^amparo_requests_total\{method="POST",.*\} ([\d.]+)$', told, re.MULTILINE)
    return int(sum(map(float, found)))


def test_one_that_is_killed_again_and_again_loses_nothing_and_comes_back(tmp_path):
    node = Served(tmp_path / "node", "--processes", 2)
    headers = node.add_platform("Foro")
    acknowledged, ended = [], threading.Event()

    def side(number):
        count = 0
        while not ended.is_set():
            count += 1
            answer = submit(node, headers, f"{number}-{count}")
            assert answer.status_code in (201, 422), answer.text  # 422: kept before it was cut
            acknowledged.append((answer.json()["index"], answer.json()["uuid"]))

    sides = [threading.Thread(target=side, args=(n,)) for n in range(4)]
    for one in sides:
        one.start()
    killed = set()
    for _ in range(3):
        until(lambda: set(fronts(node.process.pid)) - killed)
        [front] = set(fronts(node.process.pid)) - killed
        before = len(acknowledged)
        until(lambda before=before: len(acknowledged) > before + 20)
        os.kill(front, signal.SIGKILL)
        killed.add(front)
    before = len(acknowledged)
    until(lambda: len(acknowledged) > before + 40)
    ended.set()
    for one in sides:
        one.join()
    node.stop()

    journal = Journal(open_node(node.data).journal, read_only=True)
    assert journal.size() == len({index for index, _ in acknowledged})
    for index, uuid in acknowledged:
        assert str(journal.event(index).case) == uuid
    journal.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_none_of_them_outlives_the_first(how, tmp_path):
    node = Served(tmp_path / "node", "--processes", 3)
    until(lambda: len(fronts(node.process.pid)) == 2)
    others = fronts(node.process.pid)

    node.process.send_signal(how)

    node.process.wait(30)
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in others), seconds=30)
    node.process.stdout.close()
    node.http.close()
    Served(tmp_path / "node", "--port", node.url.rpartition(":")[2]).stop()  # its port is free


def test_a_port_that_is_taken_is_not_shared(tmp_path):
    """The kernel would let two nodes of one user have it, each with half of the callers."""
    node = Served(tmp_path / "node", "--processes", 2)
    words = ["serve", "--data", tmp_path / "other", "--port", node.url.rpartition(":")[2]]
    second = subprocess.run(
        [*AMPARO, *map(str, words), "--processes", "2"], capture_output=True, text=True, check=False
    )
    node.stop()

    assert second.returncode != 0
    assert "cannot be used" in second.stderr
