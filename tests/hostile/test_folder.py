"""Somebody else on the machine: nothing that a node keeps can be read by them, however it began."""

import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from tests.coalition import test_charter as founding
from tests.conftest import Served, new_node, run, statement
from tests.hostile.tally import tally

from amparo.coalition import charter as charters
from amparo.coalition import document
from amparo.errors import Unavailable
from amparo.storage import durable
from amparo.storage.journal import Journal
from amparo.storage.node import OWN
from amparo.storage.sqlite import CHECKSUM_BYTES

NAMES = founding.NAMES
NOBODY = 65_534


@pytest.fixture
def public_place():
    """A folder that anybody may look into, as /srv is, and the usual mask of a shell."""
    before = os.umask(0o022)
    place = Path(tempfile.mkdtemp(prefix="amparo-open-"))
    place.chmod(0o755)
    yield place
    os.umask(before)
    shutil.rmtree(place)


def readable_by_others(top):
    """What others can read or list below a folder, by mode bits: closed folders close what is in."""
    found = []

    def look(path):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            if mode & 0o004:
                found.append(path)
            if mode & 0o001:
                for one in path.iterdir():
                    look(one)
        elif mode & 0o004:
            found.append(path)

    look(top)
    return found


def as_nobody(*words):
    """A command as another user of the machine; only root can become one."""
    return subprocess.run(
        words, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False
    )


def nobody_reads(folder):
    assert readable_by_others(folder) == []
    if os.geteuid() != 0:
        return
    beside = folder.parent / "beside"
    beside.write_text("open")
    beside.chmod(0o644)
    assert as_nobody("cat", beside).stdout == b"open"  # it could read, were it allowed to
    beside.unlink()
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert paths
    assert as_nobody("cat", *paths).stdout == b""
    assert as_nobody("ls", folder).stdout == b""


def a_story(node, token):
    """A decision, a complaint with a file, a report and what the log makes of them."""
    told = node.http.post("/api/v1/statement?wait=receipt", json=statement("own-1"), headers=token)
    assert told.status_code == 201
    own = told.json()["recourse_url"]
    sent = node.http.post(
        f"{own}/complaint", data={"grounds": "It is satire."}, files={"files": ("a.txt", b"no")}
    )
    assert sent.status_code == 303
    assert list((node.data / "evidence").iterdir())


def test_a_node_is_closed_whether_serve_or_another_command_made_it(public_place):
    first, second = public_place / "first", public_place / "second"
    run("platform", "add", "Foro", "--data", second)
    nobody_reads(second)
    for data in (first, second):
        node = Served(data)
        try:
            a_story(node, node.add_platform("Another"))
            nobody_reads(data)
            assert (data / "journal.db-wal").exists()
            assert (data / "log" / "checkpoint").exists()
        finally:
            node.stop()
        nobody_reads(data)
        modes = {stat.S_IMODE(path.lstat().st_mode) & 0o077 for path in (data, *data.rglob("*"))}
        assert modes == {0}
    tally(
        "reading a node's folder as another user",
        "every file after a story, two ways to begin",
        "none readable",
    )


def test_a_node_that_was_left_open_is_closed_at_its_next_start(public_place, capfd):
    data = public_place / "node"
    run("platform", "add", "Foro", "--data", data)
    for path in (data, *data.rglob("*")):
        if path.parent.name != "keys":
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert readable_by_others(data)
    node = Served(data)
    node.stop()
    nobody_reads(data)
    assert f"{data} was open to others (mode 755); it is closed now" in capfd.readouterr().err


def test_what_is_not_ours_keeps_its_rights(tmp_path):
    """Somebody who serves from their home must not find it closed."""
    home = tmp_path / "home"
    page = home / "public_html"
    page.mkdir(parents=True)
    for folder in (home, page):
        folder.chmod(0o755)
    (home / "log").symlink_to(page)
    (home / "amparo.toml").write_text("")
    (home / "amparo.toml").chmod(0o644)
    told = durable.close_to_others(home, OWN)
    assert [one.split(" was ")[0] for one in told] == [str(home / "amparo.toml")]
    assert stat.S_IMODE(home.stat().st_mode) == stat.S_IMODE(page.stat().st_mode) == 0o755
    assert durable.close_to_others(home, OWN) == []


def test_made_without_a_command_it_is_closed_too(public_place):
    node = new_node(public_place / "node")

    with closing(Journal(node.journal)):
        nobody_reads(node.folder)
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) & 0o077 for p in node.folder.rglob("*")}
    assert "journal.db-wal" in modes
    assert set(modes.values()) == {0}


def test_a_journal_whose_making_was_broken_off_gets_its_sums_all_the_same(tmp_path):
    path = tmp_path / "journal.db"
    path.touch()
    with closing(Journal(path)) as journal:
        assert journal.db.connection.reserve_bytes("main") == CHECKSUM_BYTES


def test_a_witness_a_box_and_a_monitor_are_closed(public_place):
    witness, box, monitor = (public_place / name for name in ("witness", "box", "monitor"))
    run("witness", "make", "w.example", "--data", witness)
    made = charters.from_source(founding.source())
    first = public_place / "first.charter"
    first.write_bytes(founding.signed(made))
    run(
        "disclosure",
        "make",
        first,
        "--root",
        document.digest(charters.text_of(made)),
        "--data",
        box,
    )
    policy = public_place / "policy"
    key = founding.log_key(NAMES[0]).verifier.vkey
    policy.write_text(f"log {key} http://127.0.0.1:9/log\nquorum none\n")
    run("monitor", "--policy", policy, "--data", monitor, "--once", check=False)
    assert (monitor / "health.json").exists()
    for folder in (witness, box, monitor):
        nobody_reads(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user for a moment")
def test_a_folder_that_may_not_be_written_is_called_that_and_not_a_full_disk(public_place):
    with closing(Journal(public_place / "journal.db")):
        pass
    (public_place / "journal.db").chmod(0o644)
    os.seteuid(NOBODY)
    try:
        with pytest.raises(Unavailable) as refused:
            Journal(public_place / "journal.db")
    finally:
        os.seteuid(0)

    assert "may only be read" in str(refused.value)
    assert "mounted read-only" in str(refused.value.fix)
