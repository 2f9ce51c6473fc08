"""A Lemmy: what its people decided goes on the record once, in order, and without gossip."""

import json
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect.polled import Polled
from tests.connect.test_write_back import Writing
from tests.lemmy_stand_in import LemmyStandIn
from tests.source_stand_in import Fault

from amparo.case import events
from amparo.connectors import config, lemmy, lemmy_v3
from amparo.errors import Denied, Malformed, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import (
    asking,
    connections,
    lemmy_calls,
    lemmy_source,
    lemmy_v3_log,
    newest_first,
)
from amparo.ledger.connect.lemmy_calls import Lemmy

DAY = "2026-11-20T12:00:{:02}.250123Z".format
FAR = "2026-12-24T00:00:00Z"
THEN = {
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Rule 1",
    "incompatible_content_explanation": "Adverts are not allowed.",
    "decision_facts": "It was an advert.",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "No",
}
TEXT = THEN | {"content_type": ["CONTENT_TYPE_TEXT"]}
RULES = [
    {"when": {"action": "admin_ban", "reason": "Spam"}, "then": THEN},
    {"when": {"action": "mod_ban_from_community"}, "then": THEN},
    {"when": {"action": "admin_remove_community"}, "then": THEN},
    *(
        {"when": {"action": action}, "then": TEXT}
        for action in ("mod_remove_post", "mod_remove_comment", "mod_lock_post", "mod_lock_comment")
    ),
]


class Server(Writing, Polled):
    """A node that follows a Lemmy."""

    def __init__(self, node, server, **options):
        form = {
            "connector": {
                "system": "lemmy",
                "name": "links",
                "platform": "Links",
                "instance": "lemmy.example",
                "address": server.url,
            },
            "options": {
                "private": "yes",
                "since": "2026-11-01",
                "reasons": "Spam",
                "bots": "",
                **options,
            },
            "rule": RULES,
        }
        super().__init__(node, server, form)
        self.give(server.token)

    def give(self, token):
        connections.keep_secret(self.node, "links", token)

    def there(self):
        return closing(Lemmy(self.connection, self.server.token))

    def done(self):
        return [call for call in self.server.calls if call.startswith(("POST", "PUT"))]

    def counted(self):
        rows = self.journal.db.execute(
            "SELECT record FROM connector_item WHERE kind = 'notice' ORDER BY record"
        )
        return [json.loads(row[0]) for row in rows]

    def kept(self):
        """Every byte that the node keeps."""
        self.journal.db.empty_traces()
        return bytes_below(self.node.folder)


def peopled(version):
    one = LemmyStandIn(version)
    for number in range(17, 22):
        one.add(number)
    one.add(50, local=False)
    one.found(8, local=False)
    for number in range(1, 6):
        one.write(number)
    one.comment(4, post=1)
    return one


@pytest.fixture(params=[4, 3], ids=["v4", "v3"])
def server(request):
    with closing(peopled(request.param)) as one:
        yield one


@pytest.fixture
def new():
    """A server of 1.0, for what one before it does not have."""
    with closing(peopled(4)) as one:
        yield one


@pytest.fixture
def old():
    with closing(peopled(3)) as one:
        yield one


@pytest.fixture
def links(tmp_path, server):
    made = Server(new_node(tmp_path / "node"), server)
    with closing(made.journal):
        yield made


@pytest.fixture
def of_new(tmp_path, new):
    made = Server(new_node(tmp_path / "node"), new)
    with closing(made.journal):
        yield made


# --- what an entry says ---------------------------------------------------------------------------

OF = lemmy.Settings("https://lemmy.example", frozenset(), reasons=("Spam",))


def said(server, entry, of=OF, **changes):
    """What is read of an entry as either version answers it."""
    if server.version == 4:
        form = server._v4_entry(entry, shown=True)
    else:
        answered = json.loads(server._v3_log({"limit": "50"}, shown=True)[2])
        every = [one for listed in lemmy_v3.lists(answered).values() for one in listed]
        form = next(
            one
            for one in every
            if (one["modlog"]["kind"], one["modlog"]["id"]) == (entry["kind"], entry["listed"])
        )
    return lemmy.records(form | changes, of)


