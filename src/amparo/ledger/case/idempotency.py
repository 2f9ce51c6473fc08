"""Idempotency of forms: a double click, the way back or a second window changes nothing more.

A form that makes something new carries a token that was made up for its page. What is kept of a
form that was taken is one digest, of the token with all that was typed: the same page with other
words is another form. It is kept for a day, in the transaction in which the form was taken, so that
neither a second process nor a crash lets it be taken again. What was withdrawn or taken back can be
said again, by the same page as well.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from amparo.case import events
from amparo.case.events import Event
from amparo.storage.journal import Journal

SECONDS = 86_400
NO_CASE = b""
_TAKES_BACK = (
    events.CaseDisowned
    | events.CaseReopened
    | events.CaseWithdrawn
    | events.ComplaintDisowned
    | events.ComplaintReopened
    | events.ComplaintReturned
    | events.ComplaintUndone
    | events.ComplaintWithdrawn
    | events.MisuseEnded
    | events.RepresentationEnded
)
"""After one of these a step that was taken can be taken once more."""


class Taken(NamedTuple):
    """What became of a form."""

    case: UUID | None
    """The case that it made, or was about."""
    again: bool
    """Whether it had been taken before: then nothing was done now."""


def once(journal: Journal, digest: bytes, job: Callable[[Journal], UUID | None]) -> Taken:
    """Do what a form asks for, unless this very form was taken; empty: it cannot be known again."""
    with journal.transaction():
        if (before := find(journal, digest)) is not None:
            return before
        case = job(journal)
        keep(journal, digest, case)
        return Taken(case, again=False)


def find(journal: Journal, digest: bytes) -> Taken | None:
    """A form that was taken before; None: it was not."""
    row = journal.db.execute(
        "SELECT case_id FROM taken_form WHERE digest = ? AND at > ?",
        (digest, int(time.time()) - SECONDS),
    ).fetchone()
    if row is None:
        return None
    case = bytes(row[0])
    return Taken(None if case == NO_CASE else UUID(bytes=case), again=True)


def keep(journal: Journal, digest: bytes, case: UUID | None) -> None:
    """A form was taken, inside a transaction; older ones are forgotten on the way."""
    if not digest:
        return
    now = int(time.time())
    journal.db.execute("DELETE FROM taken_form WHERE at <= ?", (now - SECONDS,))
    journal.db.execute(
        "INSERT INTO taken_form VALUES (?, ?, ?) "
        "ON CONFLICT (digest) DO UPDATE SET case_id = excluded.case_id, at = excluded.at",
        (digest, NO_CASE if case is None else case.bytes, now),
    )


def follow(journal: Journal, case_id: UUID, new: Sequence[Event]) -> None:
    """Forget the forms of a case in which something was taken back, inside a transaction.

    The form that takes it back is kept afterwards, so that both halves of its double click are one.
    """
    if any(isinstance(event, _TAKES_BACK) for event in new):
        journal.db.execute("DELETE FROM taken_form WHERE case_id = ?", (case_id.bytes,))
