"""The schema as it stands in the EU database's software: one table a subject.

Each row says what is sent, and which attributes are found at fault.
"""

import pytest
from tests.conftest import statement

from amparo.errors import Malformed
from amparo.record import rules
from amparo.record import vocabulary as words
from amparo.record.decision import ATTRIBUTES, settle, trim
from amparo.record.rules import Profile, check

ILLEGAL = {
    "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
    "illegal_content_legal_ground": "the law",
    "illegal_content_explanation": "why",
}
FOUR = ["decision_visibility", "decision_monetary", "decision_provision", "decision_account"]
NONE_OF_FOUR = dict.fromkeys(FOUR)
X501, X2001, X5001 = "x" * 501, "x" * 2001, "x" * 5001


def faults(profile=Profile(), **changes):  # noqa: B008 - frozen
    sent = statement() | changes
    return sorted({f.attribute for f in check(trim(sent), profile)})


def kept(method="API", **changes):
    sent = trim(statement() | changes)
    assert check(sent, Profile()) == []
    return settle(sent, method)


def test_a_whole_statement_has_no_finding():
    assert faults() == []


def test_all_findings_come_at_once():
    found = check({}, Profile())

    assert [f.attribute for f in found] == [
        *FOUR,
        "application_date",
        "decision_ground",
        "category",
        "decision_facts",
        "content_type",
        "content_date",
        "source_type",
        "automated_detection",
        "automated_decision",
        "puid",
    ]


def test_every_rule_names_its_article_and_its_mend():
    for rule in rules.RULES:
        assert rule.article.startswith("DSA Art. ")
        assert rule.fix.endswith(".")
        assert rule.test.__doc__


def test_every_attribute_has_a_rule():
    ruled = {name for rule in rules.RULES for name in rule.attributes}

    assert ruled >= set(ATTRIBUTES)


@pytest.mark.parametrize("name", [a for a in ATTRIBUTES if a != "category_addition"])
@pytest.mark.parametrize("value", [["no such value"], {"a": {"b": 1}}, "no such\n\tvalue" * 800])
def test_a_value_of_the_wrong_kind_is_found_or_kept_but_never_fails(name, value):
    check(trim(statement() | {name: value}), Profile())


# --- which restriction ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (NONE_OF_FOUR, FOUR),
        (NONE_OF_FOUR | {"decision_visibility": []}, FOUR),
        (NONE_OF_FOUR | {"decision_monetary": "  "}, FOUR),
        (NONE_OF_FOUR | {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}, []),
        (NONE_OF_FOUR | {"decision_provision": "DECISION_PROVISION_TOTAL_TERMINATION"}, []),
        (NONE_OF_FOUR | {"decision_monetary": "DECISION_MONETARY_TERMINATION"}, []),
        (NONE_OF_FOUR | {"decision_account": "decision_account_suspended"}, ["decision_account"]),
        ({"decision_visibility": "DECISION_VISIBILITY_CONTENT_REMOVED"}, ["decision_visibility"]),
        ({"decision_visibility": {"a": "DECISION_VISIBILITY_CONTENT_REMOVED"}}, []),
        ({"decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED", "null"]}, []),
        ({"decision_visibility": ["nul"]}, ["decision_visibility"]),
        ({"decision_visibility": [1]}, ["decision_visibility"]),
        ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, ["decision_visibility_other"]),
        (
            {
                "decision_visibility": ["DECISION_VISIBILITY_OTHER"],
                "decision_visibility_other": "hidden from search",
            },
            [],
        ),
        ({"decision_visibility_other": X501}, ["decision_visibility_other"]),
        ({"decision_visibility_other": "dropped"}, []),
        ({"decision_monetary": "DECISION_MONETARY_OTHER"}, ["decision_monetary_other"]),
        ({"decision_monetary_other": X501}, []),
        ({"decision_monetary": ["DECISION_MONETARY_SUSPENSION"]}, ["decision_monetary"]),
        ({"decision_monetary": "null", "decision_account": "null"}, []),
        ({"account_type": "ACCOUNT_TYPE_BUSINESS"}, []),
        ({"account_type": None}, []),
        ({"account_type": "PRIVATE"}, ["account_type"]),
    ],
)
def test_restrictions(changes, found):
    assert faults(**changes) == sorted(found)


