"""What a running node writes to standard error: lines for people, or JSON for machines."""

# SPDX-License-Identifier: Apache-2.0

import logging
from typing import Any

import structlog

from amparo.cli.process.log_flood import FloodFilter


def _one_line(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """What somebody typed cannot begin a line of its own."""
    event["event"] = str(event.get("event", "")).translate(_BREAKS)
    return event


_BREAKS = {code: repr(chr(code))[1:-1] for code in (*range(32), 0x7F, 0x85, 0x2028, 0x2029)}


def configure(*, as_json: bool, requests: bool) -> None:
    """Write notes to standard error: JSON for machines, or a line for people.

    `requests`: a line for each request as well, by its pattern.
    """
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        _one_line,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if as_json else []),
    ]
    plain = structlog.dev.plain_traceback
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)
    )
    handler = logging.StreamHandler()
    handler.addFilter(FloodFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("amparo.sign_in").setLevel(logging.INFO)
    logging.getLogger("amparo.operator").setLevel(logging.INFO)
    logging.getLogger("amparo.request").setLevel(logging.INFO if requests else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
