"""Casework on a real journal: one transaction, notices that are not lost, clocks that outlive restarts."""

import hashlib
import http.server
import sqlite3
import threading
import time
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from amparo.case import clocks, complaint, delivery, panel, remedy
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Denied, Malformed, Refused, Unavailable, Unsound
from amparo.ledger import (
    backup,
    caretaker,
    casework,
    check,
    desks,
    evidence,
    links,
    outbox,
    people,
    platforms,
    prove,
    rulings,
    totals,
    webhooks,
)
from amparo.ledger.caretaker import Letter
from amparo.ledger.desks import Filter
from amparo.ledger.erase import erase
from amparo.ledger.journal import SCHEMAS, Journal
from amparo.ledger.publish import Publisher
from amparo.tlog import policy
from amparo.web.letters import Letters

REASONS = "The clause names threats; the post quotes one in order to report it."


def filed(journal, case, grounds="No."):
    now = casework.now()
    return casework.act(
        journal,
        case,
        partial(complaint.file, role="person", grounds=grounds, attachments=(), now=now),
    )


def queue(journal, **asked):
    return desks.queue(journal, platforms.every(journal)[0].id, Filter(**asked))


@pytest.fixture
def cases(keep):
    return [UUID(one.case) for one in keep(3)]


@pytest.fixture
def desk(journal, keep):
    keep(1)
    return platforms.every(journal)[0]


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
        journal, cases[1],
        partial(panel.submit, role="person", grounds="Look.", now=now - timedelta(days=2)),
    )  # fmt: skip
    filed(journal, cases[0])
    filed(journal, cases[2])
    foro = Actor("platform", "foro")
    casework.act(journal, cases[2], lambda _: remedy.keep(kept=True, reason="", by=foro, now=now))
    platform = platforms.every(journal)[0].id

    assert desks.waiting_for_platform(journal, platform, 9) == [cases[1], cases[0]]

    by = Actor("reviewer", "1")
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

    assert caretaker.expire_due(journal, int(time.time())) == 0
    assert caretaker.expire_due(journal, late) > 0
    assert caretaker.expire_due(journal, late) == 0  # once

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
    receipt = prove.receipt(node, journal.event(again), reader="anyone")
    verified = prove.verify(receipt, policy.of_log(node.signer().verifier.vkey))
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
        caretaker.expire_due(journal, max(ends) + 1)

    assert [casework.read(journal, case).case.hold for case in cases[1:]] == ["failed"] * 2
    assert caretaker.expire_due(journal, max(ends) + 2) == 0


def test_a_notice_that_cannot_be_written_holds_up_no_other(journal, cases):
    class Odd(Plain):
        def letter(self, one, contact):
            if one.case == cases[0]:
                raise KeyError(one.kind)
            return super().letter(one, contact)

    class Taking:
        def send(self, to, *_):
            taken.append(to)

    taken = []
    for number, case in enumerate(cases):
        reachable(journal, case, f"p{number}@example.org")
        filed(journal, case)

    for one in outbox.take(journal, int(time.time())):
        caretaker.deliver(journal, Taking(), Odd(), one)

    assert taken == ["p1@example.org", "p2@example.org"]
    assert journal.db.execute("SELECT why FROM outbox WHERE state = 'waiting'").get


# --- notices ----------------------------------------------------------------------------------


class Plain:
    def letter(self, one, contact):
        return Letter(one.kind, contact.email)

    def body(self, one):
        return one.kind.encode()


def reachable(journal, case, email="ana@example.org"):
    with journal.transaction():
        outbox.set_contact(journal, case, "person", email, "en")


def test_a_notice_that_is_not_taken_is_tried_later_and_later_and_then_told(
    node, journal, cases, monkeypatch
):
    class Refusing:
        def send(self, *_):
            raise Unavailable("no", why="451", fix="later")

    reachable(journal, cases[0])
    now = int(time.time())
    with journal.transaction():
        outbox.put_with_link(journal, cases[0], "person", "decision", now=now)
    clock, waited = [now], []
    monkeypatch.setattr(caretaker.time, "time", lambda: float(clock[0]))
    while due := journal.db.execute("SELECT due FROM outbox WHERE state = 'waiting'").get:
        waited.append(due)
        clock[0] = due + outbox.CLAIM_SECONDS + caretaker.PATIENCE
        for one in outbox.take(journal, clock[0]):
            caretaker.deliver(journal, Refusing(), Plain(), one)

    assert waited == sorted(waited)
    assert len(waited) == len(outbox.RETRY_SECONDS) + 1
    assert journal.db.execute("SELECT state, why, link FROM outbox").fetchall() == [
        ("failed", "451", None)
    ]
    assert casework.read(journal, cases[0]).case.decision == "undelivered"
    assert casework.read(journal, cases[0]).case.informed_at is None


def test_a_notice_claimed_by_a_sender_that_died_is_taken_again(journal, cases):
    reachable(journal, cases[0])
    filed(journal, cases[0])
    now = int(time.time())

    [first] = outbox.take(journal, now)

    assert outbox.take(journal, now) == []
    assert outbox.take(journal, now + outbox.CLAIM_SECONDS) == [first]


