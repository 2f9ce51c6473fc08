"""Anybody's log is audited by folder or address, trusting nothing but its key."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import run
from tests.ledger.test_monitor import AT, KEY, WITNESS, entries, put
from tests.log_server import serving

from amparo.errors import AmparoError, Malformed, Missing, Unavailable, Unsound
from amparo.ledger.log.audit import Spoilt, TwoHistories, audit
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog import policy, split
from amparo.tlog.checkpoint import Checkpoint
from amparo.tlog.merkle import leaf_hash
from amparo.tlog.served import Served
from amparo.tlog.tile import MOST_BUNDLE_BYTES

TESSERA = Path(__file__).parent.parent / "vectors" / "tessera-testlog"
TRUSTED = policy.of_log(
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
)


def test_a_log_that_tessera_wrote_is_audited():
    report = audit(str(TESSERA), TRUSTED)

    assert (report.origin, report.entries) == ("example.com/log/testdata", 15)


def test_the_same_log_is_audited_by_its_address():
    with serving(TESSERA) as url:
        assert audit(url, TRUSTED).entries == 15
        with pytest.raises(Missing):
            audit(f"{url}/tile", TRUSTED)


@pytest.mark.parametrize("name", ["tile/0/000.p/15", "tile/entries/000.p/15", "checkpoint"])
def test_a_log_with_one_changed_byte_does_not_pass(tmp_path, name):
    copy = tmp_path / "log"
    shutil.copytree(TESSERA, copy)
    body = bytearray((copy / name).read_bytes())
    body[-2] ^= 1
    (copy / name).write_bytes(body)

    with pytest.raises(AmparoError):
        audit(str(copy), TRUSTED)


def test_a_file_that_the_checkpoint_promises_must_be_there(tmp_path):
    copy = tmp_path / "log"
    shutil.copytree(TESSERA, copy)
    (copy / "tile/0/000.p/15").unlink()

    with pytest.raises(Unsound, match="does not serve"):
        audit(str(copy), TRUSTED)


def test_no_log_and_no_answer_are_told_apart(tmp_path):
    with pytest.raises(Missing):
        audit(str(tmp_path), TRUSTED)
    with pytest.raises(Missing, match="no log"):
        audit(str(tmp_path / "nothing"), TRUSTED)
    with pytest.raises(Unavailable, match="reached"):
        audit("http://127.0.0.1:1", TRUSTED)


LOG = policy.of_log(KEY.verifier.vkey)


def test_a_checkpoint_that_was_kept_must_be_a_beginning_of_what_is_shown(tmp_path):
    leaves = entries(300)
    first = put(tmp_path, leaves[:200])
    put(tmp_path, leaves)

    report = audit(str(tmp_path), LOG, before=first)

    assert report.entries == 300
    other = [*leaves[:50], *entries(1, 50, salt=b"x" * 32), *leaves[51:]]
    for size in (300, 250, 150):  # as large as what was kept, larger than it was once, smaller
        put(tmp_path, other[:size])
        kept = report.checkpoint if size == 300 else first
        with pytest.raises(TwoHistories) as found:
            audit(str(tmp_path), LOG, before=kept)
        assert split.judge(found.value.evidence, KEY.verifier.vkey).second.size >= 200


def late(path):
    """A log's file that does not come when it is asked for the first time."""
    waiting = [path]

    def instead(asked):
        return (503, "text/plain", b"") if asked in waiting and waiting.pop() else None

    return instead


