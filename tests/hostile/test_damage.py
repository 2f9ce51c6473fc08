"""A disk that loses or changes what a node holds: noticed at the next start, or within a day."""

import contextlib
import json
import secrets
import shutil
import socket
import time

import httpx2
import pytest
from tests.conftest import Served, new_node, run, statement
from tests.hostile.conftest import size
from tests.hostile.tally import tally

from amparo.errors import Missing, Unsound
from amparo.ledger.log import check, platforms, selfcheck
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher, publishing
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage import journal as journals
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.storage.sqlite import PAGE_BYTES

ENTRIES = size(1_500, 30_000)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A node with a published log of some full bundles, whose journal is one file."""
    node = new_node(tmp_path_factory.mktemp("damage") / "node")
    with contextlib.closing(Journal(node.journal)) as journal:
        selfcheck.remember_secret(node, journal)
        foro, secret = platforms.add(journal, "Foro", Profile()), node.secret()
        made = [settle(trim(statement(f"own-{n:06d}")), "API") for n in range(ENTRIES)]
        journal.append([[one.row for one in prepare(made, platform=foro, secret=secret)]])
        with publishing(node, journal):
            Publisher(node, journal).beat()
        journal.db.empty_traces()
    return node


@pytest.fixture
def node(original, tmp_path):
    """A copy of it to be damaged."""
    copy = tmp_path / "node"
    shutil.copytree(original.folder, copy)

    return open_node(copy)


def look(node, seconds=selfcheck.LOOK_SECONDS):
    with contextlib.closing(Journal(node.journal, read_only=True)) as journal:
        return selfcheck.look(node, journal, seconds)


def flip(path, at):
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


def test_a_sound_node_is_looked_over_whole_and_within_its_time(node):
    begun = time.monotonic()
    looked = look(node)
    took = time.monotonic() - begun
    assert looked == (-(-ENTRIES // 256), -(-ENTRIES // 256), True, "")
    hurried = look(node, seconds=0)
    assert hurried.bundles == selfcheck.ALWAYS_BUNDLES
    assert not hurried.pages
    tally("a look at each start", f"{ENTRIES:,} entries", f"{took:.1f} s")


def test_a_flipped_byte_in_any_part_of_the_journal_stops_the_next_start(node):
    pages = node.journal.stat().st_size // PAGE_BYTES
    for page in (2, pages // 3, pages // 2, pages - 2):
        at = page * PAGE_BYTES + PAGE_BYTES // 2
        flip(node.journal, at)
        with pytest.raises(Unsound, match="damaged"):
            look(node)
        done = run("serve", "--data", node.folder, "--port", "0", check=False)
        assert done.returncode == 1
        assert "The journal is damaged" in done.stderr
        flip(node.journal, at)
    look(node)
    tally("a flipped byte in the journal", "4 places", "the node does not start")


def test_a_changed_or_cut_file_of_the_log_stops_the_next_start(node):
    tile = node.log / "tile" / "entries" / "002"
    flip(tile, 3_000)
    with pytest.raises(Unsound):
        look(node)
    flip(tile, 3_000)
    hashes = node.log / "tile" / "0" / "001"
    flip(hashes, 77)
    with pytest.raises(Unsound):
        look(node)
    flip(hashes, 77)
    hashes.write_bytes(hashes.read_bytes()[:-1])
    with pytest.raises(Unsound, match="damaged"):
        look(node)


@pytest.mark.parametrize("name", ["entries/001", "0/003", f"0/{ENTRIES // 256:03d}.p"])
def test_a_missing_file_of_the_log_is_made_anew_at_the_next_start(node, original, name, capfd):
    path = node.log / "tile" / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    served = Served(node.folder)
    served.stop()
    for good in (
        p for p in (original.log / "tile" / name, *(original.log / "tile" / name).rglob("*"))
    ):
        if good.is_file():
            assert (node.log / good.relative_to(original.log)).read_bytes() == good.read_bytes()
    assert "is missing, and is made anew" in capfd.readouterr().err
    tally("a missing file of the log", "3 kinds", "made anew from the journal")


def test_a_replaced_secret_is_noticed_and_taken_only_when_that_is_said(node):
    node.secret_file.write_bytes(secrets.token_bytes(32))
    for command in (("serve", "--port", "0"), ("log", "check")):
        done = run(*command, "--data", node.folder, check=False)
        assert done.returncode == 1
        assert "secret is not the one" in done.stderr
    run("log", "check", "--accept-secret", "--data", node.folder)
    served = Served(node.folder)
    served.stop()
    with contextlib.closing(Journal(node.journal, read_only=True)) as journal:
        assert node.secret().hex() not in journal.setting(selfcheck.SECRET)
    tally("a replaced node.secret", "serve, log check", "the node does not start")


def make_due(node, begun=0):
    with contextlib.closing(Journal(node.journal)) as journal, journal.transaction():
        journal.set(selfcheck.BEGUN, str(begun))


def checked(served, seconds=60):
    """The result of the next full check, as anybody sees it."""
    deadline = time.monotonic() + seconds
    while (told := served.http.get("/health").json())["checked"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return told


@pytest.mark.parametrize("begun", [0, 2_000_000_000], ids=["long ago", "by a clock far ahead"])
def test_once_a_day_all_of_it_is_checked_while_the_node_goes_on(node, begun):
    make_due(node, begun)
    served = Served(node.folder)
    try:
        told = checked(served)
        assert (told["checked"]["ok"], told["checked"]["entries"]) == (True, ENTRIES)
        assert told["publisher"]["state"] == "publishing"
    finally:
        served.stop()
    with contextlib.closing(Journal(node.journal, read_only=True)) as journal:
        assert abs(int(journal.setting(selfcheck.BEGUN)) - time.time()) < 3600  # once a day
        assert selfcheck.last(journal).files > 0


def test_a_platform_that_comes_while_the_log_is_checked_is_no_damage(node, monkeypatch):
    monkeypatch.setattr(journals, "SLICE", ENTRIES)

    def come(*_):
        with contextlib.closing(Journal(node.journal)) as journal:
            plaza = platforms.add(journal, "Plaza Mayor", Profile())
            made = [settle(trim(statement("new")), "API")]
            rows = prepare(made, platform=plaza, secret=node.secret())
            journal.append([[one.row for one in rows]])

    assert check.check(node, come).waiting == 1


def test_the_daily_check_says_what_is_damaged_and_mends_what_is_missing(node):
    (node.log / "tile" / "0" / "002").unlink()
    result = selfcheck.full(node)
    assert (result.ok, result.what) == (True, "A file of the log was missing, and was made anew.")
    assert "tile/0/002" in result.why
    assert (node.log / "tile" / "0" / "002").exists()

    flip(node.log / "tile" / "entries" / "001", 2_000)
    kept = (node.log / "tile" / "entries" / "001").read_bytes()
    result = selfcheck.full(node)
    assert (result.ok, "tile/entries/001" in result.why) == (False, True)
    assert (node.log / "tile" / "entries" / "001").read_bytes() == kept  # it may be evidence


def test_damage_found_while_it_runs_is_seen_in_health_and_metrics_and_the_node_goes_on(node, capfd):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    served = Served(node.folder, "--metrics", f"127.0.0.1:{port}")
    try:
        flip(node.log / "tile" / "entries" / "001", 2_000)
        make_due(node)
        told = checked(served)
        assert told["checked"]["ok"] is False
        assert "tile/entries/001" in told["checked"]["why"]
        assert served.http.get("/").status_code == 200
        assert "amparo_check_ok 0.0" in httpx2.get(f"http://127.0.0.1:{port}/metrics").text
        deadline = time.monotonic() + 30
        while "do not agree" not in json.dumps(served.http.get("/health").json()["publisher"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        served.stop()
    assert "do not agree" in capfd.readouterr().err


def test_missing_is_told_apart_from_damaged(node):
    (node.log / "tile" / "entries" / "003").unlink()
    assert look(node).missing == "tile/entries/003"
    with pytest.raises(Missing):
        check.check(node)
