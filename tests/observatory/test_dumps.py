"""The real dialect of the EU database's dumps, and what becomes of broken files."""

import io
import json
import time
import zipfile

import duckdb
import pytest
from tests.conftest import REAL

from amparo.connectors import tdb
from amparo.errors import Malformed, Missing
from amparo.observatory.lake import dialect, dumps, reader

HEAD50 = REAL / "sor-global-2025-07-01-full-00000-00000.head50.csv"
HEAD12 = REAL / "sor-global-2024-03-14-full-00000-00000.head12.csv"
MALFORMED = [
    json.loads(line) for line in (REAL / "tdb_real_malformed_lines.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("line", MALFORMED, ids=lambda line: line["dump_date"])
def test_real_lines_that_broke_another_reader_have_37_cells(line):
    cells = dialect.cells(line["raw"], 37)

    assert len(cells) == 37
    assert cells[0] == line["raw"][:36]


def test_a_quote_after_a_backslash_stays_as_it_was_written():
    [line] = [one for one in MALFORMED if one["raw"].startswith("eb40d5a8")]
    cells = dialect.cells(line["raw"], 37)

    assert '- "\\"Free\\""' in cells[16]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a,"b,c",2024-01-01 00:00:00', ["a", "b,c", "2024-01-01 00:00:00"]),
        ('a,"b""c",2024-01-01 00:00:00', ["a", 'b"c', "2024-01-01 00:00:00"]),
        ('a,"b\\",2024-01-01 00:00:00', ["a", "b\\", "2024-01-01 00:00:00"]),
        ('a,"b\\"c",2024-01-01 00:00:00', ["a", 'b\\"c', "2024-01-01 00:00:00"]),
        ('"","",2024-01-01 00:00:00', ["", "", "2024-01-01 00:00:00"]),
        ("a,b,no time", None),
        ("a,2024-01-01 00:00:00", None),
        ('a,"b,2024-01-01 00:00:00', None),
        ("", None),
    ],
)
def test_one_line_of_the_dialect(line, cells):
    assert dialect.cells(line, 3) == cells


@pytest.mark.parametrize(("file", "rows"), [(HEAD50, 50), (HEAD12, 12)])
def test_real_pieces_are_read_whole(file, rows):
    read = list(dumps.rows(file))

    assert len(read) == rows
    assert all(row.problem is None for row in read)


def test_a_dump_is_a_zip_of_zips_and_is_not_unpacked(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as part:
        part.writestr("sor-00000-00000.csv", HEAD50.read_bytes().rstrip(b"\n"))
        part.writestr("sor-00000-00001.csv", HEAD50.read_text().split("\n")[0] + "\n")
    outer = tmp_path / "sor-global-2025-07-01-full.zip"
    with zipfile.ZipFile(outer, "w") as whole:
        whole.writestr("sor-00000.csv.zip", inner.getvalue())

    read = list(dumps.rows(outer))

    assert [row.cells["uuid"] for row in read] == [row.cells["uuid"] for row in dumps.rows(HEAD50)]
    assert list(tmp_path.iterdir()) == [outer]


def test_a_cut_inner_zip_costs_only_its_own_rows(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as part:
        part.writestr("piece.csv", HEAD50.read_bytes())
    outer = tmp_path / "dump.zip"
    with zipfile.ZipFile(outer, "w") as whole:
        whole.writestr("a.csv.zip", inner.getvalue()[:2000])
        whole.writestr("b.csv.zip", inner.getvalue())

    read = list(dumps.rows(outer))

    assert sum(row.cells is not None for row in read) == 50
    assert [row.place for row in read if row.problem] == ["a.csv.zip"]


def test_a_zip_that_is_none_is_said_so(tmp_path):
    broken = tmp_path / "dump.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")

    with pytest.raises(Malformed, match="zip"):
        list(dumps.rows(broken))
    with pytest.raises(Missing):
        list(dumps.rows(tmp_path / "nothing"))


def test_parquet_gives_the_same_submissions(tmp_path):
    file = tmp_path / "dump.parquet"
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT * FROM read_csv('{HEAD50}', all_varchar = true, header = true)) "
            f"TO '{file}' (FORMAT parquet)"
        )

    by_csv = [tdb.submission(row.cells) for row in dumps.rows(HEAD50)]
    by_parquet = [tdb.submission(row.cells) for row in dumps.rows(file)]

    assert by_parquet == by_csv
    file.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(Malformed, match="Parquet"):
        list(dumps.rows(file))


def piece(tmp_path, *lines):
    header = HEAD50.read_text().split("\n")[0]
    file = tmp_path / "piece.csv"
    file.write_bytes("\n".join([header, *lines]).encode("utf-8", "surrogateescape"))
    return list(dumps.rows(file))


