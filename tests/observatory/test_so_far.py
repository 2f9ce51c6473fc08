"""What was found so far is gone on with: a new day costs a day, and the answer is the same to the bit."""

import os
import time
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.observatory.dump import dump, row

from amparo.observatory import findings, naming, queries, silences, so_far, waves
from amparo.observatory.engine import CONTEXT
from amparo.observatory.so_far import SoFar
from amparo.observatory.waves import DAY, Context, Series

FIRST = date(2025, 1, 6)


class World:
    """A platform's days as they come: in order, late, corrected, or not at all."""

    def __init__(self, seed, days):
        self.draw = Random(seed)
        self.values, self.others, self.delay, self.known = [], [], [], []
        self.ended = {}
        self.is_silent = False
        self.usual = self.draw.choice([3, 40, 900])
        for _ in range(days):
            self.new_day()

    def new_day(self):
        """A day like the others, or the beginning or end of something else."""
        if self.draw.random() < 0.03:
            self.is_silent = not self.is_silent
        if self.draw.random() < 0.02:
            self.usual *= self.draw.choice([0.4, 2.5])
        times = 0 if self.is_silent else self.draw.choice([1] * 30 + [6, 12])
        for column, number in (
            (self.values, round(self.usual * times * self.draw.uniform(0.7, 1.3))),
            (self.others, round(2 * self.usual * self.draw.choice([1] * 20 + [0, 8]))),
            (self.delay, DAY * self.draw.choice([1, 1, 1, 2, 40])),
            (self.known, self.draw.random() > 0.03),
        ):
            column.append(number)
        if self.draw.random() < 0.05:
            self.values[-1] = np.nan

    def gap(self):
        """Days of which nothing comes."""
        for _ in range(self.draw.choice([1, 8, 60])):
            self.new_day()
            self.known[-1] = False

    def correct(self):
        """An earlier day is counted anew."""
        at = self.draw.randrange(len(self.values))
        self.values[at] = self.draw.choice([0, 5, 5000, np.nan])

    def late(self):
        """A day that was not known comes late; or one that was is taken back."""
        at = self.draw.randrange(len(self.values))
        self.known[at] = not self.known[at]

    def elsewhere(self):
        """Of the day's other figures one is corrected."""
        at = self.draw.randrange(len(self.values))
        self.draw.choice([self.others, self.delay])[at] *= 3

    def end(self):
        """Another platform of a like name has ended, or goes on after all."""
        day = FIRST + timedelta(days=self.draw.randrange(len(self.values)))
        self.ended = self.draw.choice([{}, {"Foro Old": day}, {"Plaza": day}])

    def series(self, metric="account.suspended"):
        known = np.array(self.known)
        values = np.where(known, np.array(self.values, dtype=float), np.nan)
        return Series("Foro", metric, FIRST, values, known)

    def context(self):
        known = np.array(self.known)
        others = np.where(known, np.array(self.others, dtype=float), np.nan)
        statements = others + np.nan_to_num(self.series().values)
        delay = np.where(known, np.array(self.delay, dtype=float), np.nan)
        return Context(statements, delay, self.ended, known)


def check(world, so_far_):
    series, context = world.series(), world.context()
    assert so_far_.runs(series, context) == naming.judge(series, context)
    assert so_far_.pauses(series) == silences.pauses(series)


