"""A lake with `compacted.parquet` answers as one without it, whatever became of its files."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from amparo.observatory import queries
from amparo.observatory.lake import compacted
from amparo.observatory.lake.lake import Lake

FIRST = date(2026, 2, 1)
DAYS = compacted.LEAST


def put(lake, day, value, platform="Foro"):
    """A day, as one of the node's own record."""
    rows = [{"platform_name": platform}] * value
    lake.add_record(rows, "compacted", day)


def loose(lake, day, **values):
    """A day's file of series, as if somebody had put it there."""
    (lake.folder / "daily").mkdir(parents=True, exist_ok=True)
    names = list(values)
    table = pa.table(
        {
            "date": pa.array([day] * len(names), pa.date32()),
            "platform": names,
            "metric": ["statements"] * len(names),
            "value": pa.array([values[name] for name in names], pa.int64()),
        }
    )
    path = lake.folder / "daily" / f"foro-{day}.parquet"
    parquet.write_table(table, path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)
    return path


def rows_of(lake):
    engine = queries.open_engine(lake=lake.folder)
    try:
        return sorted(
            engine.rows(
                "SELECT date, platform, metric, value, source FROM daily WHERE date >= $first",
                {"first": FIRST},
            )
        )
    finally:
        engine.close()


def rows_without(lake):
    """The same of a copy that has no such file, as an older version of the program left it."""
    plain = lake.folder.with_name("plain")
    shutil.copytree(lake.folder, plain)
    (plain / "compacted.parquet").unlink(missing_ok=True)
    try:
        return rows_of(Lake(plain))
    finally:
        shutil.rmtree(plain)


@pytest.fixture
def lake(tmp_path):
    """A lake of many days, compacted."""
    made = Lake(tmp_path / "lake")
    for n in range(DAYS):
        loose(made, FIRST + timedelta(days=n), Foro=100 + n, Ágora=n)
    compacted.write(made.folder, made.series())
    return made


def files_in(lake):
    return {path.name for path in compacted.read(lake.folder, lake.series()).files}


def nothing(_):
    pass


def new_day(lake):
    loose(lake, FIRST + timedelta(days=DAYS), Foro=7)


def corrected(lake):
    loose(lake, FIRST + timedelta(days=3), Foro=9_999)


def taken_back(lake):
    (lake.folder / "daily" / f"foro-{FIRST + timedelta(days=5)}.parquet").unlink()


def all_at_once(lake):
    new_day(lake)
    corrected(lake)
    taken_back(lake)


@pytest.mark.parametrize("change", [nothing, new_day, corrected, taken_back, all_at_once])
def test_a_day_that_changed_is_read_from_its_own_file(lake, change):
    change(lake)

    assert rows_of(lake) == rows_without(lake)


def test_what_is_compacted_is_not_read_once_more(lake):
    """So that opening costs what is new: no file of a day is looked into."""
    before = rows_of(lake)
    for path in lake.series():
        stat = path.stat()
        path.write_bytes(b"?" * stat.st_size)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert rows_of(lake) == before


@pytest.mark.parametrize("part", [0, 0.3, 0.9, 0.999])
def test_one_that_is_cut_costs_no_row(lake, part):
    path, before = lake.folder / "compacted.parquet", rows_of(lake)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * part)])

    assert rows_of(lake) == before


def test_one_whose_rows_are_damaged_costs_no_row(lake):
    """Its head, at the end of the file, can be read."""
    path, before = lake.folder / "compacted.parquet", rows_of(lake)
    raw = bytearray(path.read_bytes())
    raw[4:200] = b"\0" * 196
    path.write_bytes(raw)

    assert files_in(lake)
    assert rows_of(lake) == before


def test_a_strangers_table_of_that_name_costs_no_row(lake):
    before = rows_of(lake)
    parquet.write_table(pa.table({"a": [1]}), lake.folder / "compacted.parquet")

    assert rows_of(lake) == before


def test_whoever_adds_to_a_lake_without_one_writes_it(tmp_path):
    """A lake that an older version wrote: the next day that is added begins it."""
    lake = Lake(tmp_path / "lake")
    for n in range(DAYS):
        loose(lake, FIRST + timedelta(days=n), Foro=n)
    assert not (lake.folder / "compacted.parquet").exists()

    put(lake, FIRST + timedelta(days=DAYS), 3)

    assert len(files_in(lake)) == DAYS + 1
    assert rows_of(lake) == rows_without(lake)


def test_it_is_not_written_for_each_day(lake):
    before = (lake.folder / "compacted.parquet").read_bytes()
    for n in range(3):
        put(lake, FIRST + timedelta(days=DAYS + n), 1)

    assert (lake.folder / "compacted.parquet").read_bytes() == before
    assert rows_of(lake) == rows_without(lake)


def test_a_day_is_added_though_it_cannot_be_written(tmp_path):
    lake = Lake(tmp_path / "lake")
    for n in range(DAYS):
        loose(lake, FIRST + timedelta(days=n), Foro=n)
    (lake.folder / "compacted.parquet" / "in the way").mkdir(parents=True)

    put(lake, FIRST + timedelta(days=DAYS), 3)

    assert len(lake.series()) == DAYS + 1
    assert not list(lake.folder.glob(".compacted.parquet.*"))
    assert rows_of(lake)


WRITE = """
import sys
from pathlib import Path
from amparo.observatory.lake import compacted
from amparo.observatory.lake.lake import Lake
lake = Lake(Path(sys.argv[1]))
print("begun", flush=True)
while True:
    compacted.write(lake.folder, lake.series())
"""


def test_one_that_is_killed_while_it_writes_leaves_a_lake_that_answers(lake):
    before = rows_of(lake)
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITE, str(lake.folder)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        while process.poll() is None and not list(lake.folder.glob(".compacted.parquet.*")):
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()

        assert rows_of(lake) == before

    compacted.write(lake.folder, lake.series())

    assert not list(lake.folder.glob(".compacted.parquet.*"))
    assert rows_of(lake) == before


def test_a_lake_is_read_beside_another_process_that_writes_it(lake):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(lake.folder)], stdout=subprocess.PIPE
    )
    try:
        process.stdout.readline()
        for n in range(10):
            loose(lake, FIRST, Foro=n)
            found = rows_of(lake)
            assert len(found) == 2 * DAYS - 1
            assert [value for day, _, _, value, _ in found if day == FIRST] == [n]
    finally:
        process.kill()
        process.communicate()


def test_a_name_with_a_quote_is_one_of_a_file(tmp_path):
    lake = Lake(tmp_path / "o'lake")
    path = loose(lake, FIRST, Foro=1)
    path.rename(path.with_name(f"l'avis-{FIRST}.parquet"))
    compacted.write(lake.folder, lake.series())

    assert files_in(lake) == {f"l'avis-{FIRST}.parquet"}
    assert rows_of(lake) == rows_without(lake)


def test_a_copy_of_a_lake_with_its_times_needs_none_of_its_days_read(lake, tmp_path):
    copy = Path(shutil.copytree(lake.folder, tmp_path / "copy"))

    assert len(files_in(Lake(copy))) == DAYS
