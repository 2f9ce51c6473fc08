"""Whatever is wrong with a form is said at once: in a list that leads there, and beside each field.

As the GOV.UK Design System has it: error summary, error message, and the title of the page.
"""

import re
from uuid import uuid4

import pytest
from tests.conftest import own_link
from tests.stories.seats import shown
from tests.web.conftest import violations
from tests.web.test_facts_first import complain, rosa, seat, told  # noqa: F401  # fixtures

from amparo.case.selection import EVERY_APART

REPORT = {"platform", "where", "why", "good_faith", "email"}
PHONE = {"width": 390, "height": 844}


def summary(page):
    """What the list at the top leads to, in its order."""
    [box] = re.findall(r'<div[^>]* id="problem".*?</div>', page, re.DOTALL)
    return re.findall(r'href="#f-(\w+)"', box)


def beside(page):
    """Fields that have words of their own, each tied to its field."""
    named = re.findall(r'class="wrong" id="n-(\w+)"', page)
    assert all(f'aria-describedby="n-{field}"' in page for field in named)
    assert all(page.count(f'id="f-{field}"') == 1 for field in named)
    return named


@pytest.mark.parametrize(("language", "title"), [("en", "Error: "), ("ar", "خطأ: ")])
def test_a_report_that_lacks_everything_is_told_everything(served, platform, language, title):
    sent = served.http.post(f"/report?lang={language}", data={"email": "not an address"})

    assert sent.status_code == 422
    assert set(summary(sent.text)) == REPORT
    assert set(beside(sent.text)) == REPORT
    assert summary(sent.text)[0] == "platform"  # as they stand on the page
    assert f"<title>{title}" in sent.text


@pytest.mark.parametrize("lacks", sorted(REPORT - {"email"}))
def test_what_is_right_has_no_words_beside_it(served, platform, lacks):
    whole = {
        "platform": "test-platform",
        "where": "https://foro.example/p/1",
        "why": "It says where she lives.",
        "good_faith": "yes",
    }

    sent = served.patient_post("/report", data={**whole, lacks: ""})

    assert summary(sent.text) == beside(sent.text) == [lacks]


def test_a_complaint_without_a_word_and_with_a_wrong_address_is_told_both(served, told):  # noqa: F811
    own = own_link(served.http, told)

    wrong = served.http.post(f"{own}/complaint", data={"email": "nobody"})

    assert set(summary(wrong.text)) == set(beside(wrong.text)) == {"grounds", "email"}


def test_the_words_stand_in_the_form_that_was_sent_and_in_no_other(served, told):  # noqa: F811
    own = own_link(served.http, told)

    wrong = served.http.post(f"{own}/revoke", data={"email": "nobody"})

    assert wrong.status_code == 422
    assert summary(wrong.text) == beside(wrong.text) == ["email"]
    [step] = [part for part in wrong.text.split("<details") if f'action="{own}/revoke"' in part]
    assert step.startswith(" open")
    assert 'value="nobody"' in step
    assert "nobody" not in wrong.text.replace(step, "")


def test_what_was_written_for_a_step_that_is_not_possible_comes_back_too(served, told):  # noqa: F811
    own = own_link(served.http, told)

    refused = served.http.post(f"{own}/reply", data={"grounds": "They never asked me."})

    assert refused.status_code == 422
    assert "Nothing of what you typed is lost." in refused.text
    assert "They never asked me." in refused.text


