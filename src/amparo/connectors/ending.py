"""A restriction that ends by itself, with the day on which it does.

Source: EU DSA Transparency Database, schema since 1 July 2025.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_ENDS = {
    "decision_visibility": "end_date_visibility_restriction",
    "decision_monetary": "end_date_monetary_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}
"""Attribute of a restriction -> the one that says when it ends."""


def ending(restriction: Mapping[str, Any], until: datetime | None) -> dict[str, Any]:
    """A restriction with the day on which it ends by itself."""
    if until is None:
        return dict(restriction)
    return {**restriction, **{_ENDS[name]: str(until.date()) for name in restriction}}
