"""After an erasure every receipt is valid, and no byte about a person is on the disk."""

import shutil
from contextlib import closing
from uuid import UUID

import pytest
from tests.conftest import bytes_below
from tests.ledger.conftest import everything_kept

from amparo.errors import Missing, Refused, Unavailable, Unsound
from amparo.ledger.log import check, receipts
from amparo.ledger.log.publish import Publisher
from amparo.ledger.upkeep import backup as backups
from amparo.ledger.upkeep.erase import erase
from amparo.ledger.upkeep.restore import restore
from amparo.storage.journal import Journal
from amparo.tlog import policy

SECRET = {
    "decision_facts": "MARKER-FACTS about a person",
    "incompatible_content_explanation": "MARKER-EXPLANATION " * 100,
    "decision_ground_reference_url": "https://marker.example/MARKER-URL",
    "source_type": "SOURCE_ARTICLE_16",
    "source_identity": "MARKER-NAME",
}


def published(node, journal, keep):
    keep(40)
    [mine] = keep(1, **SECRET)
    keep(40)
    publisher = Publisher(node, journal)
    publisher.beat()
    return journal.decision(UUID(mine.case))


def holds(node, raw):
    return receipts.verify(raw, policy.of_log(node.signer().verifier.vkey))


def test_an_erasure_leaves_receipts_valid_and_nothing_on_disk(node, journal, keep, tmp_path):
    """Database pages, write-ahead log, staging, tiles, and a backup of our own making."""
    mine = published(node, journal, keep)
    before = receipts.receipt(node, mine, reader="party")
    puid = holds(node, before).puid
    backup = backups.backup(node, tmp_path / "backups")
    for kept in (everything_kept(node), bytes_below(backup)):
        assert b"MARKER" in kept
        assert puid.encode() in kept

    done = erase(node, [mine], "request")

    assert (done.entries, done.backups) == (1, 1)
    for kept in (everything_kept(node), bytes_below(backup)):
        assert b"MARKER" not in kept
        assert puid.encode() not in kept
    assert holds(node, before).sealed["source_identity"] == "MARKER-NAME"
    after = receipts.receipt(node, journal.event(mine.seq), reader="party")
    assert holds(node, after).sealed is None
    assert b"MARKER" not in after
    Publisher(node, journal).beat()
    report = check.check(node)
    assert (report.erased, report.entries) == (1, 82)


def test_an_erasure_is_an_event_of_the_log_that_names_nobody(node, journal, keep):
    mine = published(node, journal, keep)

    erase(node, [mine], "order")

    last = journal.event(journal.size() - 1)
    assert b'"type":"event"' in last.leaf
    assert str(mine.case).encode() not in last.leaf


def test_erasing_twice_changes_nothing_more(node, journal, keep):
    mine = published(node, journal, keep)
    erase(node, [mine], "request")
    size = journal.size()

    done = erase(node, [journal.event(mine.seq)], "request")

    assert (done.entries, done.already) == (0, 1)
    assert journal.size() == size


def test_an_entry_named_twice_is_erased_once(node, journal, keep):
    mine = published(node, journal, keep)
    size = journal.size()

    done = erase(node, [mine, mine], "request")

    assert done.entries == 1
    assert journal.size() == size + 1


def test_an_erasure_that_fails_half_way_leaves_no_trace_of_itself(node, journal, keep, monkeypatch):
    """Without its event the log would not show that something was erased."""
    mine = published(node, journal, keep)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "insert", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(node, [mine], "request")

    assert journal.event(mine.seq).opening is not None
    assert journal.erased_at(mine.seq) is None


def test_a_backup_out_of_reach_is_named_and_can_be_completed_later(node, journal, keep, tmp_path):
    mine = published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")
    away = backup.rename(tmp_path / "on a shelf")

    with pytest.raises(Unavailable, match="not in every backup") as refused:
        erase(node, [mine], "request")
    assert str(backup) in refused.value.why
    assert b"MARKER" not in everything_kept(node)
    away.rename(backup)
    erase(node, [journal.event(mine.seq)], "request")

    assert b"MARKER" not in bytes_below(backup)
    backups.forget(node, backup)
    with pytest.raises(Missing):
        backups.forget(node, backup)


def test_a_backup_that_was_made_before_the_case_began_stands_in_nobodys_way(
    node, journal, keep, tmp_path
):
    published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")
    [made] = keep(1)
    [later] = journal.of_case(UUID(made.case))

    erase(node, [later], "order")

    assert journal.erased_at(later.seq) is not None
    with closing(Journal(backup / "journal.db", read_only=True)) as copy:
        assert copy.size() == later.seq


def test_an_erased_puid_stays_taken(node, journal, keep):
    mine = published(node, journal, keep)
    [digest] = journal.db.execute("SELECT digest FROM puid WHERE seq = ?", (mine.seq,)).fetchone()

    erase(node, [mine], "request")

    assert journal.seq_of_puid(digest) == mine.seq


def test_a_restored_node_is_whole_and_goes_on(node, journal, keep, tmp_path):
    published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")
    latest = (node.log / "checkpoint").read_bytes()

    restored = restore(backup, tmp_path / "restored", latest=latest)

    assert check.check(restored).entries == 81
    again = Journal(restored.journal)
    assert Publisher(restored, again).beat() == 0
    again.close()


def test_a_restore_that_would_fork_the_log_is_refused(node, journal, keep, tmp_path):
    published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")
    keep(1)
    Publisher(node, journal).beat()
    latest = (node.log / "checkpoint").read_bytes()

    with pytest.raises(Unsound, match="fork"):
        restore(backup, tmp_path / "restored", latest=latest)
    with pytest.raises(Refused, match="not empty"):
        restore(backup, node.folder, latest=None)


def test_a_damaged_backup_is_found_at_restore(node, journal, keep, tmp_path):
    published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")
    damaged = Journal(backup / "journal.db")
    damaged.db.execute(
        "UPDATE event SET leaf = CAST(replace(leaf, 'foro', 'faro') AS BLOB) WHERE seq = 7"
    )
    damaged.close()

    with pytest.raises(Unsound, match="does not give the root"):
        restore(backup, tmp_path / "restored", latest=None)


def test_backups_keep_keys_closed(node, journal, keep, tmp_path):
    published(node, journal, keep)
    backup = backups.backup(node, tmp_path / "backups")

    assert (backup / "keys" / "log.key").stat().st_mode & 0o077 == 0
    shutil.rmtree(backup)
