"""Groups of people who wait for lead cases: proposed, asked, answered, and gone on alone.

A lead of the desk only proposes; the scheduler asks, some at a time, and looks after each group: it
sends whoever waits back when no lead case is left, and opens again what followed an answer that was
opened again. So it makes no difference in which way a lead case ended, or which process saw it.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from amparo.case import leads, proposals, waits
from amparo.case.events import (
    ComplaintAdded,
    ComplaintDecided,
    ComplaintFiled,
    Event,
    LeadsEnded,
    LeadsProposed,
    Unwaited,
)
from amparo.case.machines import UNDECIDED
from amparo.case.roles import Reviewer
from amparo.case.state import Actor, Case, about, apply
from amparo.errors import AmparoError, Missing, Refused, Text
from amparo.ledger.case import casework, mandates, people
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal

CASES_A_COMMIT = 100
PAGE = 50
"""People on the page of a group; groups on that of a desk."""
logger = logging.getLogger("amparo")
_UNDECIDED = ", ".join(f"'{state}'" for state in UNDECIDED)


class Group(NamedTuple):
    """Lead cases, and whoever was asked to wait for them."""

    number: UUID
    platform: int
    by: int
    """The lead of the desk who chose them, or who proposed them in an organisation."""
    at: datetime
    state: str
    """`open`, `ending` (whoever waits is sent back) or `closed`."""
    question: str
    leads: tuple[UUID, ...]
    counts: Mapping[str, int]
    """State of those who are no lead case -> how many."""
    waits_since: datetime | None
    """Of whoever waits longest; None where nobody waits."""
    body: str = ""
    """The organisation that proposed them; empty where the desk chose them."""
    mandate: str = ""
    matter: str = ""
    """The kind of decision that they are about, where an organisation proposed them."""


class Waits(NamedTuple):
    """Everybody who waits for lead cases at a platform."""

    people: int
    since: datetime
    """Of whoever waits longest."""


class Waiting(NamedTuple):
    """Somebody who waits, as whoever answers them reads it."""

    file: File
    entries: int
    """How many there were when it was read: with one more it is not as it was seen."""
    texts: tuple[str, ...]
    """What they wrote."""


class Answered(NamedTuple):
    """What became of those whom somebody at the desk went through."""

    same: int
    apart: int
    left: dict[UUID, Text | str]
    """Who could be neither, and why; they wait on."""


class _End(NamedTuple):
    """Where the answer of a lead case last ended."""

    seq: int
    """The place in the log of what ended it; 0: nothing did."""
    lead: Case
    """The case just after that."""


# --- the desk ---------------------------------------------------------------------------------


def propose(
    journal: Journal,
    platform: int,
    cases: Sequence[UUID],
    *,
    named: Sequence[UUID],
    question: str,
    chosen: str,
    by: Reviewer,
    now: datetime,
) -> UUID:
    """Choose lead cases among some; the number of the group, whose others are asked in a while."""
    missing = [lead for lead in named if lead not in cases]
    if missing:
        raise Refused(
            "This case cannot lead.",
            why=Text("{case} is not among those that were chosen", case=str(missing[0])),
            fix="Name one of the cases in the list.",
        )
    made = leads.propose(cases, leads=named, question=question, chosen=chosen, by=by, now=now)
    with journal.transaction():
        choose = partial(leads.choose, by=by, now=now)
        return begin(journal, platform, made, cases, choose=choose, by=by.number)


def begin(
    journal: Journal,
    platform: int,
    made: LeadsProposed,
    cases: Sequence[UUID],
    *,
    choose: Callable[..., Sequence[Event]],
    by: int,
) -> UUID:
    """Begin a group, inside a transaction: its lead cases, and whoever is asked in a while.

    `choose`: what makes a case a lead case, given the `number` of the group. `by`: the seat of
    whoever proposed it.
    """
    named = set(map(UUID, made.leads))
    number = casework.begin(journal, platform, made, now=made.at)
    for lead in made.leads:
        casework.act_within(journal, UUID(lead), partial(choose, number=str(number)))
    journal.db.execute(
        "INSERT INTO lead_group (case_id, platform, by_lead, at, state) "
        "VALUES (?, ?, ?, ?, 'open')",
        (number.bytes, platform, by, int(made.at.timestamp())),
    )
    journal.db.executemany(
        "INSERT INTO lead_case (leads, case_id, role, state) VALUES (?, ?, ?, ?)",
        (
            (number.bytes, case.bytes, *(("lead", "leads") if case in named else _CHOSEN))
            for case in cases
        ),
    )
    return number


def dissolve(journal: Journal, group: Group, *, by: Reviewer, reasons: str, now: datetime) -> None:
    """Ask nobody any more; whoever waits is sent back by the scheduler."""
    end(journal, group.number, leads.dissolve("desk", by=by.actor, reasons=reasons, now=now))


def end(journal: Journal, number: UUID, ended: LeadsEnded) -> None:
    """The same, by whoever may end a group."""
    with journal.transaction():
        _dissolve(journal, number, ended)


def of_desk(journal: Journal, platform: int) -> list[Group]:
    """The newest groups of a desk, the newest first."""
    rows = journal.db.execute(
        f"{_SELECT} AND platform = ? ORDER BY at DESC, case_id DESC LIMIT ?", (platform, PAGE)
    ).fetchall()
    return [_group(journal, row) for row in rows]


def of_body(journal: Journal, platform: int, body: str) -> list[Group]:
    """The newest groups that an organisation has proposed at a platform, the newest first."""
    rows = journal.db.execute(
        f"{_SELECT} AND platform = ? AND by_lead IN (SELECT id FROM reviewer WHERE body = ?) "
        "ORDER BY at DESC, case_id DESC LIMIT ?",
        (platform, body, PAGE),
    ).fetchall()
    return [_group(journal, row) for row in rows]


def waits_at(journal: Journal, platform: int) -> Waits | None:
    """How many wait at a platform, and since when; None where nobody does."""
    row = journal.db.execute(
        "SELECT count(*), min(since) FROM lead_group "
        "JOIN lead_case ON lead_case.leads = lead_group.case_id "
        "WHERE platform = ? AND lead_group.state <> 'closed' AND lead_case.state = 'waiting'",
        (platform,),
    ).fetchone()
    people, since = row if row is not None else (0, None)
    return Waits(int(people), datetime.fromtimestamp(int(since), UTC)) if people else None


def find(journal: Journal, platform: int, number: str) -> Group:
    """A group of a desk; another's is told no more than none."""
    try:
        key = UUID(number).bytes
    except ValueError:
        key = b""
    row = journal.db.execute(
        f"{_SELECT} AND platform = ? AND case_id = ?", (platform, key)
    ).fetchone()
    if row is None:
        raise Missing(
            "There are no such lead cases.",
            why="they are of another platform, or the address was copied only in part",
            fix="Open them from the list.",
        )
    return _group(journal, row)


