"""A node outgrows its folder: everything is carried over, proved, and the old place takes nothing."""

from functools import partial
from uuid import UUID

import apsw
import pytest
from tests.conftest import new_node, run, statement
from tests.ledger.conftest import filed, reachable

from amparo.case import complaint
from amparo.case.roles import Actor
from amparo.errors import AmparoError, Refused, Unsound
from amparo.ledger.case import casework, evidence, people
from amparo.ledger.log import check, platforms, receipts
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher
from amparo.ledger.upkeep import move
from amparo.ledger.upkeep.erase import erase
from amparo.record.decision import settle
from amparo.storage.blobs import evidence_of
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.tlog import policy


@pytest.fixture
def database():
    return ""


@pytest.fixture
def lived(node, journal, keep):
    """A node with a past: a case with evidence, an erasure, a reviewer, entries not yet public."""
    prepared = keep(300)
    Publisher(node, journal).beat()
    case = UUID(prepared[7].case)
    filed(journal, case)
    reachable(journal, case)
    evidence.keep(journal, evidence_of(node), case, "a.txt", b"body", by="person")
    platform = platforms.every(journal)[0]
    people.add(journal, platform, "Rosa", "rosa@example.org")
    erase(node, [journal.event(3)], "request")
    Publisher(node, journal).beat()
    keep(5)
    return node, case


def everything(journal):
    rows = {}
    for table in journal.db.tables():
        columns = ", ".join(journal.db.columns(table))
        rows[table] = sorted(
            map(tuple, journal.db.execute(f"SELECT {columns} FROM {table}")), key=str
        )
    return rows


def test_a_node_moves_there_and_back_and_goes_on(
    lived, journal, postgres, object_store, monkeypatch
):
    node, case = lived
    before = everything(journal)
    receipt = receipts.receipt(node, journal.event(9), reader="party")
    journal.close()

    moved = move.move(node, database=postgres.place(), store=object_store.place())

    there = Journal(moved.journal)
    assert everything(there) == before
    assert check.check(moved).waiting == 5
    assert receipts.receipt(moved, there.event(9), reader="party") == receipt
    [exhibit] = evidence.of_case(there, case)
    assert evidence_of(moved).read(exhibit.place) == b"body"
    Publisher(moved, there).beat()
    other = people.add(there, platforms.every(there)[0], "Max", "max@example.org")
    assert other.id == 2  # numbers go on after those that were carried over
    casework.act(there, case, partial(complaint.withdraw, by=Actor("person"), now=casework.now()))
    there.close()

    home = run("move", "--journal", "", "--store", "", "--data", node.folder, check=False)
    assert home.returncode != 0  # its old file is there, and was retired
    assert "moved" in home.stderr
    (node.folder / "journal.db").rename(node.folder / "journal.before")
    run("move", "--journal", "", "--store", "", "--data", node.folder)

    back = open_node(node.folder)
    assert check.check(back).entries > 300
    receipts.verify(receipt, policy.of_log(back.signer().verifier.vkey))


def test_the_old_journal_takes_nothing_more_even_from_who_has_it_open(
    lived, journal, keep, postgres
):
    node, _ = lived
    open_before = Journal(node.journal)
    reader = Journal(node.journal, read_only=True)
    decision = settle(statement("late"), "API")
    [late] = prepare([decision], platform=platforms.every(journal)[0], secret=node.secret())
    size = open_before.size()

    moved = move.move(node, database=postgres.place())

    with pytest.raises(apsw.SQLError, match="no such table: event"):
        open_before.append([[late.row]])
    with pytest.raises(apsw.SQLError, match="no such table: event"):
        reader.size()
    with pytest.raises(Refused, match="moved"):
        Journal(node.journal)
    there = Journal(moved.journal)
    assert there.size() == size
    for one in (open_before, reader, there):
        one.close()


def test_a_node_that_never_served_is_moved_as_well(node, journal, postgres):
    journal.close()

    done = run("move", "--journal", postgres.place(), "--data", node.folder)
    checked = run("log", "check", "--data", node.folder, check=False)

    assert "The log has not begun yet" in done.stdout
    assert checked.returncode == 1
    assert "The log has not begun yet" in checked.stderr
    assert "backup" not in checked.stderr


def test_a_journal_that_forgot_what_its_key_signed_is_not_taken_for_a_new_one(lived, journal):
    node, _ = lived
    journal.db.execute("DELETE FROM checkpoint")

    with pytest.raises(Unsound, match="do not agree"):
        check.check(node)


def test_a_place_that_holds_a_journal_is_left_alone(lived, postgres, tmp_path):
    node, _ = lived
    place = postgres.place()
    other = new_node(tmp_path / "other", place)
    held = Journal(other.journal)
    Publisher(other, held).beat()
    held.close()

    with pytest.raises(Refused, match="already"):
        move.move(node, database=place)

    assert open_node(node.folder).settings.journal == ""
    check.check(node)


def test_a_changed_entry_is_not_carried_over_as_if_it_were_sound(lived, journal, postgres):
    node, _ = lived
    journal.db.execute("UPDATE event SET leaf = ? WHERE seq = 5", (journal.event(6).leaf,))

    with pytest.raises(Unsound, match="root that was signed"):
        move.move(node, database=postgres.place())

    assert open_node(node.folder).settings.journal == ""
    Journal(node.journal).close()  # nothing was retired


def test_a_node_that_runs_is_not_moved(lived, journal, postgres):
    from amparo.ledger.log.publish import publishing

    node, _ = lived
    with publishing(node, journal), pytest.raises(AmparoError, match="running"):
        move.move(node, database=postgres.place())
