"""From the queue to a group: exactly what is ticked, and what is set apart stays set apart."""

import re
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from tests.conftest import Served, own_link, statement
from tests.stories.seats import seat, shown
from tests.web.conftest import violations

REASONS = "The rule was applied to all of these by one mistake of ours."
SPEECH = {
    "category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "category_specification": ["KEYWORD_HATE_SPEECH"],
}
RULING = {
    "outcome": "reversed",
    "steps": "restore_content",
    "reasons": REASONS,
    "reasons_language": "en",
}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("ticks") / "node")
    node.auth = node.add_platform("Foro")
    node.rosa = seat(node, "Rosa", "rosa@foro.example")
    node.ines = seat(node, "Ines", "ines@foro.example", "--lead")
    yield node
    node.stop()


def complained(foro, **fields):
    """A decision that somebody complained about: its number."""
    said = statement(f"ticks-{uuid4().hex}", **{"content_language": "EN"} | fields)
    told = foro.http.post("/api/v1/statement", json=said, headers=foro.auth).json()
    foro.http.post(f"{own_link(foro.http, told)}/complaint", data={"grounds": "It is art."})
    return told["uuid"]


def in_danger(foro):
    """A complaint about what was answered to a report of danger: its number."""
    said = {"where": f"https://foro.example/{uuid4().hex}", "why": "He waits.", "danger": "yes"}
    sent = foro.http.post("/report", data=said | {"good_faith": "yes", "platform": "foro"})
    own = sent.headers["location"].removesuffix("?new=1")
    case = own.split("/")[2]
    foro.ines.step(case, "answer", result="not_acted", reasons="It breaks no rule that we have.")
    foro.http.post(f"{own}/complaint", data={"grounds": "He knows where I live."})
    return case


def ticks(page):
    return re.findall(r'name="numbers_list" value="([0-9a-f-]{36})" form="together"', page)


def look(person, cases):
    """The page of the group tool, as the queue's form leads there."""
    return person.page(f"/desk/groups?{urlencode([('numbers_list', case) for case in cases])}")


def reached(page):
    return set(re.findall(r'<td[^>]*><a href="/desk/case/([0-9a-f-]{36})"', page))


def numbers(page):
    return re.search(r'<textarea name="numbers_list"[^>]*>([^<]*)<', page)[1].split()


def test_the_tool_opens_with_exactly_what_is_ticked(foro):
    first, second, other = (complained(foro) for _ in range(3))

    assert {first, second, other} <= set(ticks(foro.ines.page("/desk")))
    page = look(foro.ines, [first, second])

    assert numbers(page) == [first, second]
    assert reached(page) == {first, second}
    assert "2 cases fit this choice. Nothing has been decided yet." in page


def test_nothing_ticked_is_nobody_and_not_everybody(foro):
    complained(foro)

    assert reached(foro.ines.page("/desk/groups")) == set()
    assert "numbers_list" not in foro.ines.page("/desk?state=closed")


def test_danger_and_speech_are_not_swept_along(foro):
    plain, speech, danger = complained(foro), complained(foro, **SPEECH), in_danger(foro)

    assert danger not in ticks(foro.ines.page("/desk"))
    page = look(foro.ines, [plain, speech, danger])  # an address that somebody has changed
    assert reached(page) == {plain}
    given = {"numbers_list": f"{plain}\n{speech}\n{danger}"} | RULING
    foro.ines.post("/desk/groups", **given, **shown(page), really="yes")

    foro.ines.page("/desk/groups")
    for case in (speech, danger):
        assert case in shown_in_queue(foro)


def shown_in_queue(foro):
    return re.findall(r'href="/desk/case/([0-9a-f-]{36})', foro.ines.page("/desk"))


def test_whoever_was_decided_meanwhile_is_named_as_absent(foro):
    one, gone = complained(foro), complained(foro)
    foro.rosa.step(gone, "assign")
    foro.rosa.step(gone, "open")
    foro.rosa.step(gone, "decide", outcome="upheld", reasons=REASONS)

    page = look(foro.ines, [one, gone])

    assert reached(page) == {one}
    assert "Cases that were named and are not among these: 1." in page


def test_a_number_in_another_spelling_is_the_same_case(foro):
    one, two = complained(foro), complained(foro)

    page = look(foro.ines, [one.upper(), one, two.replace("-", "")])

    assert reached(page) == {one, two}
    assert "Cases that were named and are not among these" not in page


def test_a_reviewer_looks_and_a_lead_rules(foro):
    one, two = complained(foro), complained(foro)

    page = look(foro.rosa, [one, two])

    assert reached(page) == {one, two}
    assert "Only a lead rules on a group." in page
    assert 'name="really"' not in page
    given = {"numbers_list": f"{one}\n{two}"} | RULING
    assert foro.rosa.post("/desk/groups", **given, **shown(page), really="yes").status_code == 422
    assert "Only a lead" not in look(foro.ines, [one, two])


def test_the_case_of_another_platform_is_no_case_here(foro):
    foro.add_platform("Plaza")
    eve = seat(foro, "Eve", "eve@plaza.example", "--lead", platform="Plaza")
    one = complained(foro)

    page = look(eve, [one])

    assert reached(page) == set()
    assert "It is art." not in page


@pytest.mark.parametrize("given", ["x", "../" * 20, "é" * 500, "1"])
def test_an_address_that_was_changed_by_hand_is_an_error_in_words(foro, given):
    page = look(foro.ines, [given])

    assert "That is no number of a case." in page


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, False)])
def test_by_hand_with_scripts_and_without(foro, open_page, width, scripts):
    one, two = complained(foro), complained(foro)
    page = open_page(
        foro.url,
        java_script_enabled=scripts,
        bypass_csp=True,
        viewport={"width": width, "height": 800},
    )
    cookie = foro.ines.origin["cookie"].removeprefix("desk=")
    page.context.add_cookies([{"name": "desk", "value": cookie, "url": foro.url}])
    page.goto(f"{foro.url}/desk")
    for case in (one, two):
        page.get_by_label(f"Take case {case[-12:]} along").check()
    if scripts:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Look at what is ticked together").click()

    page.get_by_text("2 cases fit this choice.").wait_for()
