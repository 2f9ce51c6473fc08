"""Taking a step on a case: read, fold, step, append, and all that hangs on it, in one transaction.

The step is pure and sees the case as it is under the write lock, so nothing can come between. With
the events go the case's place on the desk, its clocks and its outgoing notices: a crash leaves all
of it or none.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from amparo.case import (
    clocks,
    events,
    hearing,
    joint,
    leads,
    notify,
    panel,
    pseudonyms,
    state,
    text_limits,
    triage,
    waits,
)
from amparo.case.events import (
    ClaimProven,
    ComplaintDecided,
    ComplaintInadmissible,
    Deciders,
    DecidersNamed,
    DecisionIssued,
    Event,
    Happened,
    NoticeReceived,
    Party,
)
from amparo.case.issue import later
from amparo.case.machines import UNDECIDED
from amparo.case.state import Case
from amparo.errors import Missing, Refused, Text, Unsound
from amparo.ledger.case import (
    appeals,
    content_pages,
    danger,
    drafts,
    figures,
    idempotency,
    matters,
    people,
    read_back_schedule,
    write_back_queue,
)
from amparo.ledger.log import totals
from amparo.ledger.log.notarise import NO_DECISION
from amparo.ledger.outbound import outbox
from amparo.record import event, sealing
from amparo.record.uuid7 import uuid7
from amparo.storage.database import upsert
from amparo.storage.journal import Journal, LogEntry, Row

Step = Callable[[Case], Sequence[Event]]
E = TypeVar("E", bound=Happened)
LATE = ("C06@", "C07@", "C11@")
"""Clocks whose end makes a complaint, or an order, overdue."""
FIRST_WITHOUT_DECISION = 2
"""Where a case begins that has no decision: place 1 is a decision's."""


class Entry(NamedTuple):
    """An entry of the log that belongs to a case."""

    seq: int
    at: datetime
    event: Event | None
    """What happened; None where its text was erased, and only the time is left."""


class File(NamedTuple):
    """A case with everything that is kept of it."""

    id: UUID
    platform: int
    case: Case
    entries: list[Entry]
    log_entries: list[LogEntry]
    public: dict[str, Any]
    """The decision's public part; empty where there is no decision."""
    others: tuple[UUID, ...] = ()
    """The other cases of the same matter, as `case.others` has them."""

    @property
    def automated(self) -> bool:
        """Whether the statement of reasons says that a machine alone decided."""
        return self.public.get("automated_decision") == "AUTOMATED_DECISION_FULLY"

    @property
    def is_erased(self) -> bool:
        """Whether the texts of the case were erased."""
        return bool(self.log_entries) and self.log_entries[0].opening is None

    @property
    def events(self) -> list[Event]:
        """What happened, without what was erased."""
        return [entry.event for entry in self.entries if entry.event is not None]

    def find(self, kind: type[E]) -> E | None:
        """The last event of a kind; None where there is none."""
        return next((past for past in reversed(self.events) if isinstance(past, kind)), None)

    def last(self, kind: type[E]) -> E:
        """The last event of a kind, where the state of the case says that there is one."""
        found = self.find(kind)
        if found is None:
            raise Unsound(
                "A case does not hold together.",
                why=Text(
                    "{case} is in a state without {kind}",
                    case=str(self.id),
                    kind=events.kind_of(kind),
                ),
                fix="Look at the journal with `amparo log check`.",
            )
        return found


def read(journal: Journal, case_id: UUID) -> File:
    """A case and its events, and where the other cases of its matter stand."""
    return next(read_each(journal, [case_id]))


def read_each(journal: Journal, case_ids: Iterable[UUID]) -> Iterator[File]:
    """The same of several; a case that is in the matter of many of them is read once."""
    alone = functools.cache(partial(read_alone, journal))
    for case_id in case_ids:
        file, others = alone(case_id), matters.others(journal, case_id)
        if others:
            cases = tuple(alone(other).case for other in others)
            case = msgspec.structs.replace(file.case, others=cases)
            file = file._replace(case=case, others=others)
        yield file


