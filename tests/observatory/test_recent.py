"""What an engine was asked last is remembered: within a bound, and unharmed by whoever got it."""

from datetime import date
from itertools import pairwise

import pytest

from amparo.observatory import coverage, engine, queries
from amparo.observatory.coverage import Coverage, Covered, Span
from amparo.observatory.engine import Recent

NAMES = ("statements", "account.suspended", "share.decided_by_machine")


@pytest.fixture
def opened():
    made = queries.open_engine()
    yield made
    made.close()


def asked(opened, platforms):
    measures = [queries.measure(name) for name in NAMES]
    return (
        queries.figures_at_once(opened, measures, platforms),
        queries.figures(opened, measures[0], platforms, date(2025, 1, 1), date(2025, 3, 1)),
        queries.expected_at_once(opened, measures, platforms[0]),
        queries.outlook(opened, queries.WATCHED, platforms[0]),
    )


@pytest.mark.parametrize("platforms", [["TikTok"], ["*"], ["X", "Temu"]])
def test_an_answer_that_is_remembered_is_the_answer(opened, platforms):
    first = asked(opened, platforms)
    asked(opened, ["Roblox"])

    assert asked(opened, platforms) == first
    opened.__dict__.pop("recent")
    assert asked(opened, platforms) == first


def test_nobody_can_change_what_another_is_answered(opened):
    measures = [queries.measure(name) for name in NAMES]
    alone = queries.figures(opened, measures[0], ["TikTok"])
    several = queries.figures_at_once(opened, measures, ["TikTok"])
    alone.clear()
    several[0].clear()

    assert queries.figures(opened, measures[0], ["TikTok"])
    assert queries.figures_at_once(opened, measures, ["TikTok"])[0]


def test_days_and_platforms_are_part_of_the_question(opened):
    measure = queries.measure("statements")
    days = date(2025, 1, 1), date(2025, 1, 31)

    found = queries.figures(opened, measure, ["X"], *days)

    assert {figure.date.month for figure in found} == {1}
    assert len(queries.figures(opened, measure, ["X"])) > 800
    assert {figure.platform for figure in queries.figures(opened, measure, ["Temu"], *days)} == {
        "Temu"
    }


def test_the_oldest_goes_where_there_is_no_room():
    recent, made = Recent(10), []

    def answer(name, rows):
        return recent.of(name, rows, lambda: made.append(name) or name.upper())

    assert [answer("a", 4), answer("b", 4), answer("a", 4)] == ["A", "B", "A"]
    answer("c", 4)  # no room for three: the one that was not asked for again goes
    assert [answer("a", 4), answer("c", 4)] == ["A", "C"]
    assert made == ["a", "b", "c"]
    assert answer("b", 4) == "B"
    assert made == ["a", "b", "c", "b"]


def test_what_is_too_long_is_answered_and_not_remembered():
    recent, made = Recent(10), []

    for _ in range(2):
        assert recent.of("long", 11, lambda: made.append(1) or "answer") == "answer"

    assert made == [1, 1]


def test_a_question_that_fails_is_asked_again():
    recent = Recent(10)

    with pytest.raises(ZeroDivisionError):
        recent.of("key", 1, lambda: 1 // 0)

    assert recent.of("key", 1, lambda: 7) == 7


def test_every_platform_asked_for_takes_no_more_room_than_there_is(opened):
    measures = [queries.measure(name) for name in NAMES]
    for name in opened.platforms()[:60]:
        queries.figures_at_once(opened, measures, [name])

    rows = sum(rows for rows, _ in opened.recent._answers.values())
    assert 0 < rows <= engine.MOST_RECENT_ROWS


def test_answers_of_one_day_are_counted_with_what_they_take_beside_it(opened):
    """Whoever asks for each day alone fills no more room than who asks for all at once."""
    opened.__dict__["recent"] = Recent(40)
    measure = queries.measure("statements")

    for day in range(1, 31):
        queries.figures(opened, measure, ["X"], date(2025, 1, day), date(2025, 1, day))

    assert len(opened.recent._answers) == 40 // (1 + queries._BESIDE)


def test_coverage_of_whatever_days_takes_no_more_room_than_there_is(monkeypatch):
    monkeypatch.setattr(coverage, "_MOST_MADE", 8)
    found = Coverage([Covered(date(2026, 1, 1), "*", "full")])

    for day in range(1, 29):
        span = Span(date(2026, 1, 1), date(2026, 1, day))
        assert found.grades("X", ["statements"], span).tolist()[0] == coverage.WHOLE

    assert len(found._made) <= 8


def test_what_rose_as_much_during_a_wave_stands_in_one_order(opened):
    """Of several that rose alike it was a matter of threads which were shown."""
    ties = 0
    for wave in queries.waves(opened, ["account.suspended"], ["XING", "Xvideos", "LOVOO", "X"]):
        for before, after in pairwise(queries.changes(opened, wave)):
            if before[1] - before[2] == after[1] - after[2]:
                assert before[0] < after[0]
                ties += 1

    assert ties
