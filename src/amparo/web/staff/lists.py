"""The list at a desk that somebody works through: its cases and their order, as in an address.

Whoever opens a case from it takes it along as `?list=`, so that the next case is one of the same.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, NamedTuple, cast, get_args
from urllib.parse import parse_qsl, urlencode

from amparo.case.text_limits import LINE
from amparo.ledger.case.desk_search import Sort
from amparo.ledger.case.desks import Filter
from amparo.record import vocabulary as words

NOTICES = "notices"
"""The page of the queue with reports that wait for their first answer."""
TABS = frozenset(
    {
        NOTICES,
        "filed",
        "assigned",
        "reviewing",
        "asking",
        "reopened",
        "remedy_open",
        "paused",
        "waiting",
        "closed",
    }
)
"""States of a complaint that have a page of their own in the queue."""
_LONGEST = 4_000
"""Of a list in an address: its words, each letter at most twelve bytes, and the rest."""


class List(NamedTuple):
    """Which cases of a desk, and in which order."""

    state: str = "filed"
    category: str = ""
    mine: str = ""
    """`1`: those of whoever asks."""
    find: str = ""
    """Words that each of them fits."""
    sort: Sort = "urgent"

    @property
    def is_looked_through(self) -> bool:
        """Whether an index cannot answer it."""
        return bool(self.find) or self.sort != "urgent"

    def query(self, **other: str) -> str:
        """As the query of an address, with some of it `other` than it is."""
        found = self._replace(**cast("dict[str, Any]", other))
        default = List()._asdict()
        return urlencode({k: v for k, v in found._asdict().items() if v != default[k]})

    def filter(self, seat: int) -> Filter:
        """As the ledger asks for it, for somebody at the desk."""
        return Filter(self.state, self.category, seat if self.mine else 0)


def of(query: Mapping[str, str]) -> List:
    """The list that an address asks for; of what is none, the list without it."""
    state, category, sort = (query.get(name, "") for name in ("state", "category", "sort"))
    return List(
        state if state in TABS else "filed",
        category if category in words.CATEGORY else "",
        "1" if query.get("mine") == "1" else "",
        " ".join(query.get("find", "").split())[:LINE],
        cast("Sort", sort) if sort in get_args(Sort) else "urgent",
    )


def taken_along(query: Mapping[str, str]) -> List | None:
    """The list that a case was opened from; None where it was opened otherwise."""
    given = query.get("list")
    return None if given is None else of(dict(parse_qsl(given[:_LONGEST])))
