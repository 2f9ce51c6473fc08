"""Whoever owns a node is careless with its backups, or somebody wants a word to stay in one.

All through the command line, on a node that serves meanwhile.
"""

import random
import signal
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import AMPARO, Served, bytes_below, new_node, run, statement
from tests.hostile.conftest import Meter, size
from tests.hostile.tally import tally

from amparo.ledger.log import platforms
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep import copies
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage.durable import NoSpace
from amparo.storage.journal import Journal

WORDS = "WORDS-ABOUT-SOMEBODY"
LONG = "what a person wrote, and what was answered. " * 160
MOST_MB = 300


def filled(folder, megabytes):
    """A node whose journal has so many megabytes; of each part, the first is about somebody."""
    node = new_node(folder)
    with closing(Journal(node.journal)) as journal:
        foro = platforms.add(journal, "Foro", Profile())
        about = []
        for part in range(megabytes // 8):
            decisions = [
                settle(
                    trim(
                        statement(
                            f"{part}-{n}",
                            incompatible_content_explanation=LONG,
                            decision_facts=f"{WORDS} {part:04d}" if n == 0 else "None.",
                        )
                    ),
                    "API",
                )
                for n in range(550)
            ]
            made = prepare(decisions, platform=foro, secret=node.secret())
            journal.append([[one.row for one in made]])
            about.append(made[0].case)
        Publisher(node, journal).beat()
    return node, about


def begin(*words):
    return subprocess.Popen(
        [*AMPARO, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_large_node_is_backed_up_and_restored_in_little_memory(tmp_path):
    """However large the journal is, only some of its pages and entries are in memory."""
    megabytes = size(96, 1024)
    node, _ = filled(tmp_path / "node", megabytes)
    worst = []
    copy = None
    for words in (
        ["backup", tmp_path / "backups", "--data", node.folder],
        ["restore", None, "--nothing-later", "--data", tmp_path / "new"],
    ):
        running = begin(*[copy if word is None else word for word in words])
        with Meter(running.pid) as cost:
            said, errors = running.communicate(timeout=600)
        assert running.returncode == 0, errors
        copy = copy or Path(said.strip())
        assert cost.most_mb < MOST_MB
        worst.append(f"{words[0]} {cost.most_mb:.0f} MB")
    assert (copy / "journal.db").stat().st_size > megabytes * 1e6
    tally("a large node backed up and restored", f"{megabytes} MB", ", ".join(worst))


def test_who_erases_and_backs_up_at_once_finds_no_erased_word_in_any_backup(tmp_path):
    """Whichever comes first, and without being asked to run the erasure again."""
    chance = random.Random(14)
    node, about = filled(tmp_path / "node", 64)
    served = Served(node.folder)
    rounds, told_again = min(len(about), size(4, 8)), 0
    for number in range(rounds):
        both = [
            begin("backup", tmp_path / "backups" / str(number), "--data", node.folder),
            begin("erase", about[number], "--yes", "--data", node.folder),
        ]
        both[number % 2].send_signal(signal.SIGSTOP)
        time.sleep(chance.random())
        both[number % 2].send_signal(signal.SIGCONT)
        (said, errors), (_, told) = [one.communicate(timeout=120) for one in both]
        assert both[0].returncode == 0, errors
        assert Path(said.strip()).is_dir()
        assert "Traceback" not in told
        if both[1].returncode:
            assert "Erased" in told
            assert "again" in told
            told_again += 1
        assert f"{WORDS} {number:04d}".encode() not in bytes_below(tmp_path / "backups")
    done = run("erase", *about[:rounds], "--yes", "--data", node.folder)
    served.stop()

    assert f"also in {rounds} backup(s)" in done.stdout
    for copy in (tmp_path / "backups").glob("*/amparo-*"):
        backups.verify(copy)
    tally("erasures in the middle of backups", rounds, f"{told_again} asked to run it again")


def test_who_kills_backups_and_erases_finds_nothing_left(tmp_path):
    chance = random.Random(15)
    node, about = filled(tmp_path / "node", 64)
    into = tmp_path / "backups"
    rounds, left = size(4, 24), 0
    for _ in range(rounds):
        killed = begin("backup", into, "--data", node.folder)
        deadline = time.monotonic() + 60
        while not list(into.glob(".amparo-*.new/journal.db")):
            assert killed.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(chance.random() * 0.4)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        left += len(list(into.glob(".amparo-*.new")))
        time.sleep(1)  # a backup's name is the second it was begun in
    assert left
    assert len(list(into.glob(".amparo-*.new"))) <= 1, "each backup clears up after the one before"

    run("erase", about[3], "--yes", "--data", node.folder)

    assert not list(into.glob(".amparo-*"))
    assert f"{WORDS} 0003".encode() not in bytes_below(into)
    tally("backups killed at any moment, then an erasure", rounds, f"{left} left half made")


def test_many_backups_at_once_are_made_one_at_a_time(tmp_path):
    node, _ = filled(tmp_path / "node", 16)
    several = [
        begin("backup", tmp_path / "backups", "--data", node.folder) for _ in range(size(4, 12))
    ]
    ended = [(one.communicate(timeout=300), one.returncode) for one in several]

    made = [said.strip() for (said, _), code in ended if code == 0]
    assert made
    for (_, errors), code in ended:
        assert (
            code == 0
            or "Another process is running this node's backup" in errors
            or ("There is a backup of this second already" in errors)
        )
    assert {str(path) for path in (tmp_path / "backups").iterdir()} == set(made)
    for copy in made:
        backups.verify(Path(copy))
    tally("backups at once", len(several), f"{len(made)} made, the others told to wait")


@pytest.mark.parametrize("what", ["link", "folder of another"])
def test_what_somebody_puts_in_the_place_of_a_leftover_is_not_followed(tmp_path, what):
    """The folder of backups may be open to others: a link there must not delete what it leads to."""
    node, about = filled(tmp_path / "node", 8)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    final = tmp_path / "backups" / "amparo-20260101T000000Z"
    final.parent.mkdir()
    left = copies.unfinished_name(final)
    if what == "link":
        left.symlink_to(precious)
    else:
        left.mkdir()
        (left / "link").symlink_to(precious)
    with closing(Journal(node.journal)) as journal, journal.transaction():
        copies.note(journal, left)

    run("erase", about[0], "--yes", "--data", node.folder)

    assert (precious / "file").read_text() == "kept"
    assert list(final.parent.iterdir()) == []
    tally(f"a leftover replaced by a {what}", 1, "removed, not followed")


def test_a_backup_is_not_held_up_by_who_never_stops_writing(tmp_path):
    """Each commit of another process would begin the copy anew, were it not of one moment."""
    node, _ = filled(tmp_path / "node", 64)
    served = Served(node.folder)
    headers = served.add_platform("Plaza")
    ended, sent = threading.Event(), []

    def write():
        while not ended.is_set():
            sent.append(
                served.http.post(
                    "/api/v1/statement", json=statement(f"w-{len(sent)}"), headers=headers
                ).status_code
            )

    writing = threading.Thread(target=write)
    writing.start()
    before = len(sent)
    running = begin("backup", tmp_path / "backups", "--data", node.folder)
    _, errors = running.communicate(timeout=300)
    during = len(sent) - before
    ended.set()
    writing.join()
    served.stop()

    assert running.returncode == 0, errors
    assert during > 20
    assert set(sent) == {201}
    tally("writing without end during a backup", f"{during} statements", "each answered, one copy")


def test_a_backup_is_not_served_as_if_it_were_a_node(tmp_path):
    """It would go on from an older state without asking, and fork the log."""
    node = new_node(tmp_path / "node")
    copy = run("backup", tmp_path / "backups", "--data", node.folder).stdout.strip()
    before = sorted(Path(copy).rglob("*"))
    served = run("serve", "--data", copy, "--port", "0", check=False)
    assert served.returncode
    assert f"{copy} is a backup." in served.stderr
    assert sorted(Path(copy).rglob("*")) == before
    run("restore", copy, "--nothing-later", "--data", tmp_path / "new")
    Served(tmp_path / "new").stop()
    tally("a backup served as a node", "1", "refused, with what to do")


def test_sums_that_are_no_text_are_a_damaged_backup(tmp_path):
    """Not a mistake of the program."""
    node = new_node(tmp_path / "node")
    copy = run("backup", tmp_path / "backups", "--data", node.folder).stdout.strip()
    (Path(copy) / "SHA256SUMS").write_bytes(b"\xff\xfe\x00")
    told = run("restore", copy, "--nothing-later", "--data", tmp_path / "new", check=False).stderr
    assert "This backup is damaged, or was changed." in told
    assert not (tmp_path / "new").exists()


def test_an_erasure_on_a_full_disk_says_so_and_does_not_wait(tmp_path, monkeypatch):
    """It waited for a backup that nobody was making, and told of that one."""
    node = new_node(tmp_path / "node")

    def full(*_):
        raise NoSpace("The journal could not be written.", why="full", fix="Make room.")

    monkeypatch.setattr(copies, "copying", full)
    with closing(Journal(node.journal)) as journal, pytest.raises(NoSpace):
        copies.clear_when_free(node, journal)
