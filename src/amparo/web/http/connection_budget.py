"""How many connections one serving process has, and how much all of them may hold together.

What is unfinished or unread is counted as it arrives or waits, against one budget. When that is
spent, the network that holds the most gives something up first, and of its connections the slowest
that hold more than others do: whoever sends an honest request from elsewhere does not notice.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import ipaddress
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Protocol

from amparo.web.http.limits import Bounds

TICK_SECONDS = 1.0
_DOWN_TO = 7 / 8  # of a spent budget, so that finding who gives up is not done for each byte


class Line(Protocol):
    """A connection, as the room sees it."""

    network: str

    def expire(self, now: float) -> None:
        """End whatever has had its time."""

    def make_way(self) -> None:
        """Give up what has arrived, and say so."""

    def abort(self) -> None:
        """End at once."""


class Budget:
    """Bytes that connections hold, and who gives up when there are too many."""

    def __init__(self, most: int, give_up: Callable[[Line], None]) -> None:
        """`give_up` is called for a connection whose bytes are no longer counted."""
        self._most, self._give_up = most, give_up
        self._held: dict[Line, tuple[int, float]] = {}
        self.total = 0

    def add(self, line: Line, number: int, now: float) -> None:
        """Count bytes of a connection."""
        held, since = self._held.get(line, (0, now))
        self._held[line] = (held + number, since)
        self.total += number
        if self.total > self._most:
            self._make_room(now)

    def drop(self, line: Line) -> None:
        """Forget the bytes of a connection."""
        self.total -= self._held.pop(line, (0, 0.0))[0]

    def _make_room(self, now: float) -> None:
        while self.total > self._most * _DOWN_TO and self._held:
            for line in self._victims(now):
                self.drop(line)
                self._give_up(line)
                if self.total <= self._most * _DOWN_TO:
                    break

    def _victims(self, now: float) -> list[Line]:
        """Of the network that holds most, whoever holds no less than the average: slowest first."""
        networks: dict[str, list[Line]] = defaultdict(list)
        for line in self._held:
            networks[line.network].append(line)
        lines = max(networks.values(), key=lambda some: sum(self._held[line][0] for line in some))
        average = sum(self._held[line][0] for line in lines) / len(lines)

        def speed(line: Line) -> float:
            held, since = self._held[line]
            return held / (now - since + TICK_SECONDS)

        return sorted((line for line in lines if self._held[line][0] >= average), key=speed)


class Room:
    """All connections of one process."""

    def __init__(self, bounds: Bounds, proxies: str = "") -> None:
        """`proxies`: addresses and networks, with commas, that are no single visitor's."""
        self.bounds = bounds
        self._proxies = [
            ipaddress.ip_network(proxy.strip()) for proxy in proxies.split(",") if proxy
        ]
        self.unfinished = Budget(bounds.unfinished_bytes, lambda line: line.make_way())
        self.unread = Budget(bounds.unread_bytes, lambda line: line.abort())
        self._lines: dict[str, set[Line]] = defaultdict(set)
        self._waiting: dict[str, OrderedDict[Line, None]] = defaultdict(OrderedDict)
        self.connections = 0
        self._ticking = self._is_late = False
        self._due = 0.0

    def admit(self, line: Line) -> bool:
        """Take a connection in; where there are too many, one that waits makes way, or none."""
        bounds = self.bounds
        if self.connections >= bounds.connections:
            most = max(self._lines, key=lambda name: len(self._lines[name]))
            admitted = self._oldest_makes_way(most)
        elif self._is_full(line.network) and not self._is_proxy(line.network):
            admitted = self._oldest_makes_way(line.network)
        else:
            admitted = True
        if admitted:
            self._lines[line.network].add(line)
            self.connections += 1
            self.wait(line)
            self._tick_later()
        return admitted

    def leave(self, line: Line) -> None:
        """Forget a connection."""
        self.unfinished.drop(line)
        self.unread.drop(line)
        own = self._lines.get(line.network, set())
        if line in own:
            own.discard(line)
            self.connections -= 1
            self.work(line)
        if not own:
            self._lines.pop(line.network, None)
            self._waiting.pop(line.network, None)

    def wait(self, line: Line) -> None:
        """Note that nothing whole has come on a connection: it may be closed for another."""
        self._waiting[line.network][line] = None

    def work(self, line: Line) -> None:
        """Note that a request is being worked on: it is not closed for another."""
        self._waiting[line.network].pop(line, None)

    def _oldest_makes_way(self, name: str) -> bool:
        waiting = self._waiting.get(name)
        if not waiting:
            return False
        oldest = next(iter(waiting))
        self.leave(oldest)
        oldest.abort()
        return True

    def _is_full(self, name: str) -> bool:
        return len(self._lines.get(name, ())) >= self.bounds.network_connections

    def _is_proxy(self, name: str) -> bool:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return any(address in network for network in self._proxies)

    def _tick_later(self) -> None:
        if not self._ticking:
            self._ticking = True
            loop = asyncio.get_running_loop()
            self._due = loop.time() + TICK_SECONDS
            loop.call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        now = asyncio.get_running_loop().time()
        # A loop that was held up has read nothing meanwhile: what has come is read first, for once.
        self._is_late = now > self._due + TICK_SECONDS and not self._is_late
        if not self._is_late:
            for line in [line for some in self._lines.values() for line in some]:
                line.expire(now)
        self._ticking = False
        if self.connections:
            self._tick_later()
