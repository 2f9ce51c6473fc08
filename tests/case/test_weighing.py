"""A ruling on speech needs the worksheet, whoever rules and whatever the outcome."""

from uuid import UUID

import msgspec
import pytest
from tests.case.test_who_may_touch import NOW, REASONS, STRANGER, THIRD, after, filed, reviewing
from tests.case.test_worksheet import sheet

from amparo.case import complaint, events, group, worksheet
from amparo.case.worksheet import SHORT, Answer
from amparo.errors import Malformed, Refused
from amparo.web.words import history

SPEECH = frozenset({"STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"})
ORDER = {"steps": ["restore_content"]}


def short(**changes):
    """The short form, complete; what says nothing against anybody unless it is changed."""
    asked = {question.id for question in SHORT}
    return {name: answer for name, answer in sheet(**changes).items() if name in asked}


def about_speech(complainant="person"):
    heard = {"hearing": "waived", "complainant": complainant}
    case = msgspec.structs.replace(filed(), categories=SPEECH, **heard)
    return reviewing(case, THIRD)


def decide(case, outcome="upheld", **more):
    steps = {} if outcome == "upheld" else ORDER
    return complaint.decide(
        case,
        reviewer=THIRD,
        outcome=outcome,
        reasons=REASONS,
        for_the_other=REASONS,
        now=NOW,
        **steps | more,
    )


def test_the_short_form_is_the_three_part_test_the_six_factors_and_the_swap():
    factors = {question.id for question in SHORT if question.part == worksheet.RABAT_PART}

    assert {question.part for question in SHORT} == {0, 1, 2, 3, 4, 5}
    assert factors == {"Q-R1", "Q-R2", "Q-R3", "Q-R4", "Q-R5", "Q-R6a"}
    assert not any(question.evidence for question in SHORT)
    texts = {question.id: question.text for question in worksheet.QUESTIONS}
    assert all(texts[question.id] == question.text for question in SHORT)


@pytest.mark.parametrize("outcome", ["upheld", "reversed", "partially_reversed"])
def test_no_outcome_goes_without_it(outcome):
    with pytest.raises(Refused, match="needs a worksheet"):
        decide(about_speech(), outcome)


@pytest.mark.parametrize("outcome", ["upheld", "reversed", "partially_reversed"])
def test_with_it_every_outcome_can_be_decided_and_keeps_its_words(outcome):
    decided = decide(about_speech(), outcome, answers=short())[0]

    assert decided.worksheet == short()
    notes = history._worded(decided, str, "party", to_you=False)[1]
    assert all(
        any(answer.reason in note for note in notes) for answer in decided.worksheet.values()
    )


def test_an_answer_without_its_own_reason_is_named():
    lacking = short() | {"Q-R4": Answer("Q-R4", "neutral_or_mixed", "Hm.")}

    with pytest.raises(Malformed, match="Q-R4"):
        decide(about_speech(), answers=lacking)
    with pytest.raises(Malformed, match="Q-S1"):
        decide(about_speech(), answers={n: a for n, a in short().items() if n != "Q-S1"})


@pytest.mark.parametrize(
    ("complainant", "outcome", "changes"),
    [
        ("person", "upheld", {"Q_11": "not_shown"}),
        ("person", "upheld", {"Q_42": "label"}),
        ("person", "upheld", {"Q_R3": "no_intent"}),
        ("notifier", "reversed", {"Q_R3": "no_intent"}),
        ("notifier", "upheld", {"Q_R6a": "reasonable_probability"}),
        ("person", "reversed", {"Q_R6a": "reasonable_probability"}),
        ("person", "partially_reversed", {"Q_S1": "different"}),
    ],
)
def test_who_decides_against_the_answers_says_why(complainant, outcome, changes):
    case, answers = about_speech(complainant), short(**changes)

    with pytest.raises(Malformed, match="has to be explained"):
        decide(case, outcome, answers=answers)
    explained = decide(case, outcome, answers=answers, divergence="The record came late.")[0]
    assert explained.divergence == "The record came late."


def test_another_case_needs_none_and_keeps_none():
    plain = reviewing(filed(), THIRD)

    assert decide(plain)[0].worksheet is None
    assert decide(plain, answers=short(), divergence="x")[0].worksheet is None
    assert set(events.fields(decide(plain)[0])) == {"outcome", "reasons", "reviewer"}


def test_no_ruling_on_a_group_goes_around_it():
    ruling = {"ruling": UUID(int=1), "outcome": "upheld", "reasons": REASONS, "steps": ()}
    speech = msgspec.structs.replace(filed(), categories=SPEECH)

    assert after(filed(), group.rule(filed(), reviewer=STRANGER, now=NOW, **ruling))
    with pytest.raises(Refused, match="needs a worksheet"):
        group.rule(speech, reviewer=STRANGER, now=NOW, **ruling)
