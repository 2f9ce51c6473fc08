"""Putting on record something that is no decision: in the log only its time can be read.

The digest of a public dump, for one: if the file is later replaced under its name, the log proves
what it was on the day it was seen.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from datetime import UTC, datetime
from typing import Any

from amparo.case.issue import later
from amparo.record import sealing
from amparo.record.event import timestamp
from amparo.record.uuid7 import uuid7
from amparo.storage.journal import Journal, Known, Row
from amparo.storage.node import Node

NOBODY = 0
"""The platform of an event that is about none."""
NO_DECISION = 0
"""Its place in a case of its own: a decision has place 1."""


def remark(node: Node, kind: str, details: dict[str, Any], *, now: datetime | None = None) -> int:
    """Append one sealed event; its index, whose receipt opens it.

    `now`: when it happens, where a demonstration plays what is to have been earlier.
    """
    moment = now or datetime.now(UTC)
    issued = later(kind, details, at=timestamp(moment), salt=os.urandom(32))
    case_id = uuid7(int(moment.timestamp() * 1000), os.urandom(10))
    journal = Journal(node.journal)
    try:
        row = Row(case_id, NO_DECISION, NOBODY, issued.leaf, sealing.pack(issued.opening))
        [index] = journal.append([[row]])
    finally:
        journal.close()
    if isinstance(index, Known):
        raise TypeError("an event without a PUID cannot be known")
    return index
