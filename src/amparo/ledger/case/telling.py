"""Telling the person of a decision: this node writes to them, or the platform says that it did.

One core for every way in: a call for one decision, a call for many, fields beside a statement, an
import. From the day on which the person was told the six months run (DSA Articles 17, 20).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from amparo.case import delivery
from amparo.case.events import Event
from amparo.case.state import Actor
from amparo.ledger.case import casework, links
from amparo.ledger.case.casework import File
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal

PERSON = "person"


class Notice(NamedTuple):
    """How a person is told, and what the platform says besides."""

    way: Literal["mail", "platform", ""]
    """Who tells them: this node by mail, the platform by its own way, or nobody yet."""
    email: str = ""
    language: str = "en"
    decided_by: Sequence[str] = ()
    content: str = ""
    page: str = ""
    """Where everybody could read the content; empty where that is not said."""


def tell(journal: Journal, case_id: UUID, notice: Notice, *, by: Actor, now: datetime) -> None:
    """Have the person told, inside a transaction; raises before anything is written."""
    if notice.way == "mail":
        _check(journal, casework.read(journal, case_id))
    if notice.content:
        supplied = delivery.supply(content=notice.content, by=by, now=now)
        casework.act_within(journal, case_id, lambda _: supplied)
    entries = _entries(notice, by, now)
    casework.act_within(journal, case_id, lambda _: entries)
    if notice.way == "mail":
        outbox.set_contact(journal, case_id, PERSON, notice.email, notice.language)
        link = links.new(journal, case_id, PERSON)
        outbox.put_with_link(journal, case_id, PERSON, "decision", link, now=int(now.timestamp()))


def is_plain(notice: Notice) -> bool:
    """Whether nothing comes of it but an entry in the case."""
    return notice.way != "mail" and not notice.content


def tell_each(
    journal: Journal, notices: Sequence[tuple[File, Notice]], *, by: Actor, now: datetime
) -> None:
    """The same of several cases, read in this transaction, whose notices are plain: in one go."""
    steps = [(file, _entries(notice, by, now)) for file, notice in notices]
    casework.keep_each(journal, steps)


def _entries(notice: Notice, by: Actor, now: datetime) -> list[Event]:
    if notice.way == "platform":
        return delivery.deliver(how="platform", decided_by=notice.decided_by, by=by, now=now)
    return delivery.name_deciders(decided_by=notice.decided_by, by=by, now=now)


def tell_once(journal: Journal, case_id: UUID, notice: Notice, *, by: Actor, now: datetime) -> bool:
    """The same where it may have been said before, as in a batch that is sent again.

    Whether something was new. An address that was handed over is not compared with the new one:
    the person may have put their own in its place, and whoever asks must not learn it.
    """
    file = casework.read(journal, case_id)
    if notice.way == "mail" and delivery.was_handed_over(file.case, known=_is_known(journal, file)):
        return False
    is_told = file.case.informed_at is not None and not notice.content
    if notice.way == "platform" and is_told and set(notice.decided_by) <= file.case.deciders:
        return False
    tell(journal, case_id, notice, by=by, now=now)
    return True


def _check(journal: Journal, file: File) -> None:
    delivery.check_may_be_mailed(
        file.case, file.events, decision=bool(file.public), known=_is_known(journal, file)
    )


def _is_known(journal: Journal, file: File) -> bool:
    return outbox.contact(journal, file.id, PERSON) is not None
