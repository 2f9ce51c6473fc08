"""Complaints, disputes and notices of another tool, from its files into the report of a year."""

import json
import tomllib
from contextlib import closing
from typing import get_args

import pytest
from tests.conftest import bytes_below, new_node, run

from amparo.connectors.record import About
from amparo.ledger.connect import connections
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.report import answers as answers_
from amparo.storage.journal import Journal

COMPLAINTS = """\
Number,Received,Answered,Result,About,Customer
C-1,2025-03-01,2025-03-04,kept,Post,Ana Prat
C-2,2025-03-02,,open,Account,Cem Demir
"""
MEANT = """
[connector]
system = "csv"
name = "{name}"
platform = "Foro"
instance = "{name}"

[columns]
{columns}

[always]
kind = "{kind}"

{words}
"""
OF_COMPLAINTS = {
    "kind": "complaint",
    "columns": 'id = "Number"\nsubmitted = "Received"\ndecided = "Answered"\n'
    'outcome = "Result"\nabout = "About"',
    "words": '[words.outcome]\nkept = "upheld"\nopen = "pending"\nturned = "reversed"\n'
    '[words.about]\nPost = "removal"\nAccount = "account"',
}
NOTICES = """\
Number,Received,Answered,Category,Keyword,Flagger,Removed
N-1,2025-01-01T00:00:00Z,2025-01-01T06:00:00Z,VIOLENCE,,no,yes
N-2,2025-01-02T00:00:00Z,2025-01-02T02:00:00Z,ILLEGAL_OR_HARMFUL_SPEECH,HATE_SPEECH,yes,yes
N-3,2024-01-02,2024-01-03,VIOLENCE,,no,no
"""
OF_NOTICES = {
    "kind": "notice",
    "columns": 'id = "Number"\nsubmitted = "Received"\ndecided = "Answered"\n'
    'category = "Category"\nkeyword = "Keyword"\ntrusted = "Flagger"\nacted = "Removed"',
    "words": "",
}


ANSWERS = """\
# What the record cannot know.
[service]
provider = "Foro S.L."
name = "Foro"
platform = "foro"
tier = "online_platform"
"""


@pytest.fixture
def take(tmp_path):
    node = new_node(tmp_path / "node")
    with closing(Journal(node.journal)) as journal:
        platforms.add(journal, "Foro", Profile())
    answers = tmp_path / "answers.toml"
    answers.write_text(ANSWERS)

    def take(name, rows, meant):
        file = tmp_path / f"{name}.csv"
        file.write_text(rows)
        (tmp_path / f"{name}.csv.connect.toml").write_text(MEANT.format(name=name, **meant))
        words = ("connect", "csv", file, "--platform", "Foro", "--data", node.folder)
        run(*words, "--trial", check=False)
        run("connect", "start", name, "--data", node.folder, check=False)
        run(*words, "--take", check=False)
        where = ("--year", "2025", "--answers", answers, "--data", node.folder)
        done = run("connect", "answers", "--platform", "Foro", *where)
        return done.stdout, answers_.read(tomllib.loads(answers.read_text()))

    def refusals(name):
        with closing(Journal(node.journal)) as journal:
            found = connections.find(journal, name)
            return [why for _, why, _ in connections.refusals(journal, found.id)]

    take.folder, take.refusals = node.folder, refusals
    return take


def test_complaints_are_counted_once_and_brought_up_to_date(take):
    before, _ = take("desk", COMPLAINTS, OF_COMPLAINTS)
    again, first = take("desk", COMPLAINTS, OF_COMPLAINTS)
    later, after = take(
        "desk", COMPLAINTS.replace("02,,open", "02,2025-03-09,turned"), OF_COMPLAINTS
    )

    assert "2 complaints added, 0 brought up to date" in before
    assert "0 complaints added, 0 brought up to date" in again
    assert "0 complaints added, 1 brought up to date" in later
    outcomes = [{item.outcome: item.about for item in each.complaint} for each in (first, after)]
    assert outcomes == [
        {"upheld": ("removal",), "pending": ("account",)},
        {"upheld": ("removal",), "reversed": ("account",)},
    ]


def test_of_whoever_complained_nothing_is_kept(take):
    take("desk", COMPLAINTS, OF_COMPLAINTS)

    held = bytes_below(take.folder)
    for planted in (b"Ana Prat", b"Cem Demir", b"C-1"):
        assert planted not in held


def test_notices_of_the_year_are_listed_in_their_rows_and_put_in_anew_each_time(take):
    for _ in range(2):
        shown, answers = take("notices", NOTICES, OF_NOTICES)

        assert "2 notices of 2025" in shown
        found = {
            (item.category.rpartition("STATEMENT_CATEGORY_")[2], item.trusted, item.hours)
            for item in answers.notice
        }
        assert found == {("VIOLENCE", 0, 6.0), ("ILLEGAL_OR_HARMFUL_SPEECH", 1, 2.0)}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2025-03-02,2025-03-09,kept,Nothing", "`about` does not say what it is about"),
        ("2025-03-02,2025-03-09,kept,House", "known are removal, service"),
        ("2025-03-02,2025-03-09,open,Post", "it has an `outcome` and no day"),
        ("2025-03-02,,kept,Post", "it has an `outcome` and no day"),
        ("2025-03-02,2025-03-01,kept,Post", "it was decided before it was submitted"),
        ("some day,2025-03-09,kept,Post", "is not written as YYYY-MM-DD"),
        (",2025-03-09,kept,Post", "`submitted` does not say when"),
    ],
)
def test_one_that_no_report_can_count_is_refused_and_costs_no_other(take, row, why):
    """Careless: a row like that was taken, and no complaint at all reached the report."""
    words = OF_COMPLAINTS["words"] + '\nHouse = "house"\nNothing = ""'
    shown, answers = take("desk", f"{COMPLAINTS}C-3,{row},Eve\n", OF_COMPLAINTS | {"words": words})

    assert "2 complaints added" in shown
    assert len(answers.complaint) == 2
    [refusal] = take.refusals("desk")
    assert why in refusal


def test_a_table_knows_the_words_of_a_report():
    assert get_args(About) == get_args(answers_.About)


def test_by_whom_a_complaint_was_decided_is_not_known_where_the_source_does_not_say(take):
    """A table has no column for it; of one that is open there is nothing to know."""
    take("desk", COMPLAINTS, OF_COMPLAINTS)

    done = run("connect", "status", "desk", "--json", "--data", take.folder)

    assert json.loads(done.stdout)["reviewed"] == {
        "by_another": 0,
        "by_the_same": 0,
        "not_known": 1,
    }
