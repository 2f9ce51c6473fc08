"""Who may do what. A right is a rule here, not a button that is hidden somewhere.

Nobody judges in their own cause: who took the decision, or reviewed it before, or declared a
conflict, does not review the complaint; no machine decides alone (DSA Article 20(6)).
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.case.state import Actor, Case
from amparo.errors import Denied, Refused, Text

_ASKED = {
    "person": Text("the person affected asked for the panel"),
    "notifier": Text("who reported the content asked for the panel"),
}


class Reviewer(NamedTuple):
    """Somebody at a desk."""

    number: int
    lead: bool
    names: frozenset[str] = frozenset()
    """By what names the platform's records call them, to be known again among its deciders."""

    @property
    def actor(self) -> Actor:
        return Actor("lead" if self.lead else "reviewer", str(self.number))


def check_may_review(case: Case, reviewer: Reviewer) -> None:
    """Raise `Refused` if this person may not review this complaint, with the reason."""
    number = str(reviewer.number)
    why = None
    if case.deciders & reviewer.names:
        why = Text("you took the decision that is complained about")
    elif number in case.conflicts:
        why = Text("you declared a conflict in this case")
    elif number in case.earlier:
        why = Text("you reviewed it before; after a reopening somebody else does")
    if why is not None:
        raise Refused(
            "This complaint needs another reviewer.",
            why=why,
            fix="Hand it back, so that it goes to somebody who had no part in it.",
        )


def check_reviews(case: Case, actor: Actor) -> None:
    """Raise unless this is the person to whom the complaint is assigned."""
    check_human(actor)
    if actor.name != case.reviewer:
        raise Denied(
            "This complaint is assigned to somebody else.",
            why="only its reviewer may take this step",
            fix="Ask the lead to assign it to you.",
        )


def check_human(actor: Actor) -> None:
    """Raise unless a person acts: no machine decides alone (DSA Article 20(6))."""
    if actor.role not in ("reviewer", "lead") or not actor.name:
        raise Denied(
            "A person must take this step.",
            why="complaints are decided under the supervision of qualified staff, and not solely "
            "by automated means (DSA Article 20(6))",
            fix="Let a reviewer sign in and decide.",
        )


def check_lead(actor: Actor) -> None:
    """Raise unless a lead acts."""
    if actor.role != "lead":
        raise Denied(
            "Only a lead may take this step.",
            why="assigning and reopening are decided by somebody responsible for the desk",
            fix="Ask a lead.",
        )


def check_registrar(by: Actor) -> None:
    """Raise unless the registrar acts, who runs the course of panel cases."""
    if by.role != "registrar" or not by.name:
        raise Denied(
            "Only the registrar may take this step.",
            why="a person is responsible for the course of a case, and no side is",
            fix="Ask the registrar.",
        )


def check_member(case: Case, member: str) -> None:
    """Raise unless this member sits on the panel of the case."""
    if member not in case.members:
        raise Denied(
            "You do not sit on this panel.",
            why="another was drawn, or took your seat",
            fix="Nothing needs to be done.",
        )


def check_party(case: Case, by: Actor) -> None:
    """Raise unless the side acts that asked for the panel."""
    if by.role != case.complainant:
        raise Denied(
            "Only the party may take this step.",
            why=_ASKED[case.complainant or "person"],
            fix="Use the page of your own case.",
        )
