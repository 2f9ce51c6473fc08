"""A platform corrects a decision: a new statement names the old, and both cases say which counts."""

import time
from uuid import UUID

import pytest
from tests.bounced import notification
from tests.conftest import Served, own_link, run, statement
from tests.postbox import mailbox
from tests.stories.test_a_letter_that_comes_back import piped, until

from amparo.case import deadlines
from amparo.ledger.case import casework, corrections
from amparo.storage.journal import Journal


@pytest.fixture(scope="module")
def foro(served):
    served.auth = served.add_platform("Corrector")
    return served


def decide(foro, *, auth=None, **extra):
    body = statement(f"corrected-{time.monotonic_ns()}") | extra
    return foro.http.post("/api/v1/statement", json=body, headers=auth or foro.auth)


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def test_both_cases_say_which_decision_is_in_force_and_the_person_contests_the_new_one(foro):
    old = decide(foro).json()
    own = own_link(foro.http, old)
    foro.http.post(f"{own}/complaint", data={"grounds": "It was a quotation."})

    new = decide(foro, corrects=old["puid"]).json()

    assert new["corrects"] == old["uuid"]
    assert state(foro, old["uuid"])["corrected_by"] == new["uuid"]
    assert state(foro, new["uuid"])["corrects"] == old["uuid"]
    assert state(foro, old["uuid"])["complaint"] == "filed"  # it goes on
    page = foro.http.get(own).text
    assert "This decision was corrected: another one is in force in its place." in page
    assert f"/statement/{new['uuid']}" in page

    opened = foro.http.post(f"{own}/correction")

    assert opened.status_code == 303
    own_new = opened.headers["location"].partition("?")[0]
    assert "It takes the place of an earlier one." in foro.http.get(own_new).text
    foro.http.post(f"{own_new}/complaint", data={"grounds": "Still a quotation."})
    assert state(foro, new["uuid"])["complaint"] == "filed"
    assert foro.http.post(f"{own}/correction").status_code == 409  # it has been opened


def test_the_name_of_the_old_one_enters_neither_the_statement_nor_the_public_leaf(foro):
    old = decide(foro).json()
    new = decide(foro, corrects=old["uuid"]).json()

    read_back = foro.http.get(f"/api/v1/statement/{new['uuid']}", headers=foro.auth).json()
    receipt = foro.http.get(f"/statement/{new['uuid']}/receipt").text

    assert "corrects" not in read_back
    assert old["uuid"] not in str(read_back) + receipt


def test_the_public_pages_of_both_lead_to_each_other_and_say_which_is_in_force(foro):
    first = decide(foro).json()
    alone = foro.http.get(f"/statement/{first['uuid']}").text
    second = decide(foro, corrects=first["uuid"]).json()
    third = decide(foro, corrects=second["uuid"]).json()

    pages = [foro.http.get(f"/statement/{one['uuid']}").text for one in (first, second, third)]

    assert "correction" not in alone
    for older, newer in ((0, second), (1, third)):
        assert "This decision was corrected" in pages[older]
        assert f'href="/statement/{newer["uuid"]}"' in pages[older]
    for newer, older in ((1, first), (2, second)):
        assert f'href="/statement/{older["uuid"]}"' in pages[newer]
    assert "It takes the place of an earlier one." in pages[2]


def test_what_cannot_be_corrected_is_a_finding_and_nothing_is_kept(foro):
    old = decide(foro).json()
    first = decide(foro, corrects=old["uuid"]).json()
    other = foro.add_platform("Another Corrector")

    def why(answer):
        assert answer.status_code == 422, answer.text
        return str(answer.json()["findings"])

    assert "took its place before" in why(decide(foro, corrects=old["puid"]))  # once
    assert "no statement" in why(decide(foro, auth=other, corrects=first["uuid"]))
    assert "no statement" in why(decide(foro, corrects="never-seen"))
    assert "It is not a text" in why(decide(foro, corrects=7))
    itself = f"itself-{time.monotonic_ns()}"
    assert "no statement" in why(decide(foro, puid=itself, corrects=itself))
    assert decide(foro, corrects=first["uuid"]).status_code == 201  # the one that is in force


def test_of_two_corrections_in_one_batch_the_second_is_told_that_it_came_late(foro):
    old = decide(foro).json()
    batch = [
        statement(f"two-{n}-{time.monotonic_ns()}") | {"corrects": old["uuid"]} for n in range(2)
    ]

    body = {"statements": batch}
    answer = foro.http.post("/api/v1/statements", json=body, headers=foro.auth)

    first, second = answer.json()["statements"]
    assert first["corrects"] == old["uuid"]
    assert second["corrects"] is None
    assert "took its place before" in second["corrects_error"]
    assert state(foro, old["uuid"])["corrected_by"] == first["uuid"]


