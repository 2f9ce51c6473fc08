"""Mandates: who speaks for people at a platform, who has agreed, and one complaint for many.

An organisation has seats, given by the operator, who sees for himself what DSA Article 86(1) asks
of it. A mandate is a case of its own, so that the log tells when it was shown, used and ended.
Whether somebody may act for a person is asked in that person's case, under the write lock.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from amparo.case import mandate, roles
from amparo.case.events import Attachment, MandateShown, Party
from amparo.case.mandate import MOST_TOGETHER, Mandate
from amparo.case.roles import Reviewer, Sides, folded
from amparo.case.state import Actor, Case
from amparo.errors import Denied, Malformed, Missing, Refused, Text, got
from amparo.foreign_text import is_name
from amparo.ledger.case import casework, evidence, leaving, people, suspensions
from amparo.ledger.case.casework import File
from amparo.ledger.case.evidence import Stored
from amparo.ledger.case.people import Person
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal

PAGE = MOST_TOGETHER
"""People on a page: all who can be in one complaint."""
MOST_IN_FORCE = 20
"""Mandates of one organisation at one platform, so that people can read whom they may choose."""
MOST_AT_PLATFORM = 50
MOST_SHOWN = 100
"""Mandates on a page; those that ended long ago are not among them."""
MOST_PEOPLE = 1_000
"""Who can agree to one mandate: all of them are told in one commit when it ends."""


class MandateRecord(NamedTuple):
    """A mandate as its case tells of it, and whether it is in force."""

    platform: int
    shown: MandateShown
    mandate: Mandate
    in_force: bool


class Represented(NamedTuple):
    """Somebody who has agreed, as the organisation reads where they stand."""

    file: File
    why_not: Text | None
    """Why it cannot complain for them now; None where it can."""


class Speaker(NamedTuple):
    """Somebody of an organisation, as the rules ask who speaks, under a mandate in force."""

    under: Mandate
    platform: int
    reviewer: Reviewer
    sides: Sides


class Filed(NamedTuple):
    """What became of one complaint for several people."""

    along: int
    left: dict[UUID, str | Text]
    """For whom it was not filed, and why."""


# --- organisations ----------------------------------------------------------------------------


def add_seat(journal: Journal, body: str, name: str, email: str) -> Person:
    """Give somebody of an organisation a seat; the first one registers it."""
    body = " ".join(body.split())
    if not is_name(body, people.MOST_NAME):
        raise Malformed(
            "An organisation needs a name.",
            why=got(body),
            fix="Write the name that it is registered by.",
        )
    rows = journal.db.execute("SELECT DISTINCT body FROM reviewer WHERE body != '' ORDER BY body")
    spelt = {folded(known): known for (known,) in rows}
    return people.add(journal, None, name, email, body=spelt.get(folded(body), body))


def remove(journal: Journal, body: str, *, reasons: str, now: datetime) -> tuple[int, int]:
    """End an organisation's seats and mandates; how many of each. What it filed goes on."""
    seats = [
        person for person in people.representatives(journal) if folded(person.body) == folded(body)
    ]
    rows = journal.db.execute("SELECT case_id, body FROM mandate WHERE ended = 0").fetchall()
    numbers = [UUID(bytes=bytes(number)) for number, of in rows if folded(of) == folded(body)]
    if not seats and not numbers:
        raise Missing(
            "There is no such organisation.",
            why=Text("no organisation of the name {name} has a seat or a mandate", name=body[:80]),
            fix="List them with `amparo case representative list`.",
        )
    for person in seats:
        leaving.leave(journal, person)
    for number in numbers:
        _end(journal, number, reasons=reasons, by=Actor("operator"), now=now)
    return len(seats), len(numbers)


# --- mandates ---------------------------------------------------------------------------------


def show(
    journal: Journal,
    platform: Platform,
    person: Person,
    *,
    text: str,
    of: Sequence[str],
    until: datetime,
    now: datetime,
) -> UUID:
    """Show a mandate; the number of its case."""
    by = Actor("representative", str(person.id))
    shown = mandate.show(body=person.body, text=text, of=of, until=until, by=by, now=now)
    with journal.transaction():
        _check_is_not_of_the_desk(journal, platform.id, person)
        _check_not_too_many(journal, platform.id, person.body)
        number = casework.begin(journal, platform.id, shown, now=now)
        journal.db.execute(
            "INSERT INTO mandate (case_id, platform, body) VALUES (?, ?, ?)",
            (number.bytes, platform.id, person.body),
        )
    return number


