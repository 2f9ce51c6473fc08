"""Following many logs in parallel: one that is slow or dead delays no other.

Each look has a thread of its own and its own limit of time (`monitor.LOOK_SECONDS`). A round begins
a look at every log that none is under way at; what a look came to is kept as soon as it is there,
and the next round does not wait for one that is still at it. Threads are bounded: whoever was slow
at its last look begins last, and one that takes longer than `YOUNG_SECONDS` makes way for another.
"""

# SPDX-License-Identifier: Apache-2.0

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from amparo.coalition import trusted_log
from amparo.coalition.trusted_log import Fault, LogState, Watched
from amparo.errors import Text
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.coalition.monitor_state import Found, MonitorState

AT_ONCE = 16
MOST_THREADS = 64
"""With those of looks that take long, as the first at a large log does."""
YOUNG_SECONDS = 10.0
logger = logging.getLogger("amparo")


class Judged(NamedTuple):
    """What one look came to."""

    watched: Watched
    state: LogState
    faults: tuple[Fault, ...]
    fresh: tuple[Found, ...] = ()
    """Faults that were not known before."""


class Rounds:
    """Looks at all logs of a monitor again and again; used by one thread."""

    def __init__(
        self, monitor_state: MonitorState, look: Callable[[Watched, LogState], Look]
    ) -> None:
        """`look` is called on threads, several at once."""
        self._monitor_state, self._look = monitor_state, look
        self._logs = {log.key.vkey: log for log in monitor_state.watched}
        self._waiting: list[str] = []
        self._begun: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._done: queue.SimpleQueue[Judged] = queue.SimpleQueue()

    def begin(self) -> None:
        """Begin a round: whoever is neither looked at nor waits is to be looked at again."""
        wanted = [vkey for vkey in self._logs if vkey not in self._begun]
        self._waiting = sorted(wanted, key=lambda vkey: self._took.get(vkey, 0.0))
        self._begin_looks()

    def judged(self, until: float | None) -> Iterator[Judged]:
        """What looks come to, in the order in which they end, kept before it is told.

        Ends at `until` (of `time.monotonic`; None: never), or when no look is under way.
        """
        while self._begun or self._waiting:
            now = time.monotonic()
            if until is not None and now >= until:
                return
            # Woken now and then: a look that has grown old makes way for one that waits.
            seconds = min(1.0, until - now) if until is not None else 1.0
            try:
                done = self._done.get(timeout=seconds)
            except queue.Empty:
                self._begin_looks()
                continue
            vkey = done.watched.key.vkey
            self._took[vkey] = time.monotonic() - self._begun.pop(vkey)
            self._begin_looks()
            fresh = self._monitor_state.keep(
                done.watched, done.state, done.faults, int(time.time())
            )
            yield done._replace(fresh=tuple(fresh))

    def _begin_looks(self) -> None:
        now = time.monotonic()
        young = sum(now - begun < YOUNG_SECONDS for begun in self._begun.values())
        while self._waiting and young < AT_ONCE and len(self._begun) < MOST_THREADS:
            vkey = self._waiting.pop(0)
            watched = self._logs[vkey]
            self._begun[vkey] = now
            young += 1
            # A daemon: a log that answers slowly does not hold up the end of this process either.
            threading.Thread(
                target=self._judge,
                args=(watched, self._monitor_state.state(watched)),
                daemon=True,
                name="look",
            ).start()

    def _judge(self, watched: Watched, state: LogState) -> None:
        """On a thread of its own: look, and say what came of it, whatever it is."""
        mistake = trusted_log.fault(
            "unreachable",
            "mistake",
            Text("The log could not be judged."),
            Text("the monitor made a mistake of its own; its notes say which"),
        )
        done = Judged(watched, state, (mistake,))
        try:
            looked = self._look(watched, state)
            done = Judged(watched, looked.state, tuple(looked.faults))
        except Exception:
            logger.exception("looking at %s", watched.key.name)
        finally:
            self._done.put(done)
