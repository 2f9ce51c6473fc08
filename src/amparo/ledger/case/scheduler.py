"""What a node does by itself: clocks that run out, group rulings, totals and figures in the log.

One thread beside the server, which asks nobody else for anything: what leaves is
`delivery_thread`'s. It keeps nothing in memory: what is due is read from the journal, so a restart
loses nothing. A wall clock that jumps forward is not believed at once: for a minute after a jump
nothing runs out, so that a clock set wrong for a moment cannot end anybody's period.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import functools
import logging
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from amparo.case import clocks
from amparo.errors import AmparoError
from amparo.ledger.case import (
    casework,
    figures_check,
    figures_published,
    leads,
    rulings,
    suspensions,
    untold,
)
from amparo.ledger.log import totals
from amparo.storage.journal import Journal
from amparo.storage.jumps import JUMP_SECONDS, Jumps
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

LOOK_SECONDS = 1.0
DISTRUST_SECONDS = 60.0
MOST_CLOCKS = 200
LOOK_AGAIN_SECONDS = 3600


class Scheduler:
    """The thread that looks after clocks."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._trust_from = 0.0
        self.thread = Supervised("scheduler", self._work)

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            jumps = Jumps()
            while not thread.stopping.wait(LOOK_SECONDS):
                if abs(ahead := jumps.seconds()) > JUMP_SECONDS:
                    logger.warning("the clock jumped by %.0f seconds", ahead)
                    self._trust_from = time.monotonic() + DISTRUST_SECONDS
                self._do_what_is_due(journal)
                thread.is_well()

    def _do_what_is_due(self, journal: Journal) -> None:
        if time.monotonic() >= self._trust_from:
            expire_due(journal, int(time.time()))
            totals.publish(journal, casework.now())
            if figures_check.count_on(journal, stopped=self.thread.stopping.is_set):
                figures_published.publish(journal, casework.now())
        untold.count_on(journal)
        suspensions.resume(journal, casework.now())
        rulings.go_on(journal, casework.now(), stopped=self.thread.stopping.is_set)
        leads.go_on(journal, casework.now(), stopped=self.thread.stopping.is_set)


def expire_due(journal: Journal, now: int) -> int:
    """Do what is to be done at the end of every clock that has run out; how many did.

    A case that cannot be carried on is told and looked at again later: it must not hold up the
    clocks of everybody behind it.
    """
    rows: list[tuple[Any, ...]] = journal.db.execute(
        "SELECT case_id, name FROM clock WHERE due < ? ORDER BY due LIMIT ?", (now, MOST_CLOCKS)
    ).fetchall()
    moment = datetime.fromtimestamp(now, UTC)
    for case_id, name in rows:
        case = UUID(bytes=bytes(case_id))
        step = functools.partial(clocks.expire, name=name, now=moment)
        try:
            casework.act(journal, case, step)
        except AmparoError as error:
            logger.warning("the clock %s of %s: %s", name, case, error.why)
            journal.db.execute(
                "UPDATE clock SET due = ? WHERE case_id = ? AND name = ?",
                (now + LOOK_AGAIN_SECONDS, case_id, name),
            )
    return len(rows)
