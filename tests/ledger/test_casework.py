"""Casework on a real journal: one transaction, notices that are not lost, clocks that outlive restarts."""

import hashlib
import re
import time
from datetime import timedelta
from functools import partial
from importlib.resources import files
from uuid import UUID

import pytest
from tests.conftest import bytes_below, run
from tests.ledger.conftest import everything_kept, filed, queue, reachable

from amparo.case import clocks, complaint, panel, remedy
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused, Unsound
from amparo.ledger.case import casework, desks, evidence, leaving, links, marks, people, scheduler
from amparo.ledger.log import check, platforms, receipts, totals
from amparo.ledger.log.publish import Publisher
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep import backup
from amparo.ledger.upkeep.erase import erase
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import SCHEMAS, Journal
from amparo.tlog import policy


def test_the_queue_shows_the_complaint_that_counts_and_not_the_one_that_was_withdrawn(
    journal, cases
):
    filed(journal, cases[0], grounds="I quoted a threat.")
    step = partial(complaint.withdraw, by=Actor("person"), now=casework.now())
    casework.act(journal, cases[0], step)
    assert marks.of(journal, cases[:1])[cases[0]].excerpt == ""

    filed(journal, cases[0], grounds="It was not me who withdrew.")

    assert marks.of(journal, cases[:1])[cases[0]].excerpt == "It was not me who withdrew."


def test_steps_on_several_cases_come_to_what_each_comes_to_by_itself(journal, cases):
    together, alone = cases[:2], cases[2]
    step = partial(complaint.file, role="person", grounds="No.", attachments=(), now=casework.now())
    casework.act(journal, alone, step)
    before = journal.size()

    with journal.transaction():
        casework.act_each(journal, dict.fromkeys(together, step))

    kinds = [event.kind for event in casework.read(journal, alone).events]
    for case in together:
        assert [event.kind for event in casework.read(journal, case).events] == kinds
    assert journal.size() == before + 2 * (len(kinds) - 1)
    assert sorted(waiting.case for waiting in queue(journal)) == sorted(cases)
    clocks_of = "SELECT count(*) FROM clock GROUP BY case_id"
    assert len({n for (n,) in journal.db.execute(clocks_of)}) == 1
    counted = dict(journal.db.execute("SELECT kind, n FROM total").fetchall())
    assert counted["complaint.filed"] == 3


def test_what_is_refused_of_a_case_is_refused_before_anything_of_another_is_kept(
    journal, node, cases
):
    erase(node, [journal.decision(cases[1])], "request")
    before = journal.size()
    file = partial(complaint.file, role="person", grounds="No.", attachments=(), now=casework.now())

    with journal.transaction(), pytest.raises(Refused):
        casework.act_each(journal, dict.fromkeys(cases[:2], file))

    assert journal.size() == before


