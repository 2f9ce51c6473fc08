"""A forum on Discourse: what staff decided goes on the record once, in order, and without gossip."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect.polled import Polled
from tests.connect.test_write_back import Writing
from tests.discourse_stand_in import SECRET, DiscourseStandIn, signed
from tests.source_stand_in import Fault

from amparo.case import events
from amparo.connectors import config, discourse
from amparo.errors import Denied, Malformed, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import (
    asking,
    connections,
    discourse_source,
    newest_first,
    poll_schedule,
    polling_thread,
    source_secrets,
)
from amparo.ledger.connect.discourse_source import Discourse

DAY = "2026-11-20T12:00:{:02}.250Z".format
RULE = {
    "then": {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Rule 1",
        "incompatible_content_explanation": "Adverts are not allowed.",
        "decision_facts": "It was an advert.",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "No",
    },
}
SUSPENDED = RULE | {"when": {"action": "suspend_user", "reason": "Spam"}}
SILENCED = RULE | {"when": {"action": "silence_user", "kind": "silenced_by_staff"}}
DELETED = RULE | {"when": {"action": "delete_post"}}
HIDDEN = {
    "when": {"state": "hidden"},
    "then": RULE["then"]
    | {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "automated_decision": "AUTOMATED_DECISION_FULLY",
    },
}


class Forum(Writing, Polled):
    """A node that follows a forum."""

    def __init__(self, node, server, **options):
        form = {
            "connector": {
                "system": "discourse",
                "name": "forum",
                "platform": "Forum",
                "instance": "forum.example",
                "address": server.url,
            },
            "options": {
                "private": "yes",
                "since": "2026-11-01",
                "reasons": "Spam",
                "bots": "system",
                **options,
            },
            "rule": [SUSPENDED, SILENCED, DELETED, HIDDEN],
        }
        super().__init__(node, server, form)
        self.give(server.key)

    def give(self, key):
        secrets = source_secrets.Secrets(key, SECRET)
        connections.keep_secret(self.node, "forum", msgspec.json.encode(secrets).decode())

    def note(self, subject):
        with self.journal.transaction():
            poll_schedule.note(self.journal, self.connection, subject, int(time.time()))

    def puts(self):
        return [call for call in self.server.calls if call.startswith("PUT")]

    def decision(self, case):
        return self.journal.decision(case)


@pytest.fixture
def server():
    with closing(DiscourseStandIn()) as one:
        for number in range(17, 22):
            one.add(number)
        for number in range(1, 6):
            one.write(number)
        yield one


@pytest.fixture
def forum(tmp_path, server):
    made = Forum(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


# --- what an entry says ---------------------------------------------------------------------------

OF = discourse.Settings("https://forum.example", frozenset({"system"}), reasons=("Spam",))
HOLDS = discourse.Ends(known=True, until="2026-12-24T00:00:00Z", created="2024-01-05")


def said(entry, of=OF, found=HOLDS):
    """As it is read: an end is asked for where there is one."""
    found = found if discourse.has_end(entry) else discourse.Ends(known=False)
    return discourse.records(entry, of, found)


def test_a_suspension_says_since_when_until_when_and_by_whom(server):
    [found] = said(server.suspend(17, DAY(1)))

    assert (found.kind, found.native_id, found.at) == ("state", "user 17", "2026-11-20T12:00:01Z")
    assert found.states["suspended"] == {
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
        "end_date_account_restriction": "2026-12-24",
    }
    assert found.decision["content_date"] == "2024-01-05"
    assert found.decision["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert found.decided_by == ("ana",)


def test_the_reason_is_suggested_and_the_message_to_the_person_is_not_read(server):
    [found] = said(server.suspend(17, DAY(1)))

    assert found.suggested == {"decision_facts": "Spam: shoes"}
    assert found.words == {"action": "suspend_user", "reason": "Spam"}
    assert "decision_facts" not in found.decision


def test_who_is_a_program_is_only_known_by_the_operators_word(server):
    entry = server.silence(17, DAY(1), acting="system", kind="too_many_spam_flags")
    [by_word], [unsaid] = said(entry), said(entry, OF._replace(bots=None))

    assert by_word.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert (by_word.decided_by, by_word.words["kind"]) == ((), "too_many_spam_flags")
    assert "automated_decision" not in unsaid.decision


def test_when_it_ends_is_read_of_the_account_if_the_entry_is_the_newest_of_its_kind(server):
    entry = server.silence(17, DAY(1))
    account, older = server.users[17], entry | {"created_at": DAY(0)}
    for_ever = account | {"silenced_till": "3026-11-20T12:00:01.250Z"}
    over = account | {"silenced_till": None}
    other = account | {"silenced_till": "2026-11-19T00:00:00Z"}

    known = discourse.Ends(known=True, until="2026-12-24T00:00:00Z", created="2024-01-05")
    assert discourse.ends(entry, account, entry) == known
    assert discourse.ends(entry, for_ever, entry) == known._replace(until="")
    for account_, newest in ((account, older), (account, None), (over, entry), (other, entry)):
        assert not discourse.ends(entry, account_, newest).known


def test_what_is_over_already_is_asked_of_a_person_with_what_is_known(server):
    [found] = said(server.suspend(17, DAY(1)), found=discourse.Ends(known=False))

    assert found.kind == "unknown"
    assert found.decision["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert "end_date_account_restriction" not in found.decision


def test_of_a_deleted_post_the_day_it_was_written_is_read_and_no_text(server):
    _, found = said(server.delete(3, DAY(1)))

    assert found.decision["content_date"] == "2026-11-02"
    assert found.states == {
        "taken_down": {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]}
    }
    assert found.subject == "https://forum.example/p/3"
    assert "Luna" not in str(found)


def test_a_day_in_the_text_of_a_post_is_not_the_day_on_which_it_was_written(server):
    entry = server.delete(3, DAY(1))
    entry["details"] = "id: 3\nuser: x\ntopic: y\npost_number: 1\ncreated_at: 1999-01-01"

    assert "content_date" not in said(entry)[1].decision


@pytest.mark.parametrize(
    ("action", "about", "kind", "restriction"),
    [
        ("delete_post_permanently", {"post_id": 3}, "restriction", "CONTENT_REMOVED"),
        ("delete_topic_permanently", {"topic_id": 3}, "restriction", "CONTENT_REMOVED"),
        ("post_rejected", {"post_id": 3}, "restriction", "VISIBILITY_OTHER"),
        ("delete_user", {"details": "id: 17\nusername: rosario"}, "restriction", "TERMINATED"),
        ("anonymize_user", {"user": 17}, "unknown", ""),
        ("deactivate_user", {"user": 17}, "unknown", ""),
    ],
)
def test_what_nobody_can_bring_back_and_what_may_have_been_asked_for(
    server, action, about, kind, restriction
):
    [found] = said(server.act_as(action, DAY(1), **about))

    assert found.kind == kind
    assert restriction in str(found.decision)
    assert found.look_at == ""
    assert "rosario" not in str(found)


def test_whoever_is_deleted_by_the_system_may_have_left_by_themselves(server):
    entry = server.act_as("delete_user", DAY(1), acting="system", details="id: 17\nusername: x")

    assert said(entry)[0].kind == "unknown"


@pytest.mark.parametrize("action", ["grant_badge", "change_site_setting", "topic_closed", "news"])
def test_what_restricts_nobody_says_nothing(server, action):
    assert said(server.act_as(action, DAY(1), user=17, topic_id=900)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"created_at": "yesterday"},
        {"created_at": None},
        {"action_name": 7},
        {"target_user": None},
        {"target_user": {"id": "17"}},
        {"target_user": {"id": True}},
        {"target_user": {"id": 10**30}},
    ],
)
def test_an_entry_that_cannot_be_read_says_why(server, changes):
    with pytest.raises(ValueError, match=r"missing|does not say"):
        said(server.suspend(17, DAY(1)) | changes)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("since", "soon", "no day"),
        ("private", "perhaps", "neither yes nor no"),
        ("write_back", "perhaps", "neither yes nor no"),
        ("user", "ana\nx: y", "no name"),
        ("users", "ana", "no option"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_the_name_of_its_option(name, value, why):
    form = {
        "connector": {"system": "discourse", "name": "x", "platform": "X", "address": "https://x"},
        "options": {name: value},
    }
    with pytest.raises(Malformed, match=why):
        discourse.settings(config.read(form))


# --- the log --------------------------------------------------------------------------------------


def test_decisions_go_on_the_record_and_what_is_taken_back_is_lifted(forum, server):
    server.suspend(17, DAY(1), till="2026-12-24T00:00:00.000Z")
    server.silence(18, DAY(2))
    server.delete(3, DAY(3))
    forum.ask(2)
    assert forum.counts() == {"stated": 3, "state": 3}

    server.unsuspend(17, DAY(4))
    forum.ask(2)

    first, *others = forum.statements()
    assert forum.kinds(first).count("decision.lifted") == 1
    assert all("decision.lifted" not in forum.kinds(case) for case in others)


def test_the_same_again_changes_nothing_and_asks_for_no_account_again(forum, server):
    server.suspend(17, DAY(1))
    forum.ask()
    server.calls.clear()

    forum.ask(3)

    assert len(forum.statements()) == 1
    assert not [call for call in server.calls if "users" in call]


def test_suspended_lifted_and_suspended_again_are_two_decisions(forum, server):
    server.suspend(17, DAY(1))
    forum.ask()
    server.unsuspend(17, DAY(2))
    server.suspend(17, DAY(3))
    forum.ask()

    assert len(forum.statements()) == 2


def test_a_suspension_that_was_over_before_it_was_read_is_a_draft(forum, server):
    server.suspend(17, DAY(1))
    server.unsuspend(17, DAY(2))
    forum.ask(2)

    assert forum.statements() == []
    [draft] = forum.drafts()
    assert draft.decision["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"


def test_what_ends_by_itself_is_not_lifted(forum, server):
    server.suspend(17, DAY(1), till="2026-11-20T12:00:03.000Z")
    forum.ask()
    server.unsuspend(17, DAY(5))
    forum.ask()

    [case] = forum.statements()
    assert "decision.lifted" not in forum.kinds(case)


def test_a_post_that_is_deleted_once_more_had_come_back_and_is_a_decision_of_its_own(forum, server):
    server.delete(3, DAY(1))
    forum.ask()
    server.delete(3, DAY(9))
    forum.ask(2)

    first, _ = forum.statements()
    assert forum.kinds(first).count("decision.lifted") == 1
    assert len(forum.statements()) == 2


def test_a_topic_that_is_deleted_and_recovered(forum, server):
    server.act_as("delete_topic", DAY(1), topic_id=900, details="id: 900\ncreated_at: 2026-11-02")
    forum.ask()
    [draft] = forum.drafts()
    assert draft.subject == f"{server.url}/t/900"
    assert draft.decision["content_date"] == "2026-11-02"


def test_a_long_log_is_read_from_its_oldest_entry_on_however_often_it_stops(
    forum, server, monkeypatch
):
    """700 entries between the suspension and its end; the key may ask a few times at once."""
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 2)
    server.suspend(17, DAY(1))
    for number in range(700):
        at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=number)
        server.act_as("grant_badge", at.isoformat(), user=18)
    server.delete(3, "2026-11-22T00:00:00.000Z")

    turns = 0
    while len(forum.statements()) < 2:
        server.left = 3
        forum.ask()
        turns += 1
        assert turns < 20, forum.connection.why
        assert forum.connection.why == ""

    assert turns > 2
    forum.ask(3)
    assert forum.counts() == {"stated": 2, "state": 2}


def test_what_is_logged_while_pages_are_read_moves_them_on_and_nothing_is_lost(
    forum, server, monkeypatch
):
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    for number in range(1, 451):
        at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=number)
        server.write(number)
        server.delete(number, at.isoformat())
    for number in range(451, 461):  # one between each step and the next
        forum.ask()
        at = datetime(2026, 11, 21, 1, tzinfo=UTC) + timedelta(seconds=number)
        server.write(number)
        server.delete(number, at.isoformat())
    forum.ask(10)

    assert forum.counts() == {"stated": 460, "state": 460}


def test_an_entry_of_a_time_that_is_still_to_come_is_refused_and_hides_nothing(forum, server):
    server.suspend(18, "2031-01-01T00:00:00.000Z")
    forum.ask()
    server.suspend(17, DAY(1))
    forum.ask()

    assert len(forum.statements()) == 1
    assert forum.connection.refused == 1


def test_entries_that_cannot_be_read_cost_no_others(forum, server):
    server.delete(2, DAY(1))
    server.log += [None, 7, {"action_name": "delete_post", "created_at": DAY(2)}]
    server.delete(3, DAY(3))
    forum.ask(2)

    assert len(forum.statements()) == 2
    assert forum.connection.refused == 3


def test_without_a_day_only_what_is_decided_from_now_on_counts(tmp_path, server):
    server.suspend(17, DAY(1))
    forum = Forum(new_node(tmp_path / "node"), server)
    options = {name: value for name, value in forum.form["options"].items() if name != "since"}
    connections.add(forum.journal, config.read(forum.form | {"options": options}), now=1)
    with closing(forum.journal):
        forum.ask()
        server.suspend(18, datetime.now(UTC).isoformat())
        forum.ask()

        assert len(forum.statements()) == 1


# --- posts that webhooks point at -----------------------------------------------------------------


def test_a_post_that_came_back_is_lifted_when_a_webhook_points_at_it(forum, server):
    server.delete(3, DAY(1))
    forum.ask()
    server.posts[3]["deleted_at"] = None
    forum.note("post 3")

    polling_thread.ask(forum.node, forum.journal, forum.connection)

    [case] = forum.statements()
    assert forum.kinds(case).count("decision.lifted") == 1
    assert poll_schedule.looks(forum.journal, forum.connection.id, most=9) == []


def test_what_the_log_says_of_a_post_goes_before_how_it_stands_now(forum, server, monkeypatch):
    monkeypatch.setattr(discourse_source, "ON_A_PAGE", 2)
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    server.delete(3, DAY(1))
    for number in range(17, 22):
        server.silence(number, DAY(2))
    server.posts[3]["deleted_at"] = None  # it came back long ago
    forum.note("post 3")

    forum.ask(12)

    kinds = [forum.kinds(case) for case in forum.statements()]
    assert sum("decision.lifted" in of_one for of_one in kinds) == 1


def test_a_post_is_hidden_by_flags_only_in_comparison_with_the_look_before(forum, server):
    server.posts[2]["hidden"] = True
    for number in (1, 2):
        forum.note(f"post {number}")
    forum.ask()
    assert forum.statements() == []

    server.posts[1]["hidden"] = True
    forum.note("post 1")
    forum.ask(2)
    assert len(forum.statements()) == 1

    server.posts[1]["hidden"] = False
    forum.note("post 1")
    forum.ask()
    assert "decision.lifted" in forum.kinds(forum.statements()[0])


def test_a_post_that_is_gone_and_one_that_cannot_be_read_hold_nothing_up(forum, server):
    server.posts[2]["hidden"] = "perhaps"
    for number in (1, 2, 999):
        forum.note(f"post {number}")
    forum.ask()

    assert poll_schedule.looks(forum.journal, forum.connection.id, most=9) == []
    assert forum.connection.refused == 1


@pytest.mark.parametrize(
    ("kind", "event", "thing", "subject"),
    [
        ("post", "post_recovered", {"id": 3, "raw": "x"}, "post 3"),
        (
            "reviewable",
            "reviewable_score_updated",
            {"target_type": "Post", "target_id": 3},
            "post 3",
        ),
        ("reviewable", "reviewable_created", {"target_type": "User", "target_id": 3}, "log"),
        ("user", "user_updated", {"id": 17, "email": "x@mail.example"}, "log"),
        ("topic", "topic_destroyed", {"id": 900}, "log"),
        ("post", "post_recovered", {"id": "3 OR 1"}, "log"),
        ("ping", "ping", "OK", ""),
        ("post", "post_created", {"id": 3}, ""),
        ("user", "user_logged_in", {"id": 17}, ""),
    ],
)
def test_a_webhook_says_where_to_look_and_nothing_more(server, kind, event, thing, subject):
    body, headers = server.webhook(kind, event, thing)

    assert discourse.webhook(body, headers, SECRET) == (kind, subject)


def test_a_webhook_that_is_not_signed_as_it_should_be_is_refused(server):
    body, headers = server.webhook("post", "post_recovered", {"id": 3})
    name = "x-discourse-event-signature"

    for bad in ("", "sha256=", headers[name][:-1], headers[name].upper(), "é"):
        with pytest.raises(Denied):
            discourse.webhook(body, headers | {name: bad}, SECRET)
    with pytest.raises(Denied):
        discourse.webhook(body + b" ", headers, SECRET)
    with pytest.raises(Denied):
        discourse.webhook(body, {}, SECRET)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("user", b'{"post": {"id": 3}}'),  # a header that says something else than the body
        ("group", b'{"group": {"id": 3}}'),
        ("", b'{"post": {"id": 3}}'),
        ("post", b"[]"),
        ("post", b"hello"),
        ("post", b"[" * 100_000),
    ],
)
def test_a_webhook_of_another_event_or_form_is_named(kind, body):
    sent, headers = signed(body, kind, "x")

    with pytest.raises(Malformed, match="none of post, topic, user, reviewable"):
        discourse.webhook(sent, headers, SECRET)


# --- read back, and carried out -------------------------------------------------------------------


def suspended(forum, server, number=17):
    server.suspend(number, DAY(number))
    forum.ask()
    return forum.statements()[-1]


@pytest.mark.parametrize(
    ("begin", "step", "call"),
    [
        (lambda s: s.suspend(17, DAY(1)), "restore_account", "/admin/users/17/unsuspend.json"),
        (lambda s: s.silence(17, DAY(1)), "restore_service", "/admin/users/17/unsilence.json"),
        (lambda s: s.delete(3, DAY(1)), "restore_content", "/posts/3/recover.json"),
    ],
)
def test_an_order_is_carried_out_there_and_read_back_at_once(forum, server, begin, step, call):
    forum.switch("yes")
    begin(server)
    forum.ask()
    [case] = forum.statements()
    forum.order(case, step)

    forum.ask(2)

    assert forum.puts() == [f"PUT {call}"]
    assert forum.remedy(case) == "verified"
    assert casework.read(forum.journal, case).last(events.RemedyClaimed).through == "forum.example"
    assert "decision.lifted" not in forum.kinds(case)


def test_what_flags_hid_is_shown_again_by_an_order(forum, server):
    forum.switch("yes")
    forum.note("post 1")
    forum.ask()
    server.posts[1]["hidden"] = True
    forum.note("post 1")
    forum.ask()
    [case] = forum.statements()
    forum.order(case, "restore_content")

    forum.ask()

    assert forum.puts() == ["PUT /posts/1/unhide.json"]
    assert forum.remedy(case) == "verified"


def test_nothing_is_carried_out_unless_somebody_has_switched_it_on(forum, server):
    case = suspended(forum, server)
    forum.order(case, "restore_account")
    forum.ask()

    assert (forum.puts(), forum.remedy(case)) == ([], "sent")


def test_what_a_key_that_may_only_read_cannot_undo_is_held_for_a_person(forum, server):
    server.may_write = False
    forum.switch("yes")
    case = suspended(forum, server)
    forum.order(case, "restore_account")
    forum.ask(2)

    assert (forum.held(), forum.remedy(case)) == (["refused"], "sent")


def test_a_post_in_a_topic_that_is_deleted_is_not_there_again(forum, server):
    server.delete(3, DAY(1))
    forum.ask()
    [case] = forum.statements()
    server.posts[3]["deleted_at"] = None
    server.topics[900]["deleted_at"] = DAY(9)
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=("restore_content",), outcome="reversed")
    claimed = events.RemedyClaimed(now, "platform:forum", result="implemented", reasons="")
    casework.act(forum.journal, case, lambda _: [ordered, claimed])

    forum.ask()

    assert forum.remedy(case) == "disputed"
    assert casework.read(forum.journal, case).last(events.RemedySeen).saw == ("taken_down",)


def test_what_the_forum_suspends_again_is_a_new_fact(forum, server):
    forum.switch("yes")
    case = suspended(forum, server)
    forum.order(case, "restore_account")
    forum.ask()
    server.users[17]["suspended_till"] = "3026-01-01T00:00:00.000Z"

    forum.later(days=1)
    forum.ask()

    assert forum.kinds(case)[-2:] == ["remedy.seen", "remedy.reverted"]
    assert len(forum.puts()) == 1


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("user", {}),
        ("user", {"id": 17, "suspended_till": "perhaps"}),
        ("post", {"id": 3, "deleted_at": None}),
        ("post", {"id": 3, "deleted_at": True, "hidden": False}),
        ("topic", {"deleted_at": None}),
    ],
)
def test_an_answer_that_does_not_say_how_it_stands_says_nothing(what, body):
    """Not that it is over: that would be told to a person as a remedy seen."""
    with pytest.raises(ValueError, match=r"not said|neither true nor false"):
        discourse.in_force(what, body, datetime.now(UTC))


def test_what_is_gone_is_told_as_that(forum, server):
    with closing(Discourse(forum.connection, server.key)) as there:
        assert there.look("suspended user 99")[:3] == (("gone",), False, ())
        server.users[17]["silenced_till"] = "2020-01-01T00:00:00.000Z"
        assert there.look("blocked user 17")[:3] == ((), True, {"restore_service"})


def test_a_post_is_not_gone_where_only_its_topic_is_not_shown(forum, server):
    """Discourse answers 404 for a topic that the account of the key may not see."""
    del server.topics[900]

    with closing(Discourse(forum.connection, server.key)) as there:
        with pytest.raises(Unavailable):
            there.look("taken_down post 3")
        assert there.look("taken_down post 99").in_force == ("gone",)


# --- faults ---------------------------------------------------------------------------------------


def test_a_key_that_is_no_more_is_said_in_words_and_a_new_one_goes_on(forum, server):
    server.suspend(17, DAY(1))
    server.key = "new"
    forum.ask()
    assert "may not do this" in forum.connection.why

    forum.give("new")
    forum.ask()

    assert forum.connection.why == ""
    assert len(forum.statements()) == 1


def test_whoever_is_no_staff_is_found_before_anything_begins(forum, server):
    server.is_staff = False

    with (
        pytest.raises(Denied, match="staff"),
        closing(Discourse(forum.connection, server.key)) as there,
    ):
        there.check()


def test_a_key_that_may_only_read_is_found_before_orders_are_carried_out(forum, server):
    with closing(Discourse(forum.connection, server.key)) as there:
        there.check_may_write()
        server.may_write = False
        with pytest.raises(Denied):
            there.check_may_write()


def test_a_rate_limit_is_waited_for_and_loses_nothing(forum, server):
    for number in range(17, 22):
        server.suspend(number, DAY(number))
    server.left = 6  # the log, and two calls for each of the first
    forum.ask()
    due = forum.journal.db.execute("SELECT due FROM connector_poll").get
    assert 25 < due - time.time() < 35
    assert (forum.connection.why, len(forum.statements())) == ("", 2)

    server.left = 100
    forum.ask()

    assert len(forum.statements()) == 5


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"oops"),
        Fault(200, b"<html>hello"),
        Fault(200, b"[]"),
        Fault(200, b'{"staff_action_logs": {}}'),
        Fault(200, b'{"staff_action_logs": []}'),
        Fault(200, b"[" * 100_000),
        Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
        Fault(200, b"{}", flood=300 << 20),
    ],
)
def test_what_is_no_answer_is_said_and_asked_again_later(forum, server, fault):
    server.suspend(17, DAY(1))
    server.faults.append(fault)
    forum.ask()
    assert forum.connection.why
    assert forum.statements() == []

    forum.ask()

    assert (forum.connection.why, len(forum.statements())) == ("", 1)


def test_a_byte_a_second_ends_within_the_time_of_an_exchange(forum, server, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.faults.append(Fault(drip=True))
    forum.ask()

    assert "longer than 3 seconds" in forum.connection.why


def test_of_nobody_is_more_kept_than_what_a_decision_needs(forum, server):
    server.suspend(17, DAY(1), reason="Insults")  # no rule fits: it waits as a draft
    server.silence(18, DAY(2))
    server.delete(3, DAY(3))
    server.act_as("delete_user", DAY(4), details="id: 19\nusername: name19\nname: Rosario")
    forum.note("post 3")
    forum.ask(2)
    run("connect", "status", "forum", "--data", forum.node.folder)
    forum.journal.db.empty_traces()

    kept = bytes_below(forum.node.folder)

    assert b"Insults" in kept  # so it would be found
    for private in (b"mail.example", b"192.0.2", b"name1", b"Rosario", b"rosario", b"Calle Luna"):
        assert private not in kept
    assert b"shoes" not in kept


def test_a_trial_reads_the_same_log_and_keeps_nothing(forum, server):
    server.suspend(17, DAY(1))
    server.unsuspend(17, DAY(2))
    server.delete(3, DAY(3))
    with closing(Discourse(forum.connection, server.key)) as there:
        found = list(newest_first.since(there, "2026-11-01"))

    kinds = [(record.kind, record.native_id) for record in found]
    assert kinds[0][0] == "unknown"
    assert kinds[1:] == [("state", "user 17"), ("state", "post 3"), ("state", "post 3")]
    assert discourse_source.SECONDS_BETWEEN == 120  # as the guide says
    assert json.dumps(server.calls).count("staff_action_logs") == 2
