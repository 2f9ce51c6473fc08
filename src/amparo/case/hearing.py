"""The other side is told and heard before a ruling changes what it has.

Who reported a post complains that nothing was done: a decision in their favour would restrict
somebody who knows of nothing. Whoever was restricted complains: a decision in their favour would
bring back what somebody else had reported. So whoever rules first puts to the other side what is at
stake, in words that name nobody: the reviewer at the desk, the registrar for a panel, the node for
an out-of-court body. It has its time, and its silence lets the case go on. It is not heard where
somebody is in danger, nor where it cannot be told; either is said and kept.

The other side speaks from a page of its own: that of its own case, or, where nothing was decided
about it yet, of one that begins with the call. What it says is read by reviewers and panels alone.

Source: DSA Article 20(4) and (6), recital 58; Charter of Fundamental Rights, Article 41(2)(a).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple, assert_never, cast

from amparo.case import deadlines, events, roles
from amparo.case.events import (
    CaseDecided,
    ComplaintDecided,
    ComplaintOutcome,
    Elsewhere,
    Event,
    Instance,
    Messenger,
    OtherDecided,
    OutcomeReceived,
    PanelOutcome,
    Party,
    Undelivered,
)
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case
from amparo.case.text_limits import FEWEST_REASONS, not_among
from amparo.errors import Malformed, Refused, Text

MOST_ANSWERS_HANDED = 10
"""Answers by a link that the platform was given; by any other, each side is heard once."""
WAITS = ("called", "told")
"""States of a hearing in which somebody still has to do something."""
Ruling = Literal[
    "complaint", "joint", "group", "unasked", "panel", "default", "body", "order", "undone"
]
"""Every way in which something is decided about what people have.

