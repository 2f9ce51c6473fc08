"""A lake: daily dumps as typed Parquet, with their daily series, and what was set aside.

    LAKE/files.jsonl                     every file ever added: digests, rows, what was tolerated
    LAKE/statements/date=DAY/NAME/       one Parquet file a piece; texts, no identifiers
    LAKE/ids/date=DAY/NAME/              the identifiers of the same rows, in the same order
    LAKE/daily/SLUG-DAY.parquet          the day's series, in the shape of `daily`
    LAKE/compacted.parquet               the series of many days at once, for quick opening
    LAKE/aside/NAME.jsonl                rows that could not be used: place, reason, text
    LAKE/on_record.jsonl                 which digests a node's log holds, and where
    LAKE/told/                           what was told by mail already, under digests of addresses
    LAKE/staging/                        what is being added just now

A piece of some 100,000 rows is the unit of work: nothing is unpacked to disk, memory does not grow
with the day, and an addition that was ended goes on where it stopped. A file is in the lake when
its line stands in `files.jsonl`, and not before. A file that comes again under its name with other
bytes is never taken for the first: it is kept beside it, and the caller is told.
"""

# SPDX-License-Identifier: Apache-2.0

import csv
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar

import duckdb
import msgspec
import pyarrow as pa
from pyarrow import parquet

from amparo.errors import Malformed, Missing, Unavailable
from amparo.observatory import cube
from amparo.observatory.alerts import Rewrite
from amparo.observatory.engine import LakeSeries
from amparo.observatory.lake import (
    aggregates,
    compacted,
    contents,
    ingest,
    local,
    own_record,
    reader,
    schema,
)
from amparo.observatory.lake.alerts_sent import AlertsSent
from amparo.observatory.lake.entry import Entry, standing
from amparo.observatory.lake.ingest import Done
from amparo.observatory.lake.local import Machine, ThisMachine

Advance = Callable[[int, int | None], None]
_T = TypeVar("_T")
WAIT_SECONDS = 600.0
"""How long one that adds a file waits for another that adds it too."""

_OTHER_DIGEST = "its SHA-1 is"
_ONE_PIECE = "it is one piece of a dump"
_LACKS = (reader.CUT, reader.GAP, ingest.UNREAD, _OTHER_DIGEST, _ONE_PIECE)
"""What a note says of a file that is not all of what was published: a count may be too low."""
FIRST_DAY = date(2023, 9, 25)
"""Of the database; before it there is no dump."""
_NAME = re.compile(r"sor-(?P<slug>.+)-(?P<day>\d{4}-\d\d-\d\d)-(?P<version>full|light)")
_PIECE = re.compile(r"-\d{5}(-\d{5})?\.")
"""What follows the version in the name of a piece, and of an inner zip."""
_AGGREGATE = re.compile(r"^aggregates-(?P<day>\d{4}-\d\d-\d\d)\.csv$")


class _OnRecord(msgspec.Struct):
    sha256: str
    log: str
    index: int


class AddOutcome(NamedTuple):
    """What became of a file that was to be added."""

    status: Literal["added", "known", "changed"]
    entry: Entry


