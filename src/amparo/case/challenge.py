"""A side challenges a member of the panel; two members who do not sit judge it.

Each seat can be challenged once, with reasons, from the draw until the clock `challenge` ends. Only
what both judges accept empties the seat; the next reserve then takes it.

Source: `docs/case.md` (PA9).
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from amparo.case import deadlines, events, panel, state
from amparo.case.complaint import check_reasons
from amparo.case.events import Event
from amparo.case.state import Actor, Case
from amparo.errors import Denied, Refused, Text


def raise_(case: Case, *, member: str, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """A side says why a member should not sit."""
    over = case.formed_at is not None and now > deadlines.due("challenge", case.formed_at)
    why = None
    if by.role not in (case.complainant, "platform"):
        why = Text("only the two sides may")
    elif member not in case.members:
        why = Text("{member} does not sit on this panel", member=repr(member[:80]))
    elif case.challenged:
        why = Text("the seat of {member} is being judged", member=case.challenged)
    elif member in case.challenges:
        why = Text("this seat was challenged and judged before")
    elif case.panel not in ("composing", "exchange") or over:
        why = Text(
            "more than {period} have passed since the panel was formed",
            period=deadlines.period("challenge"),
        )
    if why is not None:
        raise Refused(
            "This seat cannot be challenged.", why=why, fix="Say in your reply what worries you."
        )
    text = check_reasons(reasons)
    return [events.PanelChallenged(now, str(by), member=member, reasons=text)]


def judge(
    case: Case,
    *,
    judge: str,
    accepted: bool,
    reasons: str,
    gone: frozenset[str] = frozenset(),
    now: datetime,
) -> list[Event]:
    """An uninvolved member judges; when both have accepted, the seat is given up.

    `gone`: members who have left, and take no seat.
    """
    check_may_judge(case, judge)
    text, by = check_reasons(reasons), f"member:{judge}"
    judged = events.ChallengeJudged(now, by, judge=judge, accepted=accepted, reasons=text)
    votes = [*(vote for _, vote in case.judges), accepted]
    if len(votes) < state.JUDGES or not all(votes):
        return [judged]
    left = panel.replace(case, member=case.challenged, reason=text, gone=gone, by=by, now=now)
    return [judged, *left]


def check_may_judge(case: Case, judge: str) -> None:
    """Raise unless this member is uninvolved, and a challenge waits."""
    if not case.challenged:
        raise Refused(
            "There is no challenge to judge.", why="it was judged", fix="Nothing needs to be done."
        )
    if not may_judge(case, judge):
        raise Denied(
            "You cannot judge this challenge.",
            why="you sit on the panel, are its reserve, were left out, or have judged already",
            fix=Text(
                "{number} members judge who could have been drawn and have no part in it.",
                number=state.JUDGES,
            ),
        )


def may_judge(case: Case, judge: str) -> bool:
    """Whether a member could have been drawn, has no part in the panel, and has not judged yet.

    So no state judges, and nobody who was left out because of a conflict.
    """
    return judge in case.eligible - {*case.members, *case.reserves, *dict(case.judges)}