def test_a_ban_says_since_when_until_when_and_by_whom(server):
    [found] = said(server, server.ban(17, DAY(1), expires=FAR))

    assert (found.kind, found.native_id) == ("state", "suspended person 17")
    assert (found.at, found.version) == ("2026-11-20T12:00:01Z", DAY(1))
    assert found.states["suspended"] == {
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
        "end_date_account_restriction": "2026-12-24",
    }
    assert found.until == FAR
    assert found.decision["content_date"] == "2024-01-05"
    assert found.decision["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert found.decided_by == ("ana",)


@pytest.mark.parametrize(
    ("act", "name", "restriction"),
    [
        (lambda s: s.ban_from(7, 17, DAY(1)), "blocked member 7/17", "PARTIAL_SUSPENSION"),
        (lambda s: s.remove(1, DAY(1)), "taken_down post 1", "CONTENT_DISABLED"),
        (lambda s: s.remove_comment(4, DAY(1)), "taken_down comment 4", "CONTENT_DISABLED"),
        (lambda s: s.lock(1, DAY(1)), "locked post 1", "CONTENT_INTERACTION_RESTRICTED"),
        (
            lambda s: s.act_as("admin_remove_community", DAY(1), community=7),
            "taken_down community 7",
            "CONTENT_DISABLED",
        ),
    ],
)
def test_each_action_is_the_restriction_that_it_has_for_whoever_it_is_about(
    server, act, name, restriction
):
    [found] = said(server, act(server))

    assert found.native_id == name
    assert restriction in str(found.states)
    day = "2026-11-02" if name.split()[1] in ("post", "comment") else "2024-01-05"
    assert found.decision["content_date"] == day


def test_what_only_an_older_server_does(old):
    [found] = said(old, old.act_as("mod_hide_community", DAY(1), community=7))

    assert found.native_id == "hidden community 7"
    assert "CONTENT_DEMOTED" in str(found.states)


def test_what_only_a_newer_server_does(new):
    targets = {"comment": 4, "post": 1, "community": 7, "person": 17}
    [locked] = said(new, new.act_as("mod_lock_comment", DAY(1), **targets))
    [warned] = said(new, new.act_as("mod_warn_comment", DAY(2), **targets))
    [cut_off] = said(new, new.act_as("admin_block_instance", DAY(3), instance=9))

    assert "INTERACTION_RESTRICTED" in str(locked.states)
    assert (warned.kind, warned.decision, warned.suggested) == ("warning", {}, {})
    assert cut_off.states == {"cut_off": {}}  # a person says what that restricts
    assert cut_off.look_at == ""


@pytest.mark.parametrize(
    ("what", "restriction"),
    [
        ("person", "ACCOUNT_TERMINATED"),
        ("community", "CONTENT_REMOVED"),
        ("post", "CONTENT_REMOVED"),
        ("comment", "CONTENT_REMOVED"),
    ],
)
def test_what_is_purged_is_gone_for_good_and_each_time_it_is_another(server, what, restriction):
    kind = f"admin_purge_{what}"
    [first], [second] = (said(server, server.act_as(kind, DAY(n))) for n in (1, 2))

    assert first.kind == "restriction"
    assert restriction in str(first.decision)
    assert first.look_at == ""
    assert first.native_id != second.native_id


def test_the_reason_is_suggested_and_only_what_is_listed_of_it_is_a_word(server):
    [found] = said(server, server.ban(17, DAY(1)))
    [other] = said(server, server.ban(18, DAY(2), reason="Rosario again"))

    assert found.suggested == {"decision_facts": "Spam: shoes"}
    assert found.words == {"action": "admin_ban", "reason": "Spam", "account": "here"}
    assert "decision_facts" not in found.decision
    assert "reason" not in other.words


def test_what_lemmy_calls_a_bot_decides_by_itself_and_of_others_somebody_has_to_say_it(server):
    server.add(40, name="automod", bot=True)
    by_bot, by_ana = server.remove(1, DAY(1), by=40), server.remove(2, DAY(2))
    unsaid = OF._replace(bots=None)

    for of in (OF, unsaid):
        [found] = said(server, by_bot, of)
        assert found.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
        assert found.decided_by == ()
    assert "automated_decision" not in said(server, by_ana, unsaid)[0].decision
    [named] = said(server, by_ana, OF._replace(bots=frozenset({"ana"})))
    assert named.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"


def test_who_acts_on_what_is_their_own_restricts_nobody(server):
    server.write(9, by=2)

    assert said(server, server.lock(9, DAY(1))) == []
    assert said(server, server.remove(9, DAY(2))) == []


@pytest.mark.parametrize("kind", ["admin_add", "mod_add_to_community", "mod_transfer_community"])
def test_who_moderates_restricts_nobody(server, kind):
    if server.version == 4:
        assert said(server, server.act_as(kind, DAY(1), person=17, community=7)) == []


def test_a_word_that_is_not_known_is_asked_about(new):
    [found] = said(new, new.act_as("mod_mute_person", DAY(1), person=17))

    assert (found.kind, found.words) == ("unknown", {"action": "mod_mute_person"})
    assert found.suggested == {"decision_facts": "Spam: shoes"}


# --- whose decision it was ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "community", "is_ours"),
    [(2, 7, True), (2, 8, True), (50, 7, True), (50, 8, False)],
    ids=["here-here", "here-elsewhere", "elsewhere-here", "elsewhere-elsewhere"],
)
def test_it_is_decided_here_by_an_account_of_here_or_in_a_community_of_here(
    server, by, community, is_ours
):
    server.write(9, by=18, community=community)

    for entry in (
        server.remove(9, DAY(1), by=by),
        server.lock(9, DAY(2), by=by),
        server.ban_from(community, 18, DAY(3), by=by),
    ):
        assert bool(said(server, entry)) is is_ours


