"""Addresses and attached files of ended cases go by themselves, and the case says so."""

import threading
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from tests.conftest import Served, bytes_below, new_node
from tests.ledger.conftest import everything_kept, filed
from tests.servers import free_ports

from amparo.case import clocks, complaint
from amparo.case.events import RetentionEnded
from amparo.case.state import Actor
from amparo.errors import Unavailable
from amparo.ledger.case import casework, evidence, scheduler
from amparo.ledger.log import check
from amparo.ledger.log.publish import Publisher
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep import copies, retention
from amparo.ledger.upkeep.erase import erase
from amparo.ledger.upkeep.restore import restore
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.storage.settings import with_setting

ADDRESS, FILE = "ana@marker.example", b"MARKER-FILE of a person"


@pytest.fixture
def kept_a_month(node):
    return node.with_settings(retention_days=30)


@pytest.fixture
def cases(node, journal, keep):
    """Two cases with an address and a file each; the second is still contested."""
    found = [UUID(one.case) for one in keep(2)]
    for case in found:
        with journal.transaction():
            outbox.set_contact(journal, case, "person", ADDRESS, "en")
        evidence.keep(journal, evidence_of(node), case, "a.txt", FILE, by="person")
    filed(journal, found[1])
    return found


def later(days=400):
    """After the six months, and more than a month on."""
    return casework.now() + timedelta(days=days)


def kept_of(journal, case):
    return (outbox.contact(journal, case, "person"), len(evidence.of_case(journal, case)))


def test_what_ended_long_ago_goes_and_the_case_says_so(kept_a_month, journal, cases):
    ended, contested = cases
    now = later()

    erased = retention.erase_ended(kept_a_month, journal, now)

    assert [tuple(one) for one in erased] == [(ended, 1, 1)]
    assert kept_of(journal, ended) == (None, 0)
    assert kept_of(journal, contested) == (outbox.Contact(ADDRESS, "en"), 1)
    [said] = [
        one for one in casework.read(journal, ended).events if isinstance(one, RetentionEnded)
    ]
    assert said == RetentionEnded(now, "node", days=30, contacts=1, files=1)
    assert evidence_of(kept_a_month).read(evidence.of_case(journal, contested)[0].place) == FILE


def test_it_goes_once(kept_a_month, journal, cases):
    retention.erase_ended(kept_a_month, journal, later())
    size = journal.size()

    assert retention.erase_ended(kept_a_month, journal, later()) == []
    assert journal.size() == size


def test_a_contested_case_is_let_go_when_it_has_ended_too(kept_a_month, journal, cases):
    case = cases[1]
    withdraw = Actor("person")
    now = casework.now()
    casework.act(journal, case, lambda c: complaint.withdraw(c, by=withdraw, now=now))
    while running := clocks.running(casework.read(journal, case).case):
        scheduler.expire_due(journal, int(max(running.values()).timestamp()) + 1)

    erased = retention.erase_ended(kept_a_month, journal, later())

    assert case in [one.case for one in erased]


@pytest.mark.parametrize(("days", "after"), [(0, 4000), (30, 150), (365, 400)])
def test_nothing_goes_before_its_time(node, journal, cases, days, after):
    """0, as it comes, means never."""
    chosen = node.with_settings(retention_days=days)

    assert retention.erase_ended(chosen, journal, later(after)) == []
    assert kept_of(journal, cases[0]) == (outbox.Contact(ADDRESS, "en"), 1)


def test_no_byte_of_it_is_left_here_or_in_a_backup(kept_a_month, journal, cases, tmp_path):
    """And the log is whole: its entries never held any of it."""
    with journal.transaction():
        outbox.set_contact(journal, cases[1], "person", "ben@example.org", "en")
    evidence.erase(journal, evidence_of(kept_a_month), evidence.of_case(journal, cases[1]))
    Publisher(kept_a_month, journal).beat()
    backup = backups.backup(kept_a_month, tmp_path / "backups")
    assert ADDRESS.encode() in bytes_below(backup)
    assert FILE in bytes_below(backup)

    retention.erase_ended(kept_a_month, journal, later())

    for kept in (everything_kept(kept_a_month), bytes_below(backup)):
        assert ADDRESS.encode() not in kept
        assert FILE not in kept
    Publisher(kept_a_month, journal).beat()
    assert check.check(kept_a_month).entries == journal.size()
    restored = restore(backup, tmp_path / "restored", latest=None)
    assert check.check(restored).entries


