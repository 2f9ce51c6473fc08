"""The figures of the hearing, kept as counts: each event changes them in its own transaction.

They outlive what they were counted from. An erasure takes texts and never a count: of each cell it
is noted how many come from erased cases, so that the rest can be counted again from the cases at
any time (`figures_check`).

A journal of an older version is counted once, case by case, in the order of their numbers; up to
which one is remembered (`COUNTED`), and only cases up to there follow their events.
"""

# SPDX-License-Identifier: Apache-2.0

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from amparo.case import figures
from amparo.case.events import Event
from amparo.case.figures import Cell, Counts, Period
from amparo.storage.journal import Journal

COUNTED = "figures"
"""Setting: the number of the last case that is counted, in hexadecimal; empty: none is."""
ALL = "f" * 32

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Cell).decode


def follow(
    journal: Journal,
    case_id: UUID,
    platform: int,
    public: Mapping[str, Any],
    happened: Sequence[Event],
    new: Sequence[Event],
) -> None:
    """Count what new events change, inside the transaction that keeps them."""
    if any(map(figures.matters, new)) and case_id.hex <= counted_up_to(journal):
        change = figures.counted([*happened, *new], public)
        change.subtract(figures.counted(happened, public))
        add(journal, platform, change)


def keep(journal: Journal, case_id: UUID, platform: int, before: Counts, after: Counts) -> None:
    """Keep the counts of a case whose texts are erased, inside the transaction of the erasure.

    `before`, `after`: what is counted of it with its texts, and of what is left.
    """
    gone = Counter(before)
    gone.subtract(after)
    is_counted = case_id.hex <= counted_up_to(journal)
    add(journal, platform, Counter() if is_counted else gone, erased=gone)


def add(
    journal: Journal, platform: int, change: Counts, *, erased: Mapping[Any, int] | None = None
) -> None:
    """Change counts; inside a transaction."""
    erased = erased or {}
    for period, cell in sorted({*change, *erased}, key=repr):
        n, gone = change[period, cell], erased.get((period, cell), 0)
        if n or gone:
            journal.db.execute(
                "INSERT INTO figure VALUES (?, ?, ?, ?, ?) ON CONFLICT (platform, period, cell) "
                "DO UPDATE SET n = figure.n + excluded.n, erased = figure.erased + excluded.erased",
                (platform, period, _encode(cell).decode(), n, gone),
            )


def counted_up_to(journal: Journal) -> str:
    """The number of the last case that is counted, in hexadecimal."""
    return journal.setting(COUNTED) or ""


def of(journal: Journal, platform: int, period: Period) -> Counter[Cell]:
    """What is counted of a platform in a period, once all cases are."""
    return Counter({cell: n for cell, n, _ in _rows(journal, platform, period)})


def of_erased(journal: Journal, platform: int, period: Period) -> Counter[Cell]:
    """The same of the erased cases alone."""
    return Counter({cell: erased for cell, _, erased in _rows(journal, platform, period)})


def periods(journal: Journal, platform: int) -> list[Period]:
    """The periods in which there is something to count of a platform."""
    query = "SELECT DISTINCT period FROM figure WHERE platform = ? ORDER BY period"
    return [str(period) for (period,) in journal.db.execute(query, (platform,))]


def _rows(journal: Journal, platform: int, period: Period) -> list[tuple[Cell, int, int]]:
    rows = journal.db.execute(
        "SELECT cell, n, erased FROM figure WHERE platform = ? AND period = ?", (platform, period)
    )
    return [(_decode(str(cell)), int(str(n)), int(str(erased))) for cell, n, erased in rows]
