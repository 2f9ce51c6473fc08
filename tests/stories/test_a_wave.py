"""A wave: 70,000 accounts closed in a week, all complain, one reasoned ruling, an answer for each."""

import time
from urllib.parse import urljoin

import pytest
from bench import wave
from tests.conftest import Served, run
from tests.web.conftest import violations

from amparo.ledger.case import casework, links
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

CASES = 70_000
REASONS = "The rule that was named was not in force on that day; no account broke another rule."


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node at which 70,000 complain; three of them have kept their links."""
    data = tmp_path_factory.mktemp("wave") / "node"
    run("platform", "add", "Foro", "--data", data)
    told = run(
        "reviewer",
        "add",
        "Lena",
        "lena@example.org",
        "--platform",
        "Foro",
        "--lead",
        "--data",
        data,
    )
    node, journal = open_node(data), Journal(data / "journal.db")
    cases = wave.decisions(node, journal, platforms.find(journal, "Foro"), CASES)
    wave.filed(journal, cases)
    kept = [cases[0], cases[CASES // 2], cases[-1]]
    with journal.transaction():
        own = [f"/recourse/{case}/{links.new(journal, case, 'person').hex()}" for case in kept]
    journal.close()
    served = Served(data)
    served.link, served.kept, served.own = told.stdout.splitlines()[-1], kept, own
    yield served
    served.stop()


def test_a_wave_of_70_000_is_reversed_and_everybody_reads_their_own_answer(foro, browser):
    desk = browser.new_context(locale="en-GB").new_page()
    desk.set_default_timeout(120_000)
    desk.goto(urljoin(foro.url, foro.link))
    desk.get_by_role("button", name="Come in").click()
    until_it_shows(desk, f"{foro.url}/desk", "10,000+")
    desk.goto(f"{foro.url}/desk/groups")

    desk.get_by_text("The first decision was reversed.").click()
    desk.get_by_text("Restore the account").click()
    desk.get_by_label("Reasons (each person reads them)").fill(REASONS)
    desk.get_by_role("button", name="Show whom it would reach").click()
    desk.get_by_text("70,000 cases fit").first.wait_for()
    desk.get_by_role("button", name="Rule on these").click()

    # While it is carried out, the desk goes on, and the page tells how far it is.
    desk.get_by_text("carried out").first.wait_for()
    assert foro.http.get("/health").status_code == 200
    assert violations(desk) == []
    wait_while_it_goes_on(desk)
    desk.context.close()

    for own in foro.own:
        page = foro.http.get(own).text
        assert REASONS in page
        assert "The platform has to do it" in page
    journal = Journal(foro.data / "journal.db", read_only=True)
    found = journal.db.execute("SELECT count(*) FROM desk WHERE remedy = 'sent'").get
    ruled = {casework.read(journal, case).case.outcome for case in foro.kept}
    journal.close()
    assert (found, ruled) == (CASES, {"reversed"})


def until_it_shows(desk, address, words, seconds=240):
    """Until a page says something; a node that was too busy to answer is asked again."""
    deadline = time.monotonic() + seconds
    while words not in (shown := desk.locator("body").inner_text()):
        assert time.monotonic() < deadline, f"{desk.url} says {shown[:2000]}"
        time.sleep(2)
        desk.goto(address)


def wait_while_it_goes_on(desk, seconds=240):
    """Until all are carried out; only standing still is a failure, however slow the machine is."""
    seen, deadline = "", 0.0
    while "70,000" not in seen or "· carried out" not in seen:
        time.sleep(1)
        desk.reload()
        shown = desk.locator("main").inner_text()
        if shown != seen:
            seen, deadline = shown, time.monotonic() + seconds
        assert time.monotonic() < deadline, shown
