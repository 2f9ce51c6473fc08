"""The worksheet at the desk: asked for before a ruling on speech, in steps, kept as one types."""

import re
import time
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from tests.case.test_weighing import short
from tests.conftest import own_link, run, statement
from tests.web.conftest import before_its_script, go_to

from amparo.case.worksheet import SHORT
from amparo.storage.journal import Journal
from amparo.web.staff.worksheets import PARTS

REASONS = "The clause names threats; the post quotes one in order to report it."
SPEECH = {
    "category": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "category_specification": ["KEYWORD_HATE_SPEECH"],
}


def seat(served, name, request, *more, platform="test-platform"):
    """A seat at the desk, as the cookie of its session."""
    email = f"{name.lower()}-{abs(hash(request.node.name))}@foro.example"
    where = ("--platform", platform, "--data", served.data, *more)
    link = run("reviewer", "add", name, email, *where).stdout.splitlines()[-1]
    return served.enter(link)


@pytest.fixture
def rosa(served, platform, request):
    return seat(served, "Rosa", request)


@pytest.fixture
def lead(served, platform, request):
    return seat(served, "Ines", request, "--lead")


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


def part(served, told, who, number, *, go="keep", **fields):
    """One part of the form, as its page sends it."""
    data = {"part": number, "go": go} | fields
    return served.http.post(f"/desk/case/{told['uuid']}/decide", data=data, headers=who)


def case(served, told, who, query=""):
    return served.http.get(f"/desk/case/{told['uuid']}{query}", headers=who).text


def questions_of(number):
    return {question.id for question in SHORT if question.part == number}


def of_part(number, answers=None):
    answers = answers or short()
    return form({name: answers[name] for name in questions_of(number) & set(answers)})


def kept(served, told):
    """How many drafts there are of a case."""
    with closing(Journal(served.data / "journal.db", read_only=True)) as journal:
        found = journal.db.execute(
            "SELECT count(*) FROM draft WHERE case_id = ?", (UUID(told["uuid"]).bytes,)
        )
        return found.fetchone()[0]


def plain_complaint(served, platform, who, puid):
    """A complaint about something else than speech, opened by somebody."""
    told = served.http.post("/api/v1/statement", json=statement(puid), headers=platform).json()
    own = own_link(served.http, told)
    served.http.post(f"{own}/complaint", data={"grounds": "It is art."})
    for step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=who)
    return told


