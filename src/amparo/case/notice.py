"""A notice by anyone that something is illegal: received, and answered (DSA Article 16)."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast, get_args

from amparo.case import events
from amparo.case.events import Event, NoticeReceived, NoticeResult, Undelivered
from amparo.case.state import Actor
from amparo.case.text_limits import not_among
from amparo.errors import Malformed, Mistakes, Text

InDanger = Literal["yes", "no", "unknown", ""]
"""Whether somebody is in danger, as whoever reports answers; empty: they were not asked."""


def receive(
    *,
    why: str,
    where: str,
    category: str | None = None,
    danger: InDanger = "",
    flagger: str | None = None,
    now: datetime,
) -> NoticeReceived:
    """A notice by anyone (Article 16): what, where, why; no name in it.

    `danger`: whether somebody's life or safety is threatened (Article 18). `flagger`: the trusted
    flagger that it is from, known by its token (Article 22).
    """
    return NoticeReceived(
        now,
        "notifier",
        why=why,
        where=where,
        category=category,
        danger=danger or None,
        flagger=flagger,
    )


def answer(
    *,
    result: NoticeResult,
    reasons: str,
    automated: bool,
    decided_by: Sequence[str],
    no_statement: str = "",
    joint: str | None = None,
    by: Actor,
    now: datetime,
) -> list[Event]:
    """The platform tells what it did about a notice (Article 16(5)), and whether a machine did.

    `joint`: the report of the same address with which it is answered.
    """
    mistakes = Mistakes()
    with mistakes.of("result"):
        if result not in get_args(NoticeResult):
            what = Text("Say what was done about the notice.")
            raise not_among(what, result, get_args(NoticeResult))
    with mistakes.of("reasons"):
        if not reasons.strip():
            raise Malformed(
                "Reasons are needed.",
                why="the text is empty",
                fix="Say why; the notifier reads it.",
            )
    with mistakes.of("no_statement"):
        if no_statement and no_statement not in events.UNDELIVERED:
            what = Text("Say why there is no statement.")
            raise not_among(what, no_statement, events.UNDELIVERED)
    mistakes.end()
    answered = events.NoticeAnswered(
        now,
        str(by),
        result=result,
        reasons=reasons.strip(),
        automated=automated,
        decided_by=tuple(sorted(set(decided_by))),
        no_statement=cast("Undelivered", no_statement) if no_statement else None,
        joint=joint,
    )
    return [answered]
