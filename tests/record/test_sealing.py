"""What is public for ever, what is only committed to, and that the two fit together."""

import json
import random

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import statement

from amparo.case.issue import issue, later
from amparo.errors import Unsound
from amparo.record import event, sealing
from amparo.record import vocabulary as words
from amparo.record.canonical import canonical
from amparo.record.decision import ATTRIBUTES, settle, trim
from amparo.record.specimen import specimen

CASE = "01a20e3e-491f-75cb-93ab-92d2707adc4b"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda text: text.strip() == text
)


def issued(decision, salt=b"s" * 32, puid_salt=b"p" * 32):
    return issue(
        decision, case=CASE, by="foro", at="2026-11-24T00:00:00Z", salt=salt, puid_salt=puid_salt
    )


def test_the_leaf_is_the_documented_json():
    """RFC 8785 of {v, type, case, n, by, at, public, sealed}, nothing else."""
    made = issued(settle(statement(), "API"))
    leaf = json.loads(made.leaf)

    assert sorted(leaf) == ["at", "by", "case", "n", "public", "sealed", "type", "v"]
    assert (leaf["v"], leaf["type"], leaf["n"]) == (1, "decision.issued", 1)
    assert made.leaf == rfc8785.dumps(leaf)


@given(st.integers(0, 10**6), TEXTS)
@settings(deadline=None, max_examples=80)
def test_no_text_address_or_identifier_stands_in_the_leaf(seed, text):
    secret = f"SECRET{text}"
    sent = specimen(random.Random(seed), "SECRETPUID") | {
        "decision_facts": secret,
        "incompatible_content_explanation": secret,
        "illegal_content_explanation": secret,
        "incompatible_content_ground": secret,
        "illegal_content_legal_ground": secret,
        "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
        "decision_visibility_other": secret,
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": secret,
        "decision_ground_reference_url": "https://SECRET.example/",
        "source_type": "SOURCE_ARTICLE_16",
        "source_identity": secret,
        "category_specification_other": secret,
        "content_id_ean": "4006381333931",
    }
    leaf = issued(settle(trim(sent), "API")).leaf

    assert b"SECRET" not in leaf
    assert b"4006381333931" not in leaf


def test_every_public_value_comes_from_a_closed_list_or_is_a_date():
    known = {
        *words.DECISION_VISIBILITY,
        *words.DECISION_MONETARY,
        *words.DECISION_PROVISION,
        *words.DECISION_ACCOUNT,
        *words.ACCOUNT_TYPE,
        *words.DECISION_GROUND,
        *words.CATEGORY,
        *words.KEYWORDS,
        *words.CONTENT_TYPE,
        *words.SOURCE_TYPE,
        *words.AUTOMATED_DECISION,
        *words.YES_NO,
        *words.COUNTRIES,
        *words.LANGUAGES,
    }
    for seed in range(50):
        decision = settle(specimen(random.Random(seed), "x"), "API")
        for name, value in msgspec.to_builtins(sealing.public_part(decision)).items():
            if "date" not in name:
                assert {value} if isinstance(value, str) else set(value) <= known


def test_public_and_sealed_together_are_the_whole_decision():
    decision = settle(statement(), "API")
    made = issued(decision)
    told = (
        msgspec.to_builtins(sealing.public_part(decision))
        | made.opening.fields()
        | {"puid": made.opening.puid}
    )

    for name in ATTRIBUTES:
        value = getattr(decision, name)
        assert told.get(name) == value or value in (None, ())


def test_an_equal_decision_never_gives_an_equal_leaf():
    decision = settle(statement(), "API")

    assert issued(decision).leaf != issued(decision, salt=b"t" * 32).leaf
    assert issued(decision).leaf != issued(decision, puid_salt=b"t" * 32).leaf


def test_an_opening_fits_its_leaf_and_no_other():
    one = issued(settle(statement(), "API"))
    other = issued(settle(statement(decision_facts="something else"), "API"))
    sealed = event.read_leaf(one.leaf).sealed

    sealing.check_opening(one.opening, sealed)
    for false in (
        other.opening,
        msgspec.structs.replace(one.opening, salt=b"x" * 32),
        msgspec.structs.replace(one.opening, puid="another"),
        msgspec.structs.replace(one.opening, puid_salt=b"x" * 32),
    ):
        with pytest.raises(Unsound):
            sealing.check_opening(false, sealed)


def test_a_later_event_shows_only_that_something_happened():
    made = later("opening.erased", {"case": CASE}, at="2026-11-24T00:00:00Z", salt=b"s" * 32)

    assert sorted(json.loads(made.leaf)) == ["at", "sealed", "type", "v"]
    assert isinstance(event.read_leaf(made.leaf), event.SealedEvent)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"type":"event"}', b"\xff", b'{"type":1}'])
def test_what_is_no_leaf_is_not_read_as_one(raw):
    with pytest.raises(Unsound):
        event.read_leaf(raw)


def test_a_leaf_in_another_spelling_is_not_read():
    leaf = issued(settle(statement(), "API")).leaf

    with pytest.raises(Unsound, match="one of ours"):
        event.read_leaf(leaf.replace(b'"n":1', b'"n": 1'))


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=9),
        TEXTS | st.integers(-(2**53) + 1, 2**53 - 1) | st.lists(TEXTS) | st.none() | st.booleans(),
    )
)
@settings(deadline=None)
def test_canonical_json_is_that_of_rfc_8785(value):
    """An independent implementation is the judge."""
    assert canonical(value) == rfc8785.dumps(value)


@given(st.integers(0, 10_000))
def test_a_decisions_leaf_is_in_its_one_spelling(seed):
    """Both structs are written as RFC 8785 asks, whatever is present, and read back as they were."""
    decision = settle(specimen(random.Random(seed), f"puid-{seed}"), "API")
    made = issued(decision)

    assert made.leaf == rfc8785.dumps(json.loads(made.leaf))
    assert made.opening.sealed == rfc8785.dumps(json.loads(made.opening.sealed))
    assert event.read_leaf(made.leaf).sealed == made.opening.commitment()