def read_alone(journal: Journal, case_id: UUID) -> File:
    """The same without the other cases of its matter, of which there may be hundreds."""
    log_entries = journal.of_case(case_id)
    if not log_entries or log_entries[0].n == NO_DECISION:
        raise Missing(
            "There is no such case.",
            why=Text("this node does not know {name}", name=str(case_id)),
            fix="Use the number from the notice.",
        )
    return _file(case_id, log_entries, [event.read_leaf(entry.leaf) for entry in log_entries])


def just_issued(row: Row, seq: int) -> File:
    """The case of a decision that was appended in this transaction, which nobody can know yet."""
    case_id, n, platform, leaf, opening, recourse, _ = row
    log_entry = LogEntry(seq, case_id, n, platform, leaf, opening, recourse)
    return _file(log_entry.case, [log_entry], [event.read_just_made(leaf)])


def _file(case_id: UUID, log_entries: list[LogEntry], leaves: Sequence[event.Event]) -> File:
    entries = [_entry(leaf, entry) for leaf, entry in zip(leaves, log_entries, strict=True)]
    public = leaves[0].public if isinstance(leaves[0], event.DecisionIssued) else {}
    case = state.fold((entry.event for entry in entries if entry.event is not None), public)
    return File(case_id, log_entries[0].platform, case, entries, log_entries, public)


def other_side(journal: Journal, file: File, of: Party) -> list[File]:
    """The cases of whoever is the other side in a matter: those who posted it, or reported it."""
    found = [read_alone(journal, other) for other in file.others]
    return [other for other in found if _side_of(other) == of]


def _side_of(file: File) -> Party | None:
    """Whose case it is, if they can still be heard in it: nobody is left after an erasure."""
    if file.is_erased or file.case.misuse:
        return None
    if file.case.decision in ("noticed", "answered"):
        return "notifier"
    return None if file.case.decision == "superseded" else "person"


def ends(case: Case, clock: clocks.Name) -> datetime | None:
    """When a clock of a case ends, if it runs."""
    return clocks.running(case).get(clock)


def only(new: Event, _: Case) -> list[Event]:
    """The step that keeps one event, whatever the case."""
    return [new]


def entry(journal: Journal, case_id: UUID, kind: type[Happened]) -> LogEntry:
    """The newest entry of a kind in a case, as it is kept."""
    found = newest(read(journal, case_id), kind)
    if found is None:
        raise Missing(
            "There is no such entry in this case.",
            why=Text("{case} has no {kind}", case=str(case_id), kind=events.kind_of(kind)),
            fix="It comes with the answer to the complaint.",
        )
    return found


def newest(file: File, kind: type[Happened]) -> LogEntry | None:
    """The newest entry of a kind in a case that was read; None where there is none."""
    found = zip(file.log_entries, file.entries, strict=True)
    entries = [log_entry for log_entry, entry in found if isinstance(entry.event, kind)]
    return entries[-1] if entries else None


def deciders_status(journal: Journal, file: File) -> Deciders:
    """Whether the platform has said who took the decision of a case."""
    desk = people.desk_of(journal, file.platform)
    return pseudonyms.deciders_status(file.case, desk, automated=file.automated)


def act(journal: Journal, case_id: UUID, step: Step) -> Case:
    """Take one step on a case and keep what it yields; the case as it is then."""
    with journal.transaction():
        return act_within(journal, case_id, step)


def act_within(journal: Journal, case_id: UUID, step: Step) -> Case:
    """The same inside a transaction, so that many cases can be carried by one commit."""
    file = read(journal, case_id)
    return keep(journal, file, step(file.case))


def act_each(journal: Journal, steps: Mapping[UUID, Step]) -> None:
    """One step on each of several cases, inside a transaction; see `keep_each`."""
    files = [*read_each(journal, steps)]
    keep_each(journal, [(file, steps[file.id](file.case)) for file in files])


def begin(journal: Journal, platform: int, first: Event, *, now: datetime) -> UUID:
    """Begin a case that no decision began, as a notice does; call it inside a transaction."""
    case_id = UUID(bytes=uuid7(int(now.timestamp() * 1000), os.urandom(10)))
    file = File(case_id, platform, Case(), [], [], {})
    keep(journal, file, [first])
    return case_id


def now() -> datetime:
    """The time of a step: UTC to the second, as events tell it."""
    return datetime.fromtimestamp(int(time.time()), UTC)


