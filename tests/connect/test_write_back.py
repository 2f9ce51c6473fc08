"""Orders are carried out in the source itself, once, and what it refuses is left to people."""

import json
import os
import time
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.conftest import new_node, run
from tests.connect import ozone_stand_in
from tests.connect.deciders import RULED, Deciders
from tests.connect.ozone_stand_in import ALICE, BOB, MODERATOR, POST, SERVICE, event
from tests.connect.polled import Polled
from tests.connect.test_mastodon_live import Social
from tests.mastodon_stand_in import MastodonStandIn
from tests.source_stand_in import Fault, SourceStandIn

from amparo.case import events, notify
from amparo.connectors import config
from amparo.errors import Denied
from amparo.ledger.case import casework, read_back_schedule, write_back_queue
from amparo.ledger.connect import (
    connections,
    ozone_calls,
    poll_schedule,
    read_back_turn,
    write_back_turn,
)
from amparo.ledger.connect.mastodon_source import Mastodon
from amparo.ledger.connect.ozone_calls import Calls
from amparo.ledger.upkeep import erase
from amparo.storage.journal import Journal


class Writing:
    """What is the same of any source in which orders are carried out."""

    def switch(self, value, journal=None):
        options = self.form["options"] | {"write_back": value}
        connections.add(
            journal or self.journal, config.read(self.form | {"options": options}), now=1
        )

    def order(self, case, *steps, journal=None):
        now = casework.now()
        ordered = events.RemedyOrdered(now, "node", steps=steps, outcome="reversed")
        casework.act(journal or self.journal, case, lambda _: [ordered])

    def remedy(self, case):
        return casework.read(self.journal, case).case.remedy

    def held(self):
        return [one.held for one in write_back_queue.held(self.journal, self.connection.id, most=9)]

    def later(self, **span):
        """What is due in that time is due now."""
        back = int(timedelta(**span).total_seconds())
        self.journal.db.execute("UPDATE write_back SET due = due - ?", (back,))
        self.journal.db.execute(
            "UPDATE read_back SET due = due - ?1, claimed_at = claimed_at - ?1", (back,)
        )


class WritingSocial(Writing, Social):
    """A node that carries orders out in a server."""

    def suspended(self, number=3):
        """The case of an account that the server has suspended."""
        self.server.set(number, suspended=True)
        self.server.close_report(number, number)
        self.ask()
        return self.statements()[-1]

    def calls(self):
        return [call for call in self.server.calls if call.startswith("POST")]


@pytest.fixture
def server():
    with closing(MastodonStandIn()) as one:
        one.scopes.add("write:accounts")
        for number in range(1, 6):
            one.add(number)
        yield one


@pytest.fixture
def social(tmp_path, server):
    made = WritingSocial(new_node(tmp_path / "node"), server)
    made.switch("yes")
    with closing(made.journal):
        made.ask()
        yield made


UNSUSPEND = ["POST /api/v1/admin/accounts/3/unsuspend"]


def test_an_order_is_carried_out_and_read_back_at_once(social, server):
    case = social.suspended()
    social.order(case, "restore_account")

    social.ask()

    assert not server.accounts[3]["suspended"]
    assert social.calls() == UNSUSPEND
    kinds = social.kinds(case)
    assert kinds[kinds.index("remedy.ordered") + 1 :][:3] == [
        *("remedy.claimed", "remedy.seen", "remedy.verified")
    ]
    claimed = casework.read(social.journal, case).last(events.RemedyClaimed)
    assert (claimed.by, claimed.through) == ("platform:social", "social.example")
    assert [notice.kind for notice in notify.notices(claimed)] == ["remedy_carried_out"]
    social.ask()
    assert social.calls() == UNSUSPEND


WHO = ["a_reviewer", "a_lead_for_a_group", "a_panel", "an_out_of_court_body", "a_lead_unasked"]


@pytest.mark.parametrize("who", WHO)
def test_an_order_is_carried_out_whoever_has_made_it(social, who):
    """The same for every source that can be looked at; of Coop see `test_coop_remedies`."""
    case = social.suspended()
    decides = Deciders(social.journal, social.connection.platform, RULED, ("restore_account",))

    getattr(decides, who)(case)
    social.ask()

    assert (social.calls(), social.remedy(case)) == (UNSUSPEND, "verified")


