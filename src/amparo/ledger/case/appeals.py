"""Complaints that go to the platform's own tool as well, or whose answers do.

A connection that sends complaints (Coop) or answers (Ozone) finds here which: once, by the number
of the case. Whether it does so at all is said in its file.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Sequence
from uuid import UUID

from amparo.case import answers
from amparo.case.events import ComplaintFiled, Event, RemedyClaimed
from amparo.connectors import coop, ozone
from amparo.ledger.case.in_sources import KNOWN
from amparo.storage.journal import Journal

CLAIMED = " claimed"
"""What is to be looked at of an answer that was given: an appeal is resolved once what was ordered
is done."""


def follow(journal: Journal, case_id: UUID, new: Sequence[Event]) -> None:
    """Let the connection that knows the case send what is new, inside a transaction."""
    if any(isinstance(event, ComplaintFiled) for event in new):
        _note(journal, coop.SYSTEM, case_id, str(case_id))
    if any(answers.answer(event) is not None for event in new):
        _note(journal, ozone.SYSTEM, case_id, str(case_id))
    if any(isinstance(event, RemedyClaimed) for event in new):
        _note(journal, ozone.SYSTEM, case_id, f"{case_id}{CLAIMED}")


def case_of(look: str) -> tuple[UUID, bool]:
    """Which case is to be looked at; and whether there is an answer that was not given."""
    return UUID(look.removesuffix(CLAIMED)), not look.endswith(CLAIMED)


def forget(journal: Journal, case_id: UUID) -> None:
    """Nothing of a case waits for any connection any more, inside a transaction."""
    journal.db.execute(
        "DELETE FROM connector_look WHERE subject IN (?, ?) "
        "AND connector IN (SELECT id FROM connector)",
        (str(case_id), f"{case_id}{CLAIMED}"),
    )


def _note(journal: Journal, system: str, case_id: UUID, look: str) -> None:
    journal.db.execute(
        f"INSERT INTO connector_look SELECT r.connector, ?1, ?2 FROM {KNOWN} AS r "
        "JOIN connector AS c ON c.id = r.connector WHERE r.case_id = ?3 AND c.system = ?4 "
        "ON CONFLICT (connector, subject) DO UPDATE SET noted_at = excluded.noted_at",
        (look, time.time_ns(), case_id.bytes, system),
    )
