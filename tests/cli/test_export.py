"""The record as daily dumps: what reads the EU database's reads ours, and nothing else is in them."""

import hashlib
import io
import os
import random
import resource
import shutil
import subprocess
import zipfile
from collections import Counter
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.conftest import REAL, run

from amparo.case.issue import issue
from amparo.cli import record
from amparo.errors import Unavailable
from amparo.ledger.log import moments, platforms
from amparo.ledger.log.dump_rows import DumpRows
from amparo.ledger.log.publish import Publisher
from amparo.observatory.lake import dumps, writer
from amparo.observatory.lake.lake import Lake
from amparo.observatory.lake.schema import COLUMNS
from amparo.observatory.lake.writer import DumpWriter
from amparo.record import sealing
from amparo.record.decision import settle
from amparo.record.event import timestamp
from amparo.record.rules import Profile
from amparo.record.sealing import Imported
from amparo.record.specimen import specimen
from amparo.record.uuid7 import uuid7, uuid_text
from amparo.storage.durable import locked
from amparo.storage.journal import Journal, Row
from amparo.storage.node import create_node

FIRST = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Record:
    """A node with decisions of days that are over."""

    def __init__(self, folder):
        self.node = create_node(folder)
        self.folder = folder
        self.count = 0
        with closing(Journal(self.node.journal)) as journal:
            for name in ("Foro", "Plaza Mayor"):
                platforms.add(journal, name, Profile())

    def keep(self, moment, platform="Foro", imported=None, **changes):
        """One decision as it was taken in at a moment; its uuid."""
        self.count += 1
        chance = random.Random(self.count)
        decision = settle(specimen(chance, f"person-{self.count}") | changes, "API")
        case_id = uuid7(int(moment.timestamp() * 1000), chance.randbytes(10))
        with closing(Journal(self.node.journal)) as journal:
            by = platforms.find(journal, platform)
            made = issue(
                decision,
                case=uuid_text(case_id),
                by=by.slug,
                at=timestamp(moment),
                salt=chance.randbytes(32),
                puid_salt=chance.randbytes(32),
                imported=imported,
            )
            opening = sealing.pack(made.opening)
            row = Row(case_id, 1, by.id, made.leaf, opening, b"r" * 32, chance.randbytes(32))
            journal.append([[row]])
        return uuid_text(case_id)

    def export(self, to, *words, check=True):
        return run("export", to, "--data", self.folder, *words, check=check)


@pytest.fixture
def kept(tmp_path):
    return Record(tmp_path / "node")


def pieces(dump):
    """Part and piece names -> the text of each piece."""
    found = {}
    with zipfile.ZipFile(dump) as outer:
        for part in outer.infolist():
            assert part.compress_type == zipfile.ZIP_STORED
            with zipfile.ZipFile(io.BytesIO(outer.read(part))) as inner:
                for piece in inner.infolist():
                    assert piece.compress_type == zipfile.ZIP_DEFLATED
                    found[part.filename, piece.filename] = inner.read(piece).decode()
    return found


def cells(folder, day=FIRST, slug="global", version="full"):
    return [row.cells for row in dumps.rows(folder / f"sor-{slug}-{day}-{version}.zip")]


def test_a_day_has_the_names_the_columns_and_the_quoting_of_the_eu_database(kept, tmp_path):
    uuid = kept.keep(NOON, decision_facts='He said "no",\nand\tleft.')

    kept.export(tmp_path / "out", "--until", FIRST)

    stem = "sor-global-2026-03-01-full"
    dump = tmp_path / "out" / f"{stem}.zip"
    [(names, text)] = pieces(dump).items()
    head, line = text.split("\n")
    real = (REAL / "sor-global-2025-07-01-full-00000-00000.head50.csv").read_text()
    assert names == (f"{stem}-00000.csv.zip", f"{stem}-00000-00000.csv")
    assert head == real.partition("\n")[0]
    assert line.startswith(f"{uuid},")
    assert '"He said ""no"", and\tleft."' in line
    assert line.endswith(f',Foro,{uuid},"2026-03-01 12:00:00"')
    digest = hashlib.sha1(dump.read_bytes()).hexdigest()
    assert (tmp_path / "out" / f"{stem}.zip.sha1").read_text() == f"{digest}  {stem}.zip"


