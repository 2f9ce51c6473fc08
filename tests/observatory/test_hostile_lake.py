"""A careless or hostile user of the lake: what is not known stays so, and nothing else is harmed."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet
from tests.conftest import run
from tests.observatory.dump import DAY, csv_of, daily, dump, row

from amparo.errors import Malformed
from amparo.observatory import queries
from amparo.observatory.coverage import NOT, PART, Span
from amparo.observatory.lake.lake import Lake

AFTER = date(2026, 2, 1)


def grade(lake, platform="Foro", day=AFTER):
    engine = queries.open_engine(lake=lake.folder)
    [found] = engine.coverage.grades(platform, ["statements"], Span(day, day))
    engine.close()
    return found


def written(place, body, suffix):
    path = place / f"sor-global-{AFTER}-full.{suffix}"
    path.write_bytes(body) if isinstance(body, bytes) else parquet.write_table(body, path)
    return path


def cut_parquet():
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table({"platform_name": ["Foro"] * 99, "created_at": ["x"] * 99}), sink)
    whole = sink.getvalue().to_pybytes()
    return whole[: len(whole) // 2]


NO_DECISIONS = {
    "an empty file": (b"", "csv"),
    "an empty Parquet": (b"", "parquet"),
    "another table": (b"name,price\nbread,2\n", "csv"),
    "a page of an error": (b"<html><body>503</body></html>", "csv"),
    "only a header": (csv_of([]), "csv"),
    "another Parquet": (pa.table({"price": [2]}), "parquet"),
    "no time of receipt": (pa.table({"platform_name": ["Foro"]}), "parquet"),
    "a cut Parquet": (cut_parquet(), "parquet"),
}


@pytest.mark.parametrize("kind", NO_DECISIONS)
def test_a_file_without_a_decision_makes_nobodys_day_a_zero(lake, place, kind):
    """In a dump of all platforms, who has no row reported nothing: so all would have."""
    path = written(place, *NO_DECISIONS[kind])

    with pytest.raises(Malformed):
        lake.add(path)

    assert lake.entries() == []
    assert grade(lake) == NOT


def test_a_day_without_decisions_is_believed_with_the_digest_that_was_published(lake, place):
    lake.add(dump(place, [[]], slug="foro", day=f"{AFTER}"))

    assert lake.entries()[0].rows == 0


def test_a_day_of_which_a_piece_could_not_be_read_is_known_in_part(lake, place, monkeypatch):
    monkeypatch.setattr("amparo.observatory.lake.reader.MOST_PIECE_BYTES", 20_000)
    large = csv_of([row(n) for n in range(100)])

    lake.add(dump(place, [large, csv_of([row(0)])], day=f"{AFTER}"))

    assert grade(lake) == PART


def test_a_day_whose_parts_are_not_all_there_is_known_in_part(lake, place):
    lake.add(dump(place, [[row(n)] for n in range(4)], day=f"{AFTER}", names=[0, 2]))

    assert grade(lake) == PART


@pytest.mark.parametrize("day", ["0001-01-01", "2023-09-24", "tomorrow", "9999-12-31"])
def test_a_day_of_which_there_can_be_no_dump_is_refused(lake, place, day):
    """One mistyped year would stretch every chart, and every series, to it."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    path = dump(place, [[row(0)]], day=f"{tomorrow}" if day == "tomorrow" else day)

    with pytest.raises(Malformed, match="can be no dump"):
        lake.add(path)


def test_a_named_file_that_reaches_over_thousands_of_years_is_refused(tmp_path):
    path = tmp_path / "far.csv"
    path.write_text(
        "date,platform,metric,value\n0001-01-01,A,statements,1\n9999-12-31,A,statements,1\n"
    )
    engine = queries.open_engine([path])

    with pytest.raises(Malformed, match="year was mistyped"):
        engine.series(["statements"])
    engine.close()


def test_one_bad_file_of_a_folder_holds_up_no_other(tmp_path, place):
    written(place, b"", "csv")
    dump(place, [[row(0)]], day="2026-02-02")
    dump(place, [[row(0)]], day="2026-01-31")

    done = run("observe", "add", place, "--lake", tmp_path / "lake", check=False)

    assert done.returncode == 1
    assert "No decision can be read" in done.stderr
    assert [entry.day.day for entry in Lake(tmp_path / "lake").entries()] == [31, 2]


def test_a_list_whose_last_line_was_cut_off_loses_that_line_alone(lake, place):
    """Killed, or the disk was full, while it was written."""
    lake.add(dump(place, [[row(0)]]))
    later = dump(place, [[row(1)]], day=f"{AFTER}")
    with (lake.folder / "files.jsonl").open("ab") as file:
        file.write(b'{"name":"sor-global-2026-0')

    assert len(lake.entries()) == 1
    assert lake.add(later).status == "added"
    assert [f"{entry.day}" for entry in lake.entries()] == [DAY, f"{AFTER}"]


