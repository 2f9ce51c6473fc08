"""Which cases need the worksheet: read from the law's lists, for statements and reports alike."""

from datetime import UTC, datetime

import pytest

from amparo.case import notice as notice_rules
from amparo.case import state
from amparo.case.speech import NOT_SPEECH, SPEECH_KEYWORDS, needs_worksheet
from amparo.record import vocabulary

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def decision(category, *keywords, **more):
    named = {"category": f"STATEMENT_CATEGORY_{category}"} | more
    return state.about(named | {"category_specification": [f"KEYWORD_{k}" for k in keywords]})


def notice(category=None, *, danger=""):
    name = f"STATEMENT_CATEGORY_{category}" if category else None
    told = {"why": "It threatens me.", "where": "https://foro.example/p/1"}
    return state.fold([notice_rules.receive(**told, category=name, danger=danger, now=NOW)])


@pytest.mark.parametrize(
    "case",
    [
        decision("ILLEGAL_OR_HARMFUL_SPEECH"),
        decision("ILLEGAL_OR_HARMFUL_SPEECH", "HATE_SPEECH"),
        decision("VIOLENCE"),
        decision("VIOLENCE", "INCITEMENT_VIOLENCE_HATRED"),
        decision("VIOLENCE", "HUMAN_TRAFFICKING", "COORDINATED_HARM"),
        decision("RISK_FOR_PUBLIC_SECURITY", "TERRORIST_CONTENT"),
        decision("RISK_FOR_PUBLIC_SECURITY", "OTHER"),
        decision("CYBER_VIOLENCE", "CYBER_BULLYING_INTIMIDATION"),
        decision("CYBER_VIOLENCE_AGAINST_WOMEN", "INCITEMENT_AGAINST_WOMEN"),
        decision("SCAMS_AND_FRAUD", category_addition=["STATEMENT_CATEGORY_VIOLENCE"]),
        decision("OTHER_VIOLATION_TC", "HATE_SPEECH"),
        notice("VIOLENCE"),
        notice("ILLEGAL_OR_HARMFUL_SPEECH"),
        notice("SCAMS_AND_FRAUD", danger="yes"),
        notice(danger="yes"),
    ],
)
def test_speech_incitement_terror_threat_and_hate_are_weighed_first(case):
    assert needs_worksheet(case)


@pytest.mark.parametrize(
    "case",
    [
        decision("SCAMS_AND_FRAUD", "PHISHING"),
        decision("INTELLECTUAL_PROPERTY_INFRINGEMENTS"),
        decision("OTHER_VIOLATION_TC", "ADULT_SEXUAL_MATERIAL"),
        decision("VIOLENCE", "HUMAN_TRAFFICKING"),
        decision("CYBER_VIOLENCE", "NON_CONSENSUAL_IMAGE_SHARING"),
        decision("RISK_FOR_PUBLIC_SECURITY", "RISK_PUBLIC_HEALTH"),
        notice("SCAMS_AND_FRAUD"),
        notice(),
    ],
)
def test_other_cases_are_not(case):
    assert not needs_worksheet(case)


def test_the_lists_are_the_laws_own():
    """A word that the vocabulary renames is found here, and not in a case that nobody weighed."""
    assert set(NOT_SPEECH) <= set(vocabulary.CATEGORY)
    assert set(vocabulary.KEYWORDS) >= SPEECH_KEYWORDS
    for category, others in NOT_SPEECH.items():
        assert {vocabulary.KEYWORDS[keyword].category for keyword in others} <= {category}
