"""Whose case it is: links that a platform could know, and claims by proof of the account.

A platform is given a link to each decision, and hands it on. Who opens it first cannot be known. So
whatever is done by that link, or by one it was exchanged for, may have been done by the platform,
and is not final against the person: whoever shows that the account is theirs takes the case over,
and may disown what was done in it before.

An account is shown by a word, made for one claim, that comes from it. What that proves depends on
who says so (`Proof`): a `look` by somebody who is not of the platform ends every earlier link; the
`platform`'s own word proves nothing against the platform, so that it only opens a case that nobody
has opened. Neither proves anything where the platform invented the account.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime

from amparo.case import deadlines, events, mandate, remedy
from amparo.case.complaint import check_reasons
from amparo.case.events import Event, Proof
from amparo.case.state import Actor, Case, allowed
from amparo.errors import Denied, Refused

MOST_OPEN = 20
"""Claims to one case at a time."""
MOST_WITHOUT_LINK = 10
"""Of these, without a link to it: who only knows its identifier shuts out nobody who has one."""


def may_be_exchanged(case: Case, *, held: bool) -> bool:
    """Whether the link that the platform was given still opens the case.

    `held`: whether there is a link that is the person's own. The one in a mail of this node is;
    where that mail did not arrive, the platform has to tell them itself, with the link it has.
    """
    opened = case.exchanged_at is not None or case.taken_over_at is not None
    return not opened and (not held or case.decision == "undelivered")


def exchange(case: Case, *, held: bool, by: Actor, now: datetime) -> list[Event]:
    """The link that the platform was given becomes another, once; from then on it only reads."""
    if not may_be_exchanged(case, held=held):
        raise Refused(
            "This link does not open the case any more.",
            why="somebody has a link of their own to it: whoever opened it first, or whom this "
            "node wrote to",
            fix="Use that one. If it was not you, say that the case is yours.",
        )
    return [events.LinkExchanged(now, str(by))]


def ask(
    case: Case, *, word: str, already: int, now: datetime, has_link: bool = True
) -> list[Event]:
    """Somebody says that the case is theirs; `already`: how many such claims are open."""
    if case.decision not in ("recorded", "delivered", "undelivered", "superseded"):
        raise Refused(
            "This case cannot be claimed.",
            why="no decision about an account began it, and no platform was given its link",
            fix="Use the link that you were given.",
        )
    if already >= (MOST_OPEN if has_link else MOST_WITHOUT_LINK):
        raise Refused(
            "Too many people say that this case is theirs.",
            why="each of them has some days to show it",
            fix="Ask whoever runs this service to look; they can end claims that are none.",
        )
    return [events.ClaimAsked(now, str(Actor("claimant")), word=word)]


def prove(case: Case, *, word: str, seen: str, by: Actor, held: bool, now: datetime) -> list[Event]:
    """The word came from the account: whoever runs the node has seen it, or the platform says so.

    `held`: whether somebody has a link of their own to the case.
    """
    how = _proof(by)
    if how == "platform" and not may_be_exchanged(case, held=held):
        raise Refused(
            "Your word is not enough here.",
            why="somebody has opened this case, and may be the person whom the decision is about",
            fix="Whoever runs this service can look at the account, and decide whose case it is.",
        )
    text = check_reasons(seen) if how == "look" else seen.strip()
    proven = events.ClaimProven(now, str(by), word=word, how=how, seen=text)
    return [proven, *mandate.taken_over(case, by=by, now=now)]


def _proof(by: Actor) -> Proof:
    """What somebody's word is worth; who works at the platform's desk could let the platform in."""
    if by.role == "operator" and by.name:
        return "look"
    if by.role == "platform":
        return "platform"
    raise Denied(
        "Only whoever runs this service may say so.",
        why="who works for the platform could let the platform in",
        fix="Ask them to look.",
    )


def refuse(*, word: str, reasons: str, by: Actor, now: datetime) -> list[Event]:
    """Somebody looked, and the word did not come from the account."""
    return [events.ClaimRefused(now, str(by), word=word, reasons=check_reasons(reasons))]


def may_disown(case: Case, now: datetime) -> bool:
    """Whether there is something that an earlier link did, and that can still be undone."""
    return bool(_to_be_disowned(case, "person", now))


def disown(case: Case, *, by: Actor, now: datetime) -> list[Event]:
    """Undo what was done in the case before the account was proven: its complaint, its panel.

    What was only withdrawn needs no undoing: it can be filed, or asked for, again.
    """
    found = _to_be_disowned(case, str(by), now)
    if not found:
        raise Refused(
            "There is nothing to undo.",
            why="what was done before you showed that the account is yours has ended, or the time "
            "for undoing it has",
            fix="You can go on with the case as it stands.",
        )
    return found


def _to_be_disowned(case: Case, by: str, now: datetime) -> list[Event]:
    proven = case.proven_at
    if proven is None or now > deadlines.due("disown", proven):
        return []
    found: list[Event] = []
    if case.filed_at and case.filed_at <= proven and not case.withdrawn:
        found += [events.ComplaintDisowned(now, by), *remedy.end_interim(case, now=now)]
    if case.submitted_at and case.submitted_at <= proven and not case.panel_withdrawn:
        found.append(events.CaseDisowned(now, by))
    return [event for event in found if allowed(case, type(event))]
