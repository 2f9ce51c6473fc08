"""Whoever reads a lake while it grows gets an answer: of what was in it before, or of more."""

import threading
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pytest
from tests.observatory.dump import dump, row

from amparo.errors import Malformed
from amparo.observatory import findings, queries
from amparo.observatory.coverage import NOT
from amparo.observatory.lake import own_record
from amparo.observatory.lake.lake import Lake

FIRST = date(2026, 2, 1)


def decision(day):
    return {
        "platform_name": "Foro",
        "created_at": datetime(day.year, day.month, day.day, 12),
        "decision_account": "DECISION_ACCOUNT_SUSPENDED",
    }


def put(lake, days, begin=FIRST):
    """Days of a record, as they come one by one."""
    for number in range(days):
        day = begin + timedelta(days=number)
        lake.add_record([decision(day)] * 3, "record", day)
        yield day


def looked_at(lake):
    """Everything that is read of a lake, and Foro's days in it."""
    engine = queries.open_engine(lake=lake.folder)
    found = findings.find(engine)
    assert found.silences
    there = engine.series(["statements"])
    engine.close()
    return there.get(("Foro", "statements"))


@pytest.mark.parametrize("reach", [None, 0, 2])
def test_days_of_a_record_count_once_its_reach_tells_of_them(lake, reach):
    """They come one by one, and a run that was killed leaves them so."""
    days = [*put(lake, 4)]
    if reach is not None:
        told = own_record.Reach({"Foro": FIRST}, days[reach], days[reach], 0)
        own_record.keep(lake.folder, told)

    engine = queries.open_engine(lake=lake.folder)
    found = engine.series(["statements"], ["Foro"])
    rows = engine.rows("SELECT DISTINCT date FROM daily WHERE platform = 'Foro' ORDER BY 1")
    engine.close()

    seen = days[: reach + 1] if reach is not None else []
    assert [day for (day,) in rows] == seen
    if seen:
        values = found["Foro", "statements"].values
        assert np.flatnonzero(~np.isnan(values)).tolist() == [
            (day - date(2023, 9, 25)).days for day in seen
        ]


def test_a_lake_is_read_while_dumps_and_a_record_come_into_it(lake, place):
    dumps = [
        dump(place, [[row(0), row(1)]], day=f"{FIRST + timedelta(days=number)}")
        for number in range(6)
    ]
    failed = []

    def write():
        try:
            for path in dumps:
                Lake(lake.folder).add(path)
                for day in put(Lake(lake.folder), 3, FIRST + timedelta(days=10)):
                    last = day
                reach = own_record.Reach({"Foro": FIRST + timedelta(days=10)}, last, last, 0)
                own_record.keep(lake.folder, reach)
        except Exception as error:  # told below
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        engine = queries.open_engine(lake=lake.folder)
        found = engine.series(["statements", "account.suspended"])
        grades = engine.coverage.grades("Foro", ["statements"], engine.span())
        engine.close()
        seen.append(int((grades != NOT).sum()))
        assert all(len(series.values) == len(grades) for series in found.values())
    writer.join()

    assert failed == []
    assert seen == sorted(seen)
    assert looked_at(lake).values[-3:].tolist() == [3, 3, 3]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_named_file_that_is_written_anew_changes_no_answer_of_who_has_it_open(tmp_path, suffix):
    path = tmp_path / f"some.{suffix}"
    write(path, range(40))
    engine = queries.open_engine([path])
    before = engine.series(["statements"])["Foro", "statements"].values.tolist()

    write(path, range(20, 90))
    after = engine.series(["statements"])["Foro", "statements"].values.tolist()
    engine.close()

    assert before == after == [float(number) for number in range(40)]


def write(path, values):
    form = "CSV, HEADER" if path.suffix == ".csv" else "PARQUET"
    rows = ", ".join(
        f"(DATE '{FIRST + timedelta(days=n)}', 'Foro', 'statements', {value})"
        for n, value in enumerate(values)
    )
    duckdb.sql(
        f"COPY (SELECT * FROM (VALUES {rows}) AS of(date, platform, metric, value)) "
        f"TO '{path}' (FORMAT {form})"
    )


@pytest.mark.parametrize("where", ["end", "middle", "value"])
def test_a_file_that_cannot_be_read_is_named_wherever_it_is_broken(tmp_path, where):
    path = tmp_path / ("some.csv" if where == "value" else "some.parquet")
    write(path, range(40))
    raw = path.read_bytes()
    broken = {
        "end": raw[: len(raw) // 2],
        "middle": raw[:20] + bytes(40) + raw[60:],
        "value": raw.replace(b",7\n", b",many\n"),
    }[where]
    path.write_bytes(broken)

    with pytest.raises(Malformed, match=path.name):
        queries.open_engine([path])
