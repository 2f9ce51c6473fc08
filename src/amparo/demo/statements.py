"""Statements of reasons of made-up platforms, on the days of the story.

Those of every day are about the matters of `matters`; besides, there are those that the story is
about: a wave of closed accounts, and a few posts.
"""

# SPDX-License-Identifier: Apache-2.0

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from amparo.demo.matters import How, Matter, Restriction
from amparo.record import vocabulary
from amparo.record.decision import Decision, settle

Statement = dict[str, Any]
_FOUND: Mapping[How, tuple[str, str, str]] = {
    "reported": ("SOURCE_ARTICLE_16", "No", "AUTOMATED_DECISION_NOT_AUTOMATED"),
    "found": ("SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_PARTIALLY"),
    "machine": ("SOURCE_VOLUNTARY", "Yes", "AUTOMATED_DECISION_FULLY"),
}
"""How -> source, whether a machine found it, whether a machine decided."""
_VISIBILITY: Mapping[Restriction, str] = {
    "removed": "REMOVED",
    "disabled": "DISABLED",
    "demoted": "DEMOTED",
    "age": "AGE_RESTRICTED",
    "interaction": "INTERACTION_RESTRICTED",
}
_ACCOUNT: Mapping[Restriction, str] = {"suspended": "SUSPENDED", "terminated": "TERMINATED"}
_LANGUAGES = ("EN", "EN", "ES", "ES", "DE", "FR", "IT", "NL", "PT")
_COUNTRIES = (sorted(vocabulary.EEA), ["ES"], ["DE", "AT"], ["FR", "BE", "LU"], ["IT"], ["PT"])
_UNLAWFUL = 0.3
"""How many of the decisions that could rest on a law do."""


def everyday(
    chance: random.Random, matter: Matter, does: Restriction, puid: str, day: date
) -> Statement:
    """A decision that a platform takes about a matter on a day; `does`: what it does."""
    source, detection, decided = _FOUND[matter.how]
    made = {
        "puid": puid,
        "category": f"STATEMENT_CATEGORY_{matter.category}",
        "content_type": [f"CONTENT_TYPE_{matter.kind}"],
        "content_language": chance.choice(_LANGUAGES),
        "content_date": str(day - timedelta(days=chance.randrange(0, 5))),
        "application_date": str(day),
        "territorial_scope": list(chance.choice(_COUNTRIES)),
        "decision_facts": matter.facts,
        "source_type": source,
        "automated_detection": detection,
        "automated_decision": decided,
    }
    if matter.keyword:
        made["category_specification"] = [f"KEYWORD_{matter.keyword}"]
    return made | _restriction(does, day) | _ground(chance, matter)


def _restriction(does: Restriction, day: date) -> Statement:
    if does in _VISIBILITY:
        return {"decision_visibility": [f"DECISION_VISIBILITY_CONTENT_{_VISIBILITY[does]}"]}
    if does == "payments":
        return {"decision_monetary": "DECISION_MONETARY_SUSPENSION"}
    made = {
        "decision_account": f"DECISION_ACCOUNT_{_ACCOUNT[does]}",
        "account_type": "ACCOUNT_TYPE_PRIVATE",
    }
    if does == "suspended":
        made["end_date_account_restriction"] = str(day + timedelta(days=30))
    return made


def _ground(chance: random.Random, matter: Matter) -> Statement:
    if matter.law and chance.random() < _UNLAWFUL:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": matter.law,
            "illegal_content_explanation": matter.breach,
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": matter.clause,
        "incompatible_content_explanation": f"{matter.breach} {matter.rule}",
    }


def closed_account(puid: str, day: date, language: str) -> Statement:
    """One of the wave: a classifier took people who quote slogans for a network of bots."""
    return {
        "puid": puid,
        "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        "category_specification": ["KEYWORD_INAUTHENTIC_ACCOUNTS"],
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": language,
        "content_date": str(day),
        "application_date": str(day),
        "territorial_scope": ["ES", "DE", "FR", "PT"],
        "decision_account": "DECISION_ACCOUNT_TERMINATED",
        "account_type": "ACCOUNT_TYPE_PRIVATE",
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Terms of use, clause 3.2: accounts run by machines",
        "incompatible_content_explanation": "The account posts like one that a machine runs: the "
        "same sentences as many others, within minutes of them.",
        "decision_facts": "A classifier compared posts of one week with each other. It closed "
        "every account of which ten posts were alike. Nobody has looked at the account itself.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
    }


def removed_post(
    puid: str, day: date, *, category: str, clause: str, explanation: str, **more: Any
) -> Statement:
    """A post that was removed; `more` are further attributes, or others than usual."""
    return {
        "puid": puid,
        "category": f"STATEMENT_CATEGORY_{category}",
        "content_type": ["CONTENT_TYPE_TEXT"],
        "content_language": "ES",
        "content_date": str(day - timedelta(days=1)),
        "application_date": str(day),
        "territorial_scope": ["ES"],
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": clause,
        "incompatible_content_explanation": explanation,
        "decision_facts": "A machine found the words; a moderator read the post once.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
    } | more


def decision(statement: Statement) -> Decision:
    """A statement as it comes by the API."""
    return settle(statement, "API")