@pytest.mark.parametrize("who", ["an_undo_of_a_group", "an_undo_of_what_nobody_had_asked_for"])
def test_what_is_taken_back_before_its_turn_is_carried_out_by_nobody(social, who):
    case = social.suspended()
    decides = Deciders(social.journal, social.connection.platform, RULED, ("restore_account",))

    getattr(decides, who)(case)
    social.ask()

    assert (social.calls(), social.held()) == ([], [])


def test_nothing_is_carried_out_unless_somebody_has_switched_it_on(tmp_path, server):
    social = WritingSocial(new_node(tmp_path / "node"), server)
    with closing(social.journal):
        social.ask()
        case = social.suspended()
        social.order(case, "restore_account")
        social.switch("yes")  # from now on, and not for what was ordered before

        social.ask()

        assert (social.calls(), social.remedy(case)) == ([], "sent")


def test_what_was_switched_off_meanwhile_is_not_carried_out(social):
    case = social.suspended()
    social.order(case, "restore_account")
    social.switch("no")

    social.ask()

    assert (social.calls(), social.remedy(case)) == ([], "sent")


def test_what_is_over_there_already_is_not_called_for_again(social, server):
    """As after a call that was made before a crash, or by a moderator."""
    case = social.suspended()
    social.order(case, "restore_account")
    server.set(3, suspended=False)

    social.ask()

    assert (social.calls(), social.remedy(case)) == ([], "verified")


def test_what_the_platform_suspends_again_is_a_new_fact_and_nothing_is_called(social, server):
    case = social.suspended()
    social.order(case, "restore_account")
    social.ask()
    server.set(3, suspended=True)

    social.later(days=1)
    social.ask()

    assert social.kinds(case)[-2:] == ["remedy.seen", "remedy.reverted"]
    assert (social.calls(), social.remedy(case)) == (UNSUSPEND, "disputed")


def test_an_order_with_a_step_that_no_call_takes_is_left_whole_to_a_person(social):
    case = social.suspended()
    social.order(case, "restore_account", "restore_content")

    social.ask()

    assert (social.calls(), social.held(), social.remedy(case)) == ([], ["steps"], "sent")
    status = run("connect", "status", "social", "--data", social.node.folder)
    assert f"{case}: steps" in status.stdout


def test_what_nobody_can_do_from_here_is_held_no_more_once_the_platform_has_spoken(social):
    case = social.suspended()
    social.order(case, "restore_account", "restore_content")
    social.ask()
    now = casework.now()
    claimed = events.RemedyClaimed(now, "platform:social", result="implemented", reasons="")

    casework.act(social.journal, case, lambda _: [claimed])

    assert social.held() == []


def test_what_the_server_refuses_is_held_and_stays_an_order(social, server):
    server.scopes.remove("write:accounts")
    case = social.suspended()
    social.order(case, "restore_account")

    social.ask(3)

    assert (social.held(), social.remedy(case)) == (["refused"], "sent")
    assert social.calls() == UNSUSPEND


def test_what_was_refused_is_carried_out_after_a_better_token(social, server, tmp_path):
    server.scopes.remove("write:accounts")
    case = social.suspended()
    social.order(case, "restore_account")
    social.ask()
    token = tmp_path / "token"
    token.write_text(server.token)
    words = ("connect", "secret", "social", "--token-file", token, "--webhook-file", os.devnull)
    words = (*words, "--data", social.node.folder)

    no_better = run(*words, check=False)
    assert "may not do this" in no_better.stderr
    assert social.held() == ["refused"]

    server.scopes.add("write:accounts")
    run(*words)
    social.ask()

    assert (social.held(), social.remedy(case)) == ([], "verified")


def test_what_the_node_has_changed_there_is_read_anew_at_once(social, server):
    """Suspended again, it is a new decision: no webhook says so, and the lists are read later."""
    case = social.suspended()
    social.order(case, "restore_account")

    social.ask()

    [(number, _)] = poll_schedule.looks(social.journal, social.connection.id, most=9)
    assert number == "3"
    assert poll_schedule.is_due(social.journal, social.connection, int(time.time()))
    social.ask()
    assert poll_schedule.looks(social.journal, social.connection.id, most=9) == []
    assert "decision.lifted" not in social.kinds(case)
    known = len(social.statements()) + len(social.drafts())
    time.sleep(1.1)  # decisions are told apart by the second in which they were seen
    server.set(3, suspended=True)
    poll_schedule.note(
        social.journal, social.connection, "3", int(time.time())
    )  # as a scan comes to it
    social.ask()
    assert len(social.statements()) + len(social.drafts()) == known + 1


