"""Waves, their look-alikes, and silences: on made-up series whose truth is known, and on real ones."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.observatory import evaluate, naming, queries, silences, waves
from amparo.observatory.waves import Context, Series

FIRST = date(2025, 1, 1)
DAYS = 200
WEEKEND = np.array([1.0, 1.1, 1.0, 0.9, 1.0, 0.3, 0.2])


def usual(level=100.0, seed=1, weekend=False):
    chance = np.random.default_rng(seed)
    values = chance.poisson(level, DAYS).astype(float)
    return np.round(values * WEEKEND[np.arange(DAYS) % 7]) if weekend else values


def made(values, known=None):
    return Series("Plaza", "account.suspended", FIRST, values, known)


def detected(values, statements=None, delay=None, ended=None):
    series = Series("Plaza", "account.suspended", FIRST, values)
    whole = values * 0 + 1000 + np.nan_to_num(values) if statements is None else statements
    context = Context(whole, np.full(DAYS, 86_400.0) if delay is None else delay, ended or {})
    return naming.detect(series, context)


def detected_up_to(values, last):
    """What was known on a day, by its place."""
    series = Series("Plaza", "account.suspended", FIRST, values[: last + 1])
    statements = series.values * 0 + 1000 + np.nan_to_num(series.values)
    return naming.detect(series, Context(statements, np.full(last + 1, 86_400.0)))


def with_wave(values, at=150, size=7000, days=7):
    seen = values.copy()
    seen[at : at + days] += np.round(size * evaluate.wave_shape(days))
    return seen


def test_a_quiet_year_raises_no_alarm():
    assert detected(usual()) == []
    assert detected(usual(weekend=True)) == []


def test_a_wave_is_found_on_its_first_day_with_its_size():
    [wave] = detected(with_wave(usual()))

    assert (wave.kind, wave.start) == ("wave", FIRST + timedelta(days=150))
    assert 6000 < wave.excess < 7500
    assert wave.low < wave.excess < wave.high
    assert wave.days[0] == wave.start
    assert wave.key == "plaza.account.suspended.2025-05-31"


def test_a_wave_over_a_weekend_is_not_lost_in_the_weekdays_habit():
    [wave] = detected(with_wave(usual(weekend=True), at=152, size=3000, days=2))

    assert wave.kind == "wave"


def test_what_one_day_alone_makes_must_be_large():
    """A wave lasts. Of few decisions, one high day is how platforms report."""
    few, many = usual(20), usual(20)
    few[150] += 180
    many[150] += 300

    assert detected(few) == []
    [wave] = detected(many)
    assert wave.kind == "wave"


def test_what_lasts_is_told_though_it_is_small():
    values = usual(20)
    values[150:155] += 36  # in all as much as one day must not make

    [wave] = detected(values)

    assert wave.kind == "wave"
    assert 120 < wave.excess < 240


def test_a_link_to_a_wave_is_one_to_whatever_its_day_is_part_of_now():
    """The first alarm may come a day earlier or later when data or detectors change."""
    [wave] = found = detected(with_wave(usual()))
    series = wave.key.removesuffix(f".{wave.days[0]}")

    assert waves.at(found, wave.key) is wave
    assert waves.at(found, f"{series}.{wave.end}") is wave
    for key in (f"{series}.2025-05-01", f"other.{series}.{wave.end}", series, "", "x.y.z"):
        assert waves.at(found, key) is None


def test_a_new_day_needs_no_rescan():
    """Each day is judged by its past alone: what is known of it does not change later."""
    values = with_wave(usual())

    whole = waves.score(values).alarm
    day_by_day = [waves.score(values[max(0, t - 90) : t + 1]).alarm[-1] for t in range(140, 165)]

    assert list(whole[140:165]) == day_by_day


def test_a_backlog_is_told_by_its_delay():
    delay = np.full(DAYS, 86_400.0)
    delay[150:157] = 90 * 86_400

    [wave] = detected(with_wave(usual()), delay=delay)

    assert wave.kind == "backlog"
    assert "90 days after taking effect" in str(wave.evidence)


def test_the_day_after_an_outage_is_a_catch_up():
    values = usual()
    values[141:150] = np.nan
    values[150] = 1000
    statements = np.where(np.isnan(values), np.nan, 5000.0)

    [wave] = detected(values, statements=statements)

    assert wave.kind == "catch_up"
    assert "nothing at all was submitted for 9 days" in str(wave.evidence)


def test_when_everything_rises_it_is_a_surge_of_volume():
    values = with_wave(usual())

    [wave] = detected(values, statements=values * 20)

    assert wave.kind == "volume_surge"


def test_what_stays_up_is_a_level_shift():
    values = usual()
    values[150:] += 400

    [wave] = detected(values)

    assert wave.kind == "level_shift"


def test_what_was_called_a_wave_stays_listed_under_whatever_it_is_called_later():
    values = usual()
    values[150:] += 400

    [then] = detected_up_to(values, 156)
    [later] = detected_up_to(values, 190)

    assert [name.kind for name in then.names] == ["wave"]
    assert [name.kind for name in later.names] == ["wave", "level_shift"]
    assert later.names[0] == then.names[0]._replace(evidence=later.names[0].evidence)
    assert (later.kind, later.called) == ("level_shift", True)


def test_a_burst_on_a_level_that_rose_a_little_is_no_level_shift():
    """Compared with the busiest week, and not with what a short burst leaves around it."""
    values = with_wave(usual(), size=20_000)
    values[150:] += 60

    [wave] = detected(values)

    assert [name.kind for name in wave.names] == ["wave"]


def test_a_small_part_of_a_day_that_was_reported_late_is_a_backlog():
    """A tenth of the day's statements, 200 days old; the mean of the day moves by 20 days."""
    values = with_wave(usual(), size=2100, days=3)
    late = np.round(values - usual())
    statements = np.full(DAYS, 9 * late.max()) + values
    delay = (86_400.0 * (statements - late) + 200 * 86_400.0 * late) / statements

    [wave] = detected(values, statements=statements, delay=delay)

    assert wave.kind == "backlog"


