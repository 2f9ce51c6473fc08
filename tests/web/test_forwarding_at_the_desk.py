"""What the EU's database refuses waits on a page of the desk, until a person has answered."""

import os
import time
from pathlib import Path

import pytest
from tests.conftest import Served, run, statement
from tests.eu_stand_in import UNWANTED, EuStandIn
from tests.web.conftest import violations

SHOTS = os.environ.get("AMPARO_SCREENSHOTS")


@pytest.fixture(scope="module")
def eu():
    stand_in = EuStandIn()
    stand_in.rows["known"] = {"puid": "known"}
    yield stand_in
    stand_in.close()


@pytest.fixture(scope="module")
def foro(tmp_path_factory, eu):
    """A platform of whose three statements one is refused, and one known already."""
    node = Served(tmp_path_factory.mktemp("desk") / "node")
    auth = node.add_platform("Foro")
    to = ("--to", eu.url, "--private", "--token-file", "-", "--data", node.data)
    run("forward", "set", "foro", *to, input=eu.token)
    bad = statement("bad", decision_facts=f"This {UNWANTED}.")
    sent = {"statements": [statement("good"), bad, statement("known")]}
    node.http.post("/api/v1/statements", headers=auth, json=sent).raise_for_status()
    for name, *more in (("Rosa", "--lead"), ("Luis",)):
        mail = f"{name.lower()}@example.org"
        run("reviewer", "add", name, mail, "--platform", "Foro", *more, "--data", node.data)
    deadline = time.monotonic() + 120
    while "good" not in eu.rows or "sent\t1\n" not in status(node):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    lose(node, eu, tmp_path_factory.mktemp("dumps"))
    yield node
    node.stop()


def status(node):
    return run("forward", "status", "--data", node.data).stdout


def lose(node, eu, folder):
    """Compare with a dump from which the statement that was sent is missing."""
    day = eu.rows["good"]["created_at"][:10]
    path = eu.publish(folder, day, "foro", without={"good", "known"})
    run("forward", "compare", "foro", "--day", day, "--dump", path, "--data", node.data)


def come_in(foro, open_page, number, **options):
    link = run("reviewer", "link", number, "--data", foro.data).stdout.splitlines()[-1]
    page = open_page(f"{foro.url}/desk{link.partition('/desk')[2]}", **options)
    page.get_by_role("button", name="Come in").or_(
        page.get_by_role("button", name="Entrar")
    ).click()
    return page


@pytest.mark.parametrize(("language", "width"), [("en-GB", 1280), ("es-ES", 390)])
def test_the_page_is_clean_in_both_languages_at_both_widths(foro, open_page, language, width):
    page = come_in(foro, open_page, 1, locale=language, viewport={"width": width, "height": 900})

    page.goto(f"{foro.url}/desk/forwarding")
    page.get_by_text("decision_facts: The decision facts field").wait_for()
    page.get_by_role("listitem").filter(has_text="good").wait_for()

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"forwarding-{width}.png", full_page=True)


def test_a_lead_answers_and_the_second_who_answers_late_is_told(foro, open_page, eu):
    """Two leads at two windows: the later one's page is out of date."""
    page, late = (come_in(foro, open_page, 1, locale="en-GB") for _ in range(2))
    for one in (page, late):
        one.goto(f"{foro.url}/desk/forwarding")

    page.locator(".card", has_text="known").get_by_role("button", name="It is the same").click()
    page.locator(".card", has_text="bad").get_by_role("button", name="Never send it").click()
    page.get_by_text("Nothing.", exact=True).wait_for()
    late.locator(".card", has_text="known").get_by_role("button", name="Send it again").click()

    late.get_by_text("This statement is not put aside.").wait_for()
    assert "sent\t2\n" in status(foro)
    assert "held_never\t1\n" in status(foro)


def test_who_is_no_lead_neither_sees_nor_answers(foro, open_page):
    page = come_in(foro, open_page, 2, locale="en-GB")

    answer = page.goto(f"{foro.url}/desk/forwarding")
    posted = page.request.post(
        f"{foro.url}/desk/forwarding",
        form={"entry": "1", "answer": "never"},
        headers={"origin": foro.url},
    )

    assert (answer.status, posted.status) == (401, 401)
