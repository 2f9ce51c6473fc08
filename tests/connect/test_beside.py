"""A long file is read beside the process that writes, and goes on the record all the same."""

import itertools
import os
import shutil
import signal
import time
from contextlib import closing
from hashlib import sha256

import msgspec
import pytest
from tests.connect.conftest import GROUND, NOW, WHOLE, WITHOUT_GROUND, ban, unban

from amparo.cli.connect import reading
from amparo.connectors.record import Handled, Person, Record
from amparo.connectors.rule import Rule
from amparo.errors import Malformed, Unavailable
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts, ingest
from amparo.ledger.connect.beside import Beside
from amparo.ledger.connect.foresight import Foresight
from amparo.ledger.connect.ingest import Batch, Unreadable
from amparo.ledger.connect.items import Item
from amparo.ledger.upkeep import erase
from amparo.record import sealing
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

BY_A_RULE = ban("b4", decision=WITHOUT_GROUND, words={"reason": "spam"}, decided_by=("7",))
RULE = Rule(when={"reason": "spam"}, then=GROUND)
KNOWN = (
    ban("known", decided_by=("3",)),
    ban("older", version="1", decision=WHOLE | {"decision_facts": "No post."}),
    ban("corrected", version="3", decision=WHOLE | {"decision_facts": "One post."}),
    ban("erased", version="2", decision=WHOLE | {"decision_facts": "Two posts."}),
)
BY_A_REMOVED_CONNECTION = (
    ban("r1", decided_by=("3",)),
    ban("r2", decision=WITHOUT_GROUND, decided_by=("3",)),
    ban("r3", decision=WHOLE | {"decision_facts": "Three posts."}),
)
AGAIN = ban("b2", version="2", decided_by=("3",), decision=WHOLE | {"decision_facts": "Again."})
WITH_A_PERSON = (
    ban("told", person=Person(informed=True), decided_by=("3",)),
    ban("mailed", person=Person(email="rosa@mail.example"), decided_by=("3",)),
)
UNUSUAL = (*KNOWN, *BY_A_REMOVED_CONNECTION, AGAIN, *WITH_A_PERSON)
RECORDS = (
    *KNOWN,
    *BY_A_REMOVED_CONNECTION,
    ban("b1", decided_by=("3", "5")),
    ban("b2", version="1", decided_by=("3",)),
    AGAIN,
    ban("b3"),
    BY_A_RULE,
    ban("draft", decision=WITHOUT_GROUND, words={"reason": "other"}),
    unban("u1", "b1"),
    unban("u2", "never came"),
    Record(kind="warning", native_id="w1", at="2026-11-03T09:00:00Z"),
    Record(
        kind="appeal_filed",
        native_id="a1",
        about="b3",
        handled=Handled("complaint", submitted="2026-11-04T09:00:00Z"),
    ),
    Unreadable("line 7", "it is cut"),
    ban("half", decision=WHOLE | {"decision_facts": "half a sign \ud800"}),
    *WITH_A_PERSON,
)


@pytest.fixture
def prepared(world):
    """Some of the records are known, in an earlier or a later version, or erased.

    Others are on the record, and not known any more: the connection was removed meanwhile.
    """
    with world.journal.transaction():
        connections.add_rule(world.journal, world.connection, RULE, by=0, now=0)
    world.take(ban("r1"), ban("r2"), ban("r3"))
    with world.journal.transaction():
        world.journal.db.execute("DELETE FROM connector_item")
    world.take(
        KNOWN[0],
        ban("older", version="2"),
        ban("corrected", version="1", decided_by=("4",)),
        ban("erased", version="1"),
    )
    newest, _ = world.statements()[-1]
    erase.erase(world.node, world.journal.of_case(newest)[:1], "order")
    return world


