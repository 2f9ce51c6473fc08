"""The other side is told and heard before a complaint changes what it has.

Who reported a post complains that nothing was done: a decision in their favour would restrict
somebody who knows of nothing. Whoever was restricted complains: a decision in their favour would
bring back what somebody else had reported. So the reviewer first puts to the other side what is at
stake, in words of their own that name nobody. It has its time, and its silence lets the case go on.
It is not heard where somebody is in danger, nor where it cannot be told; either is said and kept.

The other side speaks from a page of its own: that of its own case, or, where nothing was decided
about it yet, of one that begins with the call. What it says is read by reviewers and panels alone.

Source: DSA Article 20(4) and (6), recital 58; Charter of Fundamental Rights, Article 41(2)(a).
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import cast

from amparo.case import events, roles
from amparo.case.events import (
    ComplaintDecided,
    ComplaintOutcome,
    Event,
    Messenger,
    OtherDecided,
    Party,
    Undelivered,
)
from amparo.case.machines import OPEN
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case
from amparo.case.texts import FEWEST_REASONS, not_among
from amparo.errors import Malformed, Refused, Text

WAITS = ("called", "told")
"""States of a hearing in which somebody still has to do something."""
STANDS: frozenset[ComplaintOutcome] = frozenset({"upheld"})
RESTRICTS: frozenset[ComplaintOutcome] = frozenset({"upheld", "newly_restricted"})
"""Outcomes that bring nothing back."""


def other_side(case: Case) -> Party | None:
    """Who else's matter a complaint is; None where it is nobody's.

    Of whoever reported something, it is always whoever posted it, known here or not.
    """
    if case.complainant == "notifier":
        return "person"
    return "notifier" if any(_is_notice(other) for other in case.others) else None


def other_side_alone(case: Case) -> Party:
    """The same of a case of which it is known that the other side was called."""
    return "person" if case.complainant == "notifier" else "notifier"


def is_due(case: Case, outcome: ComplaintOutcome) -> bool:
    """Whether the other side is heard before a complaint is decided like this."""
    of = other_side(case)
    return of is not None and outcome not in (STANDS if of == "person" else RESTRICTS)


def is_over(case: Case) -> bool:
    """Whether the other side was heard, was silent to the end, or will not be heard."""
    spoke = case.hearing == "told" and len(case.heard_from) >= case.told_number
    return spoke or case.hearing in ("untold", "waived", "ended", "shared")


def check_is_over(case: Case, outcome: ComplaintOutcome, for_the_other: str) -> str | None:
    """What a decision tells the other side; None where it changes nothing for it."""
    if not is_due(case, outcome):
        return None
    if not is_over(case):
        raise Refused(
            "The other side has to be heard first.",
            why="its time is not over yet"
            if case.hearing in WAITS
            else "this outcome changes what it has, and it was not told",
            fix="Tell it what is at stake, and wait for its answer or the end of its time; where "
            "somebody is in danger, say so instead.",
        )
    text = for_the_other.strip()
    if len(text) < FEWEST_REASONS:
        raise Malformed(
            "The other side is told why, too.",
            why=Text("the text has fewer than {fewest} characters", fewest=FEWEST_REASONS),
            fix="Write what changes for it and why, without saying who complained.",
        )
    return text


def call(case: Case, *, question: str, mailed: int, by: Reviewer, now: datetime) -> list[Event]:
    """The reviewer says what is at stake. `mailed`: how many this node can write to.

    Who posted something may be known to the platform alone: it is asked to tell them.
    """
    roles.check_may_touch(case, by, "hear")
    of = other_side(case)
    if of is None or case.complaint != "reviewing":
        raise Refused(
            "There is no other side to hear.",
            why="nobody else has a case in this matter"
            if of is None
            else "the file is not open, or a question waits",
            fix="Open the file; link the notice and the statement, if there are two.",
        )
    text = check_words(question)
    if mailed:
        how: Messenger = "mail"
    else:
        how = "platform" if of == "person" else "nobody"
    new: list[Event] = [events.HearingCalled(now, str(by.actor), of=of, question=text, through=how)]
    if how == "mail":
        new.append(events.HearingTold(now, "node", number=mailed, how="mail"))
    if how == "nobody":
        new.append(events.HearingUntold(now, "node", reason="no_contact"))
    return new


def check_words(question: str) -> str:
    """What is at stake, in words that somebody else reads."""
    text = question.replace("\r\n", "\n").strip()
    if len(text) < FEWEST_REASONS:
        raise Malformed(
            "Say what is at stake.",
            why=Text("the text has fewer than {fewest} characters", fewest=FEWEST_REASONS),
            fix="Write what is said against it and what may change, without saying who complained.",
        )
    return text


def waive(case: Case, *, reasons: str, by: Reviewer, now: datetime) -> list[Event]:
    """Somebody is in danger: whoever posted it is not heard before, and told afterwards."""
    roles.check_may_touch(case, by, "hear")
    if other_side(case) != "person":
        raise Refused(
            "The other side has to be heard.",
            why="only what puts somebody in danger is restricted without hearing who posted it",
            fix="Tell it what is at stake; order at once that it is kept down, if that is needed.",
        )
    text = reasons.strip()
    if len(text) < FEWEST_REASONS:
        raise Malformed(
            "Reasons are needed.",
            why=Text("the text has fewer than {fewest} characters", fewest=FEWEST_REASONS),
            fix="Say who is in danger, and what would happen if somebody were heard first.",
        )
    return [events.HearingWaived(now, str(by.actor), reasons=text)]


def tell(*, by: Actor, now: datetime, by_mail: bool) -> list[Event]:
    """The platform told whoever posted it, or handed over where this node writes to."""
    return [events.HearingTold(now, str(by), number=1, how="mail" if by_mail else "platform")]


def cannot_tell(*, reason: str, by: Actor, now: datetime) -> list[Event]:
    """The platform cannot tell them, and says why."""
    if reason not in events.UNDELIVERED:
        raise not_among(Text("Say why the other side cannot be told."), reason, events.UNDELIVERED)
    return [events.HearingUntold(now, str(by), reason=cast("Undelivered", reason))]


def answer(case: Case, *, text: str, own: str, by: Actor, now: datetime) -> list[Event]:
    """The other side speaks, in the case that it is heard in; `own` is its own case."""
    if case.hearing not in (*WAITS, "untold") or case.complaint not in OPEN:
        raise Refused(
            "There is nothing to say any more.",
            why="the complaint of the other side was decided, or withdrawn, or your time is over",
            fix="If a decision follows from it, you can complain about that.",
        )
    if own in case.heard_from:
        raise Refused(
            "You have answered already.",
            why="each side is heard once",
            fix="If a decision follows from it, you can complain about that.",
        )
    return [events.HearingAnswered(now, str(by), other=own, text=text)]


def tells_the_others(case: Case, decided: ComplaintDecided) -> bool:
    """Whether a decision is told to the other side: where it was asked, or something changes.

    Of many reports of one address it is told once, in the case that the others are decided with.
    """
    return decided.joint is None and (bool(case.called_at) or is_due(case, decided.outcome))


def told_of(case: Case, decided: ComplaintDecided, *, of: Party) -> list[Event]:
    """In the case of the other side: a decision, and the end of an order that it overtakes."""
    text = decided.for_the_other
    entry = OtherDecided(decided.at, "node", outcome=decided.outcome, of=of, text=text)
    if text is None or case.complaint != "remedy_open":
        return [entry]
    return [entry, events.ComplaintClosed(decided.at, "node", because=events.OVERTAKEN)]


def _is_notice(case: Case) -> bool:
    return case.decision in ("noticed", "answered")
