"""A backup and a restore are killed, ended, and refused room at every call that changes something.

Between two such calls the disk is the same: a kill there leaves what a kill at the next one does.
"""

import shutil
import time
from contextlib import closing
from itertools import count

import pytest
from tests.conftest import bytes_below
from tests.faults import calls
from tests.faults.conftest import append, recovers, some, tally

from amparo.errors import Unavailable
from amparo.ledger.case import evidence
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep import copies
from amparo.ledger.upkeep.erase import erase
from amparo.ledger.upkeep.restore import restore
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

MARKER = "MARKER-WORDS"
CHANGING = {
    "pwrite64",
    "write",
    "sendfile",
    "copy_file_range",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "unlink",
    "unlinkat",
    "rmdir",
    "mkdir",
    "chmod",
    "flock",
}
FAULTS = {
    "kill -9": "signal=KILL",
    "SIGTERM": "signal=TERM",
    "ENOSPC": "error=ENOSPC",
    "EIO": "error=EIO",
}


@pytest.fixture
def about_somebody(fresh):
    """Copies of the template in which one more entry, with a file, is about somebody."""

    def make(place=""):
        outside = fresh(place=place)
        with closing(Journal(outside.node.journal)) as journal:
            outside.acknowledged |= append(outside.node, journal, 1, MARKER)
            case = journal.event(254).case
            evidence.keep(
                journal, evidence_of(outside.node), case, "a.txt", MARKER.encode(), by="person"
            )
        outside.go_on()
        return outside

    return make


@pytest.fixture
def somewhere(tmp_path):
    """A new folder each time, and one for what is noted of the run."""
    numbers = count()

    def make():
        place = tmp_path / f"place-{next(numbers)}"
        (place / "notes").mkdir(parents=True)
        (place / "into").mkdir()
        return place / "notes", place / "into"

    return make


def judge_copies(outside, into, *, whole):
    """What has a name is whole and noted, and of what has none nothing is left or not yet found."""
    node = outside.node
    with closing(Journal(node.journal)) as journal:
        noted = copies.noted(journal)
    for folder in into.glob("amparo-*"):
        backups.verify(folder)
        assert {folder, copies.unfinished_name(folder)} & set(noted), "no erasure would reach it"
    for folder in into.glob(".amparo-*"):
        assert not whole, "what fails must clear up after itself"
        assert folder in noted, "no erasure would reach it"


def erasure_reaches_all(outside, into):
    """Nothing is left of what was erased, in copies with and without a name."""
    with closing(Journal(outside.node.journal)) as journal:
        mine = journal.event(254)
    erase(outside.node, [mine], "request")
    assert MARKER.encode() not in bytes_below(into)


def backup_of(outside, into):
    return calls.command("backup", into, "--data", outside.node.folder)


def restore_of(copy, into):
    return calls.command("restore", copy, "--nothing-later", "--data", into / "node")


def next_one_is_whole(outside, into):
    """The next backup finds what was left, has nothing beside it, and becomes a node."""
    made = backups.backup(outside.node, into / "next")
    assert not list(into.rglob(".amparo-*"))
    restore(made, into.parent / "restored", latest=None)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_of_a_backup_leaves_a_whole_one_or_none(
    about_somebody, somewhere, fault
):
    outside = about_somebody()
    notes, into = somewhere()
    found = calls.calls(notes, backup_of(outside, into), CHANGING)
    assert len(found) > 150
    tried = 0
    chosen = some(found, len(fault))
    for number, call in enumerate(chosen):
        outside, (notes, into) = about_somebody(), somewhere()
        ended = calls.run(notes, backup_of(outside, into), call, FAULTS[fault])
        assert "Traceback" not in ended.errors, (call, ended.errors)
        judge_copies(outside, into, whole=fault != "kill -9")
        for then in (erasure_reaches_all, next_one_is_whole)[:: 1 if number % 2 else -1]:
            then(outside, into)
        assert recovers(outside), call
        tried += ended.happened
        shutil.rmtree(into.parent)
    assert tried > 0.9 * len(chosen), "the faults must really have happened"
    tally(f"{fault} during a backup", tried, tried)


def test_a_kill_at_any_word_to_postgresql_during_a_backup_leaves_a_whole_one_or_none(
    about_somebody, somewhere, postgres
):
    outside = about_somebody(postgres.place())
    notes, into = somewhere()
    found = calls.calls(notes, backup_of(outside, into), {"sendto", "connect"})
    assert len(found) > 40
    tried = 0
    chosen = some(found, 5)
    for call in chosen:
        outside, (notes, into) = about_somebody(postgres.place()), somewhere()
        ended = calls.run(notes, backup_of(outside, into), call, FAULTS["kill -9"])
        judge_copies(outside, into, whole=False)
        within_a_while(next_one_is_whole, outside, into)
        assert recovers(outside), call
        tried += ended.happened
        shutil.rmtree(into.parent)
    assert tried > 0.9 * len(chosen)
    tally("kill -9 during a backup, on PostgreSQL", tried, tried)


def within_a_while(then, *values, seconds=60):
    """The server may notice a little later that the killed one is gone, and with it its lock."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return then(*values)
        except Unavailable:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_of_a_restore_leaves_a_whole_node_or_none(
    about_somebody, somewhere, tmp_path, fault
):
    outside = about_somebody()
    copy = backups.backup(outside.node, tmp_path / "backups")
    notes, into = somewhere()
    found = calls.calls(notes, restore_of(copy, into), CHANGING)
    assert len(found) > 100
    tried = 0
    chosen = some(found, len(fault))
    for call in chosen:
        notes, into = somewhere()
        ended = calls.run(notes, restore_of(copy, into), call, FAULTS[fault])
        assert "Traceback" not in ended.errors, (call, ended.errors)
        if fault != "kill -9":
            assert not list(into.glob(".node*")), (call, "what fails must clear up")
        if (into / "node").exists():
            outside.node = open_node(into / "node")
            assert recovers(outside), call
        else:
            restore(copy, into / "node", latest=None)
        assert [path.name for path in into.iterdir()] == ["node"]
        tried += ended.happened
        shutil.rmtree(into.parent)
    assert tried > 0.9 * len(chosen)
    tally(f"{fault} during a restore", tried, tried)