@given(st.integers(0, 10**6), st.integers(8, 30))
@settings(max_examples=40, deadline=None)
def test_no_day_is_counted_in_two_waves(seed, apart):
    first = with_wave(usual(seed=seed), at=120, size=3000, days=3)

    found = detected(with_wave(first, at=120 + apart, size=5000, days=5))

    assert all(one.end < other.start for one, other in pairwise(found))
    assert all(wave.start <= wave.days[0] <= wave.end for wave in found)


def test_days_without_any_statement_are_no_days_without_other_statements():
    """Else every platform that pauses would seem to report more of everything afterwards."""
    values, statements = with_wave(usual()), np.full(DAYS, 1000.0)
    gaps = np.arange(DAYS) % 3 > 0
    values[gaps & (np.arange(DAYS) < 150)] = np.nan
    statements = np.where(np.isnan(values), np.nan, statements + np.nan_to_num(values))

    assert [wave.kind for wave in detected(values, statements=statements)] != ["volume_surge"]


@given(st.integers(0, 10**6), st.floats(0.3, 10), st.integers(1, 21), st.integers(90, 170))
@settings(max_examples=60, deadline=None)
def test_every_headline_stands_inside_its_own_interval(seed, weeks, days, at):
    values = with_wave(usual(seed=seed, weekend=bool(seed % 2)), at, 700 * weeks, days)

    for wave in detected(values):
        assert 0 < wave.low < wave.excess < wave.high


def test_a_platform_that_goes_on_under_a_new_name_has_no_wave():
    values = with_wave(usual())
    values[:120] = np.nan
    statements = np.where(np.isnan(values), np.nan, 1000 + np.nan_to_num(values))

    [renamed] = detected(
        values, statements=statements, ended={"Plaza Old": FIRST + timedelta(days=121)}
    )

    assert renamed.kind == "rename"


def begun(values, rise, at=120):
    """A platform that begins on a day, and reports more of all things from day to day."""
    values = values * np.clip((np.arange(DAYS) - at + 1) / rise, 0.0, 1.0)
    values[:at] = np.nan
    return np.round(values)


def test_a_wave_in_the_first_weeks_of_a_platform_is_told_from_its_launch():
    """Three times its highest week so far, while all else goes on as before."""
    values = with_wave(begun(usual(), rise=10))
    small = with_wave(begun(usual(), rise=10), size=900)
    statements = np.where(np.isnan(values), np.nan, 1000 + np.nan_to_num(values))

    assert [wave.kind for wave in detected(values, statements=statements)] == ["wave"]
    assert {wave.kind for wave in detected(small, statements=statements)} <= {"launch"}


def test_a_launch_in_which_everything_rises_together_is_no_wave():
    values = begun(usual(), rise=10)
    values[150:] *= 12
    statements = 11 * values

    assert {wave.kind for wave in detected(values, statements=statements)} == {"launch"}


def test_where_a_wave_would_drown_the_smallest_visible_one_is_told():
    """70,000 in a week is noise against millions, and the page must say so."""
    large = waves.smallest_visible(made(usual(1_000_000)))
    small = waves.smallest_visible(made(usual(100)))

    assert large > 4_000_000
    assert 100 < small < 1000
    assert detected(with_wave(usual(1_000_000), size=70_000)) == []
    assert detected(with_wave(usual(), size=small * 1.5))


def test_the_smallest_visible_one_rests_on_the_eight_weeks_before_alone():
    values = usual(100)

    assert waves.smallest_visible(made(values[-waves.WINDOW :])) == waves.smallest_visible(
        made(values)
    )


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**9)), max_size=150))
@settings(max_examples=60, deadline=None)
def test_whatever_the_numbers_the_judge_does_not_fail(numbers):
    values = np.array([np.nan if n is None else float(n) for n in numbers])

    scores = waves.score(values)

    assert not scores.alarm[: waves.FEWEST_DAYS].any()
    waves.smallest_visible(made(values))


# --- on real series ---------------------------------------------------------------------------