def test_a_list_that_an_editor_left_without_its_last_end_loses_nothing(lake, place):
    """Whoever mends it by hand, as the error says."""
    lake.add(dump(place, [[row(0)]]))
    later = dump(place, [[row(1)]], day=f"{AFTER}")
    path = lake.folder / "files.jsonl"
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))

    assert len(lake.entries()) == 1
    assert lake.add(later).status == "added"
    assert [f"{entry.day}" for entry in lake.entries()] == [DAY, f"{AFTER}"]


def test_a_list_that_somebody_wrote_into_is_named(lake, place):
    lake.add(dump(place, [[row(0)]]))
    whole = (lake.folder / "files.jsonl").read_bytes()
    (lake.folder / "files.jsonl").write_bytes(b"hello\n" + whole)

    with pytest.raises(Malformed, match=r"files\.jsonl"):
        lake.entries()


def test_two_who_add_at_once_add_once(lake, place):
    same = dump(place, [[row(n)] for n in range(6)])
    other = dump(place, [[row(n) for n in range(3)]], day=f"{AFTER}")

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(lambda path: Lake(lake.folder).add(path).status, [same, other] * 3)
        )

    assert sorted(outcomes) == ["added"] * 2 + ["known"] * 4
    assert daily(lake, DAY)["Foro", "statements"] == 6
    assert not list((lake.folder / "staging").iterdir())


def test_a_day_of_a_record_is_counted_once_though_two_put_it_there_at_once(lake):
    """A node does it every day by itself, and somebody does it by hand just then."""
    day, rows = date.fromisoformat(DAY), [{"platform_name": "Foro"}] * 3
    lake.folder.mkdir(exist_ok=True)

    def put(_):
        return Lake(lake.folder).add_record(rows, "record", day, {("Foro", "complaints"): 12})

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(put, range(8))] == [3] * 8

    [series] = lake.series()
    found = parquet.read_table(series).filter(pc.field("metric").isin(["statements", "complaints"]))
    assert sorted(found["value"].to_pylist()) == [3, 12]
    assert not [*(lake.folder / "staging").iterdir()]


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_an_addition_that_is_killed_leaves_a_lake_that_answers_and_goes_on(lake, place, part):
    """At whatever place: here where so many of the pieces are in staging."""
    path = dump(place, [[row(n) for n in range(400)] for _ in range(20)])
    command = [
        sys.executable,
        "-m",
        "amparo",
        "observe",
        "add",
        str(path),
        "--lake",
        str(lake.folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if len(list(lake.folder.glob("staging/*/*.json"))) >= 20 * part:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.001)
    process.wait()

    queries.open_engine(lake=lake.folder).close()
    assert lake.add(path).entry.rows == 8000
    assert daily(lake)["Foro", "statements"] == 8000
    assert len(lake.entries()) == 1


def test_names_of_any_script_and_mark_are_counted_and_asked_for(lake, place):
    names = [
        "Plätze & Söhne",
        "площадь",
        "ساحة",
        "広場",
        "it's; DROP TABLE daily",
        '"quoted"',
        "a/b\\c",
        "x" * 300,
    ]
    lake.add(dump(place, [[row(n, platform=name) for n, name in enumerate(names)]], day=f"{AFTER}"))

    engine = queries.open_engine(lake=lake.folder)
    found = queries.figures(engine, queries.measure("statements"), names, AFTER, AFTER)
    engine.close()

    assert {figure.platform: figure.value for figure in found} == dict.fromkeys(names, 1)


def test_a_lake_of_hundreds_of_platforms_after_months_without_a_day(lake, place):
    rows = [row(n, platform=f"Platform {n}") for n in range(400)]
    lake.add(dump(place, [rows], day="2026-10-01"))

    engine = queries.open_engine(lake=lake.folder)
    found = queries.silences(engine, ["statements"])
    last = queries.figures(engine, queries.measure("statements"), ["Platform 7"], date(2026, 9, 30))
    engine.close()

    assert all(silence.end is None or silence.end <= date(2026, 1, 10) for silence in found)
    assert [(figure.value, figure.known) for figure in last] == [(None, "no"), (1, "yes")]


def test_the_worst_day_of_a_doubt_is_the_first_of_several_alike(tmp_path):
    path = tmp_path / "some.parquet"
    duckdb.sql(
        "COPY (SELECT DATE '2026-01-01' + n::INTEGER AS date, 'Foro' AS platform, "
        "unnest(['statements', 'moderation_delay.negative_rows']) AS metric, 7 AS value "
        f"FROM range(60) AS of(n)) TO '{path}' (FORMAT parquet)"
    )
    engine = queries.open_engine([path])
    found = {rule.name: doubts for rule, doubts in queries.doubts(engine)}
    engine.close()

    [doubt] = found["content_after_decision"]
    assert doubt.example.parameters["day"] == date(2026, 1, 1)
