"""A letter that was taken by a mail server came back: what that changes, once.

A letter that is lost is one for the platform to tell the person itself; a delay is only shown.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from typing import Literal, cast, get_args

from amparo.case import delivery, notify
from amparo.case.events import Party
from amparo.case.state import Actor
from amparo.errors import Missing, Unavailable
from amparo.ledger.case import casework, corrections, hearing
from amparo.ledger.outbound import letter_mark, outbox
from amparo.ledger.outbound.outbox import Waiting
from amparo.record import delivery_status
from amparo.record.delivery_status import DeliveryStatus
from amparo.storage.journal import Journal

Change = Literal["bounced", "delayed", "nothing"]


def take(journal: Journal, secret: bytes, message: bytes, *, now: datetime) -> Change:
    """Keep what a delivery status notification says of a letter.

    `Malformed` where it is none, `Missing` where it is about no letter of ours; `Unavailable` where
    the letter is only just leaving, so that the mail server asks again.
    """
    status = delivery_status.read(message)
    with journal.transaction():
        for found in letter_mark.find(status.named):
            letter = outbox.letter(journal, found.number)
            if letter is not None and letter_mark.is_of(found, secret, letter):
                return _keep(journal, letter, status, now)
    raise Missing(
        "This is about no letter of this node.",
        why="no Message-ID and no address in it has the mark of one",
        fix="Nothing was changed; look whether it came to the right address.",
    )


def _keep(journal: Journal, letter: Waiting, status: DeliveryStatus, now: datetime) -> Change:
    if status.action == "none":
        return "nothing"
    state = outbox.state(journal, letter)
    if state == "queued":
        raise Unavailable(
            "This letter is only just leaving.",
            why="whether it was taken is not kept yet",
            fix="Send the same again in a minute.",
        )
    if status.action == "delayed":
        return "delayed" if outbox.delayed(journal, letter, status.code) else "nothing"
    if not outbox.bounced(journal, letter, status.code):
        return "nothing"
    lost(journal, letter, status.code, now)
    return "bounced"


def lost(journal: Journal, letter: Waiting, code: str, now: datetime) -> None:
    """A letter to a person will never arrive, inside a transaction: who tells them now."""
    if letter.recipient not in get_args(Party):
        return
    file, by = casework.read(journal, letter.case), Actor("node")
    if file.is_erased:  # erased: nobody is left who could be told
        return
    if letter.kind == "decision":
        new = delivery.fail(file.case, file.events, reason="bounced", code=code, by=by, now=now)
    else:
        to, corrected = cast("Party", letter.recipient), letter.kind == "decision_corrected"
        called = letter.kind in notify.CALLS.values()
        if corrected:
            corrections.letter_lost(journal, file, code=code, now=now)
        new = delivery.lose_letter(
            file.case,
            letter=letter.kind,
            to=to,
            code=code,
            by=by,
            now=now,
            asked_elsewhere=corrected or called,
        )
        if called:
            hearing.lost(journal, file, letter, now=now)
    casework.keep(journal, file, new)
