"""Asking the daily series: one long table, `daily` (date, platform, metric, value).

The series that ship with the package and those of a lake have the same shape, so that the same
question runs on both. Queries are SQL, shown as they are run and copyable.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from amparo.errors import Malformed, Missing
from amparo.observatory.waves import EVERYBODY, Context, Series

Values = Mapping[str, Any] | None
"""What the parameters of a query, as in `$first`, stand for."""

COLUMNS = {"date": "DATE", "platform": "VARCHAR", "metric": "VARCHAR", "value": "BIGINT"}
_DELAY = "disclosure_delay.mean_seconds"


def builtin() -> Path:
    """The real daily series that ship with the package (observatory/data/ATTRIBUTION.md)."""
    return Path(str(files("amparo.observatory") / "data" / "tdb_daily.parquet"))


class Span(NamedTuple):
    """First and last day of a table."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


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
    def _platforms(self) -> tuple[str, ...]:
        rows = self.rows(
            "SELECT DISTINCT platform FROM daily WHERE metric = 'statements' ORDER BY 1"
        )
        return tuple(name for (name,) in rows)

    @functools.cached_property
    def _known(self) -> dict[str, str]:
        return {name.lower(): name for name in (EVERYBODY, *self._platforms)}

    def platforms(self) -> list[str]:
        """Every platform's name."""
        return [*self._platforms]

    def named(self, asked: Iterable[str]) -> list[str]:
        """Platforms by name, in whatever case; or `Missing`, with names near it."""
        known, found = self._known, []
        for name in asked:
            if name.lower() not in known:
                near = [full for key, full in known.items() if name.lower()[:4] in key][:5]
                raise Missing(
                    f"There is no platform {name[:80]!r} in these series.",
                    why=f"names near it: {', '.join(near)}" if near else "no name is near it",
                    fix="List them: `amparo observe sql 'SELECT DISTINCT platform FROM daily'`.",
                )
            found.append(known[name.lower()])
        return found

    def span(self) -> Span:
        """First and last day there is anything of."""
        return self._span

    @functools.cached_property
    def _span(self) -> Span:
        [found] = self.rows("SELECT min(date), max(date) FROM daily")
        if found[0] is None:
            raise Missing(
                "These series are empty.",
                why="there is no row in them",
                fix="Name a file with the columns date, platform, metric, value.",
            )
        return Span(*found)

    def series(
        self, metrics: Iterable[str], platforms: Iterable[str] | None = None
    ) -> dict[tuple[str, str], Series]:
        """Measures by platform, zeros filled in on days on which the platform submitted.

        Without `platforms`: of each platform; all together only when `*` is asked for.
        """
        span = self.span()
        wanted = [*dict.fromkeys([*metrics, "statements"])]
        names = self.platforms() if platforms is None else [*platforms]
        asked = {"first": span.first, "metrics": wanted, "platforms": names}
        days: dict[tuple[str, str], np.ndarray[Any, Any]] = {}
        for platform, metric, day, value in self.rows(_SERIES, asked):
            key = (platform, metric)
            if key not in days:
                days[key] = np.full(span.days, np.nan)
            days[key][day] = value
        return {
            (platform, metric): Series(
                platform, metric, span.first, _with_zeros(found, days.get((platform, "statements")))
            )
            for (platform, metric), found in days.items()
        }

    def covered(self) -> "np.ndarray[Any, Any]":
        """Per day, whether there is a whole day's dump of it.

        That is at least a third of the platforms of the weeks around it. On other days a platform
        that is missing is not silent, but unknown.
        """
        span = self.span()
        counts = np.zeros(span.days)
        for day, number in self.rows(_PLATFORMS_A_DAY, {"first": span.first}):
            counts[day] = number
        around = [counts[max(0, day - 14) : day + 15] for day in range(span.days)]
        usual = np.array([np.median(near[near > 0]) if near.any() else 1.0 for near in around])
        return counts * 3 >= usual

    def contexts(self, platforms: Iterable[str] | None = None) -> dict[str, Context]:
        """What tells a wave from its look-alikes, by platform."""
        found = self.series(["statements", _DELAY], platforms)
        ended, covered = self._ended(), self.covered()
        return {
            platform: Context(
                series.values,
                found[platform, _DELAY].values
                if (platform, _DELAY) in found
                else np.full(len(series.values), np.nan),
                {name: last for name, last in ended.items() if name != platform},
                covered,
            )
            for (platform, metric), series in found.items()
            if metric == "statements"
        }

    def _ended(self) -> dict[str, date]:
        """Platforms that submitted nothing in the last four weeks -> their last day."""
        return dict(
            self.rows(
                "SELECT platform, max(date) FROM daily "
                "WHERE metric = 'statements' AND platform <> '*' GROUP BY 1 "
                "HAVING max(date) < (SELECT max(date) FROM daily) - INTERVAL 28 DAY"
            )
        )


