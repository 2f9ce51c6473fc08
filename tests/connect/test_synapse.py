"""A running Synapse: how accounts, rooms and media stand is compared with the last look."""

import json
import time
from contextlib import closing

import msgspec
import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect.polled import Polled
from tests.connect.test_write_back import Writing
from tests.source_stand_in import Fault
from tests.synapse_stand_in import ADMIN, FLAGS, SynapseStandIn, user

from amparo.case.read_back import Seen
from amparo.connectors import config, synapse
from amparo.errors import Denied, Malformed, Unavailable
from amparo.ledger.case import read_back_schedule
from amparo.ledger.connect import (
    asking,
    connections,
    drafts,
    poll_schedule,
    polling_thread,
    read_back_turn,
    synapse_source,
)
from amparo.ledger.connect.synapse_calls import Synapse
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

AT = "2026-11-20T12:00:00Z"
THEN = {
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Rule 1",
    "incompatible_content_explanation": "Accounts that only advertise are not allowed.",
    "decision_facts": "It was made for adverts.",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "No",
    "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
}
RULES = [
    *({"when": {"state": flag}, "then": THEN} for flag in ("locked", "suspended", "shadow_banned")),
    {"when": {"state": "quarantined"}, "then": THEN},
    {"when": {"state": "blocked"}, "then": THEN | {"content_date": "2026-01-05"}},
]


def scan_again(journal, connection):
    """Let the next turn begin a scan, as if its hours were over."""
    if connection.position:
        position = msgspec.json.decode(connection.position, type=synapse_source.Position)
        text = msgspec.json.encode(msgspec.structs.replace(position, ended_at=0)).decode()
        journal.db.execute("UPDATE connector SET position = ?", (text,))


class Matrix(Writing, Polled):
    """A node that follows a server."""

    def __init__(self, node, server, token="t0ken", **options):
        form = {
            "connector": {
                "system": "synapse",
                "name": "matrix",
                "platform": "Matrix",
                "instance": "matrix.example",
                "address": getattr(server, "url", None) or server.address,
            },
            "options": {"private": "yes"} | options,
            "rule": list(RULES),
        }
        super().__init__(node, server, form)
        self.give(token)

    def give(self, token):
        connections.keep_secret(self.node, "matrix", token)

    def ask(self, turns=1):
        """Each turn is a scan of its own, some seconds after the one before."""
        for _ in range(turns):
            scan_again(self.journal, self.connection)
            super().ask()

    def kept(self):
        """Every byte that the node keeps."""
        self.journal.db.empty_traces()
        return bytes_below(self.node.folder)

    def subject(self, case):
        """What a case is about in its source."""
        self.journal.db.execute("UPDATE read_back SET due = 1, claimed_at = 1")
        every = read_back_schedule.due(self.journal, self.connection.id, int(time.time()), most=99)
        return next(due.subject for due in every if due.case == case)


@pytest.fixture
def server():
    with closing(SynapseStandIn()) as one:
        for name in ("ana", "bob", "cem", "dan"):
            one.add(name)
        one.set("dan", locked=True)
        yield one


@pytest.fixture
def matrix(tmp_path, server):
    made = Matrix(new_node(tmp_path / "node"), server, write_back="yes")
    with closing(made.journal):
        made.ask()
        yield made


# --- what an account, a room and media say --------------------------------------------------------


def account(server, **flags):
    body = server.accounts[user("bob")] | flags
    return synapse.account(body, AT, listed=True, pseudonym=lambda _: "p")


