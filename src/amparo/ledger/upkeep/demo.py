"""The demonstration platform: a few thousand made-up decisions, so that a new node shows something.

Its recourse links are derived from the PUID, so that the pages can show what the person affected
would see. That is only right because nobody is affected; a real platform's are random.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import random

from amparo.ledger.log import platforms
from amparo.ledger.log.intake import RECOURSE_BYTES, prepare
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import Node
from amparo.record.decision import settle
from amparo.record.rules import Profile
from amparo.record.specimen import specimen

NAME = "Plaza (demonstration)"
DECISIONS = 3000
BATCH = 500


def fill(node: Node) -> None:
    """Add the demonstration platform and its decisions, unless they are there."""
    journal = Journal(node.journal)
    known = [platform for platform in platforms.every(journal) if platform.demo]
    platform = known[0] if known else platforms.add(journal, NAME, Profile(), demo=True)
    chance = random.Random(2026)  # noqa: S311 - made-up decisions, the same on every node
    secret = node.secret()
    for first in range(0, DECISIONS, BATCH):
        puids = [f"demo-{number:05d}" for number in range(first, first + BATCH)]
        decisions = [settle(specimen(chance, puid), "API") for puid in puids]
        capabilities = [capability(puid) for puid in puids]
        prepared = prepare(decisions, platform=platform, secret=secret, capabilities=capabilities)
        journal.append([[decision.row] for decision in prepared])
    journal.close()


def capability(puid: str) -> bytes:
    """The recourse capability of a made-up decision."""
    return hashlib.sha256(b"amparo.demo\n" + puid.encode()).digest()[:RECOURSE_BYTES]