@pytest.fixture(scope="module")
def mailing(tmp_path_factory):
    """A node that sends mail, and takes back what comes back."""
    with mailbox() as post, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", post.url)
        node = Served(tmp_path_factory.mktemp("corrected") / "node")
        node.stop()
        settings = node.data / "amparo.toml"
        text = settings.read_text().replace('bounces = ""', 'bounces = "bounces@localhost"')
        settings.write_text(text)
        node.start()
        node.post, node.auth = post, node.add_platform("Corrector")
        yield node
        node.stop()


def case_of(foro, case):
    """A case as the journal has it."""
    journal = Journal(foro.data / "journal.db", read_only=True)
    found = casework.read(journal, UUID(case)).case
    journal.close()
    return found


def contested(foro, address):
    """A decision about which somebody complained, who left an address: it, and their page."""
    old = decide(foro).json()
    own = own_link(foro.http, old)
    foro.http.post(f"{own}/complaint", data={"grounds": "A quotation.", "email": address})
    return old, own


def asked_to_tell(foro, case):
    return [one["of"] for one in state(foro, case)["wanted"] if one["do"] == "tell_the_person"]


def test_the_letter_in_the_old_case_begins_the_six_months_of_the_new_until_it_comes_back(mailing):
    old, own = contested(mailing, "pia@example.org")
    new = decide(mailing, corrects=old["uuid"]).json()

    letter = mailing.post.to("pia@example.org", "has corrected its decision")
    until(lambda: state(mailing, new["uuid"])["decision"] == "delivered")

    told = case_of(mailing, new["uuid"]).informed_at
    assert case_of(mailing, new["uuid"]).informed_by == "mail"
    day = deadlines.due("C05", told)
    can = mailing.http.get(own).text
    assert f"You can complain about the new one until {day.day} {day:%B %Y}" in can
    assert f'action="{own}/correction"' in can

    piped(mailing, notification(letter["message-id"]))

    assert case_of(mailing, new["uuid"]).informed_at is None
    assert asked_to_tell(mailing, new["uuid"]) == ["decision.undelivered"]
    assert asked_to_tell(mailing, old["uuid"]) == []  # once is enough
    assert "They begin when you open its page" in mailing.http.get(own).text


def test_whoever_opens_the_new_one_from_the_old_is_told_by_that_and_no_bounce_undoes_it(mailing):
    old, own = contested(mailing, "noa@example.org")
    new = decide(mailing, corrects=old["uuid"]).json()
    letter = mailing.post.to("noa@example.org", "has corrected its decision")
    until(lambda: state(mailing, new["uuid"])["decision"] == "delivered")
    told = case_of(mailing, new["uuid"]).informed_at

    opened = mailing.http.post(f"{own}/correction")
    piped(mailing, notification(letter["message-id"]))

    now = case_of(mailing, new["uuid"])
    assert (now.decision, now.informed_at) == ("delivered", told)
    assert asked_to_tell(mailing, new["uuid"]) == asked_to_tell(mailing, old["uuid"]) == []
    own_new = opened.headers["location"].partition("?")[0]
    assert "noa@example.org" in mailing.http.get(own_new).text  # letters about it go there
    assert "Its page was opened before" in mailing.http.get(own).text


def test_a_letter_that_left_before_the_new_one_was_erased_has_left(foro):
    """It is not sent again, and a bounce of it is taken: of what was erased, nothing changes."""
    old = decide(foro).json()
    new = decide(foro, corrects=old["uuid"]).json()
    run("erase", new["uuid"], "--reason", "request", "--yes", "--data", foro.data)
    journal = Journal(foro.data / "journal.db")
    entries = len(journal.of_case(UUID(new["uuid"])))

    with journal.transaction():
        corrections.letter_taken(journal, UUID(old["uuid"]), now=casework.now())
        file = casework.read(journal, UUID(old["uuid"]))
        corrections.letter_lost(journal, file, code="5.1.1", now=casework.now())

    assert len(journal.of_case(UUID(new["uuid"]))) == entries
    journal.close()


def test_without_an_address_the_six_months_begin_with_the_page_or_with_the_platforms_word(foro):
    by_page, by_platform = decide(foro).json(), decide(foro).json()
    own = own_link(foro.http, by_page)
    first = decide(foro, corrects=by_page["uuid"]).json()
    second = decide(foro, corrects=by_platform["uuid"]).json()
    assert case_of(foro, first["uuid"]).informed_at is None
    assert "They begin when you open its page" in foro.http.get(own).text

    foro.http.post(f"{own}/correction")
    foro.http.post(f"/api/v1/statement/{second['uuid']}/notice", json={}, headers=foro.auth)

    assert case_of(foro, first["uuid"]).informed_by == "page"
    assert case_of(foro, second["uuid"]).informed_by == "platform"
    told = case_of(foro, first["uuid"]).informed_at
    foro.http.post(f"/api/v1/statement/{first['uuid']}/notice", json={}, headers=foro.auth)
    assert case_of(foro, first["uuid"]).informed_at == told  # who was told later gains nothing
