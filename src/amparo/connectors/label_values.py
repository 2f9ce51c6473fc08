"""What the value of a label restricts: known of the system's own, asked of the operator for others.

Values that begin with `!` have one meaning for every app. What a labeler means by its own is
written in its record `app.bsky.labeler.service`, and what that is for the person who was labelled
only the operator says. A value of which nobody has said anything is asked about, each time.

Source: atproto.com/specs/label; `com.atproto.label.defs#labelValueDefinition`; docs/connectors.md.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from typing import Any

from amparo.connectors.atproto import Subject

TAKEDOWN, SUSPEND, HIDE, WARN = "!takedown", "!suspend", "!hide", "!warn"

SUSPENDED: Mapping[str, Any] = {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}


def visibility(*codes: str) -> dict[str, Any]:
    """A restriction of how content can be seen."""
    return {"decision_visibility": [f"DECISION_VISIBILITY_CONTENT_{code}" for code in codes]}


DISABLED = visibility("DISABLED")
LABELLED = visibility("LABELLED")
MEANINGS: Mapping[str, Mapping[str, Any]] = {
    "labelled": LABELLED,
    "age_restricted": visibility("LABELLED", "AGE_RESTRICTED"),
    "demoted": visibility("DEMOTED"),
    "disabled": DISABLED,
    "suspended": SUSPENDED,
}
"""What an operator can say that values of their own are."""
NOTHING = "nothing"
"""Of values that restrict nothing, such as a mark of honour."""
OPTIONS = (*MEANINGS, NOTHING)

Values = Mapping[str, str]
"""Value -> one of `OPTIONS`."""

_OF_ACCOUNTS = {TAKEDOWN: SUSPENDED, SUSPEND: SUSPENDED, HIDE: DISABLED, WARN: LABELLED}
_OF_RECORDS = {TAKEDOWN: DISABLED, HIDE: DISABLED, WARN: LABELLED}


def read(options: Mapping[str, str]) -> Values:
    """Values by the options that name them; `ValueError` where that cannot be."""
    found: dict[str, str] = {}
    for option in OPTIONS:
        for value in re.split(r"[\s,]+", options.get(option, "").strip()):
            if value in found:
                raise ValueError(f"{value!r} is named twice under [options]")
            if value in _OF_ACCOUNTS:
                raise ValueError(f"{value!r} is the same for every labeler, and cannot be named")
            if value:
                found[value] = option
    return found


def restriction(value: str, subject: Subject, values: Values) -> Mapping[str, Any] | None:
    """The restriction by a value: empty where nobody has said it, None where there is none."""
    known = _OF_RECORDS if subject.collection else _OF_ACCOUNTS
    if value in known:
        return known[value]
    meaning = values.get(value, "")
    return None if meaning == NOTHING else MEANINGS.get(meaning, {})
