"""Complaints and disputes of other tools: counted like a node's own, and never taken for none."""

from datetime import UTC, datetime

import pytest
from tests.report.conftest import answered, as_files, given, heard, lint, read_back

from amparo.errors import Malformed
from amparo.report import forms, questions
from amparo.report.figures import Contested
from amparo.report.hearing import Hearing
from amparo.report.recount import recount
from amparo.report.write import write

REVERSED = {
    "id": "T-1",
    "submitted": "2026-03-01T10:00:00Z",
    "about": ["removal"],
    "decided": "2026-03-02T10:00:00Z",
    "outcome": "reversed",
}
NONE = {"notices": "none", "disputes": "none"}


def part_7(**changes):
    report, _ = read_back(as_files(write(given(**changes))))
    return lambda indicator, scope=forms.TOTAL_NUMBER: report.value(
        7, Indicator=indicator, Scope=scope
    )


def test_complaints_of_other_tools_are_counted_beside_those_of_this_node():
    alone = part_7()
    told = part_7(complaint=[REVERSED], elsewhere=NONE)

    assert (alone(forms.SUBMITTED), told(forms.SUBMITTED)) == ("6", "7")
    assert (alone(forms.SUBMITTED, forms.REVERSED), told(forms.SUBMITTED, forms.REVERSED)) == (
        "1",
        "2",
    )
    assert told(forms.AGAINST_REMOVAL) == "5"
    assert told(forms.SUBMITTED, forms.MEDIAN) == "20"  # of 5, 10, 20, 24 and 40 hours


def test_what_the_log_cannot_hold_is_said_beside_the_figure_and_left_out_of_a_recount():
    shown = Hearing(
        at="2027-01-01T00:00:00Z",
        by="foro",
        counts={"complaints": 12, "complaints.upheld": 12},
        minutes={"complaints": 60},
        over=True,
        period="2026",
    )
    twelve = heard()._replace(complaints=(Contested("upheld", 1, (forms.AGAINST_REMOVAL,)),) * 12)
    known = given(complaint=[REVERSED], elsewhere=NONE)._replace(heard=twelve)
    report, _ = read_back(as_files(write(known)))
    cells = {
        (cell.row, cell.column): cell for cell in recount(report, {}, shown).cells if cell.part == 7
    }

    total = cells[forms.SUBMITTED, forms.TOTAL_NUMBER]
    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.TOTAL_NUMBER) == "13"
    assert report.rows(7)[0].get("Contextual Information") == "1 of other tools"
    assert (total.claimed, total.counted, total.verdict) == ("12", 12, "same")
    assert cells[forms.SUBMITTED, forms.UPHELD].verdict == "same"
    assert cells[forms.SUBMITTED, forms.MEDIAN].verdict == "not shown"


def test_disputes_before_other_bodies_are_counted_with_what_was_implemented():
    dispute = {"id": "ODS-7", "submitted": "2026-02-01", "outcome": "reversed"}
    dispute |= {"decided": "2026-03-01", "implemented": True, "by_default": True}
    told = part_7(dispute=[dispute], elsewhere={"notices": "none", "complaints": "none"})

    assert told(forms.DISPUTED) == "3"
    assert told(forms.DISPUTED, forms.IMPLEMENTED) == "0.6667"


@pytest.mark.parametrize(
    ("elsewhere", "part", "blank", "still"),
    [
        ({"complaints": ""}, 7, forms.SUBMITTED, forms.DISPUTED),
        ({"disputes": ""}, 7, forms.DISPUTED, forms.SUBMITTED),
    ],
)
def test_what_other_tools_handled_and_nobody_told_is_blank_and_an_error(
    elsewhere, part, blank, still
):
    everything = {"notices": "none", "complaints": "none", "disputes": "none"}
    written = write(given(elsewhere=everything | elsewhere))
    report, _ = read_back(as_files(written))

    assert report.value(part, Indicator=blank, Scope=forms.TOTAL_NUMBER) == ""
    assert report.value(part, Indicator=still, Scope=forms.TOTAL_NUMBER) != ""
    [found] = written.findings
    assert (found.rule, found.severity, found.column) == ("Q1", "error", blank)
    assert f'{min(elsewhere)} = "none"' in str(found.fix)


