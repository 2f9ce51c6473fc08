"""A front end: a process that takes requests at a node's socket.

`amparo serve` is one itself. On a machine with several cores it starts more of them (`python -m
amparo.cli.process.front_end ORDERS`); the kernel shares the connections out among them. On
standard input they are told what the publishing process says of itself; when that ends, so do they.
"""

# SPDX-License-Identifier: Apache-2.0

import gc
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import uvicorn

    from amparo.web.http.state import Serving

ACCEPTED_A_ROUND = 32
BACKLOG = 2048
SWITCH_SECONDS = 0.0002
COLLECT_EVERY = (100_000, 50, 50)  # a batch makes thousands of objects, and no cycles


class Orders(msgspec.Struct, frozen=True):
    """What a further front end is told at its start."""

    folder: str
    reserve: int
    socket: int
    address: str
    metrics: str | None
    as_json: bool
    requests: bool


def main() -> int:
    """Take requests until standard input ends; exit 3 where that can never be, 1 where not now."""
    from amparo.cli.process.logging_setup import configure
    from amparo.errors import AmparoError, Unavailable

    signal.signal(signal.SIGTERM, end)
    orders = msgspec.json.decode(sys.argv[1], type=Orders)
    configure(as_json=orders.as_json, requests=orders.requests)
    try:
        _follow_orders(orders)
    except AmparoError as error:
        sys.stderr.write(f"A front end cannot begin: {error.what} {error.why} {error.fix}\n")
        return 1 if isinstance(error, Unavailable) else 3
    return 0


def _follow_orders(orders: Orders) -> None:
    from amparo.cli.process import metrics
    from amparo.storage.node import open_node
    from amparo.web.http.state import Serving

    node = open_node(Path(orders.folder)).with_settings(reserve=orders.reserve)
    serving = Serving(node, address=orders.address)
    if orders.metrics is not None:
        metrics.serve(serving, orders.metrics)
    server = server_of(serving)
    threading.Thread(target=_hear, args=(serving, server), daemon=True).start()
    take_requests(server, socket.socket(fileno=orders.socket))


def _hear(serving: "Serving", server: "uvicorn.Server") -> None:
    from amparo.ledger.publisher_process import PublisherState

    # Not through sys.stdin: a thread that waits in its buffer keeps the interpreter from ending.
    with open(0, "rb", buffering=0, closefd=False) as stream:
        for line in stream:
            serving.publisher = msgspec.json.decode(line, type=PublisherState)
    server.should_exit = True


def end(_signal: int, _frame: object) -> None:
    """End in order at SIGTERM, or Ctrl-C.

    By default that would end us on the spot, before the publishing process has finished its beat.
    """
    raise SystemExit(0)


def server_of(serving: "Serving", **options: Any) -> "uvicorn.Server":
    """The server that answers with a node's pages and interfaces; `options` are uvicorn's own."""
    from amparo.web.app import build
    from amparo.web.http.limits import NODE
    from amparo.web.http.server import PROXIES, server

    return server(
        build(serving),
        NODE,
        proxies=os.environ.get(PROXIES, ""),
        https=serving.https,
        loop="uvloop",
        log_config=None,
        backlog=BACKLOG,
        **options,
    )


def take_requests(server: "uvicorn.Server", listener: socket.socket) -> None:
    """Answer requests until the server is told to end."""
    # The appending thread must get the interpreter back soon while requests are being checked.
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    # uvloop takes one new connection from each listening handle in a round of its loop, and a round
    # is long while batches are checked: of hundreds that come at once, the last waited a minute.
    handles = [listener, *(listener.dup() for _ in range(ACCEPTED_A_ROUND - 1))]
    server.run(sockets=handles)


if __name__ == "__main__":
    sys.exit(main())
