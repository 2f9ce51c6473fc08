"""kill -9, a failing disk and a full one at every system call of two commits with their beats.

The commits go from 254 entries over 256, where tiles fill up and partial ones go, to 257.
"""

import random
import time

import pytest
from tests.conftest import statement
from tests.faults import calls
from tests.faults.conftest import recovers, some, tally
from tests.faults.subject import commit

from amparo.errors import Unavailable
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher, publishing
from amparo.record.decision import settle
from amparo.storage.journal import Journal, Known
from amparo.storage.sqlite import Sqlite

COMMITS = (2, 1)
FAULTS = {"kill -9": "signal=KILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}


def commits_to(folder):
    return lambda: commit(folder, *COMMITS)


def ran_under(outside, call, fault):
    """Two commits to a node with a fault at one call; what they said is heard outside."""
    folder = outside.node.folder
    ran = calls.run(folder.with_name("notes"), commits_to(folder), call, FAULTS[fault])
    assert "Traceback" not in ran.errors, (call, ran.errors)
    outside.hear(ran.said)
    return ran


@pytest.fixture(scope="module")
def made(template, tmp_path_factory):
    """The calls of one run, from when it opens the node until it ends."""
    import shutil

    copy = tmp_path_factory.mktemp("calls") / "node"
    shutil.copytree(template[0], copy)
    found = calls.calls(copy.with_name("notes"), commits_to(copy))
    assert len(found) > 300
    assert {"fsync", "fdatasync", "pwrite64", "rename"} <= {call.name for call in found}
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_loses_nothing_and_the_node_goes_on(fresh, made, fault):
    places = made if fault == "kill -9" else [c for c in made if c.name in calls.WRITING]
    tried = 0
    chosen = some(places, len(fault))
    for call in chosen:
        outside = fresh()
        ran = ran_under(outside, call, fault)
        assert recovers(outside), call
        tried += ran.happened
    assert tried > 0.9 * len(chosen), "the faults must really have happened"
    tally(fault, tried, tried)


def test_a_kill_at_any_call_loses_nothing_on_postgresql_either(fresh, postgres):
    """What is sent to the server, and what is awaited from it: each may be the last."""
    told = {"sendto", "recvfrom", "poll", "connect"}
    folder = fresh("counted", postgres.place()).node.folder
    kinds = told | calls.WRITING - {"openat"}
    found = calls.calls(folder.with_name("notes"), commits_to(folder), kinds)
    assert told <= {call.name for call in found}
    tried = 0
    chosen = some(found, 3)
    for call in chosen:
        outside = fresh(place=postgres.place())
        ran = ran_under(outside, call, "kill -9")
        assert recovers_in_time(outside), call
        tried += ran.happened
    assert tried > 0.9 * len(chosen)
    tally("kill -9, on PostgreSQL", tried, tried)


def recovers_in_time(outside):
    """The server may notice a little later that the killed one is gone, and with it its lock."""
    deadline = time.monotonic() + 120
    while not recovers(outside):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_two_faults_in_a_row_lose_nothing_either(fresh, made):
    chance = random.Random(7)
    tried = 0
    rounds = len(some(range(160), 0))
    for _ in range(rounds):
        outside = fresh()
        for _ in range(2):
            kind = chance.choice(list(FAULTS))
            places = made if kind == "kill -9" else [c for c in made if c.name in calls.WRITING]
            tried += ran_under(outside, chance.choice(places), kind).happened
        assert recovers(outside)
    assert tried > 1.5 * rounds
    tally("two in a row", tried // 2, tried // 2)


def test_a_commit_that_succeeds_and_reports_failure_keeps_once_and_goes_on(fresh, monkeypatch):
    """COMMIT is carried out, and then the disk says it failed: for a decision, and for a tree."""
    outside = fresh()
    node = outside.node
    journal = Journal(node.journal)
    [platform] = platforms.every(journal)
    real, failing = Sqlite.execute, []

    def execute(self, query, values=()):
        answer = real(self, query, values)
        if query == "COMMIT" and failing:
            failing.pop()
            raise Unavailable("The disk fails.", why="after the commit", fix="Try again.")
        return answer

    monkeypatch.setattr(Sqlite, "execute", execute)

    def send():
        made = prepare([settle(statement("once"), "API")], platform=platform, secret=node.secret())
        return journal.append([[one.row for one in made]])[0]

    failing.append("a decision")
    with pytest.raises(Unavailable):
        send()
    assert send() == Known({0: 254})
    with publishing(node, journal):
        publisher = Publisher(node, journal)
        failing.append("a tree")
        publisher.beat()
        assert (publisher.size, failing) == (255, [])
    journal.close()
    assert recovers(outside)
    tally("success reported as failure", 2, 2)