def keep(journal: Journal, file: File, new: Sequence[Event]) -> Case:
    """Keep what a step on a case yielded, in the transaction in which the case was read.

    `Refused` after an erasure: nobody is left to whom it could happen, and what was erased could
    come back with it.
    """
    return keep_each(journal, [(file, new)])[0]


def keep_each(journal: Journal, steps: Sequence[tuple[File, Sequence[Event]]]) -> list[Case]:
    """The same of steps on several cases: their entries cost one insert (docs/decisions/0004).

    No case twice, and no answer of one that another is told of: each was read before all of them.
    What is refused of one is refused before anything of any is kept.
    """
    taken = [_taken(journal, file, new) for file, new in steps]
    rows = [row for step in taken for row in step.rows]
    if rows:
        journal.insert(rows)
        totals.add(journal, (new_event.kind for step in taken for new_event in step.new))
    for step in taken:
        if step.new:
            _follow(journal, step)
    return [step.case for step in taken]


class _Taken(NamedTuple):
    """A step on its way into the journal: what it makes of the case, and whom it tells."""

    file: File
    new: list[Event]
    case: Case
    notices: list[notify.Notice]
    rows: list[Row]


def _taken(journal: Journal, file: File, new: Sequence[Event]) -> _Taken:
    if file.is_erased:
        raise Refused(
            "This case was erased.",
            why="its texts are gone, and nobody can be told or heard in it any more",
            fix="Nothing needs to be done.",
        )
    if not new:
        return _Taken(file, [], file.case, [], [])
    return _made(file, _with_parts(journal, file, [*waits.ends_before(file.case, new), *new]))


def _made(file: File, happened: list[Event]) -> _Taken:
    case, notices, n = file.case, [], _next_place(file)
    for new_event in happened:
        case = state.apply(case, new_event)
        notices += notify.notices(new_event)
    rows = [_row(file, new_event, n + i) for i, new_event in enumerate(happened)]
    text_limits.check_room(
        _held(file),
        [
            (new_event.by, len(row.opening))
            for new_event, row in zip(happened, rows, strict=True)
            if new_event.kind not in text_limits.ENDS
        ],
    )
    return _Taken(file, happened, case, notices, rows)


def deciders_ahead(row: Row, named: list[Event]) -> Row:
    """The entry that names who took a decision which is not in the journal yet: by its row.

    Nothing else hangs on it, so that `keep_deciders` only has to insert it.
    """
    [found] = _made(just_issued(row, 0), named).rows
    return found


def keep_deciders(journal: Journal, rows: Sequence[Row]) -> None:
    """Keep such entries, after their decisions and in the same transaction."""
    journal.insert(rows)
    totals.add(journal, [events.kind_of(DecidersNamed)] * len(rows))


def _follow(journal: Journal, step: _Taken) -> None:
    """What hangs on a case's new entries, in the transaction that keeps them."""
    file, new, case, notices, _ = step
    is_fresh = _next_place(file) == FIRST_WITHOUT_DECISION
    if is_fresh and all(isinstance(new_event, DecidersNamed) for new_event in new):
        return  # nothing hangs on a decision by itself yet, and who took it is only remembered
    figures.follow(journal, file.id, file.platform, file.public, file.events, new)
    _place(journal, file, case)
    if case.complaint not in UNDECIDED and file.case.complaint in UNDECIDED:
        drafts.drop_of_desk(journal, file.id, file.platform)
    danger.place(journal, file.id, file.platform, case, now=new[-1].at)
    _set_clocks(journal, file, case)
    read_back_schedule.follow(journal, file.id, file.platform, new)
    content_pages.follow(journal, file.id, case, new)
    write_back_queue.follow(journal, file.id, file.case, case, new)
    appeals.follow(journal, file.id, new)
    idempotency.follow(journal, file.id, new)
    outbox.put(journal, file.id, file.platform, case, notices, due=int(time.time()))
    if any(notice.to != "platform" for notice in notices):
        _tell_whoever_speaks(journal, case.represented_by or file.case.represented_by)
    _tell_the_other_side(journal, file, new)


def _held(file: File) -> list[tuple[str, int]]:
    """What each side has put into a case: by whom, and how many bytes.

    Who takes a case over has all the room of their side: an earlier link may have filled it.
    """
    held: list[tuple[str, int]] = []
    for entry, log_entry in zip(file.entries, file.log_entries, strict=True):
        if isinstance(entry.event, ClaimProven):
            held = [(by, size) for by, size in held if by != "person"]
        if entry.event is not None:
            held.append((entry.event.by, len(log_entry.opening or b"")))
    return held