def test_a_forgotten_address_gets_nothing_any_more(journal, cases, node):
    reachable(journal, cases[0])
    filed(journal, cases[0])

    with journal.transaction():
        outbox.forget(journal, cases[0])

    assert outbox.take(journal, int(time.time()) + 10**6) == []
    assert outbox.contact(journal, cases[0], "person") is None


def test_a_letter_names_no_other_side_and_ends_where_the_person_can_go_on(journal, cases, node):
    reachable(journal, cases[0])
    with journal.transaction():
        outbox.put_with_link(journal, cases[0], "person", "decision", now=int(time.time()))
    [one] = outbox.take(journal, int(time.time()))

    letter = Letters(journal, node, "https://node.example").letter(
        one, outbox.contact(journal, cases[0], "person")
    )

    assert f"https://node.example/recourse/{cases[0]}/{one.link.hex()}" in letter.text
    assert "at least six months" in letter.text
    kept = journal.of_case(cases[0])
    assert links.role_of(journal, kept, one.link.hex()) == "person"


# --- links and seats --------------------------------------------------------------------------


def test_a_revoked_link_opens_nothing_and_another_does(journal, cases):
    kept = journal.of_case(cases[0])
    with journal.transaction():
        capability = links.new(journal, cases[0], "person").hex()
    assert links.role_of(journal, kept, capability) == "person"

    with journal.transaction():
        links.revoke(journal, cases[0], capability, "person")

    assert links.role_of(journal, kept, capability) is None
    assert links.role_of(journal, kept, "zz") is None
    assert links.role_of(journal, journal.of_case(cases[1]), capability) is None
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
    people.leave(journal, rosa.id)
    assert people.of_session(journal, session) is None
    assert people.by_email(journal, "rosa@example.org") is None


# --- groups -----------------------------------------------------------------------------------


@pytest.fixture
def lead(journal, desk):
    return people.add(journal, desk, "Lead", "lead@example.org", lead=True, known_as=["mod-17"])


def begin(journal, lead, cases, **changes):
    values = {
        "reviewer": lead.reviewer, "outcome": "reversed", "reasons": REASONS,
        "steps": ["restore_account"], "chosen": "all", "now": casework.now(),
    } | changes  # fmt: skip
    return rulings.begin(journal, lead.desk, cases, **values)


