"""Which period the desk opens with, and which it offers: years, halves where the law has them."""

from datetime import date

import pytest

from amparo.web.staff.report import Period, asked_for, halves


@pytest.mark.parametrize(
    ("tier", "today", "year", "half"),
    [
        ("online_platform", date(2027, 2, 28), 2026, 0),  # the last day for the year before
        ("online_platform", date(2027, 3, 1), 2027, 0),
        ("hosting", date(2026, 11, 30), 2026, 0),
        ("vlop", date(2027, 1, 5), 2026, 2),
        ("vlop", date(2027, 3, 1), 2027, 1),
        ("vlop", date(2027, 8, 30), 2027, 1),
        ("vlose", date(2027, 8, 31), 2027, 2),
    ],
)
def test_the_page_opens_with_the_report_that_is_to_be_published_next(tier, today, year, half):
    assert asked_for(tier, "", "", today) == Period(year, half)


@pytest.mark.parametrize("given", ["2020", "2028", "x", "²", "99999999999999999999999"])
def test_a_year_that_is_not_offered_is_the_one_to_be_published_next(given):
    assert asked_for("vlop", given, "1", date(2027, 3, 1)) == Period(2027, 1)


def test_very_large_ones_have_halves_and_others_years_but_for_the_year_of_transition():
    assert halves("vlop", 2026) == halves("vlose", 2025) == (1, 2)
    assert halves("online_platform", 2026) == halves("intermediary", 2027) == (0,)
    assert halves("online_platform", 2025) == (0, 2)
    today = date(2026, 2, 1)
    assert asked_for("online_platform", "2025", "2", today).days == (
        date(2025, 7, 1),
        date(2025, 12, 31),
    )
    assert asked_for("online_platform", "2025", "", today) == Period(2025, 0)
    assert asked_for("online_platform", "2026", "2", today) == Period(2026, 0)
    assert asked_for("online_platform", "2025", "1", today) == Period(2025, 0)
    assert asked_for("vlop", "2024", "", today) == Period(2024, 1)
