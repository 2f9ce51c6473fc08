"""The internal complaint: being heard by someone who did not decide (DSA Article 20).

Each step is a pure function from a case and values to new events. It may run again when somebody
else acted meanwhile; a step that is then no longer possible refuses by itself.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args
from uuid import UUID

from amparo.case import deadlines, events, hearing, remedy, roles, weighing
from amparo.case.events import Attachment, Cause, ComplaintOutcome, Event, Inadmissible, Party, Side
from amparo.case.machines import DUE, HELD, UNDECIDED
from amparo.case.roles import Reviewer
from amparo.case.standing import standing
from amparo.case.state import Actor, Case, allowed, check_allowed
from amparo.case.text_limits import FEWEST_REASONS, not_among
from amparo.case.worksheet import Answer
from amparo.errors import Malformed, Mistakes, Refused, Text

MOST_TEXT = 20_000
NO_TEXT = Text("The text is missing.")
"""What is said where nothing was written; how it is mended says what is to be."""
_FILED = {
    "person": Text("the person affected filed it"),
    "notifier": Text("who reported the content filed it"),
}


class Filer(NamedTuple):
    """An organisation that files for somebody else (`mandate`)."""

    by: Actor
    body: str
    mandate: str
    filing: int


def may_be_filed(case: Case, *, received: datetime, now: datetime) -> bool:
    """Whether a complaint can be filed: against a decision, a suspension, or a notice's fate.

    `received`: when the case began. A notice is complained about once it was refused (the case then
    is decided), or when its time for an answer (C02) has passed in silence.
    """
    if case.complaint and not _may_be_filed_again(case, now):
        return False
    if case.misuse:
        return case.suspended_until is not None
    if case.decision == "invited":
        return False
    if case.decision == "noticed":
        end = silent_after(case, received=received)
        return end is not None and now > end
    return case.decision != "superseded" or bool(case.reversed_in)  # nobody has heard them yet


def silent_after(case: Case, *, received: datetime) -> datetime | None:
    """When a notice's time for an answer (C02) ends; None when none is waited for, or it rests."""
    if case.decision != "noticed" or case.paused:
        return None
    clock = answer_clock(danger=case.danger, flagged=case.flagged)
    return deadlines.due(clock, case.resumed_at or received)


def answer_clock(*, danger: bool, flagged: bool) -> str:
    """Which clock runs until a notice is answered; nobody in danger waits a week to be heard."""
    if danger:
        return "C02-danger"
    return "C02-flagger" if flagged else "C02"


def file(
    case: Case,
    *,
    role: Party,
    grounds: str,
    attachments: Sequence[Attachment],
    now: datetime,
    filer: Filer | None = None,
) -> list[Event]:
    """IC1: a complaint is filed; the first act is the hold on the evidence.

    A late one is taken too, and marked: the period runs from the day the person was informed, and
    somebody who was never informed cannot be late. What was withdrawn may be filed again in time:
    whoever withdrew it may not have been whoever it is about.
    """
    if case.complaint and not _may_be_filed_again(case, now):
        raise Refused(
            "There is a complaint about this decision already.",
            why=Text("it was filed on {day}", day=case.filed_at)
            if case.filed_at
            else "it was filed",
            fix="Add to it below; when it was decided, a lead can reopen it once.",
        )
    check_is_about_a_decision(case)
    text = check_text(grounds, Text("Say in your own words what is wrong with the decision."))
    late = case.informed_at is not None and now > deadlines.due("C05", case.informed_at)
    filed = events.ComplaintFiled(
        now,
        str(filer.by if filer else Actor(role)),
        role=role,
        grounds=text,
        attachments=tuple(attachments),
        late=late,
        represented_by=filer.body if filer else None,
        mandate=filer.mandate if filer else None,
        filing=filer.filing if filer else None,
    )
    return [filed, *remedy.hold(case, now=now)]


