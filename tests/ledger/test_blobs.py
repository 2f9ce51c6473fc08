"""Where files that never change lie: the same promises from a folder and from an object store."""

import pytest
from tests.conftest import new_node

from amparo.errors import AmparoError, Unavailable, Unsound
from amparo.ledger.case import evidence
from amparo.ledger.log import check
from amparo.ledger.log.publish import Publisher, published_checkpoint
from amparo.ledger.log.rebuild import rebuild
from amparo.storage.blobs import evidence_of, log_of
from amparo.storage.database import Lost
from amparo.tlog import checkpoint as checkpoints
from amparo.tlog.checkpoint import Checkpoint


@pytest.fixture(params=["folder", "s3"])
def place(request):
    if request.param == "folder":
        return ""
    return request.getfixturevalue("object_store").place()


@pytest.fixture
def node(tmp_path, database, place):
    return new_node(tmp_path / "node", database, place)


@pytest.fixture
def database():
    """One is enough here: where the journal lies changes nothing for the files."""
    return ""


def signed(node, size, root=bytes(32)):
    return checkpoints.sign(Checkpoint(node.origin, size, root), node.signer()).encode()


def test_what_is_written_once_is_never_written_differently(node):
    store = log_of(node)
    store.write_new({"tile/0/000": b"a", "tile/entries/000": b"b"})
    store.write_new({"tile/0/000": b"a"})

    with pytest.raises(Unsound, match="something else"):
        store.write_new({"tile/0/000": b"x", "tile/0/001": b"c"})

    assert store.read("tile/0/000") == b"a"
    with pytest.raises(FileNotFoundError):
        store.read("tile/0/002")
    with pytest.raises(FileNotFoundError):
        store.read("tile/0/000/001")


def test_partial_tiles_and_single_files_can_go(node):
    store = log_of(node)
    store.write_new({"tile/0/000.p/5": b"a", "tile/0/000.p/7": b"b", "tile/0/000": b"c"})

    store.drop_partials("tile/0/000")
    store.drop_partials("tile/0/001")
    store.delete("tile/0/000")

    for name in ("tile/0/000.p/5", "tile/0/000.p/7"):
        with pytest.raises(FileNotFoundError):
            store.read(name)


def test_a_log_is_published_gone_on_with_and_checked_wherever_its_files_are(node, journal, keep):
    publisher = Publisher(node, journal)
    for number in (1, 254, 1, 1, 600):  # over the edges of the first tiles
        keep(number)
        publisher.beat()

    again = Publisher(node, journal)
    keep(3)
    again.beat()

    report = check.check(node)
    assert (report.entries, report.waiting) == (860, 0)


def test_a_damaged_file_is_found_and_written_anew(node, journal, keep):
    publisher = Publisher(node, journal)
    keep(600)
    publisher.beat()
    store = log_of(node)
    good = store.read("tile/0/000")
    store.overwrite("tile/0/000", bytes(len(good)))
    store.delete("tile/entries/001")

    with pytest.raises(AmparoError):
        check.check(node)
    rebuild(node, journal, journal.committed())

    assert store.read("tile/0/000") == good
    assert check.check(node).entries == 600


def test_evidence_is_kept_and_erased_there(node, journal, keep):
    from uuid import UUID

    case = UUID(keep(1)[0].case)
    evidence.keep(journal, evidence_of(node), case, "a.txt", b"body", by="person")
    [one] = evidence.of_case(journal, case)
    assert evidence_of(node).read(one.place) == b"body"

    evidence.erase(journal, evidence_of(node), [one])

    with pytest.raises(FileNotFoundError):
        evidence_of(node).read(one.place)


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_publisher_that_was_paused_cannot_put_an_older_checkpoint_back(node, journal, keep):
    store = log_of(node)
    store.advance(signed(node, 7))

    with pytest.raises(Lost, match="meanwhile"):
        store.advance(signed(node, 5))
    store.advance(signed(node, 7))  # cosigned again: the same tree
    store.advance(signed(node, 9))

    assert b"\n9\n" in store.read("checkpoint")


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_another_host_takes_over_without_what_the_first_had_staged(
    node, journal, keep, tmp_path, monkeypatch
):
    """The power goes between commit and the store; a host with only the keys goes on."""
    publisher = Publisher(node, journal)
    keep(300)
    publisher.beat()
    keep(300)

    def gone(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(log_of(node)), "write_new", gone)
        publisher.beat()
    for staged in node.stage.iterdir():
        staged.unlink()

    key = node.signer().verifier
    assert published_checkpoint(node, key).size == 300
    Publisher(node, journal)

    assert check.check(node).entries == published_checkpoint(node, key).size == 600


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_store_that_is_down_holds_publishing_up_and_loses_nothing(
    node, journal, keep, object_store
):
    publisher = Publisher(node, journal)
    keep(3)
    publisher.beat()
    keep(2)
    object_store.stop()
    try:
        with pytest.raises(Unavailable, match="cannot be reached") as told:
            publisher.beat()
        assert "s3://" in told.value.why
        assert object_store.environment["AWS_SECRET_ACCESS_KEY"] not in told.value.why
    finally:
        object_store.start()
    publisher.beat()

    assert check.check(node).entries == 5
