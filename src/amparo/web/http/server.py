"""A server of ours, whichever it is: node, witness or box; all of them are guarded alike."""

# SPDX-License-Identifier: Apache-2.0

import ipaddress
import math
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from amparo.errors import Malformed, Refused
from amparo.web.http.connection_budget import Room
from amparo.web.http.limits import Bounds
from amparo.web.http.slow_clients import guarded

PROXIES = "FORWARDED_ALLOW_IPS"
"""The variable that names the proxies whose X-Forwarded-For and -Proto are believed."""
GRACE_SECONDS = 10
_ENDED_BY = (signal.SIGINT, signal.SIGTERM)
MOST_FILES = 65_536
FILES_BESIDE = 256  # journal, log, listening sockets, processes: all but connections
LEAST_CONNECTIONS = 64


class Server(uvicorn.Server):
    """A server that has ended when it is told to: Ctrl-C is how one ends it, and no failure."""

    def run(self, sockets: Any = None) -> None:
        """Serve until told to end, be it before the loop of events has begun."""
        with self.capture_signals():
            super().run(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take what tells it to end; uvicorn's own raises it once more when all is done."""
        before = {number: signal.signal(number, self.handle_exit) for number in _ENDED_BY}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def server(
    app: ASGIApp, bounds: Bounds, *, proxies: str = "", https: bool = False, **options: Any
) -> Server:
    """The server of an application.

    `proxies`: addresses and networks, with commas, whose forwarded headers are believed; of nobody
    else are they. `https`: people reach it by that. `options` are uvicorn's own.
    """
    _check(proxies)
    room = Room(bounds._replace(connections=min(bounds.connections, _room_of_files())), proxies)
    return Server(
        uvicorn.Config(
            app,
            http=guarded(room, https=https),
            ws="none",
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=math.ceil(bounds.idle_seconds),
            timeout_graceful_shutdown=GRACE_SECONDS,
            **options,
        )
    )


def _room_of_files() -> int:
    """How many connections the limit of open files leaves, once it is raised as far as it goes."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(most, MOST_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        now = wanted
    left = MOST_FILES if now == resource.RLIM_INFINITY else now - FILES_BESIDE
    if left < LEAST_CONNECTIONS:
        raise Refused(
            "Too few files may be open at once.",
            why=f"the limit is {now}; at least {FILES_BESIDE + LEAST_CONNECTIONS} are needed",
            fix="Raise it: `ulimit -n 4096`, or LimitNOFILE= in the unit.",
        )
    return left


def _check(proxies: str) -> None:
    for proxy in filter(None, proxies.split(",")):
        try:
            ipaddress.ip_network(proxy.strip())
        except ValueError as error:
            raise Malformed(
                "The proxies that are believed cannot be read.",
                why=f"{PROXIES}: {error}",
                fix="Name each by its address or network, as in 127.0.0.1,10.0.0.0/8.",
            ) from None
