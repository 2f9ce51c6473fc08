"""A decision is corrected by a new statement of reasons that names the old one.

Nothing that was said is changed: the old statement stays as it was recorded, both cases say which
of the two is in force, and a complaint about the old one goes on. A statement is corrected once;
what corrects it can be corrected in its turn. Whoever is told of the new one has six months from
then, whether they are told in its own case or in that of the old one.

Source: DSA Articles 17(1), 20(4).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from amparo.case import delivery
from amparo.case.events import DecisionCorrected, DecisionCorrects, DecisionDelivered, Event
from amparo.case.state import Actor, Case
from amparo.errors import Refused, Text


def link(
    *, old: UUID, new: UUID, by: Actor, now: datetime
) -> dict[UUID, DecisionCorrected | DecisionCorrects]:
    """Case -> its entry that names the other statement."""
    return {
        old: DecisionCorrected(now, str(by), statement=str(new)),
        new: DecisionCorrects(now, str(by), statement=str(old)),
    }


def tell(
    new: Case, *, how: Literal["mail", "page"], by: Actor, now: datetime
) -> list[DecisionDelivered]:
    """The person was told of the new decision in the case of the old: its six months run.

    Nothing new where they were told before.
    """
    if new.decision not in ("recorded", "undelivered"):
        return []
    return [DecisionDelivered(now, str(by), how=how, decided_by=())]


def take_back(
    new: Case, happened: Sequence[Event], *, code: str, by: Actor, now: datetime
) -> list[Event]:
    """The letter in the case of the old came back: the person was told by nothing else, or was."""
    mailed = [e for e in happened if isinstance(e, DecisionDelivered) and e.how == "mail"]
    if len(mailed) > 1:  # the new decision's own letter arrived
        return []
    return delivery.fail(new, happened, reason="bounced", code=code, by=by, now=now)


def check_may_be_corrected(old: Case, *, is_erased: bool) -> None:
    """Raise unless a new statement can take the place of one."""
    why = None
    if is_erased:
        why = Text("its reasons were erased, and nobody could be told of it")
    elif old.decision == "superseded":
        why = Text("it does not apply any more")
    elif old.corrected_by:
        why = Text("the statement {number} took its place before", number=old.corrected_by)
    if why is not None:
        raise Refused(
            "This statement cannot be corrected.",
            why=why,
            fix="Name the statement that is in force, or leave `corrects` out.",
        )