@given(
    st.integers(0, 10**6),
    st.integers(1, 260),
    st.lists(
        st.sampled_from(["new_day"] * 6 + ["gap", "correct", "late", "elsewhere", "end"]),
        max_size=25,
    ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_in_whatever_order_is_found_as_if_it_had_been_there_from_the_start(
    seed, days, steps
):
    world, found = World(seed, days), SoFar()
    check(world, found)
    for step in steps:
        getattr(world, step)()
        check(world, found)


def test_these_worlds_hold_waves_their_look_alikes_and_silences():
    """Else the test above would be true of nothing."""
    kinds, silent = set(), 0
    for seed in range(40):
        world = World(seed, 260)
        found = naming.judge(world.series(), world.context())
        kinds |= {run.wave.kind for run in found if run.wave is not None}
        silent += len(silences.detect(world.series()))

    assert {"wave", "backlog", "volume_surge", "level_shift"} <= kinds
    assert silent > 10


def test_a_file_between_two_searches_changes_nothing(tmp_path):
    world = World(3, 250)
    for step in ("new_day", "correct", "new_day", "gap", "new_day", "end"):
        getattr(world, step)()
        found = so_far.read(tmp_path)
        check(world, found)
        so_far.keep(tmp_path, found)

    assert [path.name for path in tmp_path.iterdir()] == ["found.bin"]


def test_what_a_killed_search_left_is_removed_by_the_next_and_not_what_is_being_written(tmp_path):
    left, under_way = tmp_path / ".found.bin.left", tmp_path / ".found.bin.now"
    left.write_bytes(b"half")
    under_way.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(left, (long_ago, long_ago))

    so_far.keep(tmp_path, SoFar())

    assert {path.name for path in tmp_path.iterdir()} == {"found.bin", under_way.name}


@pytest.mark.parametrize(
    "harm",
    [lambda _: b"", lambda raw: raw[: len(raw) // 2], lambda _: b"nothing of ours", None],
    ids=["empty", "cut", "foreign", "gone"],
)
def test_what_cannot_be_read_is_found_anew(tmp_path, harm):
    world, found = World(5, 200), SoFar()
    check(world, found)
    so_far.keep(tmp_path, found)
    path = tmp_path / "found.bin"
    path.unlink() if harm is None else path.write_bytes(harm(path.read_bytes()))

    check(world, so_far.read(tmp_path))


def test_what_another_version_of_the_detectors_found_is_not_used(tmp_path, monkeypatch):
    found = SoFar()
    check(World(5, 200), found)
    so_far.keep(tmp_path, found)
    assert so_far.read(tmp_path)._found

    monkeypatch.setattr(so_far, "_version", lambda: "another")

    assert not so_far.read(tmp_path)._found


@pytest.mark.parametrize("days", [200, 1600])
def test_a_new_day_costs_the_same_however_long_the_series_is(monkeypatch, days):
    """Counted in days that are judged, since a clock would tell of the machine."""
    values = np.array([40.0 + day % 7 for day in range(days + 1)])
    statements, delay = values * 3, np.full(days + 1, float(DAY))
    series = Series("Foro", "account.suspended", FIRST, values)
    judged, scored = [], waves._scored
    found = SoFar()
    found.runs(series._replace(values=values[:-1]), Context(statements[:-1], delay[:-1]))
    monkeypatch.setattr(
        waves, "_scored", lambda values, *more: judged.append(len(values)) or scored(values, *more)
    )

    found.runs(series, Context(statements, delay))

    assert judged == [waves._LEAD + 1]


def test_a_correction_costs_the_days_from_it_on(monkeypatch):
    values = np.array([40.0 + day % 7 for day in range(1000)])
    context = Context(values * 3, np.full(1000, float(DAY)))
    judged, scored = [], waves._scored
    found = SoFar()
    found.runs(Series("Foro", "account.suspended", FIRST, values), context)
    corrected = values.copy()
    corrected[840] += 1
    monkeypatch.setattr(
        waves, "_scored", lambda values, *more: judged.append(len(values)) or scored(values, *more)
    )

    found.runs(Series("Foro", "account.suspended", FIRST, corrected), context)

    assert judged == [waves._LEAD + 160]


def test_real_series_come_day_by_day(engine):
    metrics = ["account.suspended", "account.terminated"]
    names = ["TikTok", "X", "Threads", "Roblox", "Twitch", "LOVOO"]
    there = engine.series([*metrics, *CONTEXT], names)
    contexts = engine.contexts_of(there)
    found = SoFar()
    for last in range(-40, 0):
        for (platform, metric), series in there.items():
            if metric in metrics:
                whole = contexts[platform]
                until = slice(0, len(series.values) + last + 1)
                context = Context(
                    whole.statements[until], whole.delay[until], whole.ended, whole.covered[until]
                )
                part = series._replace(values=series.values[until], known=series.known[until])
                assert found.runs(part, context) == naming.judge(part, context)
                assert found.pauses(part) == silences.pauses(part)


def test_a_lake_is_searched_on_and_finds_what_a_search_of_the_whole_finds(lake, place):
    """Days after those that ship; one late, one of them again with other content."""
    begin = date(2026, 1, 11)
    names = [f"Platform {number}" for number in range(3)]

    def day(number, count):
        rows = [
            row(n, platform=name, decision_account="DECISION_ACCOUNT_SUSPENDED")
            for name in names
            for n in range(count)
        ]
        folder = place / f"{number}-{count}"
        folder.mkdir()
        return dump(folder, [rows], day=f"{begin + timedelta(days=number)}")

    for path in (day(0, 3), day(2, 4), day(1, 5), day(3, 2)):
        lake.add(path)
        found = so_far.read(lake.folder)
        engine = queries.open_engine(lake=lake.folder)
        assert findings.find(engine, found) == findings.find(engine)
        engine.close()
        so_far.keep(lake.folder, found)


def test_a_lake_that_cannot_be_written_is_searched_all_the_same(
    tmp_path, monkeypatch, capsysbinary
):
    """In this process, without its low priority: on a busy machine that takes minutes."""
    (tmp_path / "found.bin").mkdir()  # nothing can be renamed to it
    monkeypatch.setattr("sys.argv", ["findings", str(tmp_path)])
    monkeypatch.setattr("os.nice", lambda _: 0)
    monkeypatch.setattr(findings, "find", lambda *_: findings.shipped())

    findings._main()

    out, notes = capsysbinary.readouterr()
    assert findings.read(out, notes) == findings.shipped()
    assert b"is not remembered" in notes
    assert [path.name for path in tmp_path.iterdir()] == ["found.bin"]