def test_an_order_that_fails_keeps_no_look_waiting(social, server):
    done, failing = social.suspended(), social.suspended(4)
    social.order(done, "restore_account")
    social.ask()
    social.later(days=1)
    looks = social.kinds(done).count("remedy.seen")
    server.is_deaf = True
    social.order(failing, "restore_account")

    social.ask()

    assert social.kinds(done).count("remedy.seen") == looks + 1
    assert "nothing has changed" in social.connection.why


def test_a_server_that_says_yes_and_does_nothing_is_asked_for_an_hour(social, server):
    server.is_deaf = True
    case = social.suspended()
    social.order(case, "restore_account")

    for _ in range(20):
        social.ask()
        social.later(hours=1)

    assert len(social.calls()) == write_back_turn.MOST_TRIES
    assert (social.held(), social.remedy(case)) == (["unanswered"], "sent")


def test_a_server_that_does_not_work_is_asked_again(social, server):
    case = social.suspended()
    social.order(case, "restore_account")
    server.faults.extend([Fault(500, b"oops")] * 2)
    social.ask()
    social.ask()
    assert social.remedy(case) == "sent"

    social.later(hours=1)
    social.ask()

    assert social.remedy(case) == "verified"


def test_an_account_that_is_suspended_by_a_newer_decision_is_not_given_back(social, server):
    """Lifted, and suspended again for something else: that was reversed by nobody."""
    case, newer = social.suspended(), social.suspended(4)
    with social.journal.transaction():  # as if it were about the same account
        read_back_schedule.keep(social.journal, newer, social.connection.id, "suspended 3")
    assert server.accounts[3]["suspended"]

    social.order(case, "restore_account")
    social.ask()

    assert (social.calls(), social.held()) == ([], ["newer"])


def test_what_was_lifted_and_is_in_force_anew_waits_for_a_person_although_it_is_no_case_yet(
    social, server
):
    """The platform lifts it and suspends again for something else, of which nobody has said why."""
    case = social.suspended()
    server.set(3, suspended=False)
    social.note(3)
    social.ask()
    server.reports.clear()  # no rule fits: it stays a draft
    server.set(3, suspended=True)
    social.ask()
    assert "decision.lifted" in social.kinds(case)
    assert len(social.drafts()) == 1

    social.order(case, "restore_account")
    social.ask()

    assert (social.calls(), social.held(), social.remedy(case)) == ([], ["newer"], "sent")


def test_what_the_platform_suspends_again_is_not_undone_by_a_later_order_either(social, server):
    """What a panel orders then is about something that nobody has said the reasons of yet."""
    case = social.suspended()
    social.order(case, "restore_account")
    social.ask()
    social.note(3)
    social.ask()
    server.reports.clear()
    server.set(3, suspended=True)
    social.later(days=1)
    social.ask()
    assert (social.remedy(case), len(social.drafts())) == ("disputed", 1)

    social.order(case, "restore_account")
    social.ask()

    assert (social.calls(), social.held()) == (UNSUSPEND, ["newer"])


@pytest.mark.parametrize("how", ["paused", "switched off"])
def test_what_is_stopped_in_the_middle_of_a_turn_stops_there(social, server, how):
    """Somebody sees the first of many come back, and did not want that."""
    cases = [social.suspended(number) for number in (1, 2, 3)]
    for case in cases:
        social.order(case, "restore_account")
    right = server.act

    def seen(path, token):
        with closing(Journal(social.node.journal)) as journal:
            if how == "paused":
                connections.pause(journal, social.connection)
            else:
                social.switch("no", journal=journal)
        return right(path, token)

    server.act = seen
    social.ask(2)

    assert len(social.calls()) == 1
    assert [social.remedy(case) for case in cases].count("sent") == 2


def test_a_slow_source_is_left_after_some_time_and_goes_on_at_its_next_turn(social, monkeypatch):
    """The others have their turns meanwhile; each look at it may take a minute."""
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0)
    cases = [social.suspended(number) for number in (1, 2)]
    for case in cases:
        social.order(case, "restore_account")

    social.ask()

    assert sorted(social.remedy(case) for case in cases) == ["sent", "verified"]
    assert not social.connection.failed_at
    assert poll_schedule.is_due(social.journal, social.connection, int(time.time()))
    social.ask()
    assert [social.remedy(case) for case in cases] == ["verified", "verified"]


