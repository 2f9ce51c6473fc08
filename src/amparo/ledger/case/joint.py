"""Reports of one address: who they are, and a step taken for many of them.

A step of the desk is one transaction: all cases are read first, so that nobody's decision in one of
them stands against the next. Whoever cannot be taken along is left out and stays a single case.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case import joint, selection
from amparo.case.events import (
    ComplaintAdded,
    ComplaintAnswered,
    ComplaintFiled,
    Event,
    NoticeReceived,
)
from amparo.case.joint import MOST_TOGETHER
from amparo.case.machines import UNDECIDED
from amparo.case.state import Case
from amparo.errors import AmparoError, Malformed, Text, got
from amparo.ledger.case import casework
from amparo.ledger.case.casework import File
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

Together = Callable[[Case, Case], Sequence[Event]]
"""From the case that leads and another to what happens in the other."""
_UNDECIDED = ", ".join(f"'{state}'" for state in UNDECIDED)


class Other(NamedTuple):
    """Somebody else who reported the address and complained, as whoever decides reads it."""

    case: UUID
    entries: int
    """How many there were when it was read: with one more it is not as it was seen."""
    state: str
    texts: tuple[str, ...]
    """What they wrote: the report, the complaint, and whatever they added."""
    language: str
    flagged: bool
    is_alike: bool
    """Whether they wrote the same words, in the same language, as whoever leads."""
    why_apart: Text | None


class Taken(NamedTuple):
    """What became of a step for many."""

    along: int
    left: int
    """How many stay single cases."""


def unanswered(journal: Journal, file: File) -> list[UUID]:
    """Other reports of the address of one that wait for the platform's answer, the oldest first."""
    return _others(
        journal,
        file,
        "JOIN notice AS also ON also.case_id = reported.case_id AND also.answered = 0",
    )


def complaints(journal: Journal, file: File) -> list[UUID]:
    """Other open complaints about reports of the address of one, the oldest first."""
    return _others(
        journal,
        file,
        f"JOIN desk AS also ON also.case_id = reported.case_id AND also.state IN ({_UNDECIDED})",
    )


def listed(journal: Journal, file: File) -> list[Other]:
    """The same as whoever decides reads them, each with what they wrote."""
    own = _texts(file), _language(journal, file)
    found = []
    for other in casework.read_each(journal, complaints(journal, file)):
        texts, language = _texts(other), _language(journal, other)
        apart = joint.why_apart(file.case, other.case) or _has_another_side(file, other)
        found.append(
            Other(
                other.id,
                len(other.log_entries),
                other.case.complaint,
                texts,
                language,
                other.case.flagged,
                (list(map(_folded, texts)), language) == (list(map(_folded, own[0])), own[1]),
                apart,
            )
        )
    return found


def seen(named: Iterable[str]) -> dict[UUID, int]:
    """Cases as a form names them, `number:entries`, to how many entries each had when it was read.

    `Malformed` where they are none, or too many.
    """
    found = {}
    for name in named:
        number, _, entries = name.partition(":")
        try:
            found[UUID(number)] = int(entries)
        except ValueError:
            raise Malformed(
                "That is no number of a case.",
                why=got(name),
                fix="Choose in the list.",
            ) from None
    if len(found) > MOST_TOGETHER:
        raise Malformed(
            "These are too many cases for one answer.",
            why=Text(
                "{number} were named; at most {most} are taken",
                number=len(found),
                most=MOST_TOGETHER,
            ),
            fix="Answer the others after these.",
        )
    return found


def act(
    journal: Journal,
    lead: UUID,
    step: casework.Step,
    together: Together,
    others: Mapping[UUID, int | None] | None,
) -> Taken:
    """Take a step in a case, and with it one in each of the `others`, in one transaction.

    None: in all that stand as the leading one does. What cannot be taken along is left as it is.
    """
    with journal.transaction():
        file = casework.read(journal, lead)
        known = complaints(journal, file)
        wanted = known if others is None else [case_id for case_id in others if case_id in known]
        files = [*casework.read_each(journal, wanted)]
        if others is None:
            files = [other for other in files if _stands_as(file, other)]
        new = [_step_in(file, other, together, (others or {}).get(other.id)) for other in files]
        casework.keep(journal, file, step(file.case))
        for other, happened in zip(files, new, strict=True):
            casework.keep(journal, other, happened)
    along = sum(bool(happened) for happened in new)
    return Taken(along, (len(files) if others is None else len(others)) - along)


def _stands_as(lead: File, other: File) -> bool:
    return (other.case.complaint, other.case.reviewer) == (lead.case.complaint, lead.case.reviewer)


def _step_in(lead: File, other: File, together: Together, entries: int | None) -> Sequence[Event]:
    """What happens in another case; nothing where it cannot be taken along.

    `entries`: how many whoever decides has read, where that counts.
    """
    if entries not in (None, len(other.log_entries)) or _has_another_side(lead, other):
        return ()
    try:
        return together(lead.case, other.case)
    except AmparoError:
        return ()


def _has_another_side(lead: File, other: File) -> Text | None:
    """Why, where somebody is to be told of a decision who has no case beside the lead's."""
    return None if _authors(other) <= _authors(lead) else selection.WHY["linked"]


def _authors(file: File) -> set[UUID]:
    """The cases in the matter that are about a decision, or began with a call to be heard."""
    of_reports = ("noticed", "answered", "superseded")
    found = zip(file.others, file.case.others, strict=True)
    return {case_id for case_id, case in found if case.decision not in of_reports}


def _others(journal: Journal, file: File, among: str) -> list[UUID]:
    rows: list[tuple[Any, ...]] = journal.db.execute(
        f"SELECT reported.case_id FROM reported {among} "
        "WHERE reported.platform = ? AND reported.place = ? AND reported.case_id <> ? "
        "ORDER BY reported.case_id LIMIT ?",
        (file.platform, joint.place(file.case), file.id.bytes, MOST_TOGETHER),
    ).fetchall()
    return [UUID(bytes=bytes(row[0])) for row in rows]


def _texts(file: File) -> tuple[str, ...]:
    texts = []
    for event in file.events:
        match event:
            case NoticeReceived():
                texts.append(event.why)
            case ComplaintFiled():
                texts.append(event.grounds)
            case ComplaintAdded(by="notifier") | ComplaintAnswered(by="notifier"):
                texts.append(event.text)
    return tuple(texts)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _language(journal: Journal, file: File) -> str:
    contact = outbox.contact(journal, file.id, "notifier")
    return contact.language if contact else ""
