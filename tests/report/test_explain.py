"""What a cell was counted from is found by the writer itself, so it can be nothing else."""

from collections import Counter

import pytest
from tests.conftest import run
from tests.report.conftest import filled_in, given

from amparo.errors import Malformed
from amparo.report import explain, forms
from amparo.report.explain import Place
from amparo.report.write import part_of, write

COMPLAINT = {
    "id": "T-1",
    "submitted": "2026-03-01",
    "about": ["removal"],
    "decided": "2026-03-02",
    "outcome": "reversed",
}


def test_an_address_is_part_column_and_row_as_a_spreadsheet_shows_them():
    assert explain.place("7!G2") == explain.place("7_appeals_and_recidivism!G2") == Place(7, 0, 6)
    assert explain.place("5:AA90") == Place(5, 88, 26)
    for wrong in ("", "G2", "12!A2", "7!G1", "7!2G", "7!G99999"):
        with pytest.raises(Malformed, match="no cell of a report"):
            explain.place(wrong)
    with pytest.raises(Malformed, match="has no such cell"):
        explain.explain(given(), Place(7, 400, 6))


def test_every_count_of_own_measures_is_made_of_the_measures_that_are_named():
    everything = given()
    rows = part_of(everything, 5)
    column = list(forms.PARTS[5].columns).index(forms.MEASURES)
    for number in (0, 1, 5):
        found = explain.explain(everything, Place(5, number, column))

        assert str(found.measures.total()) == rows[number][column]
        assert found.others == Counter()


def test_a_figure_of_part_7_names_what_this_node_and_other_tools_heard():
    everything = given(complaint=[COMPLAINT], elsewhere={"notices": "none", "disputes": "none"})
    line = next(
        number
        for number, line in enumerate(forms.lines_of(7))
        if (line.indicator, line.scope) == (forms.SUBMITTED, forms.REVERSED)
    )
    found = explain.explain(everything, Place(7, line, 6))

    assert write(everything).parts[7][line][6] == found.value == "2"
    assert found.others == {"complaint of this node, reversed": 1, "[[complaint]] T-1": 1}
    assert not found.is_answer


def test_an_answer_of_people_is_told_as_one():
    line = [line.indicator for line in forms.lines_of(7)].index(forms.ILLEGAL_OFFENDERS)
    found = explain.explain(given(), Place(7, line, 6))

    assert (found.value, found.is_answer) == ("3", True)


def test_the_command_names_the_statements(node, keep, tmp_path):
    rows = keep(3, application_date="2026-03-01", content_date="2026-02-01")
    (tmp_path / "a.toml").write_text(filled_in("foro", "Foro"))
    words = ("--year", 2026, "--answers", tmp_path / "a.toml", "--data", node.folder)
    column = chr(ord("A") + list(forms.PARTS[6].columns).index(forms.MEASURES))
    done = run("report", "explain", f"6!{column}2", "--most", 2, *words)

    assert (
        "part 6, TOTAL, Number of measures taken at the provider's own initiative: " in done.stdout
    )
    assert "by Annex II, Part II, 1.4" in done.stdout
    assert done.stdout.count("\n  ") <= 3
    assert len(rows) == 3