def waiting(journal: Journal, group: Group) -> list[Waiting]:
    """Those who wait, the longest first, as far as a page goes."""
    rows = journal.db.execute(
        "SELECT case_id FROM lead_case WHERE leads = ? AND state = 'waiting' "
        "ORDER BY since, case_id LIMIT ?",
        (group.number.bytes, PAGE),
    ).fetchall()
    files = casework.read_each(journal, (UUID(bytes=bytes(row[0])) for row in rows))
    return [Waiting(file, len(file.log_entries), _texts(file)) for file in files]


def lead_files(journal: Journal, group: Group) -> list[File]:
    """The lead cases themselves; one that was erased is left out."""
    files = casework.read_each(journal, group.leads)
    return [file for file in files if not file.is_erased]


def go_through(
    journal: Journal,
    group: Group,
    *,
    lead: UUID,
    same: Mapping[UUID, int],
    apart: Sequence[UUID],
    reasons: str,
    steps: Sequence[str],
    why_apart: str,
    by: Reviewer,
    now: datetime,
) -> Answered:
    """Answer some who wait as the lead case was, and send others back; each is a step of its own.

    `same`: with how many entries each was read; who has written something since waits on, to be
    read again.
    """
    with journal.transaction():
        if lead not in group.leads:
            raise Missing(
                "There is no such lead case.",
                why="it is not one of this group",
                fix="Choose in the list.",
            )
        leads.check_words(reasons=reasons if same else None, why_apart=why_apart if apart else None)
        led = casework.read(journal, lead).case
        left: dict[UUID, Text | str] = {}

        def answered(file: File) -> None:
            if same[file.id] != len(file.log_entries):
                left[file.id] = Text("something happened in it since you looked")
                return
            new = leads.answer(
                led,
                file.case,
                number=str(lead),
                reviewer=by,
                reasons=reasons,
                steps=steps,
                now=now,
            )
            casework.keep(journal, file, new)
            journal.db.execute(
                "UPDATE lead_case SET answered = ? WHERE leads = ? AND case_id = ?",
                (lead.bytes, group.number.bytes, file.id.bytes),
            )

        def sent_back(file: File) -> None:
            new = leads.set_apart(file.case, by=by, reasons=why_apart, now=now)
            casework.keep(journal, file, new)

        _each(journal, group, list(same), answered, left)
        _each(journal, group, apart, sent_back, left)
    were_same = sum(case not in left for case in same)
    return Answered(were_same, len(set(apart) - left.keys()), left)


