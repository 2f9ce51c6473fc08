"""Reports side by side: rates with intervals, tolerant of faults, never a blank taken for nought."""

import json

import pytest
from tests.conftest import run
from tests.report.conftest import as_files, given, read_back
from tests.report.test_lint import APPEALS, OWN, SHARE_7, TC, TOTAL_7, cell

from amparo.report import files, forms, write
from amparo.report.compare import compare, wilson


def test_what_a_report_says_is_read_whatever_its_spelling(clean):
    made = dict(clean)
    made[OWN] = cell(1, forms.MEASURES, lambda v: f"{int(v):,}")(made[OWN].decode()).encode()
    made[APPEALS] = cell(SHARE_7, "Value", "50%", 7)(made[APPEALS].decode()).encode()
    one, other = (compare(read_back(some)[0]) for some in (clean, made))

    assert other == one
    assert (one.service, one.complaints, one.median_hours, one.implemented) == ("Foro", 6, 15, 0.5)
    assert (one.reversal.part, one.reversal.whole) == (2, 4)
    assert one.account_complaints == 1
    assert one.account_reversal is None  # it is pending; nothing is divided by nothing
    assert one.disputes == 2
    assert one.unread == ()


def test_what_is_no_number_is_named_and_not_taken_for_nought(clean):
    made = dict(clean)
    made[APPEALS] = cell(TOTAL_7, "Value", "about six", 7)(made[APPEALS].decode()).encode()
    told = compare(read_back(made)[0])

    assert told.complaints is None
    assert told.unread == (f"part 7, {forms.SUBMITTED}, Total number: about six",)
    del made[OWN]
    alone = compare(read_back(made)[0])
    assert alone.measures is not None  # part 6 still says its own
    assert any("a lower bound, without part 5" in one for one in alone.unread)


@pytest.mark.parametrize("scope", [forms.UPHELD, forms.PARTIALLY, forms.REVERSED])
def test_no_share_of_reversals_is_told_where_an_outcome_is_blank(clean, scope):
    lines = enumerate(forms.lines_of(7), 1)
    line = next(n for n, one in lines if (one.indicator, one.scope) == (forms.SUBMITTED, scope))
    made = dict(clean)
    made[APPEALS] = cell(line, "Value", "", 7)(made[APPEALS].decode()).encode()

    assert compare(read_back(made)[0]).reversal is None


def test_closed_accounts_of_one_kind_alone_are_a_lower_bound(clean):
    made = dict(clean)
    for name, part in ((OWN, 5), (TC, 6)):
        blank = cell(1, "Account restriction Termination", "", part)
        made[name] = blank(made[name].decode()).encode()
    found = compare(read_back(made)[0])

    assert found.suspended is not None
    assert "closed accounts: a lower bound, without termination" in found.unread


def test_decisions_by_default_are_set_apart_where_the_context_tells(clean):
    line = next(n for n, one in enumerate(forms.lines_of(7), 1) if one.indicator == forms.DISPUTED)
    made = dict(clean)
    made[APPEALS] = cell(line, "Contextual Information", "12 by default", 7)(
        made[APPEALS].decode()
    ).encode()

    assert compare(read_back(made)[0]).by_default == 12
    assert compare(read_back(clean)[0]).by_default is None


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (400, 1000, 0.3701, 0.4307),
    ],
)
def test_the_interval_is_wilsons(part, whole, low, high):
    rate = wilson(part, whole)

    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("part", "whole"), [(None, 3), (3, None), (0, 0), (4, 3)])
def test_what_cannot_be_a_share_is_none(part, whole):
    assert wilson(part, whole) is None


def test_the_command_line_lays_services_side_by_side(clean, tmp_path):
    for name in ("Foro", "Plaza"):
        other = {
            file: body.replace(b",Foro,", f",{name},".encode()) for file, body in clean.items()
        }
        (tmp_path / f"{name}.zip").write_bytes(files.write_zip(other))
    words = ("report", "compare", tmp_path / "Foro.zip", tmp_path / "Plaza.zip")
    told = run(*words, "--html", tmp_path / "compare.html").stdout
    rows = json.loads(run(*words, "--json").stdout)

    assert [line.split("\t")[0] for line in told.splitlines()[1:]] == ["Foro", "Plaza"]
    assert "50.0 % (15.0–85.0)" in told
    assert [one["service"] for one in rows] == ["Foro", "Plaza"]
    page = (tmp_path / "compare.html").read_text()
    assert page.count("<svg") >= 2
    assert "Plaza" in page
    assert as_files(write.write(given())) == clean