@pytest.mark.parametrize(
    "name", ["sor-global-2025-07-01-full-00000-00000.head50.csv", "tdb_real_malformed_lines.csv"]
)
def test_real_rows_are_written_as_the_database_wrote_them(tmp_path, name):
    """Character by character, but for a quote after a backslash, which no common reader survives."""
    real = [row for row in dumps.rows(REAL / name) if row.cells is not None]
    written = DumpWriter(tmp_path, "global", FIRST, "full")
    for row in real:
        written.add(row.cells)
    written.close()

    [text] = pieces(written.path).values()
    for line, row in zip(text.split("\n")[1:], real, strict=True):
        if '\\"' not in row.raw and len(row.cells) == len(COLUMNS):
            assert line == row.raw.rstrip("\n")
    again = [one.cells for one in dumps.rows(written.path)]
    assert [{k: v for k, v in one.items() if k in row.cells} for one in again] == [
        row.cells for row in real
    ]


def test_parts_and_pieces_are_as_large_as_the_databases(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "PART_ROWS", 6)
    monkeypatch.setattr(writer, "PIECE_ROWS", 2)
    written = DumpWriter(tmp_path, "plaza", FIRST, "light")
    for n in range(7):
        written.add({"uuid": str(n)})
    written.close()

    found = pieces(written.path)

    stem = "sor-plaza-2026-03-01-light"
    assert list(found) == [
        *((f"{stem}-00000.csv.zip", f"{stem}-00000-0000{n}.csv") for n in range(3)),
        (f"{stem}-00001.csv.zip", f"{stem}-00001-00000.csv"),
    ]
    assert [text.count("\n") for text in found.values()] == [2, 2, 2, 1]
    assert "decision_facts" not in found[stem + "-00000.csv.zip", stem + "-00000-00000.csv"]


@contextmanager
def full_disk(taken):
    """No file can grow beyond so many bytes, as on a disk that is full."""
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (taken, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)


def test_on_a_full_disk_nothing_is_left_of_a_dump_and_the_first_error_is_told(tmp_path):
    """Whether a row no longer fits, or the end; it was left, since its end did not fit either."""
    rows = [{"uuid": uuid_text(uuid7(n, random.Random(n).randbytes(10)))} for n in range(2_000)]
    begun = DumpWriter(tmp_path, "plaza", FIRST, "light")
    ended = DumpWriter(tmp_path, "foro", FIRST, "light")

    with full_disk(20_000):
        with pytest.raises(OSError, match="too large"):
            for row in rows * 10:
                begun.add(row)
        begun.abandon()
        for row in rows[:100]:
            ended.add(row)
    with full_disk(100), pytest.raises(OSError, match="too large"):
        ended.close()

    assert list(tmp_path.iterdir()) == []


def test_an_export_on_a_full_disk_leaves_nothing_of_any_day(kept, tmp_path):
    for n in range(80):  # around midnight two days are open
        facts = random.Random(n).randbytes(2_000).hex()
        kept.keep(NOON + timedelta(days=n % 2), decision_facts=facts)

    with full_disk(60_000):
        done = kept.export(tmp_path / "out", check=False)

    assert done.returncode == 1
    assert "too large" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir() if "sor-" in path.name] == []


def test_nothing_of_a_person_and_nothing_that_is_no_column_leaves(kept, tmp_path):
    first_published = Imported("Somewhere else", "11111111-2222-4333-8444-555555555555", "x")
    uuid = kept.keep(NOON, imported=first_published)

    kept.export(tmp_path / "out", "--until", FIRST)
    kept.export(tmp_path / "with", "--until", FIRST, "--puids")

    [text] = pieces(tmp_path / "out" / f"sor-global-{FIRST}-full.zip").values()
    assert "person-1" not in text
    assert "Somewhere else" not in text
    assert "11111111" not in text
    assert cells(tmp_path / "out")[0]["platform_uid"] == uuid
    assert cells(tmp_path / "with")[0]["platform_uid"] == "person-1"