def _may_be_filed_again(case: Case, now: datetime) -> bool:
    """After it was withdrawn; or once, where the other side's complaint changed what this one has.

    Once, since otherwise two sides could go on without end: other bodies and courts stay open.
    """
    since = case.anew_at or case.informed_at
    in_time = since is None or now <= deadlines.due("C05", since)
    just_proven = case.proven_at is not None and now <= deadlines.due("disown", case.proven_at)
    withdrawn = case.withdrawn and (in_time or just_proven)
    anew = case.anew_at is not None and not case.times_anew and in_time
    return case.complaint == "closed" and (withdrawn or anew)


def add(
    case: Case,
    *,
    grounds: str,
    attachments: Sequence[Attachment],
    by: Actor,
    now: datetime,
    asks: str = "",
) -> list[Event]:
    """Add to an open complaint; an answer to a question is one too, when this side was asked.

    `asks`: the side for which somebody else acts.
    """
    _check_is_open(case)
    text = check_text(grounds, Text("Write what you want to add."))
    files = tuple(attachments)
    if case.asked == (asks or by.role) and allowed(case, events.ComplaintAnswered):
        return [events.ComplaintAnswered(now, str(by), text=text, attachments=files)]
    return [events.ComplaintAdded(now, str(by), text=text, attachments=files)]


def add_answer(
    case: Case, *, source: str, found: Literal["upheld", "reversed"], by: Actor, now: datetime
) -> list[Event]:
    """Add what the platform's own tool says of the first decision.

    It decides nothing: it gives no reasons, and names nobody who could be shown not to have decided
    before. Whoever reviews the complaint here reads it.
    """
    _check_is_open(case)
    return [
        events.ComplaintAdded(now, str(by), text="", attachments=(), source=source, found=found)
    ]


def _check_is_open(case: Case) -> None:
    if case.complaint not in UNDECIDED:
        raise Refused(
            "There is no open complaint to add to.",
            why=standing("complaint", case.complaint),
            fix="If there is new evidence, ask for it to be reopened.",
        )


def assign(case: Case, *, to: Reviewer, by: Reviewer, now: datetime) -> list[Event]:
    """IC3: a reviewer takes it, or a lead gives it to one; never to somebody who had a part.

    A lead may also give on what somebody else has: its reviewer may be ill, or away.
    """
    others = case.complaint in HELD
    own = by == to and not others
    roles.check_may_touch(case, by, "take" if own else "assign")
    roles.check_may_touch(case, to, "take")
    assigned = events.ComplaintAssigned(now, str(by.actor), reviewer=str(to.number))
    if not others:
        return [assigned]
    given_on = events.ComplaintReturned(now, str(by.actor), reason="", cause="given_on")
    return [given_on, assigned]


def hand_back(
    case: Case, *, by: Reviewer, reason: str, conflict: bool, now: datetime
) -> list[Event]:
    """IC4: the reviewer hands it back, or declares a conflict."""
    roles.check_may_touch(case, by, "return")
    text = check_text(reason, Text("Say why; the person is not told."))
    return [events.ComplaintReturned(now, str(by.actor), reason=text, conflict=conflict)]


def take_back(case: Case, *, seat: int, cause: Cause, now: datetime) -> list[Event]:
    """IC4: its reviewer has left or is away, and it is nobody's again; its clocks go on."""
    if case.complaint not in HELD or case.reviewer != str(seat):
        return []
    return [events.ComplaintReturned(now, "node", reason="", cause=cause)]


def open_file(case: Case, *, reviewer: Reviewer, now: datetime) -> list[Event]:
    """IC5: the reviewer opens the evidence."""
    roles.check_may_touch(case, reviewer, "open")
    return [events.ComplaintOpened(now, str(reviewer.actor))]


def ask(case: Case, *, of: Side, question: str, by: Reviewer, now: datetime) -> list[Event]:
    """IC6: one question to either side, with a clock of its own; C06 goes on running."""
    roles.check_may_touch(case, by, "ask")
    text = check_text(question, Text("Write the question."))
    return [events.ComplaintAsked(now, str(by.actor), of=of, question=text)]


def check_may_decide(case: Case, reviewer: Reviewer) -> None:
    """Raise unless this reviewer can decide a case as it stands, and so write on the answer."""
    roles.check_may_touch(case, reviewer, "decide")
    check_allowed(case, events.ComplaintDecided)


