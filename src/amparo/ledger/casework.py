"""Taking a step on a case: read, fold, step, append, and all that hangs on it, in one transaction.

The step is pure and sees the case as it is under the write lock, so nothing can come between. With
the events go the case's place on the desk, its clocks and its outgoing notices: a crash leaves all
of it or none.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.case import clocks, notify, panel, state, texts, triage
from amparo.case.issue import later
from amparo.case.state import Case, Event
from amparo.errors import Missing
from amparo.ledger import totals
from amparo.ledger.database import upsert
from amparo.ledger.intake import uuid7
from amparo.ledger.journal import Journal, Kept, Row
from amparo.ledger.outbound import outbox
from amparo.record import disclosure, event

Step = Callable[[Case], Sequence[Event]]
LATE = ("C06@", "C07@", "C11@")
"""Clocks whose end makes a complaint, or an order, overdue."""
FIRST_WITHOUT_DECISION = 2
"""Where a case begins that has no decision: place 1 is a decision's."""


class Told(NamedTuple):
    """An event with where it stands."""

    event: Event
    seq: int
    erased: bool


class File(NamedTuple):
    """A case with everything that is kept of it."""

    id: UUID
    platform: int
    case: Case
    told: list[Told]
    kept: list[Kept]
    public: dict[str, Any]
    """The decision's public part; empty where there is no decision."""


def read(journal: Journal, case_id: UUID) -> File:
    """A case and its events."""
    kept = journal.of_case(case_id)
    if not kept:
        raise Missing(
            "There is no such case.",
            why=f"this node does not know {case_id}",
            fix="Use the number from the notice.",
        )
    events = [told(one) for one in kept]
    case = state.fold(one.event for one in events if not one.erased)
    first = event.read_leaf(kept[0].leaf)
    public = first.public if isinstance(first, event.DecisionIssued) else {}
    return File(case_id, kept[0].platform, case, events, kept, public)


def act(journal: Journal, case_id: UUID, step: Step) -> Case:
    """Take one step on a case and keep what it yields; the case as it is then."""
    with journal.transaction():
        return act_within(journal, case_id, step)


def act_within(journal: Journal, case_id: UUID, step: Step) -> Case:
    """The same inside a transaction, so that many cases can be carried by one commit."""
    file = read(journal, case_id)
    new = step(file.case)
    return _keep(journal, file, new)


def begin(journal: Journal, platform: int, first: Event, *, now: datetime) -> UUID:
    """Begin a case that no decision began, as a notice does; call it inside a transaction."""
    case_id = UUID(bytes=uuid7(int(now.timestamp() * 1000), os.urandom(10)))
    file = File(case_id, platform, Case(), [], [], {})
    _keep(journal, file, [first])
    return case_id


def now() -> datetime:
    """The time of a step: UTC to the second, as events tell it."""
    return datetime.fromtimestamp(int(time.time()), UTC)


def _keep(journal: Journal, file: File, new: Sequence[Event]) -> Case:
    if not new:
        return file.case
    case, notices = file.case, []
    for one in new:
        case = state.apply(case, one)
        notices += notify.notices(one)
    n = file.kept[-1].n + 1 if file.kept else FIRST_WITHOUT_DECISION
    rows = [_row(file, one, n + i) for i, one in enumerate(new)]
    texts.check_room(
        [(told.event.by, len(kept.opening or b""))
         for told, kept in zip(file.told, file.kept, strict=True)],
        [(one.by, len(row.opening)) for one, row in zip(new, rows, strict=True)],
    )  # fmt: skip
    journal.insert(rows)
    totals.add(journal, (one.kind for one in new))
    _place(journal, file, case)
    _set_clocks(journal, file.id, case)
    outbox.put(journal, file.id, file.platform, case, notices, due=int(time.time()))
    return case


def _row(file: File, new: Event, n: int) -> Row:
    details = {"case": str(file.id), "n": n, "by": new.by, **new.details}
    issued = later(new.kind, details, at=event.timestamp(new.at), salt=os.urandom(32))
    return Row(file.id.bytes, n, file.platform, issued.leaf, disclosure.pack(issued.opening))


def told(kept: Kept) -> Told:
    """An event as it was kept; of an erased one only its time is left."""
    leaf = event.read_leaf(kept.leaf)
    at = event.moment(leaf.at)
    if isinstance(leaf, event.DecisionIssued):
        return Told(Event("decision.issued", at, f"platform:{leaf.by}"), kept.seq, erased=False)
    if kept.opening is None:
        return Told(Event("", at, ""), kept.seq, erased=True)
    fields = msgspec.json.decode(disclosure.unpack(kept.opening).sealed)
    kind, by = fields.pop("kind"), str(fields.pop("by", "node"))
    return Told(Event(kind, at, by, fields), kept.seq, erased=False)


def _place(journal: Journal, file: File, case: Case) -> None:
    """Where the case stands, for the desk and the platform; nowhere before somebody complains."""
    if case.decision in ("noticed", "answered"):
        answered = 2 if case.paused else int(case.decision != "noticed")
        upsert(
            journal.db, "notice", ("case_id",),
            {"case_id": file.id.bytes, "platform": file.platform, "answered": answered},
        )  # fmt: skip
    if case.misuse:
        journal.db.execute(
            "UPDATE sender SET state = ? WHERE case_id = ?", (case.misuse, file.id.bytes)
        )
    if case.panel:
        _place_panel(journal, file, case)
    if not (case.complaint or case.panel):
        return
    running = clocks.running(case)
    ends = running.values()
    about = file.public or _noticed(file)
    filed = int(case.filed_at.timestamp()) if case.filed_at else 0
    row = (
        file.id.bytes, file.platform, "paused" if case.paused else case.complaint, case.hold,
        case.remedy, case.interim,
        int((running.get("C06") or min(ends)).timestamp()) if ends else 0,
        triage.harm(about), filed, int(case.reviewer or 0), about.get("category", ""),
        case.outcome, int(any(key.startswith(LATE) for key in case.missed)),
    )  # fmt: skip
    journal.db.execute(_DESK, row)


def _place_panel(journal: Journal, file: File, case: Case) -> None:
    due = int(panel.last_day(case).timestamp()) if case.submitted_at else 0
    members = " ".join(["", *case.members, ""])
    upsert(
        journal.db, "panel", ("case_id",),
        {
            "case_id": file.id.bytes, "platform": file.platform, "state": case.panel, "due": due,
            "members": members, "draw_id": case.draw_id, "challenged": case.challenged,
        },
    )  # fmt: skip


def _noticed(file: File) -> Mapping[str, Any]:
    """What a notice says; empty where the case is none."""
    return next((one.event.details for one in file.told if one.event.kind == "notice.received"), {})


_DESK = """\
INSERT INTO desk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
ON CONFLICT (case_id) DO UPDATE SET state = excluded.state, hold = excluded.hold,
  remedy = excluded.remedy, interim = excluded.interim, due = excluded.due,
  filed_at = excluded.filed_at, reviewer = excluded.reviewer, outcome = excluded.outcome,
  overdue = excluded.overdue"""


def _set_clocks(journal: Journal, case_id: UUID, case: Case) -> None:
    journal.db.execute("DELETE FROM clock WHERE case_id = ?", (case_id.bytes,))
    for name, end in clocks.running(case).items():
        journal.db.execute(
            "INSERT INTO clock VALUES (?, ?, ?)", (case_id.bytes, name, int(end.timestamp()))
        )
