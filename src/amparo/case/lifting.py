"""The platform took back by itself what it had restricted; its own system says so.

It is a claim like any other of a platform. Nothing ends by it: the person is told, and can complain
about the decision all the same.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from amparo.case.events import DecisionLifted, Event
from amparo.case.read_back import CLAIMED
from amparo.case.state import Actor, Case
from amparo.case.text_limits import most

STANDING = ("recorded", "delivered", "undelivered")
"""States of a decision that still applies, whether or not the person knows of it."""


def lift(case: Case, *, lifted_at: str, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """Say that the restriction is over; nothing where it is already, or where there is none.

    Nor where it is over since that was ordered, and the platform has said so.
    """
    if case.remedy in CLAIMED:
        return []
    if case.decision not in STANDING or case.lifted_at is not None or case.misuse:
        return []
    text = reasons.strip()[: most("reasons")]
    return [DecisionLifted(now, str(by), lifted_at=lifted_at, reasons=text or None)]
