"""How far a node's own record reaches in a lake: from which day to which, platform by platform.

LAKE/record.json says it. A record is whole by itself: a day within its reach on which a platform
has no row is a day on which it decided nothing. Only the day under way is not over yet.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa

from amparo.observatory.coverage import Covered, Span
from amparo.observatory.lake.ingest import write
from amparo.observatory.renamed import MERGED

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


class Day(NamedTuple):
    """What a record holds of one day."""

    day: date
    rows: Sequence[dict[str, object]]
    """Its decisions, as a dump has them."""
    counts: Mapping[tuple[str, str], int]
    """(platform, metric) -> value, for what no dump has."""


_OF_THE_DAY = "doubt.another_day"
"""What is asked of a day's dump: a record is read day by day, and has no row of another."""


def names(days: Sequence[Day]) -> list[str]:
    """The platform of each row of several days, so that they can be counted as those of one.

    Nothing that is counted looks beyond a platform and a day, so both are one key: five hundred
    small days are counted in the time of a few.
    """
    return [f"{day.day}{in_series(str(row['platform_name']))}" for day in days for row in day.rows]


def in_series(name: str) -> str:
    """The name under which a platform of the record stands in the series."""
    return MERGED.get(name, name)


def apart(days: Sequence[Day], counted: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """The series of each of the days, from what was counted of all of them by their `names`."""
    found: dict[date, dict[tuple[str, str], int]] = {of.day: {} for of in days}
    for row in counted.to_pylist():
        if row["metric"] != _OF_THE_DAY:
            day, platform = date.fromisoformat(row["platform"][:10]), row["platform"][10:]
            found[day][platform, row["metric"]] = row["value"]
    for of in days:
        beside = {(in_series(name), metric): n for (name, metric), n in of.counts.items()}
        yield of.day, series(of.day, found[of.day] | beside)


def series(day: date, counts: Mapping[tuple[str, str], int]) -> pa.Table:
    """Counts by platform and metric, in the shape of `daily`."""
    kinds = {"date": pa.date32(), "platform": pa.string(), "metric": pa.string()}
    rows = [
        {"date": day, "platform": platform, "metric": metric, "value": value}
        for (platform, metric), value in sorted(counts.items())
    ]
    return pa.Table.from_pylist(rows, pa.schema([*kinds.items(), ("value", pa.int64())]))


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
    """How far it reaches; None where none was read, or nobody can tell: then it is read anew."""
    try:
        return msgspec.json.decode((lake / "record.json").read_bytes(), type=Reach)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def keep(lake: Path, reach: Reach) -> None:
    """Remember how far it reaches, once all of its days are in the lake."""
    lake.mkdir(parents=True, exist_ok=True)
    write(lake / "record.json", msgspec.json.encode(reach))
