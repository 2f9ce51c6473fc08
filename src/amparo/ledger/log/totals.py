"""Running totals of sealed events, in the log for all to see, once a day while they change.

What happens in a case is sealed; how much happens is not. Somebody who holds the receipts of some
cases, or a later total, can thus see that nothing was left out. Counts below ten are not shown.
"""

# SPDX-License-Identifier: Apache-2.0

import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from amparo.case.issue import total
from amparo.ledger.log.notarise import NO_DECISION, NOBODY
from amparo.record import event, sealing
from amparo.record.uuid7 import uuid7
from amparo.storage.journal import Journal, Row


class Published(NamedTuple):
    """The newest totals in the log."""

    entry: int
    at: datetime
    counts: dict[str, int]


def add(journal: Journal, kinds: Iterable[str]) -> None:
    """Count events, inside the transaction that keeps them."""
    for kind, number in Counter(kinds).items():
        journal.db.execute(
            "INSERT INTO total VALUES (?, ?) "
            "ON CONFLICT (kind) DO UPDATE SET n = total.n + excluded.n",
            (kind, number),
        )


def publish(journal: Journal, now: datetime) -> int | None:
    """Put the totals into the log, if a day has begun since the last and they have changed."""
    last = newest(journal)
    if last is not None and last.at.date() == now.date():
        return None
    with journal.transaction():
        counts = {
            str(kind): int(str(n)) for kind, n in journal.db.execute("SELECT kind, n FROM total")
        }
        issued = total(counts, at=event.timestamp(now), salt=os.urandom(32))
        new_counts = msgspec.json.decode(issued.leaf, type=event.Totals).counts
        if not new_counts or (last is not None and new_counts == last.counts):
            return None
        case_id = uuid7(int(now.timestamp() * 1000), os.urandom(10))
        row = Row(case_id, NO_DECISION, NOBODY, issued.leaf, sealing.pack(issued.opening))
        entry = journal.insert([row])
        journal.set("totals", str(entry))
    return entry


def newest(journal: Journal) -> Published | None:
    """The totals that were put into the log last."""
    entry = journal.setting("totals")
    log_entry = journal.event(int(entry)) if entry is not None else None
    leaf = event.read_leaf(log_entry.leaf) if log_entry is not None else None
    if log_entry is None or not isinstance(leaf, event.Totals):
        return None
    return Published(log_entry.seq, event.moment(leaf.at), leaf.counts)
