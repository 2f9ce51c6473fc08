"""`amparo export`: the record as daily dumps in the EU database's format, for whoever reads those.

A dump is written once, when its day is over. It is written again only where it has become untrue:
when reasons of its day were erased, when a clock that was set back has added to its day, or when it
is asked for with or without PUIDs.

FOLDER/.export.json    dump -> how many of its statements were erased, whether PUIDs are in it, and
                       where the clock was set back, the last entry of its day
"""

# SPDX-License-Identifier: Apache-2.0

from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import msgspec

from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.cli.rows import as_day

if TYPE_CHECKING:
    from amparo.ledger.log.dump_rows import DumpRow, DumpRows
    from amparo.observatory.lake.writer import DumpWriter, Version

OVER_AFTER = timedelta(hours=1)
"""After midnight UTC, until what was on its way is in the journal."""
PATIENCE = timedelta(days=1)
"""A dump is closed when the journal is so far beyond its day."""
DAY = timedelta(days=1)


class _Written(msgspec.Struct, frozen=True):
    erased: int
    puids: bool
    end: int = -1


class _Asked(NamedTuple):
    """What is to be written."""

    folder: Path
    slug: str
    platform: str | None
    version: "Version"
    puids: bool

    def path(self, day: date) -> Path:
        return self.folder / f"sor-{self.slug}-{day}-{self.version}.zip"


class _Days(NamedTuple):
    """What the record has of its days."""

    erased: dict[date, int]
    """How many statements of a day are erased."""
    ends: dict[date, int] | None
    """The last entry of a day; None where entries are in the order of their days."""

    def end(self, day: date) -> int:
        return (self.ends or {}).get(day, -1)

    def is_over(self, day: date, row: "DumpRow") -> bool:
        """Whether no row of a day comes after this one, as far as can be told."""
        if self.ends is None:
            return datetime.combine(day + DAY, datetime.min.time()) <= row.moment - PATIENCE
        return self.end(day) < row.seq


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--platform", "name", help="Only this platform's decisions, in dumps of its name.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="Only from this day on."
)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="Only up to this day."
)
@click.option("--light", is_flag=True, help="Light dumps: no territories, no explanations.")
@click.option(
    "--puids",
    is_flag=True,
    help="With the platforms' own identifiers, which may point at people; else each statement's "
    "uuid stands in their column.",
)
@data_option
def export(
    folder: Path,
    name: str | None,
    since: date | None,
    until: date | None,
    data: Path,
    *,
    light: bool,
    puids: bool,
) -> None:
    """Write the record into FOLDER as daily dumps, one for each day (UTC) that is over.

    They have the EU database's format, names and digests, so that whatever reads its dumps reads
    these. Nothing else of the record is in them: no person, no complaint. A dump that is there is
    left alone, unless reasons of its day were erased meanwhile: then it is written anew. What was
    stopped goes on where it was. Works while the node runs.
    """
    from amparo.ledger.log import platforms
    from amparo.ledger.log.dump_rows import DumpRows
    from amparo.storage.durable import locked
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    with closing(Journal(open_node(data).journal, read_only=True)) as journal:
        platform = platforms.find(journal, name) if name else None
        asked = _Asked(
            folder,
            platforms.slug_of(platform.name) if platform else "global",
            platform.name if platform else None,
            "light" if light else "full",
            puids,
        )
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, "export", fix="Let it end, or name another folder."):
            rows = DumpRows(journal)
            of = _Days(rows.erased(), rows.ends())
            first = min(of.ends) if of.ends else rows.day_of(0)
            days = _days(first, since, until, datetime.now(UTC).replace(tzinfo=None))
            written = _written(folder)
            wanted = [day for day in days if not _stands(asked, day, of, written)]
            size = journal.size()
            with bar("Exporting", unit="entries") as advance:
                late = _write(asked, wanted, of, rows, lambda seq: advance(seq + 1, size))
    for day in sorted(late):
        click.echo(
            f"amparo: {day} was not written: the journal has entries of that day more than a day "
            "behind later ones. Look at the clock of this machine.",
            err=True,
        )
    click.echo(
        f"{len(wanted) - len(late)} dumps written, {len(days) - len(wanted)} were there.", err=True
    )
    if late:
        raise click.exceptions.Exit(1)


def _days(first: date | None, since: date | None, until: date | None, now: datetime) -> list[date]:
    """The days asked for that are over, from the record's first on."""
    last = (now - OVER_AFTER).date() - DAY
    if until is not None and until > last:
        click.echo(f"amparo: {last + DAY} and later are not over, and are not written.", err=True)
    if first is None:
        return []
    first, last = max(first, since or first), min(last, until or last)
    return [first + DAY * n for n in range((last - first).days + 1)]


def _written(folder: Path) -> dict[str, _Written]:
    try:
        raw = (folder / ".export.json").read_bytes()
        return msgspec.json.decode(raw, type=dict[str, _Written])
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return {}  # what is not known to be true is written anew


def _stands(asked: _Asked, day: date, of: _Days, written: dict[str, _Written]) -> bool:
    """Whether a dump is there, and still says what it should."""
    from amparo.observatory.lake.writer import digest_path

    path = asked.path(day)
    is_there = path.is_file() and digest_path(path).is_file()
    return is_there and written.get(path.name) == _as_written(asked, day, of)


def _as_written(asked: _Asked, day: date, of: _Days) -> _Written:
    return _Written(of.erased.get(day, 0), asked.puids, of.end(day))


def _write(
    asked: _Asked,
    wanted: list[date],
    of: _Days,
    rows: "DumpRows",
    advance: Callable[[int], None],
) -> set[date]:
    """Write the dumps of some days, each closed as soon as it can be; the days that came too late.

    Several are open at a time: around midnight decisions come in no exact order.
    """
    due, closed, late = deque(sorted(wanted, key=of.end)), set[date](), set[date]()
    days: dict[date, DumpWriter] = {}

    def close() -> None:
        day = due.popleft()
        writer = days.pop(day, None) or _begun(asked, day)
        writer.close()
        closed.add(day)
        _note(asked, writer, _as_written(asked, day, of))
        click.echo(writer.path.name)

    asked_for = set(wanted)
    try:
        # To the journal's end: where a clock was wrong, a day may go on far behind its place.
        for row in rows.since(wanted[0]) if wanted else ():
            while due and of.is_over(due[0], row):
                close()
            day = row.moment.date()
            if day in closed:
                late.add(day)
            elif day in asked_for:
                if day not in days:
                    days[day] = _begun(asked, day)
                _add(asked, days[day], row)
            advance(row.seq)
        while due:
            close()
    finally:
        for writer in days.values():
            writer.abandon()
    for day in late:
        _take_back(asked.path(day))
    return late


def _take_back(dump: Path) -> None:
    from amparo.observatory.lake.writer import digest_path

    dump.unlink()
    digest_path(dump).unlink()


def _begun(asked: _Asked, day: date) -> "DumpWriter":
    from amparo.observatory.lake.writer import DumpWriter

    return DumpWriter(asked.folder, asked.slug, day, asked.version)


def _add(asked: _Asked, writer: "DumpWriter", row: "DumpRow") -> None:
    if asked.platform in (None, row.cells["platform_name"]):
        uid = row.puid if asked.puids else row.cells["uuid"]
        writer.add(row.cells | {"platform_uid": uid})


def _note(asked: _Asked, writer: "DumpWriter", stands: _Written) -> None:
    from amparo.observatory.lake.ingest import write

    noted = _written(asked.folder) | {writer.path.name: stands}
    write(asked.folder / ".export.json", msgspec.json.encode(noted))
