"""The observatory in a program: tables with documented columns; the tutorial runs."""

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import compute as pc
from pyarrow import parquet

import amparo.observatory
from amparo.errors import Malformed, Unavailable
from amparo.observatory import Observatory, api
from amparo.observatory.engine import builtin

ROOT = Path(__file__).parent.parent.parent
TUTORIAL = ROOT / "docs" / "observatory.ipynb"


@pytest.fixture(scope="module")
def seen():
    with Observatory() as seen:
        yield seen


def test_a_measure_is_a_table_of_days(seen):
    table = seen.measure("account.suspended", ["X"], date(2025, 1, 1), date(2025, 3, 31))

    assert table.column_names == ["date", "platform", "value", "known"]
    assert table.schema.field("date").type == pa.date32()
    assert table.num_rows > 80


@pytest.mark.parametrize("name", ["measures", "waves", "silences", "doubts", "errata", "coverage"])
def test_every_table_has_the_columns_that_its_text_names(seen, name):
    method = getattr(seen, name)
    words = re.search(r"Columns: (.*?)\.(\s|$)", method.__doc__, re.DOTALL)[1]
    documented = re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", words).replace(" and ", ", "))

    table = method()

    assert table.column_names == documented
    assert table.num_rows > 0


def test_polars_and_pandas_get_tables_of_their_own(seen):
    asked = ("statements", ["TikTok"], date(2025, 1, 1), date(2025, 1, 31))
    with Observatory(tables="polars") as polars, Observatory(tables="pandas") as pandas:
        ours, theirs = polars.measure(*asked), pandas.measure(*asked)

    assert isinstance(ours, pl.DataFrame)
    assert isinstance(theirs, pd.DataFrame)
    total = pc.sum(seen.measure(*asked)["value"]).as_py()
    assert ours["value"].sum() == theirs["value"].sum() == total


def test_sql_answers_with_its_own_columns_and_changes_nothing(seen):
    rows = parquet.read_metadata(builtin()).num_rows
    assert seen.sql("SELECT count(*) AS n FROM daily")["n"].to_pylist() == [rows]
    assert seen.sql("SELECT 1 AS a WHERE false").column_names == ["a"]
    with pytest.raises(Malformed):
        seen.sql("DROP VIEW daily")


def test_a_library_that_is_not_there_is_told(monkeypatch):
    def missing(_):
        raise ImportError

    monkeypatch.setattr(api.importlib, "import_module", missing)
    with pytest.raises(Unavailable, match="polars is not installed"):
        Observatory(tables="polars")


def test_the_room_has_one_door():
    assert amparo.observatory.__all__ == ["Observatory"]
    with pytest.raises(AttributeError):
        _ = amparo.observatory.Nothing


def test_the_tutorial_runs_from_top_to_bottom_and_prints_what_it_shows(capsys):
    cells = json.loads(TUTORIAL.read_text())["cells"]
    names = {}
    checked = 0
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        printed = capsys.readouterr().out
        shown = "".join(line for out in cell["outputs"] for line in out["text"])
        assert printed == shown, f"cell {number}"
        checked += 1
    assert checked >= 6
