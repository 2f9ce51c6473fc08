"""Orders that a node carries out in a source itself: which wait, and which are held for a person.

Where a connection has it switched on, an order in a case that it knows (`in_sources`) waits here
until it was carried out. An order from before that is none of these.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from typing import NamedTuple, cast
from uuid import UUID

from amparo.case.events import Event, RemedyOrdered
from amparo.case.state import Case
from amparo.case.write_back import Held
from amparo.ledger.case.in_sources import KNOWN
from amparo.storage.journal import Journal

CALLED = "called"
"""In the place of why it is held: the source has the call, or may have it, and tells what came of
it."""
UNTOLD: Held = "untold"
"""Called for, and nobody has told what came of it."""
_ORDERED = ("sent", "failed")
"""States of an order about which the platform has said nothing, though its time may be over."""


class Due(NamedTuple):
    """An order that is to be carried out."""

    case: UUID
    subject: str
    """What it is about, as the source calls it."""
    ordered_at: int
    """POSIX seconds."""
    tries: int
    """How many have failed; or, once it was called for, how often nothing was told."""
    was_called: bool = False
    """The source has the call, or may have it, and tells later what came of it."""


class HeldOrder(NamedTuple):
    """An order that is held for a person, and why."""

    case: UUID
    held: Held
    ordered_at: int
    """POSIX seconds."""


def follow(
    journal: Journal, case_id: UUID, before: Case, after: Case, new: Sequence[Event]
) -> None:
    """An order is to be carried out at once, inside a transaction.

    Once the platform has said what became of it, or whoever ordered it wants it no more, nothing is
    to be done or held.
    """
    if before.remedy in _ORDERED and after.remedy not in _ORDERED:
        journal.db.execute("DELETE FROM write_back WHERE case_id = ?", (case_id.bytes,))
    orders = [event for event in new if isinstance(event, RemedyOrdered)]
    if not orders:
        return
    journal.db.execute(
        f"INSERT INTO write_back SELECT case_id, connector, ?1, 0, ?1, '' FROM {KNOWN} AS known "
        "WHERE case_id = ?2 AND connector IN (SELECT id FROM connector WHERE writes = 1) "
        "ON CONFLICT (case_id) DO UPDATE SET connector = excluded.connector, "
        "ordered_at = excluded.ordered_at, tries = 0, "
        # A call that may have been taken is not made once more, whoever orders the same again.
        f"due = CASE WHEN write_back.held = '{UNTOLD}' THEN NULL ELSE excluded.due END, "
        f"held = CASE WHEN write_back.held IN ('{CALLED}', '{UNTOLD}') THEN write_back.held "
        "ELSE '' END",
        (int(orders[-1].at.timestamp()), case_id.bytes),
    )


def due(journal: Journal, connector: int, now: int, *, most: int) -> list[Due]:
    """Orders that are due, the oldest first."""
    rows = journal.db.execute(
        "SELECT w.case_id, r.subject, w.ordered_at, w.tries, w.held FROM write_back AS w "
        f"JOIN {KNOWN} AS r ON r.case_id = w.case_id AND r.connector = w.connector "
        "WHERE w.connector = ? AND w.due <= ? ORDER BY w.due, w.case_id LIMIT ?",
        (connector, now, most),
    )
    return [
        Due(UUID(bytes=bytes(case)), subject, ordered_at, tries, held == CALLED)
        for case, subject, ordered_at, tries, held in rows
    ]


def is_due(journal: Journal, order: Due) -> bool:
    """Whether it still waits: it may have been answered, switched off or paused meanwhile."""
    query = (
        "SELECT 1 FROM write_back AS w JOIN connector AS c ON c.id = w.connector "
        "WHERE w.case_id = ? AND w.ordered_at = ? AND w.due IS NOT NULL AND c.state = 'running'"
    )
    return journal.db.execute(query, (order.case.bytes, order.ordered_at)).get is not None


def waits(journal: Journal, connector: int, case_id: UUID) -> bool:
    """Whether an order in a case waits or is held."""
    query = "SELECT EXISTS (SELECT 1 FROM write_back WHERE connector = ? AND case_id = ?)"
    return bool(journal.db.execute(query, (connector, case_id.bytes)).get)


def held(journal: Journal, connector: int, *, most: int) -> list[HeldOrder]:
    """Orders that a person has to carry out, the newest first."""
    rows = journal.db.execute(
        "SELECT case_id, held, ordered_at FROM write_back WHERE connector = ? AND due IS NULL "
        "ORDER BY ordered_at DESC, case_id LIMIT ?",
        (connector, most),
    )
    return [HeldOrder(UUID(bytes=bytes(case)), cast("Held", why), at) for case, why, at in rows]


def has_newer(journal: Journal, connector: int, order: Due) -> bool:
    """Whether a later decision is about the very same: what is in force may be that one."""
    found = journal.db.execute(
        "SELECT EXISTS (SELECT 1 FROM read_back WHERE connector = ? AND subject = ? "
        "AND case_id > ?)",
        (connector, order.subject, order.case.bytes),
    ).get
    return bool(found)


def put_off(journal: Journal, order: Due, until: int) -> None:
    """A try has failed, or nothing was told, inside a transaction: the next one is at `until`."""
    journal.db.execute(
        "UPDATE write_back SET tries = ?, due = ? WHERE case_id = ? AND ordered_at = ?",
        (order.tries + 1, until, order.case.bytes, order.ordered_at),
    )


def was_called(journal: Journal, order: Due, until: int) -> None:
    """It is called for now, inside a transaction: what came of it is told by `until`."""
    journal.db.execute(
        "UPDATE write_back SET tries = 0, due = ?, held = ? WHERE case_id = ? AND ordered_at = ?",
        (until, CALLED, order.case.bytes, order.ordered_at),
    )


def was_not_called(journal: Journal, order: Due) -> None:
    """The source says that it has not taken the call, inside a transaction."""
    journal.db.execute(
        "UPDATE write_back SET tries = ?, due = ?, held = '' WHERE case_id = ? AND ordered_at = ?",
        (order.tries, order.ordered_at, order.case.bytes, order.ordered_at),
    )


def hold(journal: Journal, order: Due, why: Held) -> None:
    """Leave an order to a person, inside a transaction; one that came meanwhile goes on."""
    journal.db.execute(
        "UPDATE write_back SET due = NULL, held = ? WHERE case_id = ? AND ordered_at = ?",
        (why, order.case.bytes, order.ordered_at),
    )


def try_again(journal: Journal, connector: int, now: int) -> None:
    """Let go of what a source refused or did not answer, inside a transaction: we may more now."""
    journal.db.execute(
        "UPDATE write_back SET tries = 0, due = ?, held = '' "
        "WHERE connector = ? AND held IN ('refused', 'unanswered')",
        (now, connector),
    )


def end(journal: Journal, order: Due) -> None:
    """It was carried out, or is none any more; inside a transaction."""
    journal.db.execute(
        "DELETE FROM write_back WHERE case_id = ? AND ordered_at = ?",
        (order.case.bytes, order.ordered_at),
    )
