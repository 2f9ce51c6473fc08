"""A node with a platform, a desk, and a connection that runs; records as a connector makes them."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.conftest import bytes_below, new_node, statement

from amparo.connectors import config
from amparo.connectors.record import Record
from amparo.connectors.trial import Trial
from amparo.ledger.case import casework, people
from amparo.ledger.connect import connections, ingest
from amparo.ledger.log import platforms
from amparo.record.rules import Profile
from amparo.storage.journal import Journal

ROOT_OF_VECTORS = Path(__file__).parent.parent / "vectors" / "connect"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FORM = {
    "connector": {"system": "csv", "name": "forum", "platform": "Foro", "instance": "foro.example"}
}
WHOLE = {name: value for name, value in statement().items() if name != "puid"}
"""Every attribute that a statement of reasons needs, but for its PUID."""
GROUND = {
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "House rule 4",
    "incompatible_content_explanation": "Adverts are not allowed in the threads.",
    "category": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
}
ABOUT_THE_GROUND = (
    *("decision_ground", "incompatible_content_ground", "incompatible_content_explanation"),
    *("illegal_content_legal_ground", "illegal_content_explanation", "category"),
    *("incompatible_content_illegal", "category_addition", "decision_ground_reference_url"),
)
WITHOUT_GROUND = {name: value for name, value in WHOLE.items() if name not in ABOUT_THE_GROUND}
"""What a forum says of a ban: everything but the ground and the category."""


def ban(native_id="b1", at="2026-11-03T09:00:00Z", decision=WHOLE, **more):
    """A restriction as a connector maps it."""
    return Record(kind="restriction", native_id=native_id, at=at, decision=dict(decision), **more)


def unban(native_id, reverses, at="2026-11-05T10:00:00Z", **more):
    """The source took it back."""
    return Record(kind="reversal", native_id=native_id, reverses=reverses, at=at, **more)


class World:
    """One connection, and what a person at the desk or a connector does with it."""

    def __init__(self, node):
        self.node, self.journal, self.now = node, Journal(node.journal), NOW
        platform = platforms.add(self.journal, "Foro", Profile())
        self.lead = people.add(self.journal, platform, "Lena", "lena@foro.example", lead=True)
        self.seat = people.add(self.journal, platform, "Sam", "sam@foro.example")
        self.secret = node.secret()
        connections.add(self.journal, config.read(FORM), now=int(NOW.timestamp()))
        connections.set_trial(self.journal, self.connection, Trial())
        connections.start(self.journal, self.connection)

    @property
    def connection(self):
        return connections.find(self.journal, "forum")

    def take(self, *records):
        """How many records came to what; nothing of what had waited from before."""
        return dict(+self.taken(*records))

    def taken(self, *records):
        """The same, to be added up with other batches."""
        return ingest.take(self.journal, self.secret, self.connection, records, now=self.now)

    def statements(self):
        """Every decision on the record, oldest first, as (case, its file)."""
        entries = reversed(self.journal.newest_decisions(1000))
        return [(entry.case, casework.read(self.journal, entry.case)) for entry in entries]

    def kinds(self, case):
        """What happened in a case."""
        return [event.kind for event in casework.read(self.journal, case).events]

    def whole_folder(self):
        """Every byte that the node keeps."""
        self.journal.db.empty_traces()
        return bytes_below(self.node.folder)


@pytest.fixture
def world(tmp_path):
    made = World(new_node(tmp_path / "node"))
    with closing(made.journal):
        yield made


def changed(record, **values):
    """The record with other values."""
    return msgspec.structs.replace(record, **values)