def decide(
    case: Case,
    *,
    reviewer: Reviewer,
    outcome: ComplaintOutcome,
    reasons: str,
    steps: Sequence[str] = (),
    ruling: str | None = None,
    answers: Mapping[str, Answer] = MappingProxyType({}),
    divergence: str = "",
    for_the_other: str = "",
    joint: str | None = None,
    now: datetime,
) -> list[Event]:
    """IC8: a human reviewer decides, with reasons; what changes something becomes an order.

    `ruling` is the case of the ruling on a group, where that decides it. `answers` are those of the
    short worksheet, `divergence` says why it is decided against them (`weighing`). `for_the_other`
    is what the other side is told, where something changes for that (`hearing`). `joint` is the
    case that this one is decided with, where many reported one address.
    """
    roles.check_may_touch(case, reviewer, "decide")
    mistakes, is_chosen = Mistakes(), outcome in get_args(ComplaintOutcome)
    with mistakes.of("outcome"):
        if not is_chosen:
            raise not_among(Text("Choose an outcome."), outcome, get_args(ComplaintOutcome))
        with mistakes.of("steps"):
            if outcome == "upheld":
                remedy.check_nothing_ordered(steps)
            elif not case.misuse:  # there the suspension itself ends
                remedy.check_steps(steps)
    with mistakes.of("reasons"):
        text = check_reasons(reasons)
    if is_chosen:  # no outcome takes anything from anybody, or goes against a worksheet
        with mistakes.of("divergence"):
            weighed = weighing.check(case, outcome=outcome, answers=answers, divergence=divergence)
        with mistakes.of("for_the_other"):
            other = hearing.check(case, before="desk", outcome=outcome, text=for_the_other)
    mistakes.end()
    by = str(reviewer.actor)
    decided: list[Event] = [
        events.ComplaintDecided(
            now,
            by,
            outcome=outcome,
            reasons=text,
            reviewer=str(reviewer.number),
            ruling=ruling,
            worksheet=weighed.answers if weighed else None,
            divergence=weighed.divergence if weighed else None,
            for_the_other=other.text,
            joint=joint,
        )
    ]
    decided += remedy.end_interim(case, now=now)
    if case.misuse:  # nothing for the platform to carry out: the suspension itself ends
        ended = outcome != "upheld" and allowed(case, events.MisuseEnded)
        decided += [events.MisuseEnded(now, by, reasons=text)] if ended else []
    if outcome == "upheld" or case.misuse:
        return [*decided, events.ComplaintClosed(now, "node", because=outcome)]
    decided.append(events.ComplaintRemedying(now, "node"))
    if case.remedy not in DUE or not case.behind - {"desk"}:
        return [*decided, *remedy.order(steps=steps, outcome=outcome, by=by, now=now)]
    more = remedy.add_to_order(case, steps=steps, outcome=outcome, by=by, now=now)
    if more or case.remedy != "verified":
        return [*decided, *more]
    return [*decided, events.ComplaintClosed(now, "node", because="verified")]  # it is done


def declare_inadmissible(
    case: Case, *, ground: Inadmissible, reasons: str, by: Reviewer, now: datetime
) -> list[Event]:
    """IC2: a person says why it cannot be heard, and which other ways there are."""
    roles.check_may_touch(case, by, "inadmissible")
    mistakes = Mistakes()
    with mistakes.of("ground"):
        if ground not in get_args(Inadmissible):
            raise not_among(Text("Choose why it cannot be heard."), ground, get_args(Inadmissible))
    with mistakes.of("reasons"):
        text = check_reasons(reasons)
    mistakes.end()
    in_time = case.informed_at is None or (
        case.filed_at is not None and case.filed_at <= deadlines.due("C05", case.informed_at)
    )
    if ground == "out_of_time" and in_time:
        raise Refused(
            "This complaint is not late.",
            why=Text(
                "at least {period} run from the day the person was informed (DSA Article 20(1))",
                period=deadlines.period("C05"),
            ),
            fix="Decide it on its merits.",
        )
    ended = events.ComplaintInadmissible(now, str(by.actor), ground=ground, reasons=text)
    return [ended, *remedy.end_interim(case, now=now, to_tell="yes")]


