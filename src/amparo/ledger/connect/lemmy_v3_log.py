"""The log of a Lemmy before 1.0: lists side by side, on pages that are counted from the newest.

Page 3 is the third of every list, however much time each of them spans, so a page reaches back only
as far as the shortest of those that go on. When something new is logged, pages move on. What moved
meanwhile is found by numbers: of each list it is kept up to which one it was read, and from there
on nothing is left out.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from amparo.connectors import lemmy, lemmy_v3
from amparo.ledger.connect import asking
from amparo.ledger.connect.newest_first import Lost, Page

ON_A_PAGE = 50
"""The most that Lemmy gives."""
LAST_PAGE = 100
"""Lemmy refuses to show pages after that: of a list with more, the older entries are not seen."""
MOST_MOVED = 20
"""By so many pages at most can the log move on while it is read."""
Ask = Callable[[int], Any]
"""The number of a page -> what Lemmy answers."""
_Lists = Mapping[str, list[Any]]


class _At(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in the log, as it is kept."""

    page: int = 1
    read: dict[str, int] | None = None
    """On the way up: the number of the newest entry of each list that was read so far."""


def page(ask: Ask, at: str) -> Page:
    """The page at a place; `Lost` where that is not to be found any more."""
    try:
        place = msgspec.json.decode(at or "{}", type=_At)
    except msgspec.MsgspecError:  # the server was a newer one when that was written
        raise Lost from None
    newest = _lists(ask, place.page)
    found, oldest, number = newest, newest, place.page
    while place.read is not None and not _meets(found, oldest, place.read):
        number += 1
        if number > LAST_PAGE:
            break  # what has moved on so far is shown to nobody any more
        if number > place.page + MOST_MOVED:
            raise Lost
        oldest = _lists(ask, number)
        found = {name: [*found[name], *oldest[name]] for name in found}
    going_on = [entries for entries in newest.values() if _is_full(entries)]
    before = place.read or {}
    read = {name: max(before.get(name, 0), *_numbers(newest[name]), 0) for name in newest}
    entries = [entry for entries in found.values() for entry in entries]
    is_last = place.page >= LAST_PAGE
    if going_on and is_last:
        entries.append({lemmy_v3.CUT_OFF: True})
    return Page(
        sorted(entries, key=_order, reverse=True),
        _place(place.page + 1) if going_on and not is_last else "",
        _place(place.page - 1, read) if place.page > 1 else "",
        max((_oldest(entries) for entries in going_on), default=""),
    )


def _meets(found: _Lists, oldest: _Lists, read: Mapping[str, int]) -> bool:
    """Whether each list goes down to where it was read before, or to its end."""
    return all(
        not _is_full(oldest[name]) or min(_numbers(entries), default=0) <= read.get(name, 0) + 1
        for name, entries in found.items()
    )


def _is_full(entries: list[Any]) -> bool:
    return len(entries) >= ON_A_PAGE


def _lists(ask: Ask, number: int) -> _Lists:
    try:
        return lemmy_v3.lists(ask(number))
    except ValueError as error:
        raise asking.unexpected("Lemmy", str(error)) from None


def _place(number: int, read: dict[str, int] | None = None) -> str:
    return msgspec.json.encode(_At(number, read)).decode()


def _numbers(entries: list[Any]) -> list[int]:
    """The numbers of entries, as far as they have one."""
    found = (entry.get("modlog", {}).get("id") for entry in entries)
    return [number for number in found if isinstance(number, int) and number > 0]


def _oldest(entries: list[Any]) -> str:
    return min((at for at in map(lemmy.moment, entries) if at), default="")


def _order(entry: Any) -> str:
    return lemmy.moment_of(entry.get("modlog", {}).get("published_at"), "microseconds")
