"""The one who decided wants to judge as well: under other names, by every door, and again later."""

import re
import time

import pytest
from tests.conftest import run, statement
from tests.stories.foro import foro_at
from tests.stories.seats import seat

REASONS = "The clause names threats; this post quotes one in order to report it."
SPELLINGS = ["agent-7", "AGENT-7", "Agent\u20117", "ana ruiz", "ANA@FORO.EXAMPLE", "1"]
STEPS = {
    "assign": {},
    "inadmissible": {"ground": "not_covered", "reasons": REASONS},
    "interim": {"direction": "keep_down", "reasons": "Harm."},
    "open": {},
    "ask": {"of": "platform", "question": "Why?"},
    "decide": {"outcome": "upheld", "reasons": REASONS},
    "deciders": {"machine": "yes"},
}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    with foro_at(tmp_path_factory.mktemp("spellings")) as node:
        node.ana = seat(node, "Ana Ruiz", "ana@foro.example", "--known-as", "agent-7", "--lead")
        node.eva = seat(node, "Eva", "eva@foro.example", "--lead")
        yield node


def complained(foro, *decided_by, **more):
    puid = f"spelling-{time.monotonic_ns()}"
    told = foro.http.post(
        "/api/v1/statement?wait=receipt", json=statement(puid, **more), headers=foro.auth
    ).json()
    foro.http.post(
        f"/api/v1/statement/{told['uuid']}/notice",
        json={"decided_by": decided_by},
        headers=foro.auth,
    )
    told["own"] = complain(foro, told).headers["location"].partition("?")[0]
    return told


def complain(foro, told):
    own = told["recourse_url"].removeprefix(foro.url)
    return foro.http.post(f"{own}/complaint", data={"grounds": "I quoted it."})


def state(foro, told):
    return foro.http.get(f"/api/v1/case/{told['uuid']}", headers=foro.auth).json()


def decide(who, case):
    for name in ("assign", "open", "decide"):
        assert who.step(case, name, **STEPS[name]).status_code == 303


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_of_her_name_lets_her_take_a_step(foro, name):
    told = complained(foro, name)

    for step, form in STEPS.items():
        refused = foro.ana.step(told["uuid"], step, **form)
        assert refused.status_code in (403, 422), step
    assert state(foro, told)["complaint"] == "filed"
    page = foro.ana.page("/desk/case/" + told["uuid"])
    assert "You took the decision that is complained about" in page


def test_she_gets_no_second_seat_in_capitals_and_none_by_leaving_and_coming_back(foro):
    told = complained(foro, "bo@foro.example")
    words = ("--platform", "Foro", "--data", foro.data)
    seat(foro, "Bo", "bo@foro.example")

    second = run("reviewer", "add", "B.", "BO@FORO.EXAMPLE", *words, check=False)
    assert second.returncode == 1
    assert "has a seat already" in second.stderr
    left = run("reviewer", "leave", 3, "--data", foro.data)
    assert "Bo has left. Open cases handed back: 0." in left.stderr
    back = seat(foro, "Somebody new", "Bo@Foro.example")

    assert back.step(told["uuid"], "assign").status_code == 422


def test_whoever_leaves_in_the_middle_of_a_case_leaves_it_to_the_others(foro):
    """As it was seen elsewhere: with the moderator's account the appeal was gone for everybody."""
    told = complained(foro, "agent-7")
    iris = seat(foro, "Iris", "iris@foro.example")
    for name in ("assign", "open"):
        assert iris.step(told["uuid"], name).status_code == 303

    seats = run("reviewer", "list", "--data", foro.data, "--format", "csv").stdout
    [number] = re.findall(r"^(\d+),Iris", seats, re.MULTILINE)
    left = run("reviewer", "leave", number, "--data", foro.data)

    assert "Iris has left. Open cases handed back: 1." in left.stderr
    assert state(foro, told)["complaint"] == "filed"
    assert "Its reviewer has left" in foro.eva.page(f"/desk/case/{told['uuid']}")
    decide(foro.eva, told["uuid"])


def test_she_rules_on_it_in_no_group(foro):
    told, other = complained(foro, "agent-7"), complained(foro, "eva")
    group = {"outcome": "reversed", "steps": "restore_account", "reasons": REASONS}

    assert foro.ana.rule(**group, along="language").status_code == 303

    deadline = time.monotonic() + 120
    while state(foro, other)["complaint"] != "remedy_open":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert state(foro, told)["complaint"] == "filed"


def test_whoever_closed_it_does_not_look_at_it_after_it_was_opened_once_more(foro):
    told = complained(foro, "mod-1")
    foro.ana.step(told["uuid"], "inadmissible", **STEPS["inadmissible"])
    assert state(foro, told)["complaint"] == "closed"

    assert foro.ana.step(told["uuid"], "reopen", reasons=REASONS).status_code == 303

    assert foro.ana.step(told["uuid"], "assign").status_code == 422
    decide(foro.eva, told["uuid"])


def test_after_an_erasure_she_has_no_part_in_it_either(foro):
    told = complained(foro, "agent-7")
    foro.http.post(f"{told['own']}/withdraw")
    run("erase", told["uuid"], "--reason", "request", "--yes", "--data", foro.data)
    complain(foro, told)

    assert foro.ana.step(told["uuid"], "assign").status_code == 422
    assert "before its texts were erased" in foro.ana.page(f"/desk/case/{told['uuid']}")


def test_as_long_as_nobody_said_who_decided_the_page_says_so_and_a_lead_can_say_it(foro):
    told = complained(foro, "mod-17")
    own = told["own"]
    assert "Foro has not said who took the decision." in foro.http.get(own).text
    assert "Who took the decision?" in foro.eva.page(f"/desk/case/{told['uuid']}")

    said = foro.eva.step(told["uuid"], "deciders", seats="1")

    assert said.status_code == 303
    assert "has not said who took the decision" not in foro.http.get(own).text
    assert foro.ana.step(told["uuid"], "assign").status_code == 422


def test_that_somebody_else_looked_is_proven_by_the_persons_file(foro, tmp_path):
    told = complained(foro, "Agent-7")
    decide(foro.eva, told["uuid"])
    own = told["own"]
    assert "different people" in foro.http.get(own).text

    file = tmp_path / "parts.tlog-proof"
    deadline = time.monotonic() + 60
    while (got := foro.http.get(f"{own}/parts")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    file.write_bytes(got.content)
    vkey = run("log", "vkey", "--data", foro.data).stdout.strip()
    for_a_body = tmp_path / "names.tlog-proof"
    run("receipt", told["uuid"], "--names", "-o", for_a_body, "--data", foro.data)

    proven = run("verify", file, "--vkey", vkey).stdout
    opened = run("verify", file, "--names", for_a_body, "--vkey", vkey).stdout

    assert "somebody else looked again: yes" in proven
    assert not re.search("agent|ana|eva", proven.replace("foro", ""), re.IGNORECASE)
    assert "agent-7, ana@foro.example" in opened
    assert "Eva, eva@foro.example" in opened
