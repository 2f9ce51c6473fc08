"""When another host wants to be asked again: the header Retry-After.

Source: RFC 9110, 10.2.3: seconds, or a date.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

LEAST_SECONDS = 5
MOST_SECONDS = 86_400
"""Bounds: nobody is asked at every beat, and nobody puts us off for ever."""
_DIGITS = re.compile(r"[0-9]{1,9}")


def seconds(value: str, now: int, *, least: int = LEAST_SECONDS) -> int | None:
    """For how many seconds to wait, within the bounds; None where the header says nothing."""
    value = value.strip()
    if _DIGITS.fullmatch(value):
        return _bounded(int(value), least)
    if value.isdecimal() and value.isascii():
        return MOST_SECONDS
    try:
        moment = parsedate_to_datetime(value[:60])
        return _bounded(int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) - now, least)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _bounded(wanted: int, least: int) -> int:
    return min(max(wanted, least), MOST_SECONDS)
