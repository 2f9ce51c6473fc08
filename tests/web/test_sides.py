"""A platform says which of its decisions came from which report: every way, and every wrong one."""

from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, run, statement

from amparo.ledger.case import casework
from amparo.storage.journal import Journal

WHOLE = {"where": "https://foro.example/p/1", "why": "It threatens me.", "good_faith": "yes"}
ACTED = {"result": "acted", "reasons": "It broke our rules.", "decided_by": ["mod-17"]}


@pytest.fixture
def report(served, platform):
    """The number of a new report, and its page."""
    sent = served.patient_post("/report", data=WHOLE | {"platform": "test-platform"})
    own = sent.headers["location"].removesuffix("?new=1")
    return own.split("/")[2], own


def issue(served, headers, **changes):
    body = statement(f"side-{uuid4().hex[:8]}", **changes)
    told = served.http.post("/api/v1/statement", json=body, headers=headers)
    return told.json() | {"status": told.status_code, "body": body}


def answer(served, headers, report, **fields):
    path = f"/api/v1/notice/{report[0]}/answer"
    return served.http.post(path, json=ACTED | fields, headers=headers)


def linked(served, headers, case):
    return served.http.get(f"/api/v1/case/{case}", headers=headers).json().get("linked")


@pytest.mark.parametrize("by", ["uuid", "puid"])
def test_who_acts_on_a_report_names_the_statement_and_both_cases_say_so(
    served, platform, report, by
):
    made = issue(served, platform)
    name = made["uuid"] if by == "uuid" else made["body"]["puid"]

    done = answer(served, platform, report, statement=f" {name} ")

    assert (done.status_code, done.json()["linked"]) == (200, [made["uuid"]])
    assert linked(served, platform, made["uuid"]) == [report[0]]


def test_no_side_is_shown_the_number_of_the_other(served, platform, report):
    made = issue(served, platform)
    answer(served, platform, report, statement=made["uuid"])

    reporters = served.http.get(report[1]).text
    authors = served.http.get(own_link(served.http, made)).text

    assert "The platform named the decision that it took on the report." in reporters
    assert "The platform said that the decision came from a report." in authors
    assert made["uuid"] not in reporters
    assert report[0] not in authors
    assert not [part for part in WHOLE.values() if part in authors and part != "yes"]


def test_who_acts_without_a_statement_says_why(served, platform, report):
    bare = answer(served, platform, report)
    odd = answer(served, platform, report, no_statement="we forgot")
    both = answer(served, platform, report, statement=str(uuid4()), no_statement="no_contact")
    good = answer(served, platform, report, no_statement="no_contact")

    assert [bare.status_code, odd.status_code, both.status_code] == [400, 400, 400]
    assert "`no_statement`" in bare.json()["fix"]
    assert "linked" not in good.json()
    assert (
        "Nobody was given reasons for it: No address is known." in served.http.get(report[1]).text
    )


def test_who_did_not_act_names_none(served, platform, report):
    made = issue(served, platform)

    refused = answer(served, platform, report, result="not_acted", statement=made["uuid"])

    assert refused.status_code == 400
    assert linked(served, platform, made["uuid"]) is None


@pytest.mark.parametrize(
    ("named", "status", "said"),
    [
        ("made up", 404, "There is no such statement of yours."),
        ("another platform's", 404, "There is no such statement of yours."),
        ("its own number", 409, "it is the report itself"),
        ("another report", 409, "it is the number of a report or of a warning"),
        ("erased", 409, "its reasons were erased"),
    ],
)
def test_a_wrong_statement_is_refused_and_the_report_is_not_answered(
    served, platform, report, named, status, said
):
    if named == "another report":
        sent = served.patient_post("/report", data=WHOLE | {"platform": "test-platform"})
        name = sent.headers["location"].split("/")[2]
    elif named == "another platform's":
        name = issue(served, served.add_platform(f"Else {report[0]}"))["uuid"]
    elif named == "erased":
        name = issue(served, platform)["uuid"]
        run("erase", name, "--reason", "request", "--yes", "--data", served.data)
    else:
        name = report[0] if named == "its own number" else str(uuid4())

    refused = answer(served, platform, report, statement=name)

    assert (refused.status_code, said in refused.text) == (status, True)
    state = served.http.get(f"/api/v1/case/{report[0]}", headers=platform).json()
    assert (state["decision"], state.get("linked")) == ("noticed", None)


def test_a_statement_that_names_its_report_is_linked_once(served, platform, report):
    made = issue(served, platform, source_type="SOURCE_ARTICLE_16", notice=report[0])

    assert (made["status"], made["notice"], made.get("ignored")) == (201, report[0], None)
    assert linked(served, platform, report[0]) == [made["uuid"]]
    twice = answer(served, platform, report, statement=made["uuid"])
    assert (twice.status_code, "named in this case before" in twice.text) == (409, True)
    assert answer(served, platform, report).status_code == 200  # it was named already


@pytest.mark.parametrize(
    ("notice", "source", "said"),
    [
        (str(UUID(int=7)), "SOURCE_ARTICLE_16", "There is no such report to you."),
        ("nonsense", "SOURCE_ARTICLE_16", "There is no such report to you."),
        (7, "SOURCE_ARTICLE_16", "It is not a text."),
        (None, "SOURCE_VOLUNTARY", "for a decision that came from a notice"),
    ],
)
def test_a_statement_that_names_a_wrong_report_is_not_kept(
    served, platform, report, notice, source, said
):
    wrong = {"source_type": source, "notice": notice or report[0]}
    one = issue(served, platform, **wrong)
    two = [statement(f"side-{uuid4().hex[:8]}", **more) for more in ({}, wrong)]
    many = served.http.post("/api/v1/statements", json={"statements": two}, headers=platform)

    assert (one["status"], said in str(one["errors"]["notice"])) == (422, True)
    assert (many.status_code, list(many.json()["errors"])) == (422, ["statement_1"])
    path = f"/api/v1/statement/existing-puid/{one['body']['puid']}"
    assert served.http.get(path, headers=platform).status_code == 404


def test_in_a_batch_each_names_its_own_report_and_one_answers_many(served, platform, report):
    """Twenty reports of one post are one matter: whoever judged one of them judges no other."""
    sent = served.patient_post("/report", data=WHOLE | {"platform": "test-platform"})
    second = sent.headers["location"].split("/")[2]
    after = {"source_type": "SOURCE_ARTICLE_16"}
    batch = [
        statement(f"side-{uuid4().hex[:8]}", **after, notice=report[0]),
        statement(f"side-{uuid4().hex[:8]}"),
    ]
    many = served.http.post("/api/v1/statements", json={"statements": batch}, headers=platform)
    [first, plain] = many.json()["statements"]

    done = answer(served, platform, (second, ""), statement=first["uuid"])

    assert (first["notice"], plain.get("notice")) == (report[0], None)
    assert set(done.json()["linked"]) == {report[0], first["uuid"]}
    assert linked(served, platform, plain["uuid"]) is None
    with_two = Journal(served.data / "journal.db", read_only=True)
    assert len(casework.read(with_two, UUID(report[0])).case.others) == 2
    with_two.close()