def test_what_another_server_does_with_its_own_accounts_is_its_own(server):
    assert said(server, server.ban(50, DAY(1), by=50)) == []
    assert said(server, server.act_as("admin_remove_community", DAY(2), community=8, by=50)) == []
    [found] = said(server, server.ban(50, DAY(3)))
    assert found.words["account"] == "elsewhere"


def test_a_moderator_of_elsewhere_is_known_by_a_number_alone(server):
    [found] = said(server, server.remove(1, DAY(1), by=50))

    assert found.decided_by == ("elsewhere:50",)


def test_what_another_server_takes_back_is_over_here_as_well(links, server):
    server.write(9, by=18, community=8)
    server.remove(9, DAY(1))
    links.ask()
    server.restore(9, DAY(2), by=50)
    server.remove(9, DAY(3), by=50)  # and that is theirs
    links.ask()

    [case] = links.statements()
    assert links.kinds(case).count("decision.lifted") == 1


def test_an_unban_at_home_lifts_a_ban_of_here_only_where_bans_are_one(links, server):
    """Before 1.0 an account is banned or not, whoever did it; then each server has its own bans."""
    server.ban(50, DAY(1))
    links.ask()
    server.unban(50, DAY(2), by=50)
    links.ask()

    [case] = links.statements()
    assert ("decision.lifted" in links.kinds(case)) is (server.version == 3)


def test_who_decided_has_to_be_said(new):
    entry = new._v4_entry(new.ban(17, DAY(1)), shown=False)

    with pytest.raises(ValueError, match="who decided"):
        lemmy.records(entry, OF)


@pytest.mark.parametrize(
    "changes",
    [
        {"modlog": None},
        {"modlog": {"kind": "admin_ban"}},
        {"modlog": {"kind": 7, "published_at": DAY(1)}},
        {"modlog": {"kind": "admin_ban", "published_at": "yesterday"}},
        {"modlog": {"kind": "admin_ban", "published_at": DAY(1), "is_revert": "no"}},
        {"target_person": None},
        {"target_person": {"id": "17"}},
        {"target_person": {"id": True}},
        {"target_person": {"id": -17}},
        {"target_person": {"id": 10**30}},
        {"moderator": {"local": "yes"}},
        {"moderator": []},
    ],
)
def test_an_entry_that_cannot_be_read_says_why(server, changes):
    entry = server.ban(17, DAY(1))

    with pytest.raises(ValueError, match=r"missing|does not say|neither true nor false"):
        said(server, entry, **changes)


@pytest.mark.parametrize("end", ["2400-01-01T00:00:00Z", "+262142-12-31T23:59:59Z"])
def test_an_end_that_is_centuries_away_is_none(server, end):
    """Another server's moderator can send any, and it has to go on the record all the same."""
    [found] = said(server, server.ban_from(7, 17, DAY(1), expires=end))

    assert found.until == ""
    assert found.states == {"blocked": lemmy.RESTRICTIONS["blocked"]}