def test_orders_and_notices_that_nobody_told_of_are_blank_and_actions_still_counted():
    elsewhere = {"complaints": "none", "disputes": "none"}
    written = write(given(order=[], elsewhere=elsewhere))
    report, _ = read_back(as_files(written))
    orders, notices = report.rows(3)[0], report.rows(4)[0]

    assert {orders.get(column) for column in forms.PARTS[3].kind} == {""}
    assert notices.get("Number of notices received ") == ""
    assert int(notices.get("Number of actions taken on the basis of the law")) > 0
    assert report.value(8, Indicator=forms.SOLELY_NOTICES, Scope=forms.NAM_TOTAL) == ""
    assert [str(one.expected) for one in written.findings] == [
        "the orders of Member States",
        "the notices of other tools",
    ]


def test_nothing_happened_is_an_answer_and_nought():
    none = dict.fromkeys(("orders", "notices", "complaints", "disputes"), "none")
    nobody = given(order=[], elsewhere=none)
    nobody = nobody._replace(heard=heard()._replace(complaints=(), disputes=()))
    report, _ = read_back(as_files(write(nobody)))

    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.TOTAL_NUMBER) == "0"
    assert report.rows(3)[0].get(next(iter(forms.PARTS[3].kind))) == "0"
    assert lint(report, "online_platform") == []


def test_what_was_decided_after_the_period_was_pending_at_its_end_and_another_year_does_not_count():
    late = REVERSED | {"id": "T-2", "submitted": "2026-12-30", "decided": "2027-01-04"}
    old = REVERSED | {"id": "T-3", "submitted": "2025-12-31T23:59:59Z"}
    written = write(given(complaint=[late, old], elsewhere=NONE))
    report, _ = read_back(as_files(written))

    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.TOTAL_NUMBER) == "7"
    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.REVERSED) == "1"
    [told] = written.findings
    assert (told.severity, str(told.got)) == ("info", "complaints of other tools: 1")


def test_a_very_large_platform_is_asked_for_its_people_and_recipients():
    bare = answered("vlop", people={}, recipients={})

    assert [question.name for question in questions.unanswered(bare)] == ["people", "recipients"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"complaint": [REVERSED, REVERSED]}, "'T-1' is listed 2 times"),
        ({"complaint": [REVERSED | {"decided": ""}]}, "an outcome and no day of it"),
        ({"complaint": [REVERSED | {"decided": "2026-02-01"}]}, "before it was submitted"),
        ({"complaint": [REVERSED | {"submitted": "March"}]}, "no day or moment"),
        ({"complaint": [REVERSED | {"about": []}]}, "what it is about"),
        ({"complaint": [REVERSED | {"about": ["a ban"]}]}, "about"),
        ({"complaint": [REVERSED | {"outcome": "granted"}]}, "outcome"),
        ({"complaint": [REVERSED | {"id": " "}]}, "no id of its tool"),
        ({"dispute": [{"id": "1", "submitted": "9999-12-31T23:59:59-23:59"}]}, "calendars"),
    ],
)
def test_a_complaint_that_contradicts_itself_is_refused_with_the_reason(changes, why):
    with pytest.raises(Malformed) as found:
        answered(elsewhere={}, **changes)
    assert why in found.value.why


def test_none_and_some_is_a_contradiction():
    with pytest.raises(Malformed, match='complaints = "none", and 1 are listed'):
        answered(complaint=[REVERSED], elsewhere={"complaints": "none"})


def test_days_of_toml_are_read_as_they_are_written():
    native = REVERSED | {"submitted": datetime(2026, 3, 1, 10, tzinfo=UTC)}

    assert part_7(complaint=[native], elsewhere=NONE)(forms.SUBMITTED, forms.MEDIAN) == "20"
