"""A person's page says first what was done and where it stands; the form is behind one button."""

from contextlib import closing
from functools import partial
from uuid import UUID, uuid4

import pytest
from tests.conftest import own_link, run, statement
from tests.web.conftest import violations

from amparo.case import read_back, write_back
from amparo.case.read_back import Seen
from amparo.case.state import Actor
from amparo.ledger.case import casework
from amparo.storage.journal import Journal

PHONE = {"width": 390, "height": 844}
CLOSED = {"decision_account": "DECISION_ACCOUNT_TERMINATED", "decision_visibility": None}
REASONS = "The clause names threats; the post quotes one in order to report it."


@pytest.fixture
def rosa(served, platform):
    return seat(served, "Rosa")


def seat(served, name, *more):
    """A seat at the desk, as the cookie of its session."""
    where = ("--platform", "test-platform", "--data", served.data)
    added = run("reviewer", "add", name, f"{uuid4().hex}@foro.example", *where, *more)
    return served.enter(added.stdout.splitlines()[-1])


@pytest.fixture
def told(served, platform):
    """An account that was closed, as its platform was told of it."""
    body = statement(f"facts-{uuid4().hex}", **CLOSED)
    return served.http.post("/api/v1/statement", json=body, headers=platform).json()


def complain(served, told, own):
    done = served.http.post(f"{own}/complaint", data={"grounds": "I quoted it."})
    assert done.status_code == 303


def decide(served, told, rosa, **fields):
    for step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)
    ruling = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_account"} | fields
    done = served.http.post(f"/desk/case/{told['uuid']}/decide", data=ruling, headers=rosa)
    assert done.status_code == 303, done.text


def top(page, selector):
    return page.locator(selector).first.bounding_box()["y"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("whose", ["handed over", "own"])
def test_on_a_phone_what_was_done_is_in_the_first_screen_and_above_the_form(
    served, told, open_page, language, whose
):
    handed_over = told["recourse_url"].removeprefix(served.url)
    path = own_link(served.http, told) if whose == "own" else handed_over

    page = open_page(f"{served.url}{path}?lang={language}", viewport=PHONE)

    assert "Test Platform" in page.locator("h1").inner_text()
    button = top(page, "summary[role=button]")
    assert top(page, "h1") < top(page, "ul.why") < button < PHONE["height"]
    assert not page.locator("textarea[name=grounds]").first.is_visible()
    assert page.complaints == []


def test_the_form_opens_and_is_sent_without_script(served, told, open_page):
    own = own_link(served.http, told)
    page = open_page(served.url + own, java_script_enabled=False, locale="en-GB")

    page.locator("summary[role=button]").click()
    page.get_by_label("What is wrong with the decision?").fill("I quoted it.")
    page.get_by_role("button", name="Send the complaint").click()

    page.get_by_role("heading", name="Where your complaint stands").wait_for()
    assert page.locator("time").first.inner_text().endswith(" UTC")


def test_a_form_with_a_mistake_is_open_again_with_what_was_typed(served, told):
    own = own_link(served.http, told)

    wrong = served.http.post(f"{own}/complaint", data={"grounds": "Why?", "email": "no address"})

    assert wrong.status_code == 422
    [step] = [part for part in wrong.text.split("<details") if 'id="complain"' in part]
    assert " open>" in step.partition("<summary")[0]
    assert "Why?" in step


def test_once_decided_the_reasons_are_where_it_stands_and_above_everything_else(
    served, told, rosa, open_page
):
    own = own_link(served.http, told)
    complain(served, told, own)
    assert REASONS not in served.http.get(own).text

    decide(served, told, rosa)

    page = open_page(served.url + own, viewport=PHONE, locale="en-GB")
    box = page.locator("section", has=page.locator("#stands"))
    assert "The first decision was reversed." in box.inner_text()
    assert REASONS in box.inner_text()
    assert top(page, "#stands") < PHONE["height"]
    happened = page.get_by_role("region", name="What happened")
    assert REASONS not in happened.inner_text()  # nothing is to be read twice
    happened.get_by_role("link", name="The reasons of whoever decided").click()
    assert page.url.endswith("#stands")
    assert violations(page) == []


def test_whoever_comes_back_has_the_statement_folded_and_a_link_that_unfolds_it(
    served, told, open_page
):
    own = own_link(served.http, told)
    first = open_page(served.url + own, viewport=PHONE, locale="en-GB")
    assert first.get_by_text("The clause it names").is_visible()
    complain(served, told, own)

    page = open_page(served.url + own, viewport=PHONE, locale="en-GB")
    assert first.locator("ul.why > li").count() == 3
    assert page.locator("ul.why > li").count() == 1  # where it stands comes before what is known
    assert top(page, "#stands") < PHONE["height"] / 2
    facts = page.get_by_text("The facts it relies on")
    assert not facts.is_visible()
    page.emulate_media(media="print")
    assert facts.is_visible()  # paper has nothing to unfold
    page.emulate_media(media="screen")
    page.get_by_role("link", name="All of the reasons").click()

    assert facts.is_visible()
    assert page.complaints == []


@pytest.mark.parametrize("facts", ["A user reported it.", "It was reported. " * 20])
@pytest.mark.parametrize("machine", ["Yes", "No"])
def test_before_a_complaint_nothing_of_the_statement_is_to_be_read_twice(
    served, platform, facts, machine
):
    """Its three lines stand above; all else of it below them, and the facts where they are whole."""
    more = {"decision_facts": facts.strip(), "automated_detection": machine}
    body = statement(f"once-{uuid4().hex}", **CLOSED | more)
    told = served.http.post("/api/v1/statement", json=body, headers=platform).json()

    page = served.http.get(own_link(served.http, told)).text
    public = served.http.get(f"/statement/{told['uuid']}").text

    found = "A machine found the content." if machine == "Yes" else "No machine found the content"
    lines = ["It took effect on", "Filed under", "says that the content", found, facts.strip()]
    assert {line: page.count(line) for line in lines} == dict.fromkeys(lines, 1)
    assert {line: public.count(line) for line in lines} == dict.fromkeys(lines, 1)
    assert ("The facts it relies on" in page) == (len(facts) > 160)


def test_what_two_steps_of_one_moment_say_alike_is_said_once(served, told, rosa):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, rosa)

    history = served.http.get(own).text.partition('id="history"')[2].partition("</section>")[0]

    assert history.count("The first decision was reversed.") == 1