class Lake:
    """A folder of dumps."""

    def __init__(self, folder: Path, machine: Machine | None = None) -> None:
        self.folder = folder
        self.machine = machine or ThisMachine()

    def entries(self) -> list[Entry]:
        """Every file that was added, in order."""
        return self._lines("files.jsonl", Entry)

    def _lines(self, name: str, kind: type[_T]) -> list[_T]:
        """What a list of the lake holds; a last line that was cut off was never written whole."""
        try:
            *lines, last = (self.folder / name).read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        lines += [last] if _is_whole(last) else []
        try:
            return [msgspec.json.decode(line, type=kind) for line in lines if line]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(
                f"{self.folder / name} cannot be read.",
                why=str(error),
                fix="Somebody wrote into it; mend or remove the line, and add its file again.",
            ) from None

    def _append_line(self, name: str, line: bytes) -> None:
        """A line at the end of a list, in the place of one that was cut off there."""
        with _alone(self.folder, "lists"), (self.folder / name).open("a+b") as file:
            file.seek(0)
            there, end, last = file.read().rpartition(b"\n")
            if _is_whole(last):
                file.write(b"\n")
            else:
                file.truncate(len(there) + len(end))
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def rewrites(self) -> list[Rewrite]:
        """Dumps that were published again with other bytes.

        A download that was cut, and came whole later or before, was replaced by nobody.
        """
        first: dict[str, Entry] = {}
        found = []
        for entry in self.entries():
            if not entry.whole or entry.version == "aggregate":  # those are written anew as a rule
                continue
            before = first.setdefault(_published(entry.name), entry)
            if before.sha256 != entry.sha256:
                seen = date.fromisoformat(entry.added_at[:10])
                rewrite = Rewrite(entry.name, entry.day, seen, before.sha256, entry.sha256)
                found.append(rewrite)
        return found

    def examples(
        self, doubt: str, platform: str | None = None, number: int = 5
    ) -> list[tuple[str, dict[str, object]]]:
        """Rows behind a doubt: (platform, what the row holds), cells that are empty left out."""
        query = cube.examples(doubt.removeprefix("doubt."))
        if query is None:
            raise Missing(
                f"There is no doubt about single rows named {doubt[:80]!r}.",
                why="it is in no list",
                fix=f"Choose one of: {', '.join(sorted(cube.DOUBTS))}.",
            )
        if not self.entries():
            raise Missing(
                f"There is no dump in the lake {self.folder}.",
                why="only dumps hold single rows",
                fix="Add one with `amparo observe add`.",
            )
        values = {"platform": platform, "number": number}
        return [
            (str(row["platform_name"]), {name: v for name, v in row.items() if v not in (None, [])})
            for row in local.rows(self.folder, query, values)
        ]

    def on_record(self) -> dict[str, int]:
        """Digests of files that a node's log holds -> their entry there."""
        found = self._lines("on_record.jsonl", _OnRecord)
        return {record.sha256: record.index for record in found}

    def put_on_record(self, sha256: str, origin: str, index: int) -> None:
        """Remember that a log holds a file's digest."""
        line = msgspec.json.encode(_OnRecord(sha256, origin, index))
        self._append_line("on_record.jsonl", line)

    def alerts_sent(self, asker: str) -> AlertsSent:
        """What somebody was told of this lake already."""
        return AlertsSent(self.folder / "told", asker)

    def series(self) -> list[Path]:
        """The daily series of all files, in the shape of `daily`."""
        return sorted((self.folder / "daily").glob("*.parquet"))

    def sources(self) -> LakeSeries:
        """The same by what they are, and which days they tell of."""
        series = self.series()
        found = contents.of(series, self.entries(), own_record.read(self.folder))
        return found._replace(compacted=compacted.read(self.folder, series))

    def files(self) -> list[Path]:
        """What changes when the lake does."""
        lists = (self.folder / name for name in ("files.jsonl", "record.json"))
        return [*self.series(), *(file for file in lists if file.is_file())]

    def add(
        self, path: Path, advance: Advance = lambda *_: None, *, listed: int | None = None
    ) -> AddOutcome:
        """Add one file: a dump (zip of zips of CSV), a CSV piece, or Parquet.

        `listed` is how many rows it should hold, as the site's table of dumps says.
        """
        _named(path)
        with _alone(self.folder, "files"):
            if _AGGREGATE.match(path.name):
                return self._add_aggregate(path)
            return self._add(path, advance, listed)

    def _add(self, path: Path, advance: Advance, listed: int | None) -> AddOutcome:
        slug, day, version = _named(path)
        sha256, sha1 = _digests(path)
        published = _published(path.name)
        before = [entry for entry in self.entries() if _published(entry.name) == published]
        for entry in before:
            if entry.sha256 == sha256:
                return AddOutcome("known", entry)
        notes = [*_checked_digest(path, sha1), *_of_a_piece(path.name)]
        stage = self.folder / "staging" / sha256[:32]
        stage.mkdir(parents=True, exist_ok=True)
        try:
            done = self._read(path, stage, advance, notes)
        except OSError as error:
            raise Unavailable(
                f"{path.name} could not be added.",
                why=f"{error.filename or self.folder}: {error.strerror}",
                fix="Make room and run the same command again: it goes on where it stopped.",
            ) from error
        rows, aside = sum(piece.rows for piece in done), sum(len(piece.aside) for piece in done)
        if not rows and (aside or notes):
            shutil.rmtree(stage)
            raise Malformed(
                f"No decision can be read in {path.name}.",
                why=next((row.why for piece in done for row in piece.aside), "it has no row"),
                fix="Fetch it again. A day on which nobody decided anything is believed only with "
                "the SHA-1 that was published beside it.",
            )
        notes += _compared(listed, rows, aside)
        name = path.name if not before else f"{path.name}~{sha256[:8]}"
        entry = Entry(
            name=path.name,
            day=day,
            slug=slug,
            version=version,
            sha256=sha256,
            sha1=sha1,
            bytes=path.stat().st_size,
            rows=rows,
            listed=listed,
            aside=aside,
            pieces=len(done),
            notes=tuple(dict.fromkeys([*notes, *_notes(done)])),
            added_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            beside=before[0].sha256 if before else None,
            whole=not any(lack in note for note in (*notes, *_notes(done)) for lack in _LACKS),
        )
        self._settle(stage, name, entry, done, counts=self._counts(entry))
        return AddOutcome("changed" if before else "added", entry)

    def _add_aggregate(self, path: Path) -> AddOutcome:
        """A daily aggregate; the newest counts, since the archive writes each of them anew."""
        slug, day, version = _named(path)
        sha256, sha1 = _digests(path)
        before = [entry for entry in self.entries() if entry.name == path.name]
        if before and before[-1].sha256 == sha256:
            return AddOutcome("known", before[-1])
        notes = _checked_digest(path, sha1)
        counts = aggregates.counted(path.read_bytes(), day)
        if before:
            notes.append(f"the archive wrote it anew; its SHA-256 was {before[-1].sha256}")
        entry = Entry(
            name=path.name,
            day=day,
            slug=slug,
            version=version,
            sha256=sha256,
            sha1=sha1,
            bytes=path.stat().st_size,
            rows=sum(n for (_, metric), n in counts.items() if metric == "statements"),
            aside=0,
            pieces=1,
            notes=tuple(notes),
            added_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            whole=not any(_OTHER_DIGEST in note for note in notes),
        )
        stage = self.folder / "staging" / sha256[:32]
        stage.mkdir(parents=True, exist_ok=True)
        _write_series(stage / "daily.parquet", day, counts)
        if self._counts(entry):
            self._publish_daily(stage, f"{slug}-{day}")
        self._list(entry)
        shutil.rmtree(stage)
        return AddOutcome("added", entry)

    def _list(self, entry: Entry) -> None:
        """The line in `files.jsonl`: from now on the file is in the lake."""
        self._append_line("files.jsonl", msgspec.json.encode(entry))

    def _read(self, path: Path, stage: Path, advance: Advance, notes: list[str]) -> list[Done]:
        if reader.kind(path) == "parquet":
            return [ingest.from_parquet(path, stage)]
        todo = reader.pieces_of(path.resolve(), notes)
        done: list[Done] = []
        for piece in self.machine.read(todo, stage.resolve()):
            done.append(piece)
            advance(len(done), len(todo))
        return done

    def add_record(
        self,
        rows: Sequence[dict[str, object]],
        slug: str,
        day: date,
        counts: Mapping[tuple[str, str], int] = MappingProxyType({}),
    ) -> int:
        """Put a day of a record of one's own beside the dumps: the same measures run on both.

        `counts` are (platform, metric) -> value for what no dump has, as complaints.
        """
        return self.add_days([own_record.Day(day, rows, counts)], slug)

    def add_days(self, days: Sequence[own_record.Day], slug: str) -> int:
        """The same for several days, counted together: that costs hardly more than one of them."""
        columns = [name for name in schema.COLUMNS if name not in schema.IDS]
        arrays = {
            name: pa.array([row.get(name) for day in days for row in day.rows], _plain_type(name))
            for name in columns
        }
        arrays["platform_name"] = pa.array(own_record.names(days), pa.string())
        scopes = arrays["territorial_scope"].to_pylist()
        arrays[schema.TERRITORY] = pa.array([schema.countries(s) for s in scopes], pa.string())
        stage = self.folder / "staging" / f"record-{slug}-{days[0].day}"
        # By hand, and by the node itself: in one stage complaints would be added up twice.
        with _alone(self.folder, "record"):
            (stage / "statements").mkdir(parents=True, exist_ok=True)
            parquet.write_table(pa.table(arrays), stage / "statements" / "00000.parquet")
            self.machine.count(stage, days[0].day)
            counted = parquet.read_table(stage / "daily.parquet")
            for day, series in own_record.apart(days, counted):
                parquet.write_table(series, stage / "daily.parquet", compression="zstd")
                self._publish_daily(stage, own_record.name_of(slug, day))
            shutil.rmtree(stage)
        return sum(len(day.rows) for day in days)

    def _settle(
        self, stage: Path, name: str, entry: Entry, done: list[Done], *, counts: bool
    ) -> None:
        """From staging into place; the line in `files.jsonl` is the last."""
        self.machine.count(stage, entry.day)
        for part in ("statements", "ids"):
            target = self.folder / part / f"date={entry.day}" / name
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            (stage / part).mkdir(exist_ok=True)
            (stage / part).rename(target)
        aside = [row for piece in done for row in piece.aside]
        if aside:
            (self.folder / "aside").mkdir(exist_ok=True)
            text = b"".join(msgspec.json.encode(row._asdict()) + b"\n" for row in aside)
            ingest.write(self.folder / "aside" / f"{name}.jsonl", text)
        if counts:
            self._publish_daily(stage, f"{entry.slug}-{entry.day}")
        self._list(entry)
        shutil.rmtree(stage)

    def _counts(self, entry: Entry) -> bool:
        """Whether it stands for its day, once its line is in the list."""
        return standing([*self.entries(), entry])[entry.slug, entry.day] is entry

    def _publish_daily(self, stage: Path, name: str) -> None:
        (self.folder / "daily").mkdir(exist_ok=True)
        (stage / "daily.parquet").rename(self.folder / "daily" / f"{name}.parquet")
        with _alone(self.folder, "compacted"):
            series = self.series()
            if compacted.is_due(self.folder, series):
                # It saves time and holds nothing new: a day is not lost for it.
                with suppress(OSError, duckdb.Error):
                    compacted.write(self.folder, series)