def test_whatever_stops_it_the_next_look_goes_on(
    kept_a_month, journal, cases, tmp_path, monkeypatch
):
    """Backups come first: what is still here is still to go there."""
    Publisher(kept_a_month, journal).beat()
    backup = backups.backup(kept_a_month, tmp_path / "backups")
    with monkeypatch.context() as patch:
        patch.setattr(casework, "act_within", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            retention.erase_ended(kept_a_month, journal, later())
    assert kept_of(journal, cases[0]) == (outbox.Contact(ADDRESS, "en"), 1)
    copy = Journal(backup / "journal.db", read_only=True)
    assert kept_of(copy, cases[0]) == (None, 0)
    copy.close()

    [erased] = retention.erase_ended(kept_a_month, journal, later())

    assert erased.case == cases[0]


def test_a_case_that_cannot_be_read_does_not_hold_up_the_others(
    kept_a_month, journal, cases, keep, caplog
):
    [other] = [UUID(one.case) for one in keep(1)]
    with journal.transaction():
        outbox.set_contact(journal, other, "person", ADDRESS, "en")
        journal.db.execute("DELETE FROM event WHERE case_id = ?", (cases[0].bytes,))

    erased = retention.erase_ended(kept_a_month, journal, later())

    assert [one.case for one in erased] == [other]
    assert any(str(cases[0]) in one for one in caplog.messages)


def test_files_of_an_erased_case_that_stayed_go_and_hold_up_nobody(
    kept_a_month, journal, cases, keep, monkeypatch
):
    """An erasure that was stopped before its files were gone; nothing more happens in the case."""
    [other] = [UUID(one.case) for one in keep(1)]
    with journal.transaction():
        outbox.set_contact(journal, other, "person", ADDRESS, "en")
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "erase", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(kept_a_month, [journal.decision(cases[0])], "request")
    size = len(journal.of_case(cases[0]))

    erased = retention.erase_ended(kept_a_month, journal, later())

    assert {one.case for one in erased} == {cases[0], other}
    assert kept_of(journal, cases[0]) == (None, 0)
    assert len(journal.of_case(cases[0])) == size


def test_a_backup_out_of_reach_is_named(kept_a_month, journal, cases, tmp_path, caplog):
    Publisher(kept_a_month, journal).beat()
    backup = backups.backup(kept_a_month, tmp_path / "backups")
    backup.rename(tmp_path / "on a shelf")

    retention.erase_ended(kept_a_month, journal, later())

    assert any(str(backup) in one for one in caplog.messages)


def test_while_a_backup_is_made_nothing_goes(kept_a_month, journal, cases):
    """It would keep what goes meanwhile."""
    with copies.copying(kept_a_month, journal), pytest.raises(Unavailable):
        retention.erase_ended(kept_a_month, journal, later())

    assert kept_of(journal, cases[0]) == (outbox.Contact(ADDRESS, "en"), 1)


def test_a_serving_node_does_it_by_itself(kept_a_month, journal, cases, monkeypatch):
    now, done = later(), threading.Event()
    monkeypatch.setattr(retention, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(casework, "now", lambda: now)
    monkeypatch.setattr(retention.logger, "warning", lambda *_: done.set())
    thread = retention.Retention(kept_a_month).thread

    thread.start()

    assert done.wait(60)
    thread.stop()
    assert kept_of(journal, cases[0]) == (None, 0)


@pytest.mark.parametrize(("days", "runs"), [(30, True), (0, False)])
def test_amparo_serve_runs_it_where_the_setting_asks_for_it(tmp_path, days, runs):
    node = new_node(tmp_path / "node")
    path = node.folder / "amparo.toml"
    path.write_text(with_setting(path.read_text(), "retention_days", days))
    port = free_ports(1)
    served = Served(node.folder, "--metrics", f"127.0.0.1:{port}")
    metrics = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    served.stop()

    assert ('amparo_thread_up{thread="retention"} 1.0' in metrics) == runs


def test_nothing_goes_while_the_clock_jumps(kept_a_month, journal, cases, monkeypatch):
    """What is erased cannot be had back once somebody sets the clock right."""
    looked = threading.Semaphore(0)

    class Jumping:
        def seconds(self):
            looked.release()
            return 1e7

    now = later()
    monkeypatch.setattr(retention, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(retention, "Jumps", Jumping)
    monkeypatch.setattr(casework, "now", lambda: now)
    thread = retention.Retention(kept_a_month).thread
    thread.start()
    assert all(looked.acquire(timeout=60) for _ in range(3))
    thread.stop()

    assert kept_of(journal, cases[0]) == (outbox.Contact(ADDRESS, "en"), 1)


@pytest.mark.parametrize("then", [later(), later(401)])
def test_what_was_stopped_before_its_files_were_gone_goes_on_at_the_next_look(
    kept_a_month, journal, cases, monkeypatch, then
):
    """Of a person whom nobody informed, too: the entry that tells of it begins no new six months."""
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "erase", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            retention.erase_ended(kept_a_month, journal, later())
    assert kept_of(journal, cases[0]) == (None, 1)
    size = journal.size()

    [erased] = retention.erase_ended(kept_a_month, journal, then)

    assert tuple(erased) == (cases[0], 0, 1)
    assert kept_of(journal, cases[0]) == (None, 0)
    assert journal.size() == size, "they were counted before"