def test_an_end_that_is_no_moment_is_refused(server):
    with pytest.raises(ValueError, match="no moment"):
        said(server, server.ban(17, DAY(1), expires="some day"))


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("since", "soon", "no day"),
        ("private", "perhaps", "neither yes nor no"),
        ("write_back", "perhaps", "neither yes nor no"),
        ("reports", "yes", "neither notices nor no"),
        ("users", "ana", "no option"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_the_name_of_its_option(name, value, why):
    form = {
        "connector": {"system": "lemmy", "name": "x", "platform": "X", "address": "https://x"},
        "options": {name: value},
    }
    with pytest.raises(Malformed, match=why):
        lemmy.settings(config.read(form))


# --- the log --------------------------------------------------------------------------------------


def test_decisions_go_on_the_record_and_what_is_taken_back_is_lifted(links, server):
    server.ban(17, DAY(1), expires=FAR)
    server.ban_from(7, 18, DAY(2))
    server.remove(3, DAY(3))
    server.remove_comment(4, DAY(4))
    server.lock(2, DAY(5))
    links.ask(2)
    assert links.counts() == {"stated": 5, "state": 5}

    server.unban(17, DAY(6))
    server.restore(3, DAY(7))
    links.ask(2)

    lifted = [links.kinds(case).count("decision.lifted") for case in links.statements()]
    assert lifted == [1, 0, 1, 0, 0]


def test_the_same_again_changes_nothing(links, server):
    server.ban(17, DAY(1))
    server.act_as("admin_purge_post", DAY(2))
    links.ask(3)

    assert len(links.statements()) == 1
    assert links.counts() == {"draft": 1, "state": 1, "stated": 1}


def test_removed_restored_and_removed_again_are_two_decisions(links, server):
    server.remove(3, DAY(1))
    links.ask()
    server.restore(3, DAY(2))
    server.remove(3, DAY(3))
    links.ask()

    first, second = links.statements()
    assert "decision.lifted" in links.kinds(first)
    assert "decision.lifted" not in links.kinds(second)


def test_a_lock_and_a_removal_of_one_post_are_two_decisions_in_any_order(links, server):
    server.lock(3, DAY(2))
    server.remove(3, DAY(1))
    links.ask(2)

    assert len(links.statements()) == 2


def test_a_ban_that_is_made_longer_takes_the_place_of_the_one_before(links, server):
    server.ban(17, DAY(1), expires=FAR)
    links.ask()
    server.ban(17, DAY(2))
    links.ask()

    first, second = links.statements()
    assert "decision.lifted" in links.kinds(first)
    assert "decision.lifted" not in links.kinds(second)


def test_a_ban_that_ended_by_itself_is_not_lifted_and_the_next_is_another(links, server):
    server.ban(17, DAY(1), expires=DAY(3))
    links.ask()
    server.unban(17, DAY(5))
    server.ban(17, DAY(6))
    links.ask()

    first, second = links.statements()
    for case in (first, second):
        assert "decision.lifted" not in links.kinds(case)


def test_what_goes_with_a_ban_is_a_decision_about_each_post(of_new, new):
    """The log's own pages leave such entries out, unless they are asked for."""
    ban = new.ban(17, DAY(1))
    for number in range(1, 4):
        new.remove(number, DAY(1 + number), parent=ban["id"])
    of_new.ask()

    assert len(of_new.statements()) == 4
    new.unban(17, DAY(9))
    of_new.ask()
    first, *others = of_new.statements()
    assert "decision.lifted" in of_new.kinds(first)
    assert not any("decision.lifted" in of_new.kinds(case) for case in others)


def at(number, hours=0):
    found = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=number, hours=hours)
    return found.isoformat(timespec="microseconds").replace("+00:00", "Z")


def removals(server, first, last, hours=0):
    for number in range(first, last):
        server.write(number)
        server.remove(number, at(number, hours))


def test_a_long_log_is_read_from_its_oldest_entry_on_however_often_it_stops(
    links, server, monkeypatch
):
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 2)
    server.ban(17, DAY(1))
    removals(server, 100, 470)
    server.unban(17, at(900))

    turns = 0
    whole = {"stated": 371, "state": 371, "lifted": 1}
    while links.counts() != whole:
        server.left = 6
        links.ask()
        turns += 1
        assert turns < 40, links.connection.why
        assert links.connection.why == ""

    assert turns > 3
    server.left = 100
    links.ask(3)
    assert links.counts() == whole


def test_what_is_logged_while_pages_are_read_moves_them_on_and_nothing_is_lost(
    links, server, monkeypatch
):
    """Between two pages comes more than a page holds, in one list; a little in another."""
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    removals(server, 100, 300)
    for step in range(8):
        links.ask()
        removals(server, 300 + step * 70, 370 + step * 70, hours=1)
        server.add(1000 + step)
        server.ban(1000 + step, at(step, hours=1))
    links.ask(60)

    assert links.counts() == {"stated": 768, "state": 768}


@pytest.mark.parametrize("number", [49, 50, 51, 100, 150])
@pytest.mark.parametrize("recovers", [True, False], ids=["recovers", "does not"])
def test_a_log_that_ends_with_a_full_page_is_read_to_its_end(links, server, number, recovers):
    """The page after it is empty, and only some servers say from there how to come back."""
    server.recovers = recovers
    removals(server, 100, 100 + number)
    links.ask()

    assert len(links.statements()) == number


def test_lists_that_reach_back_unequally_are_all_read_to_the_day(old, tmp_path):
    """A page is as many of each list, and one list's page may span a day, another's a year."""
    links = Server(new_node(tmp_path / "node"), old, since="2026-11-20")
    for number in range(60):
        old.add(2000 + number)
        old.ban(2000 + number, f"2026-10-01T00:00:{number:02}Z")
    removals(old, 100, 220)
    with closing(links.journal):
        links.ask(2)

        assert len(links.statements()) == 120


