"""Sending one platform's decisions on: window by window, many calls at once, at an even pace.

A window is read while the one before is under way. Nothing is kept in memory that is needed after
a kill: the next process begins at the same window, and the EU's database answers what it has with
"known".
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import math
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from amparo.errors import Denied
from amparo.ledger.forward import decisions, forwardings, outcomes
from amparo.ledger.forward.calls import MOST_IN_BATCH, Caller, asker_for
from amparo.ledger.forward.decisions import Item, Settled, Window
from amparo.ledger.forward.forwardings import Forwarding
from amparo.ledger.forward.outcomes import Superseded
from amparo.ledger.forward.pace import Pace
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.storage.supervised import Supervised

logger = logging.getLogger("amparo")

AT_ONCE = 16
LOOK_SECONDS = 1.0
ASIDE_SECONDS = 10.0
MOST_PASSED_OVER = 5_000
"""Entries of others after which is written down how far it has come."""
PASSED_OVER_SECONDS = 10.0
"""At the end of the log it is written down this often, so that no lag is shown where none is."""


class Sender:
    """The thread that sends for one platform; begun by one process, it ends when another begins."""

    def __init__(self, node: Node, platform: int) -> None:
        self._node = node
        self._platform = platform
        self._worker = secrets.token_hex(8)
        self._claimed = False
        self.thread = Supervised(f"forward-{platform}", self._work)

    def _work(self, thread: Supervised) -> None:
        with contextlib.closing(Journal(self._node.journal)) as journal:
            while not thread.stopping.is_set():
                mine = self._mine(journal, thread)
                if mine is not None and mine.state == "active":
                    self._send(journal, mine, thread)
                thread.is_well()
                thread.stopping.wait(LOOK_SECONDS)

    def _mine(self, journal: Journal, thread: Supervised) -> Forwarding | None:
        """How it stands; None where it was removed, or another process sends by now.

        Only the latter ends it: what was removed may be set up anew before anybody else looks.
        """
        found = forwardings.find(journal, self._platform)
        if found is None or found.worker == self._worker:
            return found
        if self._claimed and found.worker:
            logger.warning("forwarding of platform %d: another process sends", self._platform)
            thread.stopping.set()
            return None
        self._claimed = True
        return outcomes.claim(journal, self._platform, self._worker)

    def _send(self, journal: Journal, mine: Forwarding, thread: Supervised) -> None:
        """Send while nobody changes the set-up."""
        with contextlib.ExitStack() as ending:
            run = _Run(journal, mine, thread, ending)
            try:
                while run.goes_on():
                    if not run.step():
                        thread.stopping.wait(LOOK_SECONDS)
                    thread.is_well()
            except Denied as error:
                logger.warning("forwarding of platform %d: %s", mine.platform, error.why)
                outcomes.deny(journal, mine, error.why)
            except Superseded:
                return  # `_mine` finds out by whom


class _Run:
    """One run with one set-up."""

    def __init__(
        self, journal: Journal, mine: Forwarding, thread: Supervised, ending: contextlib.ExitStack
    ) -> None:
        self._journal, self._mine, self._thread = journal, mine, thread
        asker = ending.enter_context(contextlib.closing(asker_for(mine)))
        self._pool = ending.enter_context(ThreadPoolExecutor(AT_ONCE))
        self._over = threading.Event()
        ending.callback(self._over.set)  # first, so that nobody in the pool waits for a turn
        self._why = self._why_written = mine.why
        self._caller = Caller(mine, asker, Pace(mine.rate, self._over), self._note)
        self._next = self._read(mine.upto)
        self._written, self._written_at = mine.upto, -math.inf
        self._aside_at = -math.inf

    def goes_on(self) -> bool:
        """Whether nobody has paused it, or changed how it is set up, or is ending this."""
        if self._thread.stopping.is_set() or self._over.is_set():
            return False
        now = forwardings.find(self._journal, self._mine.platform)
        return now is not None and _set_up(now) == _set_up(self._mine)

    def step(self) -> bool:
        """Send a window, and what was put aside and is due; whether there was anything."""
        if time.monotonic() >= self._aside_at:
            self._aside_at = time.monotonic() + ASIDE_SECONDS
            self._send_aside()
        window = self._next
        if not window.items:
            return self._pass_over(window)
        with self._journal.transaction():
            outcomes.mark(self._journal, self._mine, window)
        settled: list[Settled] = []
        futures = self._begin(window.items, settled)
        self._next = self._read(window.end)
        self._await(futures)
        self._keep(window, settled)
        _raise_first(futures)
        return True

    def _pass_over(self, window: Window) -> bool:
        """Nothing is to be sent of these entries; whether the log goes on behind them."""
        self._next = self._read(window.end)
        goes_on = self._next.end > self._next.start
        passed_over = window.end - self._written
        is_due = time.monotonic() >= self._written_at + PASSED_OVER_SECONDS
        if (
            window.left_out
            or passed_over >= MOST_PASSED_OVER
            or (passed_over and is_due and not goes_on)
        ):
            self._keep(window, ())
        return goes_on

    def _keep(self, window: Window, settled: Sequence[Settled]) -> None:
        with self._journal.transaction():
            outcomes.keep(self._journal, self._mine, window, settled, int(time.time()))
        self._written, self._written_at = window.end, time.monotonic()

    def _send_aside(self) -> None:
        asides = outcomes.due(self._journal, self._mine.platform, int(time.time()))
        if not asides:
            return
        items = decisions.of(self._journal, {aside.seq: aside.may_be_there for aside in asides})
        gone = {aside.seq for aside in asides} - {item.seq for item in items}
        with self._journal.transaction():
            outcomes.mark_aside(self._journal, self._mine, asides)
        settled: list[Settled] = []
        futures = self._begin(items, settled)
        self._await(futures)
        with self._journal.transaction():
            outcomes.keep_aside(self._journal, self._mine, settled, sorted(gone), int(time.time()))
        _raise_first(futures)

    def _read(self, start: int) -> Window:
        mine = self._mine
        return decisions.window(self._journal, mine.platform, start, begun=mine.sending)

    def _begin(self, items: Sequence[Item], settled: list[Settled]) -> "list[Future[None]]":
        return [
            self._pool.submit(self._caller.settle, items[n : n + MOST_IN_BATCH], settled)
            for n in range(0, len(items), MOST_IN_BATCH)
        ]

    def _await(self, futures: "list[Future[None]]") -> None:
        """Until all is settled, or somebody wants another set-up, or the token is not accepted.

        In the latter cases calls that are under way are waited for, and no other is begun.
        """
        while True:
            ended = wait(futures, timeout=LOOK_SECONDS, return_when=FIRST_EXCEPTION)
            self._tell()
            if not ended.not_done:
                return
            if any(future.exception() for future in ended.done) or not self.goes_on():
                self._over.set()
                wait(futures)
                return

    def _note(self, why: str) -> None:
        """On a thread of the pool."""
        self._why = why

    def _tell(self) -> None:
        """Write down why nothing is taken just now, where that is news."""
        if (why := self._why) != self._why_written:
            if why:
                logger.warning("forwarding of platform %d: %s", self._mine.platform, why)
            outcomes.tell(self._journal, self._mine, why)
            self._why_written = why


def _set_up(forwarding: Forwarding) -> tuple[object, ...]:
    return (
        forwarding.state,
        forwarding.url,
        forwarding.private,
        forwarding.token,
        forwarding.rate,
        forwarding.worker,
    )


def _raise_first(futures: "Sequence[Future[None]]") -> None:
    for future in futures:
        future.result()
