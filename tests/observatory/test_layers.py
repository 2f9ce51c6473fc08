"""One source for each day of a platform: however often a day is in a lake, it is counted once."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from tests.conftest import run, statement
from tests.observatory.dump import DAY, csv_of, dump, row

from amparo.cli.record import into_lake
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.observatory import queries
from amparo.observatory.coverage import tells, tells_in_sql
from amparo.observatory.engine import Embedded, Engine
from amparo.observatory.lake import contents, own_record
from amparo.observatory.lake.entry import Entry, standing
from amparo.observatory.lake.lake import Lake
from amparo.observatory.measures import catalogue
from amparo.observatory.waves import EVERYBODY
from amparo.record.decision import settle
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

SHIPS, LATER = date.fromisoformat(DAY), date(2026, 2, 3)


@contextmanager
def opened(lake: Lake) -> Iterator[Engine]:
    with closing(queries.open_engine(lake=lake.folder)) as engine:
        yield engine


def figure(engine, platform, day, name="statements"):
    [found] = queries.figures(engine, queries.measure(name), [platform], day, day)
    return found.value, found.known


def rows(number, day=LATER, platform="TikTok", **changes):
    return [row(n, platform=platform, day=str(day), **changes) for n in range(number)]


def half_of(path):
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


# --- as it was seen ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["global", "tiktok"])
def test_a_day_in_a_dump_of_all_and_in_one_of_its_platform_is_counted_once(lake, place, first):
    slugs = [first, *{"global", "tiktok"} - {first}]

    for slug in slugs:
        lake.add(dump(place, [rows(9)], slug=slug, day=LATER))

    with opened(lake) as engine:
        assert figure(engine, "TikTok", LATER) == (9, "yes")
        assert figure(engine, EVERYBODY, LATER) == (9, "yes")


def test_a_cut_download_does_not_stand_for_a_day_that_was_whole(lake, place):
    path = dump(place, [rows(4), rows(4)], day=LATER)
    lake.add(path)
    again = place / f"sor-global-{LATER}-full (1).zip"
    again.write_bytes(path.read_bytes())

    told_of_a_copy = lake.add(again).status
    told_of_a_cut_one = lake.add(half_of(again)).status

    assert (told_of_a_copy, told_of_a_cut_one) == ("known", "changed")
    with opened(lake) as engine:
        assert figure(engine, "TikTok", LATER) == (8, "yes")


def test_only_what_was_published_anew_is_said_to_have_been_replaced(lake, place):
    """A download that ended early is no doing of the archive, whichever copy came first."""
    path = dump(place, [rows(4), rows(4)], day=LATER)
    whole = path.read_bytes()
    lake.add(half_of(path))
    path.write_bytes(whole)
    first = lake.add(path).entry.sha256
    half_of(path)
    path.write_bytes(path.read_bytes()[:-9])
    lake.add(path)
    assert lake.rewrites() == []

    second = lake.add(dump(place, [rows(3)], day=LATER)).entry.sha256

    [rewrite] = lake.rewrites()
    assert (rewrite.before, rewrite.now) == (first, second)


def test_a_cut_dump_does_not_stand_before_what_ships(lake, place):
    with closing(queries.open_engine()) as engine:
        ships = figure(engine, "TikTok", SHIPS)

    lake.add(half_of(dump(place, [rows(4, SHIPS), rows(4, SHIPS)])))

    with opened(lake) as engine:
        assert figure(engine, "TikTok", SHIPS) == ships
    assert ships[1] == "yes"


def test_what_a_light_dump_lacks_is_read_from_what_ships(lake, place):
    with closing(queries.open_engine()) as engine:
        ships = figure(engine, "TikTok", SHIPS, "territory.de")

    lake.add(dump(place, [rows(9, SHIPS)], version="light", slug="tiktok"))

    with opened(lake) as engine:
        assert figure(engine, "TikTok", SHIPS) == (9, "yes")
        assert figure(engine, "TikTok", SHIPS, "territory.de") == ships
    assert ships[0] > 0


def test_who_is_in_no_row_of_a_whole_day_reported_nothing_though_it_ships_otherwise(lake, place):
    lake.add(dump(place, [rows(9, SHIPS)]))

    with opened(lake) as engine:
        assert figure(engine, "X", SHIPS) == (0, "yes")
        assert figure(engine, EVERYBODY, SHIPS) == (9, "yes")


def test_a_piece_of_a_dump_tells_a_part_of_its_day(lake, place):
    pieces = [place / f"sor-global-{LATER}-full-00000-0000{n}.csv" for n in range(3)]
    for n, path in enumerate(pieces):
        path.write_bytes(csv_of(rows(5 + n)))

    notes = [lake.add(path).entry.notes for path in pieces]

    assert all("one piece of a dump" in " ".join(note) for note in notes)
    with opened(lake) as engine:
        assert figure(engine, "TikTok", LATER) == (7, "part")


def test_a_row_that_is_in_two_files_is_no_repeat(lake, place):
    lake.add(dump(place, [rows(3)], day=LATER))
    lake.add(dump(place, [rows(3)], day=LATER, version="light"))
    lake.add(dump(place, [[*rows(2), *rows(1)]], day=LATER, slug="tiktok"))

    [(_, repeat)] = lake.examples("duplicate_uuid", number=50)

    assert (repeat["times"], repeat["dump"]) == (2, f"sor-tiktok-{LATER}-full.zip")


@pytest.mark.parametrize("other", ["TIKTOK", "tiktok", "TikTok "])
def test_a_name_is_spelled_as_it_was_first(lake, place, other):
    lake.add(dump(place, [rows(9)], day=LATER))
    after = LATER + timedelta(days=1)
    lake.add(dump(place, [[*rows(3, after, other), row(8, "TikTok", str(after))]], day=after))

    with opened(lake) as engine:
        assert figure(engine, other, LATER) == (9, "yes")
        assert figure(engine, "TikTok", after) == (4, "yes")
        assert engine.named(["TikTok", other, "tiktok"]) == ["TikTok"]


def test_the_forms_of_one_accent_are_one_name(lake, place):
    for n, name in enumerate(("Caf\u00e9", "Cafe\u0301")):
        day = LATER + timedelta(days=n)
        lake.add(dump(place, [rows(3 + n, day, name)], day=day))

    with opened(lake) as engine:
        assert [name for name in engine.platforms() if name.startswith("Caf")] == ["Cafe\u0301"]
        assert figure(engine, "Caf\u00e9", LATER) == (3, "yes")


def test_a_platform_that_is_asked_for_twice_is_counted_once(lake, place):
    lake.add(dump(place, [rows(9)], day=LATER))

    with opened(lake) as engine:
        found = queries.figures(
            engine, queries.measure("statements"), ["X", "x", "X"], SHIPS, SHIPS
        )
        assert found == queries.figures(engine, queries.measure("statements"), ["X"], SHIPS, SHIPS)


def test_a_record_under_a_former_name_is_known_under_the_one_of_the_series(tmp_path):
    data, name = tmp_path / "node", "Quora Ireland Limited"
    run("platform", "add", name, "--data", data)
    node = open_node(data)
    today = datetime.now(UTC).date()
    with closing(Journal(node.journal)) as journal:
        of_whom = platforms.find(journal, name)
        sent = [settle(statement("own-1"), "API")]
        made = prepare(sent, platform=of_whom, secret=node.secret())
        journal.append([[one.row for one in made]])
        into_lake(journal, tmp_path / "lake", today + timedelta(days=1), lambda *_: None)

    with opened(Lake(tmp_path / "lake")) as engine:
        assert figure(engine, "Quora", today) == (1, "yes")
        assert figure(engine, "Quora", today, "share.decided_by_machine")[1] == "yes"


def test_complaints_stand_beside_the_decisions_of_their_platform():
    counts = {("Quora Ireland Limited", "complaint.filed"): 12}
    counted = own_record.series(LATER, {(f"{LATER}Quora", "statements"): 4})

    [(_, series)] = own_record.apart([own_record.Day(LATER, [], counts)], counted)

    assert set(series["platform"].to_pylist()) == {"Quora"}


# --- whatever comes, in whatever order --------------------------------------------------------


def entry(slug, version, rows, *, whole):
    """The line of a file, as far as it is looked at here."""
    return Entry(
        name=f"{slug}-{version}-{rows}-{whole}",
        day=LATER,
        slug=slug,
        version=version,
        sha256=str(rows),
        sha1="",
        bytes=1,
        rows=rows,
        aside=0,
        pieces=1,
        notes=(),
        added_at="2026-12-01T00:00:00Z",
        whole=whole,
    )


ENTRIES = st.builds(
    entry,
    st.sampled_from(["global", "tiktok"]),
    st.sampled_from(["aggregate", "light", "full"]),
    st.integers(1, 10**6),
    whole=st.booleans(),
)
METRICS = ("statements", "keyword.hate_speech", "territory.de", "account.suspended")


def test_what_no_source_told_before_a_wave_has_not_risen_in_it(tmp_path):
    """Sixty days of aggregates, which have no keywords, and full dumps of the wave itself."""
    entries, series = [], []
    for n in range(65):
        day, burst = LATER + timedelta(days=n), 30 * (n >= 60) or 1
        version = "full" if n >= 60 else "aggregate"
        line = entry("global", version, 1, whole=True)
        entries.append(msgspec.structs.replace(line, day=day))
        names = ("statements", "account.suspended", "category.violence", "keyword.hate_speech")
        counts = {("Plaza", m): (90 + n % 7) * burst for m in names if tells(version, m)}
        series.append(tmp_path / f"global-{day}.parquet")
        parquet.write_table(own_record.series(day, counts), series[-1])

    with closing(Embedded([], None, contents.of(series, entries, None))) as engine:
        [wave] = queries.waves(engine, ["account.suspended"], ["Plaza"])
        changed = queries.changes(engine, wave)

    assert [metric for metric, _, _ in changed] == ["category.violence"]


@given(st.lists(ENTRIES, min_size=1, max_size=6), st.permutations(range(6)))
def test_nothing_that_comes_later_makes_a_day_less_known(entries, order):
    """A file that is cut, lighter or a copy takes the place of none that tells more."""
    found = standing(entries)
    again = standing([entries[n] for n in order if n < len(entries)])

    for key, one in found.items():
        alike = [e for e in entries if (e.slug, e.day) == key]
        assert one.whole == any(e.whole for e in alike)
        assert (one.whole, one.version) == (again[key].whole, again[key].version)


@given(st.lists(ENTRIES, min_size=1, max_size=6), st.sampled_from([LATER, SHIPS]))
@settings(max_examples=60, deadline=None)
def test_a_figure_is_that_of_one_file_and_said_to_be_as_whole_as_that_file(entries, day):
    entries = [msgspec.structs.replace(one, day=day) for one in entries]
    stands = standing(entries)
    with TemporaryDirectory() as folder:
        ships = dict.fromkeys((("TikTok", metric) for metric in METRICS), 10**7)
        series = {Path(folder) / "ships.parquet": (SHIPS, ships)}
        for (slug, _), one in stands.items():
            counts = {("TikTok", m): one.rows for m in METRICS if tells(one.version, m)}
            series[Path(folder) / f"{slug}-{day}.parquet"] = (day, counts)
        for path, (of_day, counts) in series.items():
            parquet.write_table(own_record.series(of_day, counts), path)
        below, *above = series
        with closing(Embedded([], below, contents.of(above, entries, None))) as engine:
            for metric in METRICS:
                sources = [(e.rows, e.whole) for e in stands.values() if tells(e.version, metric)]
                sources += [(10**7, True)] if day == SHIPS else []
                value, known = figure(engine, "TikTok", day, metric)
                whole = [number for number, is_whole in sources if is_whole]
                if known == "yes":
                    assert value in whole
                else:
                    assert not whole
                    assert value in (None, *(number for number, _ in sources))


@pytest.mark.parametrize("source", ["full", "light", "aggregate"])
def test_sql_says_of_a_source_what_python_says(source):
    metrics = sorted(
        {m for one in catalogue().values() for m in one.metrics if "complaint" not in m}
    )

    rows = duckdb.execute(
        f"SELECT metric, {tells_in_sql('source', 'metric')} FROM (SELECT unnest(?) AS metric, ? AS source)",
        [metrics, source],
    ).fetchall()

    assert dict(rows) == {metric: tells(source, metric) for metric in metrics}
