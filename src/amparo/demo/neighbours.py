"""Who is beside a demonstration's node: witnesses, a monitor, a mirror with a fault, the box.

A process of its own, `python -m amparo.demo.neighbours FOLDER SOCKET ADDRESS`, which ends when its
standard input does. The monitor's first look goes to the mirror, one file of which is damaged; its
next to the node itself. So the page of the coalition has a fault, with its proof, that is over.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from amparo.coalition.trusted_log import LogState, Watched, of_charter
from amparo.demo import box
from amparo.demo.coalition import FOLDER, MEMBERS
from amparo.ledger.coalition import charters
from amparo.ledger.coalition.monitor import Look
from amparo.ledger.coalition.monitor_state import MonitorState
from amparo.ledger.coalition.rounds import Rounds
from amparo.ledger.coalition.witness_service import Witness
from amparo.ledger.upkeep import running
from amparo.storage.node import CHECKPOINT, Node, open_node
from amparo.web import witness as witness_pages
from amparo.web.disclosure import app as box_pages
from amparo.web.http.limits import DISCLOSURE
from amparo.web.http.server import server
from amparo.web.http.static_files import PackedFiles

MIRROR = "/mirror/log"
DAMAGED = "tile/entries/000"
"""The file of the mirror in which one byte is not what it was."""
_SPOT = 20  # inside of the first entry
LOOK_SECONDS = 30.0
WAIT_SECONDS = 1.0
logger = logging.getLogger("amparo")


def main() -> None:
    """Serve until standard input ends."""
    folder, listening, address = sys.argv[1:]
    node, listener = open_node(Path(folder)), socket.socket(fileno=int(listening))
    mirror = f"http://127.0.0.1:{listener.getsockname()[1]}{MIRROR}"
    serving = server(application(node, address), DISCLOSURE, log_level="warning")
    for target in (lambda: _end_with_parent(serving), lambda: monitor(node, address, mirror)):
        threading.Thread(target=target, daemon=True).start()
    serving.run(sockets=[listener])


def application(node: Node, address: str) -> Starlette:
    """All of them at one port, each witness below its own name; `address`: the node's own."""
    folder = node.folder / FOLDER / "witnesses"
    witnesses = {member.id: _witness(folder / member.id) for member in MEMBERS}
    sealed = box_pages.build(box.folder_of(node))
    apps = [*witnesses.values(), sealed]
    for app in apps:
        app.state.demonstration = address

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for app in apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    async def mirrored(request: Request) -> Response:
        return _mirrored(node, request.path_params["path"])

    return Starlette(
        routes=[
            Route(f"{MIRROR}/{{path:path}}", mirrored, methods=["GET"]),
            Mount("/static", PackedFiles()),
            *(Mount(f"/{name}", app) for name, app in witnesses.items()),
            Mount("/", sealed),
        ],
        lifespan=lifespan,
    )


def monitor(node: Node, address: str, mirror: str) -> None:
    """Look at the log again and again, from the first checkpoint on.

    While the node itself does not serve yet, its silence is no fault of its log.
    """
    while not ((node.log / CHECKPOINT).is_file() and running.address(node)):
        time.sleep(WAIT_SECONDS)
    followed = of_charter(charters.current(node))
    node.monitor.mkdir(exist_ok=True)
    is_new = not (node.monitor / "monitor.db").exists()
    if is_new:
        _look_around(node, [log._replace(url=mirror) for log in followed])
    while True:
        _look_around(node, [log._replace(url=f"{address}/log") for log in followed])
        time.sleep(LOOK_SECONDS)


def _look_around(node: Node, followed: list[Watched]) -> None:
    def look(log: Watched, state: LogState) -> Look:
        return Look(log, state, now=int(time.time()))

    with contextlib.closing(MonitorState(node.monitor, followed)) as monitor_state:
        rounds = Rounds(monitor_state, look)
        rounds.begin()
        for judged in rounds.judged(None):
            for fault in judged.fresh:
                logger.info("the monitor: %s %s", fault.what, fault.why)


def _witness(folder: Path) -> Starlette:
    return witness_pages.build(Witness(folder, folder / "mark"))


def _mirrored(node: Node, path: str) -> Response:
    """A file of the log as the mirror has it."""
    file = (node.log / path).resolve()
    if not file.is_relative_to(node.log.resolve()) or not file.is_file():
        return Response(status_code=404)
    body = file.read_bytes()
    if path.startswith(DAMAGED):
        body = body[:_SPOT] + bytes([body[_SPOT] ^ 1]) + body[_SPOT + 1 :]
    return Response(body, media_type="application/octet-stream")


def _end_with_parent(running: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    running.should_exit = True


if __name__ == "__main__":
    main()
