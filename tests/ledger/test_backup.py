"""Backups that restore: taken under load, verified before they have a name, and nothing left over."""

import shutil
import signal
import subprocess
import threading
import time
from contextlib import closing, contextmanager
from uuid import UUID

import httpx2
import pytest
from tests.conftest import AMPARO, Served, bytes_below, new_node, run, statement

from amparo.errors import Refused, Unavailable, Unsound
from amparo.ledger.case import evidence
from amparo.ledger.log import check, platforms, receipts
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep import copies
from amparo.ledger.upkeep.erase import erase
from amparo.ledger.upkeep.restore import restore
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage.blobs import evidence_of
from amparo.storage.durable import close_to_others
from amparo.storage.journal import Journal
from amparo.storage.node import OWN, open_node
from amparo.storage.settings import with_setting
from amparo.storage.sqlite_pages import check_pages
from amparo.tlog import policy

LONG = "what a person wrote, and what was answered. " * 160
PAGE_BYTES = 16_384
MARKER = b"MARKER-WORDS"


@pytest.fixture(params=["file", "postgresql"])
def database(request):
    if request.param == "file":
        return ""
    return request.getfixturevalue("postgres").place()


@pytest.fixture
def large(tmp_path, database):
    """A node whose journal has more than 64 MB; the entry in the middle is about somebody."""
    node = new_node(tmp_path / "node", database)
    with closing(Journal(node.journal)) as journal:
        foro = platforms.add(journal, "Foro", Profile())
        for part in range(12):
            decisions = [
                settle(
                    trim(
                        statement(
                            f"large-{part}-{n}",
                            incompatible_content_explanation=LONG,
                            decision_facts=f"{MARKER.decode()} {part} {n}" if n == 7 else "None.",
                        )
                    ),
                    "API",
                )
                for n in range(400)
            ]
            made = prepare(decisions, platform=foro, secret=node.secret())
            journal.append([[one.row for one in made]])
    return node


def marked(node):
    """The entries that hold the marker."""
    with closing(Journal(node.journal, read_only=True)) as journal:
        return [kept for kept in journal.events() if kept.opening and MARKER in kept.opening]


