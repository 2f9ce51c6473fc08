"""Statements of reasons of made-up platforms, on the days of the story.

Beside the everyday ones of `record/specimen`, those that the story is about: a wave of closed
accounts, and a few posts.
"""

# SPDX-License-Identifier: Apache-2.0

import random
import re
from datetime import date, timedelta
from typing import Any

from amparo.record.decision import Decision, settle
from amparo.record.specimen import specimen

Statement = dict[str, Any]
OTHER_VIOLATION = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
_VERSION = re.compile(r" \(version of [^)]+\)")
"""The everyday clauses name versions that are younger than most of the story."""


def everyday(chance: random.Random, puid: str, day: date) -> Statement:
    """Any decision of a platform, taken on a day."""
    made = specimen(chance, puid)
    while _contradicts_itself(made):
        made = specimen(chance, puid)
    made["application_date"] = str(day)
    made["content_date"] = str(day - timedelta(days=chance.randrange(0, 5)))
    if "end_date_account_restriction" in made:
        made["end_date_account_restriction"] = str(day + timedelta(days=30))
    made.pop("decision_ground_reference_url", None)
    return {
        name: _VERSION.sub("", value) if isinstance(value, str) else value
        for name, value in made.items()
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


def removed_post(puid: str, day: date, *, category: str, clause: str, **more: Any) -> Statement:
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
        "incompatible_content_explanation": "The post falls under the words of this clause.",
        "decision_facts": "A machine found the words; a moderator read the post once.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
    } | more


def _contradicts_itself(statement: Statement) -> bool:
    """Whether what only breaks the terms is called unlawful: no report has a row for it."""
    named = (statement["category"], statement["decision_ground"])
    return named == (OTHER_VIOLATION, "DECISION_GROUND_ILLEGAL_CONTENT")


def decision(statement: Statement) -> Decision:
    """A statement as it comes by the API."""
    return settle(statement, "API")