# --- dates ------------------------------------------------------------------------------------

ENDS = [
    "end_date_visibility_restriction",
    "end_date_monetary_restriction",
    "end_date_service_restriction",
    "end_date_account_restriction",
]


@pytest.mark.parametrize("name", [*ENDS, "content_date", "application_date"])
@pytest.mark.parametrize(
    "value",
    [
        "2026-1-01",
        "2026-02-30",
        "2026-01-01T00:00:00",
        "01-01-2026",
        "2038-01-02",
        "2026-01-01\n2",
        "٢٠٢٦-٠١-٠١",
        20260101,
        True,
        ["2026-01-01"],
    ],
)
def test_a_date_is_a_day_that_exists(name, value):
    assert faults(**{name: value}) == [name]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"content_date": "2000-01-01"}, []),
        ({"content_date": "1999-12-31"}, ["content_date"]),
        ({"application_date": "2020-01-01"}, []),
        ({"application_date": "2019-12-31"}, ["application_date"]),
        ({"application_date": "2038-01-01", "content_date": "2038-01-01"}, []),
        ({"content_date": "2030-01-01", "application_date": "2020-01-01"}, []),
        ({"end_date_account_restriction": "1066-10-14"}, []),
        (dict.fromkeys(ENDS), []),
        ({"content_date": None}, ["content_date"]),
    ],
)
def test_dates_have_bounds_but_are_not_compared_with_each_other(changes, found):
    """As in the EU database: its page says otherwise, its software does not compare."""
    assert faults(**changes) == found


# --- grounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (ILLEGAL, []),
        (ILLEGAL | {"illegal_content_legal_ground": ""}, ["illegal_content_legal_ground"]),
        (ILLEGAL | {"illegal_content_explanation": None}, ["illegal_content_explanation"]),
        (ILLEGAL | {"illegal_content_legal_ground": X501}, ["illegal_content_legal_ground"]),
        (ILLEGAL | {"illegal_content_explanation": X2001}, ["illegal_content_explanation"]),
        (ILLEGAL | {"incompatible_content_ground": X501}, []),
        ({"illegal_content_explanation": X2001}, []),
        ({"incompatible_content_ground": "   "}, ["incompatible_content_ground"]),
        ({"incompatible_content_explanation": X2001}, ["incompatible_content_explanation"]),
        ({"incompatible_content_explanation": "é" * 2000}, []),
        ({"incompatible_content_explanation": 42}, []),
        ({"incompatible_content_explanation": ["a"]}, ["incompatible_content_explanation"]),
        ({"incompatible_content_illegal": "Yes"}, []),
        ({"incompatible_content_illegal": None}, ["incompatible_content_illegal"]),
        ({"incompatible_content_illegal": True}, ["incompatible_content_illegal"]),
        (ILLEGAL | {"incompatible_content_illegal": "yes"}, ["incompatible_content_illegal"]),
        ({"decision_ground_reference_url": "https://x.example/y"}, []),
        ({"decision_ground_reference_url": "x.example"}, ["decision_ground_reference_url"]),
        ({"decision_ground_reference_url": "https://"}, ["decision_ground_reference_url"]),
        (
            {"decision_ground_reference_url": "https://x.example/" + X501},
            ["decision_ground_reference_url"],
        ),
        ({"decision_ground_reference_url": None}, []),
    ],
)
def test_grounds(changes, found):
    assert faults(**changes) == found


