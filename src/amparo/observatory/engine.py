"""Asking the daily series: one long table, `daily` (date, platform, metric, value, source).

The series that ship with the package and those of a lake have the same shape, so that the same
question runs on both. Queries are SQL, shown as they are run and copyable. Beside it stands the
table `coverage` (date, platform, source, whole): which days are known at all.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amparo.errors import AmparoError, Malformed, Missing, Unavailable
from amparo.observatory import coverage as covering
from amparo.observatory import layers
from amparo.observatory.coverage import NOT, WHOLE, Coverage, Covered, Source, Span
from amparo.observatory.renamed import MERGED, alike, plain
from amparo.observatory.waves import EVERYBODY, Context, Series, slug

_T = TypeVar("_T")

Values = Mapping[str, Any] | None
"""What the parameters of a query, as in `$first`, stand for."""

COLUMNS = {"date": "DATE", "platform": "VARCHAR", "metric": "VARCHAR", "value": "BIGINT"}
_DELAY = "disclosure_delay.mean_seconds"
CONTEXT = ("statements", _DELAY)
"""Measures that a context is made of."""


def builtin() -> Path:
    """The real daily series that ship with the package (observatory/data/ATTRIBUTION.md)."""
    return Path(str(files("amparo.observatory") / "data" / "tdb_daily.parquet"))


class Compacted(NamedTuple):
    """A file that has the rows of many others, each with the name of its file as `file`."""

    path: Path
    files: frozenset[Path] = frozenset()
    """Those that are in it as they are now."""


NOT_COMPACTED = Compacted(Path())


class Layer(NamedTuple):
    """Files of one kind, none of which tells more than another."""

    paths: Sequence[Path]
    source: Source
    days: frozenset[date]
    of_everybody: bool
    """Whether they tell of all platforms: then who is in none of them reported nothing."""
    whole: bool
    """False: some of each day is missing."""


class LakeSeries(NamedTuple):
    """The daily series of a lake, by what they are."""

    layers: Sequence[Layer] = ()
    """Of dumps and aggregates, as they are published, the fullest on top."""
    record: Sequence[Path] = ()
    """Of a node's own record: never part of a sum over all platforms."""
    unlisted: Sequence[Path] = ()
    """Files that no list of the lake names: what they cover is guessed."""
    covered: Sequence[Covered] = ()
    """What the first two tell of; a platform of a dump of one stands under its slug."""
    compacted: Compacted = NOT_COMPACTED
    """Where the rows of many of them are to be had at once."""

    def published(self) -> "LakeSeries":
        """The same without the node's own record."""
        covered = [row for row in self.covered if row.source != "record"]
        return self._replace(record=(), covered=covered)


NOTHING = LakeSeries()
MOST_DAYS = 100 * 366
"""Longer series are a mistake, and would take the memory of one."""
MOST_RECENT_ROWS = 100_000
"""Of answers that are remembered: some 15 MB."""
SETTLED_DAYS = 28
"""Known days without a platform after which it is taken to have ended."""


class Recent:
    """Answers of an engine, whose files do not change: those that were asked for last."""

    def __init__(self, most: int) -> None:
        """`most`: how many rows all of them may have together; a longer one is not remembered."""
        self._most, self._rows = most, 0
        self._answers: dict[Hashable, tuple[int, Any]] = {}

    def of(self, key: Hashable, rows: int, make: Callable[[], _T]) -> _T:
        """The answer to a question, made unless it is there; nobody may change it."""
        if key in self._answers:
            self._answers[key] = self._answers.pop(key)  # as the newest
            return cast("_T", self._answers[key][1])
        answer = make()
        if rows <= self._most:
            self._answers[key] = (rows, answer)
            self._rows += rows
        while self._rows > self._most:
            self._rows -= self._answers.pop(next(iter(self._answers)))[0]
        return answer