class Embedded(Engine):
    """DuckDB inside this process."""

    def __init__(self, sources: Sequence[Path], beneath: Path | None = None) -> None:
        """Open series files, each a Parquet or CSV file shaped like `daily`.

        `beneath` lies below them: its rows count only for days and platforms that the others do
        not have, so that a dump of one's own stands in the place of what ships.
        """
        self.db = duckdb.connect(config={"threads": 2})
        self.db.execute("SET enable_progress_bar = false")
        self.db.execute("SET TimeZone = 'UTC'")
        view = " UNION ALL ".join(self._select(path) for path in sources)
        if beneath is not None:
            below = self._select(beneath)
            view = f"WITH above AS ({view}) {ABOVE.format(below=below)}" if sources else below
        self.db.execute(f"CREATE VIEW daily AS {view}")
        # From here on nothing else can be read or written, whatever is asked.
        self.db.execute(
            "SET allowed_paths = ?",
            [[str(path) for path in (*sources, *([beneath] if beneath else []))]],
        )
        self.db.execute("SET enable_external_access = false")
        self.db.execute("SET lock_configuration = true")

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

    def _select(self, path: Path) -> str:
        if not path.is_file():
            raise Missing(
                f"There is no file {path}.",
                why="no series can be read there",
                fix="Name a Parquet or CSV file with the columns date, platform, metric, value.",
            )
        place = str(path).replace("'", "''")
        reader = "read_csv" if path.suffix == ".csv" else "read_parquet"
        casts = ", ".join(
            f"CAST({column} AS {kind}) AS {column}" for column, kind in COLUMNS.items()
        )
        select = f"SELECT {casts} FROM {reader}('{place}')"
        try:
            self.db.execute(f"DESCRIBE {select}")
        except duckdb.Error as error:
            raise Malformed(
                f"{path.name} is no file of daily series.",
                why=str(error).splitlines()[0],
                fix="It must hold the columns date, platform, metric, value.",
            ) from None
        return select


_PLATFORMS_A_DAY = """\
SELECT date_diff('day', $first::DATE, date), count(DISTINCT platform)
FROM daily WHERE metric = 'statements' AND platform <> '*' GROUP BY 1"""

ABOVE = """\
SELECT * FROM above UNION ALL
SELECT * FROM ({below}) AS below
WHERE NOT EXISTS (SELECT 1 FROM above
                  WHERE above.date = below.date AND above.platform = below.platform)
  AND NOT EXISTS (FROM (SELECT date FROM above GROUP BY date
                        HAVING count(DISTINCT platform) > 20) AS whole
                  WHERE whole.date = below.date)"""
"""A day of which many platforms are there was a whole day's dump: platforms may be named otherwise
there than in what ships."""

# Means cannot be added up, so all platforms together have none.
_SERIES = """\
SELECT asked, metric, date_diff('day', $first::DATE, date), sum(value)
FROM (SELECT unnest($platforms) AS asked)
JOIN daily ON platform = asked OR (asked = '*' AND platform <> '*' AND metric NOT LIKE '%seconds')
WHERE platform <> '*' AND metric IN (SELECT unnest($metrics))
GROUP BY ALL"""


def _with_zeros(
    values: "np.ndarray[Any, Any]", statements: "np.ndarray[Any, Any] | None"
) -> "np.ndarray[Any, Any]":
    """A missing value is a zero on days on which the platform submitted anything, else unknown."""
    if statements is None:
        return values
    return np.where(np.isnan(statements), np.nan, np.nan_to_num(values))
