"""The hold and the remedy: what the platform is asked to keep, to undo, and what came of it.

What the platform says is claimed; what somebody read back, or the person confirmed, is verified.
The two are never shown as one. Whoever confirms by a link that the platform could know may be the
platform: what it claims stays claimed then.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, assert_never, cast, get_args

from amparo.case import events
from amparo.case.events import (
    ComplaintOutcome,
    Direction,
    Event,
    InterimResult,
    PanelOutcome,
    RemedyStep,
)
from amparo.case.machines import DUE, UNDECIDED
from amparo.case.roles import Reviewer, check_may_touch, may_be_the_platform
from amparo.case.standing import standing
from amparo.case.state import Actor, Case, allowed
from amparo.case.text_limits import not_among
from amparo.errors import Malformed, Mistakes, Refused, Text

Result = Literal["implemented", "partly", "refused", "impossible"]


def order(
    *, steps: Sequence[str], outcome: ComplaintOutcome | PanelOutcome, by: str, now: datetime
) -> list[Event]:
    """RE1: an order to the platform, at least one step."""
    return [events.RemedyOrdered(now, by, steps=check_steps(steps), outcome=outcome)]


def add_to_order(
    case: Case,
    *,
    steps: Sequence[str],
    outcome: ComplaintOutcome | PanelOutcome,
    by: str,
    now: datetime,
) -> list[Event]:
    """An order where somebody else's may be due: it takes nothing from that, and repeats nothing.

    Whatever is open of the other is in the new one; none is made where the other says it all.
    """
    if case.remedy not in DUE:
        return order(steps=steps, outcome=outcome, by=by, now=now)
    if set(steps) <= set(case.ordered):
        return []
    is_open = case.remedy in ("sent", "disputed")
    wanted = dict.fromkeys((*steps, *(case.ordered if is_open else ())))
    return order(steps=tuple(wanted), outcome=outcome, by=by, now=now)


def check_nothing_ordered(steps: Sequence[str]) -> None:
    """`Malformed` where something is ordered though the first decision stands."""
    if steps:
        raise Malformed(
            "The first decision stands, and yet something is ordered.",
            why="nothing can be ordered where it stands",
            fix="Choose another outcome, or order nothing.",
        )


def check_steps(steps: Sequence[str]) -> tuple[RemedyStep, ...]:
    """What the platform has to do: at least one step, and only known ones."""
    unknown = [step for step in steps if step not in get_args(RemedyStep)]
    if not steps or unknown:
        raise Malformed(
            "Steps: say what the platform has to do.",
            why=Text("no such step: {steps}", steps=", ".join(unknown)[:180])
            if unknown
            else "none was chosen",
            fix=Text("Choose from {options}.", options=get_args(RemedyStep))
            if unknown
            else "Choose what undoes the decision, or something else and say it in the reasons.",
        )
    return tuple(cast("RemedyStep", step) for step in steps)


def fitting(public: Mapping[str, Any]) -> tuple[RemedyStep, ...]:
    """The steps that undo what a decision restricted, from its public part; of a report, one."""
    if not public:
        return ("restrict",)
    seen = [_UNDOES[value] for value in public.get("decision_visibility", ()) if value in _UNDOES]
    whole = [step for field, step in _UNDOES_ANY_OF.items() if public.get(field)]
    return tuple(dict.fromkeys([*seen, *whole]))


_UNDOES: Mapping[str, RemedyStep] = {
    "DECISION_VISIBILITY_CONTENT_REMOVED": "restore_content",
    "DECISION_VISIBILITY_CONTENT_DISABLED": "restore_content",
    "DECISION_VISIBILITY_CONTENT_DEMOTED": "restore_visibility",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED": "restore_visibility",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED": "restore_visibility",
    "DECISION_VISIBILITY_CONTENT_LABELLED": "lift_label",
    "DECISION_VISIBILITY_OTHER": "restore_visibility",
}
_UNDOES_ANY_OF: Mapping[str, RemedyStep] = {
    "decision_account": "restore_account",
    "decision_monetary": "restore_payments",
    "decision_provision": "restore_service",
}


def report(
    case: Case, *, result: Result, reasons: str, statement: str = "", by: Actor, now: datetime
) -> list[Event]:
    """RE3, RE8, RE9: the platform reports; what is not done needs reasons.

    `statement`: the number of the new decision, where one was ordered (`leads_to_a_statement`).
    """
    if result not in get_args(Result):
        raise not_among(Text("Say what was done."), result, get_args(Result), "result")
    mistakes, text = Mistakes(), reasons.strip()
    with mistakes.of("statement"):
        _check_statement(case, statement, is_done=result in ("implemented", "partly"))
    with mistakes.of("reasons"):
        if result != "implemented" and not text:
            raise Malformed(
                "Reasons are needed.",
                why="not all of what was ordered was done",
                fix="Say why, and what you offer instead.",
            )
    mistakes.end()
    match result:
        case "implemented" | "partly":
            return [events.RemedyClaimed(now, str(by), result=result, reasons=text)]
        case "refused":
            refused = events.RemedyRefused(now, str(by), result=result, reasons=text)
            return [refused, *_closed(case, result, now)]
        case "impossible":
            impossible = events.RemedyImpossible(now, str(by), result=result, reasons=text)
            return [impossible, *_closed(case, result, now)]
        case _:
            assert_never(result)


def _check_statement(case: Case, statement: str, *, is_done: bool) -> None:
    if leads_to_a_statement(case) and is_done and not statement:
        raise Malformed(
            "The new statement is missing.",
            why="who is restricted now is told why, and can complain (Articles 17 and 20)",
            fix="Issue a statement of reasons, and send its uuid or PUID as `statement`.",
        )
    if statement and not (leads_to_a_statement(case) and is_done):
        raise Malformed(
            "No statement is named here.",
            why="none was ordered" if is_done else "nothing was done",
            fix="Leave `statement` out.",
        )


def leads_to_a_statement(case: Case) -> bool:
    """Whether what was ordered is a new decision about whoever posted what somebody reported."""
    return case.is_reporters and "restrict" in case.ordered


def confirm(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """DE9: a party says that it is done; it is verified where that cannot be the platform."""
    if may_be_the_platform(case, by):
        return [events.RemedyConfirmed(now, str(by))]
    return verify(case, by=by, now=now)


def verify(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """RE4, DE9: somebody read it back, or the person says that it is done; the decision ends."""
    ended = allowed(case, events.DecisionSuperseded)
    return [
        events.RemedyVerified(now, str(by)),
        *([events.DecisionSuperseded(now, "node")] if ended else []),
        *_closed(case, "verified", now),
    ]


def dispute(*, reason: str, by: Actor, now: datetime) -> list[Event]:
    """RE5, RE15: it is not as claimed, or has changed back."""
    if not reason.strip():
        raise Malformed(
            "Say what is not as it should be.", why="It is empty.", fix="Write what you see."
        )
    return [events.RemedyDisputed(now, str(by), reason=reason.strip())]


def hold(case: Case, *, now: datetime) -> list[Event]:
    """RE10: the first act of whatever is asked; none where one runs already."""
    return [events.HoldSent(now, "node")] if allowed(case, events.HoldSent) else []


def keep(*, is_kept: bool, reason: str, by: Actor, now: datetime) -> list[Event]:
    """RE11, RE12: the platform keeps the evidence, or says that it is gone."""
    if is_kept:
        return [events.HoldKept(now, str(by))]
    return [events.HoldFailed(now, str(by), reason=reason.strip())]


def interim(
    case: Case, *, direction: Direction, reasons: str, by: Reviewer, now: datetime
) -> list[Event]:
    """An interim measure where waiting would do harm: restore at once, or keep down at once.

    Once more while it lasts, where the platform has said what came of it and that does not hold; or
    the other way, in place of what was ordered by mistake.
    """
    check_may_touch(case, by, "interim")
    mistakes = Mistakes()
    with mistakes.of("direction"):
        if direction not in get_args(Direction):
            raise not_among(Text("Choose a direction."), direction, get_args(Direction))
    with mistakes.of("reasons"):
        if not reasons.strip():
            raise Malformed(
                "Reasons are needed.",
                why="the text is empty",
                fix="Say what harm waiting would do.",
            )
    mistakes.end()
    if case.complaint not in UNDECIDED:
        raise Refused(
            "There is nothing to decide for the time being.",
            why=standing("complaint", case.complaint),
            fix="Interim measures last until the complaint is decided.",
        )
    before = case.interim_order if case.interim == "ordered" else None
    if before is not None and before.direction == direction and case.interim_answer is None:
        raise Refused(
            "This is ordered already.",
            why="the platform has not said yet whether it is done",
            fix="Wait for what it says; where that is not so, order it again.",
        )
    text = reasons.strip()
    return [events.InterimOrdered(now, str(by.actor), direction=direction, reasons=text)]


def answer_interim(
    case: Case, *, result: InterimResult, reasons: str = "", by: Actor, now: datetime
) -> list[Event]:
    """The platform says whether it has done what was ordered at once; whoever waits is told.

    It may say so again: what was impossible may be done later, and what was done may not have held.
    """
    mistakes = Mistakes()
    with mistakes.of("result"):
        if result not in get_args(InterimResult):
            raise not_among(Text("Say whether it is done."), result, get_args(InterimResult))
    with mistakes.of("reasons"):
        if result == "impossible" and not reasons.strip():
            raise Malformed(
                "Reasons are needed.",
                why="the text is empty",
                fix="Say why it cannot be done; whoever waits for it reads it.",
            )
    mistakes.end()
    if case.interim != "ordered":
        raise Refused(
            "Nothing that was ordered at once waits for you.",
            why="none was ordered, or it has ended with the decision",
            fix="Read the list of orders: it has everything that is wanted.",
        )
    before = case.interim_answer
    if before is not None and (before.result, before.reasons) == (result, reasons.strip()):
        return []  # said before: nobody is written to twice
    return [events.InterimAnswered(now, str(by), result=result, reasons=reasons.strip())]


def at_once_named(case: Case) -> str:
    """What is ordered at once and since when, as whoever answers names it; empty for nothing."""
    order = case.interim_order
    return f"{order.at.isoformat()} {order.direction}" if order else ""


def order_named(case: Case) -> str:
    """The same of an order that came with a decision."""
    since = case.ordered_at
    return " ".join((since.isoformat(), case.ordered_by, *case.ordered)) if since else ""


def of_order(
    name: str, named: Callable[[Case], str], step: Callable[[Case], Sequence[Event]]
) -> Callable[[Case], Sequence[Event]]:
    """A step that answers an order: refused if another came since; an empty name fits any."""

    def of_that_order(case: Case) -> Sequence[Event]:
        if name and named(case) not in ("", name):
            raise Refused(
                "Something else is ordered by now.",
                why="another order came after the one that is answered",
                fix="Read what is ordered now, and say what came of that.",
            )
        return step(case)

    return of_that_order


def end_interim(case: Case, *, now: datetime, to_tell: Literal["yes"] | None = None) -> list[Event]:
    """What was ordered at once lasts until the complaint ends, however it does.

    `to_tell`: the platform is told of it, since it learns of no other end.
    """
    return [events.InterimEnded(now, "node", to_tell)] if case.interim == "ordered" else []


def is_owed_to_the_desk(case: Case) -> bool:
    """Whether something is ordered that is not seen to be done, and by nobody else than a desk."""
    return case.remedy in ("sent", "claimed", "disputed", "failed") and case.behind == {"desk"}


def _closed(case: Case, because: str, now: datetime) -> list[Event]:
    """The complaint ends with its remedy; after a dispute it may have ended before."""
    if case.complaint != "remedy_open":
        return []
    return [events.ComplaintClosed(now, "node", because=because)]