def reported(served, platform, where):
    """A complaint about what was answered to a report of an address."""
    said = {"where": where, "why": "He sells what he does not have.", "good_faith": "yes"}
    said |= {"category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "platform": "test-platform"}
    own = served.patient_post("/report", data=said).headers["location"].removesuffix("?new=1")
    number = own.split("/")[2]
    no = {"result": "not_acted", "reasons": "We see no rule that fits.", "decided_by": ["mod-17"]}
    served.http.post(f"/api/v1/notice/{number}/answer", json=no, headers=platform)
    served.http.post(f"{own}/complaint", data={"grounds": "It is still there."})
    return {"uuid": number, "own": own}


def ticked(page):
    """Who else is offered on a page, as its form sends it."""
    also = re.findall(r'name="also" value="([^"]*)" checked', page)
    return {"also": also, "offered": re.findall(r'name="offered" value="([^"]*)"', page)}


def test_it_goes_part_by_part_and_the_decision_is_the_last(served, told, rosa):
    for number in range(len(PARTS)):
        page = case(served, told, rosa)
        shown = set(re.findall(r'fieldset id="(Q-\w+)"', page))
        assert shown == questions_of(number)
        assert f"Part {number + 1} of 7" in page
        assert 'name="outcome"' not in page
        on = part(served, told, rosa, number, go=str(number + 1), **of_part(number))
        assert (on.status_code, on.headers["location"]) == (
            303,
            f"/desk/case/{told['uuid']}?part={number + 1}#decide",
        )

    page = case(served, told, rosa)

    assert "Part 7 of 7; 13 of 13 questions are answered." in page
    assert 'name="outcome"' in page
    sent = part(served, told, rosa, 6, go="", outcome="upheld", reasons=REASONS)
    assert sent.status_code == 303
    assert "Speaker: authority over the audience" in served.http.get(told["own"]).text
    assert kept(served, told) == 0


def test_what_the_first_answers_rule_out_is_not_asked(served, told, rosa):
    neither = short(**{"Q-02": "neither"})
    part(served, told, rosa, 0, **of_part(0, neither))

    page = case(served, told, rosa)

    assert "Part 2 of 6; 1 of 7 questions are answered." in page
    assert "The six Rabat factors" not in page


def test_what_was_typed_is_there_when_the_page_is_lost(served, told, rosa):
    assert part(served, told, rosa, 3, **{"Q-R4.reason": "Half a"}).status_code == 204
    decision = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_content"}
    part(served, told, rosa, 6, divergence="Said too.", **decision)
    part(served, told, rosa, 0, **of_part(0))  # in another tab: it says nothing of the decision

    assert "Half a" in case(served, told, rosa, "?part=3")
    page = case(served, told, rosa, "?part=6")
    assert REASONS in page
    assert "Said too." in page
    for chosen in ('value="reversed"', 'value="restore_content"'):
        [at] = [field for field in page.split("<input") if chosen in field]
        assert "checked" in at.partition(">")[0]


def test_a_decision_about_anything_is_kept_as_one_types(served, platform, rosa):
    told = plain_complaint(served, platform, rosa, "kept-without-worksheet")

    assert part(served, told, rosa, 6, outcome="upheld", reasons="Half of").status_code == 204

    page = case(served, told, rosa)
    assert "Half of" in page
    assert "Part 1 of" not in page
    assert decide(served, told, rosa, shown=opened(page)).status_code == 303
    assert kept(served, told) == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_browser_with_scripts_and_without(served, told, rosa, open_page, scripts):
    """With scripts it is kept as one types; without, by the button and with each step."""
    page = open_page(served.url, java_script_enabled=scripts)
    cookie = rosa["cookie"].removeprefix("desk=")
    page.context.add_cookies([{"name": "desk", "value": cookie, "url": served.url}])
    page.goto(f"{served.url}/desk/case/{told['uuid']}")
    page.locator("input[name='Q-02'][value=art20_2]").check()
    page.locator("textarea[name='Q-02.reason']").fill(short()["Q-02"].reason)
    if scripts:
        page.locator("[data-draft-state]", has_text="Kept at").wait_for()
        page.reload()
        go_to(page, "What it is about")
        page.locator("input[name='Q-02'][value=art20_2]:checked").wait_for()
    page.get_by_role("button", name="Keep it and go on").click()
    page.get_by_text("Part 2 of 7; 1 of 13 questions are answered.").wait_for()
    go_to(page, "The decision")
    page.locator("#decide textarea[name=reasons]").fill("She quotes it.")
    page.get_by_role("button", name="Back").click()  # though no outcome is chosen yet
    page.get_by_text("Part 6 of 7").wait_for()
    go_to(page, "The decision")
    assert page.locator("#decide textarea[name=reasons]").input_value() == "She quotes it."
    assert page.complaints == []


def at_the_desk(served, told, who, open_page):
    page = open_page(served.url)
    cookie = who["cookie"].removeprefix("desk=")
    page.context.add_cookies([{"name": "desk", "value": cookie, "url": served.url}])
    page.goto(f"{served.url}/desk/case/{told['uuid']}")
    return page


LEAVING = {
    "another page": lambda page, url: page.goto(f"{url}/about"),
    "closed": lambda page, _: page.close(),
    "another window": lambda page, _: page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden'});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    ),
}


@pytest.mark.parametrize("leaving", LEAVING)
def test_what_was_typed_last_is_kept_when_the_page_is_left(served, told, rosa, open_page, leaving):
    """A phone that shows another window may end the page without another word."""
    page = at_the_desk(served, told, rosa, open_page)
    text = short()["Q-02"].reason
    page.locator("input[name='Q-02'][value=art20_2]").check()
    page.locator("textarea[name='Q-02.reason']").fill(text)

    LEAVING[leaving](page, served.url)

    until_typed(served, told, rosa, 0, text)


def test_what_was_typed_before_the_script_came_is_kept(served, told, rosa, open_page):
    """On a slow line, and without another letter after it."""
    page = at_the_desk(served, told, rosa, open_page)
    let_it_come = before_its_script(page, page.url, "draft.js")
    text = short()["Q-02"].reason
    page.locator("textarea[name='Q-02.reason']").fill(text)
    assert text not in case(served, told, rosa, "?part=0")

    let_it_come()

    page.locator("[data-draft-state]").get_by_text("Kept").wait_for()
    until_typed(served, told, rosa, 0, text)


@pytest.mark.parametrize("then", ["", "She quotes it"])
def test_what_is_deleted_while_a_save_is_on_its_way_stays_deleted(
    served, told, rosa, open_page, then
):
    """The page goes before it is told that the longer words were kept."""
    page = at_the_desk(served, told, rosa, open_page)
    go_to(page, "The decision")
    held = []

    def hold(route):
        if held or b"keep" not in (route.request.post_data_buffer or b""):
            route.continue_()
        else:
            held.append(route.fetch())  # it arrives, and its answer does not

    page.route("**/decide", hold)
    reasons = page.locator("#decide textarea[name=reasons]")
    reasons.fill("She quotes it,\nand says so.")
    deadline = time.monotonic() + 60
    while not held:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    reasons.fill(then)
    page.goto(f"{served.url}/about")
    page.unroute_all(behavior="ignoreErrors")

    while "and says so." in (now := case(served, told, rosa, "?part=6")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert then in now


def test_another_windows_words_outlive_what_was_on_its_way(served, told, rosa):
    shown = opened(case(served, told, rosa, "?part=6"))
    part(served, told, rosa, 6, shown=shown, reasons="Of one window.")
    part(served, told, rosa, 6, shown=shown, reasons="Of one window. And of another.")

    part(served, told, rosa, 6, shown=shown, sending="part=6&reasons=Of+one+window.", reasons="")

    assert "And of another." in case(served, told, rosa, "?part=6")


def test_saves_whose_answers_were_lost_are_not_taken_for_another_window(
    served, told, rosa, open_page
):
    """The first one arrives without an answer, the second never does: then the network is back."""
    page = at_the_desk(served, told, rosa, open_page)
    go_to(page, "The decision")
    lost = []

    def lose(route):
        if not lost:
            route.fetch()
        lost.append(route)
        route.abort()

    page.route("**/decide", lose)
    reasons = page.locator("#decide textarea[name=reasons]")
    for number, text in enumerate(("What arrives unanswered.", "What never arrives."), start=1):
        reasons.fill(text)
        deadline = time.monotonic() + 60
        while len(lost) < number:
            assert time.monotonic() < deadline
            page.wait_for_timeout(50)
    page.unroute_all(behavior="wait")
    reasons.fill("What comes at last.")

    until_typed(served, told, rosa, 6, "What comes at last.")


def test_a_draft_that_is_longer_than_a_page_that_is_left_may_send_is_kept(
    served, told, rosa, open_page
):
    page = at_the_desk(served, told, rosa, open_page)
    go_to(page, "The decision")
    for field in ("reasons", "divergence"):
        page.locator(f"#decide textarea[name={field}]").fill(f"{field} {'ض' * 19_000}")

    until_typed(served, told, rosa, 6, f"reasons {'ض' * 19_000}")
    assert page.complaints == []


def until_typed(served, told, who, number, text):
    """Wait until a draft has some words."""
    deadline = time.monotonic() + 60
    while text not in case(served, told, who, f"?part={number}"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_nothing_typed_is_lost_when_an_answer_lacks(served, told, rosa):
    answers = form(short()) | {"Q-R4.reason": "Hm."}

    sent = decide(served, told, rosa, **answers, divergence="Said too.")

    assert sent.status_code == 422
    assert "Q-R4: its reason has fewer than 40 characters." in sent.text
    assert "Part 4 of 7" in sent.text  # where it lacks something
    for there in (short()["Q-R3"].reason, "Hm.", "Say what in the file leads you there."):
        assert there in sent.text
    page = case(served, told, rosa, "?part=6")
    for there in (REASONS, "Said too."):
        assert there in page


def problems(page):
    """The list of what is wrong, as (address, words); without an address where it leads nowhere."""
    [box] = re.findall(r'<div[^>]* id="problem".*?</div>', page, re.DOTALL)
    return re.findall(r'<li>(?:<a href="([^"]*)">)?(?:<strong>)?(.*?)<', box)


def test_all_that_lacks_is_told_and_each_line_leads_to_where_it_is_mended(served, told, rosa):
    sent = part(served, told, rosa, 6, go="", outcome="upheld", reasons=REASONS)

    found, here = problems(sent.text), f"/desk/case/{told['uuid']}"
    assert "Part 1 of 7" in sent.text
    of_part = {"#Q-02", *(f"{here}?part={number}#decide" for number in range(1, 6))}
    assert {at for at, _ in found} == {"", *of_part}
    assert ("", "This decision needs a worksheet.") in found
    assert sent.text.count('id="Q-02"') == sent.text.count('aria-describedby="n-Q-02"') == 1
    assert 'id="n-Q-02"' in sent.text
    for at, _ in found:
        if at.startswith("/"):
            there = served.http.get(at, headers=rosa).text
            assert f'name="part" value="{at.partition("=")[2][0]}"' in there


def test_what_lacks_of_the_decision_is_told_beside_what_lacks_of_the_questions(served, told, rosa):
    answers = {name: answer for name, answer in short().items() if name != "Q-R4"}

    sent = decide(served, told, rosa, outcome="", reasons="", **form(answers))

    last = f"/desk/case/{told['uuid']}?part=6#decide"
    assert problems(sent.text) == [
        ("#Q-R4", "Q-R4: it is not answered."),
        (last, "Choose an outcome."),
        (last, "Write why: the person reads it."),
    ]


def test_nothing_typed_is_lost_when_a_reason_is_too_long(served, told, rosa):
    long = "ñ" * 5_001

    sent = part(served, told, rosa, 3, go="4", **of_part(3) | {"Q-R5.reason": long})

    assert (sent.status_code, long in sent.text, "Part 4 of 7" in sent.text) == (422, True, True)
    assert short()["Q-R3"].reason in sent.text
    assert problems(sent.text) == [("#Q-R5", "The text is too long.")]
    assert 'id="n-Q-R5"' in sent.text


def test_a_draft_is_for_whoever_types_it_and_ends_with_the_case(served, told, rosa, request):
    """A lead gives the case to herself while Rosa types: neither reads the other's words."""
    lead = seat(served, "Lucrecia", request, "--lead")  # a name of this test alone at this desk
    part(served, told, rosa, 6, reasons="What Rosa typed before.")
    [lucrecia] = re.findall(r'<option value="(\d+)"[^>]*>Lucrecia', case(served, told, lead))
    address = f"/desk/case/{told['uuid']}"
    served.http.post(f"{address}/assign", data={"reviewer": lucrecia}, headers=lead)

    late = part(served, told, rosa, 6, reasons="What Rosa typed after.")

    assert late.status_code == 422
    assert "assigned to somebody else" in late.text
    assert "What Rosa typed after." in late.text  # she can copy it; nothing is kept of it
    served.http.post(f"{address}/open", data={}, headers=lead)
    assert "What Rosa typed" not in case(served, told, lead, "?part=6")
    assert decide(served, told, lead, **form(short())).status_code == 303
    assert kept(served, told) == 0

    again = part(served, told, rosa, 6, go="", outcome="upheld", reasons=REASONS)

    assert (again.status_code, kept(served, told)) == (422, 0)
    assert REASONS in again.text


def test_nobody_of_another_desk_or_without_a_seat_writes_on_it(served, told, request):
    slug = f"other-{abs(hash(request.node.name))}"
    run("platform", "add", slug, "--data", served.data)
    for who, status in (
        ({}, 401),
        ({"cookie": "desk=none"}, 401),
        (seat(served, "Eve", request, platform=slug), 404),
    ):
        assert part(served, told, who, 6, reasons="A stranger's.").status_code == status
    assert kept(served, told) == 0


def test_no_ruling_without_it_and_its_words_are_in_the_answer(served, platform, told, rosa):
    refused = decide(served, told, rosa)

    assert (refused.status_code, "needs a worksheet" in refused.text) == (422, True)
    assert decide(served, told, rosa, **form(short())).status_code == 303
    page = served.http.get(told["own"]).text
    assert "Speaker: authority over the audience" in page
    assert all(answer.reason in page for answer in short().values())
    assert 'lang="es"' in served.http.get(told["own"], headers={"cookie": "language=es"}).text


def test_a_case_about_something_else_is_decided_as_before(served, platform, rosa):
    told = plain_complaint(served, platform, rosa, "plain-without-worksheet")

    page = served.http.get(f"/desk/case/{told['uuid']}", headers=rosa).text

    assert "Q-R1" not in page
    assert decide(served, told, rosa).status_code == 303


def test_an_order_beside_a_decision_that_stands_is_refused_and_not_dropped(served, platform, rosa):
    told = plain_complaint(served, platform, rosa, "stands-and-orders")

    refused = decide(served, told, rosa, outcome="upheld")

    assert (refused.status_code, "and yet something is ordered" in refused.text) == (422, True)
    assert REASONS in refused.text
    again = {"shown": opened(refused.text), "outcome": "upheld", "steps": []}
    assert decide(served, told, rosa, **again).status_code == 303


def opened(page):
    """What a page shows, as its form says it back."""
    return re.findall(r'name="shown" value="([^"]*)"', page)[0]


def test_an_older_window_erases_nothing_that_was_kept_after_it_was_opened(served, told, rosa):
    """It keeps its empty part, and then its empty decision."""
    old = opened(case(served, told, rosa))
    part(served, told, rosa, 0, shown=old, **of_part(0))
    decision = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_content"}
    part(served, told, rosa, 6, shown=old, **decision)

    for number in (0, 6):
        assert part(served, told, rosa, number, go="1", shown=old).status_code == 303

    assert short()["Q-02"].reason in case(served, told, rosa, "?part=0")
    assert REASONS in case(served, told, rosa, "?part=6")
    now = opened(case(served, told, rosa, "?part=6"))
    part(served, told, rosa, 6, shown=now, outcome="reversed", reasons="")
    assert REASONS not in case(served, told, rosa, "?part=6")  # it was seen, and taken away


def test_other_words_in_an_older_window_are_refused_and_shown(served, told, rosa):
    old = opened(case(served, told, rosa))
    part(served, told, rosa, 6, shown=old, outcome="reversed", reasons=REASONS)

    clash = part(served, told, rosa, 6, go="6", shown=old, reasons="Something else.")

    assert (clash.status_code, "in another window" in clash.text) == (422, True)
    assert "Something else." in clash.text
    assert REASONS in case(served, told, rosa, "?part=6")
    again = {"shown": opened(clash.text), "reasons": "Something else."}
    assert part(served, told, rosa, 6, **again).status_code == 204
    assert "Something else." in case(served, told, rosa, "?part=6")


def test_nothing_is_signed_that_its_window_does_not_show(served, platform, rosa):
    """Both windows show an outcome; one keeps the other one, then the older is sent."""
    told = plain_complaint(served, platform, rosa, "two-windows")
    first = {"outcome": "upheld", "reasons": REASONS}
    part(served, told, rosa, 6, **first)
    old = opened(case(served, told, rosa))
    part(served, told, rosa, 6, shown=old, outcome="reversed", reasons=REASONS)

    sent = part(served, told, rosa, 6, go="", shown=old, **first)

    assert (sent.status_code, "in another window" in sent.text) == (422, True)
    [reversed_] = [field for field in sent.text.split("<input") if 'value="reversed"' in field]
    assert "checked" in reversed_.partition(">")[0]


def test_no_other_part_is_signed_as_its_window_did_not_show_it(served, told, rosa):
    """An answer is changed in one window; then the other one sends the decision."""
    for number in range(len(PARTS)):
        part(served, told, rosa, number, **of_part(number))
    old = opened(case(served, told, rosa, "?part=6"))
    weighed = of_part(1)
    name = next(field for field in weighed if field.endswith(".reason"))
    now = opened(case(served, told, rosa, "?part=1"))
    part(
        served,
        told,
        rosa,
        1,
        shown=now,
        **weighed | {name: "I read it again: the clause does not say that of quotations at all."},
    )
    answer = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_content"}

    sent = part(served, told, rosa, 6, go="", shown=old, **answer)

    assert (sent.status_code, "in another window" in sent.text) == (422, True)
    assert f"It stands at {name.partition('.')[0]}" in sent.text
    again = part(served, told, rosa, 6, go="", shown=opened(sent.text), **answer)
    assert again.status_code == 303


@pytest.mark.parametrize("step", ["withdraw", "add"])
def test_whoever_moves_among_the_others_is_no_other_window(served, platform, rosa, step):
    """A draft is kept with both of them ticked; then the other one withdraws, or adds something."""
    where = f"https://foro.example/{uuid4().hex}"
    told, other = (reported(served, platform, where) for _ in range(2))
    for own_step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{own_step}", data={}, headers=rosa)
    page = case(served, told, rosa)
    before = ticked(page)
    assert other["uuid"] in before["also"][0]
    part(served, told, rosa, 6, shown=opened(page), reasons="Half of", **before)
    served.http.post(f"{other['own']}/{step}", data={"grounds": "He has changed the page."})

    page = case(served, told, rosa)
    assert ticked(page)["offered"] != before["offered"]
    answer = {"outcome": "upheld", "reasons": REASONS} | ticked(page)
    sent = part(served, told, rosa, 6, go="", shown=opened(page), **answer)

    assert sent.status_code == 303


def test_others_who_were_ticked_in_another_window_are_not_left_out_unseen(served, platform, rosa):
    where = f"https://foro.example/{uuid4().hex}"
    told, other = (reported(served, platform, where) for _ in range(2))
    for own_step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{own_step}", data={}, headers=rosa)
    page = case(served, told, rosa)
    both, alone = ticked(page), ticked(page) | {"also": []}
    part(served, told, rosa, 6, shown=opened(page), reasons="Half of", **alone)
    old = opened(case(served, told, rosa))
    part(served, told, rosa, 6, shown=old, reasons="Half of", **both)
    answer = {"outcome": "upheld", "reasons": REASONS}

    sent = part(served, told, rosa, 6, go="", shown=old, **answer, **alone)

    assert (sent.status_code, "in another window" in sent.text) == (422, True)
    assert other["uuid"] in "".join(ticked(sent.text)["also"])


def test_a_script_that_keeps_again_goes_on_from_what_it_showed(served, told, rosa):
    shows = opened(case(served, told, rosa))
    for typed in ("It", "It says", "They say"):
        kept_now = part(served, told, rosa, 6, shown=shows, reasons=typed)
        assert kept_now.status_code == 204
        shows = kept_now.headers["draft-shown"]

    assert "They say" in case(served, told, rosa, "?part=6")