def test_a_group_ruling_that_was_ended_half_way_goes_on_and_rules_nobody_twice(
    journal, lead, keep, monkeypatch
):
    cases = [UUID(one.case) for one in keep(7)]
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    monkeypatch.setattr(rulings, "CASES_A_COMMIT", 2)
    act, seen = casework.act_within, []

    def dies(*words, **options):
        seen.append(1)
        if len(seen) == 6:
            raise KeyboardInterrupt
        return act(*words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(casework, "act_within", dies)
        with pytest.raises(KeyboardInterrupt):
            rulings.go_on(journal, casework.now())
    assert len(queue(journal, state="remedy_open")) == 4

    assert rulings.find(journal, ruling.id).done == 4

    rulings.go_on(journal, casework.now())

    assert {casework.read(journal, case).case.remedy for case in cases} == {"sent"}
    decided = [
        one.event.details["ruling"]
        for case in cases
        for one in casework.read(journal, case).told
        if one.event.kind == "complaint.decided"
    ]
    assert decided == [str(ruling.case)] * 7
    assert rulings.find(journal, ruling.id).state == "finished"


def test_whoever_had_a_part_in_a_case_does_not_rule_on_it_in_a_group(journal, lead, cases):
    for case, decider in zip(cases, ("mod-17", "mod-1", "mod-2"), strict=True):
        casework.act(
            journal,
            case,
            partial(
                delivery.deliver, how="platform", decided_by=[decider],
                by=Actor("platform", "foro"), now=casework.now(),
            ),
        )  # fmt: skip
        filed(journal, case)
    ruling = begin(journal, lead, cases)

    rulings.go_on(journal, casework.now())

    done = rulings.find(journal, ruling.id)
    assert (done.done, done.passed, done.state) == (2, 1, "finished")
    assert casework.read(journal, cases[0]).case.complaint == "filed"


def test_a_ruling_is_not_taken_back_before_it_is_carried_out_nor_twice(journal, lead, cases):
    for case in cases:
        filed(journal, case)
    ruling = begin(journal, lead, cases)
    like = partial(desks.like, journal, lead.desk, category="", filed_from=0, filed_to=2**40)
    assert like() == []  # nobody is ruled on twice by a button that was pressed twice
    undo = partial(
        rulings.begin_undo, journal, ruling, reviewer=lead.reviewer,
        reasons="It named the wrong clause.", now=casework.now(),
    )  # fmt: skip
    with pytest.raises(Refused, match="taken back now"):
        undo()
    rulings.go_on(journal, casework.now())
    with pytest.raises(Malformed, match="too short"):
        undo(reasons="No.")

    undo()

    with pytest.raises(Refused, match="taken back now"):
        undo()
    rulings.go_on(journal, casework.now())
    assert rulings.find(journal, ruling.id).state == "undone"
    assert {casework.read(journal, case).case.remedy for case in cases} == {"undone"}


def test_a_group_ruling_needs_a_lead_reasons_and_cases(journal, lead, cases):
    filed(journal, cases[0])

    with pytest.raises(Denied, match="Only a lead"):
        begin(journal, lead, cases, reviewer=Reviewer(1, lead=False))
    with pytest.raises(Malformed, match="too short"):
        begin(journal, lead, cases, reasons="No.")
    with pytest.raises(Malformed, match="No case"):
        begin(journal, lead, [])
    assert rulings.every(journal, lead.desk) == []


# --- evidence, erasure, backup ----------------------------------------------------------------


def test_evidence_lies_outside_the_log_under_a_name_of_chance(node, journal, cases):
    told = evidence.keep(
        journal, node.evidence, cases[0], "../../etc/pass\x00wd", b"body", by="person"
    )

    [one] = evidence.of_case(journal, cases[0])
    assert told["sha256"] == hashlib.sha256(b"body").hexdigest() == one.sha256
    assert one.name == "passwd"
    assert (node.evidence / one.place).read_bytes() == b"body"
    assert (node.evidence / one.place).resolve().is_relative_to(node.evidence.resolve())
    with pytest.raises(Malformed, match="too large"):
        evidence.keep(
            journal, node.evidence, cases[0], "a", bytes(evidence.MOST_BYTES + 1), by="person"
        )


def test_an_erasure_takes_the_whole_case_and_waits_while_somebody_waits(
    node, journal, cases, tmp_path
):
    """Complaint, address, attached file: here and in the backup; not while the case is open."""
    reachable(journal, cases[0], "marker@example.org")
    filed(journal, cases[0], "MARKER-GROUNDS")
    evidence.keep(journal, node.evidence, cases[0], "a.txt", b"MARKER-FILE", by="person")
    copy = backup.backup(node, tmp_path / "backups")
    entry = journal.decision(cases[0])
    with pytest.raises(Refused, match="still open"):
        erase(node, [entry], "request")
    casework.act(
        journal, cases[0], partial(complaint.withdraw, by=Actor("person"), now=casework.now())
    )

    erase(node, [entry], "request")

    for folder in (node.folder, copy):
        raw = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
        for mark in (b"MARKER-GROUNDS", b"marker@example.org", b"MARKER-FILE"):
            assert mark not in raw, (folder, mark)
    assert casework.read(journal, cases[0]).told[0].event.kind == "decision.issued"


def test_a_journal_of_the_first_version_is_carried_on_and_keeps_everything(tmp_path, node, keep):
    """What version 1 wrote has no table of this room; opening it makes them, and loses nothing."""
    keep(5)
    old = sqlite3.connect(node.journal)
    tables = ("contact", "recourse", "desk", "clock", "outbox", "evidence", "webhook", "pass",
              "reviewer", "ruling", "notice", "panel", "precedent", "total")  # fmt: skip
    for table in tables:
        old.execute(f"DROP TABLE {table}")
    old.execute("UPDATE setting SET value = '1' WHERE name = 'schema'")
    old.commit()
    old.close()

    journal = Journal(node.journal)

    assert journal.setting("schema") == str(len(SCHEMAS))
    assert journal.size() == 5
    assert journal.db.execute("SELECT count(*) FROM desk").get == 0
    journal.db.execute("UPDATE setting SET value = '99' WHERE name = 'schema'")
    journal.close()
    with pytest.raises(Unsound, match="another version"):
        Journal(node.journal)


# --- webhooks ---------------------------------------------------------------------------------


def test_an_address_inside_a_private_network_is_refused_unless_allowed(journal, desk):
    for url in ("https://127.0.0.1/hook", "https://localhost/hook", "https://[::1]/x"):
        with pytest.raises(Refused, match="private network"):
            webhooks.set_webhook(journal, desk, url)
    for url in ("http://example.org/x", "ftp://example.org", "nonsense"):
        with pytest.raises(Malformed, match="no address"):
            webhooks.set_webhook(journal, desk, url)
    assert webhooks.set_webhook(journal, desk, "http://127.0.0.1:9/x", private=True).startswith(
        "whsec_"
    )


def test_a_webhook_that_redirects_or_fails_is_not_taken(journal, desk):
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(int(self.path.strip("/")))
            self.send_header("location", "http://127.0.0.1:1/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for status in (302, 404, 500):
            hook = webhooks.Webhook(
                f"http://127.0.0.1:{server.server_port}/{status}", b"s" * 32, private=True
            )
            with pytest.raises(Unavailable, match="did not take") as told:
                webhooks.send(hook, 1, 0, b"{}")
            assert str(status) in told.value.why
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_time_that_passes_is_told_in_the_platforms_body(journal, cases, node):
    filed(journal, cases[0])
    one = outbox.Waiting(1, cases[0], "platform", "complaint_filed", None, 0, 0)

    body = Letters(journal, node, "https://node.example").body(one)

    assert b'"complaint":"filed"' in body
    assert b"C06" in body
    assert (
        casework.now() + timedelta(days=13)
        < clocks.running(casework.read(journal, cases[0]).case)["C06"]
    )
