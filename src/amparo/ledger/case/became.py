"""What became of a decision, for everybody: shown only where at least ten ended in the same way.

That somebody complained is theirs to tell. Where ten or more decisions of a platform are alike, in
what was restricted, what it was found to be and how the complaint ended, it points at nobody.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple
from uuid import UUID

from amparo.case.issue import FEWEST_SHOWN
from amparo.storage.journal import Journal

MOST_LOOKED_AT = 1_000
"""Ended complaints of a kind that are read to find ten that are alike."""


class Became(NamedTuple):
    """How complaints about decisions like this one ended."""

    outcome: str
    remedy: str
    """What became of the order; empty where fewer than ten share it."""


def of(journal: Journal, case_id: UUID) -> Became | None:
    """What became of a decision; None where nobody complained, or fewer than ten are alike."""
    row = journal.db.execute(
        "SELECT platform, category, harm, outcome, remedy FROM desk "
        "WHERE case_id = ? AND state = 'closed' AND outcome <> ''",
        (case_id.bytes,),
    ).fetchone()
    if row is None:
        return None
    platform, category, harm, outcome, remedy = row
    alike = [
        str(ended[1])
        for ended in journal.db.execute(
            "SELECT outcome, remedy, harm FROM desk "
            "WHERE platform = ? AND state = 'closed' AND category = ? LIMIT ?",
            (platform, category, MOST_LOOKED_AT),
        )
        if ended[0] == outcome and ended[2] == harm
    ]
    if len(alike) < FEWEST_SHOWN:
        return None
    return Became(outcome, remedy if alike.count(remedy) >= FEWEST_SHOWN else "")
