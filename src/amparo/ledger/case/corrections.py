"""A new statement of reasons in the place of an old one: looked up, and said in both cases."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from functools import partial
from uuid import UUID

from amparo.case import correction
from amparo.case.state import Actor
from amparo.errors import Refused
from amparo.ledger.case import casework, links, sides
from amparo.ledger.case.casework import File
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox
from amparo.storage.journal import Journal


def find(journal: Journal, secret: bytes, platform: Platform, name: str) -> UUID:
    """The statement that a platform corrects, by its uuid or PUID; it may be corrected by now."""
    try:
        old = sides.statement_of(journal, secret, platform, name)
    except Refused as error:
        fix = "Name the statement of yours whose place the new one takes."
        raise Refused(error.what, why=error.why, fix=fix) from None
    _check(casework.read(journal, old))
    return old


def link(journal: Journal, *, old: UUID, new: UUID, by: Actor, now: datetime) -> None:
    """Say in both cases that one statement took the place of another, inside a transaction."""
    _check(casework.read(journal, old))
    for case_id, entry in correction.link(old=old, new=new, by=by, now=now).items():
        casework.act_within(journal, case_id, partial(casework.only, entry))


def open_new(journal: Journal, old: File, own: bytes | None = None, *, now: datetime) -> File:
    """The case of the new statement; `own` is from now on the link to it of whoever has the old.

    As if they had opened the link to it that was handed over; `Refused` once somebody has one.
    They are told of it by that, and what they are reached by in the old case serves in the new.
    Call it inside a transaction.
    """
    new = UUID(old.case.corrected_by)
    links.exchange(journal, new, now, own)
    contact = outbox.contact(journal, old.id, "person")
    if contact is not None and outbox.contact(journal, new, "person") is None:
        outbox.set_contact(journal, new, "person", *contact)
    step = partial(correction.tell, how="page", by=Actor("person"), now=now)
    casework.act_within(journal, new, step)
    return casework.read(journal, new)


def letter_taken(journal: Journal, old: UUID, *, now: datetime) -> None:
    """The letter that tells of a correction was taken by a mail server, inside a transaction."""
    new = _corrected(journal, casework.read(journal, old))
    if new is not None:
        events = correction.tell(new.case, how="mail", by=Actor("node"), now=now)
        casework.keep(journal, new, events)


def letter_lost(journal: Journal, old: File, *, code: str, now: datetime) -> None:
    """That letter will never arrive, inside a transaction."""
    new = _corrected(journal, old)
    if new is not None:
        events = correction.take_back(new.case, new.events, code=code, by=Actor("node"), now=now)
        casework.keep(journal, new, events)


def _corrected(journal: Journal, old: File) -> File | None:
    """The case of the new decision; None once it was erased: the letter has left all the same."""
    new = casework.read(journal, UUID(old.case.corrected_by))
    return None if new.is_erased else new


def _check(old: File) -> None:
    correction.check_may_be_corrected(old.case, is_erased=old.is_erased)
