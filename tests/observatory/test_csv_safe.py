"""A table that goes into a spreadsheet runs nothing that strangers wrote."""

import csv
import io

import pytest

from amparo.cli.rows import print_rows
from amparo.observatory.csv_safe import inert


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")']
)
def test_a_text_that_would_be_run_is_only_shown(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["Foro", "a=1", "", -1, 2.5, None])
def test_everything_else_is_left_alone(cell):
    assert inert(cell) is cell


def test_rows_for_programs_are_inert(capsys):
    print_rows(("platform", "n"), [("=cmd|' /C calc'!A0", -3)], "csv")
    [_, row] = csv.reader(io.StringIO(capsys.readouterr().out))
    assert row == ["'=cmd|' /C calc'!A0", "-3"]
