"""A decision's public page says what became of it only where it points at nobody."""

from uuid import uuid4

import pytest
from tests.conftest import own_link, run, statement

REASONS = "The clause forbids it, and the post says it in so many words."


@pytest.fixture(scope="module")
def foro(served):
    """A platform of its own: ten of another's would count as well."""
    name = f"Became {uuid4().hex[:6]}"
    auth = served.add_platform(name)
    slug = name.lower().replace(" ", "-")
    added = run(
        *("reviewer", "add", "Rosa", f"{uuid4().hex}@b.example"),
        *("--platform", slug, "--data", served.data),
    )
    return auth, served.enter(added.stdout.splitlines()[-1])


def decided(served, foro, outcome="upheld", **changes):
    """A decision that was complained about, and how that ended."""
    auth, rosa = foro
    body = statement(f"became-{uuid4().hex}", **changes)
    told = served.http.post("/api/v1/statement", json=body, headers=auth).json()
    own = own_link(served.http, told)
    served.http.post(f"{own}/complaint", data={"grounds": "It is art."})
    for step in ("assign", "open"):
        served.http.post(f"/desk/case/{told['uuid']}/{step}", data={}, headers=rosa)
    steps = [] if outcome == "upheld" else ["restore_content"]
    ruling = {"outcome": outcome, "reasons": REASONS, "steps": steps}
    done = served.http.post(f"/desk/case/{told['uuid']}/decide", data=ruling, headers=rosa)
    assert done.status_code == 303, done.text
    return told["uuid"]


def test_nine_are_told_to_nobody_and_ten_to_everybody(served, foro):
    def shown(case):
        return "What became of it" in served.http.get(f"/statement/{case}").text

    nine = [decided(served, foro) for _ in range(9)]
    assert not any(map(shown, nine))

    other = decided(served, foro, category="STATEMENT_CATEGORY_SCAMS_AND_FRAUD")
    waits = decided(served, foro, outcome="reversed")  # its remedy is open
    assert not any(map(shown, [*nine, other, waits]))

    tenth = decided(served, foro)
    assert all(map(shown, [*nine, tenth]))
    assert not any(map(shown, [other, waits]))
    page = served.http.get(f"/statement/{tenth}").text
    assert "The first decision stands." in page
    assert REASONS not in page
