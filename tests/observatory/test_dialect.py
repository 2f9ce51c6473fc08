"""The real dialect of dumps: every real row is read, and an odd one costs no other."""

import csv
import io
from datetime import date, datetime

import pytest
from tests.conftest import REAL
from tests.observatory.dump import csv_of, row

from amparo.connectors import tdb
from amparo.observatory.lake import dialect, dumps, pieces, schema
from amparo.record.decision import DATES


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sor-global-2025-07-01-full-00000-00000.head50.csv", 50),
        ("sor-global-2024-03-14-full-00000-00000.head12.csv", 12),
        ("tdb_real_malformed_lines.csv", 11),
    ],
)
def test_every_real_row_is_read_in_its_real_dialect(name, rows):
    piece = pieces.read((REAL / name).read_bytes(), name)

    assert (piece.table.num_rows, piece.aside) == (rows, [])


def test_a_backslash_before_a_quote_is_read_as_it_was_meant():
    odd = row(1, decision_facts='He said "no", \\"never\\" and left')

    piece = pieces.read(csv_of([row(0), odd, row(2)]), "x.csv")

    assert piece.aside == []
    assert 'said "no", \\"never\\" and left' in piece.table["decision_facts"].to_pylist()[-1]
    assert piece.table.num_rows == 3


def test_line_ends_in_a_cell_do_not_break_its_neighbours():
    odd = row(1, decision_facts="one\ntwo, three\r\nfour")

    piece = pieces.read(csv_of([row(0), odd, row(2)]), "x.csv")

    assert piece.aside == []
    assert piece.table["decision_facts"].to_pylist()[1] == "one\ntwo, three\r\nfour"


def test_rows_too_short_or_too_long_are_set_aside_with_their_place_and_the_rest_is_used():
    good = csv_of([row(0), row(1), row(2)]).split(b"\n")
    short, long = good[2].rpartition(b",")[0], good[2] + b",more"

    piece = pieces.read(b"\n".join([good[0], good[1], short, good[3], long]), "x.csv")

    assert piece.table.num_rows == 2
    assert [one.place for one in piece.aside] == ["x.csv:3", "x.csv:5"]
    assert "38 cells" in piece.aside[0].why


def test_bare_carriage_returns_and_empty_lines_shift_no_place_and_lose_no_row():
    """A fuzzer's find: the fast reader takes them for other lines than we do."""
    head, first, second = csv_of([row(0), row(1)]).split(b"\n")
    odd = csv_of([row(2, decision_facts='\\"never\\"')]).split(b"\n")[1]
    broken = b"a\rb\rc\rd"

    piece = pieces.read(b"\n".join([head, first, odd, broken, b"", broken, second, b""]), "x.csv")

    assert piece.table.num_rows == 3
    assert [(one.place, one.raw) for one in piece.aside] == [
        ("x.csv:4", "a\rb\rc\rd"),
        ("x.csv:6", "a\rb\rc\rd"),
    ]


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"content_date": "2025-13-45 00:00:00"}, "content_date: no such value"),
        ({"content_type": "CONTENT_TYPE_TEXT"}, None),
        ({"category": "STATEMENT_CATEGORY_OF_ITS_OWN"}, None),
        ({"application_date": "9999-01-01 00:00:00"}, None),
    ],
)
def test_an_odd_cell_costs_no_row(change, note):
    piece = pieces.read(csv_of([row(0, **change), row(1)]), "x.csv")

    assert piece.table.num_rows == 2
    assert any(note in told for told in piece.notes) if note else piece.notes == []


def test_broken_bytes_a_mark_at_the_start_and_unknown_columns_are_told():
    broken = csv_of([row(0, decision_facts="caf\xe9 latte")]).replace("é".encode(), b"\xe9")
    marked = b"\xef\xbb\xbf" + csv_of([row(0)])
    more = [*schema.COLUMNS[:-1], "mood", "created_at"]
    unknown = csv_of([row(0) | {"mood": "good"}], more)

    assert "not UTF-8" in pieces.read(broken, "x").notes[0]
    assert pieces.read(marked, "x").table.num_rows == 1
    assert "mood" in pieces.read(unknown, "x").notes[0]


def test_broken_bytes_in_the_header_shift_no_row():
    named = [*schema.COLUMNS[:-1], "caf\u00e9", "created_at"]
    rows = csv_of([row(n) | {"caf\u00e9": "x"} for n in range(3)], named)

    piece = pieces.read(rows.replace("caf\u00e9".encode(), b"caf\xe9", 1), "x")

    assert piece.aside == []
    assert piece.table["uuid"].to_pylist() == [row(n)["uuid"] for n in range(3)]


def test_a_time_of_receipt_that_is_none_sets_its_row_aside():
    piece = pieces.read(csv_of([row(0), row(1, created_at="2025-13-45 10:00:00")]), "x.csv")

    assert piece.table.num_rows == 1
    assert "no time" in piece.aside[0].why