`joint`: with others about reports of one address; `unasked`: reversed though nobody complained;
`default`: a panel to which the platform sent nothing; `order`: what a panel or a body orders with
its ruling; `undone`: a ruling on a group is taken back.
"""
_LEAVES: Mapping[Party, frozenset[str]] = {
    "person": frozenset({"upheld", "uphold", "cannot_decide"}),
    "notifier": frozenset({"upheld", "newly_restricted", "uphold", "cannot_decide"}),
}
"""Who the other side is -> outcomes that take nothing from it. What is sent back is to be decided
anew by the platform, which may take it."""


_RULES: Mapping[Instance, Ruling] = {"desk": "complaint", "panel": "panel", "body": "body"}


class ToTheOther(NamedTuple):
    """What a ruling says of the other side; nothing, where it changes nothing for that."""

    text: str | None = None
    """What changes for it, and why."""
    unheard: str | None = None
    """Who is in danger, where it was not heard first."""


def whose(case: Case, ruling: Ruling, outcome: ComplaintOutcome | PanelOutcome) -> Party | None:
    """Whose position a ruling may change, beside that of whoever asked for it; None: nobody's.

    A reversal of which nobody asks is none where somebody else has a part in the matter (it is
    refused), and to take a ruling back decides nothing: each side has what it had before.
    """
    of = other_side(case)
    match ruling:
        case "complaint" | "joint" | "group" | "panel" | "default" | "body" | "order":
            return None if of is None or outcome in _LEAVES[of] else of
        case "unasked":
            return of
        case "undone":
            return None
        case _:
            assert_never(ruling)


def other_side(case: Case) -> Party | None:
    """Who else's matter a case is; None where it is nobody's.

    Of whoever reported something, it is always whoever posted it, known here or not.
    """
    if case.is_reporters:
        return "person"
    return "notifier" if any(other.is_reporters for other in case.others) else None


def other_side_alone(case: Case) -> Party:
    """The same of a case of which it is known that the other side was called."""
    return "person" if case.is_reporters else "notifier"


def is_due(case: Case, outcome: ComplaintOutcome | PanelOutcome) -> bool:
    """Whether the other side is heard before a case is decided like this."""
    return whose(case, "complaint", outcome) is not None


def is_over(case: Case, before: Instance = "desk") -> bool:
    """Whether the other side was heard there, was silent to the end, or will not be heard."""
    return before in case.heard_before or (case.hearing_of == before and case.hearing_is_over)


def check(
    case: Case,
    *,
    before: Instance,
    outcome: ComplaintOutcome | PanelOutcome,
    text: str,
    unheard: str = "",
    is_heard: bool = False,
) -> ToTheOther:
    """What a ruling tells the other side; `Refused` unless that was heard, or may be passed over.

    `text` is what it tells, `unheard` who is in danger; `is_heard`: a body says that it heard it.
    """
    of = whose(case, _RULES[before], outcome)
    if of is None:
        return ToTheOther()
    danger = None
    if not (is_heard or is_over(case, before)):
        danger = check_danger(of, unheard, "unheard") if unheard.strip() else None
        if danger is None:
            raise not_yet(case, before)
    words = "" if before == "body" and not text.strip() else check_told(text)
    return ToTheOther(words, danger)


def check_told(text: str) -> str:
    """What the other side is told of a ruling."""
    words = text.strip()
    if len(words) < FEWEST_REASONS:
        raise Malformed(
            "The other side is told why, too.",
            why=Text("the text has fewer than {fewest} characters", fewest=FEWEST_REASONS),
            fix="Write what changes for it and why, without saying who complained.",
        )
    return words


def check_danger(of: Party, reasons: str, field: str = "reasons") -> str:
    """Who is in danger, so that whoever posted it is not heard first."""
    if of != "person":
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
            field=field,
        )
    return text


_HOW: Mapping[Instance, Text] = {
    "desk": Text(
        "Tell it what is at stake, and wait for its answer or the end of its time; where "
        "somebody is in danger, say so instead."
    ),
    "panel": Text(
        "The registrar asks it what it says (`amparo panel hear`, or the button on the case's "
        "page); wait for its answer or the end of its time. Where somebody is in danger, say so in "
        "the ruling instead."
    ),
    "body": Text(
        "The node has asked it, or asks it now: send the same outcome again after its answer, or "
        "the end of its time. A body that has heard it says so in its outcome (`heard`)."
    ),
}


def not_yet(case: Case, before: Instance) -> Refused:
    """What is said of a ruling for which the other side has to be heard first."""
    end = _end(case, before)
    why = Text("this outcome changes what it has, and it was not told")
    if end is not None:
        why = Text("its time is not over yet; it ends on {day} at the latest", day=end)
    return Refused("The other side has to be heard first.", why=why, fix=_HOW[before])


def _end(case: Case, before: Instance) -> datetime | None:
    """The last moment of a hearing that has begun; its time may begin anew when it is told."""
    if case.hearing_of != before or case.hearing not in WAITS or case.called_at is None:
        return None
    told_at = case.told_at or deadlines.due("tell", case.called_at)
    return deadlines.due("hearing", told_at)


# --- calling it, or not -----------------------------------------------------------------------


def call(case: Case, *, question: str, mailed: int, by: Reviewer, now: datetime) -> list[Event]:
    """The reviewer says what is at stake. `mailed`: how many this node can write to.

    Who posted something may be known to the platform alone: it is asked to tell them.
    """
    roles.check_may_touch(case, by, "hear")
    is_open = case.complaint == "reviewing"
    _check_may_call(
        case, "desk", why="" if is_open else "the file is not open, or a question waits"
    )
    text = check_words(question)
    return _called(case, question=text, mailed=mailed, by=by.actor, before=None, now=now)


def call_before_a_panel(
    case: Case, *, question: str, mailed: int, by: Actor, now: datetime
) -> list[Event]:
    """The registrar says what is at stake before a panel."""
    roles.check_registrar(by)
    _check_may_call(case, "panel", why="" if panel_hears(case) else "no panel is hearing it")
    text = check_words(question)
    return _called(case, question=text, mailed=mailed, by=by, before="panel", now=now)


def panel_hears(case: Case) -> bool:
    """Whether a panel's case was admitted, and has not ended."""
    return case.before_a_panel and case.panel not in ("submitted", "incomplete")


