"""Lead cases of a wave: a few are examined fully, and whoever wants to waits for their answer.

A lead of the desk chooses one to three open complaints that raise a common question, and has the
others asked, one by one, whether they want to wait (`waits`). A lead case goes the ordinary way.
Once it is answered, whoever waits is looked at one by one: "the same" is an answer of their own,
with all the rules of one; "apart" sends them back to be looked at alone. Who was answered like that
may have it opened once more, and so does everybody when the lead's own answer is opened again.

Source: DSA Article 20(4) to (6); docs/decisions/0028.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from amparo.case import complaint, deadlines, events, group, remedy, roles, waits
from amparo.case.complaint import check_reasons, check_text
from amparo.case.events import ComplaintOutcome, Event, LeadsEnded, LeadsProposed, Ungrouped
from amparo.case.machines import UNDECIDED
from amparo.case.roles import Reviewer
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.case.text_limits import SECTION, check_length
from amparo.errors import Malformed, Mistakes, Refused, Text

FOLLOWED = "the lead case was opened again"
OVERRULED = "the lead case was decided otherwise by a panel or an out-of-court body"
"""Why a complaint is, too: written here, since the reasons in the lead case are another's."""
MOST_LEADS = 3
MOST_ASKED = 10_000
"""People who are asked about one choice of lead cases."""


def propose(
    cases: Sequence[UUID],
    *,
    leads: Sequence[UUID],
    question: str,
    chosen: str,
    by: Reviewer,
    now: datetime,
) -> LeadsProposed:
    """The group itself, before anybody is asked: it commits to the list of `cases` to ask."""
    roles.check_lead(by.actor)
    return begin(cases, leads=leads, question=question, chosen=chosen, by=by.actor, now=now)


def begin(
    cases: Sequence[UUID],
    *,
    leads: Sequence[UUID],
    question: str,
    chosen: str,
    by: Actor,
    now: datetime,
) -> LeadsProposed:
    """A group by whoever may propose one (`propose`, `proposals`)."""
    mistakes = Mistakes()
    with mistakes.of("leads"):
        if not 1 <= len(leads) <= MOST_LEADS:
            raise Malformed(
                "Choose the lead cases.",
                why=Text(
                    "{number} were named; one to {most} lead", number=len(leads), most=MOST_LEADS
                ),
                fix="Name those in which the common question can be examined best.",
            )
    with mistakes.of("question"):
        asked = check_text(question, Text("Write the question."), "question")
        text = check_length("question", check_reasons(asked, "question"), SECTION)
    mistakes.end()
    others = sorted(str(case) for case in cases if case not in leads)
    if not 1 <= len(others) <= MOST_ASKED:
        raise Malformed(
            "Nobody can be asked.",
            why=Text(
                "{number} others fit this choice; one to {most} can be asked",
                number=len(others),
                most=MOST_ASKED,
            ),
            fix="Choose another category or period.",
        )
    return LeadsProposed(
        now,
        str(by),
        question=text,
        leads=tuple(map(str, leads)),
        cases=len(others),
        cases_sha256=hashlib.sha256("\n".join(others).encode()).hexdigest(),
        chosen=chosen,
    )


def dissolve(because: Ungrouped, *, by: Actor, reasons: str = "", now: datetime) -> LeadsEnded:
    """Nobody is asked any more, and whoever waits goes on alone."""
    if because == "lead":
        return LeadsEnded(now, str(by), because=because)
    roles.check_lead(by)
    return LeadsEnded(now, str(by), because=because, reasons=check_reasons(reasons))


def choose(case: Case, *, number: str, by: Reviewer, now: datetime) -> list[Event]:
    """A case becomes a lead case, and is examined as before."""
    roles.check_may_touch(case, by, "propose to wait")
    check_can_lead(case)
    return [events.LeadChosen(now, str(by.actor), group=number)]


def check_can_lead(case: Case) -> None:
    """Raise unless a complaint is open and examined now."""
    if case.complaint not in UNDECIDED or case.lead == "waiting" or case.paused:
        raise Refused(
            "This case cannot lead.",
            why=standing("lead", case.lead)
            if case.lead == "waiting"
            else standing("complaint", case.complaint),
            fix="Choose an open complaint that is examined now.",
        )


def ask(
    case: Case, *, number: str, question: str, by: Reviewer, now: datetime, over: bool = False
) -> list[Event]:
    """Somebody is asked whether they want to wait; nobody twice by a desk.

    `over`: what they were asked before cannot be answered any more.
    """
    roles.check_may_touch(case, by, "propose to wait")
    if why := waits.why_not_asked(case, by="desk", over=over) or waits.why_not(case, now):
        raise Refused("This complaint cannot wait.", why=why, fix="Look at it by itself.")
    return [events.LeadAsked(now, str(by.actor), group=number, question=question)]


