"""The thread that carries the desk's rules out on the drafts that wait.

What is due is read from the journal, a few hundred drafts at a time, so that a restart loses
nothing and nobody waits long for the journal.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib

from amparo.ledger.case import casework
from amparo.ledger.connect import connections, drafts
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

LOOK_SECONDS = 2.0


class Connecting:
    """The thread beside the server."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.thread = Supervised("connectors", self._work)

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            secret = self._node.secret()
            while not thread.stopping.wait(LOOK_SECONDS):
                for connection in connections.every(journal):
                    while connection.state == "running" and not thread.stopping.is_set():
                        if not drafts.go_on(journal, secret, connection, casework.now()):
                            break
                thread.is_well()
