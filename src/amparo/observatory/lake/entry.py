"""One file of a lake, as its line in `files.jsonl` tells."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
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
