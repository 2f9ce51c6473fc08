"""What somebody is answered in their case, by whoever decides there: with which outcome, and why.

A reviewer, a lead for a whole group, a panel and an out-of-court body all answer whoever has
complained, and so does whoever takes such an answer back, or reverses a decision about which nobody
had. What the platform itself says is none: what it did, cannot do or took back.

Source: DSA Articles 20(5) and 21.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal, NamedTuple

from amparo.case import events
from amparo.case.events import ComplaintOutcome, Event, PanelOutcome

About = Literal["complaint", "reversal", "undone"]
"""What it answers: a complaint, in whichever instance; a decision about which nobody had complained
and that is reversed; an answer that is taken back."""


class Answer(NamedTuple):
    """What somebody is answered."""

    event: Event
    about: About
    outcome: ComplaintOutcome | PanelOutcome | Literal["inadmissible", "undone"]
    reasons: str
    """In the words of whoever decided."""

    @property
    def name(self) -> str:
        """By which it is known in its case: once it is there, it never changes."""
        return f"{self.event.kind}@{int(self.event.at.timestamp())}"


def answer(event: Event) -> Answer | None:
    """What the person is answered by an event; None where it answers them nothing."""
    match event:
        case (
            events.ComplaintDecided(outcome=outcome, reasons=reasons)
            | events.CaseDecided(outcome=outcome, reasons=reasons)
            | events.OutcomeReceived(party="person", outcome=outcome, reasons=reasons)
        ):
            return Answer(event, "complaint", outcome, reasons)
        case events.ComplaintInadmissible() | events.CaseInadmissible():
            return Answer(event, "complaint", "inadmissible", event.reasons)
        case events.DecisionReversed():
            return Answer(event, "reversal", "reversed", event.reasons)
        case events.ComplaintUndone() | events.RemedyUndone():
            return Answer(event, "undone", "undone", event.reasons)
        case _:
            return None
