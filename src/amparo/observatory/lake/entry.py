"""One file of a lake, as its line in `files.jsonl` tells."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import msgspec

RANK: Mapping[str, int] = MappingProxyType({"aggregate": 0, "light": 1, "full": 2})
"""Versions of a day, by how much they tell."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Name, day, digests and counts of a file, and what was tolerated."""

    name: str
    day: date
    slug: str
    version: str
    sha256: str
    sha1: str
    bytes: int
    rows: int
    aside: int
    pieces: int
    notes: tuple[str, ...]
    added_at: str
    beside: str | None = None
    """The digest of an earlier file of the same name, whose bytes were others."""
    listed: int | None = None
    """How many rows the site's table of dumps said it has, if that was told."""
    whole: bool = True
    """Whether it is what was published, as far as its digest and its directories tell."""


def standing(entries: Iterable[Entry]) -> dict[tuple[str, date], Entry]:
    """Slug and day -> the file whose counts stand for it; what a day covers is said of the same.

    What is whole goes before what lacks something, then the fuller version. Of two alike the first
    stands, whatever the second is named; but the archive writes its aggregates anew, and of two
    that lack something the one with more rows lacks less.
    """
    found: dict[tuple[str, date], Entry] = {}
    for entry in entries:
        before = found.get((entry.slug, entry.day))
        if before is None or _takes_the_place(entry, before):
            found[entry.slug, entry.day] = entry
    return found


def _takes_the_place(entry: Entry, before: Entry) -> bool:
    mine, its = ((file.whole, RANK[file.version]) for file in (entry, before))
    if mine != its or entry.version == "aggregate":
        return mine >= its
    return not entry.whole and entry.rows > before.rows
