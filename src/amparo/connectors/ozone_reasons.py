"""For what somebody reported in Ozone: what it may come to, for a person to confirm.

A reason is an allegation. It is shown beside a draft and suggests a category; it is never a ground.

Source: `tools.ozone.report.defs`, `com.atproto.moderation.defs` (Ozone 0.4.2).
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any

APPEAL = "reasonAppeal"
_BY_REASON = {
    "reasonViolenceAnimal": "ANIMAL_WELFARE",
    "reasonSexualAnimal": "ANIMAL_WELFARE",
    "reasonViolenceExtremistContent": "RISK_FOR_PUBLIC_SECURITY",
    "reasonSexualNCII": "CYBER_VIOLENCE",
    "reasonSexualAbuseContent": "CYBER_VIOLENCE",
    "reasonSexualDeepfake": "CYBER_VIOLENCE",
    "reasonHarassmentHateSpeech": "ILLEGAL_OR_HARMFUL_SPEECH",
    "reasonHarassmentDoxxing": "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "reasonMisleadingBot": "SCAMS_AND_FRAUD",
    "reasonMisleadingImpersonation": "SCAMS_AND_FRAUD",
    "reasonMisleadingScam": "SCAMS_AND_FRAUD",
    "reasonMisleadingElections": "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
    "reasonRuleProhibitedSales": "UNSAFE_AND_PROHIBITED_PRODUCTS",
}
_BY_GROUP = {
    "reasonViolence": "VIOLENCE",
    "reasonChildSafety": "PROTECTION_OF_MINORS",
    "reasonHarassment": "CYBER_VIOLENCE",
    "reasonRude": "CYBER_VIOLENCE",
    "reasonSelfHarm": "SELF_HARM",
    "reasonSexual": "OTHER_VIOLATION_TC",
    "reasonMisleading": "OTHER_VIOLATION_TC",
    "reasonRule": "OTHER_VIOLATION_TC",
    "reasonSpam": "OTHER_VIOLATION_TC",
}


def short(reason: str) -> str:
    """A reason without the name of its list."""
    return reason.rpartition("#")[2][:60]


def suggested(reason: str) -> dict[str, Any]:
    """The category that a reason makes likely; nothing where it makes none."""
    category = _BY_REASON.get(reason)
    for group, of_group in _BY_GROUP.items():
        if category is None and reason.startswith(group):
            category = of_group
    return {"category": f"STATEMENT_CATEGORY_{category}"} if category else {}