def real_lines():
    return HEAD50.read_text().rstrip("\n").split("\n")[1:]


def test_a_line_feed_inside_a_cell_belongs_to_the_cell(tmp_path):
    first, second, *_ = real_lines()
    broken = first.replace("This was a violation", "This was\na violation")

    read = piece(tmp_path, broken, second)

    assert len(read) == 2
    assert "This was\na violation" in read[0].cells["incompatible_content_ground"]


def test_a_damaged_line_is_set_aside_with_its_place_and_costs_no_other(tmp_path):
    first, second, third, *_ = real_lines()

    read = piece(tmp_path, first, second[:200], "\udcff\udcfe", third)

    assert [row.place for row in read if row.problem] == ["piece.csv:3", "piece.csv:4"]
    assert [row.cells["uuid"] for row in read if row.cells] == [first[:36], third[:36]]


def test_an_unclosed_quote_costs_only_its_own_line(tmp_path):
    lines = real_lines()
    broken = lines[0].replace('"This was', '"This "was', 1).replace('terms of service."', "x", 1)

    read = piece(tmp_path, broken, *lines[1:])

    assert [row.cells["uuid"] for row in read if row.cells] == [line[:36] for line in lines[1:]]
    assert [row.place for row in read if row.problem] == ["piece.csv:2"]


def test_a_file_that_is_no_dump_is_said_so(tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text("a,b\n1,2\n")

    [row] = dumps.rows(file)

    assert row.problem.endswith("lines below it that were not read: 1")


@pytest.mark.parametrize(
    ("inside", "why"), [("[Content_Types].xml", "a workbook"), ("notes.txt", "neither a CSV piece")]
)
def test_a_workbook_and_an_archive_of_something_else_are_said_so_by_both_readers(
    tmp_path, inside, why
):
    file = tmp_path / "dump.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(inside, b"text")

    for read in (lambda: list(dumps.rows(file)), lambda: reader.pieces_of(file, [])):
        with pytest.raises(Malformed) as refused:
            read()
        assert why in refused.value.why


def test_json_lines_are_submissions_as_they_are(tmp_path):
    file = tmp_path / "statements.jsonl"
    file.write_text('{"puid": "a"}\n\n[1]\nnonsense\n{"puid": "b"}')

    read = list(dumps.rows(file))

    assert [row.cells for row in read] == [{"puid": "a"}, None, None, {"puid": "b"}]
    assert dumps.is_submission(read[0])


def test_a_quote_without_end_is_not_read_again_with_every_line():
    """A record may span lines, but only so much text: else each line costs all those before it."""
    head = HEAD12.read_bytes().partition(b"\n")[0]
    body = b'\n1,"' + b"x" * 900_000 + (b"\n" + b"y" * 900_000) * 40 + b"\n"
    begun = time.process_time()

    found = list(dumps.csv_rows(io.BytesIO(head + body), "a.csv"))

    assert len(found) == 41
    assert all(row.cells is None and row.problem for row in found)
    assert time.process_time() - begun < 20  # a minute and more before


@pytest.mark.parametrize(
    ("kind", "change"),
    [("encrypted", (8, b"\x01\x00")), ("method", (10, b"\x63\x00"))],
    ids=["encrypted", "another method"],
)
def test_a_zip_that_cannot_be_unpacked_is_said_so(tmp_path, kind, change):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.csv", HEAD12.read_bytes())
    body, (at, value) = bytearray(made.getvalue()), change
    for start, offset in ((body.index(b"PK\x01\x02"), at), (0, at - 2)):
        body[start + offset : start + offset + 2] = value
    path = tmp_path / f"{kind}.zip"
    path.write_bytes(body)

    with pytest.raises(Malformed):
        list(dumps.rows(path))


@pytest.mark.parametrize("where", [0, 20], ids=["its beginning", "its middle"])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("inner", [False, True], ids=["outer", "inner"])
def test_a_member_damaged_in_any_packing_is_told_and_not_a_traceback(
    tmp_path, method, where, inner
):
    """Each method of packing has an error of its own, and none of them is a `BadZipFile`."""
    name = "sor-global-2025-07-01-full-00000-00000.csv"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr(name, HEAD50.read_bytes())
    body = bytearray(packed.getvalue())
    begin = 30 + len(name) + where
    body[begin : begin + 40] = b"\xff" * 40
    dump = tmp_path / "dump.zip"
    if inner:
        with zipfile.ZipFile(dump, "w") as outer:
            outer.writestr("part.zip", bytes(body))
        *_, last = dumps.rows(dump)
        assert "cut or damaged" in last.problem
    else:
        dump.write_bytes(body)
        with pytest.raises(Malformed, match="cannot be read as a zip"):
            list(dumps.rows(dump))