def dumps_in(path: Path) -> list[Path]:
    """A file itself, or the dumps of a folder, by day; one form of each is enough."""
    if path.is_dir():
        found = sorted(
            file
            for file in path.rglob("*")
            if file.suffix in (".zip", ".csv", ".parquet")
            and (_NAME.search(file.name) or _AGGREGATE.match(file.name))
        )
        if not found:
            raise Missing(
                f"There is no dump in {path}.",
                why="no file there is named like sor-global-2025-11-03-full.zip",
                fix="Name a folder with dumps as they are published, or one file.",
            )
        return found
    if not path.is_file():
        raise Missing(
            f"There is no file {path}.",
            why="nothing can be read there",
            fix="Name a dump, a folder of dumps, or the address of one.",
        )
    return [path]


# --- reading ----------------------------------------------------------------------------------


def _named(path: Path) -> tuple[str, date, str]:
    match = _NAME.search(path.name)
    aggregate = _AGGREGATE.match(path.name)
    try:
        if aggregate:
            day = _past(path, date.fromisoformat(aggregate["day"]))
            return contents.GLOBAL, day, "aggregate"
        if match:
            return match["slug"], _past(path, date.fromisoformat(match["day"])), match["version"]
    except ValueError:
        pass
    raise Malformed(
        f"{path.name} does not tell its day.",
        why="a dump is named like sor-global-2025-11-03-full.zip",
        fix="Give the file the name under which it was published.",
    )