def _tell_the_other_side(journal: Journal, file: File, new: Sequence[Event]) -> None:
    """What a decision says to the other side stands in its own case, whatever way it was taken."""
    of = hearing.other_side(file.case)
    decided = next((answer for answer in new if isinstance(answer, hearing.Decided)), None)
    if of is None or decided is None or not hearing.tells_the_others(file.case, decided):
        return
    text = hearing.text_for_the_others(file.case, decided)
    for other in other_side(journal, file, of):
        step = partial(hearing.told_of, decided=decided, text=text, of=of)
        act_within(journal, other.id, step)


def _tell_whoever_speaks(journal: Journal, body: str) -> None:
    """That there is news, to whoever has a seat of the organisation that speaks in a case."""
    for person in people.representatives(journal, body) if body else ():
        outbox.put_news(journal, person.id, now=int(time.time()))


def _next_place(file: File) -> int:
    return file.log_entries[-1].n + 1 if file.log_entries else FIRST_WITHOUT_DECISION


def _with_parts(journal: Journal, file: File, new: Sequence[Event]) -> list[Event]:
    """Events with, after each answer, what commits to who decided and who looked again.

    Here, so that no way to an answer goes around it.
    """
    found: list[Event] = []
    for new_event in new:
        found.append(new_event)
        if isinstance(new_event, ComplaintDecided | ComplaintInadmissible):
            found += pseudonyms.commit(
                file.case,
                answer=_next_place(file) + len(found) - 1,
                seat=new_event.by.partition(":")[2],
                desk=people.desk_of(journal, file.platform),
                automated=file.automated,
                key=os.urandom(32),
                now=new_event.at,
            )
    return found


def _row(file: File, new: Event, n: int) -> Row:
    details = {"case": str(file.id), "n": n, "by": new.by, **events.fields(new)}
    issued = later(new.kind, details, at=event.timestamp(new.at), salt=os.urandom(32))
    events.read(issued.opening.sealed, new.at)  # what could not be read again is never written
    return Row(file.id.bytes, n, file.platform, issued.leaf, sealing.pack(issued.opening))


def entry_of(log_entry: LogEntry) -> Entry:
    """An entry of a case as it is kept."""
    return _entry(event.read_leaf(log_entry.leaf), log_entry)


def _entry(leaf: event.Event, log_entry: LogEntry) -> Entry:
    at = event.moment(leaf.at)
    if isinstance(leaf, event.DecisionIssued):
        return Entry(log_entry.seq, at, DecisionIssued(at, f"platform:{leaf.by}"))
    if log_entry.opening is None:
        return Entry(log_entry.seq, at, None)
    return Entry(log_entry.seq, at, events.read(sealing.unpack(log_entry.opening).sealed, at))


def _place(journal: Journal, file: File, case: Case) -> None:
    """Where the case stands, for the desk and the platform; nowhere before somebody complains."""
    if case.decision in ("noticed", "answered"):
        answered = 2 if case.paused else int(case.decision != "noticed")
        upsert(
            journal.db,
            "notice",
            ("case_id",),
            {"case_id": file.id.bytes, "platform": file.platform, "answered": answered},
        )
    if place := joint.place(case):
        upsert(
            journal.db,
            "reported",
            ("case_id",),
            {"case_id": file.id.bytes, "platform": file.platform, "place": place},
        )
    if case.misuse:
        journal.db.execute(
            "UPDATE sender SET state = ? WHERE case_id = ?", (case.misuse, file.id.bytes)
        )
    if case.to_be_told != file.case.to_be_told:
        _place_to_be_told(journal, file, case)
    if case.panel:
        _place_panel(journal, file, case)
    if _speaking(case) != _speaking(file.case):
        _place_represented(journal, file, case)
    _place_lead(journal, file, case)
    if case.decision == "unmandated":
        journal.db.execute("UPDATE mandate SET ended = 1 WHERE case_id = ?", (file.id.bytes,))
    if not (case.complaint or case.panel or case.remedy):
        return
    running = clocks.running(case)
    ends = running.values()
    about = file.public or _noticed(file)
    filed = int(case.filed_at.timestamp()) if case.filed_at else 0
    row = (
        file.id.bytes,
        file.platform,
        _state_at_the_desk(case),
        case.hold,
        case.remedy,
        case.interim,
        int((running.get("C06") or running.get("lead") or min(ends)).timestamp()) if ends else 0,
        triage.MOST_HARM if case.danger else triage.harm(about),
        filed,
        int(case.reviewer or 0),
        about.get("category", ""),
        case.outcome,
        int(any(key.startswith(LATE) for key in case.missed)),
    )
    journal.db.execute(_DESK, row)