def modes_below(folder):
    return {(path.is_dir(), path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}


@contextmanager
def load(served, headers):
    """Decisions from two sides while it lasts; what was acknowledged: (index, case)."""
    acknowledged, ended = [], threading.Event()

    def submit(side):
        with httpx2.Client(base_url=served.url, timeout=120) as client:
            number = 0
            while not ended.is_set():
                number += 1
                batch = [statement(f"{side}-{number}-{n}") for n in range(5)]
                answer = client.post(
                    "/api/v1/statements", json={"statements": batch}, headers=headers
                )
                assert answer.status_code == 201, answer.text
                acknowledged.extend(
                    (one["index"], one["uuid"]) for one in answer.json()["statements"]
                )

    sides = [threading.Thread(target=submit, args=(side,)) for side in "ab"]
    for side in sides:
        side.start()
    try:
        yield acknowledged
    finally:
        ended.set()
        for side in sides:
            side.join()


def until(happens, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := happens()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_a_backup_of_a_large_node_under_load_is_whole_and_becomes_a_node(large, tmp_path, database):
    served = Served(large.folder)
    headers = served.add_platform("Plaza")
    given = served.http.post(
        "/api/v1/statement?wait=receipt", json=statement("given"), headers=headers
    ).json()
    receipt = served.http.get(f"/statement/{given['uuid']}/receipt").content
    with load(served, headers) as acknowledged:
        until(lambda: len(acknowledged) > 50)
        before = list(acknowledged)
        if not database:
            assert (large.folder / "journal.db-wal").stat().st_size > 100_000
        made = [run("backup", tmp_path / "backups", "--data", large.folder)]
        during = len(acknowledged)
        made.append(run("backup", tmp_path / "backups" / "again", "--data", large.folder))
    served.stop()

    assert during > len(before), "the node must have gone on while it was backed up"
    for copy in [backups.Path(one.stdout.strip()) for one in made]:
        assert (copy / "journal.db").stat().st_size > 64_000_000
        check_pages(copy / "journal.db", lambda *_: None)
        assert modes_below(copy) == {(True, 0o700), (False, 0o600)}
        new = tmp_path / f"from-{copy.parent.name}"
        run("restore", copy, "--nothing-later", "--data", new)
        with closing(Journal(new / "journal.db", read_only=True)) as journal:
            for index, case in before:
                assert str(journal.event(index).case) == case
            trusted = policy.of_log(open_node(new).signer().verifier.vkey)
            receipts.verify(receipt, trusted, entry=journal.event(given["index"]).leaf)
        assert "The log holds" in run("log", "check", "--data", new).stdout
    for start in range(2):
        node = Served(new)
        told = node.http.post(
            "/api/v1/statement?wait=receipt", json=statement(f"after-{start}"), headers=headers
        )
        assert told.status_code == 201
        node.stop()
    assert check.check(open_node(new)).waiting == 0


def test_what_is_erased_is_in_no_byte_of_a_large_backup(large, tmp_path):
    """Its pages, its write-ahead log, and a node restored from it afterwards."""
    with closing(Journal(large.journal)) as journal:
        Publisher(large, journal).beat()
    copy = backups.backup(large, tmp_path / "backups")
    assert MARKER in bytes_below(copy)

    erase(large, marked(large), "request")

    assert MARKER not in bytes_below(copy)
    assert MARKER not in bytes_below(large.folder)
    check_pages(copy / "journal.db", lambda *_: None)
    new = restore(copy, tmp_path / "new", latest=None)
    assert MARKER not in bytes_below(new.folder)
    assert check.check(new).erased == 12


def test_what_is_erased_while_a_backup_is_made_is_not_in_it(large, tmp_path):
    """In the time between its snapshot and its name, whoever erases cannot reach it."""
    mine = marked(large)[0]
    erased = []

    @contextmanager
    def stages(doing, *, unit):
        yield lambda *_: None
        if doing == "Reading back" and not erased:
            copies.WAIT_SECONDS, before = 0.1, copies.WAIT_SECONDS
            with pytest.raises(Unavailable, match="a backup is being made just now") as told:
                erase(large, [mine], "request")
            copies.WAIT_SECONDS = before
            erased.append(told.value)

    copy = backups.backup(large, tmp_path / "backups", stages)

    words = f"{MARKER.decode()} 0 7".encode()
    assert erased
    assert words not in bytes_below(copy)
    assert f"{MARKER.decode()} 1 7".encode() in bytes_below(copy)
    check_pages(copy / "journal.db", lambda *_: None)
    done = erase(large, [mine], "request")
    assert (done.entries, done.already, done.backups) == (0, 1, 1)
    assert words not in bytes_below(tmp_path)


def test_a_second_backup_at_the_same_time_is_told_to_wait_and_harms_neither(large, tmp_path):
    refused = []

    @contextmanager
    def stages(doing, *, unit):
        yield lambda *_: None
        if not refused:
            with pytest.raises(Unavailable, match="Another process is running this node's backup"):
                backups.backup(large, tmp_path / "others")
            refused.append(doing)

    copy = backups.backup(large, tmp_path / "backups", stages)

    assert refused
    assert not list((tmp_path / "others").glob(".*") if (tmp_path / "others").exists() else [])
    assert restore(copy, tmp_path / "new", latest=None).origin == large.origin


def small(tmp_path, place=""):
    """A published node with a file attached in a case, about somebody."""
    node = new_node(tmp_path / "node", place)
    with closing(Journal(node.journal)) as journal:
        foro = platforms.add(journal, "Foro", Profile())
        decisions = [
            settle(trim(statement(f"s-{n}", decision_facts=f"{MARKER.decode()} {n}")), "API")
            for n in range(30)
        ]
        made = prepare(decisions, platform=foro, secret=node.secret())
        journal.append([[one.row for one in made]])
        case = UUID(made[3].case)
        evidence.keep(journal, evidence_of(node), case, "a.txt", b"MARKER-FILE", by="person")
        Publisher(node, journal).beat()
    return node


def left_by_kill(node, into):
    """A backup killed while it is made; what it has left."""
    killed = subprocess.Popen(
        [
            "strace",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "inject=fsync:signal=KILL:when=6",
            *AMPARO,
            "backup",
            str(into),
            "--data",
            str(node.folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    killed.communicate(timeout=60)
    assert killed.returncode != 0
    [left] = into.glob(".amparo-*.new")
    assert MARKER in bytes_below(left)
    return left


@pytest.mark.parametrize("how", ["an erasure", "the next backup"])
def test_what_a_killed_backup_left_is_found(tmp_path, database, how):
    node = small(tmp_path, database)
    left = left_by_kill(node, tmp_path / "backups")
    assert modes_below(left) >= {(True, 0o700)}

    if how == "an erasure":
        done = erase(node, marked(node), "request")
        assert done.backups == 0
    else:
        made = backups.backup(node, tmp_path / "backups")
        assert list((tmp_path / "backups").iterdir()) == [made]

    assert not left.exists()
    with closing(Journal(node.journal)) as journal:
        assert left not in copies.noted(journal)


def test_a_leftover_of_an_earlier_version_is_found_by_the_name_it_would_have_had(tmp_path):
    """It was noted under its final name alone."""
    node = small(tmp_path)
    final = tmp_path / "backups" / "amparo-20260101T000000Z"
    copies.unfinished_name(final).mkdir(parents=True)
    (copies.unfinished_name(final) / "journal.db").write_bytes(MARKER)
    with closing(Journal(node.journal)) as journal, journal.transaction():
        copies.note(journal, final)

    done = erase(node, marked(node), "request")

    assert done.backups == 0
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_leftover_can_be_forgotten_by_name(tmp_path):
    node = small(tmp_path)
    left = left_by_kill(node, tmp_path / "backups")
    shutil.move(left, tmp_path / "elsewhere")

    run("backup", left, "--forget", "--data", node.folder)

    with closing(Journal(node.journal)) as journal:
        assert copies.noted(journal) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_command_that_is_ended_leaves_nothing(large, tmp_path, number, command, database):
    if database and command == "restore":
        pytest.skip("a restored node is in a folder")
    with closing(Journal(large.journal)) as journal:
        Publisher(large, journal).beat()
    if command == "backup":
        place, words = tmp_path / "backups", ["backup", tmp_path / "backups"]
        words += ["--data", large.folder]
    else:
        copy = backups.backup(large, tmp_path / "backups")
        place, words = tmp_path / "place", ["restore", copy, "--nothing-later"]
        words += ["--data", tmp_path / "place" / "new"]
    running = subprocess.Popen(
        [*AMPARO, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until(lambda: list(place.glob(".*.new/journal.db")))
    running.send_signal(number)
    _, errors = running.communicate(timeout=60)

    assert running.returncode != 0
    assert "Traceback" not in errors
    assert list(place.iterdir()) == []
    with closing(Journal(large.journal)) as journal:
        assert not [path for path in copies.noted(journal) if copies.is_unfinished(path)]


def flip(path, at):
    body = bytearray(path.read_bytes())
    body[at] ^= 1
    path.write_bytes(body)


def cut(path, most):
    with path.open("rb+") as file:
        file.truncate(most)


DAMAGE = {
    "a bit in a page": (lambda copy: flip(copy / "journal.db", 5 * PAGE_BYTES + 999), "page 6 "),
    "a bit in the first page": (lambda copy: flip(copy / "journal.db", 200), "page 1 "),
    "a bit in the magic": (lambda copy: flip(copy / "journal.db", 3), "does not begin as"),
    "the end cut off": (lambda copy: cut(copy / "journal.db", 7 * PAGE_BYTES), "bytes instead of"),
    "a page cut in two": (lambda copy: cut(copy / "journal.db", 70_000), "bytes instead of"),
    "no journal": (lambda copy: (copy / "journal.db").unlink(), "journal.db"),
    "a bit in a key": (lambda copy: flip(copy / "keys" / "node.secret", 3), "keys/node.secret"),
    "a key gone": (lambda copy: (copy / "keys" / "log.key").unlink(), "keys/log.key"),
    "a bit in the settings": (lambda copy: flip(copy / "amparo.toml", 3), "amparo.toml"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_by_page_or_file_and_leaves_nothing(tmp_path, damage):
    node = small(tmp_path)
    copy = backups.backup(node, tmp_path / "backups")
    harm, named = DAMAGE[damage]
    harm(copy)

    done = run("restore", copy, "--nothing-later", "--data", tmp_path / "new", check=False)

    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*new*"))
    assert not list(tmp_path.glob(".*new*"))


def test_a_copy_of_a_restored_node_with_other_settings_is_told_what_was_changed(tmp_path):
    """It names the file in the copy, and not in a folder that is gone when somebody looks."""
    copy = backups.backup(small(tmp_path), tmp_path / "backups")
    node = restore(copy, tmp_path / "restored", latest=None)
    settings = node.folder / "amparo.toml"
    settings.write_text(with_setting(settings.read_text(), "retention_days", 30))
    shutil.copytree(node.folder, tmp_path / "copied")

    with pytest.raises(Unsound, match="or was changed") as refused:
        restore(tmp_path / "copied", tmp_path / "again", latest=None)

    assert refused.value.why == "amparo.toml is not what SHA256SUMS says"
    assert "settings are changed in the node" in refused.value.fix
    assert not (tmp_path / "again").exists()


def test_a_lost_attachment_is_told_at_backup_and_at_restore(tmp_path):
    """It cannot be brought back by refusing; it must not go unnoticed."""
    node = small(tmp_path)
    [attached] = (node.folder / "evidence").rglob("??????*")
    body = attached.read_bytes()
    whole = run("backup", tmp_path / "backups", "--data", node.folder)
    attached.unlink()
    less = run("backup", tmp_path / "backups" / "later", "--data", node.folder)
    attached.write_bytes(body)

    assert "has lost" not in whole.stderr
    assert f"has lost 1 attached file(s): {less.stdout.strip()}/evidence/" in less.stderr
    told = run("restore", less.stdout.strip(), "--nothing-later", "--data", tmp_path / "new")
    assert "has lost 1 attached file(s)" in told.stderr


def test_a_node_that_was_backed_up_or_restored_is_still_its_owners_alone(tmp_path):
    """What a backup leaves beside the journal is not taken for a file of somebody else."""
    node = small(tmp_path)
    copy = backups.backup(node, tmp_path / "backups")
    new = restore(copy, tmp_path / "new", latest=None)

    for folder in (node.folder, new.folder):
        folder.chmod(0o755)
        close_to_others(folder, OWN)
        assert folder.stat().st_mode & 0o077 == 0


def test_restoring_twice_or_over_a_node_is_refused(tmp_path):
    node = small(tmp_path)
    copy = backups.backup(node, tmp_path / "backups")
    restore(copy, tmp_path / "new", latest=None)
    before = bytes_below(tmp_path / "new")

    with pytest.raises(Refused, match="not empty"):
        restore(copy, tmp_path / "new", latest=None)

    assert bytes_below(tmp_path / "new") == before
    assert restore(copy, tmp_path / "second", latest=None).origin == node.origin


def test_what_a_killed_restore_left_goes_with_the_next_one(tmp_path):
    node = small(tmp_path)
    copy = backups.backup(node, tmp_path / "backups")
    left = copies.unfinished_name(tmp_path / "new")
    (left / "evidence").mkdir(parents=True)
    (left / "journal.db").write_bytes(MARKER)
    (left / "evidence" / "other").write_bytes(MARKER)

    new = restore(copy, tmp_path / "new", latest=None)

    assert not left.exists()
    assert not (new.folder / "evidence" / "other").exists()
    assert modes_below(new.folder) == {(True, 0o700), (False, 0o600)}


def test_an_erasure_removes_what_a_killed_restore_left_beside_the_node(tmp_path):
    node = small(tmp_path)
    left = copies.unfinished_name(node.folder)
    left.mkdir()
    (left / "journal.db").write_bytes(MARKER)

    erase(node, marked(node), "request")

    assert not left.exists()


def test_a_node_whose_entries_do_not_give_its_root_gets_no_backup(tmp_path, database):
    """A copy of what is damaged already would be taken for a good one."""
    node = small(tmp_path, database)
    with closing(Journal(node.journal)) as journal, journal.transaction():
        [leaf] = journal.db.execute("SELECT leaf FROM event WHERE seq = 7").fetchone()
        changed = bytes(leaf).replace(b"foro", b"faro")
        journal.db.execute("UPDATE event SET leaf = ? WHERE seq = 7", (changed,))

    with pytest.raises(Unsound, match="does not give the root"):
        backups.backup(node, tmp_path / "backups")

    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("part", ["", "reports", "keys", "charters/below"])
def test_a_backup_is_not_made_inside_a_part_of_the_node(tmp_path, part):
    """It would copy itself into itself."""
    node = small(tmp_path)
    if not part:
        assert backups.backup(node, node.folder / "backups").is_dir()
        return

    with pytest.raises(Refused, match="cannot be made in there"):
        backups.backup(node, node.folder / part)


def test_a_journal_of_an_earlier_version_without_checksums_is_backed_up_too(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("amparo.storage.sqlite.load_checksums", lambda: False)
        node = small(tmp_path)
    with node.journal.open("rb") as file:
        assert file.read(100)[20] == 0

    copy = backups.backup(node, tmp_path / "backups")

    assert check.check(restore(copy, tmp_path / "new", latest=None)).entries == 30
    flip(copy / "journal.db", 2 * PAGE_BYTES)
    with pytest.raises(Unsound, match=r"journal\.db"):
        restore(copy, tmp_path / "again", latest=None)
