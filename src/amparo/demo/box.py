"""The box for sealed disclosures of the made-up coalition, with the recipients of two members.

Their keys lie in DIR/demonstration/recipients, so that a visitor can be the source and then open
what they have sent. A real recipient's key is on a device of their own, off any network.
"""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime, timedelta
from pathlib import Path

import pyrage

from amparo.coalition import document
from amparo.coalition.recipient import RECIPIENT, Recipient
from amparo.demo import coalition
from amparo.demo.coalition import FOLDER, MEMBERS
from amparo.ledger.coalition import charters
from amparo.ledger.disclosure import drop_box, recipients
from amparo.storage.durable import write_durably
from amparo.storage.node import Node

DAYS = 110
"""How long a key is good, of the 120 days that one may be."""
_OF = (MEMBERS[0], MEMBERS[2])


def folder_of(node: Node) -> Path:
    """Where the box lies."""
    return node.folder / FOLDER / "box"


def make(node: Node, now: datetime) -> None:
    """Make the box, and admit its recipients."""
    folder = folder_of(node)
    drop_box.make(folder, node.settings.charter, charters.all_signed(node))
    keys = node.folder / FOLDER / "recipients"
    keys.mkdir(mode=0o700)
    until = now + timedelta(days=DAYS)
    for member in _OF:
        id_, name, _ = member.people[0]
        identity = pyrage.x25519.Identity.generate()
        write_durably(keys / f"{id_}.age", f"{identity}\n".encode(), mode=0o600)
        key = str(identity.to_public())
        days = (now.date().isoformat(), until.date().isoformat())
        entry = Recipient(id_, member.id, name, key, *days)
        signer = coalition.signer_of(node, member.id)
        recipients.admit(folder, document.sign(RECIPIENT, entry, signer))
