"""With which entry a day begins: entries stand near the order of their time, not in it."""

import time
from datetime import UTC, date, datetime

import pytest

from amparo.ledger.log import moments

DAY = date(2026, 3, 2)


@pytest.fixture
def at(keep, monkeypatch):
    """Keep an entry that was made at each of some moments, in this order."""

    def keeping(*times):
        for text in times:
            made = datetime.fromisoformat(text).replace(tzinfo=UTC)
            monkeypatch.setattr(time, "time_ns", lambda made=made: int(made.timestamp()) * 10**9)
            keep(1)

    return keeping


def test_the_first_entry_of_a_day_is_found_though_later_ones_are_of_the_day_before(journal, at):
    """Two that came at midnight, prepared side by side: the later one was kept first."""
    at(
        *("2026-03-01T12:00", "2026-03-01T23:30", "2026-03-02T00:00:01"),
        *("2026-03-01T23:59:59", "2026-03-01T23:59:58", "2026-03-01T23:59:59"),
        *("2026-03-02T00:00:02", "2026-03-02T09:00", "2026-03-03T00:00"),
    )

    assert moments.first_since(journal, DAY) == 2


@pytest.mark.parametrize(
    ("day", "first"),
    [("0001-01-01", 0), ("2026-03-01", 0), ("2026-03-02", 2), ("2026-03-03", 2), ("2026-03-04", 3)],
)
def test_a_day_without_entries_begins_with_the_next_one(journal, at, day, first):
    at("2026-03-01T12:00", "2026-03-01T13:00", "2026-03-03T12:00")

    assert moments.first_since(journal, date.fromisoformat(day)) == first


def test_in_an_empty_journal_it_is_the_one_that_comes_next(journal):
    assert moments.first_since(journal, DAY) == 0