def test_what_was_erased_goes_out_of_dumps_that_are_there_already(kept, tmp_path):
    uuid = kept.keep(NOON, decision_facts="This was said of him.")
    kept.keep(NOON + timedelta(days=1))
    kept.export(tmp_path / "out", "--until", "2026-03-02", "--puids")

    run("erase", uuid, "--yes", "--data", kept.folder)
    again = kept.export(tmp_path / "out", "--until", "2026-03-02", "--puids")

    [row] = cells(tmp_path / "out")
    assert again.stdout == f"sor-global-{FIRST}-full.zip\n"  # the other day stays as it is
    assert (row["decision_facts"], row["platform_uid"]) == ("", "")
    assert row["category"].startswith("STATEMENT_CATEGORY_")


def test_days_that_are_not_over_are_not_written_and_days_without_a_decision_are(kept, tmp_path):
    now = datetime.now(UTC)
    kept.keep(now - timedelta(days=4))
    kept.keep(now)

    done = kept.export(tmp_path / "out", "--until", f"{now:%Y-%m-%d}")

    written = [name.removeprefix("sor-global-")[:10] for name in done.stdout.split()]
    assert f"{now:%Y-%m-%d}" not in written
    assert written[:3] == [f"{now - timedelta(days=n):%Y-%m-%d}" for n in (4, 3, 2)]
    assert "are not over" in done.stderr
    [empty] = pieces(tmp_path / "out" / f"sor-global-{written[1]}-full.zip").values()
    assert empty == ",".join(COLUMNS) + "\n"


def test_the_order_around_midnight_is_that_of_the_clock_and_not_of_the_journal(kept, tmp_path):
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    for seconds in (-2, 1, -1, 2):
        kept.keep(midnight + timedelta(seconds=seconds))

    kept.export(tmp_path / "out", "--until", "2026-03-02")

    assert len(cells(tmp_path / "out")) == len(cells(tmp_path / "out", "2026-03-02")) == 2


def test_a_day_that_a_wrong_clock_tore_apart_is_told_and_not_written_in_part(kept, tmp_path):
    kept.keep(NOON)
    kept.keep(NOON + timedelta(days=3))
    kept.keep(NOON)

    done = kept.export(tmp_path / "out", "--until", "2026-03-02", check=False)

    assert done.returncode == 1
    assert f"{FIRST} was not written" in done.stderr
    assert [path.name for path in (tmp_path / "out").glob("sor-*.zip")] == [
        "sor-global-2026-03-02-full.zip"
    ]


def test_it_goes_on_where_it_was_killed_and_writes_nothing_twice(kept, tmp_path):
    for n in range(3):
        kept.keep(NOON + timedelta(days=n))
    out = tmp_path / "out"
    first = kept.export(out, "--until", "2026-03-03")
    whole = {path.name: path.read_bytes() for path in out.glob("sor-*")}
    # As a kill leaves it: one dump without its digest, one half written under another name.
    (out / "sor-global-2026-03-02-full.zip.sha1").unlink()
    (out / "sor-global-2026-03-03-full.zip").rename(out / ".sor-global-2026-03-03-full.zip.new")

    second = kept.export(out, "--until", "2026-03-03")
    third = kept.export(out, "--until", "2026-03-03")

    assert len(first.stdout.split()) == 3
    assert len(second.stdout.split()) == 2
    assert third.stdout == ""
    assert {path.name: path.read_bytes() for path in out.glob("sor-*")} == whole
    assert sorted(path.name for path in out.glob(".*")) == [".export.json"]


def test_two_at_once_do_not_write_into_one_file(kept, tmp_path):
    kept.keep(NOON)
    (tmp_path / "out").mkdir()

    with locked(tmp_path / "out"):
        second = kept.export(tmp_path / "out", "--until", FIRST, check=False)
    left = list((tmp_path / "out").iterdir())
    kept.export(tmp_path / "out", "--until", FIRST)

    assert (second.returncode, left) == (1, [])
    assert "Another process is running this export." in second.stderr
    assert len(cells(tmp_path / "out")) == 1


def test_a_platform_that_is_added_meanwhile_is_known_by_its_name(kept):
    with closing(Journal(kept.node.journal)) as journal:
        rows = DumpRows(journal)
        platforms.add(journal, "Ágora", Profile())
        kept.keep(NOON, platform="Ágora")

        assert [row.cells["platform_name"] for row in rows.since(FIRST)] == ["Ágora"]


