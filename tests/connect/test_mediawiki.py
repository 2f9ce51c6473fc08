"""A wiki's public log: what was decided goes on the record once, in order, and without gossip."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect.polled import Polled
from tests.mediawiki_stand_in import MediaWikiStandIn
from tests.source_stand_in import Fault

from amparo.case import events
from amparo.case.read_back import Seen
from amparo.connectors import mediawiki
from amparo.connectors.mediawiki import Settings
from amparo.ledger.case import casework
from amparo.ledger.connect import asking, connections, mediawiki_source, poll_schedule
from amparo.storage.journal import Journal

DAY = "2026-11-20T12:00:0{}Z".format
RULES = [
    {
        "when": {"reason": "Vandalism"},
        "then": {
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": "Vandalism",
            "incompatible_content_explanation": "Edits that damage articles are not allowed.",
            "decision_facts": "The account damaged articles.",
            "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
            "content_date": "2026-11-20",
            "content_type": ["CONTENT_TYPE_TEXT"],
            "source_type": "SOURCE_VOLUNTARY",
            "automated_detection": "No",
        },
    }
]


class Wiki(Polled):
    """A node that follows a wiki."""

    def __init__(self, node, server, address, **options):
        form = {
            "connector": {
                "system": "mediawiki",
                "name": "wiki",
                "platform": "Wiki",
                "instance": "wiki.example",
                "address": address,
            },
            "options": {
                "private": "yes",
                "since": "2026-11-01",
                "reasons": "Vandalism; Spam",
                "bots": "CleanerBot",
                **options,
            },
            "rule": RULES,
        }
        super().__init__(node, server, form)


@pytest.fixture
def server():
    with closing(MediaWikiStandIn()) as one:
        yield one


@pytest.fixture
def wiki(tmp_path, server):
    made = Wiki(new_node(tmp_path / "node"), server, f"{server.url}/w/api.php")
    with closing(made.journal):
        yield made


# --- read back ------------------------------------------------------------------------------------


def claimed(wiki, case, step):
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=(step,), outcome="reversed")
    said = events.RemedyClaimed(now, "platform:wiki", result="implemented", reasons="")
    casework.act(wiki.journal, case, lambda _: [ordered, said])


@pytest.mark.parametrize(
    ("there", "remedy", "saw"),
    [
        ({"pageid": 7, "protection": []}, "verified", ()),
        ({"missing": True}, "disputed", ("deleted",)),
        ({"pageid": 7, "protection": [{"type": "edit"}]}, "claimed", ("protected",)),
    ],
)
def test_whether_a_page_is_there_again_is_seen_by_its_number(wiki, server, there, remedy, saw):
    server.log("delete/delete", "Spam page", DAY(1))
    wiki.ask()
    [case] = wiki.statements()
    claimed(wiki, case, "restore_content")
    server.pages[7] = there

    wiki.ask()

    file = casework.read(wiki.journal, case)
    assert (file.case.remedy, file.last(events.RemedySeen).saw) == (remedy, saw)


def test_a_hidden_revision_a_protection_and_what_is_gone_are_seen_and_a_block_is_not(wiki, server):
    with closing(mediawiki_source.MediaWiki(wiki.connection)) as there:
        server.revisions[5] = {"revid": 5, "sha1hidden": True}
        assert there.look("hidden 5") == Seen(("hidden",), is_over=False, shows={"restore_content"})
        server.revisions[5] = {"revid": 5, "sha1": "x"}
        assert there.look("hidden 5") == Seen((), is_over=True, shows={"restore_content"})
        assert there.look("hidden 6") == Seen(("gone",), is_over=False, shows={"restore_content"})
        server.pages[7] = {"pageid": 7, "protection": [{"type": "edit"}]}
        assert there.look("protected 7") == Seen(
            ("protected",), is_over=False, shows={"restore_visibility"}
        )
        assert there.look("protected 8") == Seen(
            ("gone",), is_over=False, shows={"restore_visibility"}
        )
    [block], [hidden, _] = entry(), entry(base=HIDING)
    assert (block.look_at, hidden.look_at) == ("", "4")


@pytest.mark.parametrize("subject", ["hidden 6", "deleted 7", "protected 7"])
@pytest.mark.parametrize("query", [{}, {"pages": []}, {"pages": ["x"]}])
def test_an_answer_without_the_page_says_nothing_of_it(subject, query):
    """Not that it is deleted: that would be told to a person as a remedy undone."""
    with pytest.raises(ValueError, match="nothing of the page"):
        mediawiki.in_force(subject, query)


# --- what an entry says ---------------------------------------------------------------------------

ENTRY = {
    "logid": 5,
    "ns": 2,
    "title": "User:Bob2",
    "params": {"duration": "3 days", "flags": ["nocreate"], "sitewide": True,
               "expiry": "2026-12-03T09:21:08Z"},
    "type": "block",
    "action": "block",
    "user": "Admin",
    "timestamp": "2026-11-30T09:21:08Z",
    "comment": "Vandalism: of [[Lima]]",
}  # fmt: skip
"""As a MediaWiki 1.39.17 gave it."""
HIDING = {
    "logid": 7,
    "title": "Other",
    "params": {"type": "revision", "ids": [4, 5], "old": {"content": False},
               "new": {"bitmask": 3, "content": True, "comment": True, "user": False}},
    "type": "delete",
    "action": "revision",
    "timestamp": "2026-11-30T09:21:09Z",
}  # fmt: skip


def entry(of=Settings(), base=ENTRY, **changes):  # noqa: B008
    body = {key: value for key, value in (base | changes).items() if value is not None}
    return mediawiki.records(body, of, lambda name: f"<{len(name)}>")


def test_a_block_says_since_when_and_until_when_and_by_whom():
    [found] = entry()

    assert (found.kind, found.at, found.until) == (
        "state",
        ENTRY["timestamp"],
        "2026-12-03T09:21:08Z",
    )
    assert found.states["blocked"] == {
        "decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION",
        "end_date_service_restriction": "2026-12-03",
    }
    assert found.decided_by == ("Admin",)
    assert "automated_decision" not in found.decision  # nobody has said which are programs


def test_what_has_no_end_in_the_log_has_none_here():
    for expiry in (None, "infinite", "infinity", "indefinite", "never", 7):
        params = ENTRY["params"] | {"expiry": expiry}
        [found] = entry(params=params)
        assert found.until == ""


def test_a_free_text_is_no_word_for_rules_and_no_fact_without_a_person():
    [found] = entry(Settings(reasons=("Spam", "Vandalism")))

    assert found.words == {"action": "block/block", "reason": "Vandalism"}
    assert found.suggested["decision_facts"] == "Vandalism: of [[Lima]]"
    assert "decision_facts" not in found.decision


def test_programs_decide_alone_only_by_the_operators_word():
    [bot] = entry(Settings(bots=frozenset({"Admin"})))
    [person] = entry(Settings(bots=frozenset()))
    [hidden] = entry(Settings(bots=frozenset()), user=None, userhidden=True)

    assert bot.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert bot.decided_by == ()
    assert person.decision["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert "automated_decision" not in hidden.decision
    assert hidden.decided_by == ()


def test_each_revision_that_is_hidden_is_content_that_is_disabled_and_can_be_shown_again():
    hidden = entry(base=HIDING)
    params = HIDING["params"] | {"new": {"content": False}}
    shown = entry(base=HIDING, params=params)

    assert [one.native_id for one in hidden] == ["revision <1>", "revision <1>"]
    assert all(one.states["hidden"]["decision_visibility"] for one in hidden)
    assert [one.states for one in shown] == [{"hidden": None}, {"hidden": None}]


@pytest.mark.parametrize("action", ["delete_redir", "event"])
def test_what_a_move_brings_along_and_what_is_hidden_of_the_log_is_no_decision(action):
    [found] = entry(type="delete", action=action)

    assert found.kind == "no_action"


@pytest.mark.parametrize(
    "changes",
    [{"title": None, "actionhidden": True}, {"action": "liftoff"}, {"title": None}],
)
def test_a_hidden_target_and_an_unknown_word_are_asked_about(changes):
    [found] = entry(**changes)

    assert (found.kind, found.native_id) == ("unknown", "log:5")


@pytest.mark.parametrize(
    "changes",
    [{"logid": None}, {"logid": "5"}, {"logid": True}, {"timestamp": "soon"}, {"timestamp": None}],
)
def test_what_is_no_entry_is_refused(changes):
    with pytest.raises(ValueError, match=r"number|moment"):
        entry(**changes)


def test_an_edit_that_a_filter_stopped_was_not_published_by_a_machine():
    found = mediawiki.hit(
        {"id": 3, "filter_id": "12", "result": "disallow", "timestamp": ENTRY["timestamp"]}
    )

    assert found.kind == "restriction"
    assert found.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
    assert found.words == {"action": "disallow", "filter": "12"}
    for result, kind in (("warn", "warning"), ("tag", "no_action"), ("", "no_action")):
        body = {"id": 3, "result": result, "timestamp": ENTRY["timestamp"]}
        assert mediawiki.hit(body).kind == kind


# --- what is read ---------------------------------------------------------------------------------


def test_a_block_is_a_statement_by_a_rule_and_its_lifting_is_told(wiki, server):
    server.block("User:Bob2", DAY(1))
    wiki.ask()
    [case] = wiki.statements()

    server.log("block/unblock", "User:Bob2", DAY(2), comment="appeal granted")
    wiki.ask(3)

    assert wiki.statements() == [case]
    assert wiki.kinds(case).count("decision.lifted") == 1


def test_the_same_log_again_changes_nothing_also_from_its_beginning(wiki, server):
    for number in range(5):
        server.block(f"User:U{number}", DAY(number))
    server.log("delete/delete", "Bad page", DAY(3))
    wiki.ask()
    before = wiki.statements()

    wiki.journal.db.execute("UPDATE connector SET position = ''")
    wiki.ask(2)

    assert wiki.statements() == before
    assert len(before) == 6


def test_another_end_takes_the_place_of_the_one_before(wiki, server):
    server.block("User:Bob2", DAY(1), "2026-12-01T00:00:00Z")
    server.log("block/reblock", "User:Bob2", DAY(2), params={"expiry": "2027-02-01T00:00:00Z"})
    wiki.ask()

    first, second = wiki.statements()
    assert "decision.lifted" in wiki.kinds(first)
    assert "decision.lifted" not in wiki.kinds(second)


def test_a_block_that_ended_by_itself_and_a_new_one_are_two_decisions(wiki, server):
    server.block("User:Bob2", DAY(1), DAY(2))
    server.block("User:Bob2", DAY(5), "2026-12-01T00:00:00Z")
    wiki.ask()

    first, _ = wiki.statements()
    assert "decision.lifted" not in wiki.kinds(first)


def test_an_end_of_what_began_before_the_first_day_is_nothing(wiki, server):
    server.log("block/unblock", "User:Bob2", DAY(1))
    server.log("delete/restore", "Page", DAY(1))
    wiki.ask()

    assert wiki.statements() == []
    assert wiki.drafts() == []


def test_gaps_pages_and_many_entries_of_one_second_are_read_to_the_end(wiki, server, monkeypatch):
    monkeypatch.setattr(mediawiki_source, "PAGES_A_TURN", 2)
    server.page = 3
    for number in range(20):
        server.block(f"User:U{number}", DAY(1))
        server.entries[-1]["logid"] += 1000 * number

    wiki.ask(8)

    assert len(wiki.statements()) == 20


def test_an_entry_that_comes_late_into_the_log_is_read_all_the_same(wiki, server):
    server.block("User:A", DAY(5))
    wiki.ask()
    server.block("User:B", DAY(1))

    wiki.ask()

    assert len(wiki.statements()) == 2


def test_hits_of_filters_are_read_where_there_is_such_a_log(wiki, server):
    wiki.ask()
    assert wiki.connection.why == ""
    server.hits = [
        {"id": 1, "filter_id": "12", "result": "disallow", "timestamp": DAY(1)},
        {"id": 2, "filter_id": "", "result": "tag", "timestamp": DAY(2)},
    ]

    wiki.ask(2)

    [draft] = wiki.drafts()
    assert draft.words == {"action": "disallow", "filter": "12"}


def test_what_cannot_be_read_is_named_by_its_number_and_the_others_go_on(wiki, server):
    server.block("User:A", DAY(1))
    server.log("delete/revision", "Page", DAY(2), params={"type": "revision"})
    server.block("User:B", DAY(3))
    wiki.ask()

    assert len(wiki.statements()) == 2
    [(place, _, _)] = connections.refusals(wiki.journal, wiki.connection.id)
    assert place == "log entry 2"


@pytest.mark.parametrize(
    ("wrong", "statements", "refused"),
    [
        ({"name": "block/block", "comment": "half a sign: \ud800"}, 1, 1),
        ({"name": "protect/protect", "params": {"details": 5}}, 2, 0),
    ],
)
def test_one_entry_of_another_form_keeps_no_other_out(wiki, server, wrong, statements, refused):
    server.log(title="User:A", at=DAY(1), **wrong)
    server.block("User:B", DAY(3))
    wiki.ask()

    assert (len(wiki.statements()), wiki.connection.refused) == (statements, refused)
    assert wiki.connection.failed_at == 0


def test_why_something_was_lifted_is_free_text_too_and_is_not_kept(wiki, server):
    server.block("User:A", DAY(1))
    server.log("block/unblock", "User:A", DAY(3), comment="Jane Doe of Lima asked for it")
    wiki.ask()
    wiki.journal.db.empty_traces()

    [case] = wiki.statements()
    assert wiki.kinds(case)[-1] == "decision.lifted"
    kept = bytes_below(wiki.node.folder)
    assert b"Jane Doe" not in kept


def test_what_is_read_again_and_refused_again_is_counted_once(wiki, server):
    """The end of the log is read at each turn, whether something has come or not."""
    server.log("delete/revision", "Page", DAY(2), params={"type": "revision"})
    wiki.ask(3)

    assert wiki.connection.refused == 1
    assert len(connections.refusals(wiki.journal, wiki.connection.id)) == 1


def test_an_entry_of_a_time_to_come_is_refused_and_keeps_no_other_out(wiki, server):
    server.block("User:A", "2031-01-01T00:00:00Z")
    wiki.ask()
    server.block("User:B", DAY(3))
    wiki.ask()

    assert len(wiki.statements()) == 1
    [(place, why, _)] = connections.refusals(wiki.journal, wiki.connection.id)
    assert (place, why) == ("an entry of 2031-01-01T00:00:00Z", "its moment is still to come")


def test_of_whom_it_is_about_no_name_stays_once_nobody_is_asked_any_more(wiki, server):
    server.block("User:Rosario Quispe", DAY(1), comment="Vandalism, like Carlos Mamani")
    server.block("User:192.0.2.77", DAY(2))
    server.log("delete/delete", "Talk:Rosario Quispe", DAY(3))
    server.log("block/unblock", "User:Rosario Quispe", DAY(4), comment="")
    server.hits = [{"id": 1, "filter_id": "1", "result": "disallow", "timestamp": DAY(1),
                    "user": "Rosario Quispe", "title": "Lima"}]  # fmt: skip
    wiki.ask()
    assert len(wiki.statements()) == 3
    wiki.journal.db.empty_traces()

    kept = bytes_below(wiki.node.folder)

    assert b"Edits that damage articles" in kept  # so it would be found
    for name in (b"Quispe", b"Mamani", b"192.0.2.77", b"Lima"):
        assert name not in kept


# --- when it does not answer ----------------------------------------------------------------------


def due(wiki):
    return wiki.journal.db.execute("SELECT due FROM connector_poll").get - time.time()


def test_a_wiki_whose_copies_are_behind_is_left_alone_for_a_while(wiki, server):
    server.lag = 30
    server.block("User:A", DAY(1))
    wiki.ask()

    assert 3 < due(wiki) < 10
    assert wiki.connection.why == ""
    assert wiki.statements() == []
    server.lag = 0
    wiki.ask()
    assert len(wiki.statements()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(200, json.dumps({"error": {"code": "readapidenied"}}).encode()),
        Fault(200, json.dumps({"error": {"code": "internal_api_error"}}).encode()),
        Fault(200, b'{"error": "x"}'),
        Fault(200, b'{"query": {"logevents": 7}}'),
        Fault(200, b"[]"),
        Fault(200, b"<html>"),
        Fault(503, b"x"),
        Fault(200, b"{}", flood=300 << 20),
        Fault(drip=True),
    ],
)
def test_what_is_no_answer_is_said_and_loses_nothing(wiki, server, monkeypatch, fault):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.block("User:A", DAY(1))
    server.faults.append(fault)
    wiki.ask()
    assert wiki.connection.why

    wiki.ask()

    assert wiki.connection.why == ""
    assert len(wiki.statements()) == 1


def form_with(connection, address, **options):
    changed = msgspec.structs.replace(connection.config.connector, address=address)
    return msgspec.structs.replace(connection.config, connector=changed, options=options)


def poll(wiki):
    """(when it is asked next, who asks it, how often it has failed)."""
    query = "SELECT due, held_till, failures FROM connector_poll"
    return wiki.journal.db.execute(query).fetchone()


def test_a_wiki_whose_name_leads_inside_by_now_is_told_and_asked_again_later(wiki):
    """Names change where they lead; what was public yesterday may be a private address today."""
    inside = form_with(wiki.connection, "https://127.0.0.1:1/w/api.php", since="2026-11-01")
    connections.add(wiki.journal, inside, now=1)
    wiki.ask()

    assert "leads into a private network" in wiki.connection.why
    due, _, failures = poll(wiki)
    assert (failures, due > time.time() + 20) == (1, True)


def test_a_mistake_in_reading_one_source_leaves_the_others_alone(wiki, monkeypatch, caplog):
    def mistaken(*_):
        raise TypeError("Bob2 of Lima")

    monkeypatch.setattr(mediawiki, "records", mistaken)
    wiki.server.block("User:B", DAY(3))
    wiki.ask()

    assert wiki.connection.why == "It is not read well here: TypeError."
    assert (poll(wiki)[1:], "Traceback" in caplog.text) == ((0, 1), True)


def test_of_a_wiki_that_is_removed_while_it_is_asked_nothing_stays(wiki, server, monkeypatch):
    """The next connection gets its number."""
    connection = wiki.connection
    right = server.answer

    def removing(path, token):
        with closing(Journal(wiki.node.journal)) as journal:
            if connections.every(journal):
                connections.remove(wiki.node, journal, connection)
        return right(path, token)

    monkeypatch.setattr(server, "answer", removing)
    server.block("User:A", DAY(1))
    wiki.ask()
    with wiki.journal.transaction():
        poll_schedule.note(wiki.journal, connection, "7", 1)

    assert [wiki.journal.db.execute(f"SELECT count(*) FROM {table}").get for table in OF_ONE] == [
        *[0] * len(OF_ONE)
    ]


OF_ONE = ("connector", "connector_item", "connector_poll", "connector_look", "connector_refusal")


def test_a_log_that_goes_on_where_it_is_ends(wiki, server):
    page = {"query": {"logevents": []}, "continue": {"lecontinue": "same"}}
    server.faults += [Fault(200, json.dumps(page).encode())] * 50

    wiki.ask()

    assert len(server.calls) < 20


# --- the guide ------------------------------------------------------------------------------------


def test_the_guide_tries_the_last_180_days_and_puts_nothing_on_the_record(tmp_path, server):
    data = tmp_path / "node"
    node = new_node(data)
    run("platform", "add", "Wiki", "--data", data)
    now = datetime.now(UTC)
    moments = [(now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ") for days in (300, 9, 2)]
    for number, at in enumerate(moments):
        server.block(f"User:U{number}", at)
    server.log("block/unblock", "User:U1", moments[2])
    words = ("connect", "mediawiki", "--platform", "Wiki", "--data", data)
    address = f"{server.url}/w/api.php"
    refused = run(*words, "--address", address, cwd=tmp_path, check=False)
    assert "begins with https://" in refused.stderr

    file = tmp_path / "mediawiki-127.0.0.1.connect.toml"
    text = file.read_text()
    file.write_text(text[: text.index("[options]")] + '[options]\nprivate = "yes"\n')
    tried = run(*words, "--address", address, cwd=tmp_path).stdout

    assert "2 restriction" in tried
    assert "1 reversal" in tried
    run("connect", "start", "mediawiki-127.0.0.1", "--data", data)
    with closing(Journal(node.journal, read_only=True)) as journal:
        assert journal.newest_decisions(10) == []