def _published(name: str) -> str:
    """The name under which a dump was published, without what browsers add to it, as ` (1)`."""
    match = _NAME.search(name)
    if match is None or _PIECE.match(name, match.end()):
        return name
    return match[0] + Path(name).suffix


def _of_a_piece(name: str) -> list[str]:
    """What to note of a file that is one of those of which a dump is made."""
    match = _NAME.search(name)
    if match is None or not _PIECE.match(name, match.end()):
        return []
    return [
        f"{_ONE_PIECE}: its day is known in part; add the dump itself, as it was published, "
        "with all of its pieces"
    ]


def _past(path: Path, day: date) -> date:
    """A day of which there can be a dump: one mistyped year would stretch every chart to it."""
    today = datetime.now(UTC).date()
    if FIRST_DAY <= day <= today:
        return day
    raise Malformed(
        f"There can be no dump of {day}.",
        why=f"{path.name} names it; the database begins on {FIRST_DAY}, and today is {today}",
        fix="Give the file the name under which it was published, or set the clock.",
    )


def _is_whole(line: bytes) -> bool:
    """Whether a last line lacks its end alone, as editors leave it: half an object is no JSON."""
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """One writer at a time; whoever comes later waits a while. It ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + WAIT_SECONDS
    with (folder / f".{name}.lock").open("ab") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Unavailable(
                        "Another process writes into this lake.",
                        why=f"it has not ended for {WAIT_SECONDS:.0f} seconds",
                        fix="Let it end, and run the same command again.",
                    ) from None
                time.sleep(0.05)
        yield


def _digests(path: Path) -> tuple[str, str]:
    """SHA-256 and SHA-1 of a file, in one pass."""
    ours, published = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(4 * 1024 * 1024):
            ours.update(block)
            published.update(block)
    return ours.hexdigest(), published.hexdigest()


def _checked_digest(path: Path, sha1: str) -> list[str]:
    """Compare with the digest published beside the file; what to note of it."""
    beside = path.with_name(f"{path.name}.sha1")
    if not beside.is_file():
        return ["no digest was published beside it"]
    listed = beside.read_text(errors="replace").split()
    if listed[:1] == [sha1]:
        return []
    return [f"{_OTHER_DIGEST} {sha1}, but {beside.name} says {' '.join(listed)[:60]}"]


def _write_series(target: Path, day: date, counts: Mapping[tuple[str, str], int]) -> None:
    parquet.write_table(own_record.series(day, counts), target, compression="zstd")


def _compared(listed: int | None, rows: int, aside: int) -> list[str]:
    """Listed against found; what to note of it."""
    if listed is None or listed == rows + aside:
        return []
    return [
        f"{listed:,} rows are listed, {rows + aside:,} were found ({aside:,} of them set aside)"
    ]


def listed_rows(path: Path) -> dict[date, int]:
    """Day -> rows, from a CSV copy of the site's table of dumps.

    Its columns are `date` and `statements_listed`, or `rows`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {
                date.fromisoformat(row["date"]): int(row.get("statements_listed") or row["rows"])
                for row in csv.DictReader(file)
            }
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise Malformed(
            f"{path} is no table of listed rows.",
            why=f"{type(error).__name__}: {error}",
            fix="Give it the columns date and statements_listed, as in 2025-11-03,1771586.",
        ) from None


def _notes(done: list[Done]) -> Iterator[str]:
    return (note for piece in done for note in piece.notes)


def _plain_type(column: str) -> pa.DataType:
    kind = schema.kind_of(column)
    return pa.string() if pa.types.is_dictionary(kind) else kind