def test_what_is_older_than_all_that_is_shown_is_told_and_holds_nothing_up(
    old, tmp_path, monkeypatch
):
    """An older server shows 100 pages, and entries move beyond them while they are read."""
    monkeypatch.setattr(lemmy_v3_log, "LAST_PAGE", 3)
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    old.most_pages = 3
    removals(old, 100, 300)
    links = Server(new_node(tmp_path / "node"), old)
    with closing(links.journal):
        links.ask(3)
        removals(old, 300, 390, hours=1)
        links.ask(12)

        assert links.connection.why == ""
        assert links.connection.refused == 1
        [(_, why, _)] = connections.refusals(links.journal, links.connection.id)
        assert "not shown" in why
        # 150 of the first 200 were shown, and 40 of these had moved on before they were read.
        assert len(links.statements()) >= 200


@pytest.mark.parametrize("place", ["deleted", "unreadable"])
def test_a_place_that_is_not_known_there_any_more_is_found_again(of_new, new, monkeypatch, place):
    """Whatever is purged goes with its entries; and a newer version has other places."""
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    removals(new, 100, 260)
    of_new.ask(5)
    taken = len(of_new.statements())
    assert 0 < taken < 160
    if place == "deleted":
        gone = 160 - taken  # the entry that the place names
        del new.log[max(0, taken - 2) : taken + 2]
        assert gone
    else:
        text = json.dumps({"since": "2026-11-01T00:00:00Z", "page": "from before", "is_up": True})
        of_new.journal.db.execute("UPDATE connector SET position = ?", (text,))
    of_new.ask(12)

    assert of_new.connection.why == ""
    assert len(of_new.statements()) >= 158


def test_a_server_that_becomes_one_of_1_0_is_read_on_and_states_nothing_twice(
    links, server, monkeypatch
):
    """Numbers of the log are others then; what it tells of keeps its own, and its moments."""
    if server.version == 4:
        return
    monkeypatch.setattr(newest_first, "PAGES_A_TURN", 1)
    removals(server, 100, 260)
    server.ban(17, at(1000))
    links.ask(6)
    for number, entry in enumerate(server.log):
        entry["id"] = 9000 + number
    server.version = 4
    links.ask(12)

    assert links.connection.why == ""
    assert links.counts() == {"stated": 161, "state": 161}


def test_an_entry_of_a_time_that_is_still_to_come_is_refused_and_hides_nothing(links, server):
    server.ban(18, "2031-01-01T00:00:00.000Z")
    links.ask()
    server.ban(17, DAY(1))
    links.ask()

    assert len(links.statements()) == 1
    assert links.connection.refused == 1


def test_entries_that_cannot_be_read_cost_no_others(links, server):
    server.remove(2, DAY(1))
    server.ban(17, DAY(2), expires="some day")
    server.ban(18, DAY(3))
    links.ask(2)

    assert len(links.statements()) == 2
    assert links.connection.refused == 1


def test_without_a_day_only_what_is_decided_from_now_on_counts(tmp_path, server):
    server.ban(17, DAY(1))
    links = Server(new_node(tmp_path / "node"), server)
    options = {name: value for name, value in links.form["options"].items() if name != "since"}
    connections.add(links.journal, config.read(links.form | {"options": options}), now=1)
    with closing(links.journal):
        links.ask()
        server.ban(18, datetime.now(UTC).isoformat())
        links.ask()

        assert len(links.statements()) == 1


# --- reports --------------------------------------------------------------------------------------


def test_reports_are_counted_as_notices_with_what_became_of_them(tmp_path, server):
    links = Server(new_node(tmp_path / "node"), server, reports="notices")
    day = datetime.now(UTC).strftime("%Y-%m-%dT00:00:{:02}Z").format
    server.report(1, "post", 3, day(1))
    server.report(2, "comment", 4, day(2), resolved_at=day(9))
    server.report(3, "private_message", 5, day(3))
    with closing(links.journal):
        links.ask(2)
        assert links.counts() == {"counted": 3}

        server.reports[1] |= {"resolved": False, "updated_at": day(10)}  # it was opened again
        links.ask()
        assert "decided" not in {one["submitted"]: one for one in links.counted()}[day(2)]
        server.reports[1] |= {"resolved": True, "updated_at": day(11)}
        server.reports[0] |= {"resolved": True, "updated_at": day(30)}
        server.remove(3, day(20))
        links.ask(2)

        found = {one["submitted"]: one for one in links.counted()}
        assert found[day(1)]["decided"] == day(30)
        assert found[day(1)]["acted"] is True
        assert found[day(2)] == {"what": "notice", "submitted": day(2), "decided": day(11)}
        assert found[day(3)] == {"what": "notice", "submitted": day(3)}


