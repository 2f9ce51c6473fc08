"""Days as spreadsheets and people write them: read where they can mean one day alone."""

from datetime import date

import pytest

from amparo.record import days


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-08-31", date(2026, 8, 31)),
        ("2026/8/31", date(2026, 8, 31)),
        ("2026.08.31", date(2026, 8, 31)),
        ("20260831", date(2026, 8, 31)),
        ("2026-08-31 00:00:00", date(2026, 8, 31)),
        ("2026-08-31T00:00:00Z", date(2026, 8, 31)),
        ("46265", date(2026, 8, 31)),  # as Excel keeps it
        ("46265.0", date(2026, 8, 31)),
        ("17/04/2026", date(2026, 4, 17)),
        ("04/17/2026", date(2026, 4, 17)),
        ("31.12.2025", date(2025, 12, 31)),
        ("01.07.2025", date(2025, 7, 1)),  # points stand behind a day, never behind a month
        ("5/5/2026", date(2026, 5, 5)),
        ("31 December 2025", date(2025, 12, 31)),
        ("31-Dec-2025", date(2025, 12, 31)),
        ("Dec 31, 2025", date(2025, 12, 31)),
        ("31 de diciembre de 2025", date(2025, 12, 31)),
        ("31-Dec-25", date(2025, 12, 31)),  # as spreadsheets show a day where nobody chose how
        ("31/12/25", date(2025, 12, 31)),
        ("12/31/25", date(2025, 12, 31)),
        ("01.07.25", date(2025, 7, 1)),
        ("25-12-31", None),  # some put the year first, where hyphens are between
        ("01/07/25", None),
        ("01/07/2025", None),
        ("2025-12-32", None),
        ("12345", None),
        ("2026", None),
        ("YYYY-MM-DD", None),
        ("", None),
    ],
)
def test_a_day_is_read_where_it_can_only_be_one(text, read):
    assert days.day(text) == read


def test_another_date_of_the_same_file_says_which_number_is_the_day():
    told = ["17/04/2026", "27/02/2026", "01/07/2025"]

    assert days.day("01/07/2025", days.order_of(told)) == date(2025, 7, 1)
    assert days.day("01/07/2025", days.order_of(["12/31/2025"])) == date(2025, 1, 7)
    assert days.order_of(["17/04/2026", "12/31/2025"]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "2025-07-01/2025-12-31",
        "2025-07-1 - 2025-12-31",
        "2025/07/01/2025/12/31",
        "2025-07-01 00:00:00/2025-12-31 00:00:00",
        "01/07/2025 - 31/12/2025",
        "01.07.2025–31.12.2025",
        "1 July 2025 to 31 December 2025",
        "H2 2025",
        "01/07/25-31/12/25",
        "From 01/07/2025 to 31/12/2025",
        "del 1 de julio de 2025 al 31 de diciembre de 2025",
    ],
)
def test_a_period_is_two_days_and_nothing_else(text):
    assert str(days.period(text)) == "2025-07-01/2025-12-31"


@pytest.mark.parametrize(
    "text", ["2025", "2025-07-01", "2025-07-01/2025-12-32", "from 2025-07-01 on, 2025-12-31", "n/a"]
)
def test_whatever_else_is_no_period(text):
    assert days.period(text) is None


def test_a_dragged_cell_counts_up():
    pulled = [f"2025-07-01/2025-12-{day}" for day in range(32, 60)]

    assert days.counts_up(pulled)
    assert days.counts_up(["2025-12-30", "2025-12-31", "2025-12-32"])
    assert not days.counts_up(pulled[:2])
    assert not days.counts_up(["2025-07-01/2025-12-31"] * 3)