def rows_of(journal):
    tables = ("event", "puid", "connector_item", "connector_refusal", "total", "outbox")
    return {table: journal.db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


def counted_chance():
    """The same bytes for whoever asks in the same order."""
    count = itertools.count()

    def chance(size):
        made = b""
        while len(made) < size:
            made += sha256(b"%d" % next(count)).digest()
        return made[:size]

    return chance


def taken_by(world, folder, patch, records_of):
    """What is on the record of a copy of the world after its records were taken so."""
    shutil.copytree(world.node.folder, folder)
    node = open_node(folder)
    patch.setattr(time, "time", NOW.timestamp)
    patch.setattr(time, "time_ns", lambda: int(NOW.timestamp()) * 10**9)
    patch.setattr(os, "urandom", counted_chance())
    with closing(Journal(node.journal)) as journal:
        connection = connections.find(journal, "forum")
        given = records_of(Foresight(journal, node.secret(), connection))
        done = ingest.take(journal, node.secret(), connection, given, now=NOW)
        return done, rows_of(journal)


def by_both_ways(world, folder, records):
    """What records came to, and the rows: of one process, then of what was foreseen."""
    world.journal.db.empty_traces()
    for name, records_of in (
        ("at once", lambda _: records),
        ("foreseen", lambda foresight: foresight.of(records, ready=True)),
    ):
        with pytest.MonkeyPatch.context() as patch:
            yield taken_by(world, folder / name, patch, records_of)


def test_what_was_foreseen_is_kept_byte_for_byte_as_what_is_made_then(prepared, tmp_path):
    """But for those of which something was made in vain: chance is drawn in another order then."""
    new = [record for record in RECORDS if record not in UNUSUAL]
    at_once, foreseen = by_both_ways(prepared, tmp_path, new)

    assert foreseen == at_once


def without_chance(rows):
    """The rows of `rows_of` without salts, hashes, and the numbers of cases."""
    for _, _, n, platform, raw, opening, _ in rows["event"]:
        leaf = msgspec.json.decode(raw)
        sealed = {} if opening is None else sealing.unpack(opening).fields()
        yield (
            n,
            platform,
            leaf.get("public"),
            leaf["at"],
            {**sealed, "case": None, "statement": None},
        )
    for item in rows["connector_item"]:
        yield Item(*item)._replace(case_id=None)


def test_what_is_known_already_comes_to_the_same_whatever_was_foreseen(prepared, tmp_path):
    (done, rows), (done_then, rows_then) = by_both_ways(prepared, tmp_path, RECORDS)

    assert done_then == done
    assert {"stated", "corrected", "known", "older", "draft", "lifted", "parked"} < set(done)
    assert list(without_chance(rows_then)) == list(without_chance(rows))


def test_a_statement_that_was_foreseen_under_other_rules_is_made_anew(world):
    foreseen = Foresight(world.journal, world.secret, world.connection).of(
        [ban(decision=WHOLE, words={"reason": "spam"})], ready=True
    )
    rule = Rule(
        when={"reason": "spam"}, then={"decision_ground_reference_url": "https://a.example"}
    )
    with world.journal.transaction():
        connections.add_rule(world.journal, world.connection, rule, by=0, now=0)
    world.take(*foreseen)

    [item] = world.journal.db.execute("SELECT rules FROM connector_item").fetchall()
    assert item == (connections.rules_version(world.journal, world.connection.id),)
    assert not list(drafts.groups(world.journal, world.connection.id))


def test_a_rule_of_which_a_foresight_learns_only_half_makes_nothing_ready(world):
    """Somebody at the desk adds it while a long file begins."""
    connection, asked = world.connection, []

    def add_before_the_last(_cursor, query, _values):
        asked.append(query)
        if len(asked) == 3:
            with world.journal.transaction():
                connections.add_rule(world.journal, connection, RULE, by=0, now=0)
        return True

    with closing(Journal(world.node.journal)) as journal:
        journal.db.connection.set_exec_trace(add_before_the_last)
        foresight = Foresight(journal, world.secret, connection)
        journal.db.connection.set_exec_trace(None)
    foreseen = foresight.of([ban(decision=WITHOUT_GROUND, words={"reason": "spam"})], ready=True)

    assert len(asked) == 3
    assert world.take(*foreseen) == {"stated": 1}


def test_whoever_has_said_a_part_of_a_draft_has_a_part_in_it_though_the_source_says_it_later(world):
    world.take(ban("b1", decision=WITHOUT_GROUND, decided_by=("mod-7",)))
    [group] = drafts.groups(world.journal, world.connection.id)
    [draft] = drafts.of_group(world.journal, world.connection, group.alike)
    part = {"category": GROUND["category"]}
    drafts.complete(
        *(world.journal, world.secret, world.connection, draft, part), by=world.seat, now=world.now
    )

    foresight = Foresight(world.journal, world.secret, world.connection)
    later = ban("b1", version="2", decided_by=("mod-7",))
    world.take(*foresight.of([later], ready=True))

    [(case, _)] = world.statements()
    assert casework.read(world.journal, case).case.deciders == {"mod-7", "Sam"}


def batches(*more):
    yield Batch([ban("b1"), Unreadable("line 3", "it is cut")], "")
    for made in more:
        yield made()


@pytest.fixture
def foresight(world):
    return Foresight(world.journal, world.secret, world.connection)


def test_another_process_reads_what_is_taken_in_here(world, foresight):
    with closing(Beside(batches(lambda: Batch([ban("b2"), ban("b1")], "")), foresight)) as beside:
        came_to = [world.take(*records) for records in beside]

    assert came_to == [{"stated": 1, "refused": 1}, {"stated": 1, "known": 1}]


def test_statements_are_foreseen_only_while_what_comes_is_new(foresight):
    more = [lambda n=n: Batch([ban(f"c{n}")], "") for n in range(8)]
    with closing(Beside(batches(*more), foresight)) as beside:
        ready = []
        for records in beside:
            ready.append(records[0].ready is not None)
            beside.are_new = False

    assert ready == [True, True] + 7 * [False]


def raise_malformed():
    raise Malformed("That is no export.", why="it has no header", fix="Export it again.")


def test_what_is_wrong_with_the_file_is_said_as_by_one_process(foresight):
    with closing(Beside(batches(raise_malformed), foresight)) as beside:
        found = iter(beside)
        assert len(next(found)) == 2
        with pytest.raises(Malformed, match="no header"):
            next(found)


def test_a_file_that_was_not_read_to_its_end_is_never_taken_for_a_shorter_one(foresight):
    def kill():
        os.kill(os.getpid(), signal.SIGKILL)

    with closing(Beside(batches(kill), foresight)) as beside:
        found = iter(beside)
        next(found)
        with pytest.raises(Unavailable, match="was ended"):
            next(found)


def test_a_commit_holds_fewer_rows_where_they_are_long():
    long = ban(decision={"decision_facts": "x" * (reading.LETTERS_A_COMMIT // 4)})
    records = [long] * 5 + [ban()] * (reading.ROWS_A_COMMIT + 1)

    sizes = [len(batch.records) for batch in reading.batches(one for one in records)]
    assert sizes == [4, reading.ROWS_A_COMMIT, 2]


def test_the_other_process_ends_when_nobody_takes_its_batches(foresight):
    def endless():
        while True:
            yield from batches()

    beside = Beside(endless(), foresight)
    next(iter(beside))
    beside.close()

    assert not beside.is_alive()


def test_whoever_reads_no_further_takes_off_the_terminal_what_was_drawn_on_it(foresight, tmp_path):
    """A bar hides the cursor; the process that has drawn it does not end like every other."""
    shown = tmp_path / "shown"

    def endless():
        shown.touch()
        try:
            while True:
                yield ban()
        finally:
            shown.unlink()

    found = endless()  # as a command has it, which begins the other process
    beside = Beside((batch for batch in reading.batches(found)), foresight)
    next(iter(beside))
    assert shown.exists()
    beside.close()

    assert not shown.exists()
