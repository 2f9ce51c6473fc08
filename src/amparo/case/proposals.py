"""An organisation proposes lead cases among those whom it speaks for (DSA Articles 20 and 86).

What a lead of the desk may choose in a wave (`leads`), it may propose under a mandate that is in
force: lead cases and whoever is asked to wait for them are people who have asked it to speak, about
one kind of decision. It binds nobody. Each is asked once, by the node, and waits only by their own
yes; the desk decides the lead case, and each that waits, as it would without the organisation.

A hostile one proposes the weakest case, or many. So the question lapses where it stops to speak for
somebody (`waits.lapsed`), whoever was answered can be looked at alone, and a second proposal about
the same kind of decision waits for the end of the first.

Source: docs/decisions/0028.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from amparo.case import events, leads, mandate, selection, waits
from amparo.case.complaint import check_reasons
from amparo.case.events import Event, LeadsEnded, LeadsProposed
from amparo.case.mandate import Mandate
from amparo.case.roles import Reviewer, Sides, folded
from amparo.case.state import Actor, Case
from amparo.errors import AmparoError, Denied, Refused, Text

MOST_IN_A_WAIT = 10
"""Proposals of one organisation at one platform while somebody may wait for the first of them."""


def matter(case: Case) -> str:
    """The kind of decision that a complaint is about: what it was, and every category it names."""
    return " ".join((selection.standing(case, "").kind, *sorted(case.categories)))


def propose(
    cases: Sequence[UUID],
    under: Mandate,
    *,
    named: Sequence[UUID],
    matters: Sequence[str],
    question: str,
    by: Reviewer,
    now: datetime,
) -> LeadsProposed:
    """The group itself, before anybody is asked. `matters`: those of the lead cases.

    `cases` are the lead cases with whoever is asked, as in `leads.propose`.
    """
    _check_in_force(under, by, now)
    if len(set(matters)) > 1:
        raise Refused(
            "These lead cases do not belong together.",
            why="they are about decisions of different kinds",
            fix="Propose those of one kind; the others after them, or by themselves.",
        )
    actor = _actor(by)
    made = leads.begin(cases, leads=named, question=question, chosen="{}", by=actor, now=now)
    return msgspec.structs.replace(
        made, body=under.body, mandate=under.number, matter=next(iter(matters), None)
    )


def check_not_too_many(*, begun: Sequence[str], about: str, lately: int) -> None:
    """Raise where an organisation has proposed enough at a platform.

    `begun`: the matters of its proposals that are not at their end. `lately`: how many it made in
    the longest time that anybody waits.
    """
    if about in begun:
        raise Refused(
            "You have proposed lead cases for this kind of decision already.",
            why="one proposal at a time is open for each",
            fix="Wait for its end, or take it back.",
        )
    if lately >= MOST_IN_A_WAIT:
        raise Refused(
            "No more lead cases can be proposed at this platform now.",
            why=Text("{number} proposals were made in the last month", number=lately),
            fix="Propose it later; every complaint goes on meanwhile.",
        )


def choose(
    case: Case, under: Mandate, *, number: str, by: Reviewer, sides: Sides, now: datetime
) -> list[Event]:
    """A case becomes a lead case, and is examined as before; its person is told."""
    check_speaks(case, under, by=by, sides=sides, now=now)
    leads.check_can_lead(case)
    return [events.LeadChosen(now, str(_actor(by)), group=number, body=under.body)]


def ask(
    case: Case,
    under: Mandate,
    *,
    number: str,
    about: str,
    question: str,
    by: Reviewer,
    sides: Sides,
    now: datetime,
    over: bool = False,
) -> list[Event]:
    """Somebody is asked whether they want to wait, in the organisation's words; nobody twice.

    `over`: what they were asked before cannot be answered any more.
    """
    if why := why_not(case, under, about=about, by=by, sides=sides, now=now, over=over):
        raise Refused("This complaint cannot wait.", why=why, fix="It is looked at by itself.")
    asked = events.LeadAsked(
        now,
        str(_actor(by)),
        group=number,
        question=question,
        body=under.body,
        mandate=under.number,
    )
    return [asked]


def why_not(
    case: Case,
    under: Mandate,
    *,
    about: str,
    by: Reviewer,
    sides: Sides,
    now: datetime,
    over: bool = False,
) -> Text | str | None:
    """Why somebody cannot be asked to wait; None where they can. Empty `about`: any matter."""
    try:
        check_speaks(case, under, by=by, sides=sides, now=now)
    except AmparoError as error:
        return error.texts[1]
    if why := waits.why_not_asked(case, by="body", over=over):
        return why
    if about and matter(case) != about:
        return Text("it is about a decision of another kind than the lead cases")
    return waits.why_not(case, now)


def check_speaks(case: Case, under: Mandate, *, by: Reviewer, sides: Sides, now: datetime) -> None:
    """Raise unless somebody complained, and this organisation speaks for them, now."""
    _check_in_force(under, by, now)
    mandate.check_speaks(case, under, by=by, sides=sides, now=now)
    mandate.check_complained(case)


def take_back(*, reasons: str, by: Reviewer, now: datetime) -> LeadsEnded:
    """Nobody is asked any more, and whoever waits goes on alone."""
    return LeadsEnded(now, str(_actor(by)), because="body", reasons=check_reasons(reasons))


def _check_in_force(under: Mandate, by: Reviewer, now: datetime) -> None:
    """Raise unless somebody is of the organisation, and its last day is not over."""
    if folded(under.body) not in by.known_as:
        raise Denied(
            "You do not speak for this organisation.",
            why="the mandate is of another one",
            fix="Open your own from your list.",
        )
    if now > under.until:
        raise Refused(
            "This mandate has ended.",
            why=Text("it was good until {day}, or was ended before", day=under.until),
            fix="Show a new one, and ask people again.",
        )


def _actor(by: Reviewer) -> Actor:
    return Actor("representative", str(by.number))
