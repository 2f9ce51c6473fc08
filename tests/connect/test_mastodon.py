"""Mastodon: what each strike and appeal means here, once, in any order, without gossip."""

import csv
import io
import json
import subprocess
import sys
import time
from contextlib import closing

import pytest
from tests.conftest import bytes_below, new_node, run
from tests.connect.conftest import ROOT_OF_VECTORS

from amparo.cli.connect import reading
from amparo.connectors import config, mastodon
from amparo.connectors.mastodon import Settings
from amparo.connectors.record import Person
from amparo.errors import Malformed
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, items
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

EXPORT = (ROOT_OF_VECTORS / "strikes.csv").read_text()
ROWS = {row["id"]: row for row in csv.DictReader(io.StringIO(EXPORT))}
WHOLE = """
[[rule]]
when = { action = "suspend" }
then = { decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT", \
incompatible_content_ground = "Rule 1", incompatible_content_explanation = "No adverts.", \
decision_facts = "Made for adverts.", category = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", \
automated_detection = "No" }
"""
"""What completes suspensions, and nothing else."""
NOTHING_SAID = Settings()


def mapped(number, of=NOTHING_SAID, **cells):
    """The records of a strike of the export, with other cells."""
    return mastodon.records(ROWS[number] | cells, of)


def strike(number, of=NOTHING_SAID, **cells):
    return mapped(number, of, **cells)[0]


