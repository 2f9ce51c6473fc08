"""How far a node's own record reaches in a lake: from which day to which, platform by platform.

LAKE/record.json says it. A record is whole by itself: a day within its reach on which a platform
has no row is a day on which it decided nothing. Only the day under way is not over yet.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec

from amparo.observatory.coverage import Covered, Span
from amparo.observatory.lake.ingest import write

PREFIX = "own-"
_NAME = re.compile(rf"{PREFIX}.+-(?P<day>\d{{4}}-\d\d-\d\d)")


class Reach(msgspec.Struct, frozen=True):
    """What of a record is in the lake."""

    platforms: dict[str, date]
    """Name -> its first day in the record."""
    last: date
    """The day on which the record was read; it was not over then."""
    read: date
    """The last day on which anything happened: it is read again, as it may go on."""
    start: int
    """The first event of the journal that belongs to it."""

    def covered(self) -> Iterator[Covered]:
        """What it tells of."""
        for name, first in self.platforms.items():
            for day in Span(first, self.last).each():
                yield Covered(day, name, "record", day < self.last)


def name_of(slug: str, day: date) -> str:
    """The name of a day's series of a record."""
    return f"{PREFIX}{slug}-{day}"


def days_of(series: Iterable[Path]) -> dict[Path, date]:
    """Which of these files are days of a record, and of which day each is."""
    found: dict[Path, date] = {}
    for path in series:
        named = _NAME.fullmatch(path.stem)
        with suppress(ValueError):
            found |= {} if named is None else {path: date.fromisoformat(named["day"])}
    return found


def read(lake: Path) -> Reach | None:
    """How far it reaches; None where none was read."""
    try:
        return msgspec.json.decode((lake / "record.json").read_bytes(), type=Reach)
    except FileNotFoundError:
        return None


def keep(lake: Path, reach: Reach) -> None:
    """Remember how far it reaches, once all of its days are in the lake."""
    lake.mkdir(parents=True, exist_ok=True)
    write(lake / "record.json", msgspec.json.encode(reach))
