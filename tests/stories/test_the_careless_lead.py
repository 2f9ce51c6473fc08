"""The careless lead takes it back: once too strict, once too lenient, and nobody loses by it."""

import time

import pytest
from tests.conftest import own_link, statement
from tests.stories.foro import foro_with_mail_at
from tests.stories.seats import seat

from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.web.words import report_figures

REASONS = "All of these accounts sent the same link within one hour; the clause forbids that."
WRONG = "The log of that hour was of another forum: none of them sent the link."
OUTCOMES = {
    "too strict": {"outcome": "upheld"},
    "too lenient": {"outcome": "reversed", "steps": "restore_account"},
}
PEOPLE = 4


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_with_mail_at(tmp_path_factory.mktemp("careless")) as node:
        node.lena = seat(node, "Lena", "lena@foro.example", "--lead")
        node.eva = seat(node, "Eva", "eva@foro.example")
        yield node


def complained(foro, number, name):
    puid = f"careless-{time.monotonic_ns()}"
    said = statement(puid, content_language="EN")
    told = foro.http.post("/api/v1/statement", json=said, headers=foro.auth).json()
    told["own"] = own_link(foro.http, told)
    foro.http.post(
        f"/api/v1/statement/{told['uuid']}/notice",
        json={"decided_by": ["mod-1"]},
        headers=foro.auth,
    )
    told["email"] = f"{name.replace(' ', '.')}{number}@example.org"
    grounds = {"grounds": "I sent no spam.", "email": told["email"]}
    foro.http.post(f"{told['own']}/complaint", data=grounds, headers={"accept-language": "en"})
    return told


def state(foro, told):
    return foro.http.get(f"/api/v1/case/{told['uuid']}", headers=foro.auth).json()


def until(foro, people, complaints):
    """Wait until every complaint is in one of these states."""
    deadline = time.monotonic() + 120
    while not all(state(foro, told)["complaint"] in complaints for told in people):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return foro.lena.page("/desk/groups")


def reported(foro):
    """What the transparency report says of complaints: how many were decided, and how."""
    journal = Journal(foro.data / "journal.db", read_only=True)
    [platform] = platforms.every(journal)
    heard = report_figures.heard(journal, platform, f"{time.gmtime().tm_year}")
    journal.close()
    return sorted(one.outcome for one in heard.complaints)


@pytest.mark.parametrize("how", OUTCOMES)
def test_she_takes_it_back_and_each_complaint_is_open_again_before_somebody_else(foro, how):
    people = [complained(foro, n, how) for n in range(PEOPLE)]
    before = reported(foro)
    assert (
        foro.lena.rule(**OUTCOMES[how], reasons=REASONS, reasons_language="en").status_code == 303
    )
    page = until(foro, people, ("closed", "remedy_open"))
    assert reported(foro).count(OUTCOMES[how]["outcome"]) >= PEOPLE
    if how == "too lenient":  # the platform is quick, and the person sees it done
        done = {"result": "implemented"}
        foro.http.post(f"/api/v1/case/{people[0]['uuid']}/remedy", json=done, headers=foro.auth)
        foro.http.post(f"{people[0]['own']}/confirm")
    number = page.split("/desk/groups/")[1].partition("/")[0]

    assert foro.lena.post(f"/desk/groups/{number}/undo", reasons=WRONG).status_code == 303
    until(foro, people, ("reopened",))

    for told in people:
        now = state(foro, told)
        assert "C06" in now["due"]
        assert now["outcome"] == ""
        assert not [one for one in now["wanted"] if one["do"] == "remedy"]
        own = foro.http.get(told["own"]).text
        assert WRONG in own
        assert foro.lena.step(told["uuid"], "assign").status_code == 422
        foro.post.to(told["email"], "The ruling on your complaint to Foro was taken back")
    # The report counts no complaint as decided that is open again.
    assert reported(foro) == before

    other = {"outcome": "reversed", "reasons": REASONS, "steps": "restore_account"}
    for name, form in (("assign", {}), ("open", {}), ("decide", other)):
        assert foro.eva.step(people[0]["uuid"], name, **form).status_code == 303
    assert state(foro, people[0])["remedy"] == "sent"
