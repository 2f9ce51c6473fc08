"""The worksheet on the three worked examples: words, no verdict, and the same for the mirror case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.case import worksheet
from amparo.case.worksheet import QUESTIONS, Answer
from amparo.errors import Refused
from amparo.record import vocabulary


def reason(name):
    return f"For {name} the file shows this in the content and in what was said around it."


def sheet(**changes):
    """A complete form that says nothing against anybody, with some answers changed."""
    values = {
        "Q-01": "incitement_violence",
        "Q-02": "art19_3_by_analogy",
        "Q-03": "political,electoral",
        "Q-04": "own_words",
        "Q-05": "yes",
        "Q-06": "native",
        "Q-11": "shown",
        "Q-12": "shown",
        "Q-13": "shown",
        "Q-14": "shown",
        "Q-15": "no_comparators",
        "Q-21": "rights_of_others",
        "Q-22": "shown",
        "Q-23": "none_seen",
        "Q-24": "none",
        "Q-R1": "neutral_or_mixed",
        "Q-R2": "neutral_or_mixed",
        "Q-R3": "intent_inferable",
        "Q-R4": "neutral_or_mixed",
        "Q-R5": "neutral_or_mixed",
        "Q-R6a": "some_risk",
        "Q-R6b": "later",
        "Q-R6c": "told",
        "Q-41": "partly_shown",
        "Q-42": "none",
        "Q-43": "warned_or_heard",
        "Q-44": "justified",
        "Q-45": "told",
        "Q-46": "some",
        "Q-47": "yes",
        "Q-48": "not_applicable",
        "Q-S1": "same",
        "Q-S2": "no",
        "Q-S3": "told",
        "Q-S4": "told",
        "Q-S5": "no",
    } | {name.replace("_", "-"): value for name, value in changes.items()}
    return {
        name: Answer(name, value, reason(name), ("content:1",), "the video")
        for name, value in values.items()
    }


def codes(answers):
    return [one.code for one in worksheet.profile(answers)]


GOVERNOR = sheet(
    Q_13="not_shown",
    Q_14="not_shown",
    Q_R1="points_clearly_to_restriction",
    Q_R2="points_clearly_to_restriction",
    Q_R4="points_to_restriction",
    Q_R5="points_clearly_to_restriction",
    Q_R6a="reasonable_probability",
    Q_R6b="hours",
    Q_42="account_suspension_30",
    Q_43="justified_exception",
    Q_44="no_end_no_review",
    Q_46="high",
)
CARTOON = sheet(
    Q_12="partly_shown",
    Q_15="inconsistent",
    Q_22="not_shown",
    Q_R2="points_to_protection",
    Q_R3="no_intent",
    Q_R4="points_clearly_to_protection",
    Q_R5="points_to_protection",
    Q_R6a="remote",
    Q_R6b="none",
)
PREACHER = sheet(
    Q_02="art20_2",
    Q_12="partly_shown",
    Q_14="not_shown",
    Q_R1="points_clearly_to_restriction",
    Q_R2="points_clearly_to_restriction",
    Q_R3="intent_shown",
    Q_R4="points_clearly_to_restriction",
    Q_R5="points_to_restriction",
    Q_R6a="reasonable_probability",
    Q_R6b="days_to_weeks",
    Q_43="neither",
)
REPORTER = sheet(
    Q_02="art20_2",
    Q_04="reporting",
    Q_12="partly_shown",
    Q_R3="no_intent",
    Q_R4="points_clearly_to_protection",
    Q_42="label",
    Q_43="neither",
    Q_46="high",
)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (GOVERNOR, ["P-LEG-", "P-VIO+", "P-NEC-", "P-LEN-"]),
        (CARTOON, ["P-AIM-", "P-VIO-", "P-CON-"]),
        (PREACHER, ["P-20+", "P-HEAR-"]),
        (REPORTER, ["P-20-", "P-NEC-", "P-HEAR-"]),
    ],
    ids=["A: a governor", "B: a cartoon", "C: a preacher", "C: who reported it"],
)
def test_the_worked_examples_have_the_profiles_that_are_written_there(answers, expected):
    assert worksheet.gaps(answers) == []
    assert codes(answers) == expected


def test_an_answer_without_its_own_reason_is_no_answer():
    short, copied = dict(CARTOON), dict(CARTOON)
    short["Q-11"] = Answer("Q-11", "shown", "Yes.", ("content:1",))
    copied["Q-12"] = Answer("Q-12", "shown", reason("Q-11").upper(), ("content:1",))

    assert [gap.question for gap in worksheet.gaps(short)] == ["Q-11"]
    assert "a copy of that of Q-11" in str(worksheet.gaps(copied)[0].why)
    assert codes(short)[0] == "P-INC"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Answer("Q-11", "shown", reason("Q-11")), "refers to nothing"),
        (Answer("Q-11", "maybe", reason("Q-11"), ("content:1",)), "is no answer"),
        (Answer("Q-11", "cannot_assess", reason("Q-11")), "what is missing"),
        (Answer("Q-R6c", "told", "There could be unrest somewhere in that town."), "in full"),
    ],
)
def test_what_an_answer_lacks_is_named(change, why):
    [gap] = worksheet.gaps(CARTOON | {change.id: change})

    assert why in str(gap.why)
    assert str(gap.fix)


def test_what_is_not_shown_needs_no_evidence():
    answers = CARTOON | {"Q-22": Answer("Q-22", "not_shown", reason("Q-22"))}

    assert worksheet.gaps(answers) == []


def test_without_a_frame_the_rabat_part_is_not_asked():
    answers = {k: v for k, v in sheet(Q_02="neither").items() if not k.startswith("Q-R")}

    assert worksheet.gaps(answers) == []
    assert codes(answers) == ["P-LEG+", "P-OTHER"]


def test_who_does_not_know_the_language_does_not_sign():
    assert worksheet.complete(CARTOON)
    assert not worksheet.complete(sheet(Q_06="none"))


@pytest.mark.parametrize("word", sorted(worksheet.NOT_FOR))
def test_there_is_no_worksheet_for_what_is_judged_elsewhere(word):
    """W10; every word is one of the EU's vocabulary."""
    assert word in vocabulary.KEYWORDS
    with pytest.raises(Refused, match="judged elsewhere"):
        worksheet.check_subject(["KEYWORD_OTHER", word])
    worksheet.check_subject(["KEYWORD_OTHER"])