def call_before_a_body(case: Case, *, mailed: int, by: Actor, now: datetime) -> list[Event]:
    """The node asks, since an outcome came that may change what the other side has.

    Without a question: what the body wrote is for its parties.
    """
    _check_may_call(case, "body", why="")
    return _called(case, question="", mailed=mailed, by=by, before="body", now=now)


def call_afterwards(
    case: Case, *, before: Elsewhere, question: str, mailed: int, now: datetime
) -> list[Event]:
    """The node asks after a ruling in danger; `question` is what the other side is told of it."""
    _check_may_call(case, before, why="")
    by = Actor("node")
    return _called(case, question=question, mailed=mailed, by=by, before=before, now=now)


def may_call(case: Case, before: Instance) -> bool:
    """Whether the other side can be called before this instance now."""
    return other_side(case) is not None and not _is_called(case) and not is_over(case, before)


def stands(case: Case, before: Instance) -> str:
    """The state of the hearing before one instance; `elsewhere` while another one asks."""
    if case.hearing_of == before:
        return case.hearing
    if before in case.heard_before:
        return "ended"
    return "elsewhere" if _is_called(case) else ""


def _is_called(case: Case) -> bool:
    """Whether somebody waits for what it says, whoever called it."""
    return case.hears and case.hearing in WAITS and not case.hearing_is_over


def _check_may_call(case: Case, before: Instance, *, why: str) -> None:
    """Raise unless the other side can be called; `why` it cannot as the case stands, if so."""
    if other_side(case) is None or why:
        raise Refused(
            "There is no other side to hear.",
            why=why or "nobody else has a case in this matter",
            fix="Open the file; link the notice and the statement, if there are two.",
        )
    if _is_called(case):
        raise Refused(
            "The other side is asked already.",
            why="its time is not over yet"
            if case.hearing_of == before
            else "it is asked for another decision about the same, and answers that first",
            fix="Wait for its answer, or for the end of its time.",
        )
    if is_over(case, before):
        raise Refused(
            "The other side was heard.",
            why="it was asked before, and each is asked once",
            fix="Decide; what it said is in the history.",
        )


def _called(
    case: Case,
    *,
    question: str,
    mailed: int,
    by: Actor,
    before: Elsewhere | None,
    now: datetime,
) -> list[Event]:
    of = other_side_alone(case)
    how: Messenger = "mail" if mailed else _without_mail(of)
    new: list[Event] = [
        events.HearingCalled(now, str(by), of=of, question=question, through=how, before=before)
    ]
    if how == "mail":
        new.append(events.HearingTold(now, "node", number=mailed, how="mail"))
    if how == "nobody":
        new.append(events.HearingUntold(now, "node", reason="no_contact"))
    return new


def _without_mail(of: Party) -> Messenger:
    """Who posted something, the platform knows; who reported it, nobody but this node."""
    return "platform" if of == "person" else "nobody"


def lose(case: Case, *, by: str, own: str, now: datetime) -> list[Event]:
    """The letter that told one of them came back; `own` is their own case.

    Nothing where they have answered all the same, where their time is over, or where the platform
    has told them since.
    """
    is_told_by_it = case.hearing == "told" and case.told_how == "mail"
    if not is_told_by_it or not case.hears or own in case.heard_from:
        return []
    left = max(case.told_number - 1, 0)
    through = "nobody" if left else _without_mail(other_side_alone(case))
    return [events.HearingLost(now, by, left=left, through=through)]


def check_words(question: str) -> str:
    """What is at stake, in words that somebody else reads."""
    text = question.replace("\r\n", "\n").strip()
    if len(text) < FEWEST_REASONS:
        raise Malformed(
            "Say what is at stake.",
            why=Text("the text has fewer than {fewest} characters", fewest=FEWEST_REASONS),
            fix="Write what is said against it and what may change, without saying who complained.",
            field="question",
        )
    return text


