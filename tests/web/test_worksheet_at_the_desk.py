"""The worksheet at the desk: asked for before a ruling on speech, kept typed, read by the person."""

import pytest
from tests.case.test_weighing import short
from tests.conftest import own_link, run, statement

REASONS = "The clause names threats; the post quotes one in order to report it."
SPEECH = {
    "category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "category_specification": ["KEYWORD_HATE_SPEECH"],
}


@pytest.fixture
def rosa(served, platform, request):
    """A seat at the desk, as the cookie of its session."""
    email = f"rosa-{abs(hash(request.node.name))}@foro.example"
    seat = ("--platform", "test-platform", "--data", served.data)
    link = run("reviewer", "add", "Rosa", email, *seat).stdout.splitlines()[-1]
    came = served.http.post("/desk/sign-in", data={"link": link.partition("=")[2]})
    served.http.cookies.clear()
    return {"cookie": f"desk={came.cookies['desk']}"}


@pytest.fixture
def told(served, platform, rosa, request):
    """A decision about speech, complained about and opened by Rosa."""
    body = statement(f"weighed-{abs(hash(request.node.name))}", **SPEECH)
    told = served.http.post("/api/v1/statement", json=body, headers=platform).json()
    own = own_link(served.http, told)
    served.http.post(f"{own}/complaint", data={"grounds": "I quoted it."})
    for step in ("assign", "open"):
        sent = served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)
        assert sent.status_code == 303
    return told | {"own": own}


def form(answers):
    fields = {name: answer.value for name, answer in answers.items()}
    return fields | {f"{name}.reason": answer.reason for name, answer in answers.items()}


def decide(served, told, rosa, **fields):
    data = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_content"} | fields
    return served.http.post(f"/desk/case/{told['uuid']}/decide", data=data, headers=rosa)


def test_nothing_typed_is_lost_when_an_answer_lacks(served, told, rosa):
    answers = form(short()) | {"Q-R4.reason": "Hm."}

    sent = decide(served, told, rosa, **answers, divergence="Kept too.")

    assert sent.status_code == 422
    assert "Q-R4: its reason has fewer than 40 characters." in sent.text
    for kept in (short()["Q-R3"].reason, "Hm.", REASONS, "Kept too."):
        assert kept in sent.text
    for chosen in ('value="reversed"', 'value="restore_content"', 'value="intent_inferable"'):
        [at] = [part for part in sent.text.split("<input") if chosen in part]
        assert "checked" in at.partition(">")[0]


def test_nothing_typed_is_lost_when_a_reason_is_too_long(served, told, rosa):
    long = "ñ" * 5_001

    sent = decide(served, told, rosa, **form(short()) | {"Q-R5.reason": long})

    assert (sent.status_code, long in sent.text, REASONS in sent.text) == (422, True, True)


def test_no_ruling_without_it_and_its_words_are_in_the_answer(served, platform, told, rosa):
    refused = decide(served, told, rosa)

    assert (refused.status_code, "needs a worksheet" in refused.text) == (422, True)
    assert decide(served, told, rosa, **form(short())).status_code == 303
    page = served.http.get(told["own"]).text
    assert "Speaker: authority over the audience" in page
    assert all(answer.reason in page for answer in short().values())
    assert 'lang="es"' in served.http.get(told["own"], headers={"cookie": "language=es"}).text


def test_a_case_about_something_else_is_decided_as_before(served, platform, rosa):
    body = statement("plain-without-worksheet")
    told = served.http.post("/api/v1/statement", json=body, headers=platform).json()
    own = own_link(served.http, told)
    served.http.post(f"{own}/complaint", data={"grounds": "It is art."})
    for step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)

    page = served.http.get(f"/desk/case/{told['uuid']}", headers=rosa).text

    assert "Q-R1" not in page
    assert decide(served, told, rosa).status_code == 303
