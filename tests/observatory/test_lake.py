"""From dump to lake: every form, every defect; what is good is used, and what is there is not harmed."""

import io
import json
import zipfile
from datetime import date
from random import Random

import msgspec
import pytest
from pyarrow import parquet
from tests.conftest import run
from tests.observatory.dump import DAY, LIGHT, csv_of, daily, dump, row, statements

from amparo.errors import Malformed, Missing, Unavailable
from amparo.observatory import queries
from amparo.observatory.lake import pieces, reader, schema
from amparo.observatory.lake.lake import Lake


def test_a_dump_becomes_typed_parquet_and_a_days_series(lake, place):
    rows = [row(n) for n in range(60)] + [row(n, platform="Plaza") for n in range(60, 90)]

    outcome = lake.add(dump(place, [rows[:40], rows[40:70], rows[70:]]))

    found = daily(lake)
    assert (outcome.status, outcome.entry.rows, outcome.entry.aside) == ("added", 90, 0)
    assert outcome.entry.notes == ()
    assert (found["Foro", "statements"], found["Plaza", "statements"]) == (60, 30)
    suspended = [r for r in rows if r["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"]
    assert found["Foro", "account.suspended"] == sum(
        r["platform_name"] == "Foro" for r in suspended
    )
    for family in ("category", "automated_decision", "source", "ground", "decision_type"):
        assert sum(v for (p, m), v in found.items() if m.startswith(f"{family}.")) == 90
    eea = sum(len(json.loads(r["territorial_scope"])) == 30 for r in rows)
    assert sum(v for (p, m), v in found.items() if m == "territory.eea") == eea
    table = statements(lake)
    assert table.schema.field("decision_visibility").type == schema.kind_of("decision_visibility")
    assert table.schema.field("content_date").type == schema.kind_of("content_date")
    assert not set(schema.IDS) & set(table.column_names)


def test_adding_twice_changes_nothing(lake, place):
    path = dump(place, [[row(1)]])
    lake.add(path)
    before = {p: p.stat().st_mtime_ns for p in lake.folder.rglob("*")}

    again = lake.add(path)

    assert again.status == "known"
    assert {p: p.stat().st_mtime_ns for p in lake.folder.rglob("*")} == before


def test_a_file_that_changed_under_its_name_is_kept_beside_the_first(lake, place):
    first = lake.add(dump(place, [[row(1), row(2)]]))

    second = lake.add(dump(place, [[row(1)]]))

    assert second.status == "changed"
    assert second.entry.beside == first.entry.sha256
    assert daily(lake)["Foro", "statements"] == 2
    kept = sorted((lake.folder / "statements" / f"date={DAY}").iterdir())
    assert [parquet.read_table(p).num_rows for p in kept] == [2, 1]


def test_a_run_that_was_ended_goes_on_where_it_stopped(lake, place, monkeypatch):
    path = dump(place, [[row(n)] for n in range(8)])
    read = pieces.read
    seen = []

    def ends_after_five(raw, name):
        seen.append(name)
        if len(seen) > 5:
            raise KeyboardInterrupt
        return read(raw, name)

    with monkeypatch.context() as patch:
        patch.setattr(pieces, "read", ends_after_five)
        with pytest.raises(KeyboardInterrupt):
            lake.add(path)
    assert lake.entries() == []
    done = set(seen[:5])
    seen.clear()
    monkeypatch.setattr(pieces, "read", lambda raw, name: seen.append(name) or read(raw, name))

    outcome = lake.add(path)

    assert outcome.entry.rows == 8
    assert not done & set(seen)
    assert not list((lake.folder / "staging").iterdir())


def test_a_run_that_was_ended_while_it_settled_loses_nothing(lake, place, monkeypatch):
    """Killed after the files were moved into place and before the file's line was written."""
    path = dump(place, [[row(n)] for n in range(4)])

    def ends(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "_publish_daily", ends)
        with pytest.raises(KeyboardInterrupt):
            lake.add(path)
    assert lake.entries() == []

    outcome = lake.add(path)

    assert (outcome.status, outcome.entry.rows) == ("added", 4)
    assert statements(lake).num_rows == daily(lake)["Foro", "statements"] == 4


def test_full_and_light_of_a_day_are_counted_once_and_full_wins(lake, place):
    rows = [row(n) for n in range(10)]
    lake.add(dump(place, [rows], version="light"))
    light = daily(lake)

    lake.add(dump(place, [rows]))
    lake.add(dump(place, [rows[:5]], version="light", sha1=False))

    assert light["Foro", "statements"] == daily(lake)["Foro", "statements"] == 10
    assert not any(m.startswith("territory.") for _, m in light)
    assert any(m.startswith("territory.") for _, m in daily(lake))


def test_the_schema_of_before_july_2025_and_other_orders_are_read_by_name(lake, place):
    old = [c for c in schema.COLUMNS if c != "content_id_ean"]
    turned = [*reversed(schema.COLUMNS[:-1]), "created_at"]
    v1 = row(1, category="STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE")

    lake.add(dump(place, [csv_of([v1], old), csv_of([row(2)], turned), csv_of([row(3)])]))

    found = daily(lake)
    assert found["Foro", "statements"] == 3
    assert found["Foro", "category.scope_of_platform_service"] == 1


def test_doubtful_rows_are_counted_and_stay_in(lake, place):
    none = dict.fromkeys(
        ("decision_visibility", "decision_monetary", "decision_provision", "decision_account"), ""
    )
    rows = [
        row(0),
        row(0),
        row(1, **none),
        row(2, category="STATEMENT_CATEGORY_OF_ITS_OWN"),
        row(3, content_date="2026-01-01 00:00:00", application_date="2025-11-01 00:00:00"),
        row(4, territorial_scope='["EL"]'),
        row(5, created_at="2025-11-04 01:00:00"),
        row(6, decision_facts="x" * 5001),
    ]

    lake.add(dump(place, [rows]))

    found = daily(lake)
    assert found["Foro", "statements"] == 8
    for doubt in ("no_decision", "unknown_category", "greece_as_el", "another_day", "too_long"):
        assert found["Foro", f"doubt.{doubt}"] == 1
    assert (
        found["Foro", "doubt.duplicate_uuid"] == found["Foro", "doubt.duplicate_platform_id"] == 1
    )
    assert found["Foro", "doubt.content_after_decision"] >= 1
    engine = queries.open_engine(lake=lake.folder)
    told = {rule.name: doubts for rule, doubts in queries.doubts(engine)}
    assert any("1 rows: greece as el" in str(d.example) for d in told["rows_that_contradict"])
    engine.close()
    [(_, example)] = lake.examples("greece_as_el", "Foro")
    assert (example["territory"], str(example["date"])) == ("EL", DAY)
    assert lake.examples("greece_as_el", "Nobody") == []
    assert len(lake.examples("duplicate_uuid")) == 1
    with pytest.raises(Missing, match="no doubt"):
        lake.examples("nonsense")


def cut_part(path):
    """Cut the second part of a dump in the middle of its second piece."""
    with zipfile.ZipFile(path) as outer:
        parts = {name: outer.read(name) for name in outer.namelist()}
    name = sorted(parts)[1]
    with zipfile.ZipFile(io.BytesIO(parts[name])) as inner:
        second = inner.infolist()[1].header_offset + 200
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as outer:
        for one, body in parts.items():
            outer.writestr(one, body[:second] if one == name else body)
    return name


def test_a_cut_part_is_named_and_all_whole_pieces_are_used(lake, place):
    path = dump(place, [[row(0)], [row(1)], [row(2)], [row(3)]], sha1=False)
    cut = cut_part(path)

    outcome = lake.add(path)

    assert outcome.entry.rows == 3
    assert any(f"{cut}: its directory is cut" in note for note in outcome.entry.notes)
    assert (lake.folder / "aside" / f"{path.name}.jsonl").read_text().count("cannot be read") == 1


def test_of_a_half_downloaded_day_the_whole_pieces_are_used_until_all_of_it_comes(lake, place):
    path = dump(place, [[row(n)] for n in range(6)])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    half = lake.add(path)
    path.write_bytes(whole)
    later = lake.add(path)

    assert 0 < half.entry.rows < 6
    assert any("its SHA-1 is" in note for note in half.entry.notes)
    assert (later.status, later.entry.rows) == ("changed", 6)
    assert daily(lake)["Foro", "statements"] == 6


def test_a_record_longer_than_what_is_read_at_once_is_read_whole(monkeypatch):
    monkeypatch.setattr(pieces, "_BLOCK_BYTES", 2048)
    rows = [row(n, decision_facts="x" * (5000 if n == 30 else 10)) for n in range(60)]
    good = csv_of(rows).split(b"\n")
    short = good[50].rpartition(b",")[0]

    piece = pieces.read(b"\n".join([*good[:50], short, *good[51:]]), "x.csv")

    assert piece.table.num_rows == 59
    assert [one.place for one in piece.aside] == ["x.csv:51"]


def test_a_keyword_of_another_category_is_a_doubt_and_other_is_none(lake, place):
    kinds = ["VIOLENCE", "VIOLENCE", "SCAMS_AND_FRAUD"]
    keywords = [["KEYWORD_PHISHING", "KEYWORD_OTHER"], ["KEYWORD_OTHER"], ["KEYWORD_PHISHING"]]
    rows = [
        row(
            n,
            category=f"STATEMENT_CATEGORY_{kinds[n % 3]}",
            category_specification=json.dumps(keywords[n % 3]),
        )
        for n in range(9)
    ]

    lake.add(dump(place, [rows]))

    assert daily(lake)["Foro", "doubt.keyword_of_another_category"] == 3


def test_one_text_for_most_decisions_of_a_day_is_a_doubt(lake, place):
    rows = [row(n, decision_facts="Violates our rules.") for n in range(120)]

    lake.add(dump(place, [rows, [row(n) for n in range(200, 280)]]))

    assert daily(lake)["Foro", "doubt.boiler_plate"] == 120


def test_a_platform_has_one_name_in_the_series_whatever_it_was_called_that_day(lake, place):
    rows = [
        row(0, platform="X (formerly Twitter)"),
        row(1, platform="X"),
        row(2, platform='SIA "JOOM"'),
    ]

    lake.add(dump(place, [rows]))

    found = daily(lake)
    assert (found["X", "statements"], found["Joom", "statements"]) == (2, 1)
    assert set(statements(lake)["platform_name"].to_pylist()) == {r["platform_name"] for r in rows}


def test_listed_rows_are_held_against_those_found(tmp_path, place):
    table = place / "listed.csv"
    table.write_text(f"date,statements_listed\n{DAY},5\n2025-11-04,3\n")
    short = dump(place, [[row(n) for n in range(4)]])
    whole = dump(place, [[row(n) for n in range(3)]], day="2025-11-04")

    told = run("observe", "add", short, whole, "--listed", table, "--lake", tmp_path / "lake")

    assert told.stderr.count("are listed") == 1
    assert "5 rows are listed, 4 were found" in told.stderr
    table.write_text("day;rows\n")
    odd = run("observe", "add", short, "--listed", table, "--lake", tmp_path / "l", check=False)
    assert odd.returncode in (0, 1)
    table.write_text("date,rows\nyesterday,7\n")
    odd = run("observe", "add", short, "--listed", table, "--lake", tmp_path / "l", check=False)
    assert odd.returncode == 1
    assert "no table of listed rows" in odd.stderr


def test_a_wrong_digest_and_a_missing_part_are_told(lake, place):
    path = dump(place, [[row(n)] for n in range(4)], names=[0, 2])
    path.with_name(f"{path.name}.sha1").write_text("0" * 40 + f"  {path.name}")

    notes = " ".join(lake.add(path).entry.notes)

    assert "its SHA-1 is" in notes
    assert "parts are missing in the numbering: [1]" in notes


def test_a_bomb_is_not_unpacked(lake, place, monkeypatch):
    monkeypatch.setattr("amparo.observatory.lake.reader.MOST_PIECE_BYTES", 10_000)
    bomb = csv_of([row(n) for n in range(100)])

    outcome = lake.add(dump(place, [bomb, csv_of([row(0)])]))

    assert outcome.entry.rows == 1
    assert any("too large" in note for note in outcome.entry.notes)


def test_what_is_no_dump_is_refused_and_nothing_in_the_lake_is_harmed(lake, place):
    lake.add(dump(place, [[row(0)]]))
    before = daily(lake)
    (place / "sor-global-2025-11-05-full.zip").write_bytes(b"PK\x03\x04 nonsense")
    (place / "holiday.zip").write_bytes(b"x")

    with pytest.raises(Malformed, match="cannot be read as a zip"):
        lake.add(place / "sor-global-2025-11-05-full.zip")
    with pytest.raises(Malformed, match="does not tell its day"):
        lake.add(place / "holiday.zip")
    assert daily(lake) == before
    assert len(lake.entries()) == 1


def test_a_full_disk_is_told_and_the_run_goes_on_later(lake, place, monkeypatch):
    path = dump(place, [[row(0)]])

    def full(*_, **__):
        raise OSError(28, "No space left on device", "staging")

    with monkeypatch.context() as patch:
        patch.setattr(parquet, "write_table", full)
        with pytest.raises(Unavailable, match="could not be added") as refused:
            lake.add(path)
    assert "goes on where it stopped" in refused.value.fix
    assert lake.add(path).entry.rows == 1


def test_a_published_parquet_day_is_read_too(lake, place):
    rows = [row(n) for n in range(5)]
    typed = schema.stored(pieces.read(csv_of(rows), "x").table).select(list(schema.COLUMNS))
    parquet.write_table(typed, place / f"sor-global-{DAY}-full.parquet")

    outcome = lake.add(place / f"sor-global-{DAY}-full.parquet")

    assert outcome.entry.rows == 5
    assert daily(lake)["Foro", "statements"] == 5
    assert sum(v for (_, m), v in daily(lake).items() if m.startswith("territory.")) >= 5


def test_a_dump_of_ones_own_stands_in_the_place_of_what_ships(lake, place):
    """Where a whole day was added, the day that ships does not count a second time."""
    rows = [row(n, platform=f"Platform {n}", day="2023-11-05") for n in range(30)]
    lake.add(dump(place, [rows], day="2023-11-05"))
    engine = queries.open_engine(lake=lake.folder)

    whole = queries.figures(
        engine, queries.measure("statements"), first=date(2023, 11, 5), last=date(2023, 11, 6)
    )

    assert whole[0][2] == 30
    assert whole[1][2] > 1_000_000
    engine.close()


def packed(path, how=zipfile.ZIP_DEFLATED, inner=zipfile.ZIP_STORED):
    """A dump of one part with two pieces; its parts are packed as told."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", how) as archive:
        archive.writestr("a.csv", b"some text " * 1000)
        archive.writestr("empty.csv", b"")
    with zipfile.ZipFile(path, "w", inner) as outer:
        outer.writestr("part-00000.csv.zip", body.getvalue())
    return path


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("inner", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_sound_piece_is_unpacked_however_its_part_is_packed(tmp_path, how, inner):
    notes = []

    todo = reader.pieces_of(packed(tmp_path / "x.zip", how, inner), notes)

    assert [one.name.rpartition("/")[2] for one in todo] == ["a.csv", "empty.csv"]
    assert [reader.read(one) for one in todo] == [b"some text " * 1000, b""]
    assert notes == []


@pytest.mark.parametrize("harm", ["size", "checksum", "body", "method"])
def test_a_piece_that_is_not_what_the_directory_says_is_refused(tmp_path, harm):
    [todo, _] = reader.pieces_of(packed(tmp_path / "x.zip"), [])
    [member] = todo.members
    if harm == "body":
        raw = bytearray((tmp_path / "x.zip").read_bytes())
        raw[member.offset + 5] ^= 255
        (tmp_path / "x.zip").write_bytes(raw)
    wrong = {
        "size": {"size": member.size - 5},
        "checksum": {"crc": member.crc ^ 1},
        "method": {"method": 99},
    }.get(harm, {})

    with pytest.raises(zipfile.BadZipFile):
        reader.read(
            msgspec.structs.replace(todo, members=(msgspec.structs.replace(member, **wrong),))
        )


def test_one_buffer_serves_for_pieces_of_any_size_one_after_the_other(tmp_path):
    bodies = {
        "long.csv": bytes(9_000_001),
        "short.csv": b"short",
        "empty.csv": b"",
        "zz.csv": Random(0).randbytes(3_000_000),
    }
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in bodies.items():
            archive.writestr(name, body)
    todo = {piece.name: piece for piece in reader.pieces_of(tmp_path / "x.zip", [])}
    buffer = bytearray()

    for name in [*bodies, *reversed(bodies)]:
        assert reader.read(todo[name], buffer) == bodies[name]


def test_light_leaves_out_what_it_leaves_out():
    piece = pieces.read(csv_of([row(0)], [c for c in schema.COLUMNS if c not in LIGHT]), "x")

    assert piece.table["territorial_scope"].null_count == 1
    assert piece.table.schema == schema.ARROW
