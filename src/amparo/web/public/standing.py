"""Where a case stands for the person: what was answered, in whose words, and what comes next."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Literal, NamedTuple

from amparo.case import leads, waits
from amparo.case.events import (
    CaseDecided,
    ComplaintDecided,
    ComplaintInadmissible,
    LeadAsked,
    NoticeAnswered,
    OutcomeReceived,
    Party,
)
from amparo.case.machines import UNDECIDED
from amparo.case.state import Case
from amparo.ledger.case import leads as groups
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal
from amparo.web.words import history
from amparo.web.words.decision import N_

Step = Literal["hear", "answer", "complete", "reply", "correction", "complain", "done", "add"]
"""What a person can do next, by the name of its form."""


class Answer(NamedTuple):
    """The newest answer to a complaint, in the words of whoever gave it."""

    reasons: str
    ground: str = ""
    """Why it could not be heard, where it could not."""


class Reported(NamedTuple):
    """What a platform answered to a report."""

    acted: bool
    reasons: str


class Newest(NamedTuple):
    """What was decided last, for the line under the heading."""

    outcome: str
    section: Literal["stands", "panel", "dispute"]
    """Where the page says the rest of it."""


class LeadCases(NamedTuple):
    """What a person's own page says of lead cases."""

    are_offered: bool
    """Whether they are asked if they want to wait, and still can."""
    are_waited_for: bool
    may_be_looked_at_alone: bool
    """Whether somebody who was answered with a lead case may have theirs opened once more."""
    proposed_by: str = ""
    """The organisation that proposed it; empty where the desk did."""


def lead_cases(journal: Journal, file: File, role: Party, now: datetime) -> LeadCases:
    """Where a person stands who was asked to wait for lead cases."""
    if file.case.complainant != role:
        return LeadCases(are_offered=False, are_waited_for=False, may_be_looked_at_alone=False)
    asked = file.find(LeadAsked)
    can_wait = waits.why_not(file.case, now) is None
    return LeadCases(
        are_offered=can_wait and groups.may_join(journal, file.case),
        are_waited_for=file.case.lead == "waiting",
        may_be_looked_at_alone=leads.may_be_looked_at_alone(file.case, now),
        proposed_by=(asked.body or "") if asked else "",
    )


def answer(file: File) -> Answer | None:
    """The reasons that stand; None while nobody has answered, or after the answer was undone."""
    decided = file.find(ComplaintDecided) if file.case.outcome else None
    if decided is not None:
        return Answer(decided.reasons)
    refused = file.find(ComplaintInadmissible) if _is_refused(file.case) else None
    return Answer(refused.reasons, history.INADMISSIBLE[refused.ground]) if refused else None


def newest(file: File) -> Newest | None:
    """The outcome of whoever decided last; None while nobody has, or after it was undone."""
    case = file.case
    for event in reversed(file.events):
        match event:
            case ComplaintDecided() if case.outcome:
                return Newest(history.OUTCOMES[event.outcome], "stands")
            case ComplaintInadmissible() if _is_refused(case):
                return Newest(N_("The complaint could not be heard."), "stands")
            case CaseDecided() if case.ruling:
                return Newest(history.PANEL[event.outcome], "panel")
            case OutcomeReceived():
                return Newest(history.PANEL[event.outcome], "dispute")
            case _:
                pass
    return None


def _is_refused(case: Case) -> bool:
    """Whether a complaint that could not be heard still stands so: it may be withdrawn since."""
    return case.complaint == "closed" and not case.withdrawn


def finding(file: File) -> str:
    """What a panel found, in plain words; empty before."""
    ruling = file.find(CaseDecided) if file.case.ruling else None
    return ruling.summary if ruling is not None else ""


def answered(file: File) -> Reported | None:
    """What the platform answered to the report that a case began with."""
    found = file.find(NoticeAnswered)
    return None if found is None else Reported(found.result == "acted", found.reasons)


def waits_for_the_desk(case: Case) -> bool:
    """Whether it is the platform's desk that has to answer: a report, or a complaint."""
    return case.decision == "noticed" or case.complaint in UNDECIDED


def steps(case: Case, *, can_complain: bool, is_asked: bool, is_heard: bool) -> list[Step]:
    """What can be done next, what is waited for first: the first is the page's one button."""
    can: dict[Step, bool] = {
        "hear": is_heard,
        "answer": is_asked,
        "complete": case.panel == "incomplete",
        "reply": case.panel == "exchange" and case.heard,
        "correction": bool(case.corrected_by),
        "complain": can_complain,
        "done": case.remedy in ("claimed", "verified"),
        "add": case.complaint in UNDECIDED and not is_asked,
    }
    return [step for step, possible in can.items() if possible]
