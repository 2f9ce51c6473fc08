"""A decision is corrected by a new statement of reasons that names the old one.

Nothing that was said is changed: the old statement stays as it was recorded, both cases say which
of the two is in force, and a complaint about the old one goes on. A statement is corrected once;
what corrects it can be corrected in its turn.

Source: DSA Articles 17(1), 20(4).
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from uuid import UUID

from amparo.case.events import DecisionCorrected, DecisionCorrects
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
