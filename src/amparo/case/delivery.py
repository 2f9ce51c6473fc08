"""Telling the person: from that day on the six months run (DSA Articles 17 and 20(2))."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from amparo.case import events
from amparo.case.events import Event, Undelivered
from amparo.case.state import Actor, Case
from amparo.errors import Malformed, Refused, Text, Unsound

MOST_CONTENT = 50_000
ABOUT_A_PERSON = ("recorded", "delivered", "undelivered", "superseded")
"""States of a decision: its platform knows whom it is about."""


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