@pytest.mark.parametrize(
    ("flag", "restriction"),
    [
        ("locked", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("suspended", {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION"}),
        (
            "shadow_banned",
            {
                "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
                "decision_visibility_other": "What the account sends reaches nobody (shadow ban).",
            },
        ),
    ],
)
def test_each_flag_is_the_restriction_that_it_has_for_the_person(server, flag, restriction):
    found = account(server, **{flag: True})

    assert found.states == dict.fromkeys(FLAGS) | {flag: restriction}
    assert found.decision["content_date"] == "2024-01-05"


def test_whoever_deactivated_their_own_account_was_restricted_by_nobody_for_certain(server):
    found = account(server, deactivated=True, erased=True)

    assert found.states["deactivated"] == {}
    assert found.words == {"account": "erased"}


def test_of_an_account_its_record_has_the_name_to_ask_about_it_and_no_more(server):
    text = msgspec.json.encode(account(server, locked=True)).decode()

    assert user("bob") in text
    for private in ("private-bob", "Rosario", "secret-login", "1732919539393"):
        assert private not in text


def test_a_list_counts_in_milliseconds_and_an_account_by_itself_in_seconds(server):
    listed = account(server, creation_ts=1704449410_000)

    assert listed.decision == account(server).decision


def test_a_flag_that_an_older_synapse_does_not_have_is_not_off(server):
    assert "suspended" not in account(server, suspended=None).states


@pytest.mark.parametrize(
    "wrong",
    [{"locked": "yes"}, {"locked": 7}, {"name": 3}, {"name": "bob"}, {"name": "@a b:x"}, {"name": "@"}],
)  # fmt: skip
def test_what_is_no_account_is_refused(server, wrong):
    with pytest.raises(ValueError, match=r"neither true|no name"):
        account(server, **wrong)


def test_media_say_what_they_are_and_who_decided_and_not_whose_they_are(server):
    name = server.add_media(1, "video/mp4")
    server.quarantine(name)
    body = {"media_info": server.media[name]}

    found = synapse.media(name, body, AT, listed=True, pseudonym=lambda _: "p")

    assert found.decision == {"content_type": ["CONTENT_TYPE_VIDEO"], "content_date": "2024-01-05"}
    assert found.states["quarantined"] == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    }
    assert found.decided_by == (ADMIN,)
    text = msgspec.json.encode(found).decode()
    assert "ana" not in text
    assert "holiday" not in text


@pytest.mark.parametrize(
    "name", [{"origin": "x", "media_id": "../../v1/users"}, {"origin": "a b", "media_id": "c"}, {}]
)
def test_a_change_that_names_no_media_is_refused(name):
    with pytest.raises(ValueError, match="name no media"):
        synapse.changed(name)


@pytest.mark.parametrize(
    "options",
    [
        {"hours": "3"},
        {"private": "perhaps"},
        {"write_back": "1"},
        {"reports": "yes"},
        {"scan_hours": "0"},
        {"private": "no"},
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(options):
    connector = {"system": "synapse", "name": "m", "platform": "M", "address": "http://x.example"}
    options = {"private": "yes"} | options

    with pytest.raises(Malformed):
        synapse.settings(config.read({"connector": connector, "options": options}))


# --- what is read ---------------------------------------------------------------------------------


def test_the_first_scan_only_learns_how_things_stand(matrix):
    assert matrix.counts() == {"state": 1}
    assert (matrix.drafts(), matrix.statements()) == ([], [])


@pytest.mark.parametrize("flag", ["locked", "suspended", "shadow_banned"])
def test_what_is_restricted_at_a_later_look_was_decided_and_what_is_free_again_is_lifted(
    matrix, server, flag
):
    server.set("bob", **{flag: True})
    matrix.ask(2)  # the second changes nothing
    [case] = matrix.statements()

    server.set("bob", **{flag: False})
    matrix.ask(2)

    assert matrix.statements() == [case]
    assert matrix.kinds(case).count("decision.lifted") == 1


def test_of_a_deactivated_account_a_person_is_asked_what_it_was(matrix, server):
    server.set("bob", deactivated=True)
    matrix.ask()

    [draft] = matrix.drafts()
    assert draft.words == {"state": "deactivated"}
    assert not [name for name in draft.decision if name.startswith("decision_")]
    asked = [call for call in server.calls if call.startswith("/_synapse/admin/v2/users/")]
    assert "/_synapse/admin/v2/users/%40bob%3Atest.local" in asked
    server.calls.clear()
    matrix.ask()
    assert not [call for call in server.calls if "bob" in call and "/v2/users/" in call]


def test_one_that_was_locked_before_is_followed_from_its_release_on(matrix, server):
    server.set("dan", locked=False)
    matrix.ask()
    assert matrix.statements() == []

    server.set("dan", locked=True)
    time.sleep(1.1)  # decisions are told apart by the second in which they were seen
    matrix.ask()

    assert len(matrix.statements()) == 1


def test_locked_and_suspended_are_two_decisions(matrix, server):
    server.set("bob", locked=True, suspended=True)
    matrix.ask()

    assert len(matrix.statements()) == 2


def test_a_report_not_long_before_is_shown_as_an_allegation_and_never_as_a_ground(matrix, server):
    server.report(3, "bob")
    server.report(2, "cem", at=time.time() - 9 * 86400)
    server.set("bob", deactivated=True)
    server.set("cem", deactivated=True)

    matrix.ask()

    found = {draft.look_at: draft for draft in matrix.drafts()}
    bob, cem = (found[f"deactivated {user(name)}"] for name in ("bob", "cem"))
    assert bob.allegation
    assert bob.words["reported"] == "yes"
    assert not cem.allegation
    assert not {"decision_ground", "source_type"} & bob.decision.keys()


def test_a_synapse_that_lists_the_reports_about_everybody_makes_nobody_reported(matrix, server):
    server.knows_senders = False
    server.report(3, "cem")
    server.report(2, "bob", at=time.time() - 9 * 86400)
    server.set("bob", deactivated=True)
    server.set("cem", deactivated=True)

    matrix.ask()

    found = {draft.look_at: draft.allegation for draft in matrix.drafts()}
    assert not found[f"deactivated {user('bob')}"]
    assert found[f"deactivated {user('cem')}"]


def test_a_room_that_is_blocked_and_whoever_blocked_it(matrix, server):
    room = server.add_room(1)
    server.add_room(2)
    server.block(room)
    matrix.ask(2)
    [case] = matrix.statements()

    server.block(room, on=False)
    matrix.ask()

    assert "decision.lifted" in matrix.kinds(case)


def test_rooms_that_move_up_while_a_list_is_read_are_read_all_the_same(matrix, server, monkeypatch):
    """Ten are deleted between two pages, so that those behind them come earlier in the list."""
    monkeypatch.setattr(synapse_source, "PAGES_A_TURN", 1)
    rooms = [server.add_room(number) for number in range(150)]
    matrix.ask(2)  # accounts, then the first page of rooms
    for room in rooms[:10]:
        del server.rooms[room]
    server.block(rooms[105])

    matrix.ask(2)

    assert len(matrix.statements()) == 1


def test_media_that_were_in_quarantine_before_are_no_decision_and_later_ones_are(tmp_path, server):
    before = server.add_media(1)
    server.quarantine(before)
    matrix = Matrix(new_node(tmp_path / "node"), server)
    with closing(matrix.journal):
        matrix.ask()
        assert matrix.statements() == []

        after = server.add_media(2)
        server.quarantine(after)
        server.quarantine(after)  # the list holds duplicates
        server.quarantine(before)
        matrix.ask(2)
        [case] = matrix.statements()
        server.quarantine(after, on=False)
        matrix.ask()

        assert "decision.lifted" in matrix.kinds(case)


def test_what_left_quarantine_before_anybody_looked_is_no_decision(matrix, server):
    name = server.add_media(1)
    server.quarantine(name)
    server.quarantine(name, on=False)
    gone = server.add_media(2)
    server.quarantine(gone)
    del server.media[gone]

    matrix.ask()

    assert (matrix.statements(), matrix.drafts()) == ([], [])
    assert matrix.connection.why == ""


def test_media_of_another_server_are_left_out(matrix, server):
    server.quarantine(server.add_media(1, origin="elsewhere.example"))

    matrix.ask()

    assert (matrix.statements(), matrix.counts()) == ([], {"state": 1})


def test_a_server_that_was_put_back_to_an_earlier_day_is_learned_anew(matrix, server):
    for number in range(5):
        server.quarantine(server.add_media(number))
    matrix.ask()
    assert len(matrix.statements()) == 5
    server.changed = server.changed[:2]

    matrix.ask(3)
    assert matrix.connection.why == ""
    assert len(matrix.statements()) == 5

    server.quarantine(server.add_media(9))
    matrix.ask()
    assert len(matrix.statements()) == 6


def test_an_older_synapse_without_a_list_of_quarantine_is_read_without_it(matrix, server):
    server.has_changes = False
    server.set("bob", locked=True)

    matrix.ask()

    assert len(matrix.statements()) == 1
    assert matrix.connection.why == ""


def test_reports_are_notices_only_where_somebody_has_said_so(matrix, server):
    server.report(2, "bob")
    matrix.ask()

    assert "counted" not in matrix.counts()


def test_reports_that_come_in_are_counted_once_also_when_older_ones_are_deleted(
    tmp_path, server, monkeypatch
):
    monkeypatch.setattr(synapse_source, "PAGES_A_TURN", 2)
    server.report(2, "bob")
    matrix = Matrix(new_node(tmp_path / "node"), server, reports="notices")
    with closing(matrix.journal):
        matrix.ask()
        assert "counted" not in matrix.counts()  # from before the connection

        for number in range(3, 503):
            server.report(number, "bob")
        server.report(3, "cem", what="user_reports")
        del server.reports[0]
        matrix.ask(5)
        assert matrix.counts()["counted"] == 501

        server.report(900, "bob")
        matrix.ask(2)
        assert matrix.counts()["counted"] == 502
        assert b"Calle Luna" not in matrix.kept()


def test_lists_are_read_page_by_page_and_gone_on_with_after_a_crash(matrix, server, monkeypatch):
    monkeypatch.setattr(synapse_source, "PAGES_A_TURN", 1)
    for number in range(250):
        server.add(f"n{number}")
        server.set(f"n{number}", locked=number % 50 == 0)

    matrix.ask()
    assert 0 < len(matrix.statements()) < 5
    matrix.ask(3)

    assert len(matrix.statements()) == 5


def test_a_slow_server_leaves_the_other_sources_their_turns_and_is_read_all_the_same(
    matrix, server, monkeypatch
):
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0.0)
    room = server.add_room(1)
    server.block(room)
    server.set("cem", locked=True)
    server.calls.clear()

    matrix.ask()
    by_itself = [call for call in server.calls if "/v2/users/" in call or call.endswith("/block")]
    assert len(by_itself) == 1
    matrix.ask(6)

    assert len(matrix.statements()) == 2


def test_media_of_a_slow_server_are_asked_about_in_several_turns_and_each_once(
    matrix, server, monkeypatch
):
    media = [server.add_media(number) for number in range(1, 5)]
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0.0)
    for name in media:
        server.quarantine(name)
    server.calls.clear()
    asked_about = lambda: [call for call in server.calls if "/v1/media/t" in call]  # noqa: E731

    matrix.ask()
    assert len(asked_about()) == 1
    matrix.ask(2)
    assert len(asked_about()) == 3
    server.quarantine(server.add_media(9))  # the list grows while its page is half read
    matrix.ask(6)

    assert len(asked_about()) == 5
    assert matrix.counts()["stated"] == 5


def test_what_was_noted_on_a_slow_server_is_looked_at_in_several_turns(matrix, server, monkeypatch):
    monkeypatch.setattr(read_back_turn, "SECONDS_A_TURN", 0.0)
    for name in ("ana", "bob", "cem"):
        server.set(name, locked=True)
        with matrix.journal.transaction():
            poll_schedule.note(matrix.journal, matrix.connection, f"locked {user(name)}", 1)

    matrix.ask()
    assert len(matrix.statements()) == 1
    matrix.ask(2)
    assert len(matrix.statements()) == 3


def test_a_page_that_repeats_itself_comes_to_an_end(matrix, server):
    page = json.dumps({"users": [{"name": 1}], "total": 3, "next_token": "1"}).encode()
    changes = json.dumps({"changes": [], "next_batch": 1}).encode()
    server.faults += [Fault(200, changes)] + [Fault(200, page)] * 30
    server.calls.clear()

    matrix.ask()

    assert len([call for call in server.calls if "/v3/users?" in call]) == 3
    assert matrix.connection.refused == 1


def test_of_nobody_more_is_kept_than_the_name_of_whoever_is_decided_about(matrix, server):
    server.set("bob", locked=True)
    server.report(2, "bob")
    server.add_room(1)
    quarantined = server.add_media(1)
    server.quarantine(quarantined)
    matrix.ask()

    kept = matrix.kept()

    assert user("bob").encode() in kept  # beside its case, so that it can be read back
    others = (b"mail.example", b"Rosario", b"secret-login", b"Calle Luna", b"holiday", b"Anonymous")
    for private in (*others, b"@dan", b"@ana", b"@cem", b"@eve"):
        assert private not in kept


def test_whoever_is_free_again_before_any_decision_leaves_no_name(matrix, server):
    server.set("dan", locked=False)
    matrix.ask()

    assert b"@dan" not in matrix.kept()


# --- when it does not answer ----------------------------------------------------------------------


def test_an_expired_token_is_said_in_words_and_a_new_one_goes_on(matrix, server):
    server.token = "new"
    matrix.ask()
    assert "does not accept the token" in matrix.connection.why

    matrix.give("new")
    server.set("bob", locked=True)
    matrix.ask()

    assert matrix.connection.why == ""
    assert len(matrix.statements()) == 1


def test_whoever_is_no_administrator_is_found_before_anything_begins(matrix, server):
    server.is_admin = False

    with pytest.raises(Denied), closing(Synapse(matrix.connection, "t0ken")) as there:
        there.check()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, b"oops"),
        Fault(400, b"{}"),
        Fault(200, b"<html>hello"),
        Fault(200, b"[]"),
        Fault(200, b'{"changes": 3, "next_batch": 1}'),
        Fault(200, b'{"changes": [], "next_batch": "x"}'),
        Fault(200, b"[" * 100_000),
        Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
        Fault(200, b"[]", flood=300 << 20),
    ],
)
def test_what_is_no_answer_is_said_and_the_next_turn_goes_on(tmp_path, server, fault):
    matrix = Matrix(new_node(tmp_path / "node"), server)
    with closing(matrix.journal):
        server.faults.append(fault)
        matrix.ask()
        assert matrix.connection.why

        matrix.ask()

        assert matrix.connection.why == ""
        assert matrix.counts() == {"state": 1}


