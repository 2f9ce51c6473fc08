"""Which complaint first: by the clock, then by harm. No score of persons, and no effect on outcome.

Source: Santa Clara Principles 2.0, appeals: the severest measures first (`docs/case.md`).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

MOST_HARM = 3
FLAGGED = 2


def harm(public: Mapping[str, Any]) -> int:
    """0 to 3, from what was done: an account, then money or the service, then visibility.

    Of a notice: 3 where somebody's life or safety is threatened (DSA Article 18), 2 where a trusted
    flagger sent it, whose notices have priority (Article 22(1)), else 1.
    """
    if "why" in public:
        if public.get("danger") == "yes":
            return MOST_HARM
        return FLAGGED if public.get("flagger") else 1
    if public.get("decision_account"):
        return MOST_HARM
    if public.get("decision_monetary") or public.get("decision_provision"):
        return 2
    removed = {"DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED"}
    return 1 if removed & set(public.get("decision_visibility", ())) else 0
