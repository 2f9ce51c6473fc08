"""Trusted flaggers are told apart from others all through: by a token, not by a tick."""

import re
from datetime import date
from uuid import uuid4

import pytest
from tests.conftest import Served, run

from amparo.ledger.log import platforms
from amparo.report import forms
from amparo.storage.journal import Journal
from amparo.web.words import report_figures

WHOLE = {
    "platform": "test-platform",
    "where": "https://foro.example/p/1",
    "why": "It sells what is forbidden.",
    "good_faith": "yes",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
}
ORG = "Stiftung Wachsam"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A node of its own: what others send counts towards the rates of one sender."""
    node = Served(tmp_path_factory.mktemp("flaggers") / "node")
    yield node
    node.stop()


@pytest.fixture(scope="module")
def platform(served):
    return served.add_platform("Test Platform")


@pytest.fixture
def token(served, platform):
    return run(
        "platform", "flagger", "Test Platform", ORG, "--data", served.data
    ).stdout.splitlines()[-1]


def sent(served, **more):
    return served.patient_post("/report", data=WHOLE | more)


def received(served, headers, case):
    [wanted] = served.http.get(f"/api/v1/case/{case}", headers=headers).json()["wanted"]
    return wanted


def test_the_token_makes_a_notice_a_trusted_flaggers_and_its_name_is_shown(served, platform, token):
    page = sent(served, flagger=f" {token} ").headers["location"]
    plain = sent(served).headers["location"]

    assert received(served, platform, page.split("/")[2])["flagger"] == ORG
    assert "flagger" not in received(served, platform, plain.split("/")[2])
    assert f"From a trusted flagger (Article 22): {ORG}" in served.http.get(page).text


@pytest.mark.parametrize("wrong", ["yes", "x" * 43])
def test_a_wrong_token_is_refused_and_nothing_typed_is_lost(served, platform, token, wrong):
    refused = sent(served, flagger=wrong)

    assert (refused.status_code, "this token is not known here" in refused.text) == (422, True)
    assert all(text in refused.text for text in (WHOLE["why"], wrong))


def test_a_token_ends_with_a_new_one_and_with_the_list_and_is_good_for_one_platform(
    served, platform, token
):
    seat = ("Test Platform", ORG, "--data", served.data)
    fresh = run("platform", "flagger", *seat).stdout.splitlines()[-1]
    served.add_platform("Flagged Elsewhere")

    assert ORG in run("platform", "flagger", "Test Platform", "--data", served.data).stdout
    assert sent(served, flagger=token).status_code == 422
    assert sent(served, flagger=fresh, platform="flagged-elsewhere").status_code == 422
    assert sent(served, flagger=fresh).status_code == 303
    run("platform", "flagger", *seat, "--remove")
    assert sent(served, flagger=fresh).status_code == 422
    again = run("platform", "flagger", *seat, "--remove", check=False)
    assert again.returncode
    assert "not on the list" in again.stderr


@pytest.fixture
def rosa(served, platform, request):
    """A seat at the desk, as the cookie of its session."""
    email = f"rosa-{abs(hash(request.node.name))}@flagged.example"
    seat = ("--platform", "test-platform", "--data", served.data)
    link = run("reviewer", "add", email, email, *seat).stdout.splitlines()[-1]
    return served.enter(link)


def complained_about(served, headers, **more):
    """A report that was answered in vain, and complained about: its number.

    Of an address of its own: reports of one address are one matter, with one row.
    """
    more |= {"where": f"https://foro.example/{uuid4()}"}
    page = sent(served, **more).headers["location"].removesuffix("?new=1")
    case = page.split("/")[2]
    no = {"result": "not_acted", "reasons": "We see no rule that fits."}
    answer = f"/api/v1/notice/{case}/answer"
    assert served.http.post(answer, json=no, headers=headers).status_code == 200
    served.http.post(f"{page}/complaint", data={"grounds": "It is still there."})
    return case


def row(served, rosa, case):
    """What the queue shows of a case."""
    path, rows = "/desk", []
    while not rows:
        assert path, "it is on no page of the queue"
        page = served.http.get(path, headers=rosa).text
        rows = [part for part in re.split("<tr[ >]", page)[1:] if f"/desk/case/{case}" in part]
        path = page.partition("&after=")[2].partition('"')[0]
        path = path and f"/desk?state=filed&after={path}"
    return rows[0].partition("</tr>")[0]


def test_the_desk_shows_whose_report_it_is_in_the_queue_and_in_the_case(
    served, platform, token, rosa
):
    flagged = complained_about(served, platform, flagger=token)
    plain = complained_about(served, platform)
    urgent = complained_about(served, platform, danger="yes")

    shown = {case: row(served, rosa, case) for case in (flagged, plain, urgent)}
    assert all("a report" in text for text in shown.values())
    assert "removal" not in shown[plain]  # nothing was restricted
    assert [ORG in text for text in shown.values()] == [True, False, False]
    assert [">danger<" in text for text in shown.values()] == [False, False, True]
    case = served.http.get(f"/desk/case/{flagged}", headers=rosa).text.partition('id="history"')[0]
    assert ("trusted flagger" in case, ORG in case) == (True, True)


def test_the_report_counts_them_among_all_and_by_themselves(served, platform, token):
    def heard():
        journal = Journal(served.data / "journal.db")
        found = report_figures.heard(
            journal, platforms.find(journal, "Test Platform"), str(date.today().year)
        )
        journal.close()
        flagged = [notice for notice in found.notices if notice.flagged]
        about = [name for one in found.complaints for name in one.about]
        return len(found.notices), len(flagged), about.count(forms.NO_ACTION_FLAGGER)

    before = heard()
    page = sent(served, flagger=token).headers["location"].removesuffix("?new=1")
    no = {"result": "not_acted", "reasons": "We see no rule that fits."}
    path = f"/api/v1/notice/{page.split('/')[2]}/answer"
    assert served.http.post(path, json=no, headers=platform).status_code == 200
    served.http.post(f"{page}/complaint", data={"grounds": "It is still there."})

    assert [b - a for a, b in zip(before, heard(), strict=True)] == [1, 1, 1]