def test_real_look_alikes_get_their_names(engine):
    found = {
        (w.platform, str(w.days[0])): w
        for w in queries.waves(engine, ["account.suspended", "account.terminated"])
    }

    assert found["Amazon Store", "2026-01-03"].kind == "backlog"
    assert found["LinkedIn", "2024-08-07"].kind == "backlog"
    assert found["X", "2024-02-17"].kind == "catch_up"
    assert found["Roblox", "2025-12-13"].kind == "wave"


def test_what_changed_inside_a_wave_is_told(engine):
    [roblox] = [
        w
        for w in queries.waves(engine, ["account.terminated"], ["Roblox"])
        if w.days[0] == date(2025, 12, 13)
    ]

    changed = queries.changes(engine, roblox)

    assert changed
    assert all(counted > expected for _, counted, expected in changed)


def test_the_silence_of_july_2025_is_heard(engine):
    """X's account suspensions: a real one."""
    found = queries.silences(engine, ["account.suspended", "statements"], ["X"])

    assert (date(2025, 7, 1), date(2025, 8, 26)) in {
        (s.start, s.end) for s in found if s.metric == "account.suspended"
    }


def test_weekends_and_short_outages_are_no_silence():
    weekdays = np.where(np.arange(DAYS) % 7 < 5, 100.0, np.nan)
    outage = usual()
    outage[100:105] = np.nan
    series = Series("Plaza", "statements", FIRST, weekdays)

    assert silences.detect(series) == []
    assert silences.detect(series._replace(values=outage)) == []


def test_a_day_of_which_there_is_no_dump_is_no_silence():
    """A lake may miss days; then nobody was silent, and what comes after is no catch-up."""
    values = usual()
    values[100:150] = np.nan
    series = Series("Plaza", "statements", FIRST, values)

    assert silences.detect(series)
    assert silences.detect(series._replace(known=~np.isnan(values))) == []


def test_a_silence_that_lasts_has_no_end():
    values = usual()
    values[180:] = 0

    [silence] = silences.detect(Series("Plaza", "account.suspended", FIRST, values))

    assert silence.end is None
    assert silence.days == 20
    assert silence.usual in range(90, 110)


def test_the_detector_reaches_its_goals_by_the_protocol(engine):
    """Of one, two and five usual weeks 74, 97 and 98 %; every look-alike named by four in five.

    The draw is fixed; docs/observatory.md has its figures.
    """
    accounts = ["account.suspended", "account.terminated"]
    series = [s for (p, m), s in engine.series(accounts).items() if m in accounts and p != "*"]
    contexts = engine.contexts()

    ours = evaluate.evaluate(evaluate.ours, series)
    sigma = evaluate.evaluate(evaluate.three_sigma, series)
    called = evaluate.named(series, contexts)

    assert ours.planted[1.0, 7].share >= 0.74
    assert ours.planted[2.0, 7].share >= 0.97
    assert ours.planted[5.0, 7].share >= 0.98
    assert ours.planted[5.0, 7].median_delay == 0
    assert ours.planted[2.0, 1].share >= 0.9
    assert ours.planted[2.0, 21].share >= 0.6
    assert ours.seventy_thousand.share >= 0.98
    assert ours.false_alarms < sigma.false_alarms / 3
    [everything, *parts] = evaluate.called(series, contexts)
    assert everything.false_on_the_day < 1.2
    assert everything.false_in_hindsight < 0.8
    for weeks, least in ((1.0, 0.69), (2.0, 0.94), (5.0, 0.96)):
        assert everything.on_the_day[weeks].share >= least
    [held_back] = [part for part in parts if part.part == "the other platforms"]
    assert held_back.false_on_the_day < 1.1
    assert held_back.on_the_day[1.0].share >= 0.67
    assert len(parts) == 5
    assert all(part.on_the_day[5.0].share >= 0.92 for part in parts)
    assert {kind for kind, found in called.items() if found.share >= 0.8} == set(called)
    assert len(called) == 6


def test_in_the_first_weeks_of_real_launches_large_waves_are_seen_and_few_that_are_none(engine):
    accounts = ["account.suspended", "account.terminated"]
    series = [s for (p, m), s in engine.series(accounts).items() if m in accounts and p != "*"]

    begun = evaluate.begun(series, engine.contexts())

    assert begun.series > 100
    assert begun.planted[5.0].share >= 0.6
    assert begun.seventy_thousand.share >= 0.9
    assert begun.false < 1.0


def test_series_come_in_one_order_whatever_thread_was_done_first(engine):
    """What is drawn at random for each in its turn is then the same in every run."""
    found = list(engine.series(["statements", "account.suspended"]))

    assert found == sorted(found)
    assert len(found) > 200


def test_whoever_waits_for_waves_is_told_how_far_they_are(engine):
    told = []

    queries.waves(
        engine,
        ["account.suspended", "account.terminated"],
        ["TikTok", "X", "Threads"],
        advance=lambda done, total: told.append((done, total)),
    )

    assert told == [(done, len(told)) for done in range(1, len(told) + 1)]
    assert len(told) >= 4
