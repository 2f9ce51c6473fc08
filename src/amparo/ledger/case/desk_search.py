"""A list of a desk looked through: cases found by number and words, or sorted by something else.

Neither has an index, so it is done among the most urgent of the list, of which there is a bound,
and whoever asks is told where the list is longer.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Literal, NamedTuple
from uuid import UUID

from amparo.ledger.case import desks, wording
from amparo.ledger.case.desks import PAGE, Filter, Waiting
from amparo.ledger.case.wording import Wording, folded
from amparo.storage.journal import Journal

MOST_LOOKED_THROUGH = 1_000
MOST_PAGES = MOST_LOOKED_THROUGH // PAGE

Sort = Literal["urgent", "filed", "clause"]
_NOTHING = Wording("", "")


class Looked(NamedTuple):
    """A page of what was found."""

    found: list[Waiting]
    more: bool
    partly: bool
    """Whether the list is longer than what was looked through."""


def look_through(
    journal: Journal, platform: int, asked: Filter, *, words: str, sort: Sort, page: int
) -> Looked:
    """Page `page`, from 1, of those that fit all `words`: of a number, a clause or a statement."""
    listed = desks.queue(journal, platform, asked, MOST_LOOKED_THROUGH + 1)
    partly, found = len(listed) > MOST_LOOKED_THROUGH, listed[:MOST_LOOKED_THROUGH]
    if words or sort == "clause":
        texts = wording.of(journal, [row.case for row in found])
        wanted = folded(words).split()
        found = [row for row in found if _fits(row.case, texts.get(row.case, _NOTHING), wanted)]
        if sort == "clause":
            found.sort(key=lambda row: _by_clause(texts.get(row.case, _NOTHING)))
    if sort == "filed":
        found.sort(key=lambda row: row.filed_at)
    start = (page - 1) * PAGE
    return Looked(found[start : start + PAGE], len(found) > start + PAGE, partly)


def _fits(case: UUID, text: Wording, wanted: list[str]) -> bool:
    return all(word in text.words or word in str(case) for word in wanted)


def _by_clause(text: Wording) -> tuple[bool, str]:
    """What names none comes last; of the same clause the most urgent stays first."""
    return not text.clause, folded(text.clause)