def test_one_platform_and_a_span_of_days_can_be_chosen(kept, tmp_path):
    for n in range(3):
        kept.keep(NOON + timedelta(days=n))
        kept.keep(NOON + timedelta(days=n), platform="Plaza Mayor")

    kept.export(
        tmp_path / "out",
        *("--platform", "Plaza Mayor", "--since", "2026-03-02", "--until", "2026-03-02"),
    )

    [dump] = (tmp_path / "out").glob("*.zip")
    assert dump.name == "sor-plaza-mayor-2026-03-02-full.zip"
    names = [row["platform_name"] for row in cells(tmp_path / "out", "2026-03-02", "plaza-mayor")]
    assert names == ["Plaza Mayor"]


def counted(lake):
    """(day, platform, metric) -> value of every series of a lake."""
    query = "SELECT date, platform, metric, value FROM read_parquet(?)"
    found = {}
    for path in Lake(lake).series():
        found |= {row[:3]: row[3] for row in duckdb.execute(query, [str(path)]).fetchall()}
    return found


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 3 * 86_400), st.booleans(), TEXTS), min_size=1, max_size=9)
)
def test_the_observatory_counts_a_dump_as_it_counts_the_record_itself(tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("export")
    kept = Record(folder / "node")
    for seconds, is_foro, text in sorted(drawn, key=lambda one: one[0]):
        moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        facts = text.strip() or "x"
        kept.keep(moment, "Foro" if is_foro else "Plaza Mayor", decision_facts=facts)
    own_record_into(folder / "own", kept)

    kept.export(folder / "out", "--until", "2026-03-04")
    read = [Lake(folder / "lake").add(dump) for dump in sorted((folder / "out").glob("*.zip"))]

    assert sum(one.entry.rows for one in read) == kept.count
    assert [(one.entry.aside, one.entry.notes) for one in read] == [(0, ())] * len(read)
    assert counted(folder / "lake") == counted(folder / "own")


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.integers(0, 12))
@example([3, 3, 4, 5, 3, 3, 4], 5)
@example([5, 6, 0, 1, 0, 1, 2], 0)
def test_a_clock_that_was_set_back_changes_no_count(tmp_path_factory, days, before):
    """However often it was, and whatever was counted before it was; few are counted together."""
    folder = tmp_path_factory.mktemp("clock")
    lakes = []
    for order in (days, sorted(days)):
        kept = Record(folder / f"node-{len(lakes)}")
        lakes.append(folder / f"lake-{len(lakes)}")
        for number, day in enumerate(order):
            if number == before:
                own_record_into(lakes[-1], kept)
            kept.keep(datetime(2026, 3, 1 + day, 12, tzinfo=UTC), "Foro")
        own_record_into(lakes[-1], kept)

    ours, sorted_ones = (
        {key: value for key, value in counted(lake).items() if key[2] == "statements"}
        for lake in lakes
    )
    assert ours == sorted_ones
    assert sum(ours.values()) == len(days)


def test_a_day_that_began_before_the_clock_was_set_back_is_whole_in_its_dump(tmp_path):
    """The machine came up two days ahead; what it took in until that was seen is of a later day."""
    kept = Record(tmp_path / "node")

    def take_in(*days):
        for day in days:
            kept.keep(datetime(2026, 3, day, 12, tzinfo=UTC))

    def publish(day):
        at = datetime(2026, 3, day, 13, tzinfo=UTC).timestamp()
        with closing(Journal(kept.node.journal)) as journal:
            Publisher(kept.node, journal, clock=lambda: at).beat()

    take_in(1, 1, 4, 4, 4)
    publish(4)
    take_in(2)
    with pytest.raises(Unavailable, match="clock of this machine is behind"):
        publish(2)
    take_in(2, 2, 3, 3, 4, 4, 5)

    kept.export(tmp_path / "out", "--since", "2026-03-04", "--until", "2026-03-04")

    [dump] = (tmp_path / "out").glob("*.zip")
    assert Lake(tmp_path / "lake").add(dump).entry.rows == 5

    kept.export(tmp_path / "out", "--until", "2026-03-05")
    take_in(1)
    again = kept.export(tmp_path / "out", "--until", "2026-03-05")

    assert again.stdout.split() == ["sor-global-2026-03-01-full.zip"]
    dumps_of = sorted((tmp_path / "out").glob("*.zip"))
    assert [Lake(tmp_path / "other").add(path).entry.rows for path in dumps_of] == [3, 3, 2, 5, 1]


