"""What is on the record of an item that is not known here: a connection that was removed made it.

The PUID of a statement follows from its item alone, so that it is found again by that.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple
from uuid import UUID

from amparo.errors import Text, Unsound
from amparo.ledger.connect.items import Digests
from amparo.ledger.log.intake import puid_digest
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal


class OnRecord(NamedTuple):
    """The newest statement of an item."""

    case: UUID
    edition: int
    is_erased: bool


def newest(
    journal: Journal, secret: bytes, platform: Platform, digests: Digests, item: bytes
) -> OnRecord | None:
    """The newest statement that was made of an item, by its digest; None where there is none."""
    found, edition = None, 0
    while True:
        puid = digests.puid(item, edition + 1)
        seq = journal.seq_of_puid(puid_digest(secret, platform, puid))
        if seq is None:
            break
        found, edition = seq, edition + 1
    if found is None:
        return None
    entry = journal.event(found)
    if entry is None:
        raise Unsound(
            "The index of PUIDs does not fit the journal.",
            why=Text("it names entry {number}, which is not there", number=found),
            fix="Look at the journal with `amparo log check`.",
        )
    return OnRecord(entry.case, edition, entry.opening is None)