def test_a_byte_a_second_ends_within_the_time_of_an_exchange(matrix, server, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.faults.append(Fault(drip=True))

    matrix.ask()

    assert "longer than 3 seconds" in matrix.connection.why


def test_a_rate_limit_is_waited_for_and_is_no_failure(matrix, server):
    server.faults.append(Fault(429, b'{"errcode": "M_LIMIT_EXCEEDED"}', {"retry-after": "77"}))

    matrix.ask()

    due = matrix.journal.db.execute("SELECT due FROM connector_poll").get
    assert 70 < due - time.time() < 80
    assert matrix.connection.why == ""


# --- read back, and carried out -------------------------------------------------------------------


def restrict(matrix, server, flag):
    """The case of something that is restricted, and whether it still is."""
    if flag == "blocked":
        room = server.add_room(1)
        server.block(room)
    elif flag == "quarantined":
        media = server.add_media(1)
        server.quarantine(media)
    else:
        server.set("bob", **{flag: True})
    matrix.ask()
    is_on = {
        "blocked": lambda: room in server.blocks,
        "quarantined": lambda: server.media[media]["quarantined_by"] is not None,
    }.get(flag, lambda: server.accounts[user("bob")][flag])
    return matrix.statements()[-1], is_on


@pytest.mark.parametrize(
    ("flag", "step", "call"),
    [
        ("locked", "restore_account", "PUT /_synapse/admin/v2/users/%40bob%3Atest.local"),
        ("suspended", "restore_service", "PUT /_synapse/admin/v1/suspend/%40bob%3Atest.local"),
        ("shadow_banned", "restore_visibility",
         "DELETE /_synapse/admin/v1/users/%40bob%3Atest.local/shadow_ban"),
        ("quarantined", "restore_content",
         "POST /_synapse/admin/v1/media/unquarantine/test.local/media1"),
        ("blocked", "restore_visibility",
         "PUT /_synapse/admin/v1/rooms/%21room1%3Atest.local/block"),
    ],
)  # fmt: skip
def test_an_order_is_carried_out_once_and_read_back_at_once(matrix, server, flag, step, call):
    case, is_on = restrict(matrix, server, flag)
    matrix.order(case, step)

    matrix.ask(2)

    assert not is_on()
    assert [made for made in server.calls if not made.startswith("/")] == [call]
    kinds = matrix.kinds(case)
    assert kinds[kinds.index("remedy.ordered") + 1 :][:3] == [
        *("remedy.claimed", "remedy.seen", "remedy.verified")
    ]


def test_nothing_is_carried_out_unless_somebody_has_switched_it_on(matrix, server):
    matrix.switch("no")
    case, is_on = restrict(matrix, server, "locked")
    matrix.order(case, "restore_account")

    matrix.ask()

    assert is_on()
    assert matrix.remedy(case) == "sent"


def test_an_account_that_was_deactivated_is_given_back_by_a_person_and_seen(matrix, server):
    rule = {"when": {"state": "deactivated"}, "then": THEN | {
        "decision_account": "DECISION_ACCOUNT_TERMINATED"}}  # fmt: skip
    matrix.form["rule"] = [*RULES, rule]
    matrix.switch("yes")
    server.set("bob", deactivated=True)
    matrix.ask()
    [case] = matrix.statements()
    matrix.order(case, "restore_account")

    matrix.ask()
    assert (matrix.held(), matrix.remedy(case)) == (["steps"], "sent")
    assert not [call for call in server.calls if not call.startswith("/")]

    with closing(Synapse(matrix.connection, "t0ken")) as there:
        server.set("bob", deactivated=False)
        seen = there.look(f"deactivated {user('bob')}")
        assert seen == Seen((), is_over=True, shows={"restore_account"})


def test_what_the_platform_locks_again_is_a_new_fact_and_nothing_is_called(matrix, server):
    case, _ = restrict(matrix, server, "locked")
    matrix.order(case, "restore_account")
    matrix.ask()
    server.set("bob", locked=True)
    server.calls.clear()

    matrix.later(days=1)
    matrix.ask()

    assert matrix.kinds(case)[-2:] == ["remedy.seen", "remedy.reverted"]
    assert not [call for call in server.calls if not call.startswith("/")]


def test_another_restriction_of_the_same_account_is_seen_and_nothing_is_verified(matrix, server):
    case, _ = restrict(matrix, server, "locked")
    server.set("bob", suspended=True)
    matrix.order(case, "restore_account")

    matrix.ask()

    assert matrix.remedy(case) == "claimed"


def test_a_server_that_says_yes_and_does_nothing_is_not_believed(matrix, server):
    server.is_deaf = True
    case, _ = restrict(matrix, server, "suspended")
    matrix.order(case, "restore_service")

    matrix.ask()

    assert matrix.remedy(case) == "sent"
    assert "nothing has changed there" in matrix.connection.why


def test_what_is_gone_is_a_matter_for_a_person(matrix, server):
    case, _ = restrict(matrix, server, "quarantined")
    matrix.order(case, "restore_content")
    server.media.clear()

    matrix.ask()

    assert (matrix.held(), matrix.remedy(case)) == (["gone"], "sent")


def test_of_an_interface_that_is_closed_it_is_not_said_that_everything_is_gone(matrix, server):
    case, _ = restrict(matrix, server, "locked")
    matrix.order(case, "restore_account")
    server.is_closed = True

    with closing(Synapse(matrix.connection, "t0ken")) as there:
        with pytest.raises(Unavailable):
            there.look(f"locked {user('bob')}")
        server.is_closed = False
        assert there.look(f"locked {user('nobody')}").in_force == ("gone",)


# --- the guide ------------------------------------------------------------------------------------


def test_the_guide_is_followed_from_the_first_command_to_a_draft(tmp_path, server):
    node = new_node(tmp_path / "node")
    with closing(Journal(open_node(node.folder).journal)) as journal:
        platforms.add(journal, "Matrix", Profile())
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    words = ("connect", "synapse", "--platform", "Matrix", "--address", server.url)
    words = (*words, "--token-file", token, "--data", node.folder)
    refused = run(*words, cwd=tmp_path, check=False)
    assert "begins with https://" in refused.stderr
    file = tmp_path / "synapse-127.0.0.1.connect.toml"
    text = file.read_text().replace("# private", "private").replace("# write_back", "write_back")
    file.write_text(text)

    server.is_admin = False
    assert "may not do this" in run(*words, cwd=tmp_path, check=False).stderr
    server.is_admin = True
    server.quarantine(server.add_media(1))
    tried = run(*words, cwd=tmp_path)
    assert "2 records: 2 restriction" in tried.stdout
    assert not [call for call in server.calls if call.startswith("POST")]

    token.write_text("better")
    server.token = "better"
    name = "synapse-127.0.0.1"
    run("connect", "secret", name, "--token-file", token, "--data", node.folder)
    run("connect", "start", name, "--data", node.folder)
    with closing(Journal(node.journal)) as journal:
        for locked in (False, True):
            server.set("bob", deactivated=locked)
            journal.db.execute("UPDATE connector_poll SET due = 0, held_till = 0")
            journal.db.execute(
                """UPDATE connector SET position = replace(position, 'ended', 'x')"""
            )
            polling_thread.ask(node, journal, connections.find(journal, name))
        [group] = drafts.groups(journal, connections.find(journal, name).id)
    assert group.words == {"state": "deactivated"}
