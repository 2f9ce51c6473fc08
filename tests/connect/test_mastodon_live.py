"""A running Mastodon: a webhook says where to look, and what counts is what is read there."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.conftest import bytes_below, new_node
from tests.connect.polled import Polled
from tests.mastodon_stand_in import SECRET, MastodonStandIn, signed
from tests.source_stand_in import Fault

from amparo.case import events
from amparo.case.read_back import Seen
from amparo.connectors import config, mastodon_live
from amparo.errors import Denied, Malformed, Refused
from amparo.ledger.case import casework, read_back_schedule
from amparo.ledger.connect import (
    asking,
    connections,
    mastodon_source,
    poll_schedule,
    polling_thread,
    source_secrets,
)
from amparo.ledger.connect.mastodon_source import Mastodon

RULE = {
    "when": {"state": "suspended", "report": "spam"},
    "then": {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Rule 1",
        "incompatible_content_explanation": "Accounts that only advertise are not allowed.",
        "decision_facts": "The account was made for adverts.",
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "source_type": "SOURCE_TYPE_OTHER_NOTIFICATION",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    },
}
AT = "2026-11-20T12:00:00Z"


class Social(Polled):
    """A node that follows a server."""

    def __init__(self, node, server, rules=(RULE,)):
        form = {
            "connector": {
                "system": "mastodon-live",
                "name": "social",
                "platform": "Social",
                "instance": "social.example",
                "address": server.url,
            },
            "options": {"private": "yes"},
            "rule": list(rules),
        }
        super().__init__(node, server, form)
        self.give(server.token)

    def give(self, token):
        secrets = source_secrets.Secrets(token, SECRET)
        connections.keep_secret(self.node, "social", msgspec.json.encode(secrets).decode())

    def ask(self, turns=1):
        """Each look is some seconds after the one before."""
        for _ in range(turns):
            self.journal.db.execute("UPDATE connector_item SET read_at = read_at - 10")
            super().ask()

    def note(self, number):
        with self.journal.transaction():
            poll_schedule.note(self.journal, self.connection, str(number), int(time.time()))


@pytest.fixture
def server():
    with closing(MastodonStandIn()) as one:
        for number in range(1, 8):
            one.add(number)
        one.set(7, suspended=True)
        yield one


@pytest.fixture
def social(tmp_path, server):
    made = Social(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


# --- what an account says -------------------------------------------------------------------------


def account(server, number=3, near=None, **flags):
    return mastodon_live.account(server.accounts[number] | flags, AT, listed=True, near=near)


@pytest.mark.parametrize(
    ("flag", "restriction"),
    [
        ("suspended", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("disabled", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("silenced", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}),
        ("sensitized", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
    ],
)
def test_each_flag_is_the_restriction_that_it_has_for_the_person(server, flag, restriction):
    found = account(server, **{flag: True})

    assert found.states == dict.fromkeys(mastodon_live.FLAGS) | {flag: restriction}
    assert found.decision["content_date"] == "2024-01-05"


def test_nothing_else_of_an_account_is_in_its_record(server):
    text = msgspec.json.encode(account(server, suspended=True)).decode()

    for private in ("private3", "192.0.2", "name3", "Rosario", "shoes", "Let me in"):
        assert private not in text


def test_whoever_deleted_their_own_account_was_not_suspended_by_anybody_for_certain(server):
    """Mastodon suspends such an account, and takes its user away: a person is asked."""
    found = account(server, suspended=True, email=None)

    assert found.states["suspended"] == {}
    assert found.words == {"user": "none"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "other.example"},
        {"suspended": "yes"},
        {"id": 3},
        {"id": "3/../4"},
        {"created_at": "2024"},
        {"created_at": None},
    ],
)
def test_what_is_no_account_of_this_server_is_refused(server, wrong):
    with pytest.raises(ValueError, match=r"number|neither|moment|another server"):
        account(server, **wrong)


def test_a_report_that_was_closed_long_before_has_nothing_to_do_with_it():
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    long_ago, near, nearer = (
        mastodon_live.Closed(now - timedelta(hours=hours), "spam", (), "9") for hours in (25, 3, 1)
    )

    assert mastodon_live.nearest([long_ago], now) is None
    assert mastodon_live.nearest([near, nearer, long_ago], now) == nearer


@pytest.mark.parametrize(
    ("link", "after"),
    [
        ('<https://evil.example/x?max_id=12>; rel="next", <y?min_id=3>; rel="prev"', "12"),
        ('<https://x/?min_id=3>; rel="prev"', ""),
        ("<https://x/?max_id=12&max_id=13>; rel=next", ""),
        ("<https://x/?max_id=1%20or%201>; rel=next", ""),
        ("", ""),
        ("<" * 10_000, ""),
    ],
)
def test_only_the_number_of_the_next_page_is_taken_from_its_link(link, after):
    assert mastodon_live.next_page(link) == after


# --- webhooks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["account.created", "account.approved", "account.updated"])
def test_a_webhook_names_the_account_to_look_at_and_nothing_more(server, event):
    body, headers = server.webhook(event, server.accounts[3])

    found = mastodon_live.webhook(body, headers["x-hub-signature"], SECRET)

    assert found == (event, "3")


def test_a_report_leads_to_whoever_is_reported_and_a_post_to_nobody(server):
    server.close_report(1, 4)
    body, headers = server.webhook("report.updated", server.reports[1])
    assert mastodon_live.webhook(body, headers["x-hub-signature"], SECRET).subject == "4"

    body, headers = server.webhook("status.updated", {"id": "99", "account": {"id": "4"}})
    assert mastodon_live.webhook(body, headers["x-hub-signature"], SECRET).subject == ""


def test_a_webhook_that_is_signed_otherwise_is_refused(server):
    body, headers = server.webhook("account.updated", server.accounts[3])
    digest = headers["x-hub-signature"]

    for bad in ("", "sha256=", digest[:-1], digest.upper(), "sha1=ab", "é", digest + " x"):
        with pytest.raises(Denied):
            mastodon_live.webhook(body, bad, SECRET)
    with pytest.raises(Denied):
        mastodon_live.webhook(body + b" ", digest, SECRET)
    with pytest.raises(Denied):
        mastodon_live.webhook(body, digest, "another")


@pytest.mark.parametrize(
    "body",
    ['{"text": "3 was suspended"}', "3 was suspended", "[]", '{"event": 1, "object": {}}',
     '{"event": "account.updated", "object": "3"}', "[" * 100_000],
)  # fmt: skip
def test_a_replaced_template_is_found_and_named(body):
    sent, headers = signed(body)

    with pytest.raises(Malformed) as found:
        mastodon_live.webhook(sent, headers["x-hub-signature"], SECRET)

    assert "template" in str(found.value)


# --- what is read ---------------------------------------------------------------------------------


def test_the_first_scan_only_learns_how_things_stand(social):
    social.ask()

    assert social.counts() == {"state": 1}
    assert social.drafts() == []


def test_what_comes_onto_a_list_later_was_decided_and_a_person_is_asked(social, server):
    social.ask()
    server.set(3, suspended=True)

    social.ask(2)  # the second changes nothing

    [draft] = social.drafts()
    assert draft.words == {"state": "suspended"}
    assert draft.decision["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert social.counts() == {"state": 2, "draft": 1}


def test_a_report_that_was_closed_with_it_is_shown_and_never_the_ground(social, server):
    social.ask()
    server.set(3, silenced=True)
    server.close_report(1, 3, category="violation", rules=("2", "5"))

    social.ask()

    [draft] = social.drafts()
    assert draft.allegation == "violation: rule 2, 5"
    assert draft.words == {"state": "silenced", "report": "violation", "rule": "2, 5"}
    assert draft.suggested["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert not {"decision_ground", "source_type", "decision_facts"} & draft.decision.keys()
    assert draft.decided_by == ("9",)


def test_with_a_rule_it_is_a_statement_and_what_is_taken_back_is_lifted(social, server):
    social.ask()
    server.set(3, suspended=True)
    server.close_report(1, 3)
    social.ask()
    [case] = social.statements()

    server.set(3, suspended=False)
    social.ask(2)

    assert social.statements() == [case]
    assert social.kinds(case).count("decision.lifted") == 1


def test_suspended_once_more_is_a_decision_of_its_own(social, server):
    social.ask()
    for suspended in (True, False, True):
        server.set(3, suspended=suspended)
        server.close_report(1, 3)
        time.sleep(1.1)  # decisions are told apart by the second in which they were seen
        social.ask()

    assert len(social.statements()) == 2


def test_one_that_was_suspended_before_is_followed_from_its_release_on(social, server):
    social.ask()
    server.set(7, suspended=False)
    social.ask()
    assert social.drafts() == []

    server.set(7, suspended=True)
    time.sleep(1.1)
    social.ask()

    assert len(social.drafts()) == 1


def test_a_webhook_is_looked_at_before_the_next_scan(social, server):
    social.ask()
    server.set(3, suspended=True)
    social.note(3)
    server.calls.clear()

    polling_thread.ask(social.node, social.journal, social.connection)

    assert len(social.drafts()) == 1
    assert server.calls[0] == "/api/v1/admin/accounts/3"
    assert poll_schedule.looks(social.journal, social.connection.id, most=10) == []


def test_webhooks_of_one_account_are_one_look_and_a_flood_of_them_is_a_scan(social, monkeypatch):
    social.ask()
    for _ in range(50):
        social.note(3)
    assert len(poll_schedule.looks(social.journal, social.connection.id, most=100)) == 1

    monkeypatch.setattr(poll_schedule, "MOST_LOOKS", 5)
    for number in range(100):
        social.note(number)

    assert len(poll_schedule.looks(social.journal, social.connection.id, most=100)) == 5
    due = social.journal.db.execute("SELECT due FROM connector_poll").get
    assert due <= int(time.time())


def test_a_webhook_that_comes_while_its_account_is_read_is_looked_at_again(social, server):
    social.ask()
    social.note(3)
    [(number, noted_at)] = poll_schedule.looks(social.journal, social.connection.id, most=10)
    social.note(3)

    poll_schedule.was_looked_at(social.journal, social.connection.id, number, noted_at)

    assert len(poll_schedule.looks(social.journal, social.connection.id, most=10)) == 1


def test_lists_are_read_page_by_page_and_gone_on_with_after_a_crash(social, server, monkeypatch):
    server.page = 2
    for number in range(100, 111):
        server.add(number, suspended=True)
    monkeypatch.setattr(mastodon_source, "PAGES_A_TURN", 2)

    social.ask(2)
    assert social.counts()["state"] == 8
    for _ in range(10):
        social.ask()

    assert social.counts()["state"] == 12
    assert not [call for call in server.calls if "elsewhere" in call]


def test_a_list_that_leads_in_a_circle_ends(social, server):
    page = json.dumps([server.accounts[7]]).encode()
    link = {"link": '<https://x/?max_id=7>; rel="next"'}
    server.faults += [Fault(200, page, link)] * 30

    social.ask(2)

    assert len(server.calls) < 20


def test_an_account_that_is_destroyed_ends_no_restriction(social, server):
    social.ask()
    server.set(3, suspended=True)
    server.close_report(1, 3)
    social.ask()
    [case] = social.statements()
    del server.accounts[3]

    social.ask()

    assert "decision.lifted" not in social.kinds(case)
    assert social.connection.why == ""


def test_of_nobody_is_more_kept_than_the_number_of_a_restricted_account(social, server):
    social.ask()
    server.set(3, suspended=True)
    server.set(4, silenced=True)
    server.close_report(1, 3)
    server.close_report(2, 4)
    social.note(3)
    social.ask()
    social.journal.db.empty_traces()

    kept = bytes_below(social.node.folder)

    assert b"account:3" in kept  # so it would be found
    for private in (b"mail.example", b"192.0.2", b"name3", b"Rosario", b"Calle Luna", b"shoes"):
        assert private not in kept


# --- when it does not answer ----------------------------------------------------------------------


def why(social):
    return social.connection.why


def test_an_expired_token_is_said_in_words_and_a_new_one_goes_on(social, server):
    server.token = "new"
    social.ask()
    assert "does not accept the token" in why(social)

    social.give("new")
    social.ask()

    assert why(social) == ""
    assert social.counts() == {"state": 1}


@pytest.mark.parametrize("scope", ["accounts", "reports"])
def test_a_scope_that_is_missing_is_found_before_anything_begins(social, server, scope):
    server.scopes = {scope}

    with pytest.raises(Denied) as found, closing(Mastodon(social.connection, "t0ken")) as mastodon:
        mastodon.check()

    assert "scope" in str(found.value)


def test_a_rate_limit_is_waited_for_and_is_no_failure(social, server):
    server.left = asking.CALLS_KEPT_FREE + 2

    social.ask()

    [(due, held, failures)] = social.journal.db.execute(
        "SELECT due, held_till, failures FROM connector_poll"
    ).fetchall()
    assert due == held > time.time() + 200
    assert failures == 0
    assert why(social) == ""
    assert server.left == asking.CALLS_KEPT_FREE
    social.note(3)
    calls = len(server.calls)
    polling_thread.ask(social.node, social.journal, social.connection)
    assert len(server.calls) == calls  # a webhook does not go around it


def test_a_429_is_waited_for_as_long_as_it_asks(social, server):
    server.faults.append(Fault(429, b"{}", {"retry-after": "77"}))

    social.ask()

    due = social.journal.db.execute("SELECT due FROM connector_poll").get
    assert 70 < due - time.time() < 80


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"oops"),
        Fault(502, b"<html>"),
        Fault(200, b"<html>hello"),
        Fault(200, b'{"error": "x"}'),
        Fault(200, b"[" * 100_000),
        Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
        Fault(200, b"[]", flood=300 << 20),
    ],
)
def test_what_is_no_answer_is_said_and_asked_again_later_each_time(social, server, fault):
    waits = []
    for _ in range(3):
        server.faults.append(fault)
        social.ask()
        assert why(social)
        waits.append(
            round(social.journal.db.execute("SELECT due FROM connector_poll").get - time.time())
        )
    assert waits[0] < waits[1] < waits[2]

    social.ask()

    assert why(social) == ""
    assert social.counts() == {"state": 1}


def test_a_node_without_the_secret_as_after_a_restore_says_how_to_give_it(social):
    (social.node.folder / "keys" / "connect.social").unlink()
    social.ask()

    assert "backups hold none of it" in social.connection.why


def test_a_report_whose_rules_are_no_list_is_read_without_them(server):
    server.close_report(1, 7)

    assert mastodon_live.report(server.reports[1] | {"rules": 5}).rules == ()


def test_a_byte_a_second_ends_within_the_time_of_an_exchange(social, server, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.faults.append(Fault(drip=True))

    social.ask()

    assert "longer than 3 seconds" in why(social)


def test_a_page_with_some_that_are_no_accounts_yields_the_others(social, server):
    social.ask()
    good = server.accounts[3] | {"suspended": True}
    page = json.dumps([{"id": "x"}, None, good, server.accounts[4] | {"suspended": 7}]).encode()
    server.faults.append(Fault(200, page))

    social.ask()

    assert len(social.drafts()) == 1
    assert social.connection.refused == 3


def test_a_process_that_dies_in_its_turn_loses_it_after_a_while(social):
    now = int(time.time())
    assert poll_schedule.take_turn(social.journal, social.connection, now)

    assert not poll_schedule.take_turn(social.journal, social.connection, now + 5)
    assert poll_schedule.take_turn(
        social.journal, social.connection, now + poll_schedule.HOLD_SECONDS
    )


def test_a_connection_that_is_paused_meanwhile_takes_nothing_in(social, server):
    social.ask()
    server.set(3, suspended=True)
    connection = social.connection
    connections.pause(social.journal, connection)

    social.journal.db.execute("UPDATE connector_poll SET due = 0")
    polling_thread.ask(social.node, social.journal, connection)

    assert social.drafts() == []
    assert why(social) == ""


def test_one_server_is_not_read_in_two_ways(social):
    export = {"system": "mastodon", "name": "strikes", "platform": "Social"}

    form = {"connector": export | {"instance": "social.example"}}
    with pytest.raises(Refused, match="read already"):
        connections.add(social.journal, config.read(form), now=1)

    form = {"connector": export | {"instance": "other.example"}}
    assert connections.add(social.journal, config.read(form), now=1).name == "strikes"


# --- read back ------------------------------------------------------------------------------------


def test_a_statement_keeps_its_account_so_that_its_remedy_can_be_read_back(social, server):
    social.ask()
    server.set(3, suspended=True)
    server.close_report(1, 3)
    social.ask()
    [case] = social.statements()
    social.journal.db.execute("UPDATE read_back SET due = 1, claimed_at = 1")
    [due] = read_back_schedule.due(social.journal, social.connection.id, int(time.time()), most=10)
    assert (due.case, due.subject) == (case, "suspended 3")

    with closing(Mastodon(social.connection, server.token)) as mastodon:
        assert mastodon.look(due.subject) == Seen(
            ("suspended",), is_over=False, shows={"restore_account"}
        )
        server.set(3, suspended=False, sensitized=True)
        assert mastodon.look(due.subject) == Seen(
            ("sensitized",), is_over=True, shows={"restore_account"}
        )
        del server.accounts[3]
        assert mastodon.look(due.subject) == Seen(("gone",), is_over=False, shows=())


def test_a_look_that_fails_keeps_no_decision_from_the_record(social, server):
    """The server says nothing that can be read about one account, as it may choose to."""
    social.ask()
    server.set(3, suspended=True)
    server.close_report(1, 3)
    social.ask()
    [case] = social.statements()
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=("restore_account",), outcome="reversed")
    claimed = events.RemedyClaimed(now, "platform:social", result="implemented", reasons="")
    casework.act(social.journal, case, lambda _: [ordered, claimed])
    server.accounts[3]["suspended"] = "perhaps"
    server.set(4, suspended=True)
    server.close_report(2, 4)

    social.ask()

    assert len(social.statements()) == 2
    assert "perhaps" not in social.connection.why
    assert social.connection.failed_at
    assert social.kinds(case)[-1] == "remedy.claimed"


def test_removing_a_connection_forgets_what_its_cases_are_about(social, server):
    social.ask()
    server.set(3, suspended=True)
    server.close_report(1, 3)
    social.ask()
    social.note(4)

    connections.remove(social.node, social.journal, social.connection)

    for table in ("read_back", "connector_look", "connector_poll", "connector_item"):
        assert social.journal.db.execute(f"SELECT count(*) FROM {table}").get == 0
