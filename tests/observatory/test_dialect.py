"""The real dialect of dumps: every real row is read, and an odd one costs no other."""

import pytest
from tests.conftest import REAL
from tests.observatory.dump import csv_of, row

from amparo.observatory.lake import dialect, pieces, schema


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


def test_a_time_of_receipt_that_is_none_sets_its_row_aside():
    piece = pieces.read(csv_of([row(0), row(1, created_at="2025-13-45 10:00:00")]), "x.csv")

    assert piece.table.num_rows == 1
    assert "no time" in piece.aside[0].why


def test_a_header_in_which_a_name_comes_twice_is_none():
    """Found by the fuzzer: two columns of one name cannot be told apart."""
    assert dialect.header("created_at,platform_uid,uuid") is not None
    assert dialect.header("created_at,platform_uid,uuid,uuid") is None
