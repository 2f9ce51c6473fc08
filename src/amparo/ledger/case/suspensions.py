"""Who sent what to a platform, whom it has warned, and what waits for the end of a suspension.

A sender is known by an address alone, and only as its digest under the node's secret: whoever
leaves none cannot be suspended (their network is only asked to go slower). The platform learns
neither name nor address.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from amparo.case import events, suspensions
from amparo.case.events import Happened, Misused, Party
from amparo.case.state import Actor
from amparo.errors import AmparoError, Missing, Period, Refused
from amparo.ledger.case import casework, links
from amparo.ledger.case.casework import File
from amparo.ledger.outbound import outbox
from amparo.ledger.outbound.outbox import Contact
from amparo.record import mailbox
from amparo.storage.database import upsert
from amparo.storage.journal import Journal

SHOWN = Period(180, "days")
"""How far back a sender's history is counted for whoever weighs a warning."""
MOST_COUNTED = 500
A_LOOK = 200
PAGE = 50
E = TypeVar("E", bound=Happened)
logger = logging.getLogger("amparo")


class History(NamedTuple):
    """What one sender has sent to one platform of late (`SHOWN`); at most the newest 500."""

    notices: int
    not_acted: int
    """Notices on which the platform did not act."""
    complaints: int
    upheld: int
    """Complaints after which the first decision stood."""
    inadmissible: int


class Standing(NamedTuple):
    """A warning or a suspension."""

    case: UUID
    what: str
    state: str


def sender_of(journal: Journal, file: File) -> Contact:
    """Who sent a notice or a complaint; `Missing` when no address was left."""
    for role in ("notifier", "person"):
        found = outbox.contact(journal, file.id, role)
        if found is not None:
            return found
    raise Missing(
        "Who sent this is not known.",
        why="no address was left, or it was erased",
        fix="Without an address nobody can be warned or suspended.",
    )


def history(journal: Journal, platform: int, sender: Contact, now: datetime) -> History:
    """What the sender has sent, from the cases themselves."""
    since = now - timedelta(days=SHOWN.length)
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT DISTINCT case_id FROM contact WHERE lower(email) = ? ORDER BY case_id DESC LIMIT ?",
        (mailbox.folded(sender.email), MOST_COUNTED),
    ).fetchall()
    files = [casework.read(journal, UUID(bytes=case_id)) for (case_id,) in rows]
    own = [file for file in files if file.platform == platform and not file.case.misuse]
    recent = [event for file in own for event in file.events if event.at >= since]

    def of(kind: type[E]) -> list[E]:
        return [event for event in recent if isinstance(event, kind)]

    return History(
        notices=len(of(events.NoticeReceived)),
        not_acted=sum(answered.result == "not_acted" for answered in of(events.NoticeAnswered)),
        complaints=len(of(events.ComplaintFiled)),
        upheld=sum(decided.outcome == "upheld" for decided in of(events.ComplaintDecided)),
        inadmissible=len(of(events.ComplaintInadmissible)),
    )


def standing(
    journal: Journal, secret: bytes, platform: int, sender: Contact, what: str
) -> Standing | None:
    """The warning or suspension of a sender, if there is one that has not ended."""
    row = journal.db.execute(
        "SELECT case_id, what, state FROM sender "
        "WHERE platform = ? AND digest = ? AND what = ? AND state <> 'ended'",
        (platform, _digest(secret, sender.email), what),
    ).fetchone()
    return None if row is None else Standing(UUID(bytes=bytes(row[0])), row[1], row[2])


def newest(journal: Journal, platform: int, most: int = PAGE) -> list[Standing]:
    """A platform's newest warnings and suspensions that have not ended, newest first."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id, what, state FROM sender WHERE platform = ? AND state <> 'ended' "
        "ORDER BY case_id DESC LIMIT ?",
        (platform, most),
    ).fetchall()
    return [Standing(UUID(bytes=row[0]), row[1], row[2]) for row in rows]


def warn(
    journal: Journal,
    secret: bytes,
    file: File,
    *,
    what: Misused,
    factors: Mapping[str, str],
    clause: str,
    by: Actor,
    now: datetime,
) -> UUID:
    """Warn whoever sent what is in `file`: a case of its own begins, with a link for them."""
    sender = sender_of(journal, file)
    if standing(journal, secret, file.platform, sender, what) is not None:
        raise Refused(
            "This sender is warned or suspended already.",
            why="one at a time",
            fix="See the list.",
        )
    [first] = suspensions.warn(what=what, factors=factors, clause=clause, by=by, now=now)
    with journal.transaction():
        case_id = casework.begin(journal, file.platform, first, now=now)
        upsert(
            journal.db,
            "sender",
            ("platform", "digest", "what"),
            {
                "platform": file.platform,
                "digest": _digest(secret, sender.email),
                "what": what,
                "case_id": case_id.bytes,
                "state": "warned",
            },
        )
        outbox.set_contact(journal, case_id, "person", sender.email, sender.language)
        link = links.new(journal, case_id, "person")
        due = int(now.timestamp())
        outbox.put_with_link(journal, case_id, "person", "misuse_warned", link, now=due)
    return case_id


def pause_complaint(
    journal: Journal, secret: bytes, file: File, role: Party, now: datetime
) -> None:
    """Let a complaint that was just filed wait, if its sender is suspended (Article 23(2)).

    A complaint about a suspension itself never waits for its end, nor one where a life is at stake.
    """
    sender = outbox.contact(journal, file.id, role)
    if sender is not None and not file.case.misuse and not file.case.danger:
        _pause(journal, secret, file, sender, "complaints", now)


def pause_notice(
    journal: Journal, secret: bytes, file: File, sender: Contact, now: datetime, *, danger: bool
) -> None:
    """Let a notice wait, if its sender is suspended; never where a life is at stake."""
    if not danger:
        _pause(journal, secret, file, sender, "notices", now)


def _pause(
    journal: Journal, secret: bytes, file: File, sender: Contact, what: Misused, now: datetime
) -> None:
    """Call it in the transaction in which `file` came in."""
    found = standing(journal, secret, file.platform, sender, what)
    if found is None or found.state != "suspended" or found.case == file.id:
        return
    until = casework.read(journal, found.case).case.suspended_until or now
    upsert(
        journal.db,
        "paused",
        ("case_id",),
        {"case_id": file.id.bytes, "by_case": found.case.bytes},
    )
    casework.act_within(journal, file.id, partial(suspensions.pause, until=until, now=now))


def resume(journal: Journal, now: datetime) -> None:
    """Let everything go on whose suspension has ended."""
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id FROM paused WHERE NOT EXISTS (SELECT 1 FROM sender "
        "WHERE sender.case_id = paused.by_case AND state = 'suspended') LIMIT ?",
        (A_LOOK,),
    ).fetchall()
    for (case_id,) in rows:
        try:
            with journal.transaction():
                journal.db.execute("DELETE FROM paused WHERE case_id = ?", (case_id,))
                casework.act_within(
                    journal, UUID(bytes=case_id), partial(suspensions.resume, now=now)
                )
        except AmparoError as error:  # the others must not wait for it
            logger.warning("%s could not go on: %s", UUID(bytes=case_id), error.why)


def _digest(secret: bytes, email: str) -> bytes:
    folded = mailbox.folded(email).encode()
    return hmac.new(secret, b"amparo.sender.v1\n" + folded, hashlib.sha256).digest()