def test_reports_of_many_pages_are_counted_once_and_old_ones_are_not(tmp_path, server):
    links = Server(new_node(tmp_path / "node"), server, reports="notices", since="2020-01-01")
    now = datetime.now(UTC)
    for number in range(130):
        moment = (now - timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
        server.report(number, "post", 3, moment)
    server.report(900, "post", 3, (now - timedelta(days=40)).isoformat())
    with closing(links.journal):
        links.ask(2)

        assert links.counts() == {"counted": 130}


def test_reports_are_only_read_where_that_is_wanted(links, server):
    server.report(1, "post", 3, DAY(1))
    links.ask()

    assert links.counts() == {}
    assert not [call for call in server.calls if "report" in call]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"post_report": {"id": 1, "resolved": False}},
        {"post_report": {"id": 1, "published_at": DAY(1)}},
        {"post_report": {"id": "1", "published_at": DAY(1), "resolved": False}},
    ],
)
def test_a_report_that_cannot_be_read_says_why(body):
    with pytest.raises(ValueError, match=r"missing|moment|neither true nor false|does not say"):
        lemmy.report("post", body)


# --- read back, and carried out -------------------------------------------------------------------


def call(server, path, path_v3=""):
    return f"/api/v{server.version}{path_v3 or path if server.version == 3 else path}"


@pytest.mark.parametrize(
    ("begin", "step", "paths"),
    [
        (lambda s: s.ban(17, DAY(1)), "restore_account", ("/admin/ban", "/user/ban")),
        (lambda s: s.ban_from(7, 17, DAY(1)), "restore_service", ("/community/ban_user",)),
        (lambda s: s.remove(3, DAY(1)), "restore_content", ("/post/remove",)),
        (lambda s: s.remove_comment(4, DAY(1)), "restore_content", ("/comment/remove",)),
        (lambda s: s.lock(3, DAY(1)), "restore_visibility", ("/post/lock",)),
        (
            lambda s: s.act_as("admin_remove_community", DAY(1), community=7),
            "restore_content",
            ("/community/remove",),
        ),
    ],
)
def test_an_order_is_carried_out_there_and_read_back_at_once(links, server, begin, step, paths):
    links.switch("yes")
    begin(server)
    links.ask()
    [case] = links.statements()
    links.order(case, step)

    links.ask(3)

    assert links.done() == [f"POST {call(server, *paths)}"]
    assert links.remedy(case) == "verified"
    assert casework.read(links.journal, case).last(events.RemedyClaimed).through == "lemmy.example"
    assert "decision.lifted" not in links.kinds(case)  # what its log says of that is our own


def test_what_is_written_in_the_public_log_names_neither_case_nor_complaint(links, server):
    links.switch("yes")
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    links.ask()

    assert server.log[-1]["reason"] == "The decision was reversed."
    assert str(case) not in server.sent[-1].decode()


def test_a_comment_in_a_post_that_is_removed_is_not_there_again(links, server):
    server.remove_comment(4, DAY(1))
    links.ask()
    [case] = links.statements()
    server.comments[4]["removed"] = False
    server.posts[1]["removed"] = True
    now = casework.now()
    ordered = events.RemedyOrdered(now, "node", steps=("restore_content",), outcome="reversed")
    claimed = events.RemedyClaimed(now, "platform:links", result="implemented", reasons="")
    casework.act(links.journal, case, lambda _: [ordered, claimed])

    links.ask()

    assert links.remedy(case) == "disputed"
    assert casework.read(links.journal, case).last(events.RemedySeen).saw == ("taken_down",)


def test_what_the_server_bans_again_is_a_new_fact(links, server):
    links.switch("yes")
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    links.ask()
    server.bans[17, None] = (True, None)

    links.later(days=1)
    links.ask()

    assert links.kinds(case)[-2:] == ["remedy.seen", "remedy.reverted"]
    assert len(links.done()) == 1


def test_nothing_is_carried_out_unless_somebody_has_switched_it_on(links, server):
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    links.ask()

    assert (links.done(), links.remedy(case)) == ([], "sent")


def test_what_the_server_refuses_is_held_for_a_person(links, server):
    """An administrator cannot undo what one above them has done."""
    server.refuses = "not_higher_admin"
    links.switch("yes")
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    links.ask(2)

    assert (links.held(), links.remedy(case)) == (["refused"], "sent")


def test_it_is_refused_by_whichever_method_a_call_goes(tmp_path, old):
    old.refuses = "not_an_admin"
    old.act_as("mod_hide_community", DAY(1), community=7)
    rule = {"when": {"action": "mod_hide_community"}, "then": THEN}
    hiding = Server(new_node(tmp_path / "node"), old)
    with closing(hiding.journal):
        hiding.form["rule"] = [rule]
        hiding.switch("yes")
        hiding.ask()
        [case] = hiding.statements()
        hiding.order(case, "restore_visibility")
        hiding.ask(2)

        assert (hiding.held(), hiding.connection.why) == (["refused"], "")


def test_a_call_that_is_taken_and_does_nothing_is_not_taken_for_done(links, server):
    server.is_deaf = True
    links.switch("yes")
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    links.ask()

    assert links.remedy(case) == "sent"


