"""The interface's description and the rules say the same: what the schema takes, the rules take."""

import copy
import random

import pytest
import schemathesis
import schemathesis.specs.openapi.schemas  # see test_fuzz
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from tests.conftest import statement
from tests.record.test_fast_path import CHANGES

from amparo.record.decision import ATTRIBUTES, trim
from amparo.record.rules import Profile, check
from amparo.record.specimen import specimen
from amparo.web.api import beside_statement, corrects, openapi
from amparo.web.api.came_from import FIELD

SCHEMA = Draft202012Validator(openapi.statement_schema())
SEEDS = range(200)


def findings(sent, method):
    return [(one.attribute, one.why) for one in check(trim(sent), Profile(), method)]


def with_one_choice(described, number):
    """A description in which one way is chosen wherever the schema of a statement has several.

    The generator gives up on as many ways as they have together.
    """
    chosen = copy.deepcopy(described)
    schema = chosen["components"]["schemas"]["Statement"]
    ways = [several["anyOf"] for several in schema["allOf"]]
    schema["allOf"] = [way[number % len(way)] for way in ways]
    return chosen


@pytest.mark.parametrize("number", range(4))
def test_the_rules_take_whatever_is_made_from_the_schema(number):
    described = with_one_choice(openapi.description("http://node"), number)
    operation = schemathesis.openapi.from_dict(described)["/api/v1/statement"]["POST"]

    @settings(
        max_examples=60,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def attempt(case):
        assert SCHEMA.is_valid(case.body)
        assert findings(case.body, "API") == findings(case.body, "API_MULTI") == []

    attempt()


@given(CHANGES)
@settings(max_examples=1000, deadline=None)
def test_the_rules_take_every_change_of_a_statement_that_the_schema_takes(changes):
    sent = statement() | changes

    if SCHEMA.is_valid(sent):
        assert findings(sent, "API") == findings(sent, "API_MULTI") == []


def test_the_schema_takes_what_platforms_send_every_day():
    for seed in SEEDS:
        assert SCHEMA.is_valid(specimen(random.Random(seed), "own-1"))


def test_the_schema_names_every_attribute():
    assert set(openapi.statement_schema()["properties"]) == {
        *ATTRIBUTES,
        "content_id",
        FIELD,
        corrects.FIELD,
        beside_statement.PERSON,
        beside_statement.DECIDED_BY,
        beside_statement.PAGE,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"decision_visibility": [], "decision_account": None},
        {"decision_visibility": ["DECISION_VISIBILITY_OTHER"]},
        {"decision_monetary": "DECISION_MONETARY_OTHER", "decision_monetary_other": "  "},
        {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": None},
        {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"},
        {"incompatible_content_ground": None},
        {"decision_facts": " \u2003"},
        {"content_date": "2026-02-29"},
        {"content_date": "1999-12-31"},
        {"application_date": "2019-12-31"},
        {"end_date_account_restriction": "2038-01-02"},
        {"decision_ground_reference_url": "https://<script>/"},
        {"content_id": {"EAN-13": None}},
        {"content_id_ean": "x"},
        {"category_addition": None},
    ],
)
def test_what_a_rule_refuses_the_schema_refuses(changes):
    """Rules across attributes and days of the calendar were told in words alone."""
    sent = statement() | changes

    assert findings(sent, "API")
    assert not SCHEMA.is_valid(sent)


@pytest.mark.parametrize(
    "changes",
    [
        {"content_date": "2028-02-29"},
        {"application_date": "2038-01-01"},
        {"decision_ground_reference_url": "https://x.example:8080/terms?a=[1]#4.2"},
        {"content_type": ["CONTENT_TYPE_OTHER"], "content_type_other": "a hologram"},
        {"content_id": {"EAN-13": "4006381333931"}},
        {"content_id": {}},
    ],
)
def test_what_a_careful_client_sends_both_take(changes):
    sent = statement() | changes

    assert findings(sent, "API") == []
    assert SCHEMA.is_valid(sent)