def test_whose_files_were_refused_with_something_else_is_told_to_choose_them_again(served, told):  # noqa: F811
    own = own_link(served.http, told)

    wrong = served.http.post(
        f"{own}/complaint",
        data={"grounds": "Here is the letter.", "email": "nobody"},
        files={"files": ("letter.txt", b"They said yes.")},
    )

    assert summary(wrong.text) == ["email"]
    assert "Choose your files once more" in wrong.text
    assert (
        "Choose your files once more"
        not in served.http.post(f"{own}/complaint", data={"grounds": ""}).text
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ["outcome", "reasons"]),
        ({"outcome": "reversed"}, ["steps", "reasons"]),
        ({"outcome": "upheld", "steps": "restore_account"}, ["steps", "reasons"]),
        ({"reasons": "The post quotes a threat in order to report it."}, ["outcome"]),
    ],
)
def test_whoever_decides_is_told_all_that_lacks(served, told, rosa, fields, wrong):  # noqa: F811
    complain(served, told, own_link(served.http, told))
    for step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)

    refused = served.http.post(f"/desk/case/{told['uuid']}/decide", data=fields, headers=rosa)

    assert refused.status_code == 422
    assert summary(refused.text) == wrong
    assert sorted(beside(refused.text)) == sorted(wrong)
    assert "newly_restricted." not in refused.text  # a code is for programs


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_was_typed_stands_in_its_form_as_it_was_typed(served, told, rosa, language):  # noqa: F811
    own = own_link(served.http, told)
    complain(served, told, own)
    typed = {"reasons": "Said & done.", "direction": "", "email": "nobody", "grounds": "Why <b>?"}

    desk = f"/desk/case/{told['uuid']}/interim?lang={language}"
    at_the_desk = served.http.post(desk, data=typed, headers=rosa).text
    own_page = served.http.post(f"{own}/add?lang={language}", data=typed).text

    assert ">Said &amp; done.</textarea>" in at_the_desk
    [order] = [part for part in at_the_desk.split("<details") if "/interim" in part]
    assert order.startswith(" open>")
    assert ">Why &lt;b&gt;?</textarea>" in own_page
    assert 'value="nobody"' in own_page


@pytest.mark.parametrize(
    ("step", "wrong"),
    [("inadmissible", ["ground", "reasons"]), ("interim", ["direction", "reasons"])],
)
def test_so_is_whoever_takes_another_step(served, told, rosa, step, wrong):  # noqa: F811
    complain(served, told, own_link(served.http, told))

    refused = served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)

    assert summary(refused.text) == wrong
    assert sorted(beside(refused.text)) == sorted(wrong)


@pytest.mark.parametrize(
    ("at", "sent", "wrong"),
    [
        ("groups", {"first": "abc"}, {"first"}),
        ("groups", {"really": "yes"}, {"outcome", "reasons"}),
        ("groups", {"really": "yes", "outcome": "reversed"}, {"steps", "reasons"}),
        ("leads", {}, {"leads", "question"}),
        ("texts", {"clause": "4.2"}, {"title", "body"}),
        ("misuse", {}, {"what", "clause", "numbers", "share", "gravity", "intention"}),
    ],
)
def test_so_is_a_lead_on_every_page_of_the_desk(served, told, at, sent, wrong):  # noqa: F811
    complaint = {"grounds": "It is my own photograph.", "email": f"{uuid4().hex}@person.example"}
    served.http.post(f"{own_link(served.http, told)}/complaint", data=complaint)
    lead = seat(served, "Nadja", "--lead")
    kinds = sorted(EVERY_APART)
    chosen = {"numbers_list": told["uuid"], "along": kinds, "single": told["uuid"]}
    preview = served.http.post("/desk/groups", data=chosen, headers=lead).text
    chosen |= shown(preview)
    of_the_case = chosen if at in ("groups", "leads") else {"case": told["uuid"]}

    refused = served.http.post(f"/desk/{at}", data={**of_the_case, **sent}, headers=lead)

    assert refused.status_code == 422
    assert set(summary(refused.text)) == set(beside(refused.text)) == wrong
    [box] = re.findall(r'id="problem".*?</div>', refused.text, re.DOTALL)
    assert "partially_reversed" not in box


def test_a_program_is_told_each_field_too(served, platform):
    reported = served.http.post(
        "/report",
        data={
            "platform": "test-platform",
            "where": "https://foro.example/p/2",
            "why": "It says where she lives.",
            "good_faith": "yes",
        },
    )
    number = reported.headers["location"].split("/")[2]

    refused = served.http.post(
        f"/api/v1/notice/{number}/answer", json={"result": "gone", "reasons": " "}, headers=platform
    )

    assert refused.status_code == 400
    assert set(refused.json()["errors"]) == {"result", "reasons"}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_on_a_phone_the_list_is_in_sight_and_each_line_leads_to_its_field(
    served, platform, open_page, language
):
    page = open_page(f"{served.url}/report?lang={language}", viewport=PHONE)
    page.locator("main form button").last.click()  # nothing was filled in, and no bubble stops it

    box = page.locator("#problem")
    box.wait_for()
    assert 0 <= box.bounding_box()["y"] < PHONE["height"]
    assert page.evaluate("document.activeElement.id") == "problem"
    box.get_by_role("link").last.click()
    page.locator("[name=good_faith]:focus").wait_for(timeout=10_000)
    assert violations(page) == []
