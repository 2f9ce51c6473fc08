"""Two writers, the same thing sent many times, and the sizes at which tiles fill up."""

import os
import signal
import subprocess
import sys
import threading
import time

from tests.conftest import AMPARO, Served, new_node, statement
from tests.faults.conftest import Outside, append, tally

from amparo.ledger.log import platforms
from amparo.ledger.log import receipts as log_receipts
from amparo.ledger.log.publish import Publisher, publishing
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.tlog import policy

BEAT = [sys.executable, "-m", "amparo.ledger.publisher_process"]


def beat(node):
    return subprocess.Popen(
        [*BEAT, str(node.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def until(happens, seconds=120):
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_publisher_that_is_paused_and_woken_does_not_fork_the_log(
    postgres, object_store, tmp_path
):
    """On PostgreSQL: its session is ended while it sleeps, another publishes, then it wakes up."""
    node = new_node(tmp_path / "one", postgres.place(), object_store.place())
    other = new_node(tmp_path / "two")
    for path in ("amparo.toml", "keys/log.key", "keys/node.secret"):
        (other.folder / path).write_bytes((node.folder / path).read_bytes())
    other = open_node(other.folder)
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    acknowledged = append(node, journal, 3, "a")
    first = beat(node)
    assert "publishing" in first.stdout.readline()
    outside = Outside(node.folder)
    until(lambda: outside.look() or (outside.seen[-1:] and outside.seen[-1].size == 3))

    os.kill(first.pid, signal.SIGSTOP)
    acknowledged |= append(node, journal, 2, "b")
    journal.close()
    postgres.cut()
    journal = Journal(node.journal)
    second = beat(other)
    assert "publishing" in second.stdout.readline()
    acknowledged |= append(node, journal, 4, "c")
    until(lambda: outside.look() or outside.seen[-1].size == 9)
    os.kill(first.pid, signal.SIGCONT)
    said = [first.stdout.readline()]
    acknowledged |= append(node, journal, 1, "d")
    until(lambda: outside.look() or outside.seen[-1].size == 10)

    assert any("standby" in line for line in said)
    for process in (first, second):
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
    leaves = journal.leaves(0, journal.size())
    from amparo.tlog import merkle

    for seen in outside.seen:
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves[: seen.size]]
        assert merkle.root_of(hashes) == seen.root
    for index, case in acknowledged.items():
        assert str(journal.event(index).case) == case
    journal.close()
    tally("two publishers, one paused and woken", 1, 1)


def test_a_publisher_that_hangs_is_replaced_by_itself(postgres, object_store, tmp_path):
    """Nobody ends its session: the database does, and another goes on."""
    node = new_node(tmp_path / "one", postgres.place(), object_store.place())
    other = new_node(tmp_path / "two")
    for path in ("amparo.toml", "keys/log.key", "keys/node.secret"):
        (other.folder / path).write_bytes((node.folder / path).read_bytes())
    first = beat(node)
    assert "publishing" in first.stdout.readline()
    second = beat(open_node(other.folder))
    assert "standby" in second.stdout.readline()

    os.kill(first.pid, signal.SIGSTOP)
    line = second.stdout.readline()
    while "publishing" not in line.replace("publishing this log", ""):
        line = second.stdout.readline()
    os.kill(first.pid, signal.SIGCONT)

    assert "standby" in first.stdout.readline()
    for process in (first, second):
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
    tally("a publisher that hangs", 1, 1)


def test_the_same_statement_eight_times_at_once_and_after_a_restart_is_kept_once(tmp_path):
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    answers = []

    def send(puid):
        answers.append(
            node.http.post("/api/v1/statement", json=statement(puid), headers=headers).status_code
        )

    rounds = 12
    for number in range(rounds):
        threads = [threading.Thread(target=send, args=(f"same-{number}",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [201] * rounds + [422] * 7 * rounds
    node.kill()
    node.start()
    answers.clear()
    for number in range(rounds):
        send(f"same-{number}")
    assert answers == [422] * rounds
    assert node.http.get("/health").json()["entries"] == rounds
    node.stop()
    tally("duplicates at once and across a restart", 9 * rounds, 9 * rounds)


def test_every_size_around_a_full_tile_is_published_proved_and_gone_on_from(tmp_path):
    """255, 256, 257 and 65,535, 65,536, 65,537: a level begins, a tile fills, a partial one goes."""
    node = new_node(tmp_path / "node")
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    acknowledged, receipts = {}, []
    for size in (255, 256, 257, 65_535, 65_536, 65_537):
        acknowledged |= append(node, journal, size - len(acknowledged), str(size))
        with publishing(node, journal):
            Publisher(node, journal).beat()  # a new one each time: the edge is read back
        receipts += [
            log_receipts.receipt(node, journal.event(index), reader="anyone")
            for index in {0, 254, 255, size // 2, size - 2, size - 1}
            if index < size
        ]
        Outside(node.folder).judge()
    trusted = policy.of_log(node.signer().verifier.vkey)
    for receipt in receipts:
        log_receipts.verify(receipt, trusted)
    journal.close()
    tally("sizes around a full tile", 6, 6)


def test_a_partial_tile_that_goes_while_it_is_read_costs_a_reader_nothing(tmp_path):
    """Auditors read all the while; the tile they are told of fills up and its parts go."""
    node = Served(tmp_path / "node")
    headers = node.add_platform("Foro")
    vkey = open_node(node.data).signer().verifier.vkey
    ended, audits, wrong = threading.Event(), [], []

    def audit():
        while not ended.is_set():
            done = subprocess.run(
                [*AMPARO, "log", "audit", node.url + "/log", "--vkey", vkey],
                capture_output=True,
                text=True,
                check=False,
            )
            (wrong if done.returncode else audits).append(done.stderr or done.stdout)

    reader = threading.Thread(target=audit)
    reader.start()
    for number in range(24):
        batch = [statement(f"p-{number}-{i}") for i in range(61)]
        node.http.post("/api/v1/statements", json={"statements": batch}, headers=headers)
        time.sleep(0.25)
    ended.set()
    reader.join()
    node.stop()
    assert wrong == []
    assert len(audits) > 5
    tally("partial tiles going while read", len(audits), len(audits))