def set_apart(case: Case, *, by: Reviewer, reasons: str, now: datetime) -> list[Event]:
    """Somebody who waits is looked at by themselves: the lead cases do not answer theirs."""
    roles.check_may_touch(case, by, "set apart")
    if case.lead != "waiting":
        raise Refused(
            "This complaint does not wait for a lead case.",
            why=standing("lead", case.lead),
            fix="Nothing needs to be done.",
        )
    return waits.end(case, "apart", by=by.actor, now=now, reasons=check_reasons(reasons))


def answer(
    lead: Case,
    case: Case,
    *,
    number: str,
    reviewer: Reviewer,
    reasons: str,
    steps: Sequence[str],
    now: datetime,
) -> list[Event]:
    """Somebody who waits gets the outcome of the lead case, as an answer of their own.

    `number` is that of the lead. `Refused` where a single answer would be.
    """
    if not lead.outcome:
        raise Refused(
            "The lead case has no answer.",
            why=standing("complaint", lead.complaint),
            fix="Decide it first.",
        )
    if case.lead != "waiting":
        raise Refused(
            "This complaint does not wait for a lead case.",
            why=standing("lead", case.lead),
            fix="Look at it by itself.",
        )
    ended = waits.end(case, "answered", by=reviewer.actor, now=now)
    free = group.after(case, ended)
    if why := waits.why_not(free, now):
        raise Refused("This case has to be looked at by itself.", why=why, fix="Set it apart.")
    roles.check_may_touch(free, reviewer, "take")
    opened = group.until_open(free, reviewer, now)
    outcome: ComplaintOutcome = lead.outcome  # type: ignore[assignment]  # one that was decided
    decided = complaint.decide(
        group.after(free, opened),
        reviewer=reviewer,
        outcome=outcome,
        reasons=reasons,
        steps=steps,
        ruling=case.lead_group,
        joint=number,
        now=now,
    )
    return [*ended, *opened, *decided]


def check_words(*, reasons: str | None, why_apart: str | None) -> None:
    """Raise unless both texts of a list of answers can be understood; None: nobody reads it."""
    mistakes = Mistakes()
    for field, given in (("reasons", reasons), ("why_apart", why_apart)):
        with mistakes.of(field):
            if given is not None:
                check_reasons(given, field)
    mistakes.end()


def may_be_looked_at_alone(case: Case, now: datetime) -> bool:
    """Whether somebody who was answered by a lead case may have theirs opened once more."""
    in_time = case.closed_at is not None and now <= deadlines.due("reopen", case.closed_at)
    is_once = _is_answered_by_a_lead(case) and not case.times_reopened
    return is_once and case.complaint == "closed" and in_time


def look_at_alone(case: Case, *, different: str, by: Actor, now: datetime) -> list[Event]:
    """They say what is different with them, and somebody else looks at it; once."""
    if by.role != case.complainant or not may_be_looked_at_alone(case, now):
        raise Refused(
            "This complaint cannot be opened once more by you.",
            why="it was not answered with a lead case, was opened once more before, or the time "
            "for it is over",
            fix="An out-of-court body or a court can still hear it.",
        )
    text = complaint.check_text(different, Text("Say what is different in your case."))
    order: Literal["ends"] | None = "ends" if remedy.is_owed_to_the_desk(case) else None
    reopened = events.ComplaintReopened(now, str(by), reason=text, order=order)
    return [reopened, *remedy.hold(case, now=now)]


def stands_no_more(before: Case, after: Case) -> bool:
    """Whether an event has just ended what a lead case answered, or somebody ruled otherwise.

    It was opened again, say; or a panel or an out-of-court body decided otherwise than the desk.
    """
    is_open_again = bool(before.outcome) and not after.outcome
    return is_open_again or bool((after.behind - before.behind) & {"panel", "body"})


def follow(case: Case, lead: Case, *, now: datetime) -> list[Event]:
    """The lead case's answer stands no more: open one that followed it, where it let stand.

    `lead`: as it was just after its answer ended, which says why.
    What it gave is taken from nobody: whoever has it can lose it only by a decision of their own.
    """
    if not _is_answered_by_a_lead(case) or case.complaint != "closed" or case.outcome != "upheld":
        return []
    reason = OVERRULED if lead.outcome else FOLLOWED
    return [events.ComplaintReopened(now, "node", reason=reason), *remedy.hold(case, now=now)]


def _is_answered_by_a_lead(case: Case) -> bool:
    return bool(case.lead_group) and case.decided_in == case.lead_group