def end(journal: Journal, number: UUID, person: Person, *, reasons: str, now: datetime) -> None:
    """End a mandate of one's own organisation; everybody who had agreed is told."""
    own(journal, person, number, now)
    by = Actor("representative", str(person.id))
    _end(journal, number, reasons=reasons, by=by, now=now)


def own(journal: Journal, person: Person, number: UUID, now: datetime) -> MandateRecord:
    """A mandate of somebody's organisation; another's is told no more than none.

    `Refused` where they are of the platform's desk, which is not told who asked for help.
    """
    record = _find(journal, number, now)
    if record is None or record.mandate.body != person.body:
        raise Missing(
            "There is no such mandate.",
            why="it is of another organisation, or the address was copied only in part",
            fix="Open it from your list.",
        )
    _check_is_not_of_the_desk(journal, record.platform, person)
    return record


def of_body(journal: Journal, body: str, now: datetime) -> list[MandateRecord]:
    """An organisation's newest mandates, the newest first."""
    numbers = reversed(_numbers(journal, "body = ?", (body,))[-MOST_SHOWN:])
    found = [_find(journal, number, now) for number in numbers]
    return [record for record in found if record is not None]


def in_force(journal: Journal, platform: int, of: Party, now: datetime) -> list[MandateRecord]:
    """The mandates that somebody of a side can agree to at a platform."""
    numbers = _numbers(journal, "platform = ? AND ended = 0", (platform,))
    found = [record for number in numbers if (record := _find(journal, number, now)) is not None]
    here = {person.body for person in people.representatives(journal)}
    return [
        record
        for record in found
        if record.in_force and of in record.mandate.of and record.mandate.body in here
    ]


def speaker(journal: Journal, number: UUID, person: Person, now: datetime) -> Speaker:
    """Who speaks under a mandate now; raises where it has ended, or their seat has."""
    record = own(journal, person, number, now)
    _check_in_force(record)
    who, sides = _who(journal, record.platform, person)
    return Speaker(record.mandate, record.platform, who, sides)


def of_case(journal: Journal, file: File, now: datetime) -> MandateRecord | None:
    """The mandate under which somebody is represented in a case; None where nobody is."""
    return _find(journal, UUID(file.case.mandate), now) if file.case.mandate else None


# --- people -----------------------------------------------------------------------------------


def agree(journal: Journal, file: File, number: str, *, of: Party, now: datetime) -> None:
    """Somebody asks an organisation to speak for them; inside a transaction."""
    try:
        record = _find(journal, UUID(number), now)
    except ValueError:
        record = None
    if record is None or not record.in_force or record.platform != file.platform:
        raise Refused(
            "This organisation cannot speak for you.",
            why="its mandate has ended, or is for another platform",
            fix="Complain yourself, or choose another organisation.",
        )
    if not people.representatives(journal, record.mandate.body):
        raise Refused(
            "This organisation cannot speak for you.",
            why="nobody of it has a seat here any more",
            fix="Complain yourself, or choose another organisation.",
        )
    if _count(journal, UUID(number)) >= MOST_PEOPLE:
        raise Refused(
            "This organisation cannot speak for more people under this mandate.",
            why=Text("{number} have agreed", number=MOST_PEOPLE),
            fix="Ask it to show another mandate.",
        )
    casework.act_within(
        journal, file.id, partial(mandate.agree, mandate=record.mandate, of=of, now=now)
    )


def represented(journal: Journal, number: UUID, after: bytes = b"") -> list[File]:
    """The cases of those who have agreed to a mandate: `PAGE` of them after a case."""
    rows = journal.db.execute(
        "SELECT case_id FROM represented WHERE mandate = ? AND case_id > ? "
        "ORDER BY case_id LIMIT ?",
        (number.bytes, after, PAGE),
    ).fetchall()
    return [*casework.read_each(journal, (UUID(bytes=bytes(row[0])) for row in rows))]