def test_an_order_that_grows_while_it_is_carried_out_is_not_said_to_be_done(social, server):
    """A panel orders more while the server takes its time."""
    case = social.suspended()
    social.order(case, "restore_account")
    right = server.act

    def slow(path, token):
        with closing(Journal(social.node.journal)) as journal:
            social.order(case, "restore_account", "restore_content", journal=journal)
        return right(path, token)

    server.act = slow
    social.ask()

    assert (social.held(), social.remedy(case)) == (["steps"], "sent")


def test_an_account_that_is_gone_is_a_matter_for_a_person(social, server):
    case = social.suspended()
    social.order(case, "restore_account")
    del server.accounts[3]

    social.ask()

    assert social.held() == ["gone"]


def test_what_was_erased_is_carried_out_for_nobody(social):
    case = social.suspended()
    social.order(case, "restore_account")
    erase.erase(social.node, casework.read(social.journal, case).log_entries, "order")

    social.ask()

    assert social.calls() == []
    assert social.journal.db.execute("SELECT count(*) FROM write_back").get == 0


def test_the_scope_is_tried_without_changing_anything(social, server):
    before = json.dumps(server.accounts)
    with closing(Mastodon(social.connection, server.token)) as mastodon:
        mastodon.check_may_write()
        server.scopes.remove("write:accounts")
        with pytest.raises(Denied):
            mastodon.check_may_write()

    assert json.dumps(server.accounts) == before


def test_on_postgresql_it_is_the_same(tmp_path, server, postgres):
    social = WritingSocial(new_node(tmp_path / "node", postgres.place()), server)
    with closing(social.journal):
        social.switch("yes")
        social.ask()
        case, left = social.suspended(), social.suspended(4)
        social.order(case, "restore_account")
        social.order(left, "restore_account", "other")

        social.ask()

        assert (social.remedy(case), social.held()) == ("verified", ["steps"])


# --- Ozone ----------------------------------------------------------------------------------------

RULE = {
    "when": {},
    "then": {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Rule 1",
        "incompatible_content_explanation": "Adverts are not allowed.",
        "decision_facts": "It advertises.",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_date": "2026-11-01",
    },
}


class WritingOzone(Writing, Polled):
    """A node that carries orders out in an Ozone."""

    def __init__(self, node, server, address, service=SERVICE):
        form = {
            "connector": {
                "system": "ozone",
                "name": "oz",
                "platform": "Sky",
                "instance": service,
                "address": address,
            },
            "options": {"wait_minutes": "0", "sign_in": "admin", "labelled": "rude"},
            "rule": [RULE | {"when": {"event": name}} for name in ("Takedown", "Label")],
        }
        super().__init__(node, server, form)
        connections.keep_secret(node, "oz", "admin-pass")
        self.switch("yes")

    def decided(self, *more):
        self.server.events += more
        self.ask()
        return self.statements()[-1]


@pytest.mark.parametrize("held", [False, True], ids=["waits", "held"])
def test_an_order_that_its_ruling_was_taken_back_with_is_none_for_a_person(social, held):
    """It was refused there, say; then the lead sees that the whole ruling was wrong."""
    case, ruling, by = social.suspended(), str(uuid4()), "lead:1"
    filed = events.ComplaintFiled(
        casework.now(), "person", role="person", grounds="No.", attachments=(), late=False
    )
    answer = {"outcome": "reversed", "reasons": "As it was.", "reviewer": "1", "ruling": ruling}
    ruled = [
        events.ComplaintAssigned(casework.now(), by, reviewer="1"),
        events.ComplaintOpened(casework.now(), by),
        events.ComplaintDecided(casework.now(), by, **answer),
        events.RemedyOrdered(
            casework.now(), by, steps=("restore_account", "other"), outcome="reversed"
        ),
        events.ComplaintRemedying(casework.now(), by),
    ]
    for new in ([filed], ruled):
        casework.act(social.journal, case, lambda _, new=new: new)
    if held:
        social.ask()
    assert social.held() == ["steps"] * held

    undone = events.ComplaintUndone(casework.now(), by, reasons="Wrong clause.", ruling=ruling)
    casework.act(social.journal, case, lambda _: [undone])

    assert social.held() == []
    assert not write_back_queue.waits(social.journal, social.connection.id, case)


