"""Past one machine: the same pieces read by Spark's executors, the same SQL asked of Spark.

Nothing is distributed by code of our own. A dump's work list is spread over its executors, which
run the very function that threads run here; each query is turned by sqlglot into Spark's
dialect. Dumps and lake lie on storage that all machines see under the same path; Amparo is
installed on each of them.
"""

# SPDX-License-Identifier: Apache-2.0

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import parquet

from amparo.errors import Malformed, Unavailable
from amparo.observatory import cube, layers
from amparo.observatory.coverage import Covered
from amparo.observatory.engine import COLUMNS, NOTHING, Engine, LakeSeries, Values
from amparo.observatory.lake import ingest
from amparo.observatory.lake.ingest import Done
from amparo.observatory.lake.reader import Work
from amparo.observatory.renamed import alike
from amparo.observatory.waves import EVERYBODY

try:
    import sqlglot
    from pyspark.errors import PySparkException
    from pyspark.sql import DataFrame, SparkSession
    from sqlglot import exp
except ImportError:
    raise Unavailable(
        "Spark is not installed here.",
        why="it is 480 MB, so it does not come with Amparo by itself",
        fix="Run: pip install 'amparo[spark]' (it also needs Java 17 or newer).",
    ) from None

PIECES_A_CORE = 8
"""How many pieces each core is given at a time; between, progress is told."""
JOBS = 4
"""How many queries are planned and run at a time."""

_CALLS_OUT = {"reflect", "java_method", "try_reflect"}


def connect(master: str) -> SparkSession:
    """A session on a cluster (`spark://host:7077`) or on this machine (`local[2]`)."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("Amparo").master(master)
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "2",
        }
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise Unavailable(
            f"Spark cannot be reached at {master}.",
            why=_first_line(error),
            fix="Look whether Java 17 is installed and the address is right; local[2] needs no "
            "cluster.",
        ) from None


class Cluster:
    """The machine of a lake that Spark is."""

    def __init__(self, session: SparkSession) -> None:
        self.session = session

    def read(self, todo: Sequence[Work], stage: Path) -> Iterator[Done]:
        """Read pieces into staging on the executors, a piece a task."""
        cores = self.session.sparkContext.defaultParallelism
        size = cores * PIECES_A_CORE
        for first in range(0, len(todo), size):
            some = todo[first : first + size]
            work = [msgspec.json.encode(piece) for piece in some]
            with _translated():
                done = (
                    self.session.sparkContext.parallelize(work, len(work))
                    .map(_reader(str(stage)))
                    .collect()
                )
            yield from (msgspec.json.decode(encoded, type=Done) for encoded in done)

    def count(self, stage: Path, day: date) -> None:
        """Count what is in staging into `STAGE/daily.parquet`, in the shape of `daily`."""
        with _translated():
            self._table("statements", stage)
            identified = (stage / "ids").is_dir()
            if identified:
                self._table("identified", stage, "ids")
            alike = self.session.sql(to_spark(cube.ALIKE)).cache()
            alike.createOrReplaceTempView("alike")
            queries = cube.queries(day, identified=identified)
            try:
                with ThreadPoolExecutor(JOBS) as pool:
                    answers = pool.map(
                        lambda query: self.session.sql(to_spark(query)).collect(), queries
                    )
                counted = [row for answer in answers for row in answer]
            finally:
                alike.unpersist()
            self.session.createDataFrame(counted, _COUNTED).createOrReplaceTempView("counted")
            series = self.session.sql(to_spark(cube.daily(day))).toArrow()
        parquet.write_table(series, stage / "daily.parquet", compression="zstd")

    def _table(self, name: str, stage: Path, part: str = "") -> None:
        frame = self.session.read.parquet(str((stage / (part or name)).resolve()))
        frame.createOrReplaceTempView(name)


class Spark(Engine):
    """Daily series in Spark: for lakes whose series are many, and for proof that both agree."""

    def __init__(
        self,
        session: SparkSession,
        sources: Sequence[Path],
        beneath: Path | None = None,
        lake: LakeSeries = NOTHING,
    ) -> None:
        self.session = session = session.newSession()  # its views are its own
        self._lake = lake
        self._spelled = dict[str, str]()
        with _translated():
            # What ships has the say of how a name is spelled.
            self._view("shipped", [(beneath, "series")] if beneath is not None else [])
            self._view("unlisted", [(path, "file") for path in (*sources, *lake.unlisted)])
            self._layers()
            days = session.sql("SELECT DISTINCT date FROM shipped WHERE metric = 'statements'")
            self._shipped = frozenset(day for (day,) in days.collect())
            rows = ("SELECT * FROM above", "SELECT * FROM unlisted", layers.beneath(_SHIPPED))
            session.sql(to_spark(" UNION ALL ".join(rows))).createOrReplaceTempView("archive")
            self._view("record", [(path, "record") for path in lake.record])
            daily = session.sql(to_spark(_WITH_RECORD)).cache()
            daily.createOrReplaceTempView("daily")
            frame = session.createDataFrame([*self.coverage.rows], _COVERED)
            frame.createOrReplaceTempView("coverage")

    @property
    def listed(self) -> Sequence[Covered]:
        """What the lake says that its files tell of."""
        return self._lake.covered

    @property
    def shipped(self) -> frozenset[date]:
        """Days of what ships, whether or not something else is read of them."""
        return self._shipped

    def close(self) -> None:
        """Let go of what was kept in memory; Spark itself ends with the process."""
        self.session.table("daily").unpersist()

    def interrupt(self) -> None:
        """End every job of this process's Spark: others' too, since they share one context."""
        self.session.sparkContext.cancelAllJobs()

    def table(self, sql: str, values: Values = None) -> pa.Table:
        """Ask one question; the answer as an Arrow table."""
        with _translated():
            return self._frame(sql, values).toArrow()

    def rows(self, sql: str, values: Values = None) -> list[tuple[Any, ...]]:
        """Ask one question; the answer as rows."""
        with _translated():
            return [tuple(row) for row in self._frame(sql, values).collect()]

    def ask(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Run a query somebody typed: column names and rows. Nothing can be changed or reached."""
        _check_asked(sql)
        with _translated():
            frame = self._frame(sql, None)
            return tuple(frame.columns), [tuple(row) for row in frame.collect()]

    def _frame(self, sql: str, values: Values) -> DataFrame:
        return self.session.sql(to_spark(sql), args=dict(values) if values else None)

    def _layers(self) -> None:
        """The lake's layers as `above`, each without what a fuller one tells; see `layers`."""
        above = self.session.createDataFrame([], _DAILY)
        fuller = self.session.createDataFrame([], _FULLER)
        tops = self.session.sql(to_spark(layers.OF_FILES))
        for layer in self._lake.layers:
            self._view("layer", [(path, "archive") for path in layer.paths])
            fuller.createOrReplaceTempView("fuller")
            rows = layers.of_layer(None if layer.whole else _SHIPPED)
            above = above.unionByName(self.session.sql(to_spark(rows)))
            if layer.of_everybody:
                days = [(day, EVERYBODY, layer.source) for day in sorted(layer.days)]
                of_layer = self.session.createDataFrame(days, _FULLER)
            else:
                pairs = self.session.sql(to_spark(layers.OF_SOME))
                of_layer = pairs.selectExpr("date", "platform", f"'{layer.source}' AS source")
            fuller = fuller.unionByName(of_layer)
            tops = tops.unionByName(of_layer) if layer.whole else tops
        above.createOrReplaceTempView("above")
        tops.createOrReplaceTempView("tops")

    def _view(self, name: str, sources: Sequence[tuple[Path, str]]) -> None:
        whole = self.session.createDataFrame([], _DAILY)
        for path, source in sources:
            whole = whole.unionByName(self._source(path, source))
        whole.createOrReplaceTempView(name)
        rows = whole.filter("metric = 'statements'").select("platform").distinct().collect()
        if others := alike((platform for (platform,) in rows), self._spelled):
            spelled = self.session.createDataFrame([*others.items()], "other string, name string")
            spelled.createOrReplaceTempView("alike")
            of_one_name = self.session.sql(to_spark(layers.OF_ONE_NAME.format(table=name)))
            of_one_name.createOrReplaceTempView(name)

    def _source(self, path: Path, source: str) -> DataFrame:
        place = str(path.resolve())
        if path.suffix == ".csv":
            frame = self.session.read.csv(place, header=True)
        else:
            frame = self.session.read.parquet(place)
        kinds = {"DATE": "date", "VARCHAR": "string", "BIGINT": "bigint"}
        return frame.selectExpr(
            *(f"CAST({column} AS {kinds[kind]}) AS {column}" for column, kind in COLUMNS.items()),
            f"'{source}' AS source",
        )