def everybody(journal: Journal, number: UUID) -> list[UUID]:
    """The cases of all who have agreed to a mandate."""
    rows = journal.db.execute(
        "SELECT case_id FROM represented WHERE mandate = ? ORDER BY case_id LIMIT ?",
        (number.bytes, MOST_PEOPLE),
    ).fetchall()
    return [UUID(bytes=bytes(row[0])) for row in rows]


def standing(files: Sequence[File], *, now: datetime) -> list[Represented]:
    """Where each stands, and whether a complaint can be filed for them."""
    return [
        Represented(file, mandate.may_file(file.case, received=file.entries[0].at, now=now))
        for file in files
    ]


def together(journal: Journal, file: File) -> list[UUID]:
    """All cases of the complaint that was filed for several people, this one among them."""
    if not file.case.filing:
        return []
    rows = journal.db.execute(
        "SELECT case_id FROM represented WHERE mandate = ? AND filing = ? ORDER BY case_id LIMIT ?",
        (UUID(file.case.mandate).bytes, file.case.filing, MOST_TOGETHER),
    ).fetchall()
    return [UUID(bytes=bytes(row[0])) for row in rows]


def case_of(
    journal: Journal, person: Person, number: UUID, now: datetime
) -> tuple[File, MandateRecord]:
    """A case in which somebody speaks for whoever it is about, now; another is told as none."""
    try:
        file = casework.read(journal, number)
    except Missing:
        file = None
    record = of_case(journal, file, now) if file is not None and not file.is_erased else None
    if file is None or record is None or record.mandate.body != person.body or not record.in_force:
        raise Missing(
            "There is no such case.",
            why="nobody in it has asked you to speak for them, or that has ended",
            fix="Open it from your list.",
        )
    _check_is_not_of_the_desk(journal, file.platform, person)
    return file, record


def file_for(
    journal: Journal,
    secret: bytes,
    number: UUID,
    person: Person,
    cases: Sequence[UUID],
    *,
    grounds: str,
    files: Sequence[Stored],
    now: datetime,
) -> Filed:
    """File one complaint for several people, in one transaction, each in their own case.

    For whom it cannot be filed is left out, with the reason; `Refused` where that is everybody.
    `secret`: the node's, by which a suspended sender is known (Article 23).
    """
    if len(cases) > MOST_TOGETHER:
        raise Malformed(
            "These are too many people for one complaint.",
            why=Text(
                "{number} were chosen; at most {most} are taken",
                number=len(cases),
                most=MOST_TOGETHER,
            ),
            fix="File for the others after these.",
            field="cases",
        )
    with journal.transaction():
        record = own(journal, person, number, now)
        _check_in_force(record)
        own_case = casework.read(journal, number)
        filing = own_case.log_entries[-1].n + 1
        who, sides = _who(journal, record.platform, person)
        left: dict[UUID, str | Text] = {}
        filed: list[File] = []
        for file in casework.read_each(journal, dict.fromkeys(cases)):
            step = partial(
                mandate.file,
                mandate=record.mandate,
                filing=filing,
                grounds=grounds,
                attachments=[Attachment(stored.sha256, stored.size) for stored in files],
                by=who,
                sides=sides,
                now=now,
            )
            try:
                new = step(file.case)
                if why := mandate.may_file(file.case, received=file.entries[0].at, now=now):
                    left[file.id] = why
                    continue
                casework.keep(journal, file, new)
            except (Denied, Malformed, Refused) as error:  # also where its case is full
                left[file.id] = error.texts[1]
                continue
            for stored in files:
                evidence.note(journal, file.id, stored, by="representative")
            suspensions.pause_complaint(journal, secret, file, _role(file), now)
            filed.append(file)
        if not filed and left:
            raise Refused(
                "No complaint was filed.",
                why=next(iter(left.values())),
                fix="Look at each person in the list.",
            )
        by = Actor("representative", str(person.id))
        used = mandate.use([str(file.id) for file in filed], by=by, now=now)
        casework.keep(journal, own_case, [used])
    return Filed(len(filed), left)


