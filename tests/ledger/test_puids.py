"""Each PUID is taken once and for ever: by any writer, after any restart, before and after filing."""

import hashlib
import os
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from amparo.storage.journal import Journal, Known, Row
from amparo.storage.puids import index


def row(puid):
    digest = hashlib.sha256(str(puid).encode()).digest()
    return Row(os.urandom(16), 1, 1, b"leaf", b"opening", puid_digest=digest)


def digest(puid):
    return row(puid).puid_digest


class UniqueIndex:
    """What the index stands for: a UNIQUE index of the database on the digests themselves."""

    def __init__(self, db):
        self._db = db
        db.execute("CREATE UNIQUE INDEX IF NOT EXISTS puid_once ON puid (digest)")

    def taken(self, digests, size=None):  # noqa: ARG002 - the database knows
        query = "SELECT seq FROM puid WHERE digest = ?"
        found = {one: self._db.execute(query, (one,)).get for one in digests}
        return {one: seq for one, seq in found.items() if seq is not None}

    def add(self, digests):
        """Nothing: the database has put them into its index as they were written."""

    def make_room(self):
        """Nothing: none is held."""


class PlainJournal(Journal):
    @cached_property
    def puids(self):
        return UniqueIndex(self.db)


class OnePuidIsTakenOnce(RuleBasedStateMachine):
    """Two writers and a reader on one journal, against a journal with a plain UNIQUE index."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.path = Path(self.folder.name) / "journal.db"
        self.writers = [Journal(self.path), Journal(self.path)]
        self.reader = Journal(self.path, read_only=True)
        self.plain = PlainJournal(Path(self.folder.name) / "plain.db")
        self.asked = []

    def teardown(self):
        for journal in [*self.writers, self.reader, self.plain]:
            journal.close()
        self.folder.cleanup()

    @rule(writer=st.integers(0, 1), names=st.lists(st.integers(0, 150), max_size=40))
    def append(self, writer, names):
        rows = [[row(name)] for name in names]

        assert self.writers[writer].append(rows) == self.plain.append(rows)

        self.asked += names

    @rule(writer=st.integers(0, 1))
    def restart(self, writer):
        self.writers[writer].close()
        self.writers[writer] = Journal(self.path)

    @rule(writer=st.integers(0, 1), name=st.integers(0, 150))
    def fail(self, writer, name):
        """A commit that does not happen takes nothing."""
        journal = self.writers[writer]
        with pytest.raises(ZeroDivisionError), journal.transaction():
            journal.puids.taken([digest(name)])
            journal.insert([row(1000 + name)])
            journal.puids.file_a_slice()
            raise ZeroDivisionError

    @rule(writer=st.integers(0, 1))
    def file_everything(self, writer):
        with self.writers[writer].transaction():
            self.writers[writer].puids.taken([])
            for _ in range(index.SLICES):
                self.writers[writer].puids.file_a_slice()

    @invariant()
    def everybody_knows_what_is_taken(self):
        for name in (*self.asked[:3], *self.asked[-3:], 149, 1003):
            seq = self.plain.seq_of_puid(digest(name))
            for journal in [*self.writers, self.reader]:
                assert journal.seq_of_puid(digest(name)) == seq


@pytest.fixture(autouse=True, scope="module")
def in_small():
    """So few at a time that every state between nothing and all is seen."""
    small = {
        "_LEARNED_AT_ONCE": 3,
        "_READ_AT_ONCE": 5,
        "_ASKED_AT_ONCE": 4,
        "RECENT": 7,
        "HELD": 20,
    }
    usual = {name: getattr(index, name) for name in small}
    vars(index).update(small)
    yield
    vars(index).update(usual)


TestOnePuidIsTakenOnce = OnePuidIsTakenOnce.TestCase
TestOnePuidIsTakenOnce.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_digests_with_the_same_first_bytes_are_told_apart(tmp_path):
    """A hit on what is filed is compared whole: another digest must not be taken for it."""
    journal = Journal(tmp_path / "journal.db")
    near = [row(0)._replace(puid_digest=b"same 8 b" + bytes([n]) * 24) for n in range(3)]
    journal.append([[near[0]], [near[1]]])
    with journal.transaction():
        for _ in range(index.SLICES):
            journal.puids.file_a_slice()

    outcomes = journal.append([[one] for one in near])

    assert outcomes == [Known({0: 0}), Known({0: 1}), 2]
    journal.close()


def test_what_is_held_in_memory_stays_small(tmp_path):
    journal = Journal(tmp_path / "journal.db")
    for commit in range(3 * index.SLICES):
        journal.append([[row(f"{commit}-{n}")] for n in range(50)])

        assert len(journal.puids) <= index.HELD + index.RECENT
    journal.close()


def test_of_two_writers_each_files_a_part_and_forgets_what_the_other_filed(tmp_path):
    """Otherwise two front ends would file everything twice, and hold it until each had."""
    writers = [Journal(tmp_path / "journal.db") for _ in range(2)]
    filed = [0, 0]
    for commit in range(200):
        before = filed_to(writers[0])
        writers[commit % 2].append([[row(f"{commit}-{n}")] for n in range(20)])
        filed[commit % 2] += sum(a != b for a, b in zip(before, filed_to(writers[0]), strict=True))

    assert min(filed) > 50
    for journal in writers:
        journal.append([])
        assert len(journal.puids) <= index.HELD + index.RECENT
        journal.close()


def test_whoever_was_idle_for_long_does_not_read_all_that_the_others_have_filed(
    tmp_path, monkeypatch
):
    """An idle front end's first commit would hold every writer up until it had."""
    busy, idle = (Journal(tmp_path / "journal.db") for _ in range(2))
    idle.append([[row("its only one")]])
    for commit in range(60):
        busy.append([[row(f"{commit}-{n}")] for n in range(20)])
    reads, execute = [], idle.db.execute

    def noting(query, values=()):
        if query.startswith("SELECT seq, digest FROM puid"):
            reads.append(values)
        return execute(query, values)

    monkeypatch.setattr(idle.db, "execute", noting)

    outcomes = idle.append([[row(f"{commit}-7")] for commit in range(60)] + [[row("new")]])

    assert outcomes == [*(Known({0: 1 + 20 * n + 7}) for n in range(60)), 1 + 20 * 60]
    assert len(reads) < 60 * 20 / index._READ_AT_ONCE / 4
    busy.close()
    idle.close()


def filed_to(journal):
    return [upto for (upto,) in journal.db.execute("SELECT upto FROM puid_slice ORDER BY slice")]


def test_once_all_is_learnt_a_new_puid_is_not_looked_up(tmp_path, monkeypatch):
    """That is what keeps the cost of a statement flat; known ones are found as ever."""
    journal = Journal(tmp_path / "journal.db")
    for commit in range(2 * index.SLICES):
        journal.append([[row(f"{commit}-{n}")] for n in range(20)])
    journal.close()
    again = Journal(tmp_path / "journal.db")
    monkeypatch.setattr(index, "_LEARNED_AT_ONCE", 10_000)
    again.append([[row("the first of this writer")]])
    looked_up = []
    look_up = again.puids._looked_up
    monkeypatch.setattr(
        again.puids, "_looked_up", lambda rest: looked_up.extend(rest) or look_up(rest)
    )

    outcomes = again.append([[row(f"new-{n}")] for n in range(1000)] + [[row("3-7")]])

    assert len(looked_up) < 20
    assert outcomes[-1] == Known({0: 3 * 20 + 7})
    again.close()