_DAILY = "date date, platform string, metric string, value bigint, source string"
_FULLER = "date date, platform string, source string"
_SHIPPED = "SELECT * FROM shipped"
_COVERED = "date date, platform string, source string, whole boolean"
_WITH_RECORD = """\
SELECT * FROM archive UNION ALL
SELECT * FROM record
WHERE metric LIKE 'complaint.%'
   OR NOT EXISTS (SELECT 1 FROM archive WHERE metric = 'statements'
                  AND archive.date = record.date AND archive.platform = record.platform)"""
_COUNTED = "platform string, metric string, value bigint"


def to_spark(sql: str) -> str:
    """A query in DuckDB's dialect, in Spark's."""
    return str(sqlglot.transpile(sql, read="duckdb", write="spark")[0])


def _check_asked(sql: str) -> None:
    try:
        statements = sqlglot.parse(sql, read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise _refused(_first_line(error)) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _refused("it is not one SELECT")
    tree = statements[0]
    named = {cte.alias for cte in tree.find_all(exp.CTE)} | {"daily", "coverage"}
    odd = {table.name for table in tree.find_all(exp.Table)} - named
    calls = {call.name.lower() for call in tree.find_all(exp.Anonymous)} & _CALLS_OUT
    if odd or calls:
        raise _refused(f"it may not use {', '.join(sorted(odd | calls))}")


def _refused(why: str) -> Malformed:
    return Malformed(
        "That query cannot be run.",
        why=why,
        fix="Ask the table `daily` with the columns date, platform, metric, value.",
    )


def _reader(stage: str) -> Callable[[bytes], bytes]:
    """What an executor runs: the function that threads run here, for one piece."""

    def read(work: bytes) -> bytes:
        todo = msgspec.json.decode(work, type=Work)
        return msgspec.json.encode(ingest.read_piece(todo, Path(stage)))

    return read


@contextmanager
def _translated() -> Iterator[None]:
    """What fails in Spark is told in one line, not in a hundred of Java."""
    try:
        yield
    except PySparkException as error:
        raise Unavailable(
            "Spark could not do it.",
            why=_first_line(error),
            fix="Look into the log of its executors; dumps and lake must lie under the same path "
            "on every machine, and Amparo be installed on each.",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
