"""The title of a person's page says what was done, not that something was."""

import pytest

from amparo.record import vocabulary
from amparo.web.words.headline import headline
from amparo.web.words.i18n import catalogue, languages, localise

NAMED = {
    "decision_account": vocabulary.DECISION_ACCOUNT,
    "decision_provision": vocabulary.DECISION_PROVISION,
    "decision_monetary": vocabulary.DECISION_MONETARY,
    "decision_visibility": vocabulary.DECISION_VISIBILITY,
}


def said(**public):
    return localise(headline(public, "Foro"), "en")


@pytest.mark.parametrize(
    ("field", "code"), [(field, code) for field, codes in NAMED.items() for code in codes]
)
def test_every_restriction_has_a_sentence_of_its_own(field, code):
    value = [code] if field == "decision_visibility" else code
    general = "Foro took a decision about you"

    assert (said(**{field: value}) == general) == code.endswith("_OTHER")


def test_of_several_the_gravest_is_said():
    removed = ["DECISION_VISIBILITY_CONTENT_LABELLED", "DECISION_VISIBILITY_CONTENT_REMOVED"]

    assert said(decision_visibility=removed) == "Foro removed what you posted"
    assert (
        said(
            decision_visibility=removed,
            decision_monetary="DECISION_MONETARY_TERMINATION",
            decision_account="DECISION_ACCOUNT_TERMINATED",
        )
        == "Foro closed your account"
    )


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_it_is_said_in_every_language(language):
    for field, codes in NAMED.items():
        for code in codes:
            text = headline({field: [code] if "visibility" in field else code}, "Foro")
            assert catalogue(language).gettext(text.id) != text.id
