"""Calling the other side: its case is found or begun, it is told, and it speaks from there."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, get_args
from uuid import UUID

from amparo.case import events, hearing, notify, sides
from amparo.case.events import (
    CaseDecided,
    Elsewhere,
    Event,
    HearingCalled,
    HearingInvited,
    Instance,
    LetterUndelivered,
    NoticeReceived,
    OutcomeReceived,
    Party,
)
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case
from amparo.errors import Refused
from amparo.ledger.case import casework, links, matters, registrars
from amparo.ledger.case.casework import File
from amparo.ledger.case.registrars import Registrar
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import Waiting
from amparo.storage.journal import Journal


class Call(NamedTuple):
    """What somebody is asked, as their own page shows it."""

    case: UUID
    """In which case they are heard; no page shows it."""
    question: str
    end: datetime | None
    """Until when; None where it is not known, since nobody could tell them."""
    before: Instance
    is_late: bool
    """Whether it was decided already, since somebody was in danger."""


class WayIn(NamedTuple):
    """A link that the platform hands over to whoever posted something."""

    case: UUID
    link: bytes


def call(journal: Journal, case_id: UUID, *, question: str, by: Reviewer, now: datetime) -> None:
    """The reviewer calls the other side: everybody whose case it is, and who can be reached."""
    with journal.transaction():
        file = casework.read(journal, case_id)
        _call(journal, file, partial(hearing.call, question=question, by=by, now=now), now)


def call_before_a_panel(
    journal: Journal, case_id: UUID, *, question: str, by: Registrar, now: datetime
) -> Case:
    """The registrar does; the case as it is then."""
    with journal.transaction():
        file = casework.read(journal, case_id)
        registrars.gate(journal, file, by)(file.case)
        step = partial(hearing.call_before_a_panel, question=question, by=by.actor, now=now)
        return _call(journal, file, step, now)


def call_before_a_body(journal: Journal, file: File, *, body: str, now: datetime) -> None:
    """The node does, inside a transaction, since the outcome of a body came."""
    by = Actor("body", body)
    _call(journal, file, partial(hearing.call_before_a_body, by=by, now=now), now)


def call_afterwards(journal: Journal, case_id: UUID, *, now: datetime) -> None:
    """The node does, inside a transaction, after a ruling that did not hear it first, in danger.

    Nothing where such a ruling was never made, or where it was asked before.
    """
    file = casework.read(journal, case_id)
    ruled = file.find(CaseDecided), file.find(OutcomeReceived)
    for before, decided in zip(get_args(Elsewhere), ruled, strict=True):
        if decided is None or not decided.unheard or not hearing.is_due(file.case, decided.outcome):
            continue  # a body may name a danger and let all stand: nothing changes
        if not hearing.may_call(file.case, before):
            continue
        text = decided.for_the_other or ""
        step = partial(hearing.call_afterwards, before=before, question=text, now=now)
        _call(journal, file, step, now)


def _call(journal: Journal, file: File, step: Callable[..., list[Event]], now: datetime) -> Case:
    """`step` makes the call, given the case and how many this node can write to."""
    of = hearing.other_side(file.case)
    found = casework.other_side(journal, file, of) if of else []
    mailed = sum(outbox.contact(journal, target.id, of or "person") is not None for target in found)
    case = casework.act_within(journal, file.id, partial(step, mailed=mailed))
    for target in found:
        _invite(journal, target, file, now)
    return case


def lost(journal: Journal, target: File, letter: Waiting, *, now: datetime) -> None:
    """The letter that asked somebody came back, inside a transaction; `target`: their own case."""
    invited = _invited_by(target, letter)
    asking = casework.read(journal, UUID(invited.other))
    if asking.is_erased or asking.last(HearingCalled).at > invited.at:  # asked anew since
        return
    step = partial(hearing.lose, by="node", own=str(target.id), now=now)
    casework.keep(journal, asking, step(asking.case))


def _invited_by(target: File, letter: Waiting) -> HearingInvited:
    """What a letter asks: somebody may be asked in several cases, and before several instances."""
    asked = [event for event in target.events if isinstance(event, HearingInvited)]
    for invited in reversed(asked):
        is_before = invited.at.timestamp() <= letter.made_at
        if is_before and notify.CALLS[invited.before or "desk"] == letter.kind:
            return invited
    return target.last(HearingInvited)


def tell(
    journal: Journal,
    file: File,
    *,
    email: str,
    language: str,
    by: Actor,
    now: datetime,
) -> WayIn | None:
    """The platform tells whoever posted it; a way into their page where they had none before.

    Inside a transaction. With `email` this node writes to them, and the way is in the mail alone.
    """
    found = casework.other_side(journal, file, "person")
    if found and email:
        raise Refused(
            "This node does not write to that address.",
            why="whoever posted it has a case, and a link to it",
            fix="Tell them yourself, and make this call without `email`; or hand the address over "
            "with the statement.",
        )
    entries = hearing.tell(by=by, now=now, by_mail=bool(email))
    casework.act_within(journal, file.id, lambda _: entries)
    if found:
        return _way_in_again(journal, found[0])
    fresh = _begin(journal, file, by, now)
    link = links.new(journal, fresh, "person")
    if not email:
        return WayIn(fresh, link)
    outbox.set_contact(journal, fresh, "person", email, language)
    letter = notify.CALLS[file.case.hearing_of]
    outbox.put_with_link(journal, fresh, "person", letter, link, now=int(now.timestamp()))
    return None


def answer(journal: Journal, file: File, *, role: Party, text: str, now: datetime) -> None:
    """Somebody speaks from their own case, in every case in which they are asked."""
    calls = open_calls(journal, file, role)
    if not calls:
        raise Refused(
            "There is nothing to say any more.",
            why="the complaint of the other side was decided, or withdrawn, or your time is over",
            fix="If a decision follows from it, you can complain about that.",
        )
    by = Actor(role)
    own = [events.HearingAnswered(now, str(by), other=str(file.id), text=text, own="yes")]
    with journal.transaction():
        for open_call in calls:
            step = partial(
                hearing.answer,
                text=text,
                own=str(file.id),
                by=by,
                now=now,
                is_invited=file.case.decision == "invited",
            )
            casework.act_within(journal, open_call.case, step)
        casework.act_within(journal, file.id, lambda _: own)


def open_calls(journal: Journal, file: File, role: Party) -> list[Call]:
    """What somebody is asked and has not answered, in other cases of the matter."""
    found = []
    for case_id, case in zip(file.others, file.case.others, strict=True):
        is_asked = hearing.may_speak(case) and str(file.id) not in case.heard_from
        if not is_asked or hearing.other_side_alone(case) != role:
            continue
        asking = casework.read(journal, case_id)
        called = asking.last(HearingCalled)
        end = casework.ends(asking.case, "hearing")
        is_late = case.hearing_of in case.unheard_by
        found.append(Call(case_id, called.question, end, called.before or "desk", is_late))
    return found


def _way_in_again(journal: Journal, target: File) -> WayIn | None:
    """A link for whoever was to be given one by a letter that came back, and has no other case.

    Not where an earlier letter did: somebody else may have their page since.
    """
    lost = target.find(LetterUndelivered)
    if target.case.decision != "invited" or lost is None:
        return None
    if lost.at < target.last(HearingInvited).at:
        return None
    mailed = outbox.mailed(journal, target.id, "person")
    if any(letter.state in ("sent", "delayed") for letter in mailed):
        return None  # they have their page by that, and no platform has a link to it
    return WayIn(target.id, links.new(journal, target.id, "person"))


def _invite(journal: Journal, target: File, file: File, now: datetime) -> None:
    called = casework.read(journal, file.id).last(HearingCalled)
    invited = HearingInvited(
        now,
        "node",
        of=called.of,
        other=str(file.id),
        question=called.question,
        before=called.before,
    )
    casework.act_within(journal, target.id, lambda _: [invited])


def _begin(journal: Journal, file: File, by: Actor, now: datetime) -> UUID:
    """A case for somebody about whom nothing was decided yet; it says where what they posted is."""
    called, notice = file.last(HearingCalled), file.find(NoticeReceived)
    first = HearingInvited(
        now,
        str(by),
        of="person",
        other=str(file.id),
        question=called.question,
        where=notice.where if notice else None,
        before=called.before,
    )
    fresh = casework.begin(journal, file.platform, first, now=now)
    for case_id, entry in sides.link_called(notice=file.id, called=fresh, by=by, now=now).items():
        casework.act_within(journal, case_id, partial(casework.only, entry))
    matters.unite(journal, file.id, fresh)
    return fresh
