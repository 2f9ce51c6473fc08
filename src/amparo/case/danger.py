"""Somebody is in danger: said with a report, said afterwards, or seen by a reader at the desk.

Nothing reads it out of the words of a report: whoever sends one is asked, can say it later, and
whoever reads it at the desk can say it with reasons. From then on it is a report of danger like any
other: it comes first, is told of, and waits for nothing.

Source: DSA Article 18.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from amparo.case import complaint, events, roles, suspensions
from amparo.case.events import Event
from amparo.case.machines import UNDECIDED
from amparo.case.roles import Reviewer
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.errors import Refused, Text


def may_say(case: Case) -> bool:
    """Whether it can be said in a case that somebody is in danger: it is of a report, and waits."""
    waits = case.decision == "noticed" or case.complaint in UNDECIDED
    return case.decision in ("noticed", "answered") and waits and not case.danger


def say(case: Case, *, reasons: str, by: Actor | Reviewer, now: datetime) -> list[Event]:
    """Whoever reported something, or somebody at the desk, says that somebody is in danger."""
    who = by.actor if isinstance(by, Reviewer) else by
    if who.role != "notifier":
        roles.check_may_touch(case, by, "say danger")
    if not may_say(case):
        raise Refused(
            "It cannot be said here that somebody is in danger.",
            why=Text("it is said already")
            if case.danger
            else standing("complaint", case.complaint)
            if case.complaint
            else standing("decision", case.decision),
            fix="Call the police where somebody is in danger now. If nothing waits here, complain, "
            "or report it again.",
        )
    if who.role == "notifier":
        text = complaint.check_text(reasons, Text("Say who is in danger, and what you fear."))
    else:
        text = complaint.check_reasons(reasons)
    return [events.DangerSaid(now, str(who), reasons=text), *suspensions.resume(case, now=now)]
