"""What a source is asked with, and its webhooks are checked with: a file in the node's `keys`."""

# SPDX-License-Identifier: Apache-2.0

import msgspec

from amparo.ledger.connect import connections
from amparo.ledger.connect.connections import Connection
from amparo.storage.node import Node


class Secrets(msgspec.Struct, frozen=True):
    """Of a source that has webhooks."""

    token: str
    webhook: str = ""


def secrets_of(node: Node, connection: Connection) -> Secrets:
    """What a connection is asked with."""
    return msgspec.json.decode(connections.secret_of(node, connection.name), type=Secrets)