@pytest.fixture
def ozone(tmp_path):
    server = ozone_stand_in.Ozone([event(1, "modEventAcknowledge", BOB)])
    with ozone_stand_in.serving(server) as address:
        made = WritingOzone(new_node(tmp_path / "node"), server, address)
        with closing(made.journal):
            yield made


def done(ozone):
    """What was done there by Amparo."""
    return [one["event"] for one in ozone.server.events if one.get("modTool")]


@pytest.mark.parametrize(
    ("made", "step", "undone"),
    [
        (event(2, "modEventTakedown"), "restore_account", "modEventReverseTakedown"),
        (event(2, "modEventTakedown", POST), "restore_content", "modEventReverseTakedown"),
        (event(2, "modEventLabel", POST, createLabelVals=["rude"]), "lift_label", "modEventLabel"),
    ],
)
def test_a_takedown_and_a_label_are_undone_and_seen_to_be(ozone, made, step, undone):
    case = ozone.decided(made)
    ozone.order(case, step)

    ozone.ask()

    [one] = done(ozone)
    assert one["$type"].endswith(f"#{undone}")
    assert one.get("negateLabelVals") in (None, ["rude"])
    assert ozone.remedy(case) == "verified"
    seen = casework.read(ozone.journal, case).last(events.RemedySeen)
    assert (seen.source, seen.saw, seen.done) == (SERVICE, (), "yes")


def test_what_is_muted_in_the_queue_of_moderators_is_restricted_all_the_same(ozone):
    """Ozone leaves what is muted out of its lists of statuses, unless it is asked for."""
    muted = event(3, "modEventMute", at="2026-11-10T09:30:00.000Z", durationInHours=72)
    case = ozone.decided(event(2, "modEventTakedown"), muted)
    ozone.order(case, "restore_account")

    ozone.ask()

    [one] = done(ozone)
    assert (one["$type"].partition("#")[2], ozone.remedy(case)) == (
        "modEventReverseTakedown",
        "verified",
    )


def test_of_what_ozone_has_no_status_nothing_is_said(ozone):
    """As after its database was set up anew."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    ozone.server.events = [event(1, "modEventAcknowledge", BOB)]

    ozone.ask()

    assert (done(ozone), ozone.remedy(case)) == ([], "sent")
    assert "no status" in ozone.connection.why


def test_what_amparo_did_comes_back_as_an_event_and_is_not_told_as_the_platforms_own(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")

    ozone.ask(3)

    assert "decision.lifted" not in ozone.kinds(case)
    assert len(ozone.statements()) == 1


def test_what_was_undone_once_and_is_in_force_again_is_another_decision(ozone):
    """Killed after its call, and meanwhile a moderator takes the account down anew."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    ozone.server.events += [
        event(3, "modEventReverseTakedown", at="2026-11-10T10:00:00.000Z"),
        event(4, "modEventTakedown", at="2099-11-10T11:00:00.000Z"),
    ]

    ozone.ask()

    assert (done(ozone), ozone.held(), ozone.remedy(case)) == ([], ["newer"], "sent")


