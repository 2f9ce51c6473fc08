"""Answers that cost processor time: each is made once for all who ask for it, and is then kept.

They are made one after the other, on a thread of its own, so that whoever submits or complains goes
first. The queue has an end: whoever comes beyond it is told when to come again (503), and one
network cannot fill it. Clients that leave take their job along: nobody waits for an answer that
nobody reads. What is kept is bounded in bytes; what was not asked for the longest goes first.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from prometheus_client import Counter
from starlette.requests import Request

from amparo.errors import Unavailable
from amparo.web.http import rate
from amparo.web.http.disconnects import while_connected
from amparo.web.words.decision import N_

_T = TypeVar("_T")
MOST_WAITING = 16
"""Different answers that wait to be made, the one that is being made included."""
MOST_OF_ONE_NETWORK = 8
MOST_KEPT_BYTES = 32 * 1024 * 1024
COUNTED = Counter(
    "amparo_answers",
    "Costly answers: kept, made, shared with who asked before, dropped unread, failed, refused.",
    ["how"],
)


class Answer(NamedTuple):
    """What is sent to whoever asks."""

    body: bytes
    media_type: str
    headers: tuple[tuple[str, str], ...] = ()


class _Flight:
    """An answer on its way."""

    def __init__(self, key: str, network: str, interrupt: Callable[[], None]) -> None:
        self.key, self.network, self.interrupt = key, network, interrupt
        self.readers = 0
        self.made: asyncio.Future[Any]


class AnswerCache:
    """Answers by key; everything but `make` runs on the event loop's thread."""

    def __init__(self, name: str, *, most_bytes: int = MOST_KEPT_BYTES) -> None:
        """`name` is that of the thread."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._most_bytes = most_bytes
        self._bytes = 0
        self._generation = 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._running: _Flight | None = None
        self._turn = threading.Lock()

    async def answer(
        self,
        request: Request,
        key: str,
        make: Callable[[], Answer],
        interrupt: Callable[[], None] = lambda: None,
    ) -> Answer:
        """The answer of that key. `interrupt` makes a running `make` fail, from another thread."""
        key = f"{self._generation} {key}"
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
            COUNTED.labels("kept").inc()
            return answer
        made: Answer = await self._joined(request, key, make, interrupt)
        if key not in self._answers:
            self._keep(key, made)
        return made

    async def once(self, request: Request, key: str, make: Callable[[], _T]) -> _T:
        """The same for what may be erased: made once for all who ask at a time, and not kept."""
        made: _T = await self._joined(request, key, make, lambda: None)
        return made

    async def _joined(
        self, request: Request, key: str, make: Callable[[], Any], interrupt: Callable[[], None]
    ) -> Any:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._begin(_Flight(key, rate.network_of(request), interrupt), make)
        else:
            COUNTED.labels("shared").inc()
        flight.readers += 1
        try:
            return await while_connected(request, _landed(flight))
        finally:
            flight.readers -= 1
            if not flight.readers and not flight.made.done():
                self._drop(flight)

    def clear(self) -> None:
        """Forget everything that is kept or being made: what it depends on has changed."""
        self._generation += 1
        self._answers.clear()
        self._bytes = 0

    def close(self) -> None:
        """Make nothing more."""
        for flight in [*self._flights.values()]:
            self._drop(flight)
        self._thread.shutdown(cancel_futures=True)

    def _begin(self, flight: _Flight, make: Callable[[], Any]) -> _Flight:
        others = [other.network for other in self._flights.values()]
        if len(others) >= MOST_WAITING or others.count(flight.network) >= MOST_OF_ONE_NETWORK:
            COUNTED.labels("refused").inc()
            raise Unavailable(
                N_("The node is busy."),
                why=N_("As many pages are being made as it can hold."),
                fix=N_("Come again in a moment."),
            )
        loop = asyncio.get_running_loop()
        flight.made = loop.run_in_executor(self._thread, self._run, flight, make)
        flight.made.add_done_callback(lambda made: self._land(flight, made))
        self._flights[flight.key] = flight
        return flight

    def _drop(self, flight: _Flight) -> None:
        """Nobody waits any more: out of the queue, or interrupted if its turn has come."""
        flight.made.cancel()
        with self._turn:
            if self._running is flight:
                flight.interrupt()

    def _land(self, flight: _Flight, made: "asyncio.Future[Any]") -> None:
        if self._flights.get(flight.key) is flight:
            del self._flights[flight.key]
        if made.cancelled():
            COUNTED.labels("dropped").inc()
        elif made.exception() is not None:
            COUNTED.labels("failed").inc()

    def _run(self, flight: _Flight, make: Callable[[], _T]) -> _T:
        with self._turn:
            self._running = flight
        try:
            COUNTED.labels("made").inc()
            return make()
        finally:
            with self._turn:
                self._running = None

    def _keep(self, key: str, made: Answer) -> None:
        self._answers[key] = made
        self._bytes += _size(key, made)
        while self._bytes > self._most_bytes:
            oldest, answer = self._answers.popitem(last=False)
            self._bytes -= _size(oldest, answer)


async def _landed(flight: _Flight) -> Any:
    return await asyncio.shield(flight.made)  # others may be waiting for it


def _size(key: str, made: Answer) -> int:
    return len(key) + len(made.body)
