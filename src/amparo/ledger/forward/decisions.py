"""The decisions of a platform that are to be sent, read from the journal in its order."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from amparo.connectors import eu_database
from amparo.record import sealing
from amparo.storage.journal import Journal

WINDOW = 3200
"""Entries of the log that are looked at together; what came of them is kept in one commit."""


class Item(NamedTuple):
    """One decision as it is sent."""

    seq: int
    puid: str
    body: bytes
    may_be_there: bool
    """Whether it was sent before, without a clear answer."""


class Sent(NamedTuple):
    """It is in the EU's database."""

    item: Item
    uuid: UUID | None
    """None: it was only said that it is there."""
    at: int


class Held(NamedTuple):
    """It is put aside: `refused`, `known` there but not from here, or `failing`."""

    item: Item
    state: str
    why: str


Settled = Sent | Held


class Window(NamedTuple):
    """What is sent next: the decisions among the entries from `start` up to, not with, `end`."""

    start: int
    end: int
    items: list[Item]
    left_out: int
    """Decisions that are not for the EU's database, or whose texts are erased."""


def window(journal: Journal, platform: int, start: int, *, begun: int) -> Window:
    """The next entries from `start` on: at most `WINDOW` of them, or all there are.

    `begun`: up to which entry an earlier process may have sent something.
    """
    end = min(start + WINDOW, max(start, journal.size()))
    rows = journal.db.execute(
        "SELECT seq, leaf, opening FROM event "
        "WHERE seq >= ? AND seq < ? AND platform = ? AND n = 1 ORDER BY seq",
        (start, end, platform),
    ).fetchall()
    settled = _settled(journal, start, end) if start < begun else frozenset()
    found = [
        item(seq, leaf, opening, may_be_there=seq < begun)
        for seq, leaf, opening in rows
        if seq not in settled
    ]
    items = [sent for sent in found if sent is not None]
    return Window(start, end, items, len(found) - len(items))


def of(journal: Journal, may_be_there: Mapping[int, bool]) -> list[Item]:
    """These decisions, by their seq; those that cannot be sent any more are left out."""
    found = []
    for seq, may_be in may_be_there.items():
        if (entry := journal.event(seq)) is not None:
            found.append(item(seq, entry.leaf, entry.opening, may_be_there=may_be))
    return [sent for sent in found if sent is not None]


def item(seq: int, leaf: bytes, opening: bytes | None, *, may_be_there: bool) -> Item | None:
    """A decision as it is sent; None where it is not for the EU's database, or erased."""
    if opening is None:
        return None
    opened = sealing.unpack(opening)
    known = fields(leaf, opened)
    is_there = bool(known.get("imported", {}).get("uuid"))  # it comes from the EU's own files
    sent = None if is_there else eu_database.statement(known)
    return None if sent is None else Item(seq, opened.puid, eu_database.encode(sent), may_be_there)


def fields(leaf: bytes, opened: sealing.Opening) -> dict[str, Any]:
    """A decision's attributes, from the public part and the sealed one."""
    return {**_read_leaf(leaf).public, **opened.fields(), "puid": opened.puid}


class _Leaf(msgspec.Struct, gc=False):
    public: dict[str, Any]


_read_leaf = msgspec.json.Decoder(_Leaf).decode


def _settled(journal: Journal, start: int, end: int) -> frozenset[int]:
    """Of a range that was begun before: those of which is known what became of them."""
    rows = journal.db.execute(
        "SELECT seq FROM forwarded WHERE seq >= ?1 AND seq < ?2 "
        "UNION ALL SELECT seq FROM forward_held WHERE seq >= ?1 AND seq < ?2",
        (start, end),
    ).fetchall()
    return frozenset(int(seq) for (seq,) in rows)
