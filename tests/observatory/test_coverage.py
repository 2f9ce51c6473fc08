"""Not known is not zero: two things in a row, a gap between them, and every figure looked at."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import Served, run, statement
from tests.observatory.dump import dump, row

from amparo.observatory import naming, queries, silences, waves
from amparo.observatory.coverage import (
    NOT,
    PART,
    WHOLE,
    Coverage,
    Covered,
    Span,
    of_files,
    runs,
    tells,
)
from amparo.observatory.engine import Embedded, builtin
from amparo.observatory.lake.lake import Lake
from amparo.observatory.measures import catalogue
from amparo.observatory.waves import EVERYBODY, Context, Series

FIRST = date(2025, 1, 1)
ENDED, LATER = date(2026, 1, 10), date(2026, 11, 29)


def day(number):
    return FIRST + timedelta(days=number)


# --- the table itself -------------------------------------------------------------------------


def test_a_dump_of_all_tells_of_everybody_and_a_dump_of_one_of_that_one_alone():
    known = Coverage([Covered(day(0), EVERYBODY, "full"), Covered(day(1), "X", "full")])
    span = Span(day(0), day(2))

    assert list(known.grades("X", ["statements"], span)) == [WHOLE, WHOLE, NOT]
    assert list(known.grades("TikTok", ["statements"], span)) == [WHOLE, NOT, NOT]
    assert list(known.grades(EVERYBODY, ["statements"], span)) == [WHOLE, NOT, NOT]
    assert (known.last("X"), known.last("TikTok")) == (day(1), day(0))


def test_what_was_cut_off_is_known_in_part():
    known = Coverage([Covered(day(0), EVERYBODY, "full", whole=False)])

    assert list(known.grades("X", ["statements"], Span(day(0), day(0)))) == [PART]


@pytest.mark.parametrize(
    ("source", "metric", "told"),
    [
        ("aggregate", "account.suspended", True),
        ("aggregate", "keyword.hate_speech", False),
        ("aggregate", "account.suspended.with_end_date", False),
        ("aggregate", "disclosure_delay.mean_seconds", False),
        ("light", "keyword.hate_speech", True),
        ("light", "territory.at", False),
        ("full", "territory.at", True),
        ("full", "complaint.filed", False),
        ("record", "complaint.filed", True),
    ],
)
def test_a_source_tells_only_of_what_it_has_columns_for(source, metric, told):
    assert tells(source, metric) is told


def test_what_a_file_covers_is_guessed_by_how_many_platforms_are_in_it():
    many, few = {str(n) for n in range(30)}, {"1"}

    rows = of_files({day(0): many, day(1): few, day(2): many})

    assert {(row.date, row.platform) for row in rows} == {
        (day(0), EVERYBODY),
        (day(1), "1"),
        (day(2), EVERYBODY),
    }


def test_days_that_follow_each_other_are_one_run():
    assert runs([day(0), day(1), day(3)]) == [Span(day(0), day(1)), Span(day(3), day(3))]


# --- waves and silences over a gap ------------------------------------------------------------


def series(values, known):
    return Series("Plaza", "account.suspended", FIRST, np.array(values, float), np.array(known))


def detected(made):
    whole = np.where(made.known, 5000.0, np.nan)
    return naming.detect(made, Context(whole, np.full(len(whole), 86_400.0), {}, made.known))


def with_gap(gap, *, burst_after=0):
    """A year at a hundred a day, a burst on its last week, a gap, and three weeks more."""
    chance = np.random.default_rng(3)
    before, after = chance.poisson(100, 200).astype(float), chance.poisson(100, 21).astype(float)
    before[-5:] += 1500
    after[0] += burst_after
    values = [*before, *[np.nan] * gap, *after]
    return series(values, [*[True] * 200, *[False] * gap, *[True] * 21])


@pytest.mark.parametrize("gap", [1, 2, 3, 10, 40, 300])
def test_an_alarm_ends_with_the_last_day_that_is_known(gap):
    [wave] = detected(with_gap(gap))

    assert (wave.days[0], wave.end) == (day(195), day(199))
    assert wave.observed < 9000


@pytest.mark.parametrize("gap", [1, 3, 10, 25])
def test_a_burst_after_a_gap_is_a_wave_of_its_own(gap):
    first, second = detected(with_gap(gap, burst_after=70_000))

    assert first.end == day(199)
    assert second.days[0] == day(200 + gap)
    assert second.observed > 69_000


def test_what_is_not_known_neither_ends_a_silence_nor_makes_one():
    quiet = [100.0] * 60 + [0.0] * 20
    whole = series(quiet, [True] * 80)
    longer = series([*quiet, *[np.nan] * 300], [*[True] * 80, *[False] * 300])

    assert silences.detect(longer) == silences.detect(whole)
    assert silences.detect(whole)[0].end is None


def test_what_was_usual_before_a_long_gap_makes_nobody_silent_after_it():
    made = series(
        [100.0] * 60 + [np.nan] * 300 + [0.0] * 40, [True] * 60 + [False] * 300 + [True] * 40
    )

    assert silences.detect(made) == []


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 5000)), min_size=60, max_size=160),
    st.integers(1, 400),
)
@settings(max_examples=40, deadline=None)
def test_days_that_are_not_known_change_nothing_that_was_found(numbers, more):
    values = [np.nan if n is None else float(n) for n in numbers]
    known = [n is not None for n in numbers]
    longer = series([*values, *[np.nan] * more], [*known, *[False] * more])

    assert detected(longer) == detected(series(values, known))
    assert silences.detect(longer) == silences.detect(series(values, known))
    assert waves.smallest_visible(longer) == waves.smallest_visible(series(values, known))


# --- every measure, every export --------------------------------------------------------------


def written(folder, days):
    """Series of three platforms on these days, as a file that tells of everybody."""
    path = folder / "made.csv"
    with path.open("w") as file:
        writer = csv.writer(file)
        writer.writerow(("date", "platform", "metric", "value"))
        for number in sorted(days):
            for name in ("A", "B", "C"):
                writer.writerow((day(number), name, "statements", 50 + number))
                writer.writerow((day(number), name, "account.suspended", number % 3))
                writer.writerow((day(number), name, "disclosure_delay.mean_seconds", 86_400))
    return path


@given(st.sets(st.integers(0, 40), min_size=1), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=15, deadline=None)
def test_no_figure_changes_when_days_that_are_not_known_are_added(days, before, after):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        engine = Embedded([written(Path(folder), days)])
        span = engine.span()
        wider = Span(span.first - timedelta(days=before), span.last + timedelta(days=after))
        for name in ("statements", "account.suspended", "keyword.hate_speech", "share.illegal"):
            asked = queries.measure(name)
            for platform in (EVERYBODY, "A"):
                narrow = queries.figures(engine, asked, [platform], *span)
                wide = queries.figures(engine, asked, [platform], *wider)
                mine = queries.total(narrow, asked, span)
                theirs = queries.total(wide, asked, wider)
                assert (mine.value, mine.known) == (theirs.value, theirs.known)
                assert [one for one in wide if span.first <= one.date <= span.last] == narrow
                for one in wide:
                    if (one.date - FIRST).days not in days:
                        assert (one.value, one.known) == (None, "no")
        engine.close()


@pytest.fixture(scope="module")
def gapped(tmp_path_factory):
    """What ships, and ten months later one day of a platform's own dump."""
    folder = tmp_path_factory.mktemp("gapped")
    path = dump(
        folder,
        [[row(n, platform="TikTok", day=str(LATER)) for n in range(9)]],
        slug="tiktok",
        day=str(LATER),
    )
    lake = Lake(folder / "lake")
    lake.add(path)
    engine = queries.open_engine(lake=lake.folder)
    yield engine
    engine.close()


