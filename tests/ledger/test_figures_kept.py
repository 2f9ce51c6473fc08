"""Counts of the hearing outlive what they were counted from, and are what the cases say."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case.lives import (
    BEGIN,
    FORO,
    LIVES,
    PERSON,
    REASONS,
    RESTORE,
    World,
    fixed_chance_and_clock,
)
from tests.conftest import new_node

from amparo.case import complaint, remedy
from amparo.errors import AmparoError, Unsound
from amparo.ledger.case import figures, figures_check, figures_published, rulings
from amparo.ledger.log import check
from amparo.ledger.log.publish import Publisher
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep.erase import erase
from amparo.ledger.upkeep.restore import restore
from amparo.record import sealing
from amparo.record.event import read_leaf
from amparo.storage.journal import Journal

PERIODS = [year + half for year in ("2026", "2027") for half in ("", "-H1", "-H2")]


def report(journal):
    """What a report says of each period, without its empty cells."""
    return {period: +figures_check.of(journal, 1, period) for period in PERIODS}


@pytest.fixture
def world(node):
    with fixed_chance_and_clock():
        made = World(node)
        assert figures_check.count_on(made.journal)
        yield made
        made.journal.close()


def live(world):
    for life in LIVES:
        world.now = BEGIN
        life(world)


def erase_all(node, journal):
    first = {entry.case: entry for entry in reversed([*journal.events()]) if entry.n}
    return erase(node, [*first.values()], "order")


def test_counts_that_follow_events_are_those_counted_from_the_cases(world):
    live(world)
    followed = report(world.journal)

    assert figures_check.check(world.journal) > 20
    figures_check.rebuild(world.journal)
    assert report(world.journal) == followed


def test_a_report_says_the_same_when_everything_it_counts_was_erased(world):
    live(world)
    before = report(world.journal)

    erase_all(world.node, world.journal)

    assert report(world.journal) == before
    figures_check.check(world.journal)
    figures_check.rebuild(world.journal)
    assert report(world.journal) == before
    assert not any(
        cell.hours is None and cell.outcome not in ("", "omitted")
        for period in before.values()
        for cell in period
        if cell.what == "complaint"
    )


def test_a_journal_of_an_older_version_is_counted_once_and_reports_are_right_all_the_while(
    world, monkeypatch
):
    live(world)
    before = report(world.journal)
    monkeypatch.setattr(figures_check, "CASES_A_COMMIT", 3)
    with world.journal.transaction():
        world.journal.db.execute("DELETE FROM figure WHERE erased = 0")
        world.journal.db.execute("UPDATE figure SET n = erased")
        world.journal.set(figures.COUNTED, "")
    steps = iter([False, False, True])

    assert not figures_check.count_on(world.journal, stopped=lambda: next(steps))
    assert report(world.journal) == before
    entry = next(entry for entry in world.journal.events() if entry.n == 1 and entry.opening)
    erase_all(world.node, world.journal)
    assert report(world.journal) == before
    assert figures_check.count_on(world.journal)
    assert report(world.journal) == before
    assert world.journal.event(entry.seq).opening is None


def test_figures_that_somebody_changed_are_found_and_counted_anew(world):
    live(world)
    before = report(world.journal)
    world.journal.db.execute("UPDATE figure SET n = n + 1 WHERE cell LIKE '%upheld%'")

    with pytest.raises(Unsound, match="not what the cases say"):
        figures_check.check(world.journal)

    figures_check.rebuild(world.journal)
    figures_check.check(world.journal)
    assert report(world.journal) == before


# --- in any order, against a twin in which nothing is erased --------------------------------------


class Twins:
    """Two nodes that hear the same cases; only in the first of them something is ever erased."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0
        self.worlds = [World(new_node(folder / name)) for name in ("first", "twin")]
        self.cases, self.erased = [], set()
        for world in self.worlds:
            figures_check.count_on(world.journal)

    def each(self, step):
        made = [step(world, n) for n, world in enumerate(self.worlds)]
        for world in self.worlds:
            world.wait(hours=31)
        return made

    def file(self):
        self.cases.append(self.each(lambda world, _: world.filed()))

    def withdraw(self, case):
        self._try(case, complaint.withdraw, by=PERSON)

    def decide(self, case, outcome):
        def step(world, n):
            reviewer = world.rosa
            world.opened(case[n], reviewer)
            steps = () if outcome == "upheld" else RESTORE
            world.do(
                case[n],
                complaint.decide,
                reviewer=reviewer,
                outcome=outcome,
                reasons=REASONS,
                steps=steps,
            )

        self._attempt(step)

    def carry_out(self, case):
        self._try(case, remedy.report, result="refused", reasons="No.", by=FORO)

    def reopen(self, case):
        self._attempt(
            lambda world, n: world.do(case[n], complaint.reopen, by=world.other, reason=REASONS)
        )

    def rule(self, take_back):
        open_ = [case for case in self.cases if case[0] not in self.erased]

        def step(world, n):
            ruling = rulings.begin(
                world.journal,
                world.platform.id,
                {case[n]: () for case in open_},
                reviewer=world.lead,
                outcome="reversed",
                reasons=REASONS,
                steps=RESTORE,
                chosen="all",
                language="pt",
                now=world.now,
            )
            rulings.go_on(world.journal, world.now)
            if take_back:
                world.wait(hours=2)
                found = rulings.find(world.journal, ruling.id)
                rulings.begin_undo(
                    world.journal,
                    found,
                    reviewer=world.lead,
                    reasons="It was the wrong clause after all.",
                    now=world.now,
                )
                rulings.go_on(world.journal, world.now)

        if open_:
            self._attempt(step)

    def erase(self, case):
        if case[0] not in self.erased:
            world = self.worlds[0]
            erase(world.node, world.journal.of_case(case[0])[:1], "order")
            self.erased.add(case[0])

    def restart(self):
        world = self.worlds[0]
        world.journal.close()
        world.journal = Journal(world.node.journal)

    def restore(self):
        world = self.worlds[0]
        self.count += 1
        Publisher(world.node, world.journal).beat()
        kept = backups.backup(world.node, self.folder / f"backups {self.count}")
        world.journal.close()
        latest = (world.node.log / "checkpoint").read_bytes()
        world.node = restore(kept, self.folder / f"restored {self.count}", latest=latest)
        world.journal = Journal(world.node.journal)

    def rebuild(self):
        figures_check.rebuild(self.worlds[0].journal)

    def _try(self, case, step, **values):
        self._attempt(lambda world, n: world.do(case[n], step, **values))

    def _attempt(self, step):
        """What the case does not allow is refused, and by both alike."""
        refused = []
        for n, world in enumerate(self.worlds):
            try:
                step(world, n)
                refused.append(False)
            except AmparoError as error:
                refused.append(str(error))
            world.wait(hours=31)
        assert refused[0] == refused[1]

    def close(self):
        for world in self.worlds:
            world.journal.close()