def add(journal: Journal, number: UUID, person: Person, *, text: str, now: datetime) -> None:
    """Add to somebody's complaint, or answer the question that was put to them."""
    with journal.transaction():
        file, record = case_of(journal, person, number, now)
        who, sides = _who(journal, file.platform, person)
        step = partial(mandate.add, mandate=record.mandate, text=text, by=who, sides=sides, now=now)
        casework.act_within(journal, number, step)


# --- below ------------------------------------------------------------------------------------


def _find(journal: Journal, number: UUID, now: datetime) -> MandateRecord | None:
    """A mandate by what its case began with: how often it was used costs its readers nothing."""
    row = journal.db.execute(
        "SELECT platform, ended FROM mandate WHERE case_id = ?", (number.bytes,)
    ).fetchone()
    first = journal.first_of_case(number)
    shown = casework.entry_of(first).event if first is not None else None
    if row is None or not isinstance(shown, MandateShown):
        return None
    platform, ended = row
    until = datetime.fromisoformat(shown.until)
    found = Mandate(str(number), shown.body, shown.of, until)
    return MandateRecord(platform, shown, found, in_force=not ended and now <= until)


def _numbers(journal: Journal, where: str, values: tuple[str | int, ...]) -> list[UUID]:
    rows = journal.db.execute(
        f"SELECT case_id FROM mandate WHERE {where} ORDER BY case_id", values
    ).fetchall()
    return [UUID(bytes=bytes(row[0])) for row in rows]


def _end(journal: Journal, number: UUID, *, reasons: str, by: Actor, now: datetime) -> None:
    with journal.transaction():
        casework.act_within(journal, number, lambda _: mandate.end(reasons=reasons, by=by, now=now))
        over = partial(mandate.over, mandate=str(number), by=by, now=now)
        rows = journal.db.execute(
            "SELECT case_id FROM represented WHERE mandate = ?", (number.bytes,)
        ).fetchall()
        for row in rows:
            casework.act_within(journal, UUID(bytes=bytes(row[0])), over)


def _who(journal: Journal, platform: int, person: Person) -> tuple[Reviewer, Sides]:
    """Somebody of an organisation as the rules know them, by its name too; and the platform.

    `Denied` where their seat has ended since they came.
    """
    if people.ever(journal, person.id).left:
        raise Denied(
            "You do not speak for this organisation any more.",
            why="your seat has ended",
            fix="Ask whoever runs this service.",
        )
    seat = person.reviewer._replace(names=person.names | {person.body})
    desk = people.desk_of(journal, platform)
    sides = Sides(frozenset(), frozenset(str(reviewer.number) for reviewer in desk))
    return people.at_desk(journal, platform, seat), sides


def _check_is_not_of_the_desk(journal: Journal, platform: int, person: Person) -> None:
    who, sides = _who(journal, platform, person)
    roles.check_may_represent(Case(), who, sides)


def _role(file: File) -> Party:
    return "notifier" if file.case.represented_as == "notifier" else "person"


def _count(journal: Journal, number: UUID) -> int:
    query = "SELECT count(*) FROM represented WHERE mandate = ?"
    return int(journal.db.execute(query, (number.bytes,)).get)


def _check_in_force(record: MandateRecord) -> None:
    if not record.in_force:
        raise Refused(
            "This mandate has ended.",
            why=Text("it was good until {day}, or was ended before", day=record.mandate.until),
            fix="Show a new one, and ask people again.",
        )


def _check_not_too_many(journal: Journal, platform: int, body: str) -> None:
    own = _numbers(journal, "platform = ? AND ended = 0 AND body = ?", (platform, body))
    every = _numbers(journal, "platform = ? AND ended = 0", (platform,))
    if len(own) >= MOST_IN_FORCE or len(every) >= MOST_AT_PLATFORM:
        raise Refused(
            "No more mandates can be shown at this platform.",
            why=Text(
                "{number} are in force, of at most {most}",
                number=max(len(own), len(every)),
                most=MOST_IN_FORCE if len(own) >= MOST_IN_FORCE else MOST_AT_PLATFORM,
            ),
            fix="End those that are not needed any more.",
        )
