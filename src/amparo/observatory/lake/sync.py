"""Bringing a lake up to date from the public archive: what is missing, and no more.

The light daily aggregates are fetched, full dumps where they are asked for. Each day is in the lake
before the next is fetched, so that a run that was ended goes on where it stopped. The archive
writes an aggregate anew when its day is 20 and 160 days old: then it is fetched again.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from amparo.errors import Malformed, Missing, Unsound
from amparo.observatory.coverage import WHOLE, Coverage, Span
from amparo.observatory.lake.entry import Entry
from amparo.observatory.lake.lake import AddOutcome, Lake
from amparo.observatory.waves import EVERYBODY

REWRITTEN_AFTER = (20, 160)
"""Days after which the archive writes an aggregate anew."""
Fetch = Callable[[str, Path], Path]
"""Fetches an address into a folder; `Missing` where there is nothing at it."""


class Step(NamedTuple):
    """What became of a day."""

    day: date
    outcome: AddOutcome | None
    why: str = ""
    """Where there is no outcome: what the archive lacks, or what is wrong with what it has."""


def wanted(
    coverage: Coverage, entries: Sequence[Entry], span: Span, *, whole: bool = False
) -> list[date]:
    """The days of a span to be fetched, in order; `whole`: as full dumps."""
    grades = coverage.grades(EVERYBODY, ["statements"], span)
    # Only a full dump, or what ships, tells of territories: light files and aggregates do not.
    if whole:
        grades = coverage.grades(EVERYBODY, ["territory.eu"], span)
    old = set() if whole else _rewritten(entries, span.last)
    return [day for place, day in enumerate(span.each()) if grades[place] != WHOLE or day in old]


def run(
    lake: Lake, days: Sequence[date], site: str, fetch: Fetch, *, whole: bool = False
) -> Iterator[Step]:
    """Fetch and add day after day."""
    folder = lake.folder / "dumps"
    for day in days:
        name = f"sor-global-{day}-full.zip" if whole else f"aggregates-{day}.csv"
        if not whole:
            (folder / name).unlink(missing_ok=True)
        try:
            path = fetch(f"{site.rstrip('/')}/{name}", folder)
        except (Missing, Unsound) as error:
            yield Step(day, None, error.why)
            continue
        try:
            yield Step(day, lake.add(path))
        except Malformed as error:  # one bad day holds up no other
            yield Step(day, None, error.why)
        finally:
            if not whole:  # its counts are in the lake, its digest is on the list
                path.unlink(missing_ok=True)
                path.with_name(f"{path.name}.sha1").unlink(missing_ok=True)


def _rewritten(entries: Sequence[Entry], today: date) -> set[date]:
    """Days whose aggregate was fetched before the archive wrote it anew."""
    fetched: dict[date, date] = {}
    fuller: set[date] = set()
    for entry in entries:
        if entry.version == "aggregate":
            fetched[entry.day] = date.fromisoformat(entry.added_at[:10])
        elif entry.slug == "global":
            fuller.add(entry.day)
    return {
        day
        for day, when in fetched.items()
        for after in REWRITTEN_AFTER
        if day not in fuller and when <= day + timedelta(days=after) < today
    }