OF_A_CASE = ("withdraw", "upheld", "reversed", "partially_reversed", "carry_out", "reopen", "erase")
OF_ALL = ("file", "rule", "rule and take back", "restart", "restore", "rebuild")
STEPS = st.lists(
    st.one_of(st.sampled_from(OF_ALL), st.tuples(st.sampled_from(OF_A_CASE), st.integers(0, 3))),
    max_size=14,
)


def test_a_ruling_of_the_twins_reaches_their_cases(tmp_path):
    """Else what follows would prove nothing of rulings."""
    twins = Twins(tmp_path)
    twins.file()
    twins.rule(take_back=False)
    twins.file()
    twins.rule(take_back=True)

    for world in twins.worlds:
        counted = [(one.done, one.state) for one in rulings.newest(world.journal, 1)]
        assert counted == [(1, "undone"), (1, "finished")]
    twins.close()


@settings(max_examples=12)
@given(STEPS)
def test_whatever_happens_in_whatever_order_a_report_is_that_of_a_twin_without_erasures(
    tmp_path_factory, steps
):
    twins = Twins(tmp_path_factory.mktemp("twins"))
    twins.file()
    for step in steps:
        if isinstance(step, tuple):
            case = twins.cases[step[1] % len(twins.cases)]
            if case[0] in twins.erased:
                continue
            if step[0] in ("upheld", "reversed", "partially_reversed"):
                twins.decide(case, step[0])
            else:
                getattr(twins, step[0])(case)
        elif step.startswith("rule"):
            twins.rule(take_back=step != "rule")
        else:
            getattr(twins, step)()

    first, twin = twins.worlds
    assert report(first.journal) == report(twin.journal)
    assert report(twin.journal)["2026"].total() >= 1
    figures_check.check(first.journal)
    figures_check.check(twin.journal)
    twins.close()


