"""Complaints go to Coop as appeals, and what Coop says of them goes into the case.

Coop's answer decides nothing: the complaint is at the desk all the while, before somebody who had
no part in the decision. What Coop refuses is named on the connection's page; the others go on, and
so they do where Coop fails at one alone.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec

from amparo.case import complaint as step
from amparo.case.events import ComplaintAdded, ComplaintFiled
from amparo.case.machines import UNDECIDED
from amparo.case.state import Actor
from amparo.connectors import coop_appeals
from amparo.connectors.coop import Subject
from amparo.connectors.coop_appeals import Complaint
from amparo.connectors.coop_callback import AppealDecision
from amparo.errors import AmparoError, Denied, Malformed, Missing
from amparo.ledger.case import casework, in_sources
from amparo.ledger.case.casework import File
from amparo.ledger.connect import connections, poll_schedule, read_back_turn
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection, Refusal
from amparo.ledger.connect.coop_calls import Coop
from amparo.storage.journal import Journal

LOOKS_A_TURN = 50
MOST_FAILURES = 3
"""In one turn: after so many it is not a complaint that fails, but Coop."""


class Appeals:
    """The complaints that a Coop has not been sent; for one thread."""

    def __init__(self, journal: Journal, connection: Connection, coop: Coop) -> None:
        self._journal, self._connection, self._coop = journal, connection, coop

    def send(self, now: datetime) -> None:
        """Send some; raises why one could not be sent, once the others were."""
        journal, connection, failed = self._journal, self._connection, list[AmparoError]()
        until = time.monotonic() + read_back_turn.SECONDS_A_TURN
        for case, noted_at in poll_schedule.looks(journal, connection.id, most=LOOKS_A_TURN):
            # Whoever takes a turn for dead sends the same once more.
            poll_schedule.keep_turn(journal, connection, int(casework.now().timestamp()))
            try:
                if self._coop.settings.appeals:
                    self._send(UUID(case), now)
            except (ToWait, Denied):  # it would say the same to every other
                raise
            except AmparoError as error:
                failed.append(error)
                with journal.transaction():  # behind all the others
                    poll_schedule.note(journal, connection, case, int(now.timestamp()))
                if len(failed) == MOST_FAILURES:
                    break
            else:
                poll_schedule.was_looked_at(journal, connection.id, case, noted_at)
            if time.monotonic() >= until:
                break
        if failed:
            raise failed[0]

    def _send(self, case: UUID, now: datetime) -> None:
        """Send a complaint that is open."""
        journal, connection = self._journal, self._connection
        subject = in_sources.subject_of(journal, connection.id, case)
        try:
            file = casework.read(journal, case)
        except Missing:
            return
        if subject is None or file.is_erased or file.case.complaint not in UNDECIDED:
            return
        filed = file.last(ComplaintFiled)
        name = Complaint(case, int(filed.at.timestamp()))
        try:
            about = msgspec.json.decode(subject, type=Subject)
            self._coop.appeal(coop_appeals.request(name, about, filed.grounds))
        except ValueError as error:
            _refuse(journal, connection, case, str(error), now)
        except Malformed as error:
            _refuse(journal, connection, case, f"{error.what} {error.why}", now)


def take_decision(
    journal: Journal, connection: Connection, found: AppealDecision, now: datetime
) -> None:
    """Put what Coop says of a complaint into its case, inside a transaction; once.

    Nothing where somebody else has sent it the appeal.
    """
    about = coop_appeals.complaint(found.appeal)
    if about is None or in_sources.subject_of(journal, connection.id, about.case) is None:
        return
    file = casework.read(journal, about.case)
    says = coop_appeals.FOUND[found.decision]
    if file.is_erased or _has_said(file, says):
        return
    filed_at = file.case.filed_at
    is_open = file.case.complaint in UNDECIDED and filed_at is not None
    if not is_open or filed_at is None or int(filed_at.timestamp()) != about.filed_at:
        why = "Coop has decided about a complaint that is not open any more"
        _note_refusal(journal, connection, about.case, why, now)
        return
    by = Actor("platform", connection.platform.slug)
    add = partial(step.add_answer, source=connection.source, found=says, by=by, now=now)
    casework.act_within(journal, about.case, add)


def _has_said(file: File, says: str) -> bool:
    """Whether it has said so since the complaint was filed: a callback may be passed on again."""
    for event in reversed(file.events):
        if isinstance(event, ComplaintAdded) and event.found == says:
            return True
        if isinstance(event, ComplaintFiled):
            break
    return False


def _refuse(journal: Journal, connection: Connection, case: UUID, why: str, now: datetime) -> None:
    with journal.transaction():
        _note_refusal(journal, connection, case, why, now)


def _note_refusal(
    journal: Journal, connection: Connection, case: UUID, why: str, now: datetime
) -> None:
    refusal = [Refusal(f"appeal, {case}", why)]
    connections.refuse(journal, connection, 1, refusal, now=int(now.timestamp()))
