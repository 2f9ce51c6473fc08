"""What a case is about, for whoever decides it: the content, and what each side has said of it.

It stands beside the form, and is in sight however far down a question is.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Literal, NamedTuple
from uuid import UUID

from amparo.case.events import (
    CasePosition,
    CaseReply,
    CaseSubmitted,
    ComplaintAdded,
    ComplaintAnswered,
    ComplaintFiled,
    ContentSupplied,
    Event,
    HearingAnswered,
    NoticeReceived,
    Party,
)
from amparo.case.hearing import other_side
from amparo.case.state import Case
from amparo.ledger.case.casework import File
from amparo.record.event import DecisionIssued, read_leaf
from amparo.storage.journal import Journal
from amparo.web.words import decision
from amparo.web.words.decision import N_, Translate

Speaker = Literal["person", "notifier", "platform"]
"""Who speaks: whoever the decision is about, whoever reported it, the platform."""


class Statement(NamedTuple):
    """What one side said, and as what."""

    title: str
    text: str
    by: Speaker


class Facts(NamedTuple):
    """The content, if the platform has supplied it, and everything that was said, as it came."""

    content: str
    statements: list[Statement]


class Side(NamedTuple):
    """One side of a matter, and everything that it said in this case."""

    title: str
    statements: list[Statement]


def of(file: File) -> Facts:
    """The facts of a case, as its events tell them."""
    supplied = file.find(ContentSupplied)
    own: Party = "notifier" if file.case.is_reporters else "person"
    statements = [
        found
        for event in file.events
        if (found := _statement(event, own)) is not None and found.text
    ]
    return Facts(supplied.content if supplied else "", statements)


def done(journal: Journal, case: UUID, translate: Translate) -> str:
    """What a decision did, as its public part says it; empty where there is none."""
    entry = journal.decision(case)
    leaf = read_leaf(entry.leaf) if entry is not None else None
    if not isinstance(leaf, DecisionIssued):
        return ""
    return next((text for text, _ in decision.done(leaf.public, {}, translate)), "")


def sides(facts: Facts, case: Case) -> tuple[Side, ...]:
    """What either side says, to be read beside each other; empty where there is one side alone."""
    if other_side(case) is None:
        return ()
    return tuple(
        Side(title, [statement for statement in facts.statements if statement.by == by])
        for by, title in _SIDES.items()
    )


_SIDES: Mapping[Speaker, str] = {
    "person": N_("Whoever posted it says"),
    "notifier": N_("Whoever reported it says"),
}


def _statement(event: Event, own: Party) -> Statement | None:
    """`own`: whose case it is; a representative speaks for them."""
    match event:
        case NoticeReceived():
            return Statement(N_("What was reported"), f"{event.why}\n\n{event.where}", "notifier")
        case ComplaintFiled():
            return Statement(N_("The complaint"), event.grounds, own)
        case ComplaintAdded():
            return Statement(N_("Added to it"), event.text, _speaker(event, own))
        case ComplaintAnswered():
            title = N_("The answer to the question")
            return Statement(title, event.text, _speaker(event, own))
        case HearingAnswered():
            return _heard(event, own)
        case CaseSubmitted():
            return Statement(N_("Why a panel was asked for"), event.grounds, own)
        case CasePosition():
            return Statement(N_("The platform's position"), event.text, "platform")
        case CaseReply():
            return Statement(N_("The reply"), event.text, own)
        case _:
            return None


def _heard(event: HearingAnswered, own: Party) -> Statement:
    if event.own:
        return Statement(N_("The answer, asked what they say"), event.text, own)
    other: Speaker = "person" if own == "notifier" else "notifier"
    title = N_("What came by a link that the platform was given to hand over to the other side")
    if not event.handed:
        title = N_("What the other side says")
    return Statement(title, event.text, other)


def _speaker(event: ComplaintAdded | ComplaintAnswered, own: Party) -> Speaker:
    return "platform" if event.by.startswith("platform") else own