# --- the person -------------------------------------------------------------------------------


def may_join(journal: Journal, case: Case) -> bool:
    """Whether the lead cases that somebody was asked to wait for are still examined."""
    if case.lead != "asked":
        return False
    if waits.lapsed(case):
        return False
    group = UUID(case.lead_group).bytes
    row = journal.db.execute("SELECT state FROM lead_group WHERE case_id = ?", (group,)).fetchone()
    return row is not None and row[0] == "open" and not _has_answer(journal, group)


def is_over(journal: Journal, case: Case) -> bool:
    """Whether somebody was asked, and could not join any more."""
    return case.lead == "asked" and not may_join(journal, case)


def join(journal: Journal, case_id: UUID, *, by: Actor, now: datetime) -> None:
    """Somebody says that they want to wait, inside a transaction."""
    case = casework.read(journal, case_id).case
    if case.lead == "asked" and not may_join(journal, case):
        raise Refused(
            "It is too late to wait for these lead cases.",
            why="one of them was answered, or none is examined any more",
            fix="Nothing needs to be done: your complaint is looked at by itself.",
        )
    casework.act_within(journal, case_id, partial(waits.join, by=by, now=now))


# --- the scheduler ----------------------------------------------------------------------------


def go_on(journal: Journal, now: datetime, *, stopped: Callable[[], bool] = lambda: False) -> None:
    """Look after every group that is not at its end."""
    rows = journal.db.execute(
        "SELECT case_id, by_lead, state FROM lead_group "
        "WHERE state IN ('open', 'ending', 'erased') ORDER BY at"
    ).fetchall()
    for key, by, state in rows:
        group = bytes(key)
        try:
            _look_after(journal, group, int(by), state, now, stopped)
        except AmparoError as error:  # the others must not wait for it
            logger.warning("the lead cases %s could not go on: %s", UUID(bytes=group), error.why)
    _follow(journal, now, stopped)


def _look_after(
    journal: Journal, group: bytes, by: int, state: str, now: datetime, stopped: Callable[[], bool]
) -> None:
    if state == "open" and not _has_lead(journal, group):
        with journal.transaction():
            ended = leads.dissolve("lead", by=Actor("node"), now=now)
            _dissolve(journal, UUID(bytes=group), ended)
    elif state == "open":
        _ask(journal, group, by, now, stopped)
        _close(journal, group)
    else:
        _send_back(journal, group, now, stopped)
    _forget_erased(journal, group)


def _ask(
    journal: Journal, group: bytes, by: int, now: datetime, stopped: Callable[[], bool]
) -> None:
    """Ask whoever was chosen; who cannot wait, or was asked by another group before, is left out.

    Nobody any more once a lead case is answered.
    """
    over, step = _has_answer(journal, group), _asking(journal, group, by, now)

    def ask(file: File) -> None:
        if over:
            _set(journal, group, file.id, "left")
            return
        try:
            new = step(file.case, over=is_over(journal, file.case))
            casework.keep(journal, file, new)
            _set(journal, group, file.id, "asked")
        except AmparoError:
            _set(journal, group, file.id, "left")

    _in_commits(journal, group, "chosen", ask, stopped)