# --- categories, content, source ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"category": ["STATEMENT_CATEGORY_VIOLENCE"]}, ["category"]),
        ({"category": "null"}, ["category"]),
        ({"category_addition": []}, []),
        ({"category_addition": None}, ["category_addition"]),
        ({"category_addition": ["STATEMENT_CATEGORY_VIOLENCE"]}, []),
        ({"category_addition": ["null"]}, ["category_addition"]),
        ({"category_specification": None}, []),
        ({"category_specification": ["KEYWORD_STALKING", "null"]}, []),
        (
            {
                "category_specification": ["KEYWORD_NUDITY"],
                "category": "STATEMENT_CATEGORY_VIOLENCE",
            },
            [],
        ),
        ({"category_specification": "KEYWORD_NUDITY"}, ["category_specification"]),
        ({"category_specification_other": X501}, ["category_specification_other"]),
        ({"content_type": []}, ["content_type"]),
        ({"content_type": ["null"]}, ["content_type"]),
        ({"content_type": ["CONTENT_TYPE_OTHER"]}, ["content_type_other"]),
        ({"content_type_other": X501}, ["content_type_other"]),
        ({"content_language": "ES"}, []),
        ({"content_language": "es"}, ["content_language"]),
        ({"content_language": "SH"}, ["content_language"]),
        ({"content_language": None}, []),
        ({"content_id": {"EAN-13": "4006381333931"}}, []),
        ({"content_id": {"EAN-13": "4006381333930", "other": 1}}, []),
        ({"content_id": {"EAN-13": 4006381333931}}, ["content_id.EAN-13"]),
        ({"content_id": {"EAN-13": "400638133393"}}, ["content_id.EAN-13"]),
        ({"content_id": {"EAN-13": None}}, ["content_id.EAN-13"]),
        ({"content_id": {"EAN-13": " "}}, ["content_id.EAN-13"]),
        ({"content_id": {}}, []),
        ({"content_id": "4006381333931"}, ["content_id"]),
        ({"content_id": None}, []),
        ({"content_id_ean": "4006381333931"}, []),
        ({"content_id_ean": "x"}, ["content_id_ean"]),
        ({"territorial_scope": ["GR", "IS"]}, []),
        ({"territorial_scope": ["EL"]}, ["territorial_scope"]),
        ({"territorial_scope": ["UK"]}, ["territorial_scope"]),
        ({"territorial_scope": None}, []),
        ({"territorial_scope": "ES"}, ["territorial_scope"]),
        ({"source_type": "SOURCE_TRUSTED_FLAGGER", "source_identity": "a flagger"}, []),
        ({"source_type": "SOURCE_VOLUNTARY", "source_identity": X501}, ["source_identity"]),
        ({"automated_detection": True}, ["automated_detection"]),
        ({"automated_decision": "Yes"}, ["automated_decision"]),
        ({"decision_facts": X5001}, ["decision_facts"]),
        ({"decision_facts": "x" * 5000 + "   "}, []),
        ({"something_else": 1}, []),
    ],
)
def test_categories_content_and_source(changes, found):
    assert faults(**changes) == found


@pytest.mark.parametrize(
    ("puid", "good"),
    [
        ("TK-421_x", True),
        (" TK1 ", True),
        (12345, True),
        ("x" * 500, True),
        ("x" * 501, False),
        ("", False),
        ("a b", False),
        ("a.b", False),
        ("é", False),
        (True, False),
        (1.5, False),
        (["a"], False),
        (None, False),
    ],
)
def test_the_platforms_own_identifier(puid, good):
    assert (faults(puid=puid) == []) == good


def test_countries_beyond_europe_need_a_profile_that_says_so():
    assert faults(territorial_scope=["MX"]) == ["territorial_scope"]
    assert faults(Profile(any_country=True), territorial_scope=["MX", "ES"]) == []
    assert faults(Profile(any_country=True), territorial_scope=["XX"]) == ["territorial_scope"]


def test_what_ended_with_the_old_schema_is_named_with_its_successor():
    [finding] = check(
        trim(statement(category="STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE")), Profile()
    )

    assert "ended on 30 June 2025" in finding.why
    assert "STATEMENT_CATEGORY_OTHER_VIOLATION_TC took its place" in finding.why