def test_a_ban_outside_of_amparo_is_a_remedy_undone(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    ozone.ask()
    ozone.server.events.append(event(9, "modEventTakedown", at="2099-01-01T00:00:00.000Z"))

    ozone.later(days=1)
    ozone.ask()

    seen = casework.read(ozone.journal, case).last(events.RemedySeen)
    assert (seen.look, seen.saw, seen.done) == ("after_1_day", ("suspended",), "no")
    assert ozone.kinds(case)[-1] == "remedy.reverted"


def test_another_label_on_the_same_post_is_seen_and_nothing_is_verified(ozone):
    case = ozone.decided(event(2, "modEventTakedown", POST))
    ozone.server.events.append(
        event(3, "modEventLabel", POST, at="2099-01-01T00:00:00.000Z", createLabelVals=["rude"])
    )
    ozone.order(case, "restore_content")

    ozone.ask()

    seen = casework.read(ozone.journal, case).last(events.RemedySeen)
    assert (seen.saw, seen.done, ozone.remedy(case)) == (("labelled",), "partly", "claimed")


def test_an_account_that_was_deleted_is_a_matter_for_a_person(ozone):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    ozone.server.gone.add(ALICE)

    ozone.ask()

    assert (done(ozone), ozone.held()) == ([], ["gone"])


def test_a_role_that_may_only_read_is_found_before_and_refused_after(ozone):
    ozone.server.role = "roleTriage"
    access = ozone_calls.access_of(ozone.node, ozone.connection)
    with closing(Calls(access, patient=False)) as calls, pytest.raises(Denied, match="`answers`"):
        calls.check_may_act(["write_back", "answers"])
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")

    ozone.ask()

    assert (ozone.held(), ozone.remedy(case)) == (["refused"], "sent")


@pytest.mark.parametrize("number", [99, 100, 101, 250])
def test_what_it_is_about_is_found_behind_a_page_of_other_events(ozone, number):
    """Of an account that is labelled all the time, since it was taken down."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    ozone.server.events += [
        event(3 + n, "modEventLabel", at="2099-01-01T00:00:00.000Z", createLabelVals=["nice"])
        for n in range(number)
    ]

    ozone.ask()

    assert [one["$type"].partition("#")[2] for one in done(ozone)] == ["modEventReverseTakedown"]


@pytest.mark.parametrize("before", [249, 250, 600])
def test_a_label_is_seen_behind_pages_of_others(ozone, before):
    labels = [f"mark-{n:03d}" for n in range(before)]
    settings = {"nothing": " ".join(labels)}
    ozone.form["options"] |= settings
    ozone.switch("yes")
    case = ozone.decided(event(2, "modEventTakedown", POST))
    ozone.server.events.append(
        event(
            3,
            "modEventLabel",
            POST,
            at="2099-01-01T00:00:00.000Z",
            createLabelVals=[*labels, "rude"],
        )
    )
    ozone.order(case, "restore_content")

    ozone.ask()

    seen = casework.read(ozone.journal, case).last(events.RemedySeen)
    assert seen.saw == ("labelled",)


@pytest.mark.parametrize("listing", ["queryEvents", "queryLabels"])
def test_a_listing_that_never_ends_is_left_and_nothing_is_said(ozone, monkeypatch, listing):
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    right = ozone.server._call

    def endless(method, asked, body):
        asked.pop("cursor", None)
        status, answer = right(method, asked, body)
        if method == listing:
            answer = answer | {"cursor": "again"}
            answer |= {"labels": [{"val": "x"}]} if listing == "queryLabels" else {}
        return status, answer

    monkeypatch.setattr(ozone.server, "_call", endless)
    ozone.ask()

    assert (done(ozone), ozone.remedy(case)) == ([], "sent")
    assert "the same page again and again" in ozone.connection.why


NO_ANSWERS = [
    Fault(500, b"oops"),
    Fault(200, b"<html>hello"),
    Fault(200, b"[]"),
    Fault(200, b'{"events": {}}'),
    Fault(200, b'{"events": [], "cursor": 7}'),
    Fault(200, b'{"events": ['),
    Fault(200, b"[" * 100_000),
    Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
    Fault(200, b"{}", flood=300 << 20),
    Fault(drip=True),
]


@pytest.mark.parametrize("fault", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_what_is_no_answer_of_an_ozone_is_said_and_the_next_turn_goes_on(
    tmp_path, monkeypatch, fault
):
    """Truncated, of the wrong kind, 300 MB, or a byte a second."""
    monkeypatch.setattr(ozone_calls, "SECONDS", 3.0)
    with closing(SourceStandIn()) as server:  # whatever a test wants, in the place of an Ozone
        made = WritingOzone(new_node(tmp_path / "node"), server, server.url)
        with closing(made.journal):
            server.faults.append(fault)
            made.ask()
            assert made.connection.why
            assert made.connection.failed_at

            server.faults.append(Fault(200, b'{"events": []}'))
            made.ask()
            assert not made.connection.failed_at


def test_of_one_name_ozone_does_a_thing_once(ozone):
    """Two processes that both held the turn: the second call changes nothing."""
    case = ozone.decided(event(2, "modEventTakedown"))
    ozone.order(case, "restore_account")
    [order] = write_back_queue.due(ozone.journal, ozone.connection.id, int(time.time()), most=9)
    ozone.ask()
    [(_, name)] = ozone.server.names

    assert name == f"amparo:{case}:{order.ordered_at}"
    assert str(MODERATOR) not in name