def _asking(
    journal: Journal, group: bytes, by: int, now: datetime
) -> Callable[..., Sequence[Event]]:
    """The step that asks somebody; of an organisation only while it speaks for them."""
    made = _proposed(journal, UUID(bytes=group))
    ask = partial(
        leads.ask if made.mandate is None else proposals.ask,
        number=str(UUID(bytes=group)),
        question=made.question,
        now=now,
    )
    if made.mandate is None:
        return partial(ask, by=people.ever(journal, by).reviewer)
    try:
        who = mandates.speaker(journal, UUID(made.mandate), people.ever(journal, by), now)
    except AmparoError as error:
        return partial(_refuse, error=error)
    about = made.matter or ""
    return partial(ask, under=who.under, about=about, by=who.reviewer, sides=who.sides)


def _refuse(_: Case, *, error: AmparoError, **_values: object) -> list[Event]:
    raise error


def _send_back(journal: Journal, group: bytes, now: datetime, stopped: Callable[[], bool]) -> None:
    ended = casework.read(journal, UUID(bytes=group)).find(LeadsEnded)
    because = ended.because if ended else "lead"
    by, reasons = Actor("node"), ended.reasons if ended else None

    def back(file: File) -> None:
        why: Unwaited = "apart" if because == "desk" else because
        new = waits.end(file.case, why, by=by, now=now, reasons=reasons)
        casework.keep(journal, file, new)

    _in_commits(journal, group, "waiting", back, stopped)
    _in_commits(
        journal, group, "chosen", lambda file: _set(journal, group, file.id, "left"), stopped
    )
    _close(journal, group)


def _follow(journal: Journal, now: datetime, stopped: Callable[[], bool]) -> None:
    """Where the answer of a lead case stands no more, what followed it is opened again.

    Not what follows an answer that the lead case was given since then.
    """
    rows = journal.db.execute(
        "SELECT leads, case_id FROM lead_case WHERE role = 'lead' AND state = 'reopened'"
    ).fetchall()
    for group, lead in ((bytes(group), bytes(lead)) for group, lead in rows):
        ended = _end_of_the_answer(casework.read_alone(journal, UUID(bytes=lead)))

        def follow(file: File, ended: _End = ended) -> None:
            decided = casework.newest(file, ComplaintDecided)
            if decided is not None and decided.seq < ended.seq:
                casework.keep(journal, file, leads.follow(file.case, ended.lead, now=now))

        _in_commits(journal, group, "answered", follow, stopped, answered=lead)
        if stopped():
            return
        _set(journal, group, UUID(bytes=lead), "leads")


# --- below ------------------------------------------------------------------------------------

_CHOSEN = ("member", "chosen")
_SELECT = "SELECT case_id, platform, by_lead, at, state FROM lead_group WHERE state <> 'erased'"


def _group(journal: Journal, row: Any) -> Group:
    key, platform, by, at, state = row
    number = UUID(bytes=bytes(key))
    proposed = _proposed(journal, number)
    counts = journal.db.execute(
        "SELECT state, count(*) FROM lead_case WHERE leads = ? AND role = 'member' GROUP BY 1",
        (number.bytes,),
    ).fetchall()
    since = journal.db.execute(
        "SELECT min(since) FROM lead_case WHERE leads = ? AND state = 'waiting'", (number.bytes,)
    ).get
    return Group(
        number,
        int(platform),
        int(by),
        datetime.fromtimestamp(int(at), UTC),
        str(state),
        proposed.question,
        tuple(map(UUID, proposed.leads)),
        {str(of): int(n) for of, n in counts},
        datetime.fromtimestamp(int(since), UTC) if since else None,
        proposed.body or "",
        proposed.mandate or "",
        proposed.matter or "",
    )


def _proposed(journal: Journal, number: UUID) -> LeadsProposed:
    return casework.read(journal, number).last(LeadsProposed)


def _end_of_the_answer(file: File) -> _End:
    case = about(file.public)
    found = _End(0, case)
    for entry in file.entries:
        if entry.event is None:
            continue
        after = apply(case, entry.event)
        if leads.stands_no_more(case, after):
            found = _End(entry.seq, after)
        case = after
    return found


def _has_lead(journal: Journal, group: bytes) -> bool:
    """Whether a lead case is still examined, or was answered."""
    row = journal.db.execute(
        "SELECT 1 FROM lead_case JOIN desk ON desk.case_id = lead_case.case_id "
        f"WHERE leads = ? AND role = 'lead' AND (desk.state IN ({_UNDECIDED}) OR outcome <> '') "
        "LIMIT 1",
        (group,),
    ).fetchone()
    return row is not None


