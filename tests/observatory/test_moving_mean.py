"""The mean of seven days is one of seven days, or it is none."""

import pytest

from amparo.observatory.moving_mean import mean_of_seven


def test_it_begins_with_the_seventh_day_and_looks_back():
    assert mean_of_seven([1, 2, 3, 4, 5, 6, 7, 14]) == [None] * 6 + [4.0, pytest.approx(41 / 7)]


def test_after_a_day_that_is_not_known_it_begins_anew():
    week = [7.0] * 7

    assert mean_of_seven([*week, None, *week, 0]) == [None] * 6 + [7.0] + [None] * 7 + [7.0, 6.0]


def test_zeros_are_values_as_others():
    assert mean_of_seven([0] * 7) == [None] * 6 + [0.0]


@pytest.mark.parametrize("days", range(7))
def test_of_less_than_a_week_there_is_none(days):
    assert mean_of_seven([1.0] * days) == [None] * days
