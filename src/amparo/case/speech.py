"""Which cases are about speech that may incite, threaten or hate: nobody rules on one unweighed.

A single reviewer fills in the short worksheet before such a ruling, whatever its outcome; a ruling
on a group leaves such cases out. Which cases they are is read from the law's own lists, so that no
desk chooses. Where a category is named without a keyword, or beside one that is not known here, the
case counts as such speech: one form too many does less harm than one too few.

Source: Rabat Plan of Action (A/HRC/22/17/Add.4, paragraphs 20 and 29); `record/vocabulary.py`.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

from amparo.case.state import Case

NOT_SPEECH: Mapping[str, frozenset[str]] = {
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": frozenset(),
    "STATEMENT_CATEGORY_VIOLENCE": frozenset(
        {
            "KEYWORD_HUMAN_EXPLOITATION",
            "KEYWORD_HUMAN_TRAFFICKING",
            "KEYWORD_TRAFFICKING_WOMEN_GIRLS",
        }
    ),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE": frozenset(
        {"KEYWORD_NON_CONSENSUAL_IMAGE_SHARING", "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE"}
    ),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN": frozenset(
        {
            "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN",
            "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN",
        }
    ),
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY": frozenset(
        {"KEYWORD_RISK_ENVIRONMENTAL_DAMAGE", "KEYWORD_RISK_PUBLIC_HEALTH"}
    ),
}
"""Categories of speech, incitement, terror, threat and hate -> those of their keywords that are
about something else."""
SPEECH_KEYWORDS = frozenset(
    {
        "KEYWORD_COORDINATED_HARM",
        "KEYWORD_CYBER_BULLYING_INTIMIDATION",
        "KEYWORD_CYBER_INCITEMENT",
        "KEYWORD_DISCRIMINATION",
        "KEYWORD_HATE_SPEECH",
        "KEYWORD_ILLEGAL_ORGANIZATIONS",
        "KEYWORD_INCITEMENT_AGAINST_WOMEN",
        "KEYWORD_INCITEMENT_VIOLENCE_HATRED",
        "KEYWORD_TERRORIST_CONTENT",
    }
)
"""Keywords that tell it under whatever category they stand."""


def needs_worksheet(case: Case) -> bool:
    """Whether a single reviewer fills in the short worksheet before ruling on a case.

    A report of danger to somebody's life or safety is one of a threat, whatever else it names.
    """
    return not case.misuse and (
        case.danger
        or bool(SPEECH_KEYWORDS & case.keywords)
        or any(_is_speech(category, case.keywords) for category in case.categories)
    )


def _is_speech(category: str, keywords: frozenset[str]) -> bool:
    """Unless every keyword that is named is about something else."""
    other = NOT_SPEECH.get(category)
    return other is not None and (not keywords or bool(keywords - other))
