"""A complaint as Coop takes it as an appeal, and which complaint its decision is about.

The text of the item is not sent, since it is not here: Coop takes an item without it where that is
marked as partial, and asks the platform for it.

Source: roostorg/coop 1.0.2: docs/api/appeal.md, `submitAppeal`, `rawItemSubmissionSchema`.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from amparo.connectors.coop import Subject
from amparo.connectors.coop_callback import Item

FOUND: dict[str, Literal["upheld", "reversed"]] = {"ACCEPT": "reversed", "REJECT": "upheld"}
"""Coop accepts the appeal, not the decision."""
_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9]{1,12})")


class Complaint(NamedTuple):
    """A complaint, by its case and when it was filed there, in POSIX seconds."""

    case: UUID
    filed_at: int

    def __str__(self) -> str:
        """As Coop is told it, and tells it again with its decision."""
        return f"{self.case}.{self.filed_at}"


def complaint(appeal: str) -> Complaint | None:
    """Which complaint an appeal was; None where somebody else has sent it."""
    found = _NAME.fullmatch(appeal)
    return Complaint(UUID(found[1]), int(found[2])) if found else None


def request(filed: Complaint, subject: Subject, grounds: str) -> dict[str, Any]:
    """What Coop is sent; `ValueError` where it has not said whom the decision is about."""
    if subject.user is None:
        raise ValueError("Coop has not said whose item it is, and takes no appeal without that")
    at = datetime.fromtimestamp(filed.filed_at, UTC)
    return {
        "appealId": str(filed),
        "appealedBy": _named(subject.user),
        "appealedAt": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "actionedItem": {**_named(subject.item), "data": {}, "typeSchemaVariant": "partial"},
        "actionsTaken": [subject.action],
        "appealReason": grounds,
        "violatingPolicies": [{"id": policy} for policy in subject.policies],
    }


def _named(item: Item) -> dict[str, str]:
    return {"typeId": item.type, "id": item.id}
