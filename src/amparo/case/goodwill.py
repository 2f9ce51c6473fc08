"""A decision is reversed though nobody has complained: the desk saw its own mistake.

It takes nothing from the person: they are told, and may complain all the same, also about what is
not put right. Whoever reversed it has judged it, and does not review such a complaint.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from amparo.case import events, hearing, remedy
from amparo.case.complaint import check_reasons
from amparo.case.events import ComplaintOutcome, Event
from amparo.case.machines import DUE, STANDING
from amparo.case.roles import Reviewer, check_may_touch
from amparo.case.standing import standing
from amparo.case.state import Case
from amparo.case.text_limits import not_among
from amparo.errors import Refused, Text

IN_FAVOUR = ("reversed", "partially_reversed")
DECISIONS = ("recorded", "delivered", "undelivered")
"""States of a decision that still applies, whether or not the person knows of it."""


def check_outcome(outcome: str) -> None:
    """Raise unless an outcome is in the person's favour."""
    if outcome not in IN_FAVOUR:
        raise not_among(Text("Choose an outcome in the person's favour."), outcome, IN_FAVOUR)


def reverse(
    case: Case,
    *,
    ruling: UUID,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str],
    reachable: bool,
    now: datetime,
) -> list[Event]:
    """Reverse a decision, with an order to the platform.

    `reachable`: whether this node can write to the person; else the platform has to tell them.
    """
    check_may_touch(case, reviewer, "reverse")
    if case.decision not in DECISIONS or case.misuse:
        raise Refused(
            "There is no decision to reverse.",
            why=standing("decision", case.decision),
            fix="Nothing needs to be done.",
        )
    if case.complaint or case.panel:
        raise Refused(
            "Somebody has complained about this decision.",
            why=standing("complaint", case.complaint) if case.complaint else _PANEL,
            fix="Decide the complaint: the person gets an answer to what they wrote.",
        )
    if hearing.whose(case, "unasked", outcome) is not None:
        raise Refused(
            "The other side has to be heard first.",
            why="somebody else has reported what this would bring back",
            fix="Decide it with the person's complaint: whoever reported it is heard in that.",
        )
    if case.remedy in DUE:
        raise Refused(
            "This decision is being reversed already.",
            why=standing("remedy", case.remedy),
            fix="Nothing needs to be done.",
        )
    by, text = str(reviewer.actor), check_reasons(reasons)
    to_tell: Literal["yes"] | None = None if reachable else "yes"
    return [
        events.DecisionReversed(now, by, reasons=text, ruling=str(ruling), to_tell=to_tell),
        *remedy.order(steps=steps, outcome=outcome, by=by, now=now),
    ]


def undo(
    case: Case, *, ruling: UUID, reasons: str, by: Reviewer, reachable: bool, now: datetime
) -> list[Event]:
    """The reversal is taken back; the person is told, and can complain from that day on.

    `Refused` where the complaint was decided meanwhile, or nothing is left to take back.
    """
    check_may_touch(case, by, "undo")
    is_its_own = case.reversed_in == str(ruling) and case.behind == {"desk"}
    if not is_its_own or case.outcome or case.remedy not in STANDING:
        raise Refused(
            "This reversal cannot be taken back.",
            why=_FROM_OUTSIDE if case.behind - {"desk"} else standing("remedy", case.remedy),
            fix="What was decided since then stands.",
        )
    is_heard = case.complaint not in ("", "closed")
    to_tell: Literal["yes"] | None = None if reachable or is_heard else "yes"
    text = check_reasons(reasons)
    return [events.RemedyUndone(now, str(by.actor), reasons=text, to_tell=to_tell)]


_PANEL = Text("a panel was asked for")
_FROM_OUTSIDE = Text("a panel or an out-of-court body has decided the same")