def test_once_decided_the_outcome_is_directly_under_what_was_done(served, told, rosa, open_page):
    own = own_link(served.http, told)
    complain(served, told, own)
    assert 'id="outcome"' not in served.http.get(own).text

    decide(served, told, rosa)

    page = open_page(served.url + own, viewport=PHONE, locale="en-GB")
    line = page.locator("hgroup + #outcome")
    assert line.locator("strong").inner_text() == "The first decision was reversed."
    assert top(page, "#outcome") < top(page, "ul.why")
    assert line.locator("a").get_attribute("href") == "#stands"


def test_what_was_withdrawn_is_not_said_to_be_refused(served, platform, told, rosa):
    """It could not be heard, was opened once more for that, and was then withdrawn."""
    own, desk = own_link(served.http, told), f"/desk/case/{told['uuid']}"
    complain(served, told, own)
    refused = {"ground": "not_covered", "reasons": "Nothing is said of the decision."}
    served.http.post(f"{desk}/inadmissible", data=refused, headers=rosa)
    assert "The complaint could not be heard." in headline(served.http.get(own).text)
    lead = seat(served, "Ines", "--lead")
    again = served.http.post(f"{desk}/reopen", data={"reasons": REASONS}, headers=lead)
    assert again.status_code == 303, again.text

    served.http.post(f"{own}/withdraw", data={})

    page = headline(served.http.get(own).text)
    assert 'id="outcome"' not in page
    assert refused["reasons"] not in page


def test_the_last_day_of_an_objection_leads_to_its_form(served, platform, told, rosa, open_page):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, rosa)
    at = f"/api/v1/case/{told['uuid']}/remedy"
    served.http.post(at, json={"result": "implemented"}, headers=platform)
    page = open_page(served.url + own, viewport=PHONE, locale="en-GB")
    form = page.get_by_role("button", name="Say that it is not done")
    page.locator("details#done").evaluate("step => { step.open = false }")
    assert not form.is_visible()

    page.get_by_role("link", name="You can object until").click()

    form.wait_for()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(part => part.id)")
    assert len(ids) == len(set(ids))


def test_what_was_sent_is_confirmed_once_with_its_number_and_where_letters_go(served, told):
    own = own_link(served.http, told)
    fields = {"grounds": "I quoted it.", "email": "cleo@mail.example"}

    done = served.http.post(f"{own}/complaint", data=fields)

    confirmed = headline(served.http.get(done.headers["location"]).text)
    received = confirmed.partition('id="received"')[2].partition("</div>")[0]
    assert "Your complaint was received." in received
    assert told["uuid"] in received
    assert "cleo@mail.example" in received
    assert confirmed.index('id="received"') < confirmed.index('class="why"')
    assert "Your complaint was received." not in served.http.get(own).text


def test_nobody_is_told_that_a_complaint_was_received_that_was_not_sent(served, told):
    own = own_link(served.http, told)

    page = served.http.get(f"{own}?sent=complaint").text

    assert "Your complaint was received." not in page


def test_the_category_is_said_as_a_category(served, told):
    page = served.http.get(own_link(served.http, told)).text

    assert "Filed under: " in page
    assert "Found to be" not in page