def test_a_header_in_which_a_name_comes_twice_is_none():
    """Found by the fuzzer: two columns of one name cannot be told apart."""
    assert dialect.header(["created_at,platform_uid,uuid"]) is not None
    assert dialect.header(["created_at,platform_uid,uuid,uuid"]) is None


def saved_again(rows, separator=";", above="", ends="\r\n", day="%d/%m/%Y", columns=schema.COLUMNS):
    """A piece as a spreadsheet saves it: its own separator, line ends and days."""

    def cell(name, value):
        if name not in dialect.DATED or not value:
            return value
        moment = datetime.fromisoformat(value)
        return moment.strftime(day if name in DATES else f"{day} %H:%M:%S")

    made = io.StringIO(newline="")
    written = csv.writer(made, delimiter=separator, lineterminator=ends)
    written.writerow(columns)
    written.writerows([[cell(name, one[name]) for name in columns] for one in rows])
    return (above + made.getvalue()).encode()


def both(raw, tmp_path):
    """What the observatory and the importer make of one file, as submissions."""
    file = tmp_path / "saved.csv"
    file.write_bytes(raw)
    piece = pieces.read(raw, file.name)
    imported = list(dumps.rows(file))
    return piece, imported


PLAIN = [row(n, content_date=f"2025-06-{n + 1:02d} 00:00:00") for n in range(20)]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("day", ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d"])
@pytest.mark.parametrize(
    ("separator", "above"), [(",", ""), (";", ""), ("\t", ""), (";", "\ufeffsep=;\r\n")]
)
def test_importer_and_observatory_read_what_a_spreadsheet_saved_as_if_it_never_had(
    tmp_path, separator, above, ends, day
):
    piece, imported = both(saved_again(PLAIN, separator, above, ends, day), tmp_path)

    assert piece.table.equals(pieces.read(csv_of(PLAIN), "plain.csv").table)
    assert piece.aside == []
    assert [tdb.submission(one.cells) for one in imported] == list(map(tdb.submission, PLAIN))
    assert [tdb.imported(one.cells) for one in imported] == list(map(tdb.imported, PLAIN))


def test_hours_of_a_clock_of_twelve_and_minutes_alone_are_read():
    rows = [row(0, content_date="2025-06-30 00:00:00"), row(1)]
    raw = csv_of(rows).replace(rows[0]["created_at"].encode(), b"11/3/2025 12:05 AM")
    raw = raw.replace(rows[1]["created_at"].encode(), b"11/3/2025 3:07 PM")
    raw = raw.replace(b'"2025-06-30 00:00:00"', b"6/30/2025 0:00")

    piece = pieces.read(raw, "american.csv")

    moments = [str(moment) for moment in piece.table["created_at"].to_pylist()]
    assert moments == ["2025-11-03 00:05:00", "2025-11-03 15:07:00"]
    assert piece.table["content_date"].to_pylist()[0] == date(2025, 6, 30)


def test_a_day_that_may_be_two_is_never_guessed(tmp_path):
    """Not one day of the file is after the 12th, so that nobody can say which number is the month."""
    days = dict.fromkeys(DATES, "") | {
        "content_date": "2025-07-01 00:00:00",
        "application_date": "2025-07-01 00:00:00",
        "created_at": "2025-07-01 10:00:00",
    }
    raw = saved_again([row(0, **days), row(1, **days)])

    piece, imported = both(raw, tmp_path)

    assert piece.table.num_rows == 0
    assert [one.cells for one in imported] == [None, None]
    assert "can be several days" in piece.aside[0].why
    assert [one.why for one in piece.aside] == [one.problem for one in imported]


def test_an_identifier_that_a_spreadsheet_has_shortened_is_set_aside(tmp_path):
    """1.23457E+17 would be a name that fits many statements, and none that was sent."""
    raw = saved_again([*PLAIN, row(99, platform_uid="1.23457E+17")])

    piece, imported = both(raw, tmp_path)

    assert piece.table.num_rows == len(PLAIN)
    assert ["shortened" in str(one.problem) for one in imported] == [False] * 20 + [True]


def test_blank_rows_below_a_table_are_no_rows(tmp_path):
    raw = saved_again(PLAIN) + b";" * 37 + b"\r\n\r\n"

    piece, imported = both(raw, tmp_path)

    assert (piece.table.num_rows, piece.aside) == (20, [])
    assert [one.problem for one in imported] == [None] * 20


def test_a_file_without_the_header_says_how_many_lines_it_leaves_unread(tmp_path):
    raw = saved_again(PLAIN).partition(b"\r\n")[2]

    piece, [refused] = both(raw, tmp_path)

    assert "lines below it that were not read: 19" in refused.problem
    assert "columns in its first line" in refused.fix
    assert [one.why for one in piece.aside] == [refused.problem]
