"""A rule that is added holds at once on both ways in: a single call, and a batch."""

import httpx2
import pytest
from tests.conftest import run_async, statement

from amparo.ledger.log import platforms
from amparo.record import rules
from amparo.record.rules import Profile, Rule
from amparo.web.app import build
from amparo.web.http.state import Serving

WHY = "The {} field must not speak of the weather."
WET, DRY = "It said that it would rain.", "It quoted a threat."


@pytest.fixture
def no_weather(monkeypatch):
    """A rule about the facts alone: a statement that breaks it is ordinary in all else."""

    def test(submission, _):
        return WHY if "rain" in submission["decision_facts"] else None

    one = Rule("no_weather", ("decision_facts",), "Article 0", "Say what was decided.", test, False)
    monkeypatch.setattr(rules, "RULES", [*rules.RULES, one])


def answers(node, journal):
    """What a serving node answers to wet and dry statements, alone and in a batch."""
    platform = platforms.add(journal, "Foro", Profile())
    token = platforms.new_token(journal, platform)

    async def ask():
        serving = Serving(node)
        serving.start()
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(build(serving)),
            base_url="http://node",
            headers={"authorization": f"Bearer {token}"},
        ) as http:
            found = {}
            for name, facts in (("wet", WET), ("dry", DRY)):
                alone = statement(f"{name}-alone", decision_facts=facts)
                batch = [
                    statement(f"{name}-1", decision_facts=DRY),
                    statement(f"{name}-2", decision_facts=facts),
                ]
                found[name] = (
                    await http.post("/api/v1/statement", json=alone),
                    await http.post("/api/v1/statements", json={"statements": batch}),
                )
        await serving.stop()
        return found

    return run_async(ask())


def test_a_new_rule_holds_for_a_single_call_and_for_a_batch(node, journal, no_weather):
    found = answers(node, journal)

    assert [one.status_code for one in found["wet"]] == [422, 422]
    assert [one.status_code for one in found["dry"]] == [201, 201]
    for refused in found["wet"]:
        assert WHY.replace("{}", "decision facts") in refused.text
    assert journal.size() == 3  # of the batch that was refused nothing was kept


def test_without_it_the_same_statements_are_taken(node, journal):
    found = answers(node, journal)

    assert [one.status_code for one in (*found["wet"], *found["dry"])] == [201] * 4