@pytest.mark.parametrize("measure", catalogue().values(), ids=lambda m: m.name)
def test_no_measure_has_a_figure_for_a_day_that_is_not_known(gapped, measure):
    for one in queries.figures(gapped, measure, [EVERYBODY, "X", "TikTok"], ENDED, LATER):
        known = one.date == ENDED or (one.platform == "TikTok" and one.date == LATER)
        if not known or measure.family == "complaint":
            assert (one.value, one.known) == (None, "no")
        elif measure.unit == "statements":
            assert one.value is not None


def test_the_coverage_can_be_asked(gapped):
    rows = gapped.rows("SELECT platform, source, whole FROM coverage WHERE date > '2026-01-10'")

    assert rows == [("TikTok", "full", True)]
    assert gapped.span() == Span(date(2023, 9, 25), LATER)


def test_nobody_has_ended_because_days_are_missing(gapped):
    before = Embedded([], builtin())
    assert gapped._ended() == before._ended()
    before.close()


# --- as it was seen ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A node with a decision of its own, recorded long after the series that ship ended."""
    served = Served(tmp_path_factory.mktemp("node"))
    headers = served.add_platform("Foro")
    served.http.post("/api/v1/statement", json=statement("own-1"), headers=headers)
    run("observe", "record", "--data", served.data)
    yield served
    served.stop()


def test_the_own_record_makes_no_zero_of_anybody_else(node):
    page = node.http.get("/observatory").text

    assert ">0</dd>" not in page
    assert '<td class="number">0' not in page.split("own record")[0]
    assert "10 January 2026" in page
    assert "own record" in page
    shop = page.split("of them by Google Shopping alone")[1].split("</dd>")[0]
    assert int(shop.split("<dd>")[1].split("<")[0].replace(",", "").replace("\u202f", "")) > 10**6