def test_a_rate_limit_at_an_order_is_waited_for(links, server):
    links.switch("yes")
    server.ban(17, DAY(1))
    links.ask()
    [case] = links.statements()
    links.order(case, "restore_account")
    server.left = 4
    links.ask()
    assert links.held() == []

    server.left = 100
    links.later(hours=1)
    links.ask(2)
    assert links.remedy(case) == "verified"


def test_how_everything_stands_is_seen(links, server):
    over = "2020-01-01T00:00:00Z"
    server.ban(18, DAY(1), expires=over)
    server.ban_from(7, 18, DAY(2), expires=over)
    server.ban_from(7, 19, DAY(3))
    server.ban(19, DAY(4))
    with links.there() as there:
        assert there.look("suspended person 17")[:3] == ((), True, {"restore_account"})
        assert there.look("suspended person 18").is_over
        assert there.look("blocked member 7/18")[:3] == ((), True, {"restore_service"})
        assert there.look("blocked member 7/19").in_force == ("blocked", "suspended")
        server.lock(3, DAY(5))
        assert there.look("locked post 3")[:2] == (("protected",), False)
        server.communities[7]["removed"] = True
        assert there.look("taken_down post 3").in_force == ("taken_down", "protected")


@pytest.mark.parametrize(
    "subject",
    [
        "suspended person 99",
        "blocked member 7/99",
        "blocked member 99/17",
        "taken_down post 99",
        "taken_down comment 99",
        "taken_down community 99",
    ],
)
def test_what_is_gone_is_told_as_that(links, subject):
    with links.there() as there:
        assert there.look(subject)[:3] == (("gone",), False, ())


def test_what_a_token_that_is_lost_does_not_see_is_not_gone(links, server):
    """What is removed is shown to nobody but those who moderate."""
    with links.there() as there:
        there.check()
        server.token = "new"
        with pytest.raises(Denied):
            there.look("taken_down post 99")


def test_a_hidden_community_is_an_unlisted_one_later(links, server):
    changed = {"hidden": True} if server.version == 3 else {"visibility": "unlisted"}
    with links.there() as there:
        assert there.look("hidden community 7")[:2] == ((), True)
        server.communities[7] |= changed
        assert there.look("hidden community 7")[:2] == (("hidden",), False)


def test_a_ban_of_which_the_log_says_nothing_is_not_over(links):
    with links.there() as there, pytest.raises(Unavailable):
        there.look("blocked member 7/17")


@pytest.mark.parametrize(
    ("what", "view"),
    [
        ("person", {}),
        ("person", {"person": {"id": 17}}),
        ("person", {"person": {"id": 17}, "banned": "no"}),
        ("person", {"person": {"id": 17}, "banned": True, "ban_expires_at": "some day"}),
        ("post", {"post": {"id": 3, "removed": False}, "community": {"id": 7, "removed": False}}),
        ("post", {"post": {"id": 3, "removed": False, "locked": False}}),
        ("post", {"post": {"removed": False, "locked": False}, "community": {"removed": False}}),
        ("comment", {"comment": {"id": 4, "removed": False}}),
        ("community", {"community": {"id": 7}}),
    ],
)
def test_an_answer_that_does_not_say_how_it_stands_says_nothing(what, view):
    """Not that it is over: that would be told to a person as a remedy seen."""
    with pytest.raises(ValueError, match=r"missing|neither true nor false|no moment|does not say"):
        if what == "person":
            lemmy.person_in_force(view, datetime.now(UTC))
        else:
            lemmy.content_in_force(what, view)


# --- faults ---------------------------------------------------------------------------------------


def test_a_token_that_is_no_more_is_said_in_words_and_a_new_one_goes_on(links, server):
    """Lemmy answers all the same, and shows what everybody sees."""
    server.ban(17, DAY(1))
    server.token = "new"
    links.ask()
    assert "does not accept the token" in links.connection.why
    assert (links.statements(), links.connection.position) == ([], "")

    links.give("new")
    links.ask()

    assert links.connection.why == ""
    assert len(links.statements()) == 1


def test_a_token_that_is_lost_while_pages_are_read_refuses_no_entry(of_new, new):
    new.ban(17, DAY(1))
    with of_new.there() as there:
        there.check()
        new.token = "new"
        with pytest.raises(Denied):
            there.page("")


def test_whoever_is_no_administrator_is_found_before_anything_begins(links, server):
    server.is_admin = False

    with pytest.raises(Denied, match="no administrator"), links.there() as there:
        there.check()


def test_what_is_no_lemmy_is_told(links, server):
    server.version = 5

    with pytest.raises(Unavailable, match="not what Lemmy answers"), links.there() as there:
        there.check()


