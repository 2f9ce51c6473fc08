"""What a report counts of a case: what it is at the end of a period, whatever was taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from amparo.case import events, public_figures
from amparo.case.figures import Cell, bounds, cells, counted, periods_of

MARCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNT = {"decision_account": "DECISION_ACCOUNT_SUSPENDED"}
YEAR, FIRST_HALF, SECOND_HALF = "2026", "2026-H1", "2026-H2"


def after(days):
    return MARCH + timedelta(days=days)


def filed(days=0, role="person"):
    return events.ComplaintFiled(
        after(days), role, role=role, grounds="g", attachments=(), late=False
    )


def decided(days, outcome="reversed"):
    return events.ComplaintDecided(
        after(days), "reviewer:1", outcome=outcome, reasons="r", reviewer="1"
    )


def undone(days):
    return events.RemedyUndone(after(days), "lead:2", reasons="r")


def reopened(days):
    return events.ComplaintReopened(after(days), "lead:2", reason="r")


def of(happened, period=YEAR, public=ACCOUNT):
    return [cell for (there, cell), n in counted(happened, public).items() if there == period and n]


def complaint(outcome, hours, about=("account",)):
    return Cell("complaint", about, outcome, hours)


def test_a_complaint_stands_in_each_period_as_it_stood_at_its_end():
    happened = [filed(), decided(150)]  # at the end of July

    assert of(happened, FIRST_HALF) == [complaint("", None)]
    assert of(happened, SECOND_HALF) == []
    assert of(happened, YEAR) == [complaint("reversed", 3600)]


@pytest.mark.parametrize(
    ("then", "outcome", "hours"),
    [
        ([], "reversed", 72),
        ([undone(4)], "omitted", 72),
        ([undone(4), reopened(4)], "", None),
        ([reopened(4), undone(4)], "", None),
        ([undone(4), reopened(4), decided(9, "upheld")], "upheld", 216),
        ([reopened(4), decided(9, "upheld"), undone(10)], "omitted", 216),
    ],
    ids=["reversed", "undone", "undone, open again", "the other way", "upheld then", "twice"],
)
def test_a_reversal_that_was_taken_back_counts_as_what_became_of_it(then, outcome, hours):
    assert of([filed(), decided(3), *then]) == [complaint(outcome, hours)]


def test_a_complaint_filed_anew_after_the_other_side_won_is_a_second_one_of_its_own_period():
    """It is about something else: what the reporter had got was taken away by another decision."""
    won = events.OtherDecided(
        after(90), "reviewer:2", of="notifier", outcome="reversed", text="It came back."
    )
    first = [filed(0, "notifier"), decided(3)]
    again = [won, filed(140, "notifier"), decided(150, "upheld")]
    happened, about = [*first, *again], ("no_action",)

    assert of(first) == [complaint("reversed", 72, about)]
    assert of([*first, won]) == [complaint("reversed", 72, about)]  # the first stands as it was
    assert sorted(of(happened)) == sorted(
        [complaint("reversed", 72, about), complaint("upheld", 240, about)]
    )
    assert of(happened, FIRST_HALF) == [complaint("reversed", 72, about)]
    assert of(happened, SECOND_HALF) == [complaint("upheld", 240, about)]


def test_what_was_withdrawn_and_filed_again_is_two_complaints():
    withdrawn = events.ComplaintWithdrawn(after(1), "person")

    found = counted([filed(), withdrawn, filed(2)], ACCOUNT)

    assert found[YEAR, complaint("omitted", 24)] == found[YEAR, complaint("", None)] == 1


def test_a_panel_that_hears_a_case_once_more_has_not_decided_it_yet():
    asked = events.CaseSubmitted(after(0), "person", role="person", grounds="g")
    ruled = events.CaseDecided(
        after(40),
        "node",
        outcome="reverse",
        basis="merits",
        reasons="r",
        summary="s",
        votes={},
        dissents={},
        divergence="",
        profile=(),
        published="",
    )
    again = events.CaseReopened(after(50), "person", ground="mistake", text="t")

    assert of([asked, ruled]) == [Cell("dispute", (), "reversed", 960)]
    assert of([asked, ruled, again]) == [Cell("dispute", ())]


def test_times_are_kept_so_coarsely_that_no_entry_of_the_log_is_told_by_them():
    odd = timedelta(hours=3, minutes=7, seconds=11)
    quick = events.ComplaintDecided(
        MARCH + odd, "reviewer:1", outcome="upheld", reasons="r", reviewer="1"
    )
    slow = events.ComplaintDecided(
        MARCH + 10 * odd, "reviewer:1", outcome="upheld", reasons="r", reviewer="1"
    )

    assert of([filed(), quick]) == [complaint("upheld", 3.1)]
    assert of([filed(), slow]) == [complaint("upheld", 31)]


def test_periods_are_years_and_their_halves_without_a_gap():
    last = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)

    assert periods_of(last) == (YEAR, FIRST_HALF)
    assert periods_of(last + timedelta(seconds=1)) == (YEAR, SECOND_HALF)
    assert bounds(FIRST_HALF)[1] == bounds(SECOND_HALF)[0]
    assert bounds(YEAR) == (bounds(FIRST_HALF)[0], bounds(SECOND_HALF)[1])
    assert bounds("2026")[1] == bounds("2027")[0]


def test_while_a_period_runs_a_step_in_the_log_is_never_one_person():
    shown = []
    for n in range(35):
        kept = {complaint("upheld", 48): n, complaint("reversed", 24): 9}
        shown.append(public_figures.shown(public_figures.figures(kept), kept, is_over=False))

    counts = [one.counts.get("complaints.upheld", 0) for one in shown]
    assert set(counts) == {0, 10, 20, 30}
    assert all("complaints.reversed" not in one.counts for one in shown)
    assert all(one.minutes == {} for one in shown)
    assert {n % 10 for one in shown for n in one.counts.values()} == {0}


def test_once_it_is_over_figures_from_ten_on_are_shown_as_they_are():
    kept = {
        complaint("upheld", 48): 11,
        complaint("newly_restricted", 24): 2,
        complaint("reversed", 24): 9,
        Cell("suspension", ("notices",)): 10,
        Cell("dispute", (), "reversed", 100, implemented=True): 3,
    }

    counts, minutes = public_figures.shown(public_figures.figures(kept), kept, is_over=True)

    assert counts == {
        "complaints": 22,
        "complaints.upheld": 13,
        "complaints.account": 22,
        "complaints.account.upheld": 13,
        "suspensions.notices": 10,
    }
    assert minutes == {"complaints": 36 * 60, "complaints.account": 36 * 60}


def test_nothing_is_counted_of_what_comes_after_a_period():
    begin, over = bounds(FIRST_HALF)

    assert [*cells([filed(200)], ACCOUNT, begin, over)] == []