def test_a_step_its_clocks_its_place_and_its_notices_are_one_commit(journal, cases, monkeypatch):
    before = journal.size()

    def dies(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            filed(journal, cases[0])

    assert journal.size() == before
    assert queue(journal) == []
    assert journal.db.execute("SELECT count(*) FROM clock").get == 0
    case = filed(journal, cases[0])
    assert casework.read(journal, cases[0]).case == case
    assert [one.case for one in queue(journal)] == cases[:1]
    assert journal.db.execute("SELECT count(*) FROM clock").get == len(clocks.running(case))


def test_the_queue_is_by_clock_then_by_harm_and_its_pages_leave_nobody_out(journal, keep):
    harmful = [UUID(one.case) for one in keep(70)]  # an account was closed
    removed = {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}
    others = [UUID(one.case) for one in keep(70, decision_account=None, **removed)]
    for case in [*others, *harmful]:  # all on one day, so that all have one clock
        filed(journal, case)

    pages, after = [], None
    while found := queue(journal, after=after):
        pages.append(found)
        after = (found[-1].due, found[-1].harm, found[-1].case.bytes)
    shown = [one for page in pages for one in page]

    assert [len(page) for page in pages] == [50, 50, 40]
    assert {one.case for one in shown} == {*harmful, *others}
    assert shown == sorted(shown, key=lambda one: (one.due, -one.harm, one.case.bytes))
    assert len({one.harm for one in shown}) == 2


def test_what_a_platform_is_asked_for_comes_to_it_first_what_ends_first(journal, cases):
    """Also where nobody complained to it, and only a panel was asked."""
    now = casework.now()
    casework.act(
        journal,
        cases[1],
        partial(panel.submit, role="person", grounds="Look.", now=now - timedelta(days=2)),
    )
    filed(journal, cases[0])
    filed(journal, cases[2])
    foro = Actor("platform", "foro")
    casework.act(
        journal, cases[2], lambda _: remedy.keep(is_kept=True, reason="", by=foro, now=now)
    )
    platform = platforms.every(journal)[0].id

    assert desks.waiting_for_platform(journal, platform, 9) == [cases[1], cases[0]]

    by = Reviewer(1, lead=False)
    step = partial(remedy.interim, direction="restore", reasons="He sells food.", by=by, now=now)
    casework.act(journal, cases[2], step)
    assert cases[2] in desks.waiting_for_platform(journal, platform, 9)
    assert [one.case for one in queue(journal, state="")] == [cases[1]]
    assert {one.case for one in queue(journal)} == {cases[0], cases[2]}


def test_no_word_of_a_case_is_in_a_leaf(journal, cases):
    filed(journal, cases[0], "MARKER said something")

    leaves = b"".join(journal.leaves(0, journal.size()))

    assert b"MARKER" not in leaves
    assert b"complaint" not in leaves
    assert str(cases[0]).encode() in leaves  # of the decision itself, which is public
    assert all(str(cases[0]).encode() not in kept.leaf for kept in journal.of_case(cases[0])[1:])


def test_a_clock_that_ran_out_while_the_node_was_off_is_seen_at_the_next_look(journal, cases):
    case = filed(journal, cases[0])
    late = int(clocks.running(case)["C06"].timestamp()) + 1

    assert scheduler.expire_due(journal, int(time.time())) == 0
    assert scheduler.expire_due(journal, late) > 0
    assert scheduler.expire_due(journal, late) == 0  # once

    after = casework.read(journal, cases[0]).case
    assert after.hold == "failed"
    assert after.complaint == "filed"
    assert queue(journal)[0].overdue


def test_how_much_happened_is_in_the_log_for_all_to_see_from_ten_upward(journal, keep, node):
    """Once a day while it changes; what was erased was counted all the same."""
    cases = [UUID(one.case) for one in keep(12)]
    for case in cases:
        filed(journal, case)
    for case in cases[:3]:
        casework.act(
            journal, case, partial(complaint.withdraw, by=Actor("person"), now=casework.now())
        )
    today = casework.now()

    entry = totals.publish(journal, today)

    leaf = journal.event(entry).leaf
    assert b'"counts":{"complaint.filed":12,"hold.sent":12}' in leaf  # three could point at someone
    assert totals.publish(journal, today) is None
    assert totals.publish(journal, today + timedelta(days=1)) is None  # nothing has changed
    erase(node, [journal.decision(cases[0])], "request")
    for one in keep(1):
        filed(journal, UUID(one.case))
    again = totals.publish(journal, today + timedelta(days=2))
    assert totals.newest(journal).counts["complaint.filed"] == 13
    Publisher(node, journal).beat()
    receipt = receipts.receipt(node, journal.event(again), reader="anyone")
    verified = receipts.verify(receipt, policy.of_log(node.signer().verifier.vkey))
    assert verified.leaf.counts["complaint.filed"] == 13
    assert check.check(node).entries == journal.size()


def test_a_case_that_cannot_be_carried_on_holds_up_nobody_elses_clocks(journal, cases):
    """Its journal was damaged by hand, say: it is told, and looked at again an hour later."""
    ends = [int(clocks.running(filed(journal, case))["C06"].timestamp()) for case in cases]
    journal.db.execute(  # an event in the middle is gone without an erasure
        "UPDATE event SET opening = NULL WHERE case_id = ? AND n = 2", (cases[0].bytes,)
    )
    journal.db.execute("UPDATE clock SET due = due - 1 WHERE case_id = ?", (cases[0].bytes,))

    for _ in range(3):
        scheduler.expire_due(journal, max(ends) + 1)

    assert [casework.read(journal, case).case.hold for case in cases[1:]] == ["failed"] * 2
    assert scheduler.expire_due(journal, max(ends) + 2) == 0


def test_a_revoked_link_opens_nothing_and_another_does(journal, cases):
    kept = journal.of_case(cases[0])
    with journal.transaction():
        capability = links.new(journal, cases[0], "person").hex()
    assert links.find(journal, kept, capability) == ("person", "own")

    with journal.transaction():
        fresh = links.renew(journal, cases[0], capability, "person", casework.now()).hex()

    assert links.find(journal, kept, capability) is None
    assert links.find(journal, kept, fresh) == ("person", "own")
    assert links.find(journal, kept, "zz") is None
    assert links.find(journal, journal.of_case(cases[1]), fresh) is None
    assert hashlib.sha256(bytes.fromhex(capability)).digest() != bytes.fromhex(capability)


def test_a_one_time_link_opens_once_and_a_seat_that_ended_not_at_all(journal, desk):
    rosa = people.add(journal, desk, "Rosa", "rosa@example.org")
    link = people.new_link(journal, rosa)
    session = people.sign_in(journal, link)

    with pytest.raises(Denied, match="any more"):
        people.sign_in(journal, link)
    with pytest.raises(Denied):
        people.sign_in(journal, session)
    assert people.of_session(journal, session) == rosa
    leaving.leave(journal, rosa)
    assert people.of_session(journal, session) is None
    assert people.by_email(journal, "rosa@example.org") is None


def test_evidence_lies_outside_the_log_under_a_name_of_chance(node, journal, cases):
    told = evidence.keep(
        journal, evidence_of(node), cases[0], "../../etc/pass\x00wd", b"body", by="person"
    )

    [one] = evidence.of_case(journal, cases[0])
    assert told.sha256 == hashlib.sha256(b"body").hexdigest() == one.sha256
    assert one.name == "passwd"
    assert (node.evidence / one.place).read_bytes() == b"body"
    assert (node.evidence / one.place).resolve().is_relative_to(node.evidence.resolve())
    with pytest.raises(Malformed, match="too large"):
        evidence.keep(
            journal, evidence_of(node), cases[0], "a", bytes(evidence.MOST_BYTES + 1), by="person"
        )


def test_an_erasure_takes_the_whole_case_and_waits_while_somebody_waits(
    node, journal, cases, tmp_path
):
    """Complaint, address, attached file: here and in the backup; not while the case is open."""
    reachable(journal, cases[0], "marker@example.org")
    filed(journal, cases[0], "MARKER-GROUNDS")
    evidence.keep(journal, evidence_of(node), cases[0], "a.txt", b"MARKER-FILE", by="person")
    copy = backup.backup(node, tmp_path / "backups")
    entry = journal.decision(cases[0])
    with pytest.raises(Refused, match="still open"):
        erase(node, [entry], "request")
    casework.act(
        journal, cases[0], partial(complaint.withdraw, by=Actor("person"), now=casework.now())
    )

    erase(node, [entry], "request")

    in_copy = bytes_below(copy)
    for raw in (everything_kept(node), in_copy):
        for mark in (b"MARKER-GROUNDS", b"marker@example.org", b"MARKER-FILE"):
            assert mark not in raw
    assert casework.read(journal, cases[0]).events[0].kind == "decision.issued"


SCRIPTS = [(files("amparo.storage") / name).read_text() for name in SCHEMAS]


def take_back(journal, number):
    """Undo what a schema's script did: as the journal was before."""
    script, earlier = SCRIPTS[number], "".join(SCRIPTS[:number])
    for index in re.findall(r"CREATE INDEX (\w+)", script):
        journal.db.execute(f"DROP INDEX {index}")
    for table, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", script):
        journal.db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table, column in re.findall(r"ALTER TABLE (\w+) DROP COLUMN (\w+)", script):
        journal.db.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER")
    for table in reversed(re.findall(r"CREATE TABLE (\w+)", script)):
        journal.db.execute(f"DROP TABLE {table}")
    for index in re.findall(r"DROP INDEX (\w+)", script):
        [made] = re.findall(rf"CREATE INDEX {index} [^;]+", earlier)
        journal.db.execute(made)


@pytest.mark.parametrize("version", range(1, len(SCHEMAS)))
def test_a_journal_of_any_earlier_version_is_carried_on_and_keeps_everything(
    node, journal, keep, version
):
    """What an older program wrote lacks tables; opening it makes them, and loses nothing."""
    case = UUID(keep(5)[0].case)
    reachable(journal, case)
    filed(journal, case)
    size, waiting = journal.size(), outbox.platforms_waiting(journal, "mail")
    for number in reversed(range(version, len(SCHEMAS))):
        take_back(journal, number)
    journal.db.execute(f"UPDATE setting SET value = '{version}' WHERE name = 'schema'")
    journal.close()

    assert "Foro" in run("platform", "list", "--data", node.folder).stdout  # before any serving
    journal = Journal(node.journal)

    assert journal.setting("schema") == str(len(SCHEMAS))
    assert journal.size() == size
    assert journal.db.execute("SELECT count(*) FROM paper").get == 0
    assert outbox.platforms_waiting(journal, "mail") == (waiting if version > 1 else [])
    journal.db.execute("UPDATE setting SET value = '99' WHERE name = 'schema'")
    journal.close()
    with pytest.raises(Unsound, match="newer version"):
        Journal(node.journal)
