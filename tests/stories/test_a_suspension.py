"""Misuse: a sender is warned, suspended for a time, and what they send meanwhile waits, not lost."""

from datetime import timedelta
from urllib.parse import urljoin
from uuid import UUID

import pytest
from tests.case.test_suspensions import FACTORS
from tests.conftest import run, statement
from tests.postbox import mailbox
from tests.stories.foro import foro_at
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.case.roles import Reviewer
from amparo.case.suspensions import suspend
from amparo.ledger.case import casework, suspensions
from amparo.storage.journal import Journal

LEAD = Reviewer(1, lead=True)


@pytest.fixture(scope="module")
def post():
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def foro(tmp_path_factory, post):
    with foro_at(tmp_path_factory.mktemp("misuse"), post) as node:
        seat = ("--platform", "Foro", "--lead", "--data", node.data)
        told = run("reviewer", "add", "Lena", "lena@example.org", *seat)
        node.link = told.stdout.splitlines()[-1]
        yield node


@pytest.fixture(scope="module")
def lead(foro, browser):
    page = browser.new_context(locale="en-GB").new_page()
    page.set_default_timeout(120_000)
    page.goto(urljoin(foro.url, foro.link))
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url("**/desk")
    yield page
    page.context.close()


def report(foro, **fields):
    """A report by the same sender; the number of its case."""
    form = {
        "platform": "foro",
        "where": "https://example.org/p/1",
        "why": "I do not like it.",
        "email": "troll@example.org",
        "good_faith": "yes",
    } | fields
    answer = foro.http.post("/report", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].split("/")[2]


def orders(foro):
    told = foro.http.get("/api/v1/orders", headers=foro.auth).json()["orders"]
    return {one["case"] for one in told}


def weigh(page, within):
    within.get_by_label("Clause").fill("4.2 of our terms")
    for name, text in FACTORS.items():
        within.locator(f"[name={name}]").fill(text)


def test_from_the_warning_to_the_end(foro, post, lead, open_page):  # noqa: F811
    first = report(foro)
    foro.http.post(
        f"/api/v1/notice/{first}/answer",
        json={"result": "not_acted", "reasons": "A photograph of shoes."},
        headers=foro.auth,
    ).raise_for_status()

    # The lead looks at what the sender of a case has sent; nobody learns who it is.
    lead.goto(f"{foro.url}/desk/misuse?case={first}")
    assert violations(lead) == []
    lead.get_by_text("not acted on:").wait_for()
    assert "troll" not in lead.content()
    lead.locator("input[name=what][value=notices]").check()
    weigh(lead, lead.locator("form").filter(has_text="Send the warning"))
    lead.get_by_role("button", name="Send the warning").click()
    lead.get_by_text("Notices: warned").wait_for()
    letter = post.to("troll@example.org", "A warning from Foro about what you send")

    # At once it cannot be suspended; what was typed is kept.
    lead.get_by_text("Suspend processing").click()
    form = lead.locator("form[action$=suspend]")
    form.get_by_label("For how many days").fill("30")
    weigh(lead, form)
    form.get_by_role("button").click()
    lead.get_by_text("It is too early to suspend processing.").wait_for()
    assert lead.locator("form[action$=suspend] [name=days]").input_value() == "30"
    assert report(foro) in orders(foro)

    # Four days later (the warning is moved back, since nobody waits four days for a test).
    journal = Journal(foro.data / "journal.db")
    [standing] = suspensions.newest(journal, 1)
    later = casework.now() + timedelta(days=4)
    step = {"days": 30, "factors": FACTORS, "clause": "4.2", "by": LEAD.actor, "now": later}
    casework.act(journal, standing.case, lambda case: suspend(case, **step))
    post.to("troll@example.org", "Foro lets what you send wait for a time")

    waits, urgent, other = report(foro), report(foro, danger="yes"), report(foro, email="a@b.org")
    assert {urgent, other} <= orders(foro)
    assert waits not in orders(foro)
    post.to("troll@example.org", "What you sent to Foro is kept, and waits")

    # The sender reads why, and complains about the suspension; that does not wait.
    text = letter.get_body().get_content()
    link = next(word for word in text.split() if "/recourse/" in word)
    page = open_page(link, locale="en-GB")
    assert violations(page) == []
    page.get_by_text("What you send is kept, and looked at after").wait_for()
    assert FACTORS["share"] in page.content()
    page.locator("summary[role=button]").click()
    page.get_by_label("What is wrong with the decision?").fill("Only two of them were mine.")
    page.get_by_role("button", name="Send the complaint").click()
    page.get_by_text("It was received, and waits for somebody").wait_for()
    lead.goto(f"{foro.url}/desk/case/{standing.case}")
    lead.get_by_text("You cannot review this one").wait_for()

    # The lead ends it early; what waited goes on.
    lead.goto(f"{foro.url}/desk/misuse")
    lead.get_by_text("End it early").click()
    lead.get_by_label("Reasons").last.fill("The sender explained it; we were too strict.")
    lead.get_by_role("button", name="End it").click()
    lead.get_by_text("Nobody.").wait_for()
    post.to("troll@example.org", "What you sent to Foro is looked at now")
    assert waits in orders(foro)
    journal.close()


def test_a_complaint_waits_too_and_is_seen_at_the_desk(foro, lead):
    told = foro.http.post("/api/v1/statement", json=statement("shoe"), headers=foro.auth).json()
    journal = Journal(foro.data / "journal.db")
    case = UUID(told["uuid"])
    about = casework.read(journal, UUID(report(foro, email="again@example.org")))
    past = casework.now() - timedelta(days=5)
    warned = suspensions.warn(
        journal,
        foro_secret(foro),
        about,
        what="complaints",
        factors=FACTORS,
        clause="4.2",
        by=LEAD.actor,
        now=past,
    )
    step = {"days": 3, "factors": FACTORS, "clause": "4.2", "by": LEAD.actor}
    casework.act(journal, warned, lambda c: suspend(c, **step, now=casework.now()))

    form = {"grounds": "No.", "email": "again@example.org"}
    foro.http.post(f"{told['recourse_url']}/complaint", data=form)

    assert casework.read(journal, case).case.paused
    lead.goto(f"{foro.url}/desk?state=paused")
    lead.locator("tr", has_text=told["uuid"][-12:]).get_by_role("link").click()
    lead.get_by_text("Processing of what this sender sends is suspended.").wait_for()
    journal.close()


def foro_secret(foro):
    return (foro.data / "keys" / "node.secret").read_bytes()