def withdraw(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """IC12 to IC15: whoever complained may withdraw at any time before it is decided."""
    if by.role != case.complainant:
        raise Refused(
            "Only who complained may withdraw.",
            why=_FILED[case.complainant or "person"],
            fix="Nothing needs to be done.",
        )
    return [events.ComplaintWithdrawn(now, str(by)), *remedy.end_interim(case, now=now)]


def reopen(case: Case, *, by: Reviewer, reason: str, now: datetime) -> list[Event]:
    """IC16: once, within its time, for new evidence or a plain mistake; another reviewer."""
    roles.check_may_touch(case, by, "reopen")
    if case.times_reopened:
        raise Refused(
            "This complaint was reopened before.",
            why="it may be reopened once",
            fix="An out-of-court body or a court can still hear it.",
        )
    if case.closed_at is not None and now > deadlines.due("reopen", case.closed_at):
        raise Refused(
            "It is too late to reopen this complaint.",
            why=Text(
                "it was closed on {day}, more than {period} ago",
                day=case.closed_at,
                period=deadlines.period("reopen"),
            ),
            fix="An out-of-court body or a court can still hear it.",
        )
    reopened = events.ComplaintReopened(
        now,
        str(by.actor),
        reason=check_reasons(reason),
        order="ends" if remedy.is_owed_to_the_desk(case) else None,
    )
    return [reopened, *remedy.hold(case, now=now)]


def check_is_about_a_decision(case: Case) -> None:
    """Raise where somebody is only asked what they say to the complaint of another."""
    if case.decision == "invited":
        raise Refused(
            "There is no decision to complain about.",
            why="you are asked what you say, and nothing was decided about you yet",
            fix="Answer below; if something is decided about you, you are told and can complain.",
        )


def undo(case: Case, *, ruling: UUID, reasons: str, by: Reviewer, now: datetime) -> list[Event]:
    """The ruling on a group that decided it is taken back: open once more, before somebody else.

    Whatever protected somebody until that decision does so again. `Refused` where something else
    has decided it meanwhile, which then stands.
    """
    roles.check_may_touch(case, by, "undo")
    if case.decided_in != str(ruling):
        raise Refused(
            "This ruling does not decide the complaint any more.",
            why=standing("complaint", case.complaint),
            fix="What was decided since then stands.",
        )
    text, name = check_reasons(reasons), str(by.actor)
    undone: list[Event] = [events.ComplaintUndone(now, name, reasons=text, ruling=str(ruling))]
    if (order := case.interim_order) and case.interim == "ended":
        undone.append(
            events.InterimOrdered(now, name, direction=order.direction, reasons=order.reasons)
        )
    return [*undone, *remedy.hold(case, now=now)]


def check_text(given: str, fix: Text, field: str = "") -> str:
    """A text of a side, cleaned; `Malformed` at its field when it is missing or too long."""
    text = given.replace("\r\n", "\n").strip()
    if not text:
        raise Malformed(NO_TEXT, why="It is empty.", fix=fix, field=field)
    if len(text) > MOST_TEXT:
        raise Malformed(
            "The text is too long.",
            why=Text(
                "it has {number} characters; at most {most} are taken",
                number=len(text),
                most=MOST_TEXT,
            ),
            fix="Shorten it, or attach it as a file.",
            field=field,
        )
    return text


def check_reasons(given: str, field: str = "reasons") -> str:
    """Reasons that a person can understand."""
    text = check_text(given, Text("Write why: the person reads it."), field)
    if len(text) < FEWEST_REASONS:
        raise Malformed(
            "Reasons: too short to be understood.",
            why=Text(
                "they have {number} characters; at least {fewest} are needed",
                number=len(text),
                fewest=FEWEST_REASONS,
            ),
            fix="Say which facts you weighed, and why they lead to this outcome.",
            field=field,
        )
    return text
