"""What a platform did, in one sentence that a tired person understands.

Of a decision with several restrictions the gravest is said; of a report, what became of it.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

from amparo.errors import Text
from amparo.web.words.decision import N_

_DID = {
    "DECISION_ACCOUNT_TERMINATED": N_("{platform} closed your account"),
    "DECISION_PROVISION_TOTAL_TERMINATION": N_("{platform} ended its service for you"),
    "DECISION_ACCOUNT_SUSPENDED": N_("{platform} suspended your account"),
    "DECISION_PROVISION_TOTAL_SUSPENSION": N_("{platform} stopped its service for you for a time"),
    "DECISION_MONETARY_TERMINATION": N_("{platform} ended your payments"),
    "DECISION_MONETARY_SUSPENSION": N_("{platform} stopped your payments for a time"),
    "DECISION_PROVISION_PARTIAL_TERMINATION": N_("{platform} ended a part of its service for you"),
    "DECISION_PROVISION_PARTIAL_SUSPENSION": N_(
        "{platform} stopped a part of its service for you for a time"
    ),
    "DECISION_VISIBILITY_CONTENT_REMOVED": N_("{platform} removed what you posted"),
    "DECISION_VISIBILITY_CONTENT_DISABLED": N_("{platform} took what you posted out of sight"),
    "DECISION_VISIBILITY_CONTENT_DEMOTED": N_("{platform} shows fewer people what you posted"),
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED": N_(
        "{platform} shows what you posted to adults only"
    ),
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED": N_(
        "{platform} limited what others can do with what you posted"
    ),
    "DECISION_VISIBILITY_CONTENT_LABELLED": N_("{platform} put a label on what you posted"),
}
"""Restriction -> what was done to somebody; of several, the first of these is said."""


def headline(public: Mapping[str, Any], platform: str) -> Text:
    """What was done, of the public part of a decision; what has no name of its own is not named."""
    fields = ("decision_account", "decision_provision", "decision_monetary")
    found = {public.get(field) for field in fields} | set(public.get("decision_visibility") or ())
    for restriction, text in _DID.items():
        if restriction in found:
            return Text(text, platform=platform)
    return Text(N_("{platform} took a decision about you"), platform=platform)


def of_report(platform: str, *, acted: bool | None) -> Text:
    """What became of what somebody reported; `acted` is None before the platform has answered."""
    if acted is None:
        return Text(N_("{platform} has your report"), platform=platform)
    if acted:
        return Text(N_("{platform} acted on your report"), platform=platform)
    return Text(N_("{platform} did not act on your report"), platform=platform)