def test_the_lists_have_the_lengths_of_the_schema():
    assert len(words.CATEGORY) == 16
    assert len(words.KEYWORDS) == 69
    assert len(words.LANGUAGES) == 184
    assert len(words.EEA) == 30
    assert words.COUNTRIES >= words.EEA
    assert {k.category for k in words.KEYWORDS.values()} - {None} <= set(words.CATEGORY)


# --- what is kept -----------------------------------------------------------------------------


def test_texts_are_trimmed_and_empty_ones_are_null():
    decision = kept(puid="\u2003TK1 ", content_language=" ", decision_facts="  a fact\n")

    assert (decision.puid, decision.content_language) == ("TK1", None)
    assert decision.decision_facts == "a fact"


def test_what_does_not_apply_is_dropped():
    decision = kept(
        **ILLEGAL,
        incompatible_content_explanation="dropped",
        incompatible_content_illegal="Yes",
        decision_visibility_other="dropped",
        decision_monetary_other="dropped",
        content_type_other="dropped",
        source_type="SOURCE_VOLUNTARY",
        source_identity="dropped",
    )

    assert decision.illegal_content_explanation == "why"
    for name in ATTRIBUTES:
        assert getattr(decision, name) != "dropped"
    assert decision.incompatible_content_illegal is None


def test_single_and_batch_are_cleaned_up_differently():
    sent = {
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "category_addition": ["STATEMENT_CATEGORY_VIOLENCE", "STATEMENT_CATEGORY_SELF_HARM"],
        "category_specification_other": "own words",
        "content_id_ean": "4006381333931",
    }
    alone, batch = kept("API", **sent), kept("API_MULTI", **sent)

    assert alone.category_addition == ("STATEMENT_CATEGORY_SELF_HARM",)
    assert len(batch.category_addition) == 2
    assert (alone.category_specification_other, batch.category_specification_other) == (
        "own words",
        None,
    )
    assert (alone.content_id_ean, batch.content_id_ean) == ("4006381333931", None)


def test_a_batch_does_not_read_the_short_form_of_a_product_number():
    """Whatever stands there: it is an attribute that the schema of a batch does not know."""
    sent = trim(statement() | {"content_id_ean": "x"})

    assert [one.attribute for one in check(sent, Profile(), "API")] == ["content_id_ean"]
    assert check(sent, Profile(), "API_MULTI") == []
    assert rules.unknown(sent, "API") == []
    assert rules.unknown(sent, "API_MULTI") == ["content_id_ean"]
    assert settle(sent, "API_MULTI").content_id_ean is None


def test_of_two_product_numbers_a_single_call_keeps_the_short_form_and_a_batch_the_object():
    sent = {"content_id_ean": "4006381333931", "content_id": {"EAN-13": "9783161484100"}}

    assert kept("API", **sent).content_id_ean == "4006381333931"
    assert kept("API_MULTI", **sent).content_id_ean == "9783161484100"


def test_lists_are_kept_as_sets_and_scalars_as_text():
    decision = kept(
        territorial_scope=["SE", "DE", "SE"],
        incompatible_content_explanation=42,
        incompatible_content_ground=True,
        puid=7,
        decision_facts=10**30,
    )

    assert decision.territorial_scope == ("DE", "SE")
    assert decision.incompatible_content_explanation == "42"
    assert decision.incompatible_content_ground == "1"
    assert (decision.puid, decision.decision_facts) == ("7", "1" + "0" * 30)


def test_unknown_attributes_are_named_up_to_a_number_and_a_length():
    sent = statement() | {f"{'x' * 100}{n}": 1 for n in range(120)}

    named = rules.unknown(sent)

    assert len(named) == rules.MOST_UNKNOWN + 1
    assert named[-1] == "... and 70 more"
    assert max(map(len, named)) <= rules.MOST_NAME
    assert len(rules.unknown_findings(sent)) == len(named)


@pytest.mark.parametrize("value", [{str(n): n for n in range(1001)}, [1] * 1001])
def test_entries_without_end_are_refused_before_anything_is_made_of_them(value):
    for sent in (value, statement() | {"territorial_scope": value}):
        with pytest.raises(Malformed, match=r"has 1,0\d+ entries"):
            trim(sent)
