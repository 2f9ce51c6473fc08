"""Judging a node from the outside, after whatever was done to it."""

import base64
import os
import shutil
from pathlib import Path

import pytest
from tests.conftest import new_node, statement

from amparo.errors import AmparoError
from amparo.ledger.log import audit, check, platforms, receipts
from amparo.ledger.log.intake import prepare
from amparo.ledger.log.publish import Publisher, published_checkpoint, publishing
from amparo.ledger.upkeep.move import carry
from amparo.record.decision import settle, trim
from amparo.record.rules import Profile
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.storage.settings import with_setting
from amparo.tlog import merkle, policy

EVERY = int(os.environ.get("AMPARO_FAULTS_EVERY", "8"))
"""Of the many places of one kind, try each nth: 8 in `make test`, 1 in `make faults`."""
TALLY = os.environ.get("AMPARO_FAULTS_TALLY", "")


def tally(kind, tried, recovered, refused=0):
    """Note faults for the table of docs/reliability.md; whatever was lost has failed already."""
    if TALLY:
        with Path(TALLY).open("a") as file:
            file.write(f"{kind}\t{tried}\t{recovered}\t{refused}\n")


def some(places, seed):
    """Each nth of them, beginning elsewhere for each kind, so that all are met over time."""
    return list(places)[seed % EVERY :: EVERY]


class Outside:
    """What the world knows of a node: what it was answered, shown and given."""

    def __init__(self, folder):
        self.node = open_node(folder)
        self.acknowledged = {}
        self.receipts = []
        self.seen = []
        self.look()

    def look(self):
        """See the public checkpoint, as a monitor would."""
        found = published_checkpoint(self.node, self.node.signer().verifier)
        if found is not None:
            self.seen.append(found)

    def hear(self, said):
        """What a process said before it ended."""
        for words in said:
            if words[0] == "ack":
                self.acknowledged[int(words[1])] = words[2]
            elif words[0] == "receipt" and len(words) == 2:
                self.receipts.append(base64.b64decode(words[1]))
        self.look()

    def go_on(self):
        """Start again as a new process would, and publish all there is."""
        journal = Journal(self.node.journal)
        try:
            with publishing(self.node, journal):
                publisher = Publisher(self.node, journal)
                while publisher.beat():
                    pass
        finally:
            journal.close()
        self.look()

    def judge(self):
        """Nothing acknowledged is lost, nothing forked, every receipt verifies, all agrees."""
        journal = Journal(self.node.journal, read_only=True)
        try:
            for index, case in self.acknowledged.items():
                kept = journal.event(index)
                assert kept is not None, f"acknowledged entry {index} is lost"
                assert str(kept.case) == case, f"entry {index} is another than was acknowledged"
            leaves = journal.leaves(0, journal.size())
        finally:
            journal.close()
        for checkpoint in self.seen:
            root = merkle.root_of([merkle.leaf_hash(leaf) for leaf in leaves[: checkpoint.size]])
            assert root == checkpoint.root, f"forked: another tree was shown at {checkpoint.size}"
        trusted = policy.of_log(self.node.signer().verifier.vkey)
        for receipt in self.receipts:
            receipts.verify(receipt, trusted)
        assert check.check(self.node).waiting == 0
        assert audit.audit(str(self.node.log), trusted).entries == len(leaves)


def recovers(outside):
    """Whether it goes on; the other right answer is a reason that a person can act on."""
    try:
        outside.go_on()
    except AmparoError as error:
        if not (error.what and error.why and error.fix):
            raise
        return False
    outside.judge()
    return True


def append(node, journal, number, prefix="f"):
    """Decisions straight into the journal; what the world was told of them."""
    [platform] = platforms.every(journal)
    made = prepare(
        [settle(trim(statement(f"{prefix}-{n}")), "API") for n in range(number)],
        platform=platform,
        secret=node.secret(),
    )
    [first] = journal.append([[one.row for one in made]])
    return {first + n: one.case for n, one in enumerate(made)}


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A node with 254 public entries, and a receipt that somebody holds."""
    folder = tmp_path_factory.mktemp("template") / "node"
    node = new_node(folder)
    journal = Journal(node.journal)
    platforms.add(journal, "Foro", Profile())
    acknowledged = append(node, journal, 254)
    Publisher(node, journal).beat()
    receipt = receipts.receipt(node, journal.event(100), reader="party")
    journal.close()
    return folder, acknowledged, receipt


def _move_journal(folder, place):
    settings = folder / "amparo.toml"
    source, target = Journal(folder / "journal.db"), Journal(place)
    with source.db.snapshot():
        carry(source, target)
    source.close()
    target.close()
    (folder / "journal.db").unlink()
    settings.write_text(with_setting(settings.read_text(), "journal", place))


@pytest.fixture
def fresh(template, tmp_path):
    """Make copies of the template, each judged from the outside."""
    folder, acknowledged, receipt = template

    def make(name="node", place=""):
        copy = tmp_path / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        if place:
            _move_journal(copy, place)
        outside = Outside(copy)
        outside.acknowledged |= acknowledged
        outside.receipts.append(receipt)
        return outside

    return make