def _has_answer(journal: Journal, group: bytes) -> bool:
    row = journal.db.execute(
        "SELECT 1 FROM lead_case JOIN desk ON desk.case_id = lead_case.case_id "
        "WHERE leads = ? AND role = 'lead' AND outcome <> '' LIMIT 1",
        (group,),
    ).fetchone()
    return row is not None


def _dissolve(journal: Journal, number: UUID, ended: LeadsEnded) -> None:
    """Inside a transaction."""
    casework.act_within(journal, number, lambda _: [ended])
    journal.db.execute("UPDATE lead_group SET state = 'ending' WHERE case_id = ?", (number.bytes,))


def _close(journal: Journal, group: bytes) -> None:
    """A group is at its end once nobody waits and nobody can join any more."""
    journal.db.execute(
        "UPDATE lead_group SET state = 'closed' "
        "WHERE case_id = ? AND state <> 'erased' AND NOT EXISTS (SELECT 1 FROM lead_case "
        "WHERE leads = ? AND lead_case.state IN ('waiting', 'chosen')) AND (state = 'ending' OR "
        "EXISTS (SELECT 1 FROM lead_case JOIN desk ON desk.case_id = lead_case.case_id "
        "WHERE leads = ? AND role = 'lead' AND outcome <> ''))",
        (group, group, group),
    )


def _forget_erased(journal: Journal, group: bytes) -> None:
    """A group whose own case was erased is gone once nobody waits in it."""
    journal.db.execute(
        "DELETE FROM lead_group WHERE case_id = ? AND state = 'erased' AND NOT EXISTS "
        "(SELECT 1 FROM lead_case WHERE leads = ? AND lead_case.state = 'waiting')",
        (group, group),
    )


def _in_commits(
    journal: Journal,
    group: bytes,
    state: str,
    act: Callable[[File], None],
    stopped: Callable[[], bool],
    *,
    answered: bytes | None = None,
) -> None:
    """Do something to everybody who stands somewhere, some a commit; what fails waits on."""
    after, with_it = b"", (answered,) if answered is not None else ()
    query = (
        "SELECT case_id FROM lead_case WHERE leads = ? AND role = 'member' AND state = ? "
        f"AND case_id > ? {'AND answered = ?' if with_it else ''} ORDER BY case_id LIMIT ?"
    )
    while not stopped():
        with journal.transaction():
            rows = journal.db.execute(
                query, (group, state, after, *with_it, CASES_A_COMMIT)
            ).fetchall()
            if not rows:
                return
            for row in rows:
                case_id = UUID(bytes=bytes(row[0]))
                try:
                    act(casework.read(journal, case_id))
                except AmparoError as error:
                    logger.warning("the lead cases of %s: %s", case_id, error.why)
        after = bytes(rows[-1][0])


def _each(
    journal: Journal,
    group: Group,
    cases: Sequence[UUID],
    act: Callable[[File], None],
    left: dict[UUID, Text | str],
) -> None:
    """Take a step in each of some cases of a group; whoever cannot take it is left, with why."""
    for case_id in cases:
        row = journal.db.execute(
            "SELECT 1 FROM lead_case WHERE leads = ? AND case_id = ? AND role = 'member'",
            (group.number.bytes, case_id.bytes),
        ).fetchone()
        if row is None:
            left[case_id] = Text("it is not one of this group")
            continue
        try:
            act(casework.read(journal, case_id))
        except AmparoError as error:
            left[case_id] = error.texts[1]


def _set(journal: Journal, group: bytes, case_id: UUID, state: str) -> None:
    journal.db.execute(
        "UPDATE lead_case SET state = ? WHERE leads = ? AND case_id = ?",
        (state, group, case_id.bytes),
    )


def _texts(file: File) -> tuple[str, ...]:
    """What whoever complained wrote."""
    filed = [event.grounds for event in file.events if isinstance(event, ComplaintFiled)]
    added = [
        event.text
        for event in file.events
        if isinstance(event, ComplaintAdded) and event.found is None
    ]
    return (*filed, *added)


def lead_reasons(file: File) -> str:
    """What was answered in a lead case; empty before."""
    decided = file.find(ComplaintDecided) if file.case.outcome else None
    return decided.reasons if decided else ""