@pytest.mark.parametrize(
    ("number", "restriction"),
    [
        ("502", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
        ("503", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"]}),
        ("504", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_LABELLED"]}),
        ("505", {"decision_visibility": ["DECISION_VISIBILITY_CONTENT_DEMOTED"]}),
        ("506", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("507", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
        ("508", {"decision_account": "DECISION_ACCOUNT_TERMINATED"}),
        ("509", {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}),
    ],
)
def test_each_action_is_the_restriction_that_it_has_for_the_person(number, restriction):
    found = strike(number)

    assert found.kind == "restriction"
    assert {k: v for k, v in found.decision.items() if k in restriction} == restriction
    assert len([k for k in found.decision if k.startswith("decision_")]) == 1


def test_a_warning_restricts_nothing_and_no_appeal_against_it_is_a_complaint():
    """It has an appeal, and may be overruled: neither has anything to hold on to."""
    found = mapped("501", overruled_at="2026-11-02 10:00:00")

    assert [record.kind for record in found] == ["warning"]


def test_an_action_of_a_later_version_is_asked_about_and_not_guessed():
    [found] = mapped("504", action="5000")

    assert (found.kind, found.words["action"]) == ("unknown", "5000")
    assert "decision_visibility" not in found.decision


def test_what_was_reported_is_an_allegation_and_never_the_ground():
    violation, legal, spam = strike("503"), strike("506"), strike("505")

    assert violation.allegation == "violation: rule 2, 5"
    words = {"account": "local", "report": "violation", "rule": "2, 5"}
    assert violation.words == {"action": "delete_statuses"} | words
    assert violation.suggested["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert legal.suggested["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert "decision_ground" not in spam.suggested
    for found in (violation, legal, spam):
        assert not {"decision_ground", "category", "decision_facts"} & found.decision.keys()


def test_the_source_is_a_notice_of_article_16_only_by_the_operators_word():
    assert strike("504").decision["source_type"] == "SOURCE_VOLUNTARY"
    assert strike("506").decision["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"
    of = Settings(legal_notices=True)
    assert strike("506", of).decision["source_type"] == "SOURCE_ARTICLE_16"
    assert strike("505", of).decision["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"


def test_the_server_and_its_bots_decide_alone_and_nobody_has_a_part_in_it():
    bot = Settings(bots=frozenset({ROWS["504"]["decided_by"]}))
    by_server, by_bot, by_person = strike("509"), strike("504", bot), strike("504")

    for found in (by_server, by_bot):
        assert found.decision["automated_decision"] == "AUTOMATED_DECISION_FULLY"
        assert found.decided_by == ()
    assert by_person.decision["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert by_person.decided_by == ("110133824716800000",)
    assert "automated_decision" not in strike("504", decided_by="").decision  # they have left


def test_that_somebody_was_told_is_never_assumed():
    """Not of other servers' users, nor of a suspension from a list, which sends no mail."""
    told = Settings(mailed=True)

    assert strike("504").person is None
    assert strike("504", told).person == Person(informed=True)
    assert strike("505", told).person is None
    assert strike("508", told).person is None


def test_the_day_of_posts_is_in_their_ids_and_several_days_are_only_suggested():
    assert strike("502").decision["content_date"] == "2026-11-01"
    assert "content_date" not in strike("503").decision
    assert strike("503").suggested["content_date"] == "2026-11-02"
    with_an_old_one = strike("502", status_ids=f"{ROWS['502']['status_ids']} 1704")
    assert "content_date" not in with_an_old_one.decision | with_an_old_one.suggested
    assert strike("504").decision["content_date"] == "2024-01-05"  # of the account


def test_what_moderators_wrote_is_suggested_or_stated_as_the_operator_says():
    assert strike("507").suggested["decision_facts"] == "Ban evasion."
    stated = strike("507", Settings(text_is_facts=True))
    assert stated.decision["decision_facts"] == "Ban evasion."
    assert stated.suggested == {}


def test_an_appeal_counts_with_its_outcome_and_whether_somebody_else_ruled():
    """Approved means that the strike was wrong; rejected, that it stands."""
    rejected, approved, waiting = (mapped(number)[-1] for number in ("503", "507", "506"))

    assert rejected.handled.outcome == "upheld"
    assert (rejected.handled.about, rejected.handled.reviewer_differs) == (("removal",), False)
    assert rejected.handled.decided == "2026-11-06T10:00:00Z"
    assert approved.handled.outcome == "reversed"
    assert (approved.handled.about, approved.handled.reviewer_differs) == (("account",), True)
    assert waiting.handled.outcome == "pending"
    assert (waiting.handled.decided, waiting.handled.reviewer_differs) == ("", None)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"id": "5; drop"}, "`id` is no number"),
        ({"created_at": "yesterday"}, "`created_at` is 'yesterday', which is no moment"),
        ({"updated_at": ""}, "`updated_at`"),
        ({"overruled_at": "0001-01-01T00:00:00+23:00"}, "`overruled_at`"),
        ({"is_remote": "perhaps"}, "`is_remote` is 'perhaps', neither t nor f"),
    ],
)
def test_a_row_that_does_not_fit_says_why(cells, why):
    with pytest.raises(ValueError, match=why):
        mapped("507", **cells)


def test_a_row_without_one_of_the_cells_says_which():
    row = {name: cell for name, cell in ROWS["507"].items() if name != "appeal_id"}
    with pytest.raises(ValueError, match="it has no `appeal_id`"):
        mastodon.records(row, Settings())


def form(**tables):
    connector = {"system": "mastodon", "name": "social", "platform": "Social"}
    return config.read({"connector": connector, **tables})


def test_what_a_file_says_in_vain_is_refused_and_not_passed_over():
    said = mastodon.settings(form(options={"bots": "7, -99", "mailed": "yes", "encoding": "utf-8"}))
    assert said == Settings(frozenset({"7", "-99"}), mailed=True)

    for tables, why in (
        ({"options": {"mailed": "mostly"}}, "mailed under [options] is neither yes nor no"),
        ({"options": {"mail": "yes"}}, "there is no option 'mail'"),
        ({"columns": {}, "always": {"category": "VIOLENCE"}}, "its columns are known"),
    ):
        with pytest.raises(Malformed) as refused:
            mastodon.settings(form(**tables))
        assert why in str(refused.value.why)


def test_a_reversal_before_its_strike_waits_and_an_outcome_replaces_an_appeal(world):
    records = [r for number in ("507", "506") for r in mapped(number)]
    suspended, lifted, appeal = records[:3]
    assert world.take(lifted, appeal) == {"parked": 1, "counted": 1}
    assert world.take(suspended) == {"draft": 1}
    assert world.take(*records) == {"known": 3, "draft": 1, "counted": 1}

    ended = {"rejected_at": "2026-11-12 09:00:00", "rejected_by_account_id": "7"}
    assert world.take(*mapped("506", **ended)) == {"known": 1, "counted": 1}
    assert world.take(*mapped("506")) == {"known": 1, "older": 1}
    assert connections.reviewed(world.journal, world.connection.id) == (2, 0, 0)


class Place:
    """A node with a connection to a server, and its newest export."""

    def __init__(self, folder):
        self.node = new_node(folder / "node")
        self.file = folder / "strikes.csv"
        self.config = folder / "strikes.csv.connect.toml"
        self.write(*ROWS.values())
        with closing(Journal(self.node.journal)) as journal:
            platforms.add(journal, "Social", Profile())

    def write(self, *rows, **more):
        with self.file.open("w", newline="") as file:
            writer = csv.DictWriter(file, [*mastodon.COLUMNS, *more])
            writer.writeheader()
            writer.writerows([row | more for row in rows])

    def connect(self, *words, check=True, instance="Social.example"):
        named = ("--instance", instance) if instance else ()
        options = ("--platform", "Social", *named, "--data", self.node.folder)
        return run(
            *("connect", "mastodon", self.file, *options, *words),
            check=check,
            stdin=subprocess.DEVNULL,
        )

    def started(self):
        self.connect()
        self.config.write_text(self.config.read_text() + WHOLE)
        self.connect("--trial")
        run("connect", "start", "mastodon-social.example", "--data", self.node.folder)

    def counts(self):
        with closing(Journal(self.node.journal)) as journal:
            [connection] = connections.every(journal)
            return items.counts(journal, connection.id)

    def size(self):
        with closing(Journal(self.node.journal)) as journal:
            return journal.size()


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_same_export_again_and_in_another_order_changes_nothing(place):
    place.started()
    place.write(*reversed(ROWS.values()))
    first = place.connect("--take")
    size, counts = place.size(), place.counts()
    place.write(*ROWS.values())
    again = place.connect("--take")

    assert "3  put on the record" in first.stdout
    assert counts == {"noted": 1, "stated": 3, "draft": 5, "lifted": 1, "counted": 3}
    assert "13  known already" in again.stdout
    assert (place.size(), place.counts()) == (size, counts)


def test_a_long_export_that_is_killed_meanwhile_is_whole_after_the_next_run(place):
    """Long enough to be read beside the process that writes, at whichever moment that dies."""
    place.started()
    held = ROWS["509"]
    rows = [
        held | {"id": str(n), "decided_by": "7", "report_rule_ids": "4" * 150}
        for n in range(1, 4801)
    ]
    place.write(*rows)
    assert place.file.stat().st_size > reading.LONG_BYTES
    words = ("--platform", "Social", "--data", str(place.node.folder), "--take")
    run_by = [sys.executable, "-m", "amparo", "connect", "mastodon", str(place.file), *words]
    with subprocess.Popen(run_by, stdout=subprocess.DEVNULL) as taking:
        until = time.monotonic() + 60
        while not place.size() and taking.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        taking.kill()
    after = place.connect("--take")
    size = place.size()
    again = place.connect("--take")

    assert place.counts() == {"stated": 4800}
    assert "refused" not in after.stdout
    assert "4,800  known already" in again.stdout
    assert place.size() == size == 2 * 4800  # each with who decided it


def test_a_suspension_is_corrected_once_the_data_are_deleted_and_no_older_export_undoes_it(place):
    held = ROWS["509"]
    place.started()
    place.write(held)
    place.connect("--take")
    place.write(held | {"is_deleted": "t"})
    deleted = place.connect("--take")
    place.write(held)
    late = place.connect("--take")

    assert "1  corrected by a new statement" in deleted.stdout
    assert "1  older than what is known" in late.stdout
    with closing(Journal(place.node.journal)) as journal:
        new, old = (casework.read(journal, one.case) for one in journal.newest_decisions(2))
    assert old.public["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"
    assert new.public["decision_account"] == "DECISION_ACCOUNT_TERMINATED"
    assert new.public["automated_decision"] == "AUTOMATED_DECISION_FULLY"


def test_what_is_not_needed_of_people_is_nowhere_in_the_folder(place):
    """Also where somebody exports more than the query asks for."""
    planted = {
        "username": "lucia_planted",
        "email": "lucia@planted.example",
        "ip": "192.0.2.77",
        "comment": "planted words of whoever reported",
    }
    place.write(*ROWS.values(), **planted)
    place.started()
    place.connect("--take")

    with closing(Journal(place.node.journal)) as journal:
        journal.db.empty_traces()
    held = bytes_below(place.node.folder)
    posts = ROWS["502"]["status_ids"].split()
    done_with = ("Please read rule 3", "Ban evasion", "strike:501", "strike:507", "appeal:3")
    for text in (*planted.values(), *posts, *done_with):
        assert text.encode() not in held, text
    assert b"Your sign-in is closed" in held  # a draft: suggested to whoever completes it


def test_rows_are_refused_by_their_place_and_the_status_tells_some_from_all(place):
    bad = ROWS["506"] | {"created_at": "soon"}
    place.write(ROWS["505"], bad)
    some = place.connect(check=False)
    place.write(bad)
    every = place.connect(check=False)

    assert (some.returncode, every.returncode) == (1, 3)
    assert "strikes.csv line 3: `created_at` is 'soon', which is no moment" in some.stderr


def test_another_table_is_refused_before_anything_is_set_up(place):
    place.file.write_text("id,action\n1,4000\n")
    done = place.connect("--trial", check=False)

    assert done.returncode == 1
    assert "it has 0 columns 'text'" in done.stderr
    with closing(Journal(place.node.journal)) as journal:
        assert connections.every(journal) == []


def test_whose_strikes_they_are_has_to_be_said_once(place):
    unsaid = place.connect(check=False, instance="")
    place.connect()

    assert (unsaid.returncode, "--instance" in unsaid.stderr) == (2, True)
    assert place.connect(instance="").returncode == 0


def test_a_file_of_another_connector_is_refused(place):
    place.connect()
    place.config.write_text(place.config.read_text().replace('"mastodon"', '"csv"'))
    done = place.connect(check=False)

    assert done.returncode == 1
    assert "it is for the system 'csv'" in done.stderr


def test_status_tells_how_many_appeals_were_ruled_on_by_whoever_had_decided(place):
    place.started()
    place.connect("--take")
    words = ("connect", "status", "mastodon-social.example", "--json", "--data", place.node.folder)

    assert json.loads(run(*words).stdout)["reviewed"] == {
        "by_another": 1,
        "by_the_same": 1,
        "not_known": 0,
    }


def test_json_lines_of_the_same_query_are_read_as_well(place):
    place.file.write_text("".join(json.dumps(row) + "\n" for row in ROWS.values()))

    assert "13 records: 1 warning, 8 restriction" in place.connect().stdout
