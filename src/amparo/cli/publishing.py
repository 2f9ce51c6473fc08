"""Making public what a command has recorded: by itself, or by the node that runs."""

# SPDX-License-Identifier: Apache-2.0

import functools
import time

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.coalition.cosigner import cosigner_of
from amparo.ledger.log.publish import Publisher, published_checkpoint, publishing
from amparo.storage.journal import Journal
from amparo.storage.node import Node

PUBLISH_SECONDS = 60.0


def make_public(node: Node, journal: Journal) -> None:
    """Make what was recorded public: by ourselves, or by the node that runs."""
    size = journal.size()
    try:
        with publishing(node, journal):
            publisher = Publisher(node, journal, cosign=cosigner_of(node))
            while publisher.size < size:
                publisher.beat()
            return
    except Unavailable:
        pass
    deadline = time.monotonic() + PUBLISH_SECONDS
    key = node.signer().verifier
    seen = functools.partial(published_checkpoint, node, key)
    while time.monotonic() < deadline:
        checkpoint = seen()
        if checkpoint is not None and checkpoint.size >= size:
            return
        time.sleep(0.1)
    raise AmparoError(
        "The rows are kept, but not public yet.",
        why=f"the running node has not published them within {PUBLISH_SECONDS:.0f} seconds",
        fix="Look at its /health; they are published as soon as it publishes again.",
    )