def _place_to_be_told(journal: Journal, file: File, case: Case) -> None:
    if case.to_be_told:
        upsert(
            journal.db,
            "to_be_told",
            ("case_id",),
            {"case_id": file.id.bytes, "platform": file.platform},
        )
    else:
        journal.db.execute("DELETE FROM to_be_told WHERE case_id = ?", (file.id.bytes,))


def _speaking(case: Case) -> tuple[str, str, int]:
    """Who speaks for somebody, under which mandate, and with which others it complained."""
    return case.represented_by, case.mandate, case.filing


def _place_represented(journal: Journal, file: File, case: Case) -> None:
    journal.db.execute("DELETE FROM represented WHERE case_id = ?", (file.id.bytes,))
    body, mandate, filing = _speaking(case)
    if body:
        journal.db.execute(
            "INSERT INTO represented (case_id, body, mandate, filing) VALUES (?, ?, ?, ?)",
            (file.id.bytes, body, UUID(mandate).bytes if mandate else None, filing),
        )


def _state_at_the_desk(case: Case) -> str:
    """Where a complaint stands in the queue: what waits, and is nobody's to look at, by itself."""
    if case.paused:
        return "paused"
    return "waiting" if case.lead == "waiting" else case.complaint


def _place_lead(journal: Journal, file: File, case: Case) -> None:
    """Where somebody stands who was asked to wait, and that a lead case's answer stands no more."""
    if leads.stands_no_more(file.case, case):
        journal.db.execute(
            "UPDATE lead_case SET state = 'reopened' WHERE case_id = ? AND role = 'lead'",
            (file.id.bytes,),
        )
    group, now = case.lead_group or file.case.lead_group, _in_a_group(case)
    since = int(case.waits_since.timestamp()) if case.waits_since else 0
    if group and now != _in_a_group(file.case):
        journal.db.execute(
            "UPDATE lead_case SET state = ?, since = ? WHERE leads = ? AND case_id = ?",
            (now or "ended", since, UUID(group).bytes, file.id.bytes),
        )


def _in_a_group(case: Case) -> str:
    """Where somebody who was asked to wait for lead cases stands; empty where nobody was."""
    is_answered = bool(case.lead_group) and case.decided_in == case.lead_group
    return "answered" if is_answered else case.lead


def _place_panel(journal: Journal, file: File, case: Case) -> None:
    due = int(panel.last_day(case).timestamp()) if case.submitted_at else 0
    members = " ".join(["", *case.members, ""])
    upsert(
        journal.db,
        "panel",
        ("case_id",),
        {
            "case_id": file.id.bytes,
            "platform": file.platform,
            "state": case.panel,
            "due": due,
            "members": members,
            "draw_id": case.draw_id,
            "challenged": case.challenged,
        },
    )


def _noticed(file: File) -> Mapping[str, Any]:
    """What a notice says; empty where the case is none."""
    notice = file.find(NoticeReceived)
    return events.fields(notice) if notice is not None else {}


_DESK = """\
INSERT INTO desk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, hold = excluded.hold,
  remedy = excluded.remedy, interim = excluded.interim, due = excluded.due,
  filed_at = excluded.filed_at, reviewer = excluded.reviewer, outcome = excluded.outcome,
  overdue = excluded.overdue"""


def _set_clocks(journal: Journal, file: File, case: Case) -> None:
    if _next_place(file) > FIRST_WITHOUT_DECISION:  # a decision by itself sets none
        journal.db.execute("DELETE FROM clock WHERE case_id = ?", (file.id.bytes,))
    for name, end in clocks.running(case).items():
        journal.db.execute(
            "INSERT INTO clock VALUES (?, ?, ?)", (file.id.bytes, name, int(end.timestamp()))
        )
