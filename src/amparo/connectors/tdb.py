"""A row of the EU database's daily dump -> a submission.

A dump names a few things otherwise than the API: the PUID is `platform_uid`, dates carry a time,
lists are JSON in a cell, and what is null or empty is an empty cell. Values are not corrected: a
value that the current schema no longer allows is left as it is, for the rules to find.

Source: the EU DSA Transparency Database's daily dumps, schemas of before and after 1 July 2025.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any

import msgspec

from amparo.record.decision import DATES, LISTS, Submission
from amparo.record.sealing import Imported

_OF_THE_DATABASE = frozenset({"uuid", "platform_name", "platform_uid", "created_at"})
_MIDNIGHT = " 00:00:00"


def submission(row: Mapping[str, Any]) -> Submission:
    """What the platform would send today to state the same; cells may be text or typed."""
    sent: Submission = {}
    for name, value in row.items():
        if value in (None, "") or name in _OF_THE_DATABASE:
            continue
        if name in LISTS and isinstance(value, str):
            sent[name] = _listed(value)
        elif name in DATES:
            sent[name] = str(value).removesuffix(_MIDNIGHT)
        else:
            sent[name] = value
    if row.get("platform_uid") not in (None, ""):
        sent["puid"] = row["platform_uid"]
    return sent


def imported(row: Mapping[str, Any]) -> Imported:
    """Where the row says that it was published first."""
    return Imported(
        platform_name=str(row.get("platform_name") or ""),
        uuid=str(row["uuid"]) if row.get("uuid") else None,
        created_at=str(row["created_at"]) if row.get("created_at") else None,
    )


def _listed(cell: str) -> Any:
    try:
        return msgspec.json.decode(cell)
    except msgspec.DecodeError:
        return cell