# --- in the log -----------------------------------------------------------------------------------


def published(journal):
    return [leaf for entry in journal.events() if (leaf := read_leaf(entry.leaf)).type == "hearing"]


def test_figures_are_in_the_log_once_a_day_in_tens_and_exactly_when_their_period_is_over(world):
    def day(n):
        return datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC) + timedelta(days=n)

    for _ in range(9):
        world.filed()
    assert figures_published.publish(world.journal, day(0)) == []  # nine are not shown
    for _ in range(3):
        world.filed()
    assert figures_published.publish(world.journal, day(0)) == []  # once a day
    first = figures_published.publish(world.journal, day(1))
    for _ in range(4):
        world.filed()
    assert figures_published.publish(world.journal, day(2)) == []  # no step of ten
    assert figures_published.publish(world.journal, day(31)) == []  # its last hour is being kept
    last = figures_published.publish(world.journal, day(32))
    assert figures_published.publish(world.journal, day(40)) == []  # and no other follows

    leaves = published(world.journal)
    assert len(first) == len(last) == 2  # the year, and its second half
    assert [leaf.counts for leaf in leaves] == [
        {
            "complaints": n,
            "complaints.pending": n,
            "complaints.account": n,
            "complaints.account.pending": n,
        }
        for n in (10, 10, 16, 16)
    ]
    assert [(leaf.period, leaf.over) for leaf in leaves] == [
        ("2026", False),
        ("2026-H2", False),
        ("2026", True),
        ("2026-H2", True),
    ]


def test_a_clock_that_was_far_ahead_for_an_hour_ends_no_period(world):
    """What it said was over goes on, and is over again when it truly is."""
    june, ahead = (datetime(year, 6, 1, 2, tzinfo=UTC) for year in (2027, 2031))
    for _ in range(12):
        world.filed()
    figures_published.publish(world.journal, ahead)
    for _ in range(12):
        world.filed()
    year = world.now.year

    figures_published.publish(world.journal, datetime(year, 12, 30, 2, tzinfo=UTC))
    figures_published.publish(world.journal, june)
    figures_published.publish(world.journal, june + timedelta(days=1))

    of_year = [leaf for leaf in published(world.journal) if leaf.period == f"{year}"]
    assert [(leaf.counts["complaints"], leaf.over) for leaf in of_year] == [
        (12, True),
        (20, False),
        (24, True),
    ]


def test_an_entry_commits_to_the_figures_that_it_does_not_show(world):
    for _ in range(3):
        world.filed()
    world.decided("upheld", ())
    [year, _] = figures_published.publish(world.journal, datetime(2027, 1, 1, 2, tzinfo=UTC))

    entry = world.journal.event(year)
    sealed = json.loads(sealing.unpack(entry.opening).sealed)
    assert read_leaf(entry.leaf).counts == {}
    assert sealed["counts"]["complaints.upheld"] == 1
    assert sealed["counts"]["complaints"] == 4

    erase_all(world.node, world.journal)
    assert figures_published.check(world.journal) == 2
    world.journal.db.execute("DELETE FROM figure")
    with pytest.raises(Unsound, match="committed to"):
        figures_published.check(world.journal)


def test_the_log_is_whole_with_figures_in_it(world):
    live(world)
    figures_published.publish(world.journal, world.now)
    with closing(Journal(world.node.journal)) as journal:
        Publisher(world.node, journal).beat()
    assert check.check(world.node).entries == world.journal.size()
