"""kill -9, a failing disk and a full one at every system call of sending statements on.

Whatever stopped the process, the next one goes on; then each statement is in the EU's database
once, is known here as sent, and nobody is asked about a PUID that came from here.
"""

import shutil
from contextlib import closing, suppress

import pytest
from tests.conftest import new_node, statement
from tests.eu_stand_in import UNWANTED, EuStandIn
from tests.faults import calls
from tests.faults.conftest import append, some, tally
from tests.faults.forward_subject import send, send_all

from amparo.errors import AmparoError
from amparo.ledger.forward import forwardings, pace
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

FAULTS = {"kill -9": "signal=KILL", "EIO": "error=EIO", "ENOSPC": "error=ENOSPC"}
NETWORK = {"sendto", "recvfrom", "connect"}
GOOD = 150
"""Two calls' worth; and one more statement, which is refused."""


@pytest.fixture(scope="module")
def eu():
    stand_in = EuStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture(scope="module")
def begun(eu, tmp_path_factory):
    """A node whose platform has statements to send."""
    node = new_node(tmp_path_factory.mktemp("begun") / "node")
    with closing(Journal(node.journal)) as journal:
        platform = platforms.add(journal, "Foro", Profile())
        append(node, journal, GOOD)
        bad = settle(trim(statement("bad", decision_facts=f"This {UNWANTED}.")), "API")
        made = prepare([bad], platform=platform, secret=node.secret())
        journal.append([[one.row for one in made]])
        forwardings.set_up(
            journal, platform, url=eu.url, token=eu.token, first=0, private=True, rate=12_000, now=1
        )
    return node.folder


@pytest.fixture
def fresh(begun, eu, tmp_path):
    """Copies of that node, each before an EU's database that knows nothing."""

    def make():
        copy = tmp_path / "node"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(begun, copy)
        eu.rows.clear()
        eu.calls.clear()
        return open_node(copy)

    return make


@pytest.fixture(scope="module")
def made(begun, eu, tmp_path_factory):
    """The calls of one run, from when it begins to send."""
    copy = tmp_path_factory.mktemp("calls") / "node"
    shutil.copytree(begun, copy)
    found = calls.calls(copy.with_name("notes"), lambda: send(copy))
    assert len(eu.rows) == GOOD
    assert NETWORK | {"fdatasync", "pwrite64"} <= {call.name for call in found}
    return found


def ran_under(node, call, fault):
    notes = node.folder.with_name("notes")
    ran = calls.run(notes, lambda: send(node.folder), call, FAULTS[fault])
    assert "Traceback" not in ran.errors, (call, ran.errors)
    return ran


def judge(node, eu):
    """Each is there once, and is known here as sent under its number there."""
    with closing(Journal(node.journal)) as journal:
        [there] = forwardings.every(journal)
        counted = forwardings.counted(journal, there.platform)
        rows = journal.db.execute("SELECT uuid FROM forwarded").fetchall()
    assert set(eu.rows) == {f"f-{n}" for n in range(GOOD)}
    assert (there.sent, counted.held) == (GOOD, {"refused": 1})
    numbers = {row["uuid"].replace("-", "") for row in eu.rows.values()}
    assert len(rows) == GOOD
    assert {bytes(uuid).hex() for (uuid,) in rows if uuid} <= numbers


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_sends_nothing_twice_and_loses_nothing(
    fresh, eu, made, fault, monkeypatch
):
    monkeypatch.setattr(pace, "FIRST_WAIT_SECONDS", 0.02)
    places = made if fault == "kill -9" else [c for c in made if c.name in calls.WRITING | NETWORK]
    chosen = some(places, len(fault))
    tried = 0
    for call in chosen:
        node = fresh()
        ran = ran_under(node, call, fault)
        send_all(node)
        judge(node, eu)
        tried += ran.happened
    # The other side answers in more or fewer pieces each time, so the last calls move.
    assert tried > 0.7 * len(chosen), "most faults must really have happened"
    tally(f"{fault}, while statements are forwarded", tried, tried)


def test_killed_after_the_call_and_again_after_the_next(fresh, eu, made):
    """Two in a row: what the first left is what the second finds."""
    received = [call for call in made if call.name == "recvfrom"]
    for call in received[-2:]:
        node = fresh()
        for _ in range(2):
            ran_under(node, call, "kill -9")
        with suppress(AmparoError):
            send_all(node)
        judge(node, eu)
