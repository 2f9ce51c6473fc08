"""A platform that keeps what it was given: the link of each person, and whatever address it knows."""

import time

import pytest
from tests.conftest import Served, run, statement
from tests.postbox import mailbox

REPORT = {"why": "It threatens me.", "where": "https://foro.example/p/1", "good_faith": "yes"}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with mailbox() as post, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMPARO_SMTP", post.url)
        node = Served(tmp_path_factory.mktemp("links") / "node")
        node.post = post
        node.auth = node.add_platform("Foro")
        yield node
        node.stop()


def decided(foro):
    puid = f"kept-{time.monotonic_ns()}"
    told = foro.http.post("/api/v1/statement", json=statement(puid), headers=foro.auth).json()
    told["own"] = told["recourse_url"].removeprefix(foro.url)
    return told


def notice(foro, case, **body):
    return foro.http.post(f"/api/v1/statement/{case}/notice", json=body, headers=foro.auth)


def state(foro, case):
    return foro.http.get(f"/api/v1/case/{case}", headers=foro.auth).json()


def test_it_complains_with_a_dot_and_withdraws_and_the_person_still_complains(foro):
    told = decided(foro)
    notice(foro, told["uuid"])
    foro.http.post(f"{told['own']}/complaint", data={"grounds": "."})
    foro.http.post(f"{told['own']}/withdraw")
    assert state(foro, told["uuid"])["complaint"] == "closed"

    page = foro.http.get(told["own"]).text
    again = foro.http.post(f"{told['own']}/complaint", data={"grounds": "I quoted a threat."})

    assert "What is wrong with the decision?" in page
    assert again.status_code == 303
    assert state(foro, told["uuid"])["complaint"] == "filed"
    assert "I quoted a threat." in foro.http.get(again.headers["location"]).text


def test_it_has_no_second_link_sent_to_an_address_of_its_own(foro):
    told = decided(foro)
    assert notice(foro, told["uuid"], email="ana@example.org").status_code == 202

    second = notice(foro, told["uuid"], email="us@foro.example")

    assert second.status_code == 409
    assert "the person is written to once" in second.text


@pytest.mark.parametrize("used", ["complaint", "revoke"])
def test_it_gets_no_fresh_link_once_the_person_used_or_voided_theirs(foro, used):
    """She voided the link that it had kept; it asked the node to mail it another."""
    told = decided(foro)
    notice(foro, told["uuid"])
    foro.http.post(f"{told['own']}/{used}", data={"grounds": "No.", "email": "ana@example.org"})

    fresh = notice(foro, told["uuid"], email="us@foro.example")

    assert fresh.status_code == 409
    assert "has used their own page" in fresh.text


def test_it_gets_no_link_into_a_reporters_case(foro):
    foro.http.post("/report", data=REPORT | {"platform": "foro"})
    [case] = [
        one["case"]
        for one in foro.http.get("/api/v1/orders", headers=foro.auth).json()["orders"]
        if one["kind"] == "notice"
    ]

    refused = notice(foro, case, email="us@foro.example")

    assert refused.status_code == 409
    assert "leaves an address or none" in refused.text


def test_with_an_erasure_every_link_ends(foro):
    told = decided(foro)
    foro.http.post(f"{told['own']}/complaint", data={"grounds": "No."})
    fresh = foro.http.post(f"{told['own']}/revoke").headers["location"]
    foro.http.post(f"{fresh.partition('?')[0]}/withdraw")
    assert foro.http.get(fresh).status_code == 200

    run("erase", told["uuid"], "--reason", "request", "--yes", "--data", foro.data)

    for link in (told["own"], fresh):
        assert foro.http.get(link).status_code == 404
    assert foro.http.get(f"/statement/{told['uuid']}").status_code == 200