def test_a_rate_limit_is_waited_for_and_loses_nothing(links, server):
    removals(server, 100, 220)
    server.left = 3
    links.ask()
    due = links.journal.db.execute("SELECT due FROM connector_poll").get
    assert 25 < due - time.time() < 65
    assert links.connection.why == ""

    server.left = 100
    links.ask(2)

    assert len(links.statements()) == 120


FAULTS = [
    Fault(500, b"oops"),
    Fault(200, b"<html>hello"),
    Fault(200, b"[]"),
    Fault(200, b'{"items": {}}'),
    Fault(200, b'{"items": [], "next_page": 7}'),
    Fault(200, b'{"items": [], "next_page": "' + b"x" * 501 + b'"}'),
    Fault(200, b'{"removed_posts": []}'),
    Fault(200, b"[" * 100_000),
    Fault(302, b"", {"location": "http://127.0.0.1:1/"}),
    Fault(200, b"{}", flood=300 << 20),
]


@pytest.mark.parametrize("at_call", [0, 1, 2])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_answer_is_said_and_asked_again_later(links, server, fault, at_call):
    """At each call of a turn: the account (two of an older server), and the log."""
    if fault.flood and at_call:
        return
    server.ban(17, DAY(1))
    before = [None] * at_call

    class Faults(list):
        def popleft(self):
            return self.pop(0)

    server.faults = Faults([*before, fault])
    links.ask()
    server.faults.clear()
    if links.statements():  # a server of 1.0 has no third call
        assert (server.version, at_call) == (4, 2)
        return
    assert links.connection.why

    links.ask()

    assert (links.connection.why, len(links.statements())) == ("", 1)


def test_posts_filled_to_the_brim_do_not_keep_their_removal_from_the_record(links, server):
    """A page of an older server has as many of each list, and only a list alone is bounded."""
    for number in range(100, 150):
        server.write(number)
        server.comment(number, post=number)
        server.posts[number]["body"] = "𐤀" * 50_000
        server.comments[number]["content"] = "𐤀" * 10_000
        server.remove(number, at(number))
        server.remove_comment(number, at(number, hours=1))
        server.lock(number, at(number, hours=2))
    links.ask(2)

    assert links.connection.why == ""
    assert len(links.statements()) == 150


def test_a_server_that_never_knows_a_place_is_told_of(of_new, new, monkeypatch):
    """A proxy before it may cut what is asked."""
    removals(new, 100, 170)
    monkeypatch.setattr(new, "loses_places", True)
    of_new.ask()
    assert "does not know any more how far" in of_new.connection.why

    monkeypatch.setattr(new, "loses_places", False)
    of_new.ask()
    assert (of_new.connection.why, len(of_new.statements())) == ("", 70)


def test_a_byte_a_second_ends_within_the_time_of_an_exchange(links, server, monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 3.0)
    server.faults.append(Fault(drip=True))
    links.ask()

    assert "longer than 3 seconds" in links.connection.why


def test_of_nobody_is_more_kept_than_what_a_decision_needs(tmp_path, server):
    links = Server(new_node(tmp_path / "node"), server, reports="notices")
    server.report(1, "post", 3, DAY(9))
    server.ban(17, DAY(1), reason="Insults")  # no rule fits: it waits as a draft
    server.ban_from(7, 18, DAY(2), by=50)
    server.remove(3, DAY(3))
    server.remove_comment(4, DAY(4))
    server.act_as("admin_purge_person", DAY(5))
    server.ban(19, DAY(6), by=50)
    with closing(links.journal):
        links.ask(2)
        run("connect", "status", "links", "--data", links.node.folder)
        kept = links.kept()

        assert b"Insults" in kept  # so it would be found
        for private in (b"mail.example", b"name1", b"name5", b"osario", b"Calle Luna", b"lovers"):
            assert private not in kept
        assert b"shoes" not in kept.replace(b"Spam: shoes", b"")
        assert kept.count(b"Spam: shoes") <= 2  # of what was purged, while it is asked about


def test_a_trial_reads_the_same_log_and_keeps_nothing(links, server):
    server.ban(17, DAY(1))
    removals(server, 100, 198)
    server.unban(17, at(900))
    with links.there() as there:
        found = list(lemmy_source.trial(there, "2026-11-01"))

    banned = [one for one in found if one.native_id == "suspended person 17"]
    assert [one.states["suspended"] is not None for one in banned] == [True, False]
    assert len(found) == 100
    assert links.counts() == {}


def test_the_guide_names_the_bounds_as_they_are():
    assert lemmy_source.SECONDS_BETWEEN == 300
    assert timedelta(days=30) == lemmy_source.REPORTS_WITHIN
    assert lemmy_calls.ON_A_PAGE == lemmy_v3_log.ON_A_PAGE == 50
    assert lemmy_v3_log.LAST_PAGE == 100
    assert lemmy_source.MOST_REPORT_PAGES * lemmy_calls.ON_A_PAGE == 2000
