"""Power goes while a real node serves under load: what was answered is there at the next start."""

import os
import random
import shutil
import signal
import subprocess
import threading
import time

import httpx2
import pytest
from tests.conftest import AMPARO, Served, new_node, run, statement
from tests.faults import disk
from tests.faults.conftest import EVERY, Outside, recovers, tally
from tests.hostile.conftest import family

from amparo.errors import AmparoError

ROUNDS = max(2, 24 // EVERY)
CUTS = max(16, 256 // EVERY)


class Recorded(Served):
    """A node whose writes are recorded from its first on."""

    def start(self):
        trace = self.data.with_name("writes")
        self.process = subprocess.Popen(
            [*disk.recorder(trace), *AMPARO, "serve", "--data", str(self.data), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().split()[1].rstrip("/")
        self.http = httpx2.Client(base_url=self.url, timeout=60)

    def stop(self):
        for process in family(self.process.pid) - {self.process.pid}:
            os.kill(process, signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()
        self.http.close()


class Load:
    """Decisions from three sides; when each was acknowledged, and where: (time, index, case)."""

    def __init__(self, node, headers):
        self.acknowledged = []
        self.receipts = []
        self._ended = threading.Event()
        self._sides = [
            threading.Thread(target=self._submit, args=(node.url, headers, side)) for side in "abc"
        ]

    def __enter__(self):
        for side in self._sides:
            side.start()
        return self

    def __exit__(self, *error):
        self._ended.set()
        for side in self._sides:
            side.join()

    def reach(self, number):
        """Wait until so many decisions are acknowledged, and one of them has its receipt."""
        deadline = time.monotonic() + 120
        while len(self.acknowledged) < number or not self.receipts:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _submit(self, url, headers, side):
        chance = random.Random(side)
        with httpx2.Client(base_url=url, timeout=120) as client:
            number, before = 0, None
            while not self._ended.is_set():
                number += 1
                batch = [statement(f"{side}-{number}-{n}") for n in range(chance.randint(1, 7))]
                answer = client.post(
                    "/api/v1/statements", json={"statements": batch}, headers=headers
                )
                assert answer.status_code == 201, answer.text
                now = time.time()
                said = answer.json()["statements"]
                self.acknowledged += [(now, one["index"], one["uuid"]) for one in said]
                receipt = client.get(f"/statement/{before or said[0]['uuid']}/receipt")
                if receipt.status_code == 200:  # of one that had time to be published
                    self.receipts.append((time.time(), receipt.content))
                if receipt.status_code == 200 or before is None:
                    before = said[0]["uuid"]


def found(image, load, until):
    """What the world knew at a moment, of a node that is started from what was left."""
    outside = Outside(image)
    outside.acknowledged = {n: case for at, n, case in list(load.acknowledged) if at < until}
    outside.receipts = [receipt for at, receipt in list(load.receipts) if at < until]
    return outside


def loses(image, load, at):
    """Whether something that was acknowledged is lost, or the node does not start."""
    try:
        return not recovers(found(image, load, at))
    except (AssertionError, OSError, AmparoError):  # the last: a checkpoint that was cut off
        return True


def test_a_power_cut_under_load_with_torn_and_reordered_writes_loses_nothing(tmp_path):
    """Every process of a node is recorded; the cut keeps what was synced, and any part of the rest."""
    chance = random.Random(11)
    folder = tmp_path / "node"
    new_node(folder)
    token = run("platform", "add", "Foro", "--data", folder).stdout.splitlines()[-1]
    left, deaf = disk.Disk(folder), disk.Disk(folder)
    node = Recorded(folder)
    with Load(node, {"authorization": f"Bearer {token}"}) as load:
        load.reach(400)
    node.stop()
    steps = [
        (at, one)
        for at, one in disk.recorded(tmp_path / "writes")
        if one[0] != "say" and one[1].startswith(str(folder))
    ]
    assert sum(one[0] == "sync" for _, one in steps) > 30
    assert load.receipts
    cuts, tried = set(chance.sample(range(len(steps)), CUTS)), 0
    for number, (at, one) in enumerate(steps):
        left.step(*one)
        if one[0] != "sync":
            deaf.step(*one)
        if number not in cuts:
            continue
        image = disk.lay_out(left.left(chance), folder, tmp_path / "after")
        outside = found(image, load, at)
        assert recovers(outside), f"after step {number}: {one[0]} {one[1]}"
        tried += 1
        if tried == CUTS:  # and as its operator would
            started = Served(image)
            assert started.http.get("/health").json()["entries"] >= len(outside.acknowledged)
            started.stop()
    assert load.acknowledged[0][0] < steps[sorted(cuts)[CUTS // 2]][0], "cuts under load"
    image = disk.lay_out(deaf.left(chance), folder, tmp_path / "deaf")
    assert loses(image, load, at), "a disk that is deaf to syncs must be seen to lose"
    tally("power cut under load, writes torn and reordered", tried, tried)


@pytest.mark.parametrize("processes", [1, 2])
def test_all_files_of_one_moment_under_load_make_a_node_that_lost_nothing(tmp_path, processes):
    """As a snapshot of the file system: all processes stand still while the folder is copied."""
    node = Served(tmp_path / "node", "--processes", processes)
    headers = node.add_platform("Foro")
    tried = 0
    with Load(node, headers) as load:
        for round_ in range(ROUNDS):
            load.reach(20 * (round_ + 1) + len(load.acknowledged))
            stopped = family(node.process.pid)
            for process in stopped:
                os.kill(process, signal.SIGSTOP)
            now = time.time()
            image = tmp_path / f"image-{round_}"
            shutil.copytree(node.data, image)
            for process in stopped:
                os.kill(process, signal.SIGCONT)
            outside = found(image, load, now)
            assert recovers(outside)
            tried += 1
    node.stop()
    started = Served(image)
    assert started.http.get("/health").json()["entries"] >= len(outside.acknowledged)
    started.stop()
    tally("snapshot of a serving node's folder under load", tried, tried)
