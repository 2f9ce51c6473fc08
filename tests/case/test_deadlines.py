"""Limits on fixed calendars: leap years, the 31st, week-ends, and who is never shortened."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.case import clocks, complaint, deadlines, suspensions
from amparo.errors import Missing


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("C07", "2026-11-24T15:07:00", "2026-11-25T15:07:00"),  # hours run from the moment
        (
            "C06",
            "2026-11-24T15:07:00",
            "2026-12-08T23:59:59",
        ),  # the day of the event is not counted
        ("C08", "2026-01-01T00:00:00", "2026-04-01T23:59:59"),  # ninety calendar days
        ("C05", "2026-01-15T10:00:00", "2026-07-15T23:59:59"),  # six months, a Wednesday
        ("C05", "2025-08-31T10:00:00", "2026-03-02T23:59:59"),  # no 31 February: 28th, a Saturday
        ("C05", "2023-08-30T10:00:00", "2024-02-29T23:59:59"),  # a leap year has a 29th
        ("C05", "2026-03-26T10:00:00", "2026-09-28T23:59:59"),  # a Saturday goes on to Monday
        ("C11", "2026-11-21T10:00:00", "2026-12-05T23:59:59"),  # a Saturday: no extension if bound
    ],
)
def test_limits_on_known_days(name, start, end):
    assert deadlines.due(name, at(start)) == at(end)


@given(st.datetimes(min_value=datetime(2023, 1, 1), max_value=datetime(2060, 1, 1)))
def test_a_persons_six_months_are_never_shortened(start):
    start = start.replace(tzinfo=UTC)

    end = deadlines.due("C05", start)

    assert end - start >= timedelta(days=181 - 1)
    assert end.weekday() < 5
    same_day = (start.month + 5) % 12 + 1
    assert (end.year, end.month) >= (start.year + (start.month + 5) // 12, same_day)


@given(
    st.sampled_from([n for n, c in deadlines.CLOCKS.items() if c.length is not None]),
    st.datetimes(min_value=datetime(2023, 1, 1), max_value=datetime(2060, 1, 1)),
    st.integers(min_value=0, max_value=10**7),
)
def test_whoever_starts_later_ends_no_earlier(name, start, later):
    start = start.replace(tzinfo=UTC, microsecond=0)

    first, second = (
        deadlines.due(name, moment) for moment in (start, start + timedelta(seconds=later))
    )

    assert start <= first <= second


def test_every_clock_says_from_where_it_comes_and_what_happens_at_its_end():
    for clock in deadlines.CLOCKS.values():
        assert all((clock.article, clock.at_end, clock.starts, clock.bound))
        assert clock.number == "target" or "rules of" not in clock.article


def test_every_clock_is_one_that_something_reads():
    """Limits that nothing here runs are in `docs/case.md`, not in the program."""
    source = Path(deadlines.__file__).parent.parent
    asked = {
        name
        for path in source.rglob("*.py")
        for name in re.findall(r'deadlines\.due\("([^"]+)"', path.read_text())
    }
    asked |= {
        complaint.answer_clock(danger=danger, flagged=flagged)
        for danger in (True, False)
        for flagged in (True, False)
    }

    assert asked | set(get_args(clocks.Name)) >= set(deadlines.CLOCKS)


def test_a_clock_without_a_length_or_a_name_is_told():
    with pytest.raises(Missing, match="no length of its own"):
        deadlines.due("C15", at("2026-01-01T00:00:00"))
    with pytest.raises(Missing, match="no clock"):
        deadlines.clock("C99")


PAGE = (Path(__file__).parent.parent.parent / "docs" / "case.md").read_text()


def test_the_page_lists_every_clock_as_the_program_has_it():
    for clock in deadlines.CLOCKS.values():
        length = "as decided" if clock.length is None else str(deadlines.period(clock.name))
        said = (clock.name, clock.starts, f"{length}, {clock.number}", clock.bound, clock.article)
        assert f"| {' | '.join(said)} | {clock.at_end} |" in PAGE


def test_the_page_tells_no_length_of_time_that_the_program_does_not_have():
    """A changed limit is found in the prose too."""
    prose = re.sub(r"(?m)^\|.*\n", "", PAGE)
    lengths = {str(deadlines.period(name)) for name, c in deadlines.CLOCKS.items() if c.length}
    lengths |= {f"{suspensions.MOST_DAYS} days", f"{clocks.BEFORE_THE_END['C05-7']} days"}

    told = set(re.findall(r"\b\d+ (?:hours|days|months)\b", prose))

    assert told <= lengths
    assert len(told) > 6
    assert not re.search(r"\b(three|six|seven|ten|fourteen|thirty) (hours|days|months)\b", prose)
