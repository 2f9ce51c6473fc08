"""Files that are broken, huge or hostile cost the rows that they spoil, and little memory."""

import tracemalloc
from contextlib import closing

import pytest
from tests.conftest import new_node
from tests.connect.conftest import GROUND, WHOLE, WITHOUT_GROUND, World, ban, unban

from amparo.connectors import mapping, table
from amparo.connectors.mapping import TableMapping
from amparo.connectors.rule import Rule
from amparo.errors import Malformed
from amparo.ledger.connect import connections, drafts, items, tables
from amparo.ledger.connect.ingest import Unreadable
from amparo.ledger.connect.tables import Row

MB = 1024 * 1024


def read(path, text, **options):
    path.write_text(text) if isinstance(text, str) else path.write_bytes(text)
    form = tables.form_of(path, **options)
    return [row.cells if isinstance(row, Row) else row for row in tables.rows(path, form)]


def test_a_line_of_300_megabytes_is_passed_over_in_little_memory(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"id,what\n1,before\n2,")
        file.seek(300 * MB)  # a hole, which reads as zeros
        file.write(b"\n3,after\n")
    form = tables.form_of(path)

    tracemalloc.start()
    rows = list(tables.rows(path, form))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [row.cells["id"] for row in rows if isinstance(row, Row)] == ["1", "3"]
    [passed] = [row for row in rows if isinstance(row, Unreadable)]
    assert passed.place == "line 3"
    assert most < 16 * MB


def test_a_long_file_is_read_row_by_row(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("id,what\n" + "7,a sentence about what was restricted\n" * 200_000)
    form = tables.form_of(path)

    tracemalloc.start()
    number = sum(1 for _ in tables.rows(path, form))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert number == 200_000
    assert most < 4 * MB


def test_a_quotation_mark_that_nobody_closes_spoils_what_it_swallows_and_says_where(tmp_path):
    rows = read(tmp_path / "a.csv", 'id,what\n1,good\n2,"never closed\n3,lost\n')

    assert rows[0] == {"id": "1", "what": "good"}
    assert rows[1:] == [
        Unreadable("lines 3 to 4", "a quotation mark is never closed; the file may be cut")
    ]


def test_rows_go_on_after_a_quotation_mark_in_a_wrong_place(tmp_path):
    rows = read(tmp_path / "a.csv", 'id,what\n1,"so" he said\n2,good\n')

    assert isinstance(rows[0], Unreadable)
    assert rows[1] == {"id": "2", "what": "good"}


def test_a_cell_may_hold_line_ends_and_the_delimiter(tmp_path):
    assert read(tmp_path / "a.csv", 'id,what\r\n1,"one,\r\ntwo ""three"""\r\n') == [
        {"id": "1", "what": 'one,\r\ntwo "three"'}
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "PK\x03\x04"])
def test_what_is_no_table_is_refused_as_a_whole(tmp_path, text):
    with pytest.raises(Malformed, match=r"is empty|is no CSV"):
        read(tmp_path / "a.csv", text)


@pytest.mark.parametrize(
    "options",
    [{"encoding": "utf-88"}, {"encoding": "rot13"}, {"encoding": "cp037"}, {"delimiter": ";;"}],
)
def test_an_option_that_reads_no_table_is_refused_by_its_name(tmp_path, options):
    with pytest.raises(Malformed, match=f"cannot be read with {next(iter(options))}"):
        read(tmp_path / "a.csv", "id\n1\n", **options)


@pytest.mark.parametrize("written", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_characters_are_read_with_a_mark_and_without(tmp_path, written):
    rows = read(tmp_path / "a.csv", "id,what\n1,señal\n".encode(written), encoding=written)

    assert rows == [{"id": "1", "what": "señal"}]


def test_of_two_columns_with_one_name_none_is_chosen():
    wanted = TableMapping({"id": "No"})

    mapping.check_columns(wanted, ["No", "Note", "Note"])
    with pytest.raises(Malformed, match="two columns"):
        mapping.check_columns(wanted, ["No", "Note", "No "])


@pytest.mark.parametrize("decided", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_that_no_clock_can_show_in_utc_is_a_fault_of_its_row(decided):
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        table.records({"id": "1", "decided": decided})


def test_on_postgresql_the_same_is_taken_once_and_forgotten_as_a_whole(tmp_path, postgres):
    """The other database under a journal: the same SQL, and the same outcome."""
    world = World(new_node(tmp_path / "node", postgres.place()))
    with closing(world.journal):
        records = [ban(f"b{n}", decision=WHOLE) for n in range(50)] + [unban("u1", "b1")]
        waiting = ban("w", decision=WITHOUT_GROUND, words={"reason": "spam"})

        assert world.take(*records, waiting) == {"stated": 50, "lifted": 1, "draft": 1}
        assert world.take(*records, waiting) == {"known": 52}
        rule = Rule({"reason": "spam"}, GROUND)
        drafts.add_rule(world.journal, world.connection, rule, by=world.lead, now=world.now)
        assert drafts.go_on(world.journal, world.secret, world.connection, world.now) == 1
        assert items.counts(world.journal, world.connection.id) == {"stated": 51, "lifted": 1}
        connections.remove(world.node, world.journal, world.connection)
        assert connections.every(world.journal) == []