@pytest.mark.parametrize(
    ("platforms", "is_past"),
    [("", True), ("?platform=X", True), ("?platform=X&platform=Foro", False)],
)
def test_a_figure_ends_where_the_newest_day_of_its_platforms_is(node, platforms, is_past):
    """Then nobody sees a quarter of hatches only because somebody else's days go on."""
    page = node.http.get(f"/observatory/measure/statements{platforms}").text
    last = re.search(r'name="until" value="([^"]+)"', page)[1]
    link = re.search(r'href="/observatory/data/statements.csv\?([^"]+)"', page)[1]

    assert (last == "2026-01-10") == is_past
    assert f"until={last}" in link


def test_days_that_are_asked_for_are_drawn_though_nothing_is_known_of_them(node):
    page = node.http.get("/observatory/measure/statements?platform=X&until=2026-02-10").text

    assert 'value="2026-02-10"' in page
    assert 'class="unknown"' in page


@pytest.mark.parametrize("name", ["statements", "account.suspended", "share.decided_by_machine"])
def test_exports_have_blanks_and_no_zero_for_days_that_are_not_known(node, name):
    base = f"/observatory/data/{name}"
    query = f"platform=TikTok&since=2026-01-09&until={datetime.now(UTC).date()}"

    rows = list(csv.DictReader(io.StringIO(node.http.get(f"{base}.csv?{query}").text)))
    told = node.http.get(f"{base}.json?{query}").json()

    unknown = [one for one in rows if one["date"] > "2026-01-10"]
    assert len(unknown) > 200
    assert {list(one.values())[2] for one in unknown} == {""}
    assert {one["known"] for one in unknown} == {"no"}
    assert [one["known"] for one in rows[:2]] == ["yes", "yes"]
    assert told["unknown"][0][0] == "2026-01-11"
    assert set(told["lines"][0][1][2:]) == {None}
    assert 'class="unknown"' in node.http.get(f"{base}.svg?{query}").text


@pytest.mark.parametrize(
    "path",
    [
        "/observatory",
        "/observatory/platform/tiktok",
        "/observatory/measure/statements?platform=TikTok",
        "/observatory/waves",
        "/observatory/wave/roblox.account.terminated.2025-12-13",
        "/observatory/doubts",
        "/observatory/waves.atom",
    ],
)
def test_the_age_of_the_data_stands_on_every_page(node, path):
    text = node.http.get(path).text

    assert "10 January 2026" in text or "2026-01-10" in text
    assert f"{(datetime.now(UTC).date() - ENDED).days:,} days" in text


def test_the_command_line_tells_the_age_of_what_it_answers(node):
    lake = node.data / "lake"

    for words in (["waves", "--platform", "X"], ["show", "statements"], ["sql", "SELECT 1"]):
        assert "up to 10 January 2026" in run("observe", *words, "--lake", lake).stderr


def test_no_wave_goes_on_over_days_without_data(node):
    found = run("observe", "waves", "--lake", node.data / "lake", "--format", "json").stdout

    assert all(json.loads(line)["end"] <= "2026-01-10" for line in found.splitlines())


def test_the_own_record_is_read_on_and_days_without_decisions_are_zeros(tmp_path, monkeypatch):
    from amparo.cli import record
    from amparo.ledger.log import platforms
    from amparo.ledger.log.intake import prepare
    from amparo.record.decision import settle
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    data = tmp_path / "node"
    run("platform", "add", "Foro", "--data", data)
    node = open_node(data)
    journal = Journal(node.journal)
    made = prepare(
        [settle(statement("own-1"), "API")],
        platform=platforms.find(journal, "Foro"),
        secret=node.secret(),
    )
    journal.append([[one.row for one in made]])
    today = datetime.now(UTC).date()
    in_three_days = today + timedelta(days=3)

    first = record.into_lake(journal, tmp_path / "lake", today, lambda *_: None)
    again = record.into_lake(journal, tmp_path / "lake", in_three_days, lambda *_: None)
    journal.close()

    engine = queries.open_engine(lake=tmp_path / "lake")
    found = queries.figures(engine, queries.measure("statements"), ["Foro"], today, in_three_days)
    everybody = queries.figures(engine, queries.measure("statements"), ["*"], today, in_three_days)
    engine.close()
    assert first == again == (1, 1)
    assert [(one.value, one.known) for one in found] == [
        (1, "yes"),
        (0, "yes"),
        (0, "yes"),
        (None, "part"),
    ]
    assert {one.value for one in everybody} == {None}


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_age_is_told_in_both_languages(node, language):
    answer = node.http.get(f"/observatory/platform/foro?lang={language}")

    assert answer.status_code == 200
    assert {"en": "own record", "es": "registro propio"}[language] in answer.text
