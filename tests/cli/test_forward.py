"""`amparo forward`, as an operator uses it: set up, dry run, look, answer, beside a running node."""

import json
import time

import pytest
from tests.conftest import Served, run, statement
from tests.eu_stand_in import UNWANTED, EuStandIn


@pytest.fixture
def eu():
    stand_in = EuStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def node(tmp_path):
    one = Served(tmp_path / "node")
    yield one
    one.stop()


def set_up(node, eu, *words, token=None):
    given = ("--to", eu.url, "--private", "--token-file", "-", "--data", node.data)
    return run("forward", "set", "foro", *given, *words, input=token or eu.token, check=False)


def status(node):
    done = run("forward", "status", "--json", "--data", node.data)
    return json.loads(done.stdout)


def until(holds):
    deadline = time.monotonic() + 120
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.2)
    return found


def test_a_platform_is_set_up_looked_at_and_goes_on(node, eu):
    """The whole way, with a running node: a dry run first, a refused statement, a person's answer."""
    headers = node.add_platform("Foro")
    good, bad = statement("a-1"), statement("a-2", decision_facts=f"This {UNWANTED}.")
    node.http.post("/api/v1/statements", json={"statements": [good, bad]}, headers=headers)

    shown = run("forward", "preview", "foro", "--all", "--data", node.data)
    done = set_up(node, eu, "--all")
    until(lambda: len(eu.rows) == 1 and status(node).get("held_refused") == 1)

    [line] = shown.stdout.splitlines()
    assert line.encode() == eu.calls[0]
    assert "authorization: Bearer …" in shown.stderr
    assert "preview foro" in done.stderr
    assert eu.token not in f"{shown} {done} {status(node)}"
    rows = run("forward", "held", "foro", "--format", "json", "--data", node.data).stdout
    assert json.loads(rows)["why"] == "decision_facts: The decision facts field is not allowed."
    run("forward", "decide", "foro", "never", "a-2", "--data", node.data)
    assert run("forward", "held", "foro", "--format", "json", "--data", node.data).stdout == ""
    found = run("forward", "find", "foro", "a-1", "--data", node.data).stdout
    assert f"permalink\t{eu.url}/statement/{eu.rows['a-1']['uuid']}" in found


def test_of_an_erased_decision_its_page_says_that_the_eu_has_a_copy_and_does_not_lead_to_it(
    node, eu
):
    headers = node.add_platform("Foro")
    before = node.http.post("/api/v1/statement", json=statement("a-1"), headers=headers).json()
    set_up(node, eu)
    after = node.http.post("/api/v1/statement", json=statement("a-2"), headers=headers).json()
    until(lambda: status(node)["sent"] == 1)

    for told in (before, after):
        run("erase", told["uuid"], "--yes", "--data", node.data)
    pages = [node.http.get(f"/statement/{told['uuid']}").text for told in (before, after)]

    assert ["was sent a copy before" in page for page in pages] == [False, True]
    assert all(eu.rows["a-2"]["uuid"] not in page for page in pages)


def test_who_names_another_address_or_begins_anew_is_told_what_to_do(node, eu):
    node.add_platform("Foro")
    set_up(node, eu, "--rate", "60")

    elsewhere = run(
        *("forward", "set", "foro", "--token-file", "-", "--data", node.data),
        input="x",
        check=False,
    )
    again = set_up(node, eu, "--all")
    set_up(node, eu, token="13|new")

    assert "another address" in elsewhere.stderr
    assert elsewhere.returncode == 1
    assert "remove" in again.stderr
    assert status(node)["rate"] == 60


def test_the_demonstration_never_reaches_the_eu(tmp_path, eu):
    demo = Served(tmp_path / "demo", "--demo")
    name = json.loads(run("platform", "list", "--json", "--data", demo.data).stdout)[0]["slug"]

    done = run(
        *("forward", "set", name, "--token-file", "-", "--data", demo.data),
        input="12|abc",
        check=False,
    )
    demo.stop()

    assert "made up" in done.stderr
