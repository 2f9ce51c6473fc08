"""The short way in agrees with the long one, on whatever is sent."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import statement

from amparo.record import answer, fast_path, rules
from amparo.record import vocabulary as words
from amparo.record.decision import ATTRIBUTES, parse, settle, trim
from amparo.record.rules import Profile, Rule, check
from amparo.record.specimen import specimen

GOOD = [
    *words.DECISION_VISIBILITY,
    *words.DECISION_MONETARY,
    *words.DECISION_ACCOUNT,
    *words.DECISION_GROUND,
    *words.SOURCE_TYPE,
    *list(words.CATEGORY)[:4],
    *list(words.KEYWORDS)[-3:],
    *words.CONTENT_TYPE,
    "Yes",
    "No",
    "ES",
    "MX",
    "2026-09-01",
    "1999-12-31",
    "2026-02-30",
    "4006381333931",
    "https://x.example/",
    "https://user:word@x.example/",
    "https://x.example/?next=https://user:word@y.example/",
    "https://x.example/a b",
    "https://x.example/\u202egpj.exe",
    "a text",
    " a text",
    "x" * 501,
    "x" * 2001,
    "",
    "null",
]
SCALARS = st.sampled_from([*GOOD, None, 7, True, 1.5])
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.just({"EAN-13": "4006381333931"}))
CHANGES = st.dictionaries(st.sampled_from([*ATTRIBUTES, "content_id", "else"]), VALUES, max_size=4)


@given(st.integers(0, 10**6), CHANGES)
@settings(max_examples=1500, deadline=None)
def test_what_is_plain_has_no_finding_and_settles_to_the_same_decision(seed, changes):
    """If the two ways ever part, it is the short one that is wrong."""
    sent = specimen(random.Random(seed), "own-1") | changes
    body = json.dumps(sent).encode()
    trimmed = trim(parse(body))

    alone = fast_path.decision(parse(body))
    batch = fast_path.decisions(json.dumps({"statements": [sent, sent]}).encode())

    assert (alone is None) == (batch is None)
    if alone is not None:
        assert check(trimmed, Profile()) == []
        for method, short in (("API", alone), ("API_MULTI", batch[1])):
            long = settle(trimmed, method)
            assert [getattr(short, n) for n in ATTRIBUTES] == [getattr(long, n) for n in ATTRIBUTES]
        told = dict(zip(ATTRIBUTES, fast_path.batched_values(batch[0]), strict=True))
        assert as_json(told) == as_json(answer.batched(trimmed))
        assert as_json(trimmed) == as_json(parse(body))


def as_json(value):
    return json.loads(json.dumps(value))


def test_what_platforms_send_every_day_is_plain():
    for seed in range(200):
        assert fast_path.decision(specimen(random.Random(seed), "own-1"))


@pytest.mark.parametrize(
    "changes",
    [
        {"decision_facts": " a fact"},
        {"decision_visibility": ["DECISION_VISIBILITY_OTHER"]},
        {"content_type": ["CONTENT_TYPE_VIDEO", "CONTENT_TYPE_APP"]},
        {"source_type": "SOURCE_VOLUNTARY", "source_identity": "a name"},
        {"illegal_content_explanation": "not its ground"},
        {"category_specification_other": "own words"},
        {"territorial_scope": ["MX"]},
        {"reviewer": "me"},
        {"puid": 7},
        {"puid": "a b"},
        {"content_date": "2026-02-30"},
    ],
)
def test_whatever_needs_a_second_look_goes_the_long_way(changes):
    assert fast_path.decision(statement() | changes) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"statements": []}', b'{"statements": {}}', b"\xff", b"[" * 9999],
)
def test_what_is_no_batch_goes_the_long_way(body):
    assert fast_path.decisions(body) is None


@pytest.mark.parametrize("sent", [None, 7, "", [], {}, {"statements": []}, [statement()]])
def test_what_is_no_statement_goes_the_long_way(sent):
    assert fast_path.decision(sent) is None


def test_a_batch_takes_the_short_way_whole_or_not_at_all():
    one, other = statement("a"), statement("b", decision_facts=" untrimmed")

    assert len(fast_path.decisions(json.dumps({"statements": [one] * 100}).encode())) == 100
    assert fast_path.decisions(json.dumps({"statements": [one] * 101}).encode()) is None
    assert fast_path.decisions(json.dumps({"statements": [one, other]}).encode()) is None


def sent_both_ways(**changes):
    """Whether a statement takes the short way, alone and in a batch."""
    sent = statement(**changes)
    batch = json.dumps({"statements": [sent]}).encode()
    return fast_path.decision(sent) is not None, fast_path.decisions(batch) is not None


@pytest.fixture
def new_rule(monkeypatch):
    """Add a rule that everything breaks; gone again after the test."""

    def adding(*attributes, always=False):
        one = Rule("new", attributes, "Article 0", "Send none.", lambda *_: "No.", always)
        monkeypatch.setattr(rules, "RULES", [*rules.RULES, one])

    return adding


def test_a_new_rule_closes_the_short_way_to_what_it_could_be_asked_about(new_rule):
    new_rule("account_type")

    assert sent_both_ways(account_type="ACCOUNT_TYPE_BUSINESS") == (False, False)
    assert sent_both_ways(account_type=None) == (True, True)
    [finding] = check(statement(account_type="ACCOUNT_TYPE_BUSINESS"), Profile())
    assert (finding.attribute, finding.rule) == ("account_type", "new")


def test_a_new_rule_is_asked_about_null_too(new_rule):
    """The long way asks it whenever its attribute is sent, whatever the value."""
    new_rule("account_type")
    sent = statement(account_type=None) | {"account_type": None}

    assert fast_path.decision(sent) is None
    assert fast_path.decisions(json.dumps({"statements": [sent]}).encode()) is None


def test_a_new_rule_about_what_every_statement_has_closes_the_short_way(new_rule):
    new_rule("decision_facts")

    assert sent_both_ways() == (False, False)


def test_a_new_rule_that_is_always_asked_closes_the_short_way(new_rule):
    new_rule("account_type", always=True)

    assert sent_both_ways(account_type=None) == (False, False)


def test_a_rule_written_anew_closes_the_short_way(monkeypatch):
    """It is known by its function, not by its name."""
    anew = [
        one._replace(test=lambda *_: "No.") if one.name == "decision_facts" else one
        for one in rules.RULES
    ]
    monkeypatch.setattr(rules, "RULES", anew)

    assert sent_both_ways() == (False, False)


def test_the_short_way_stands_for_rules_that_there_are():
    assert {one.test for one in rules.RULES} == fast_path.IMPLIED
