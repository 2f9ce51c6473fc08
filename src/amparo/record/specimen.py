"""Made-up statements of reasons: for the demonstration, for tests and for benchmarks.

They are good by every rule, of realistic size (about 1.2 kB) and variety, and entirely invented.
Chance comes in as an argument, so the same seed gives the same statements.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Protocol, TypeVar

from amparo.record import vocabulary as words

_T = TypeVar("_T")


class Chance(Protocol):
    """What is needed of `random.Random`."""

    def random(self) -> float: ...
    def choice(self, seq: Sequence[_T], /) -> _T: ...
    def randrange(self, start: int, stop: int, /) -> int: ...


class _Story:
    """A kind of case: what was found, on which clause, and what was done."""

    def __init__(
        self, category: str, keyword: str | None, clause: str, explanation: str, facts: str
    ) -> None:
        self.category = f"STATEMENT_CATEGORY_{category}"
        self.keyword = f"KEYWORD_{keyword}" if keyword else None
        self.clause = clause
        self.explanation = explanation
        self.facts = facts


_STORIES = (
    _Story(
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "HATE_SPEECH",
        "Community rules, section 4.2 (version of 1 September 2026): attacks on protected groups",
        "The post calls for people to be excluded from public places because of their origin. "
        "Section 4.2 does not allow attacks on people for a protected characteristic; criticism "
        "of ideas, institutions and governments stays allowed.",
        "A reply under a news article was reported by two users. The whole thread was read "
        "before deciding. The words were not a quotation and no counter-speech.",
    ),
    _Story(
        "VIOLENCE",
        "INCITEMENT_VIOLENCE_HATRED",
        "Community rules, section 3.1 (version of 1 September 2026): calls to violence",
        "The video asks viewers to come to a named place and hurt the people who gather there. "
        "Section 3.1 forbids calls to violence against persons, whoever they are.",
        "A classifier marked the video for review; a reviewer watched all of it. The speaker has "
        "a large following, and the gathering was to take place on the next day.",
    ),
    _Story(
        "SCAMS_AND_FRAUD",
        "PHISHING",
        "Terms of use, clause 7(b) (version of 15 March 2026): deception",
        "The page copies the sign-in form of a bank and sends what is typed to another server. "
        "Clause 7(b) forbids obtaining credentials by deception.",
        "Found by comparing new pages with known sign-in forms. The address had been registered "
        "two days before.",
    ),
    _Story(
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "COPYRIGHT_INFRINGEMENT",
        "Terms of use, clause 9 (version of 15 March 2026): rights of others",
        "The notice identifies a film and shows that the sender may act for its producer. The "
        "upload holds the whole film without comment or change.",
        "A notice was received with all elements that the law asks for. The uploader was heard "
        "and did not answer within seven days.",
    ),
    _Story(
        "OTHER_VIOLATION_TC",
        "ADULT_SEXUAL_MATERIAL",
        "Community rules, section 5 (version of 1 September 2026): adult material",
        "The picture shows sexual acts between adults. It may be posted behind the adult notice "
        "and was posted without it.",
        "Found by an image classifier and confirmed by a reviewer. The picture stays visible to "
        "adults who ask for it.",
    ),
    _Story(
        "PROTECTION_OF_MINORS",
        "UNSAFE_CHALLENGES",
        "Community rules, section 2.4 (version of 1 September 2026): dangerous challenges",
        "The video shows how to hold one's breath until fainting and asks others to film "
        "themselves. Section 2.4 forbids challenges that can kill.",
        "Reported by a teacher through the form for notices. Similar videos had led to injuries.",
    ),
    _Story(
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
        "PROHIBITED_PRODUCTS",
        "Seller agreement, annex B (version of 1 January 2026): products not allowed",
        "The listing offers a medicine that may only be sold by pharmacies. Annex B lists it.",
        "A keyword search found the listing; the seller's licence could not be shown.",
    ),
    _Story(
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "MISINFORMATION_DISINFORMATION",
        "Community rules, section 6.3 (version of 1 September 2026): when and how to vote",
        "The post names a false date for the election. Section 6.3 forbids false statements on "
        "when, where and how to vote; opinions on candidates and results stay allowed.",
        "The electoral authority's published calendar was compared. The author was offered to "
        "correct the date.",
    ),
    _Story(
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        None,
        "Community rules, section 4.6 (version of 1 September 2026): private addresses",
        "The post shows the home address of a person who is not a public figure, with a call to "
        "visit. Section 4.6 forbids this whoever the person is.",
        "Reported by the person concerned. The post had been shared 140 times.",
    ),
)
_WEIGHED = (
    "Weighed were the content itself, the place where it stood, what had been said before it, the "
    "notices received, and earlier decisions about the same account within the last twelve months."
)
_COUNTRIES = (sorted(words.EEA), ["ES"], ["DE", "AT"], ["FR", "BE", "LU"], ["IT"], ["NL", "BE"])
_LANGUAGES = ("EN", "ES", "DE", "FR", "IT", "PL", "NL", "PT", "RO")
_FIRST_DAY = date(2026, 9, 1)


def specimen(chance: Chance, puid: str) -> dict[str, Any]:
    """One made-up statement, as a platform would send it."""
    story = chance.choice(_STORIES)
    day = _FIRST_DAY + timedelta(days=chance.randrange(0, 80))
    found = "Yes" if chance.random() < 0.6 else "No"
    statement: dict[str, Any] = {
        "puid": puid,
        "category": story.category,
        "content_type": [chance.choice(("CONTENT_TYPE_TEXT", "CONTENT_TYPE_VIDEO"))],
        "content_language": chance.choice(_LANGUAGES),
        "content_date": str(day),
        "application_date": str(day + timedelta(days=chance.randrange(0, 5))),
        "territorial_scope": list(chance.choice(_COUNTRIES)),
        "decision_facts": f"{story.facts} {_WEIGHED}",
        "source_type": chance.choice(("SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16")),
        "automated_detection": found,
        "automated_decision": chance.choice(tuple(words.AUTOMATED_DECISION)),
    }
    if story.keyword:
        statement["category_specification"] = [story.keyword]
    _restrict(statement, chance, day)
    _ground(statement, chance, story)
    return statement


def _restrict(statement: dict[str, Any], chance: Chance, day: date) -> None:
    dice = chance.random()
    if dice < 0.12:
        statement["decision_account"] = "DECISION_ACCOUNT_SUSPENDED"
        statement["end_date_account_restriction"] = str(day + timedelta(days=30))
        statement["account_type"] = "ACCOUNT_TYPE_PRIVATE"
    elif dice < 0.16:
        statement["decision_account"] = "DECISION_ACCOUNT_TERMINATED"
        statement["account_type"] = chance.choice(tuple(words.ACCOUNT_TYPE))
    elif dice < 0.2:
        statement["decision_monetary"] = "DECISION_MONETARY_SUSPENSION"
    else:
        statement["decision_visibility"] = [chance.choice(tuple(words.DECISION_VISIBILITY)[:6])]


def _ground(statement: dict[str, Any], chance: Chance, story: _Story) -> None:
    if chance.random() < 0.15:
        statement["decision_ground"] = "DECISION_GROUND_ILLEGAL_CONTENT"
        statement["illegal_content_legal_ground"] = "Penal code of the country named"
        statement["illegal_content_explanation"] = story.explanation
    else:
        statement["decision_ground"] = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
        statement["incompatible_content_ground"] = story.clause
        statement["incompatible_content_explanation"] = story.explanation
        statement["decision_ground_reference_url"] = "https://rules.example/terms/2026-09-01"
