"""The mixed queue: twelve closed accounts, and among them people whose cases are not like that.

One ruling, "the first decision stands", is meant for twelve people whose accounts were closed for
spam. In the same queue waits a woman who reported a threat: an order made at once protects her
until her complaint is decided. Others wait for an answer, or read another language.
"""

import time

import pytest
from tests.conftest import own_link, statement
from tests.stories.foro import foro_at
from tests.stories.seats import seat, shown

REASONS = "All of these accounts sent the same link within one hour; the clause forbids that."
REPORT = {
    "platform": "foro",
    "why": "He writes that he will come to my door tonight.",
    "where": "https://foro.example/p/1",
    "good_faith": "yes",
    "danger": "yes",
}
STANDS = {"outcome": "upheld", "reasons": REASONS}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_at(tmp_path_factory.mktemp("mixed")) as node:
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.rosa = seat(node, "Rosa", "rosa@foro.example")
        yield node


def closed_account(foro, language="EN"):
    puid = f"mixed-{time.monotonic_ns()}"
    said = statement(puid, content_language=language)
    told = foro.http.post("/api/v1/statement", json=said, headers=foro.auth).json()
    told["own"] = own_link(foro.http, told)
    foro.http.post(f"/api/v1/statement/{told['uuid']}/notice", json={}, headers=foro.auth)
    foro.http.post(f"{told['own']}/complaint", data={"grounds": "I sent no spam."})
    return told["uuid"]


def threatened(foro):
    """She reports a threat; the platform does nothing, she complains, Rosa protects her at once."""
    came = foro.http.post("/report", data=REPORT)
    own = came.headers["location"].removeprefix(foro.url).partition("?")[0]
    case = own.split("/")[2]
    refused = {"result": "not_acted", "reasons": "No rule forbids it.", "decided_by": ["mod-9"]}
    foro.http.post(f"/api/v1/notice/{case}/answer", json=refused, headers=foro.auth)
    foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})
    foro.rosa.step(case, "assign")
    foro.rosa.step(case, "open")
    foro.rosa.step(case, "interim", direction="keep_down", reasons="He is at her door.")
    return case


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def until_carried_out(foro):
    deadline = time.monotonic() + 120
    while "being carried out" in foro.lena.page("/desk/groups"):
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.fixture(scope="module")
def queue(foro):
    """Who waits: twelve alike, and three who are not."""
    asked = closed_account(foro)
    foro.rosa.step(asked, "assign")
    foro.rosa.step(asked, "open")
    foro.rosa.step(asked, "ask", of="person", question="Who else had your password?")
    return {
        "alike": [closed_account(foro) for _ in range(12)],
        "asked": asked,
        "portuguese": closed_account(foro, "PT"),
        "threatened": threatened(foro),
    }


def test_the_preview_shows_twelve_and_says_who_is_set_apart_and_why(foro, queue):
    page = foro.lena.preview(**STANDS, reasons_language="en")

    assert "12 cases fit this choice. Nothing has been decided yet." in page
    assert "3 more need a look of their own, and are set apart." in page
    for why in (
        "Somebody is in danger.",
        "Something was ordered at once",
        "reads another language",
    ):
        assert why in page
    assert "A question was asked, and waits for its answer." in page
    # What each of the twelve will read stands there, word for word.
    assert "Your complaint to Foro was decided" in page
    assert "Su reclamación" in page
    assert REASONS in page
    assert "I sent no spam." in page
    assert state(foro, queue["alike"][0])["complaint"] == "filed"


def test_ticking_every_kind_at_once_does_not_reach_the_woman_who_is_threatened(foro, queue):
    kinds = ["report", "question", "language", "danger", "interim"]

    page = foro.lena.preview(**STANDS, reasons_language="en", along=kinds)

    assert "14 cases fit this choice" in page
    assert "Rule on these 14" in page
    assert "Never in a group" in page  # whoever rules on a threat weighs it first, by itself
    more = foro.lena.preview(**STANDS, reasons_language="en", single=queue["threatened"])
    assert "Rule on these 12" in more


def test_a_ruling_takes_nobody_along_whom_the_page_had_not_shown_so(foro, queue):
    """The lead ticks a box and presses the button in one go: it shows first what that means."""
    form = {**STANDS, "reasons_language": "en"}
    seen = shown(foro.lena.preview(**form))

    answer = foro.lena.post("/desk/groups", **form, **seen, along="question", really="yes")

    assert answer.status_code == 422
    assert "these are not the cases that you were shown" in answer.text
    assert "13 cases fit this choice. Nothing has been decided yet." in answer.text
    assert shown(answer.text)["shown"] != seen["shown"]


@pytest.mark.parametrize(
    "changed",
    [
        {"clause": "Community rules"},
        {"filed_from": ""},
        {"kind": ""},
        {"filed_to": "2040-01-01"},
        {"numbers_list": "0198c0de-0000-7000-8000-000000000000"},
        {"reasons_language": "pt"},
        {"whom": "unheard"},
    ],
    ids=lambda changed: next(iter(changed)),
)
@pytest.mark.parametrize("button", ["groups", "leads"])
def test_nor_does_it_reach_another_choice_than_the_one_whose_cases_were_shown(
    foro, queue, button, changed
):
    """A filter is changed below a preview, and then the button of that preview is pressed."""
    chosen = STANDS | {"kind": "decision", "filed_from": "2020-01-01", "reasons_language": "en"}
    seen = shown(foro.lena.preview(**chosen))
    asked = {"really": "yes", "leads": queue["alike"][0], "question": REASONS}

    answer = foro.lena.post(f"/desk/{button}", **chosen | changed, **seen, **asked)

    assert answer.status_code == 422
    assert "these are not the cases that you were shown" in answer.text
    assert state(foro, queue["alike"][0])["complaint"] == "filed"


def test_twelve_are_ruled_on_and_she_stays_protected(foro, queue):
    assert foro.lena.rule(**STANDS, reasons_language="en").status_code == 303
    until_carried_out(foro)

    assert {state(foro, case)["complaint"] for case in queue["alike"]} == {"closed"}
    hers = state(foro, queue["threatened"])
    assert (hers["complaint"], hers["interim"]) == ("reviewing", "ordered")
    assert state(foro, queue["asked"])["complaint"] == "asking"
    assert state(foro, queue["portuguese"])["complaint"] == "filed"


def test_whoever_writes_while_the_lead_is_reading_is_not_swept_along(foro):
    quiet, urgent = closed_account(foro), closed_account(foro)
    form = {**STANDS, "reasons_language": "en"}
    seen = shown(foro.lena.preview(**form))
    foro.rosa.step(urgent, "assign")
    foro.rosa.step(urgent, "open")
    foro.rosa.step(urgent, "interim", direction="restore", reasons="She sells by it.")
    late = closed_account(foro)

    foro.lena.post("/desk/groups", **form, **seen, really="yes")
    until_carried_out(foro)

    assert state(foro, quiet)["complaint"] == "closed"
    assert state(foro, urgent)["interim"] == "ordered"
    assert state(foro, late)["complaint"] == "filed"
