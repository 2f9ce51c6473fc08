"""Calling the other side: its case is found or begun, it is told, and it speaks from there."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from amparo.case import events, hearing, sides
from amparo.case.events import HearingCalled, HearingInvited, NoticeReceived, Party
from amparo.case.machines import OPEN
from amparo.case.roles import Reviewer
from amparo.case.state import Actor
from amparo.errors import Refused
from amparo.ledger.case import casework, links, matters
from amparo.ledger.case.casework import File
from amparo.ledger.outbound import outbox
from amparo.ledger.storage.journal import Journal


class Call(NamedTuple):
    """What somebody is asked, as their own page shows it."""

    case: UUID
    """In which case they are heard; no page shows it."""
    question: str
    end: datetime | None
    """Until when; None where it is not known, since nobody could tell them."""


class WayIn(NamedTuple):
    """A link that the platform hands over to whoever posted something."""

    case: UUID
    link: bytes


def call(journal: Journal, case_id: UUID, *, question: str, by: Reviewer, now: datetime) -> None:
    """The reviewer calls the other side: everybody whose case it is, and who can be reached."""
    with journal.transaction():
        file = casework.read(journal, case_id)
        of = hearing.other_side(file.case)
        found = casework.other_side(journal, file, of) if of else []
        mailed = sum(
            outbox.contact(journal, target.id, of or "person") is not None for target in found
        )
        casework.act_within(
            journal,
            case_id,
            partial(
                hearing.call,
                question=question,
                mailed=mailed,
                by=by,
                now=now,
            ),
        )
        for target in found:
            _invite(journal, target, file, now)


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
        return None
    fresh = _begin(journal, file, by, now)
    link = links.new(journal, fresh, "person")
    if not email:
        return WayIn(fresh, link)
    outbox.set_contact(journal, fresh, "person", email, language)
    outbox.put_with_link(journal, fresh, "person", "hearing", link, now=int(now.timestamp()))
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
            step = partial(hearing.answer, text=text, own=str(file.id), by=by, now=now)
            casework.act_within(journal, open_call.case, step)
        casework.act_within(journal, file.id, lambda _: own)


def open_calls(journal: Journal, file: File, role: Party) -> list[Call]:
    """What somebody is asked and has not answered, in other cases of the matter."""
    found = []
    for case_id, case in zip(file.others, file.case.others, strict=True):
        waits = case.hearing in (*hearing.WAITS, "untold") and case.complaint in OPEN
        if not waits or hearing.other_side_alone(case) != role or str(file.id) in case.heard_from:
            continue
        called = casework.read(journal, case_id)
        question = called.last(HearingCalled).question
        found.append(Call(case_id, question, casework.ends(called.case, "hearing")))
    return found


def _invite(journal: Journal, target: File, file: File, now: datetime) -> None:
    called = casework.read(journal, file.id).last(HearingCalled)
    invited = HearingInvited(
        now, "node", of=called.of, other=str(file.id), question=called.question
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
    )
    fresh = casework.begin(journal, file.platform, first, now=now)
    for case_id, entry in sides.link_called(notice=file.id, called=fresh, by=by, now=now).items():
        casework.act_within(journal, case_id, partial(casework.only, entry))
    matters.unite(journal, file.id, fresh)
    return fresh