@pytest.mark.parametrize("size", [300, 700])
@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/000.p/{full}", "tile/entries/000"])
def test_another_history_never_passes_whichever_file_fails_to_come(tmp_path, size, path):
    """It did: where the tiles that would show it did not come, nothing was compared."""
    kept = put(tmp_path, entries(200))
    put(tmp_path, entries(size, salt=b"x" * 32))

    with serving(tmp_path, late(path.format(full=size // 256))) as url:
        with pytest.raises((Unsound, Unavailable)):
            audit(url, LOG, before=kept)
        with pytest.raises(TwoHistories):
            audit(url, LOG, before=kept)


@pytest.mark.parametrize("earlier", [0, 1, 20, 255, 256, 257, 299, 300])
def test_a_log_that_grew_is_read_once_and_without_the_files_of_its_old_size(tmp_path, earlier):
    leaves = entries(300)
    kept = put(tmp_path, leaves[:earlier])
    shutil.rmtree(tmp_path / "tile", ignore_errors=True)  # as its operator tidies them away
    put(tmp_path, leaves)

    assert audit(str(tmp_path), LOG, before=kept) == audit(str(tmp_path), LOG)


def test_an_empty_file_is_no_checkpoint_that_was_kept(tmp_path):
    """Whoever keeps one wants it compared: without that, an audit would be as good as the first."""
    put(tmp_path, entries(3))

    with pytest.raises(Malformed, match="not a signed note"):
        audit(str(tmp_path), LOG, before=b"")


def test_two_roots_of_one_size_are_two_histories_whatever_tiles_are_served(tmp_path):
    kept = put(tmp_path, entries(20))
    tiles = shutil.copytree(tmp_path / "tile", tmp_path / "first")
    put(tmp_path, entries(20, salt=b"x" * 32))
    shutil.copytree(tiles, tmp_path / "tile", dirs_exist_ok=True)

    with pytest.raises(TwoHistories):
        audit(str(tmp_path), LOG, before=kept)


def test_a_size_that_nothing_can_have_costs_no_time(tmp_path):
    """A log can sign any size; its files are counted, and not gone through one by one."""
    signed = checkpoints.sign(Checkpoint(KEY.name, 2**62, b"r" * 32), KEY)
    (tmp_path / "checkpoint").write_bytes(signed.encode())

    with pytest.raises(Unsound, match="does not serve what its checkpoint promises"):
        audit(str(tmp_path), LOG)


def test_an_old_checkpoint_is_told_from_another_history(tmp_path):
    leaves = entries(300)
    put(tmp_path, leaves)
    kept = audit(str(tmp_path), LOG).checkpoint
    put(tmp_path, leaves[:200])

    with pytest.raises(Unsound, match="old checkpoint") as behind:
        audit(str(tmp_path), LOG, before=kept)

    assert not isinstance(behind.value, TwoHistories)
    assert "of 200 entries; the one that was kept has 300" in behind.value.why


def test_the_policys_witnesses_must_have_cosigned_and_its_log_must_answer(tmp_path):
    asked = policy.parse(f"log {KEY.verifier.vkey}\nwitness w {WITNESS.cosigner.vkey}\nquorum w\n")
    put(tmp_path, entries(3))
    with pytest.raises(Unsound, match="Too few witnesses"):
        audit(str(tmp_path), asked)

    put(tmp_path, entries(3), cosigned=AT)

    assert audit(str(tmp_path), asked).witnesses == {"w": AT}
    with pytest.raises(Unsound, match="Another log") as other:
        audit(str(TESSERA), asked)
    assert "example.com/log/testdata" in other.value.why


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/000"])
def test_a_page_where_a_file_should_be_is_named_with_its_address_and_type(tmp_path, path):
    put(tmp_path, entries(300))

    page = (200, "text/html; charset=utf-8", b"<html>Not found</html>")
    with (
        serving(tmp_path, {path: page}.get) as url,
        pytest.raises(AmparoError, match="web page") as refused,
    ):
        audit(url, LOG)

    assert f"{url}/{path} (served as text/html)" in refused.value.why


def test_a_file_larger_than_any_can_be_is_named_and_the_full_one_read_in_its_place(tmp_path):
    put(tmp_path, entries(256))
    (tmp_path / "checkpoint").write_bytes(put(tmp_path / "part", entries(20)))
    large = (200, "application/octet-stream", bytes(MOST_BUNDLE_BYTES + 1))

    with serving(tmp_path, {"tile/entries/000.p/20": large}.get) as url:
        assert audit(url, LOG).entries == 20
    with (
        serving(tmp_path, {"tile/entries/000": large}.get) as url,
        pytest.raises(Spoilt, match="larger than any") as refused,
    ):
        audit(url, LOG)
    assert refused.value.path == "tile/entries/000"


def test_a_damaged_tile_is_no_page_although_its_first_byte_is_that_of_one(tmp_path):
    """Every 256th begins so; its operator was sent to look for a proxy."""
    salts = (n.to_bytes(32) for n in range(10_000))
    put(tmp_path, next(e for e in (entries(2, salt=s) for s in salts) if leaf_hash(e[0])[0] == 60))
    tile = tmp_path / "tile/0/000.p/2"
    assert tile.read_bytes().startswith(b"<")
    tile.write_bytes(tile.read_bytes()[:-1] + b"?")

    with pytest.raises(Spoilt, match="tile that its entries do not give"):
        audit(str(tmp_path), LOG)


@pytest.mark.parametrize(
    "body", [b"\n <!DOCTYPE html>", b"<html>", b"\xef\xbb\xbf<?xml?><Error/>", b"<!-- us -->"]
)
def test_a_page_is_known_by_how_it_begins(body):
    assert Served(body, "log/checkpoint").is_page


def test_a_file_that_cannot_be_read_is_said_of_it(tmp_path):
    put(tmp_path, entries(256))
    (tmp_path / "tile/0/000").unlink()
    (tmp_path / "tile/0/000").mkdir()

    with pytest.raises(Unavailable, match="000: Is a directory"):
        audit(str(tmp_path), LOG)


@pytest.mark.parametrize("left", ["nothing", "a page"])
def test_a_partial_file_that_was_tidied_away_is_looked_for_as_the_full_one(tmp_path, left):
    signed = put(tmp_path, entries(20))
    put(tmp_path, entries(256))
    (tmp_path / "checkpoint").write_bytes(signed)
    for partial in ("tile/entries/000.p/20", "tile/0/000.p/20"):
        if left == "a page":
            (tmp_path / partial).write_text("<html>Gone</html>")
        else:
            (tmp_path / partial).unlink()

    assert audit(str(tmp_path), LOG).entries == 20


def test_the_command_keeps_the_old_checkpoint_where_the_new_one_does_not_continue_it(tmp_path):
    log, kept = tmp_path / "log", tmp_path / "kept"
    first = put(log, entries(200))
    words = ("log", "audit", log, "--vkey", KEY.verifier.vkey, "--kept", kept)
    run(*words)
    put(log, entries(300, salt=b"x" * 32))

    with serving(log, late("tile/0/000")) as url:
        refused = run("log", "audit", url, *words[3:], check=False)

    assert "its first 200 entries give another root" in refused.stderr
    assert (refused.returncode, kept.read_bytes()) == (1, first)


def test_the_command_keeps_the_newest_checkpoint_and_writes_the_proof(tmp_path):
    log, kept = tmp_path / "log", tmp_path / "kept"
    words = ("log", "audit", log, "--vkey", KEY.verifier.vkey, "--kept", kept)
    put(log, entries(20))
    run(*words)
    newest = put(log, entries(30))

    run(*words)
    put(log, entries(30, salt=b"x" * 32))
    refused = run(*words, check=False)

    assert kept.read_bytes() == newest
    assert refused.returncode == 1
    assert split.judge((tmp_path / "kept.split").read_bytes())
    assert run("log", "audit", log, check=False).returncode == 2
