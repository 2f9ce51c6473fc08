"""Past one machine: Spark reads the same dumps and answers every measure to the row as DuckDB does."""

import gc
import json
import math
import os
import shutil
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet
from pyspark.errors import PySparkException
from tests.conftest import run
from tests.observatory.dump import DAY, csv_of, dump, row
from tests.servers import SparkCluster

from amparo.errors import Malformed, Unavailable
from amparo.observatory import queries
from amparo.observatory.engine import Embedded, builtin
from amparo.observatory.lake import own_record, spark
from amparo.observatory.lake.lake import Lake
from amparo.observatory.measures import catalogue
from amparo.observatory.waves import EVERYBODY


@pytest.fixture(scope="module", autouse=True)
def beside_other_tests():
    """A JVM of a few minutes never earns back its second compiler: a third less of processor.

    And what Spark writes of an error goes through loggers that give every handler a format of
    theirs, that of pytest too, for all tests after.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PySparkException, "_log_exception", lambda _: None)
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a connection a thread, none of them ours
        gc.collect()


@pytest.fixture(scope="module")
def session():
    session = spark.connect("local[2]")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def odd_dump(tmp_path_factory):
    """A day with what real days have: repeats, contradictions, broken rows, a piece that is none."""
    good = [row(n, platform=f"Foro {n % 3}") for n in range(120)]
    odd = [
        row(0, platform="Foro 0"),
        row(200, content_date="2026-01-01 00:00:00", application_date="2025-11-01 00:00:00"),
        row(201, decision_facts='He said "no", \\"never\\" and left', category="NO_SUCH"),
        row(202, territorial_scope='["EL","AT"]', created_at="2025-11-04 01:00:00"),
        row(203, decision_visibility="", end_date_visibility_restriction="2025-12-01 00:00:00"),
    ]
    cut = csv_of([row(300), row(301)]).rpartition(b",")[0]
    folder = tmp_path_factory.mktemp("dumps")
    return dump(folder, [good[:50], good[50:], odd, cut, b"no header\n1,2\n"])


@pytest.fixture(scope="module")
def lakes(session, odd_dump, tmp_path_factory):
    here = Lake(tmp_path_factory.mktemp("here"))
    there = Lake(tmp_path_factory.mktemp("there"), spark.Cluster(session))
    here.add(odd_dump)
    there.add(odd_dump)
    return here, there


def rows_of(folder):
    return sorted(map(repr, parquet.read_table(folder).to_pylist()))


def test_executors_read_a_dump_as_threads_do(lakes):
    here, there = lakes

    [ours], [theirs] = here.entries(), there.entries()
    assert ours.notes == theirs.notes
    assert (ours.rows, ours.aside, ours.sha256) == (theirs.rows, theirs.aside, theirs.sha256)
    assert ours.rows == 126
    for part in ("statements", "ids"):
        place = f"{part}/date={DAY}"
        assert rows_of(here.folder / place) == rows_of(there.folder / place)
    asides = [sorted((lake.folder / "aside").glob("*")) for lake in lakes]
    assert [p.read_text() for p in asides[0]] == [p.read_text() for p in asides[1]]


def test_spark_counts_a_day_to_the_row_as_duckdb_does(lakes):
    here, there = (
        parquet.read_table(lake.folder / "daily" / f"global-{DAY}.parquet") for lake in lakes
    )

    assert here.to_pylist() == there.to_pylist()
    assert here.num_rows > 200
    assert {"doubt.duplicate_uuid", "doubt.greece_as_el", "territory.at"} <= set(
        here["metric"].to_pylist()
    )


def test_a_count_that_fails_keeps_nothing_in_the_memory_of_the_cluster(session, lakes, tmp_path):
    """A session lives on for the next day; what was kept for this one would stay in its way."""
    _, there = lakes
    [made] = (there.folder / "statements" / f"date={DAY}").iterdir()
    shutil.copytree(made, tmp_path / "statements")
    (tmp_path / "ids").mkdir()
    parquet.write_table(pa.table({"no_identifier": [1]}), tmp_path / "ids" / "00000.parquet")

    with pytest.raises(Unavailable) as failed:
        spark.Cluster(session).count(tmp_path, DAY)

    assert "`uuid` cannot be resolved" in failed.value.why
    assert not session.catalog.isCached("alike")


@pytest.fixture(scope="module")
def series(tmp_path_factory, lakes):
    """Six weeks of the real series across the change of schema, and a day of the lake."""
    path = tmp_path_factory.mktemp("series") / "six_weeks.parquet"
    duckdb.sql(
        f"COPY (FROM '{builtin()}' WHERE date BETWEEN '2025-06-10' AND '2025-07-20' AND platform "
        f"IN ('*', 'X', 'TikTok', 'Google Shopping', 'Google Maps', 'Threads')) TO '{path}'"
    )
    return [path, *lakes[0].series()]


@pytest.fixture(scope="module")
def engines(session, series):
    here, there = Embedded(series), spark.Spark(session, series)
    yield here, there
    here.close()


def test_a_day_that_is_there_more_than_once_is_the_same_on_both(session, tmp_path):
    """Of all and of one, light, cut off, under another spelling, and over what ships."""
    lake, ships, day = Lake(tmp_path / "lake"), tmp_path / "ships.parquet", date.fromisoformat(DAY)
    counts = {(name, m): 90 for name in ("Foro", "X") for m in ("statements", "territory.de")}
    parquet.write_table(own_record.series(day, counts), ships)
    for slug, version, size in (("global", "light", 5), ("foro", "full", 4), ("x", "full", 3)):
        names = ["FORO", "Foro"] if slug == "foro" else ["X"] if slug == "x" else ["Foro"]
        rows = [row(n, platform=names[n % len(names)]) for n in range(size)]
        path = dump(tmp_path, [rows[:1], rows[1:]], slug=slug, version=version)
        if slug == "x":
            path.write_bytes(path.read_bytes()[:-200])
        lake.add(path)

    here = Embedded([], ships, lake.sources())
    there = spark.Spark(session, [], ships, lake.sources())
    asked = "SELECT date, platform, metric, value, source FROM daily ORDER BY ALL"
    ours, theirs = (sorted(map(tuple, engine.rows(asked))) for engine in (here, there))

    assert ours == theirs
    assert [*here.coverage.rows] == [*there.coverage.rows]
    found = {(platform, metric): value for _, platform, metric, value, _ in ours}
    assert found["Foro", "statements"] == 4
    assert ("FORO", "statements") not in found
    assert ("X", "statements") not in found
    assert found["X", "territory.de"] == 90
    here.close()
    there.close()


def same(ours, theirs):
    return len(ours) == len(theirs) and all(
        len(a) == len(b) and all(map(_alike, a, b)) for a, b in zip(ours, theirs, strict=True)
    )


def _alike(a, b):
    if isinstance(a, float) or isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-12)
    return a == b


def test_every_measure_is_the_same_to_the_row(engines):
    here, there = engines
    asked = queries.parameters(here, queries.measure("statements"), [EVERYBODY, "X", "Foro 1"])
    of_all = {name: asked[name] for name in ("first", "last")}

    def rows(engine, measure):
        return engine.rows(measure.sql, asked if "$platforms" in measure.sql else of_all)

    measures = list(catalogue().values())
    with ThreadPoolExecutor(4) as pool:
        answers = dict(
            zip(measures, pool.map(lambda measure: rows(there, measure), measures), strict=True)
        )

    for measure, answer in answers.items():
        assert same(rows(here, measure), answer), measure.name
        assert queries.figures(here, measure, [EVERYBODY, "X"]) == queries.figures(
            there, measure, [EVERYBODY, "X"]
        )
    assert sum(map(bool, answers.values())) > 150


def test_waves_silences_and_doubts_are_the_same(engines):
    here, there = engines

    assert queries.waves(here, ["account.suspended", "statements"]) == queries.waves(
        there, ["account.suspended", "statements"]
    )
    assert queries.silences(here, ["account.suspended"]) == queries.silences(
        there, ["account.suspended"]
    )
    ours, theirs = (
        {rule.name: sorted(found, key=repr) for rule, found in queries.doubts(engine)}
        for engine in engines
    )
    assert ours == theirs
    assert ours["rows_that_contradict"]


def test_what_ships_lies_beneath_a_lake_in_the_same_way(session, lakes):
    asked = "SELECT date, sum(value) FROM daily WHERE metric = 'statements' GROUP BY 1 ORDER BY 1"
    there = queries.open_engine(lake=lakes[0].folder, spark="local[2]")
    here = queries.open_engine(lake=lakes[0].folder)

    assert here.rows(asked) == there.rows(asked)
    assert there.span().days == here.span().days > 800
    here.close()


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW daily",
        "SELECT * FROM parquet.`/etc`",
        "SELECT 1; SELECT 2",
        "SELECT reflect('java.lang.System', 'getenv')",
        "SELECT * FROM another",
        "CREATE TABLE t AS SELECT * FROM daily",
        "not a query",
    ],
)
def test_a_query_somebody_typed_reaches_nothing_else(engines, query):
    with pytest.raises(Malformed, match="cannot be run"):
        engines[1].ask(query)


def test_a_query_somebody_typed_is_answered(engines):
    query = "WITH w AS (FROM daily) SELECT count(*) AS n, max(date) FROM w"

    assert engines[1].ask(query) == engines[0].ask(query)


@pytest.fixture(scope="module")
def cluster():
    cluster = SparkCluster()
    yield cluster
    cluster.remove()


def test_one_setting_moves_the_command_line_to_a_cluster(cluster, odd_dump, lakes, tmp_path):
    """A master and two workers as processes of their own; the dump and the lake are files of all.

    The same command, with AMPARO_SPARK or `--spark`, and the same day to the row.
    """
    there = os.environ | cluster.environment
    lake = tmp_path / "lake"
    arguments = ("statements", "--platform", "Foro 1", "--lake", lake, "--format", "json")

    run("observe", "add", odd_dump, "--lake", lake, env=there | {"AMPARO_SPARK": cluster.address})
    shown = run("observe", "show", *arguments, "--spark", cluster.address, env=there)

    day = f"daily/global-{DAY}.parquet"
    assert rows_of(lake / day) == rows_of(lakes[0].folder / day)
    assert rows_of(lake / "statements") == rows_of(lakes[0].folder / "statements")
    assert shown.stdout == run("observe", "show", *arguments).stdout
    assert all(json.loads(line) for line in shown.stdout.splitlines())
    assert shown.stdout
    assert cluster.executors() == 4, "two for each of the two commands"


def test_a_cluster_that_is_not_there_is_told_in_words():
    done = run("observe", "sql", "SELECT 1", "--spark", "nowhere://", check=False)

    assert done.returncode == 1
    assert "Spark cannot be reached at nowhere://" in done.stderr
    assert "Traceback" not in done.stderr


def test_days_are_the_same_days(engines):
    assert [engine.span() for engine in engines] == [
        (date(2025, 6, 10), date(2025, 11, 3)),
    ] * 2
