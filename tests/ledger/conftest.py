"""Cases on a real journal, and a desk."""

import shutil
from functools import partial
from uuid import UUID

import pytest
from tests.conftest import bytes_below

from amparo.case import complaint
from amparo.ledger.case import casework, desks, people
from amparo.ledger.case.desks import Filter
from amparo.ledger.log import platforms
from amparo.ledger.outbound import outbox
from amparo.ledger.upkeep.move import carry
from amparo.storage.journal import Journal


@pytest.fixture(params=["file", "postgresql"])
def database(request):
    """The same tests on both."""
    if request.param == "file":
        return ""
    return request.getfixturevalue("postgres").place()


class Past:
    """A node as it was at one moment: its folder, and its journal wherever that is."""

    def __init__(self, node):
        self.node = node
        self.folder = node.folder.with_name("an hour ago")
        shutil.copytree(node.folder, self.folder, ignore=shutil.ignore_patterns("journal.db*"))
        live, kept = Journal(node.journal), Journal(self.folder / "journal.db")
        with live.db.snapshot():
            carry(live, kept)
        kept.close()
        live.close()

    def put_back_journal(self):
        if isinstance(self.node.journal, str):
            live = Journal(self.node.journal)
            for table in live.db.tables():
                live.db.execute(f"DROP TABLE {table} CASCADE")
            live.close()
        else:
            for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
                (self.node.folder / name).unlink(missing_ok=True)
        live, kept = Journal(self.node.journal), Journal(self.folder / "journal.db")
        with kept.db.snapshot():
            carry(kept, live)
        kept.close()
        live.close()

    def put_back_log(self):
        shutil.rmtree(self.node.log)
        shutil.copytree(self.folder / "log", self.node.log)


def everything_kept(node):
    """Every byte a node keeps: its folder, and where its journal is elsewhere, every row."""
    found = bytes_below(node.folder)
    if isinstance(node.journal, str):
        journal = Journal(node.journal)
        for table in journal.db.tables():
            for row in journal.db.execute(f"SELECT * FROM {table}"):
                found += b"".join(x if isinstance(x, bytes) else str(x).encode() for x in row)
        journal.close()
    return found


REASONS = "The clause names threats; the post quotes one in order to report it."


def filed(journal, case, grounds="No."):
    now = casework.now()
    return casework.act(
        journal,
        case,
        partial(complaint.file, role="person", grounds=grounds, attachments=(), now=now),
    )


def queue(journal, **asked):
    return desks.queue(journal, platforms.every(journal)[0].id, Filter(**asked))


@pytest.fixture
def cases(keep):
    return [UUID(one.case) for one in keep(3)]


@pytest.fixture
def desk(journal, keep):
    keep(1)
    return platforms.every(journal)[0]


def reachable(journal, case, email="ana@example.org"):
    with journal.transaction():
        outbox.set_contact(journal, case, "person", email, "en")


@pytest.fixture
def lead(journal, desk):
    return people.add(journal, desk, "Lead", "lead@example.org", lead=True, known_as=["mod-17"])


@pytest.fixture
def other(journal, desk):
    return people.add(journal, desk, "Eva", "eva@example.org", lead=True)
