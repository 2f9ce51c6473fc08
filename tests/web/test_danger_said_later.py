"""Danger is asked of everybody who reports something, guessed of nobody, and can be said later."""

import re
from contextlib import closing
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from tests.case.test_suspensions import FACTORS
from tests.conftest import Served
from tests.stories.seats import seat

from amparo.case.state import Actor
from amparo.case.suspensions import suspend
from amparo.ledger.case import casework, suspensions
from amparo.storage.journal import Journal


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node of its own: what others report would stand among these."""
    node = Served(tmp_path_factory.mktemp("later") / "node")
    node.auth = node.add_platform("Foro")
    node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
    node.rosa = seat(node, "Rosa", "rosa@foro.example")
    yield node
    node.stop()


def report(foro, why="It names my street.", **fields):
    """Report something; the page of whoever did, and the number of the case."""
    whole = {"where": f"https://foro.example/p/{uuid4().hex[:6]}", "why": why, "good_faith": "yes"}
    sent = foro.http.post("/report", data=whole | {"platform": "foro"} | fields)
    assert sent.status_code == 303, sent.text
    own = sent.headers["location"].removesuffix("?new=1")
    return own, own.split("/")[2]


def first(foro):
    """What stands above the queue."""
    return (
        foro.lena.page("/desk").partition('class="card danger-first"')[2].partition("</section>")[0]
    )


def test_it_is_asked_with_every_report_and_never_guessed(foro):
    question = foro.http.get("/report").text.partition("life or safety threatened?")[2]
    answers = re.findall(r'name="danger" value="(\w+)" required', question)
    assert answers == ["yes", "no", "unknown"]

    _, case = report(foro, f"He has my address and says that he comes tonight. {uuid4()}")

    assert case not in first(foro)


@pytest.mark.parametrize(("answered", "is_open"), [("", True), ("unknown", True), ("no", False)])
def test_who_has_not_said_it_is_asked_on_the_page_that_follows(foro, answered, is_open):
    whole = {"where": "https://foro.example/p/9", "why": str(uuid4()), "good_faith": "yes"}
    sent = foro.http.post("/report", data={**whole, "platform": "foro", "danger": answered})

    page = foro.http.get(sent.headers["location"]).text

    assert ('id="danger" open' in page) == is_open
    assert "Is somebody in danger?" in page


def test_who_says_it_afterwards_comes_first_from_then_on(foro):
    own, case = report(foro)
    said = foro.http.post(f"{own}/danger", data={"grounds": "He waits at her door."})
    assert said.status_code == 303

    assert case in first(foro)
    page = foro.lena.page(f"/desk/case/{case}")
    assert "It was said afterwards" in page
    assert "He waits at her door." in page
    [wanted] = foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()["wanted"]
    assert wanted["danger"] == "yes"
    assert "Is somebody in danger?" not in foro.http.get(own).text


def test_whoever_reads_it_at_the_desk_says_so_with_reasons(foro):
    own, case = report(foro, danger="unknown")
    page = foro.rosa.page(f"/desk/case/{case}")
    assert "does not know whether somebody is in danger" in page

    for reasons, status in (("", 422), ("It says that he comes tonight.", 303)):
        assert foro.rosa.step(case, "danger", reasons=reasons).status_code == status

    assert case in first(foro)
    assert "It says that he comes tonight." in foro.http.get(own).text


def test_what_was_written_of_a_danger_stays_where_it_is_refused(foro):
    own, case = report(foro)
    short, long = "Tonight.", "He waits at her door." * 2_000

    at_the_desk = foro.rosa.step(case, "danger", reasons=short)
    own_page = foro.http.post(f"{own}/danger", data={"grounds": long})

    for page, text in ((at_the_desk, short), (own_page, long.strip())):
        assert page.status_code == 422
        assert f">{text}</textarea>" in page.text


def test_it_is_not_said_where_nothing_waits_any_more(foro):
    own, case = report(foro)
    no = {"result": "not_acted", "reasons": "It breaks no rule that we have."}
    foro.lena.step(case, "answer", **no)

    late = foro.http.post(f"{own}/danger", data={"grounds": "He is here."})

    assert late.status_code == 422
    assert "Call the police" in late.text


@pytest.mark.parametrize("what", ["notices", "complaints"])
def test_where_a_life_is_at_stake_nothing_waits_for_the_end_of_a_suspension(foro, what):
    mail = f"{uuid4().hex[:8]}@example.org"
    suspended(foro, report(foro, email=mail)[1], what)
    waits = "It is kept, and waits: processing of what you send is suspended"
    if what == "notices":
        own, case = report(foro, email=mail)
        assert waits in foro.http.get(own).text
        foro.http.post(f"{own}/danger", data={"grounds": "He waits at her door."})
    else:
        own, case = report(foro, email=mail, danger="yes")
        foro.lena.step(case, "answer", result="not_acted", reasons="It breaks no rule of ours.")
        foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})

    assert waits not in foro.http.get(own).text
    assert case in first(foro)


def suspended(foro, case, what):
    """Suspend the sender of a case, four days after a warning."""
    weighed = {"factors": FACTORS, "clause": "4.2", "by": Actor("lead", "1")}
    with closing(Journal(foro.data / "journal.db")) as journal:
        secret = (foro.data / "keys" / "node.secret").read_bytes()
        about, now = casework.read(journal, UUID(case)), casework.now()
        long_ago = now - timedelta(days=4)
        warned = suspensions.warn(journal, secret, about, what=what, **weighed, now=long_ago)
        casework.act(journal, warned, partial(suspend, days=3, **weighed, now=now))
