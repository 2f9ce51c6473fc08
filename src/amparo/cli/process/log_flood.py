"""A stranger cannot fill a disk with log lines.

Whatever is logged for something that a stranger sends, a stranger can have logged without end. So
each place in the code that logs may do so only so often a minute; what was left out is counted, and
the count is logged with the next line from there.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import time
from collections.abc import Callable

MOST_LINES = 60
"""Lines that one place in the code may log in one period."""
PERIOD_SECONDS = 60.0
UNLIMITED = ("amparo.request",)
"""Loggers whose lines the operator has asked for, one for each request."""


class FloodFilter(logging.Filter):
    """Let each place in the code log `MOST_LINES` a period; say how many lines were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._periods: dict[tuple[str, str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written; called under the handler's lock."""
        if record.name in UNLIMITED:
            return True
        # Not the message: a stranger chooses what is in it. An event of structlog's is a constant.
        event = str(record.msg.get("event", "")) if isinstance(record.msg, dict) else ""
        place, now = (record.name, record.pathname, record.lineno, event), self._clock()
        begun, lines = self._periods.get(place, (now, 0))
        left_out = 0
        if now - begun >= PERIOD_SECONDS:
            left_out, begun, lines = max(0, lines - MOST_LINES), now, 0
        self._periods[place] = begun, lines + 1
        if left_out:
            _say(record, f"({left_out:,} more like it were left out in the minutes before)")
        return lines < MOST_LINES


def _say(record: logging.LogRecord, more: str) -> None:
    """Add to a line, be it a plain message or an event of structlog's."""
    if isinstance(record.msg, dict):
        record.msg = record.msg | {"event": f"{record.msg.get('event', '')} {more}"}
    else:
        record.msg, record.args = f"{record.getMessage()} {more}", ()
