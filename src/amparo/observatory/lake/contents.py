"""What the series of a lake are, and which days they tell of, from its lists of files."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from amparo.observatory.coverage import Covered, Source
from amparo.observatory.engine import LakeSeries
from amparo.observatory.lake import own_record
from amparo.observatory.lake.entry import RANK, Entry
from amparo.observatory.lake.own_record import Reach
from amparo.observatory.waves import EVERYBODY

GLOBAL = "global"
"""The slug of dumps of all platforms."""
_SOURCES: dict[str, Source] = {"aggregate": "aggregate", "light": "light", "full": "full"}


def of(series: Sequence[Path], entries: Sequence[Entry], record: Reach | None) -> LakeSeries:
    """Series files by what they are, with what they cover."""
    days: dict[tuple[str, date], Entry] = {}
    for entry in entries:
        before = days.get((entry.slug, entry.day))
        if before is None or _fuller(entry, before):
            days[entry.slug, entry.day] = entry
    listed = {f"{slug}-{day}" for slug, day in days}
    archive = [path for path in series if path.stem in listed]
    days_of_record = own_record.days_of({*series} - {*archive})
    # Days of a record come one by one, and its reach when all are there: what lies beyond is of a
    # run that goes on just now, or that was ended.
    own = [
        path for path, day in days_of_record.items() if record is not None and day <= record.last
    ]
    covered = [
        Covered(
            day,
            EVERYBODY if slug == GLOBAL else slug,
            _SOURCES[entry.version],
            entry.whole,
        )
        for (slug, day), entry in days.items()
    ]
    return LakeSeries(
        archive=archive,
        record=sorted(own),
        unlisted=[path for path in series if path not in {*days_of_record, *archive}],
        covered=[*covered, *(record.covered() if record is not None else ())],
    )


def _fuller(entry: Entry, before: Entry) -> bool:
    return (RANK[entry.version], entry.whole) > (RANK[before.version], before.whole)