def waive(case: Case, *, reasons: str, by: Reviewer, now: datetime) -> list[Event]:
    """Somebody is in danger: whoever posted it is not heard before, and told afterwards."""
    roles.check_may_touch(case, by, "hear")
    text = check_danger(other_side(case) or "notifier", reasons)
    return [events.HearingWaived(now, str(by.actor), reasons=text)]


def tell(*, by: Actor, now: datetime, by_mail: bool) -> list[Event]:
    """The platform told whoever posted it, or handed over where this node writes to."""
    return [events.HearingTold(now, str(by), number=1, how="mail" if by_mail else "platform")]


def cannot_tell(*, reason: str, by: Actor, now: datetime) -> list[Event]:
    """The platform cannot tell them, and says why."""
    if reason not in events.UNDELIVERED:
        raise not_among(Text("Say why the other side cannot be told."), reason, events.UNDELIVERED)
    return [events.HearingUntold(now, str(by), reason=cast("Undelivered", reason))]


def may_speak(case: Case) -> bool:
    """Whether what the other side says is still taken."""
    return case.hears and case.hearing in (*WAITS, "untold")


def answer(
    case: Case, *, text: str, own: str, by: Actor, now: datetime, is_invited: bool = False
) -> list[Event]:
    """The other side speaks, in the case that it is heard in; `own` is its own case.

    `is_invited`: that began with the call. Where the platform was to hand its link over, it may be
    the platform who speaks: what is said is kept, and more is taken until the time is over.
    """
    if not may_speak(case):
        raise Refused(
            "There is nothing to say any more.",
            why="the complaint of the other side was decided, or withdrawn, or your time is over",
            fix="If a decision follows from it, you can complain about that.",
        )
    is_handed = is_invited and case.told_how == "platform"
    if own in case.heard_from or case.answers_handed >= MOST_ANSWERS_HANDED:
        raise Refused(
            "You have answered already.",
            why="each side is heard once",
            fix="If a decision follows from it, you can complain about that.",
        )
    handed: Literal["yes"] | None = "yes" if is_handed else None
    return [events.HearingAnswered(now, str(by), other=own, text=text, handed=handed)]


Decided = ComplaintDecided | CaseDecided | OutcomeReceived
"""What is told to the other side."""


def tells_the_others(case: Case, decided: Decided) -> bool:
    """Whether a ruling is told to the other side: where it was asked, or something changes.

    Of many reports of one address it is told once, in the case that the others are decided with.
    Whoever is answered with a lead case has another side of their own, which is told like any.
    """
    if isinstance(decided, ComplaintDecided) and decided.joint and not decided.ruling:
        return False
    before = _before(decided) or "desk"
    is_called = case.hearing_of == before and case.called_at is not None
    return is_called or before in case.heard_before or is_due(case, decided.outcome)


def text_for_the_others(case: Case, decided: Decided) -> str | None:
    """What a ruling tells them; None where nothing changes, empty where a body wrote nothing."""
    return (decided.for_the_other or "") if is_due(case, decided.outcome) else None


def told_of(case: Case, decided: Decided, *, text: str | None, of: Party) -> list[Event]:
    """In the case of the other side: a ruling, and the end of an order that it overtakes."""
    before = _before(decided)
    entry = OtherDecided(
        decided.at, "node", outcome=decided.outcome, of=of, text=text, before=before
    )
    if text is None or case.complaint != "remedy_open":
        return [entry]
    return [entry, events.ComplaintClosed(decided.at, "node", because=events.OVERTAKEN)]


def _before(decided: Decided) -> Elsewhere | None:
    match decided:
        case ComplaintDecided():
            return None
        case CaseDecided():
            return "panel"
        case OutcomeReceived():
            return "body"
        case _:
            assert_never(decided)
