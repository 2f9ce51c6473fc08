"""Publishing survives a crash at any point, and refuses where going on would fork the log."""

import functools
import shutil
import subprocess
import sys
import time
from uuid import UUID

import pytest
from tests.ledger.conftest import Past, filed

from amparo.errors import AmparoError, Refused, Unavailable, Unsound
from amparo.ledger.log import audit, check, publish
from amparo.ledger.log.publish import Publisher, published_checkpoint
from amparo.storage import durable
from amparo.storage.blobs import Folder
from amparo.storage.journal import Journal
from amparo.tlog import policy

STEPS = ["stage", "sign", "commit", "mark", "tiles", "checkpoint", "unstage"]


class Crash(BaseException):
    """The power went."""


def crash_at(step, node, monkeypatch):
    """Let the power go just before a step, by taking away the function that does it."""

    def gone(*_, **__):
        raise Crash

    def write(path, *rest, real=durable.write_durably, **options):
        names = {"stage": ".staged", "mark": "signed"}
        if step in names and path.name.endswith(names[step]):
            raise Crash
        real(path, *rest, **options)

    monkeypatch.setattr(publish, "write_durably", write)
    if step == "sign":
        monkeypatch.setattr(publish.checkpoints, "sign", gone)
    if step == "commit":
        monkeypatch.setattr(Journal, "commit_checkpoint", gone)
    if step == "tiles":
        monkeypatch.setattr(Folder, "write_new", gone)
    if step == "checkpoint":
        monkeypatch.setattr(Folder, "advance", gone)
    if step == "unstage":
        monkeypatch.setattr(type(node.stage), "unlink", gone)


def audited(node):
    return audit.audit(str(node.log), policy.of_log(node.signer().verifier.vkey))


def test_what_the_journal_holds_becomes_public(node, journal, keep):
    publisher = Publisher(node, journal)
    keep(3)

    published = publisher.beat()

    assert published == 3
    assert audited(node).entries == 3
    assert check.check(node).entries == 3


@pytest.mark.parametrize("before", [0, 1, 255, 256])
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_mended_by_starting_again(node, journal, keep, step, before):
    """Before and after the point of no return, at sizes around a full tile."""
    publisher = Publisher(node, journal)
    if before:
        keep(before)
        publisher.beat()
    keep(2)
    with pytest.MonkeyPatch.context() as patch:
        crash_at(step, node, patch)
        with pytest.raises(Crash):
            publisher.beat()

    again = Publisher(node, journal)
    keep(1)
    again.beat()

    assert audited(node).entries == before + 3
    assert check.check(node).waiting == 0
    assert not list(node.stage.iterdir())


def test_two_crashes_in_a_row_are_mended_as_well(node, journal, keep):
    publisher = Publisher(node, journal)
    keep(300)
    for step in ("tiles", "checkpoint"):
        with pytest.MonkeyPatch.context() as patch:
            crash_at(step, node, patch)
            with pytest.raises(Crash):
                publisher.beat() if step == "tiles" else Publisher(node, journal)

    Publisher(node, journal)

    assert audited(node).entries == 300


def test_a_lost_staging_file_is_made_good_from_the_journal(node, journal, keep):
    publisher = Publisher(node, journal)
    keep(300)
    with pytest.MonkeyPatch.context() as patch:
        crash_at("tiles", node, patch)
        with pytest.raises(Crash):
            publisher.beat()
    shutil.rmtree(node.stage)
    node.stage.mkdir()

    Publisher(node, journal)

    assert audited(node).entries == 300


def test_only_one_process_publishes(node, journal, keep):
    keep(1)

    with (
        durable.locked(node.lock),
        pytest.raises(Unavailable, match="Another process"),
        durable.locked(node.lock),
    ):
        pass


def test_a_second_writer_that_got_past_the_lock_is_stopped_by_the_journal(node, journal, keep):
    first, second = Publisher(node, journal), Publisher(node, journal)
    keep(2)
    first.beat()

    with pytest.raises(Unsound, match="meanwhile"):
        second.beat()

    assert audited(node).entries == 2


def two_states(node, journal, keep):
    """A node at 5 entries, with a copy of it at 2."""
    publisher = Publisher(node, journal)
    keep(2)
    publisher.beat()
    before = Past(node)
    keep(3)
    publisher.beat()
    journal.close()
    return before


def test_a_journal_from_an_hour_ago_is_refused(node, journal, keep):
    before = two_states(node, journal, keep)
    before.put_back_journal()

    with pytest.raises(Unsound, match="fork"):
        Publisher(node, Journal(node.journal))


def test_journal_and_log_from_an_hour_ago_are_refused_by_the_keys_own_mark(node, journal, keep):
    before = two_states(node, journal, keep)
    before.put_back_journal()
    before.put_back_log()

    with pytest.raises(Unsound, match="fork") as refused:
        Publisher(node, Journal(node.journal))

    assert "keys/signed" in refused.value.why


def test_a_log_folder_from_an_hour_ago_is_brought_up_to_date(node, journal, keep):
    before = two_states(node, journal, keep)
    before.put_back_log()

    Publisher(node, Journal(node.journal))

    assert audited(node).entries == 5


