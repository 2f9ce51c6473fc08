"""A Coop in its turn: complaints are sent to it, and orders are carried out.

What is decided there comes by itself. So nothing of it is read, and whether Coop is well is known
only of a turn in which it was asked something.
"""

# SPDX-License-Identifier: Apache-2.0

from amparo.errors import AmparoError, Denied
from amparo.ledger.case import casework
from amparo.ledger.connect import connections, coop_calls, read_back_turn
from amparo.ledger.connect.asking import ToWait
from amparo.ledger.connect.connections import Connection
from amparo.ledger.connect.coop_appeals import Appeals
from amparo.ledger.connect.coop_calls import Coop
from amparo.ledger.connect.coop_remedies import Remedies
from amparo.storage.journal import Journal
from amparo.storage.node import Node

SECONDS_BETWEEN = 3600
"""A complaint or an order is sent as soon as it is made; this is when nothing is."""


class Turn:
    """One Coop, for one turn."""

    def __init__(self, node: Node, connection: Connection) -> None:
        """Nothing is asked yet."""
        self._coop = Coop(connection, coop_calls.secrets_of(node, connection).api_key)

    def take(self, journal: Journal, secret: bytes, connection: Connection) -> int:
        """Send what waits; when it wants to be asked next, in POSIX seconds."""
        now, failed = casework.now(), None
        try:
            Appeals(journal, connection, self._coop).send(now)
        except (ToWait, Denied):
            raise
        except AmparoError as error:  # of a complaint; the orders do not wait for it
            failed = error
        remedies = Remedies(journal, secret, connection, self._coop)
        read_back_turn.carry_out_and_look(journal, connection, remedies)
        if failed is not None:
            raise failed
        if self._coop.has_answered:
            with journal.transaction():
                connections.was_read(
                    journal, connection, position="", newest="", now=int(now.timestamp())
                )
        return int(now.timestamp()) + SECONDS_BETWEEN

    def close(self) -> None:
        """Close what is open."""
        self._coop.close()
