"""Names and moments of the AT Protocol, in which Bluesky and its labelers speak.

An account is known by its DID, a record by an address (`at://DID/COLLECTION/KEY`). Most keys of
records are TIDs: the microsecond in which they were made, in an alphabet that sorts.

Source: atproto.com/specs: DID, AT URI, TID, and the format `datetime` of Lexicon.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from datetime import UTC, datetime
from typing import NamedTuple

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_URI = re.compile(
    r"at://(?P<did>did:[^/]+)/(?P<collection>[A-Za-z0-9.-]+)/(?P<key>[A-Za-z0-9._:~-]{1,512})"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(rf"[2-7a-j][{_SORTED}]{{12}}")
_CLOCK_BITS = 10
_FIRST_DAY = "2022-11-01"
"""No record of the network is older."""
_NO_YEAR = 3000
"""What is of then or later is no moment: to the last of a calendar nothing can be added."""


class Subject(NamedTuple):
    """An account, or a record of it."""

    did: str
    collection: str = ""
    """Of what kind a record is; empty where the account is meant."""
    key: str = ""


def is_did(text: str) -> bool:
    """Whether a text is a DID."""
    return _DID.fullmatch(text) is not None


def subject(uri: str) -> Subject:
    """What a DID or an address of a record means; `ValueError` where it is neither."""
    if is_did(uri):
        return Subject(uri)
    found = _URI.fullmatch(uri)
    if found is None or not is_did(found["did"]):
        raise ValueError(f"{uri[:100]!r} is neither an account nor a record")
    return Subject(found["did"], found["collection"], found["key"])


def day_of_key(key: str) -> str:
    """The day on which a record was made, if its key says so; empty otherwise."""
    if not _TID.fullmatch(key):
        return ""
    bits = 0
    for sign in key:
        bits = bits << 5 | _SORTED.index(sign)
    made = datetime.fromtimestamp((bits >> _CLOCK_BITS) / 1_000_000, UTC)
    day = str(made.date())
    return day if day >= _FIRST_DAY else ""


def moment(text: str) -> datetime:
    """A moment in UTC; `ValueError` where the text is none."""
    try:
        found = datetime.fromisoformat(text).astimezone(UTC) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError):
        found = None
    if found is not None and found.year < _NO_YEAR:
        return found
    raise ValueError(f"{text[:40]!r} is no moment")


def sortable(at: datetime) -> str:
    """A moment in UTC as a text by which versions are ordered."""
    return at.replace(tzinfo=None).isoformat(timespec="microseconds")


def written(at: datetime) -> str:
    """A moment in UTC to the second, as records have it."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