class Engine(ABC):
    """One read-only view of daily series, `daily`; to be used by one thread at a time.

    Its files do not change while it is open: platforms and span are looked up once.
    """

    @abstractmethod
    def close(self) -> None:
        """Close the database."""

    @abstractmethod
    def interrupt(self) -> None:
        """End the question that is being answered, from another thread; its asker gets an error."""

    @abstractmethod
    def table(self, sql: str, values: Values = None) -> pa.Table:
        """Ask one question; the answer as an Arrow table."""

    @abstractmethod
    def rows(self, sql: str, values: Values = None) -> list[tuple[Any, ...]]:
        """Ask one question; the answer as rows."""

    @abstractmethod
    def ask(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a query somebody typed: column names and rows. Nothing can be changed or reached."""

    @functools.cached_property
    def recent(self) -> Recent:
        """What was asked last: one page is asked for in several languages, and drawn in ways."""
        return Recent(MOST_RECENT_ROWS)

    @functools.cached_property
    def _platforms(self) -> tuple[str, ...]:
        rows = self.rows(
            "SELECT DISTINCT platform FROM daily "
            "WHERE metric = 'statements' AND platform <> '*' ORDER BY 1"
        )
        return tuple(name for (name,) in rows)

    @functools.cached_property
    def _known(self) -> dict[str, str]:
        return {plain(name): name for name in (EVERYBODY, *self._platforms)}

    def platforms(self) -> list[str]:
        """Every platform's name."""
        return [*self._platforms]

    def named(self, asked: Iterable[str]) -> list[str]:
        """Platforms by name, each once, in whatever case; or `Missing`, with names near it."""
        known, found = self._known, dict[str, None]()
        for name in asked:
            if plain(name) not in known:
                near = [full for key, full in known.items() if name.lower()[:4] in key][:5]
                raise Missing(
                    f"There is no platform {name[:80]!r} in these series.",
                    why=f"names near it: {', '.join(near)}" if near else "no name is near it",
                    fix="List them: `amparo observe sql 'SELECT DISTINCT platform FROM daily'`.",
                )
            found[known[plain(name)]] = None
        return [*found]

    def span(self) -> Span:
        """First and last day of which anything is known."""
        found = self.coverage.span()
        if found is None:
            raise Missing(
                "These series are empty.",
                why="there is no row in them",
                fix="Name a file with the columns date, platform, metric, value.",
            )
        if found.days > MOST_DAYS:
            raise Malformed(
                f"These series reach from {found.first} to {found.last}.",
                why="no series is so long: a year was mistyped",
                fix="Correct or remove the file that has that day.",
            )
        return found

    @property
    @abstractmethod
    def listed(self) -> Sequence[Covered]:
        """What the lake says that its files tell of."""

    @property
    @abstractmethod
    def shipped(self) -> frozenset[date]:
        """Days of what ships, whether or not something else is read of them."""

    @functools.cached_property
    def coverage(self) -> Coverage:
        """Which days of which platform are known."""
        guessed: dict[date, set[str]] = {}
        for day, platform in self.rows(_IN_FILES):
            guessed.setdefault(day, set()).add(platform)
        replaced = {row.date for row in self.listed if row == Covered(row.date, EVERYBODY, "full")}
        rows = [Covered(day, EVERYBODY, "series") for day in self.shipped - replaced]
        return Coverage([*rows, *covering.of_files(guessed), *self._of_lake()])

    def _of_lake(self) -> list[Covered]:
        """What the lake lists, with platforms by name, and without what the archive stands before.

        Where both tell of a day, the archive's figures are shown and not the own record's.
        """
        if not self.listed:
            return []
        names = {slug(former): name for former, name in MERGED.items()}
        names |= {slug(name): name for name in self._platforms}
        spelled = {plain(name): name for name in self._platforms}
        listed, of_record = [], {row.platform for row in self.listed if row.source == "record"}
        others = alike(of_record, spelled)
        records = sorted({others.get(name, name) for name in of_record})
        archived = set(self.rows(_ARCHIVED, {"platforms": records})) if records else set()
        for row in self.listed:
            called = others if row.source == "record" else names
            named = row._replace(platform=called.get(row.platform, row.platform))
            if row.source != "record" or (named.date, named.platform) not in archived:
                listed.append(named)
        return listed

    def series(
        self, metrics: Iterable[str], platforms: Iterable[str] | None = None
    ) -> dict[tuple[str, str], Series]:
        """Measures by platform, zeros filled in on known days on which the platform submitted.

        Without `platforms`: of each platform; all together only when `*` is asked for.
        """
        span = self.span()
        wanted = [*dict.fromkeys([*metrics, "statements"])]
        names = self.platforms() if platforms is None else [*platforms]
        asked = {"first": span.first, "last": span.last, "metrics": wanted, "platforms": names}
        days = _by_series(self.table(_SERIES, asked), span.days)
        found: dict[tuple[str, str], Series] = {}
        for platform, metric in sorted(days):  # rows come as threads were done with them
            values = days[platform, metric]
            grades = self.coverage.grades(platform, [metric], span)
            filled = _with_zeros(values, days.get((platform, "statements")), grades == WHOLE)
            known = grades != NOT
            if platform == EVERYBODY:  # a sum of some is not one of all
                filled = np.where(known, filled, np.nan)
            found[platform, metric] = Series(platform, metric, span.first, filled, known)
        return found

    def contexts(self, platforms: Iterable[str] | None = None) -> dict[str, Context]:
        """What tells a wave from its look-alikes, by platform."""
        return self.contexts_of(self.series(CONTEXT, platforms))

    def contexts_of(self, found: Mapping[tuple[str, str], Series]) -> dict[str, Context]:
        """The same, where the measures of `CONTEXT` were asked for already."""
        ended = self._ended()
        return {
            platform: Context(
                series.values,
                found[platform, _DELAY].values
                if (platform, _DELAY) in found
                else np.full(len(series.values), np.nan),
                {name: last for name, last in ended.items() if name != platform},
                series.known,
            )
            for (platform, metric), series in found.items()
            if metric == "statements"
        }

    def _ended(self) -> dict[str, date]:
        """Platforms without a statement on the last four weeks that are known -> their last day."""
        span = self.span()
        ended = {}
        for name, last in self.rows(_LAST_DAYS):
            if last < span.last:
                later = Span(last + timedelta(days=1), span.last)
                known = self.coverage.grades(name, ["statements"], later) != NOT
                if known.sum() >= SETTLED_DAYS:
                    ended[name] = last
        return ended


class Embedded(Engine):
    """DuckDB inside this process."""

    def __init__(
        self, sources: Sequence[Path], beneath: Path | None = None, lake: LakeSeries = NOTHING
    ) -> None:
        """Open series files, each a Parquet or CSV file shaped like `daily`, and a lake's.

        `beneath` lies below them: its rows count only for days and platforms that the others do
        not have, so that a dump of one's own stands in the place of what ships.
        """
        self.db = duckdb.connect(config={"threads": 2})
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute("SET TimeZone = 'UTC'")
        self._lake = lake
        below = None if beneath is None else self._select(beneath, "series")
        self._spelled = dict[str, str]()
        if below is not None:
            self._take_names(f"({below})")
        self._load("named", [([path], "file") for path in sources])
        self._load("unlisted", [(lake.unlisted, "file")])
        self._shipped = self._days_of(beneath)
        self._load_layers(below)
        self._load("record", [(lake.record, "record")])
        if self._count("record"):
            # Whatever the archive has of a day stands before the own record's, but complaints.
            archive = " UNION ALL ".join(
                ["FROM above", "FROM unlisted", *([below] if below else [])]
            )
            self.db.execute(SHADOWED.format(archive=archive))
        parts = ["FROM named", "FROM above", "FROM unlisted", "FROM record"]
        if below is not None:
            parts += self._beneath(below)
        self.db.execute(f"CREATE VIEW daily AS {' UNION ALL '.join(parts)}")
        # From here on nothing else can be read or written, whatever is asked.
        self.db.execute("SET allowed_paths = ?", [[str(beneath)] if beneath else []])
        self.db.execute("SET enable_external_access = false")
        self._tell_coverage()
        self.db.execute("SET lock_configuration = true")

    @property
    def listed(self) -> Sequence[Covered]:
        """What the lake says that its files tell of."""
        return self._lake.covered

    @property
    def shipped(self) -> frozenset[date]:
        """Days of what ships, whether or not something else is read of them."""
        return self._shipped

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    def interrupt(self) -> None:
        """End the question that is being answered; its asker gets `duckdb.InterruptException`."""
        self.db.interrupt()

    def table(self, sql: str, values: Values = None) -> pa.Table:
        """Ask one question; the answer as an Arrow table."""
        return self.db.sql(sql, params=values).to_arrow_table()

    def rows(self, sql: str, values: Values = None) -> list[tuple[Any, ...]]:
        """Ask one question; the answer as rows."""
        return self.db.execute(sql, values).fetchall()

    def ask(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a query somebody typed: column names and rows. Nothing can be changed or reached."""
        try:
            asked = self.db.extract_statements(sql)
            if [statement.type for statement in asked] != [duckdb.StatementType.SELECT]:
                raise duckdb.ParserException("it is not one SELECT")
            answer = self.db.execute(asked[0])
            return tuple(column[0] for column in answer.description or ()), answer.fetchall()
        except duckdb.Error as error:
            raise Malformed(
                "That query cannot be run.",
                why=str(error).strip(),
                fix="Ask the table `daily` with the columns date, platform, metric, value.",
            ) from None

    def _load(self, table: str, groups: Sequence[tuple[Sequence[Path], str]]) -> None:
        """Files into a table: they may change meanwhile, and to open them again costs more.

        `Malformed` names the first that cannot be read.
        """
        columns = ", ".join(f"{column} {kind}" for column, kind in (*COLUMNS.items(), _SOURCE))
        self.db.execute(f"CREATE TABLE {table} ({columns})")
        for paths, source in groups:
            self._insert(table, paths, source)

    def _insert(self, table: str, paths: Sequence[Path], source: str) -> None:
        """Files into a table that is there."""
        loose = self._load_compacted(table, paths, source)
        if loose:
            self._missed(loose)
            try:
                self.db.execute(f"INSERT INTO {table} {_selected(loose, source)} {_IN_ORDER}")
            except duckdb.Error as error:
                raise self._first_broken(loose, source, error) from None
        if others := self._take_names(table):
            self.db.execute("CREATE TABLE alike (other VARCHAR, name VARCHAR)")
            self.db.executemany("INSERT INTO alike VALUES (?, ?)", [*others.items()])
            rows = layers.OF_ONE_NAME.format(table=table)
            self.db.execute(f"CREATE OR REPLACE TABLE {table} AS {rows} {_IN_ORDER}")
            self.db.execute("DROP TABLE alike")

    def _take_names(self, table: str) -> dict[str, str]:
        """Names in a table that were spelled otherwise before -> how they were."""
        rows = self.db.execute(f"SELECT DISTINCT platform FROM {table} WHERE metric = 'statements'")
        return alike((name for (name,) in rows.fetchall()), self._spelled)

    def _load_layers(self, below: str | None) -> None:
        """The lake's layers into `above`, each without what a fuller one tells."""
        self._load("above", [])
        for name in ("fuller", "tops"):
            self.db.execute(f"CREATE TABLE {name} (date DATE, platform VARCHAR, source VARCHAR)")
        self.db.execute(f"INSERT INTO tops {layers.OF_FILES}")
        higher: set[date] = set()
        for layer in self._lake.layers:
            beneath = below if not layer.whole and self._shipped & layer.days else None
            is_first = beneath is None and not higher & layer.days
            if is_first and layer.of_everybody:  # as nearly all are: their rows are many
                self._insert("above", layer.paths, "archive")
            else:
                self._load("layer", [(layer.paths, "archive")])
                rows = "FROM layer" if is_first else layers.of_layer(beneath)
                self.db.execute(f"INSERT INTO above {rows} {_IN_ORDER}")
            for name in ("fuller", *(["tops"] if layer.whole else [])):
                self._tell_of(layer, name)
            self.db.execute("DROP TABLE IF EXISTS layer")
            higher |= layer.days

    def _tell_of(self, layer: Layer, table: str) -> None:
        """What a layer tells of, for those beneath it."""
        if layer.of_everybody:
            days = [[*layer.days], layer.source]
            self.db.execute(f"INSERT INTO {table} SELECT unnest(?), '*', ?", days)
        else:
            rows = f"SELECT *, ? FROM ({layers.OF_SOME})"
            self.db.execute(f"INSERT INTO {table} {rows}", [layer.source])

    def _load_compacted(self, table: str, paths: Sequence[Path], source: str) -> Sequence[Path]:
        """Load what is compacted of these files; those that are to be loaded by themselves."""
        path, files = self._lake.compacted
        within = [file for file in paths if file in files]
        if not within:
            return paths
        names = ", ".join(f"'{_quoted(Path(file.stem))}'" for file in within)
        rows = f"{_selected([path], source)} WHERE file IN ({names})"
        try:
            self.db.execute(f"INSERT INTO {table} {rows}")  # they are in order
        except duckdb.Error:  # it is damaged, or gone: each day has its own file
            return paths
        return [file for file in paths if file not in files]

    def _first_broken(self, paths: Sequence[Path], source: str, error: duckdb.Error) -> AmparoError:
        """Which of the files it is that cannot be read, all of it."""
        for path in paths:
            self._missed([path])
            try:
                self.db.execute(
                    f"SELECT max(COLUMNS(*)::VARCHAR) FROM ({_selected([path], source)})"
                )
            except duckdb.Error as of_path:
                return _unreadable(path, of_path)
        return Unavailable(  # by now each can be
            "The series cannot be read.",
            why=str(error).splitlines()[0],
            fix="Ask again: a file may have been written just now.",
        )

    def _count(self, table: str) -> int:
        [(number,)] = self.db.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(number)

    def _days_of(self, beneath: Path | None) -> frozenset[date]:
        """Days of what ships."""
        if beneath is None:
            return frozenset()
        days = f"SELECT DISTINCT date FROM '{_quoted(beneath)}' WHERE metric = 'statements'"
        return frozenset(day for (day,) in self.db.execute(days).fetchall())

    def _beneath(self, below: str) -> list[str]:
        """What ships, without what the lake tells of its days; those are looked through once."""
        there = self.db.execute("SELECT DISTINCT date FROM tops").fetchall()
        days = sorted(self._shipped & {day for (day,) in there})
        if not days:
            return [below]
        of_days = f"SELECT * FROM ({below}) WHERE date IN (SELECT date FROM contested)"
        self.db.execute("CREATE TABLE contested AS SELECT unnest(?::DATE[]) AS date", [days])
        self.db.execute(f"CREATE TABLE rest AS {layers.beneath(of_days)} {_IN_ORDER}")
        return ["FROM rest", f"{below} WHERE date NOT IN (FROM contested)"]

    def _tell_coverage(self) -> None:
        """The table `coverage`, for whoever types a query."""
        self.db.execute(
            "CREATE TABLE coverage (date DATE, platform VARCHAR, source VARCHAR, whole BOOLEAN)"
        )
        if self.coverage.rows:
            columns = [[*column] for column in zip(*self.coverage.rows, strict=True)]
            self.db.execute(
                "INSERT INTO coverage SELECT unnest(?), unnest(?), unnest(?), unnest(?)", columns
            )

    def _select(self, path: Path, source: str) -> str:
        self._missed([path])
        select = _selected([path], source)
        try:
            self.db.execute(f"DESCRIBE {select}")
        except duckdb.Error as error:
            raise _unreadable(path, error) from None
        return select

    def _missed(self, paths: Sequence[Path]) -> None:
        """`Missing` for the first that is not there."""
        for path in paths:
            if not path.is_file():
                raise Missing(
                    f"There is no file {path}.",
                    why="no series can be read there",
                    fix="Name a Parquet or CSV file with the columns date, platform, metric, "
                    "value.",
                )


def _unreadable(path: Path, error: duckdb.Error) -> Malformed:
    return Malformed(
        f"{path.name} is no file of daily series.",
        why=str(error).splitlines()[0],
        fix="It must hold the columns date, platform, metric, value. In a lake, remove the file "
        "and its line in files.jsonl, and add its day again.",
    )


def _selected(paths: Sequence[Path], source: str) -> str:
    places = ", ".join(f"'{_quoted(path)}'" for path in paths)
    reader = "read_csv" if paths[0].suffix == ".csv" else "read_parquet"
    casts = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in COLUMNS.items())
    return f"SELECT {casts}, '{source}' AS source FROM {reader}([{places}])"


def _quoted(path: Path | None) -> str:
    return str(path).replace("'", "''")


_SOURCE = ("source", "VARCHAR")
_IN_ORDER = "ORDER BY metric, platform, date"

_IN_FILES = """\
SELECT DISTINCT date, platform
FROM daily WHERE metric = 'statements' AND platform <> '*' AND source = 'file'"""
_ARCHIVED = """\
SELECT DISTINCT date, platform FROM daily
WHERE metric = 'statements' AND source <> 'record'
  AND platform IN (SELECT unnest($platforms))"""
_LAST_DAYS = """\
SELECT platform, max(date) FROM daily
WHERE metric = 'statements' AND platform <> '*' GROUP BY 1"""

SHADOWED = """\
DELETE FROM record WHERE metric NOT LIKE 'complaint.%' AND (date, platform) IN (
  SELECT (date, platform) FROM ({archive}) WHERE metric = 'statements')"""

# Means cannot be added up, so all platforms together have none.
_SERIES = """\
SELECT asked, metric, date_diff('day', $first::DATE, date) AS day, sum(value)::DOUBLE AS value
FROM (SELECT unnest($platforms) AS asked)
JOIN daily ON platform = asked OR (asked = '*' AND platform <> '*' AND source <> 'record'
                                   AND metric NOT LIKE '%seconds')
WHERE platform <> '*' AND metric IN (SELECT unnest($metrics)) AND date BETWEEN $first AND $last
GROUP BY ALL"""


def _by_series(rows: pa.Table, days: int) -> dict[tuple[str, str], "np.ndarray[Any, Any]"]:
    """Rows of `_SERIES` as one array for each platform and metric, NaN where there is no row."""
    rows = rows.combine_chunks()
    names = [pc.dictionary_encode(rows[column]).combine_chunks() for column in ("asked", "metric")]
    platforms, metrics = (encoded.dictionary.to_pylist() for encoded in names)
    place, kind = (encoded.indices.to_numpy(zero_copy_only=False) for encoded in names)
    whole = np.full((len(platforms), len(metrics), days), np.nan)
    whole[place, kind, rows["day"].to_numpy()] = rows["value"].to_numpy()
    there = np.zeros(whole.shape[:2], dtype=bool)
    there[place, kind] = True
    return {
        (platforms[at], metrics[of]): whole[at, of]
        for at, of in zip(*np.nonzero(there), strict=True)
    }


def _with_zeros(
    values: "np.ndarray[Any, Any]",
    statements: "np.ndarray[Any, Any] | None",
    whole: "np.ndarray[Any, Any]",
) -> "np.ndarray[Any, Any]":
    """A missing value is a zero on whole days on which the platform submitted anything."""
    if statements is None:
        return values
    return np.where(np.isnan(values) & ~np.isnan(statements) & whole, 0.0, values)
