"""Too little past: what cannot be judged is said, and what stands out all the same is told."""

from datetime import date, timedelta

import numpy as np
import pytest
from tests.conftest import run
from tests.observatory.dump import dump, row

from amparo.observatory import queries, waves, young
from amparo.observatory.lake.lake import Lake
from amparo.observatory.waves import Series

FIRST = date(2026, 11, 1)
NOTHING = ({}, np.full(400, np.nan))


def series(values, known=None):
    made = np.array(values, float)
    return Series(
        "Plaza", "account.suspended", FIRST, made, np.array(known or [True] * len(values))
    )


def clues(values, **shares):
    closures = np.array(values, float)
    return {f"closure.{name}": closures * share for name, share in shares.items()}, closures


def test_a_first_day_of_seventy_thousand_is_not_called_no_wave():
    made = series([70_000])

    told = young.of(made, *clues([70_000], one_clause=0.98, by_machine=1.0))

    assert (told.days, told.needed) == (1, 21)
    assert told.smallest > 0
    assert tuple(map(str, told.facts)) == (
        "70,000 on 1 November 2026",
        "98% under one clause",
        "100% decided by a machine alone",
    )
    assert young.bursts(made, *NOTHING) == []  # against nothing, nothing stands out


def test_it_is_a_burst_against_all_earlier_closures_however_few_days_they_are():
    made = series([12, 9, 14, 70_000])

    [burst] = young.bursts(made, *clues([12, 9, 14, 70_000], one_clause=0.98))

    assert (burst.kind, burst.start, burst.observed) == ("burst", date(2026, 11, 4), 70_000)
    assert burst.expected == 12
    assert 69_900 < burst.low <= burst.high
    assert "3 of 21 days" in str(burst.evidence)
    assert "98% under one clause" in str(burst.evidence)


def test_after_a_gap_the_years_before_are_what_it_is_held_against():
    """As after the series that ship: ten months of nothing, then seventy thousand on one day."""
    values = [*np.random.default_rng(1).poisson(80, 200), *[np.nan] * 300, 70_000]
    made = series(values, [*[True] * 200, *[False] * 300, True])

    [burst] = young.bursts(made, {}, np.full(501, np.nan))

    assert burst.start == FIRST + timedelta(days=500)
    assert "of 200 earlier days" in str(burst.evidence)


@pytest.mark.parametrize(("shares", "told"), [({}, 0), ({"one_clause": 0.9, "one_actor": 0.9}, 1)])
def test_what_is_no_record_needs_other_signs(shares, told):
    values = [100, 400, 90, 110, 900]

    assert len(young.bursts(series(values), *clues(values, **shares))) == told


def test_a_quiet_young_series_is_no_burst_and_still_cannot_be_judged():
    values = list(np.random.default_rng(2).poisson(300, 15))

    assert young.bursts(series(values), *NOTHING) == []
    assert young.of(series(values), *NOTHING).days == 15


def test_with_enough_past_it_is_for_the_detector_alone():
    values = [*[100.0] * 30, 70_000]

    assert young.of(series(values), *NOTHING) is None
    assert young.bursts(series(values), *NOTHING) == []


def test_the_smallest_of_a_young_series_is_what_the_detector_sees_once_it_is_old_enough():
    values = list(np.random.default_rng(4).poisson(50, 20).astype(float))
    told = young.of(series(values), *NOTHING)

    assert told.smallest == pytest.approx(
        waves.smallest_visible(series([*values, *values])), rel=0.5
    )


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A platform nobody knew: two calm days, then 200 accounts closed by one clause."""
    folder = tmp_path_factory.mktemp("closed")
    lake = Lake(folder / "lake")
    for day, number in (("2026-11-27", 3), ("2026-11-28", 2), ("2026-11-29", 200)):
        rows = [
            row(
                n,
                platform="Plaza",
                day=day,
                decision_account="DECISION_ACCOUNT_SUSPENDED",
                decision_ground="DECISION_GROUND_INCOMPATIBLE_CONTENT",
                incompatible_content_ground="Rule 7",
                automated_decision="AUTOMATED_DECISION_FULLY",
            )
            for n in range(number)
        ]
        lake.add(dump(folder, [rows], day=day))
    return lake.folder


def test_from_a_dump_to_a_burst(closed):
    engine = queries.open_engine(lake=closed)

    [burst] = queries.waves(engine, ["account.suspended"], ["Plaza"])
    engine.close()

    assert (burst.kind, burst.observed) == ("burst", 200)
    assert "100% under one clause" in str(burst.evidence)
    assert "100% decided by a machine alone" in str(burst.evidence)


def test_the_outlook_of_a_platform_is_one_query_and_says_of_each_metric_one_thing(closed):
    """Either how small a wave could be seen, or that there is too little past."""
    shipped, lake = queries.open_engine(), queries.open_engine(lake=closed)
    asked = []

    def counted(ask):
        return lambda sql, values=None: asked.append(sql) or ask(sql, values)

    lake.coverage  # noqa: B018 - looked up once for all questions
    lake.rows, lake.table = counted(lake.rows), counted(lake.table)
    new = queries.outlook(lake, queries.WATCHED, "Plaza")
    assert len(asked) == 1
    apart = queries.young(lake, queries.WATCHED, ["Plaza"])
    old = queries.outlook(shipped, queries.WATCHED, "TikTok")
    shipped.close()
    lake.close()

    assert (new.visible, new.young) == ({}, apart)
    assert [one.metric for one in new.young] == [*queries.WATCHED]
    assert ([*old.visible], old.young) == ([*queries.WATCHED], [])


def test_the_command_line_says_that_there_is_too_little_past(closed):
    asked = ["observe", "waves", "--platform", "Plaza", "--lake", closed]

    done = run(*asked, "--metric", "account.terminated")

    assert len(done.stdout.splitlines()) <= 1
    assert "Plaza, account.terminated: too little past to judge, 3 of 21 days" in done.stderr
    assert "burst" in run(*asked).stdout
