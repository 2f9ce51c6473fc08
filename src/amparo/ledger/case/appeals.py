"""Complaints that go to the platform's own tool as well, or whose answers do.

A connection that sends complaints (Coop) or answers (Ozone) finds here which: once, by the number
of the case. Whether it does so at all is said in its file.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Mapping, Sequence
from uuid import UUID

from amparo.case.events import ComplaintDecided, ComplaintFiled, Event, RemedyClaimed
from amparo.connectors import coop, ozone
from amparo.ledger.case.in_sources import KNOWN
from amparo.storage.journal import Journal

_SENT: Mapping[str, tuple[type[Event], ...]] = {
    coop.SYSTEM: (ComplaintFiled,),
    ozone.SYSTEM: (ComplaintDecided, RemedyClaimed),
}
"""What goes to which system; an appeal is resolved once what was ordered is done."""


def follow(journal: Journal, case_id: UUID, new: Sequence[Event]) -> None:
    """Let the connection that knows the case send what is new, inside a transaction."""
    for system, kinds in _SENT.items():
        if any(isinstance(event, kinds) for event in new):
            journal.db.execute(
                f"INSERT INTO connector_look SELECT r.connector, ?1, ?2 FROM {KNOWN} AS r "
                "JOIN connector AS c ON c.id = r.connector WHERE r.case_id = ?3 AND c.system = ?4 "
                "ON CONFLICT (connector, subject) DO UPDATE SET noted_at = excluded.noted_at",
                (str(case_id), time.time_ns(), case_id.bytes, system),
            )