def test_a_record_that_a_clock_far_ahead_began_is_written_from_its_first_day(tmp_path):
    kept = Record(tmp_path / "node")
    kept.keep(datetime(2028, 5, 1, tzinfo=UTC))
    with closing(Journal(kept.node.journal)) as journal:
        moments.note_set_back(journal)
    for n in (0, 3):
        kept.keep(NOON + timedelta(days=n))

    done = kept.export(tmp_path / "out", "--until", "2026-03-04")

    assert len(done.stdout.split()) == 4
    assert [len(cells(tmp_path / "out", f"2026-03-0{n}")) for n in (1, 4)] == [1, 1]


def own_record_into(lake, kept):
    with (
        closing(Journal(kept.node.journal, read_only=True)) as journal,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(record, "MOST_DAYS", 2)
        record.into_lake(journal, lake, date(2026, 3, 9), lambda *_: None)


SINGLE = ("category", "automated_decision", "automated_detection", "source_type", "decision_ground")
"""Columns that hold one value in each row, as both name them."""


def shantay():
    """The program, in an environment of its own: it needs a newer Python than we do."""
    place = Path(os.environ.get("SHANTAY_HOME", Path.home() / ".cache/amparo-tests/shantay-0.6.0"))
    program = place / "bin/shantay"
    if program.is_file():
        return program
    python = next((p for n in ("3.12", "3.13", "3.14") if (p := _python(n))), None)
    if python is None:
        pytest.skip("shantay needs Python 3.12 or newer, and there is none here")
    subprocess.run([python, "-m", "venv", place], check=True, timeout=120)
    pip = [place / "bin/pip", "install", "--quiet", "shantay==0.6.0"]
    if subprocess.run(pip, timeout=600, check=False, capture_output=True).returncode:
        shutil.rmtree(place)
        pytest.skip("shantay 0.6.0 cannot be fetched from here")
    return program


def _python(version):
    """A Python of a version, on the path or where pyenv keeps its own."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for python in (shutil.which(f"python{version}"), *kept):
        if (
            python
            and subprocess.run([python, "-V"], check=False, capture_output=True).returncode == 0
        ):
            return python
    return None


def test_shantay_reads_an_export_as_it_reads_the_eus_own_dumps(kept, tmp_path):
    program = shantay()
    for n in range(5):
        kept.keep(NOON + timedelta(minutes=n), decision_facts=f'A "quoted", \\"odd\\" text {n}')
    kept.keep(NOON, platform="Plaza Mayor", decision_account="DECISION_ACCOUNT_SUSPENDED")
    archive, staging = tmp_path / "archive", tmp_path / "staging"
    kept.export(archive / "2026" / "03", "--until", FIRST)
    staging.mkdir()
    (tmp_path / ".shantay").mkdir()  # it asks the EU's site for names, unless it has young ones
    (tmp_path / ".shantay/platforms.json").write_text('["Foro", "Plaza Mayor"]')

    words = ["--archive", archive, "--staging", staging, "--first", FIRST, "--last", FIRST]
    done = subprocess.run(
        [program, *map(str, words), "--offline", "--logfile", str(tmp_path / "log"), "summarize"],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr

    with duckdb.connect() as database:
        theirs = database.execute(
            'SELECT platform, "column", variant, sum("count") FROM read_parquet(?) '
            'WHERE entity IS NULL AND "column" IN (SELECT unnest(?)) AND variant IS NOT NULL '
            "GROUP BY ALL",
            [str(archive / f"db.stats/{FIRST}.parquet"), list(SINGLE)],
        ).fetchall()
    ours = Counter(
        (row["platform_name"], name, row[name])
        for row in cells(archive / "2026" / "03")
        for name in SINGLE
    )
    assert Counter({row[:3]: row[3] for row in theirs}) == ours
