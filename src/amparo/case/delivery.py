"""Telling the person: from that day on the six months run (DSA Articles 17 and 20(2)).

Also the notice of somebody else (Article 16): received, and answered.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast, get_args

from amparo.case import events
from amparo.case.events import Event, NoticeReceived, NoticeResult, Undelivered
from amparo.case.state import Actor, Case
from amparo.case.text_limits import not_among
from amparo.errors import Malformed, Mistakes, Refused, Text, Unsound

MOST_CONTENT = 50_000
ABOUT_A_PERSON = ("recorded", "delivered", "undelivered", "superseded")
"""States of a decision: its platform knows whom it is about."""

InDanger = Literal["yes", "no", "unknown", ""]
"""Whether somebody is in danger, as whoever reports answers; empty: they were not asked."""


def deliver(
    *, how: Literal["mail", "platform", "page"], decided_by: Sequence[str], by: Actor, now: datetime
) -> list[Event]:
    """DE2, DE4: the person was told. Who decided is kept, so that they never review it."""
    names = tuple(sorted(set(decided_by)))
    return [events.DecisionDelivered(now, str(by), how=how, decided_by=names)]


def name_deciders(*, decided_by: Sequence[str], by: Actor, now: datetime) -> list[Event]:
    """Who took the decision, by the platform's own names for them: they never review it."""
    if not decided_by:
        return []
    return [events.DecidersNamed(now, str(by), decided_by=tuple(sorted(set(decided_by))))]


def check_may_be_mailed(
    case: Case, happened: Sequence[Event], *, decision: bool, known: bool
) -> None:
    """Raise unless the platform may hand over an address for this node to write to.

    The mail carries a way into the case, so that whoever names the address could let anybody in:
    it is for a decision (`decision`), once, and not over an address that is `known` already. Once
    the person has used or voided their link they have told, or can tell, where to reach them.
    """
    why = None
    if not decision:
        why = Text("who sent a report, or was warned, leaves an address or none")
    elif case.taken_over_at or any(event.by.partition(":")[0] == "person" for event in happened):
        why = Text("the person has used their own page, and can leave an address there")
    elif was_handed_over(case, known=known):
        why = Text("an address was handed over before, and the person is written to once")
    if why is not None:
        raise Refused(
            "This node does not write to that address.",
            why=why,
            fix="Tell the person yourself, and make this call without `email`.",
        )


def was_handed_over(case: Case, *, known: bool) -> bool:
    """Whether this node has an address of the person (`known`), or wrote to one, and it held."""
    return (known or case.informed_by == "mail") and case.decision != "undelivered"


def supply(*, content: str, by: Actor, now: datetime) -> list[Event]:
    """The content, as far as the platform hands it over for review."""
    text = content.strip()
    if len(text) > MOST_CONTENT:
        raise Malformed(
            "content: the text is too long.",
            why=Text(
                "it has {number} characters; at most {most} are taken",
                number=len(text),
                most=MOST_CONTENT,
            ),
            fix="Send what the decision is about.",
        )
    return [events.ContentSupplied(now, str(by), content=text)]


def fail(
    case: Case,
    happened: Sequence[Event] = (),
    *,
    reason: Undelivered,
    by: Actor,
    now: datetime,
    code: str | None = None,
) -> list[Event]:
    """DE3: the person could not be told; the six months do not run.

    With a `code` of the mail server, also an empty one, the platform is to tell the person itself.
    A mail that was taken can come back later: that counts unless the person was told all the same.
    """
    if case.decision == "delivered" and _was_told_all_the_same(case, happened):
        return []
    if case.decision not in ("recorded", "delivered"):
        return []
    return [events.DecisionUndelivered(now, str(by), reason=reason, code=code)]


def _was_told_all_the_same(case: Case, happened: Sequence[Event]) -> bool:
    """Whether the platform told the person too, or they have come to their page since the mail."""
    if case.informed_by != "mail" or case.taken_over_at:
        return True
    for event in reversed(happened):
        match event:
            case events.DecisionDelivered(how="mail"):
                return False
            case events.DecisionDelivered():
                return True
        if event.by == "person":
            return True
    return False


def lose_letter(
    case: Case,
    *,
    letter: str,
    to: events.Party,
    code: str,
    by: Actor,
    now: datetime,
    asked_elsewhere: bool = False,
) -> list[Event]:
    """A letter after the decision's never arrived: the platform is to tell the person itself.

    Nothing new where it is to do so already. `asked_elsewhere`: it is asked in another case. Of a
    reporter, or of whoever is suspended, the platform knows neither name nor address: that the
    letter is lost is only shown.
    """
    if case.to_be_told:
        return []
    knows_whom = to == "person" and case.decision in ABOUT_A_PERSON
    to_tell: Literal["yes"] | None = "yes" if knows_whom and not asked_elsewhere else None
    lost = events.LetterUndelivered(now, str(by), letter=letter, to=to, code=code, to_tell=to_tell)
    return [lost]


def untold(happened: Sequence[Event]) -> Event:
    """The newest of what the platform has to tell the person in its own way."""
    for event in reversed(happened):
        match event:
            case events.DecisionUndelivered(code=str()) | events.LetterUndelivered(to_tell="yes"):
                return event
            case events.DecisionReversed(to_tell="yes") | events.RemedyUndone(to_tell="yes"):
                return event
    raise Unsound(
        "A case does not hold together.",
        why="the platform is to tell the person something, and no entry says what",
        fix="Look at the journal with `amparo log check`.",
    )


def receive(
    *,
    why: str,
    where: str,
    category: str | None = None,
    danger: InDanger = "",
    flagger: str | None = None,
    now: datetime,
) -> NoticeReceived:
    """A notice by anyone (Article 16): what, where, why; no name in it.

    `danger`: whether somebody's life or safety is threatened (Article 18). `flagger`: the trusted
    flagger that it is from, known by its token (Article 22).
    """
    return NoticeReceived(
        now,
        "notifier",
        why=why,
        where=where,
        category=category,
        danger=danger or None,
        flagger=flagger,
    )


def answer(
    *,
    result: NoticeResult,
    reasons: str,
    automated: bool,
    decided_by: Sequence[str],
    no_statement: str = "",
    joint: str | None = None,
    by: Actor,
    now: datetime,
) -> list[Event]:
    """The platform tells what it did about a notice (Article 16(5)), and whether a machine did.

    `joint`: the report of the same address with which it is answered.
    """
    mistakes = Mistakes()
    with mistakes.of("result"):
        if result not in get_args(NoticeResult):
            what = Text("Say what was done about the notice.")
            raise not_among(what, result, get_args(NoticeResult))
    with mistakes.of("reasons"):
        if not reasons.strip():
            raise Malformed(
                "Reasons are needed.",
                why="the text is empty",
                fix="Say why; the notifier reads it.",
            )
    with mistakes.of("no_statement"):
        if no_statement and no_statement not in events.UNDELIVERED:
            what = Text("Say why there is no statement.")
            raise not_among(what, no_statement, events.UNDELIVERED)
    mistakes.end()
    answered = events.NoticeAnswered(
        now,
        str(by),
        result=result,
        reasons=reasons.strip(),
        automated=automated,
        decided_by=tuple(sorted(set(decided_by))),
        no_statement=cast("Undelivered", no_statement) if no_statement else None,
        joint=joint,
    )
    return [answered]
