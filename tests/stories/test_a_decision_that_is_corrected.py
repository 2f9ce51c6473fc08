"""A platform corrects a decision: a new statement names the old, and both cases say which counts."""

import time

import pytest
from tests.conftest import own_link, statement


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
