"""Links: a way to one case without an account, each a capability of 16 random bytes.

Only their hashes are kept. The first link of a decision is *handed over*: it stands in the answer
to the platform, which passes it on, and so it may read the decision and open the case once, for a
link of the reader's *own*. Links that the node mails, or shows to whoever reports something, are
their reader's own from the beginning. With an erasure all end.

Source: docs/decisions/0023.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple, cast
from uuid import UUID

from amparo.case import claim
from amparo.case.events import LinkRevoked, Party
from amparo.case.state import Actor
from amparo.ledger.case import casework
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import Waiting
from amparo.storage.journal import Journal, LogEntry

LINK_BYTES = 16
LOST = "new_link"
"""The mail to whoever lost theirs."""
ONE_MAIL_SECONDS = 86_400
"""A lost link is mailed again once in this time, for each case: whoever asks may be a stranger."""
Reach = Literal["own", "handed over", "claim"]
"""What a link opens: a whole case; its decision, and once the case; or, when it was proven, all."""


class Link(NamedTuple):
    """Whose link it is, and what it opens."""

    role: Party
    reach: Reach


def new(journal: Journal, case_id: UUID, role: str, capability: bytes | None = None) -> bytes:
    """A new capability for a role in a case, by chance or this one; inside a transaction."""
    capability = capability or os.urandom(LINK_BYTES)
    keep(journal, case_id, digest_of(capability), role)
    return capability


def keep(journal: Journal, case_id: UUID, digest: bytes, role: str) -> None:
    """From now on the capability of this digest is a role's own link; inside a transaction."""
    journal.db.execute(
        "INSERT INTO recourse VALUES (?, ?, ?, ?, NULL)",
        (digest, case_id.bytes, role, int(time.time())),
    )


def made(journal: Journal, capability: bytes) -> UUID | None:
    """The case of a link, or claim, that there is or was; None: it was never made.

    One that follows from a form is known by this when the form is sent again after many days.
    """
    digest = digest_of(capability)
    for table in ("recourse", "claim"):
        query = f"SELECT case_id FROM {table} WHERE hash = ?"
        if (case := journal.db.execute(query, (digest,)).get) is not None:
            return UUID(bytes=bytes(case))
    return None


def find(journal: Journal, entries: Sequence[LogEntry], capability: str) -> Link | None:
    """What a link opens in a case; None where it is none, was voided, or the case was erased."""
    if entries[0].opening is None:
        return None
    try:
        digest = digest_of(bytes.fromhex(capability))
    except ValueError:
        return None
    first = entries[0].recourse
    if first is not None and hmac.compare_digest(digest, first):
        return Link("person", "handed over")
    case_id = entries[0].case_id
    row = journal.db.execute(
        "SELECT role, revoked_at FROM recourse WHERE hash = ? AND case_id = ?", (digest, case_id)
    ).fetchone()
    if row is not None:
        return Link(cast("Party", row[0]), "own") if row[1] is None else None
    row = journal.db.execute(
        "SELECT 1 FROM claim WHERE hash = ? AND case_id = ? AND ends_at > ?",
        (digest, case_id, int(time.time())),
    ).fetchone()
    return None if row is None else Link("person", "claim")


def is_held(journal: Journal, case_id: UUID) -> bool:
    """Whether there is a link to the case that is the person's own."""
    row = journal.db.execute(
        "SELECT 1 FROM recourse "
        "WHERE case_id = ? AND role = 'person' AND revoked_at IS NULL LIMIT 1",
        (case_id.bytes,),
    ).fetchone()
    return row is not None


def exchange(
    journal: Journal, case_id: UUID, now: datetime, capability: bytes | None = None
) -> bytes:
    """A link of their own for whoever opened the one that was handed over; `Refused` afterwards.

    By chance, or this `capability`. Call it inside a transaction: the write lock decides who of two
    was first.
    """
    held = is_held(journal, case_id)
    step = partial(claim.exchange, held=held, by=Actor("person"), now=now)
    casework.act_within(journal, case_id, step)
    end_all(journal, case_id, "person")
    outbox.forget(journal, case_id, "person")  # every letter carries a link: it was the platform's
    return new(journal, case_id, "person", capability)


def renew(
    journal: Journal,
    case_id: UUID,
    capability: str,
    role: str,
    now: datetime,
    other: bytes | None = None,
) -> bytes:
    """Void an own link and make another, by chance or this one; inside a transaction."""
    journal.db.execute(
        "UPDATE recourse SET revoked_at = ? WHERE hash = ?",
        (int(time.time()), digest_of(bytes.fromhex(capability))),
    )
    by = str(Actor(cast("Party", role)))
    casework.act_within(journal, case_id, lambda _: [LinkRevoked(now, by)])
    return new(journal, case_id, role, other)


def for_letter(journal: Journal, notice: Waiting) -> Waiting:
    """A letter with a link of its reader's own in it, the same at each try to send it."""
    if notice.link is not None:
        return notice
    with journal.transaction():
        link = new(journal, notice.case, notice.recipient)
        outbox.carry(journal, notice, link)
    return notice._replace(link=link)


def send_again(journal: Journal, email: str, *, now: int) -> None:
    """Mail a new link to each of the newest cases in which an address was left.

    What it takes is the same where there is none. A case has one such mail a day; the links that
    there were end when it was taken (`sent_again`).
    """
    with journal.transaction():
        outbox.put_for_seat(journal, outbox.NOBODY, LOST, now=now)
        for case_id, role in outbox.cases_of(journal, email):
            if not outbox.was_put(journal, case_id, role, LOST, since=now - ONE_MAIL_SECONDS):
                link = new(journal, case_id, role)
                outbox.put_with_link(journal, case_id, role, LOST, link, now=now)


def sent_again(journal: Journal, notice: Waiting, now: datetime) -> None:
    """A mail server took a new link: every other of that role ends, inside a transaction."""
    if notice.link is None:
        return
    journal.db.execute(
        "UPDATE recourse SET revoked_at = ? "
        "WHERE case_id = ? AND role = ? AND revoked_at IS NULL AND hash <> ?",
        (int(now.timestamp()), notice.case.bytes, notice.recipient, digest_of(notice.link)),
    )
    casework.act_within(journal, notice.case, lambda _: [LinkRevoked(now, str(Actor("node")))])


def end_all(journal: Journal, case_id: UUID, role: str) -> None:
    """Void every own link of a role in a case, inside a transaction."""
    journal.db.execute(
        "UPDATE recourse SET revoked_at = ? WHERE case_id = ? AND role = ? AND revoked_at IS NULL",
        (int(time.time()), case_id.bytes, role),
    )


def digest_of(capability: bytes) -> bytes:
    """What is kept of a capability."""
    return hashlib.sha256(capability).digest()