def test_a_lost_log_folder_is_built_anew(node, journal, keep):
    two_states(node, journal, keep)
    shutil.rmtree(node.log)
    node.log.mkdir()

    Publisher(node, Journal(node.journal))

    assert audited(node).entries == 5


@pytest.mark.parametrize("name", ["tile/0/000.p/5", "tile/entries/000.p/5", "checkpoint"])
def test_a_flipped_bit_at_the_edge_is_refused_at_start(node, journal, keep, name):
    two_states(node, journal, keep)
    path = node.log / name
    body = bytearray(path.read_bytes())
    body[20] ^= 1
    path.write_bytes(body)

    with pytest.raises(AmparoError):
        Publisher(node, Journal(node.journal))


def test_a_flipped_bit_anywhere_is_found_by_the_check_and_mended_from_the_journal(
    node, journal, keep
):
    publisher = Publisher(node, journal)
    keep(600)
    publisher.beat()
    path = node.log / "tile/0/000"
    body = bytearray(path.read_bytes())
    body[100] ^= 1
    path.write_bytes(body)

    with pytest.raises(Unsound, match="do not agree"):
        check.check(node)
    with pytest.raises(Unsound):
        audited(node)
    check.rebuild_files(node)

    assert check.check(node).entries == audited(node).entries == 600


@pytest.mark.parametrize(
    "change",
    [
        "case_id = (SELECT case_id FROM event WHERE seq = 2), n = 7 WHERE seq = 1",
        "n = 3 WHERE seq = 1",
        "platform = 77 WHERE seq = 1",
        "case_id = (SELECT case_id FROM event WHERE seq = 2) WHERE seq = 3",
        "n = 4 WHERE seq = 3",
        "platform = 77 WHERE seq = 3",
    ],
)
def test_a_column_that_says_something_else_than_its_leaf_is_found(node, journal, keep, change):
    """By its columns a journal finds an entry: with another case, a complaint is of another's."""
    first, *_ = keep(3)
    filed(journal, UUID(first.case))
    Publisher(node, journal).beat()
    assert check.check(node).entries == journal.size() >= 4

    journal.db.execute(f"UPDATE event SET {change}")

    with pytest.raises(Unsound, match="do not agree"):
        check.check(node)


def test_a_changed_entry_in_the_journal_is_found(node, journal, keep):
    publisher = Publisher(node, journal)
    keep(3)
    publisher.beat()
    changed = journal.event(1).leaf.replace(b"foro", b"faro")
    journal.db.execute("UPDATE event SET leaf = ? WHERE seq = 1", (changed,))

    with pytest.raises(AmparoError):
        check.check(node)
    with pytest.raises(Unsound, match="does not hold what"):
        Publisher(node, journal)


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda key: key.unlink(), "No such file"),
        (lambda key: key.chmod(0o644), "mode 644"),
    ],
)
def test_a_key_that_is_missing_or_open_to_others_is_refused(node, journal, harm, why):
    harm(node.key)

    with pytest.raises(Refused) as refused:
        Publisher(node, journal)

    assert why in refused.value.why


def test_another_logs_key_is_refused(node, journal, keep, tmp_path):
    from amparo.storage.node import create_node

    other = create_node(tmp_path / "other", origin="log.example/other")
    shutil.copy2(other.key, node.key)

    with pytest.raises(Unsound, match="does not belong"):
        Publisher(node, journal)


def test_a_clock_that_is_behind_holds_publishing_until_it_is_set(node, journal, keep):
    clock = [1000.0]
    publisher = Publisher(node, journal, clock=lambda: clock[0])
    keep(1)
    clock[0] = 900.0

    with pytest.raises(Unavailable, match="clock"):
        publisher.beat()
    clock[0] = 1001.0
    publisher.beat()

    assert audited(node).entries == 1


def test_partial_tiles_go_when_the_full_one_is_there(node, journal, keep):
    publisher = Publisher(node, journal)
    for number in (200, 56, 1):
        keep(number)
        publisher.beat()

    assert not (node.log / "tile/0/000.p").exists()
    assert not (node.log / "tile/entries/000.p").exists()
    assert audited(node).entries == 257


def test_a_publishing_process_takes_over_when_the_first_is_killed(node, journal, keep):
    """Two processes try; one publishes, the other stands by and goes on within seconds."""
    start = functools.partial(
        subprocess.Popen,
        [sys.executable, "-m", "amparo.ledger.publisher_process", str(node.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with start() as first:
        assert b"publishing" in first.stdout.readline()
        with start() as second:
            assert b"standby" in second.stdout.readline()
            first.kill()
            keep(1)
            deadline = time.monotonic() + 120
            key = node.signer().verifier
            while published_checkpoint(node, key).size < 1:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            second.stdin.close()
            assert second.wait(20) == 0


def test_a_publishing_process_that_must_not_go_on_says_why_and_ends(node, journal, keep):
    node.key.unlink()

    with subprocess.Popen(
        [sys.executable, "-m", "amparo.ledger.publisher_process", str(node.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        said = process.stdout.read()

    assert process.returncode == 3
    assert b'"refused"' in said
