"""What the series of a lake are, and which days they tell of, from its lists of files."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from pathlib import Path

from amparo.observatory.coverage import Covered, Source
from amparo.observatory.engine import LakeSeries, Layer
from amparo.observatory.lake import own_record
from amparo.observatory.lake.entry import RANK, Entry, standing
from amparo.observatory.lake.own_record import Reach
from amparo.observatory.waves import EVERYBODY

GLOBAL = "global"
"""The slug of dumps of all platforms."""
_SOURCES: dict[str, Source] = {"aggregate": "aggregate", "light": "light", "full": "full"}


def of(series: Sequence[Path], entries: Sequence[Entry], record: Reach | None) -> LakeSeries:
    """Series files by what they are, with what they cover."""
    days = standing(entries)
    listed = {f"{slug}-{day}": entry for (slug, day), entry in days.items()}
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
        layers=_layers({path: listed[path.stem] for path in archive}),
        record=sorted(own),
        unlisted=[path for path in series if path not in {*days_of_record, *archive}],
        covered=[*covered, *(record.covered() if record is not None else ())],
    )


def _layers(archive: Mapping[Path, Entry]) -> list[Layer]:
    """Files of one kind together, the fullest first; of two alike that of all platforms."""
    found: dict[tuple[bool, int, bool], list[Path]] = {}
    for path, entry in archive.items():
        kind = (entry.whole, RANK[entry.version], entry.slug == GLOBAL)
        found.setdefault(kind, []).append(path)
    return [
        Layer(
            paths,
            _SOURCES[archive[paths[0]].version],
            frozenset(archive[path].day for path in paths),
            of_everybody=of_everybody,
            whole=whole,
        )
        for (whole, _, of_everybody), paths in sorted(found.items(), reverse=True)
    ]
