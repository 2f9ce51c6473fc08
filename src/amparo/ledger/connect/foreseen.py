"""What was worked out of a record before the journal was asked (`foresight`)."""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

import msgspec

from amparo.connectors.record import Record
from amparo.ledger.log.intake import Prepared
from amparo.storage.journal import Row


class Ready(NamedTuple):
    """A new decision that lacks nothing, as far as it can be made without the journal."""

    statement: Prepared
    deciders: Row | None
    """The entry that names who decided, where nothing else tells the person; None: it is made."""
    rules: int
    """`connections.rules_version` by which it lacks nothing."""


class Drafted(NamedTuple):
    """A new decision of which something is missing, as it is kept for whoever is asked."""

    record: str
    alike: str
    puid: bytes
    """Digest of the PUID that its statement would have: by that it is found, if it has one."""
    rules: int


class Foreseen(msgspec.Struct, frozen=True):
    """A record, and what does not depend on what is known of it already."""

    record: Record
    name: bytes
    """Digest of what the source calls it."""
    content: bytes
    """Digest of what this version says."""
    ready: Ready | None = None
    draft: Drafted | None = None
