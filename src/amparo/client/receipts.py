"""A receipt as it comes: that the log's key signed it, and that it is of what was sent.

Compared with what was sent are the platform's identifier, ground and category, and every text of
the reasons that the log has; other attributes are settled by the node (docs/record.md) and not
compared.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

from amparo.errors import Unsound
from amparo.ledger.log import receipts
from amparo.ledger.log.receipts import Verified
from amparo.record.event import DecisionIssued
from amparo.tlog.policy import Policy

SURELY = ("category", "decision_ground", "decision_facts")
"""Every statement has these, and its receipt has to show them as they were sent."""
IF_SHOWN = (
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
)
"""These are dropped where the ground is the other one."""


def check(
    raw: bytes, trusted: Policy, *, uuid: str, puid: str, sent: Mapping[str, Any] | None = None
) -> Verified:
    """What a receipt proves; `Unsound` unless it is the one of this statement.

    `sent`: the attributes, where this client sent them just now. A statement that was known before
    may have been sent with others, and one that was erased shows none.
    """
    found = receipts.verify(raw, trusted)
    if not isinstance(found.leaf, DecisionIssued) or found.leaf.case != uuid:
        raise _unsound(f"it is not of {uuid}")
    if found.sealed is not None and found.puid != puid.strip():
        raise _unsound(f"its identifier is {found.puid!r}, not {puid!r}")
    if sent is None:
        return found
    proven = {**found.leaf.public, **(found.sealed or {})}
    for name in SURELY + tuple(name for name in IF_SHOWN if name in proven):
        if proven.get(name) != str(sent.get(name)).strip():
            raise _unsound(f"{name} in the log is not what was sent")
    return found


def _unsound(why: str) -> Unsound:
    return Unsound(
        "This receipt is of something else.",
        why=why,
        fix="Keep the file, and ask whoever runs the node.",
    )
