"""The journal: gap-free, all or nothing, each PUID once for ever."""

import subprocess
import sys
from contextlib import closing, suppress
from uuid import UUID

import pytest
from tests.conftest import statement

from amparo.errors import Missing, Refused, Unavailable, Unsound
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare, puid_digest
from amparo.record.decision import settle
from amparo.record.rules import Profile
from amparo.record.uuid7 import uuid7, uuid_text
from amparo.storage.journal import Journal, Known


def rows(node, platform, *puids):
    decisions = [settle(statement(puid), "API") for puid in puids]
    return [one.row for one in prepare(decisions, platform=platform, secret=node.secret())]


@pytest.fixture
def foro(journal):
    return platforms.add(journal, "Foro", Profile())


def test_numbers_are_taken_without_a_gap(node, journal, foro):
    first = journal.append([rows(node, foro, "a", "b"), rows(node, foro, "c")])
    second = journal.append([rows(node, foro, "d")])

    assert (first, second) == ([0, 2], [3])
    assert [kept.seq for kept in journal.events()] == [0, 1, 2, 3]


def test_a_file_is_read_without_a_step_of_python_for_each_row(node, tmp_path):
    """Publishing reads every leaf twice: what is done a row is done most often of all."""
    journal = Journal(tmp_path / "journal.db")
    foro = platforms.add(journal, "Foro", Profile())
    made = rows(node, foro, *(f"own-{n}" for n in range(500)))
    journal.append([made])
    calls = []
    sys.setprofile(lambda frame, event, _: calls.append(frame.f_code) if event == "call" else None)
    try:
        read = journal.leaves(0, 500)
    finally:
        sys.setprofile(None)

    assert read == [one.leaf for one in made]
    assert len(calls) < 50
    journal.close()


def test_a_known_puid_refuses_its_submission_alone(node, journal, foro):
    journal.append([rows(node, foro, "a")])

    outcomes = journal.append(
        [rows(node, foro, "b"), rows(node, foro, "c", "a"), rows(node, foro, "d")]
    )

    assert outcomes == [1, Known({1: 0}), 2]
    assert journal.size() == 3


def test_the_same_puid_twice_in_one_commit_is_taken_once(node, journal, foro):
    outcomes = journal.append([rows(node, foro, "a"), rows(node, foro, "a")])

    assert outcomes == [0, Known({0: 0})]


def test_a_puid_belongs_to_its_platform(node, journal, foro):
    other = platforms.add(journal, "Otro", Profile())

    assert journal.append([rows(node, foro, "a"), rows(node, other, "a")]) == [0, 1]


def test_a_puid_is_found_again_only_with_the_nodes_secret(node, journal, foro):
    journal.append([rows(node, foro, "a")])

    assert journal.seq_of_puid(puid_digest(node.secret(), foro, "a")) == 0
    assert journal.seq_of_puid(puid_digest(b"x" * 32, foro, "a")) is None


def test_many_rows_and_few_take_the_same_road(node, journal, foro):
    names = [f"n{i}" for i in range(1203)]

    assert journal.append([rows(node, foro, *names)]) == [0]
    assert journal.size() == 1203
    assert journal.event(1202).leaf == journal.leaves(1202, 1203)[0]


def test_processes_that_append_at_once_share_one_sequence(node, journal, foro):
    code = (
        "import sys; from pathlib import Path; from amparo.storage.node import open_node;"
        "from amparo.ledger.log import platforms; from amparo.storage.journal import Journal;"
        "from tests.ledger.test_journal import rows;"
        "n=open_node(Path(sys.argv[1])); j=Journal(n.journal); p=platforms.find(j,'Foro');"
        "[j.append([rows(n,p,f'{sys.argv[2]}-{i}')]) for i in range(40)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(node.folder), name]) for name in "abc"
    ]

    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert [kept.seq for kept in journal.events()] == list(range(120))


def test_a_token_is_kept_only_as_a_hash_and_a_new_one_voids_the_old(node, journal, foro):
    old = platforms.new_token(journal, foro)
    new = platforms.new_token(journal, foro)

    assert platforms.caller(journal, old) is None
    assert platforms.caller(journal, new) == (foro, False)
    on_disk = b"".join(path.read_bytes() for path in node.folder.glob("journal.db*"))
    assert old.encode() not in on_disk
    assert new.encode() not in on_disk


def test_platforms_have_distinct_names_in_the_log(journal, foro):
    with pytest.raises(Refused, match="already"):
        platforms.add(journal, "FORO!", Profile())
    with pytest.raises(Missing, match="no platform"):
        platforms.find(journal, "nobody")
    assert platforms.slug_of("Plaza Única S.A.") == "plaza-unica-s-a"
    assert platforms.slug_of("平台").startswith("platform-")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_journal_of_a_newer_version_is_refused(node, journal, read_only):
    journal.db.execute("UPDATE setting SET value = '99' WHERE name = 'schema'")

    with pytest.raises(Unsound, match="newer version"):
        Journal(node.journal, read_only=read_only)


def test_case_numbers_are_uuids_of_version_7_in_order_of_time():
    first, second = (
        UUID(bytes=uuid7(1_700_000_000_000, b"\xff" * 10)),
        UUID(uuid_text(uuid7(1_700_000_000_001, bytes(10)))),
    )

    assert (first.version, first.variant, second.version) == (7, second.variant, 7)
    assert first.int >> 80 == 1_700_000_000_000
    assert first < second


def test_what_fails_inside_a_transaction_is_taken_back_alone(journal, foro):
    with journal.transaction():
        journal.set("kept", "yes")
        with pytest.raises(Refused), journal.transaction():
            journal.set("kept", "no")
            raise Refused("No.", why="", fix="")
        with journal.transaction():
            journal.set("beside", "yes")

    assert (journal.setting("kept"), journal.setting("beside")) == ("yes", "yes")


def lose_transaction(journal, place):
    """As a full disk does, or a database that goes away."""
    if hasattr(journal.db, "connection"):
        pages = journal.db.execute("PRAGMA page_count").get
        journal.db.execute(f"PRAGMA max_page_count = {pages}")
        journal.set("large", "x" * 1_000_000)
    else:
        with closing(Journal(place)) as other:
            session = journal.db.execute("SELECT pg_backend_pid()").get
            other.db.execute("SELECT pg_terminate_backend(?::integer)", (session,))
        journal.set("large", "x")


def test_whoever_goes_on_after_a_transaction_was_lost_keeps_nothing_of_it(journal, node):
    with pytest.raises(Unavailable), journal.transaction():
        journal.set("first", "yes")
        with suppress(Unavailable), journal.transaction():
            lose_transaction(journal, node.journal)
        with suppress(Unavailable), journal.transaction():
            journal.set("beside", "yes")
        with suppress(Unavailable):
            journal.set("alone", "yes")

    with closing(Journal(node.journal)) as other:
        assert [other.setting(name) for name in ("first", "beside", "alone")] == [None] * 3
    if hasattr(journal.db, "connection"):
        journal.db.execute("PRAGMA max_page_count = 1000000")
    with journal.transaction():
        journal.set("afterwards", "yes")
    assert journal.setting("afterwards") == "yes"


def test_what_is_done_inside_goes_when_the_whole_fails(journal, foro):
    with pytest.raises(Refused), journal.transaction():
        with journal.transaction():
            journal.set("kept", "yes")
        raise Refused("No.", why="", fix="")

    assert journal.setting("kept") is None
    with journal.transaction():
        journal.set("kept", "later")
    assert journal.setting("kept") == "later"
