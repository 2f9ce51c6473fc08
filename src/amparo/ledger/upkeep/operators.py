"""The operator's way in: a one-time link made on the node's machine, and the session it opens.

The operator has no seat and no password. Whoever may write the node's journal is let in: they could
do everything that the operator's page does by the command line. A link lasts `LINK` and works once;
a session ends when it was not used for `IDLE`.
"""

# SPDX-License-Identifier: Apache-2.0

import time

from amparo.errors import Denied, Period, Refused, Text
from amparo.ledger.case import credentials
from amparo.storage.journal import Journal
from amparo.storage.node import Node

LINK = Period(10, "minutes")
LINK_SECONDS = LINK.length * 60
IDLE = Period(8, "hours")
IDLE_SECONDS = IDLE.length * 3600
RENEW_SECONDS = 300
"""A session in use is written to no more often than this."""
_LINK, _SESSION = "operator link", "operator"


def new_link(journal: Journal, node: Node) -> str:
    """A one-time secret to come in with; it is shown once and never kept."""
    if node.is_demonstration:
        raise Refused(
            "A demonstration has no operator.",
            why="everything in it is made up, and visitors share it",
            fix="Make the link on a node of your own.",
        )
    return credentials.issue(journal, None, _LINK, LINK_SECONDS)


def sign_in(journal: Journal, link: str) -> str:
    """Use a one-time secret up; the secret of a session."""
    if not credentials.use_up(journal, link, _LINK):
        raise Denied(
            "This link does not open anything any more.",
            why=Text(
                "it was used, is older than {period}, or was copied only in part", period=LINK
            ),
            fix="Make a new one on the node's machine: `amparo admin link`.",
        )
    return credentials.issue(journal, None, _SESSION, IDLE_SECONDS)


def left(journal: Journal, session: str) -> int:
    """For how many seconds a session lasts if it is not used; 0: it is none."""
    now = int(time.time())
    ends = journal.db.execute(
        "SELECT ends_at FROM pass WHERE hash = ? AND kind = ? AND ends_at > ?",
        (credentials.digest(session), _SESSION, now),
    ).get
    return 0 if ends is None else int(ends) - now


def renew(journal: Journal, session: str) -> None:
    """It was used: it lasts from now on."""
    now = int(time.time())
    with journal.transaction():
        journal.db.execute(
            "UPDATE pass SET ends_at = ? WHERE hash = ? AND kind = ? AND ends_at > ?",
            (now + IDLE_SECONDS, credentials.digest(session), _SESSION, now),
        )


def sign_out(journal: Journal) -> int:
    """End every session and link of operators, wherever they are open; how many there were."""
    with journal.transaction():
        ended = journal.db.execute(
            "DELETE FROM pass WHERE kind IN (?, ?) AND ends_at > ? RETURNING 1",
            (_LINK, _SESSION, int(time.time())),
        ).fetchall()
    return len(ended)