def test_the_page_speaks_to_whoever_reads_it(served, told):
    own = own_link(served.http, told)
    complain(served, told, own)

    page = served.http.get(own).text

    assert "You complained." in page
    assert "A complaint was filed." not in page


def test_moments_are_in_the_readers_own_time_with_utc_on_hover(served, told, open_page):
    own = own_link(served.http, told)

    page = open_page(served.url + own, locale="en-GB", timezone_id="Asia/Kathmandu")

    shown = page.locator("time").first
    utc = shown.get_attribute("datetime")
    assert utc.endswith("+00:00")
    local = page.evaluate(
        "at => new Intl.DateTimeFormat('en-GB', {dateStyle: 'long', timeStyle: 'short',"
        " timeZone: 'Asia/Kathmandu'}).format(new Date(at))",
        utc,
    )
    assert shown.inner_text() == local
    assert shown.get_attribute("title").endswith(f"{utc[11:19]} UTC")


def test_who_reported_a_danger_reads_what_comes_next(served, platform):
    report = {"where": "https://foro.example/p/1", "why": "It names my street.", "danger": "yes"}
    sent = served.patient_post(
        "/report", data=report | {"platform": "test-platform", "good_faith": "yes"}
    )

    page = served.http.get(sent.headers["location"]).text

    assert "Test Platform was given it, and has not answered yet." in page
    assert "call the police" in page
    assert page.index("It names my street.") < page.index("<form")


@pytest.mark.parametrize(
    ("restored", "steps", "says"),
    [
        (True, "restore_account", "It is done, and that was checked."),
        (True, "restore_payments", "A machine has looked, and cannot see all of it"),
        (False, "restore_account", "own system shows that it is not done"),
    ],
)
def test_the_page_says_what_a_machine_saw_and_not_that_nobody_has_looked(
    served, platform, told, rosa, restored, steps, says
):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, rosa, steps=steps)
    at = f"/api/v1/case/{told['uuid']}/remedy"
    done = served.http.post(at, json={"result": "implemented"}, headers=platform)
    assert done.status_code == 200, done.text
    assert "Nobody has checked that yet" in headline(served.http.get(own).text)

    saw = () if restored else ("suspended",)
    seen = Seen(saw, is_over=restored, shows={"restore_account"})
    with closing(Journal(served.data / "journal.db")) as journal:
        look = partial(read_back.look, number=0, seen=seen, source="a.example", now=casework.now())
        casework.act(journal, UUID(told["uuid"]), look)

    now = headline(served.http.get(own).text)
    assert says in now
    assert "Nobody has checked that yet" not in now


def test_the_page_says_that_this_node_has_done_it_and_not_that_the_platform_says_so(
    served, told, rosa
):
    own = own_link(served.http, told)
    complain(served, told, own)
    decide(served, told, rosa)
    step = partial(
        write_back.carried_out,
        shows={"restore_account"},
        source="a.example",
        by=Actor("platform", "test-platform"),
        now=casework.now(),
    )
    partly = Seen(("silenced",), is_over=True, shows={"restore_account"})
    look = partial(read_back.look, number=0, seen=partly, source="a.example", now=casework.now())
    pages = []
    with closing(Journal(served.data / "journal.db")) as journal:
        for act in (step, look):
            casework.act(journal, UUID(told["uuid"]), act)
            pages.append(headline(served.http.get(own).text))

    for page in pages:
        assert "This node has carried it out" in page
        assert "The platform says that it is done" not in page


def headline(page):
    """What stands above the history, in which each thing is told as it was then."""
    return page.partition('id="history"')[0]


def test_a_long_history_begins_with_its_newest_steps_and_folds_the_rest(
    served, platform, told, rosa, open_page
):
    own = own_link(served.http, told)
    complain(served, told, own)
    short = served.http.get(own).text
    decide(served, told, rosa)
    at = f"/api/v1/case/{told['uuid']}/remedy"
    served.http.post(at, json={"result": "implemented"}, headers=platform)

    page = open_page(served.url + own, viewport=PHONE, locale="en-GB")

    assert 'class="earlier"' not in short
    earlier = page.locator("details.earlier")
    assert earlier.locator("summary").inner_text().endswith("earlier steps")
    assert page.locator("#history ~ .timeline > li").count() == 4
    first = page.get_by_text("The decision was taken and recorded.")
    assert not first.is_visible()
    page.emulate_media(media="print")
    assert first.is_visible()
    page.emulate_media(media="screen")
    earlier.locator("summary").click()
    assert first.is_visible()


def test_whoever_comes_back_reads_what_happened_before_the_decision_that_they_know(served, told):
    own = own_link(served.http, told)
    first = served.http.get(own).text
    complain(served, told, own)
    back = served.http.get(own).text

    assert first.index('id="why"') < first.index('id="can"') < first.index('id="history"')
    assert back.index('id="history"') < back.index('id="can"') < back.index('id="why"')
