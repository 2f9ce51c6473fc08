"""Lead cases that an organisation proposes: begun, listed and taken back, each in one transaction.

The scheduler asks the others and looks after them, as after those of a desk (`leads`). The desk's
leads get a mail, since nobody of the platform was asked before.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from uuid import UUID

from amparo.case import deadlines, proposals
from amparo.case.mandate import Mandate
from amparo.errors import AmparoError, Missing, Refused, Text
from amparo.ledger.case import casework, leads, mandates, people
from amparo.ledger.case.casework import File
from amparo.ledger.case.leads import Group
from amparo.ledger.case.mandates import Speaker
from amparo.ledger.case.people import Person
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal


class Candidate(NamedTuple):
    """Somebody under a mandate, as whoever proposes lead cases reads where they stand."""

    file: File
    can_lead: bool
    why_not: Text | str | None
    """Why they cannot be asked to wait; None where they can."""


def propose(
    journal: Journal,
    number: UUID,
    person: Person,
    *,
    named: Sequence[UUID],
    asked: Sequence[UUID] | None,
    question: str,
    now: datetime,
) -> UUID:
    """Propose lead cases under a mandate; the number of the group.

    `asked`: whom; None: everybody under it whose decision is of the same kind. Who cannot wait is
    left out; `Refused` where that is everybody.
    """
    with journal.transaction():
        who = mandates.speaker(journal, number, person, now)
        named = [*dict.fromkeys(named)]
        matters = [_matter(journal, lead, who, now) for lead in named]
        about = next(iter(matters), "")
        _check_not_too_many(journal, who, about, now)
        others = _askable(journal, number, who, about, set(named), asked, now) if named else []
        made = proposals.propose(
            [*named, *others],
            who.under,
            named=named,
            matters=matters,
            question=question,
            by=who.reviewer,
            now=now,
        )
        step = partial(proposals.choose, under=who.under, by=who.reviewer, sides=who.sides, now=now)
        cases = [*named, *others]
        group = leads.begin(journal, who.platform, made, cases, choose=step, by=person.id)
        for seat in people.who_looks_after(journal, who.platform):
            outbox.put_for_seat(
                journal,
                seat,
                outbox.LEADS_PROPOSED,
                now=int(now.timestamp()),
                platform=who.platform,
            )
    return group


def take_back(
    journal: Journal, number: UUID, group: UUID, person: Person, *, reasons: str, now: datetime
) -> None:
    """Take a proposal of one's own organisation back; whoever waits goes on alone."""
    with journal.transaction():
        who = mandates.speaker(journal, number, person, now)
        groups = of_mandate(journal, who.platform, who.under)
        found = next((own for own in groups if own.number == group), None)
        if found is None:
            raise Missing(
                "There are no such lead cases.",
                why="they are of another mandate, or the address was copied only in part",
                fix="Open them from the list.",
            )
        leads.end(journal, group, proposals.take_back(reasons=reasons, by=who.reviewer, now=now))


def of_mandate(journal: Journal, platform: int, under: Mandate) -> list[Group]:
    """The newest lead cases that were proposed under a mandate, the newest first."""
    found = leads.of_body(journal, platform, under.body)
    return [group for group in found if group.mandate == under.number]


def candidates(
    journal: Journal, who: Speaker, files: Sequence[File], *, now: datetime
) -> list[Candidate]:
    """Where each of some people stands: whether theirs can lead, and whether they can be asked."""
    return [
        Candidate(file, _can_lead(who, file, now), _why_not(journal, who, file, "", now))
        for file in files
    ]


# --- below ------------------------------------------------------------------------------------


def _matter(journal: Journal, lead: UUID, who: Speaker, now: datetime) -> str:
    """That of a lead case, of which nobody learns who does not speak in it."""
    case = casework.read(journal, lead).case
    proposals.check_speaks(case, who.under, by=who.reviewer, sides=who.sides, now=now)
    return proposals.matter(case)


def _askable(
    journal: Journal,
    number: UUID,
    who: Speaker,
    about: str,
    named: set[UUID],
    asked: Sequence[UUID] | None,
    now: datetime,
) -> list[UUID]:
    """Those who can be asked to wait; the scheduler looks once more when it asks them."""
    if asked is None:
        asked = mandates.everybody(journal, number)
    wanted = [case for case in dict.fromkeys(asked) if case not in named]
    files = casework.read_each(journal, wanted)
    found = [file.id for file in files if _why_not(journal, who, file, about, now) is None]
    if not found:
        raise Refused(
            "Nobody can be asked.",
            why="nobody else under this mandate has a complaint that can wait, about a decision "
            "of the same kind",
            fix="Let each be looked at by itself.",
        )
    return found


def _why_not(
    journal: Journal, who: Speaker, file: File, about: str, now: datetime
) -> Text | str | None:
    if file.is_erased:
        return Text("it was erased")
    return proposals.why_not(
        file.case,
        who.under,
        about=about,
        by=who.reviewer,
        sides=who.sides,
        now=now,
        over=leads.is_over(journal, file.case),
    )


def _can_lead(who: Speaker, file: File, now: datetime) -> bool:
    try:
        proposals.choose(file.case, who.under, number="", by=who.reviewer, sides=who.sides, now=now)
    except AmparoError:
        return False
    return not file.is_erased


def _check_not_too_many(journal: Journal, who: Speaker, about: str, now: datetime) -> None:
    found = leads.of_body(journal, who.platform, who.under.body)
    since = now - timedelta(days=deadlines.period("lead").length)
    proposals.check_not_too_many(
        begun=[group.matter for group in found if group.state != "closed"],
        about=about,
        lately=sum(group.at > since for group in found),
    )