def test_an_outcome_against_a_statement_has_to_explain_it():
    statements = worksheet.profile(GOVERNOR)

    assert worksheet.diverges(statements, "uphold") == ["P-LEG-", "P-NEC-", "P-LEN-"]
    assert worksheet.diverges(statements, "reverse") == ["P-VIO+"]
    assert worksheet.diverges(statements, "uphold_violation_change_measure") == []
    assert worksheet.unaddressed(statements, "P-LEG- because; P-VIO+ since; P-NEC-") == ["P-LEN-"]


def test_the_form_has_no_field_for_a_side_and_the_profile_no_number():
    """W1 and W6."""
    said = " ".join(f"{one.text} {' '.join(one.answers)}" for one in QUESTIONS).lower()
    for word in ("party", "left", "right-wing", "ideology", "popular", "score"):
        assert word not in said
    for answers in (GOVERNOR, CARTOON, PREACHER, REPORTER):
        for one in worksheet.profile(answers):
            assert isinstance(one.code, str)
            assert set(one.because) <= set(answers)


@given(
    st.fixed_dictionaries(
        {}, optional={one.id: st.sampled_from(one.answers) for one in QUESTIONS if one.answers}
    )
)
def test_a_profile_is_the_same_whoever_asks_and_never_contradicts_itself(values):
    answers = {
        name: Answer(name, value, reason(name), ("content:1",)) for name, value in values.items()
    }

    found = codes(answers)

    assert found == codes(dict(reversed(answers.items())))
    assert len(found) == len(set(found))
    assert not {"P-LEG-", "P-LEG+"} <= set(found)
    assert sum(code[:-1] in ("P-20", "P-VIO") for code in found) <= 1
