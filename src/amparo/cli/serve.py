"""`amparo serve`: a node, with its publishing process beside it."""

# SPDX-License-Identifier: Apache-2.0

import gc
import logging
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli.options import data_option

if TYPE_CHECKING:
    from amparo.ledger.node import Node
    from amparo.web.serving import Serving

RESTART_SECONDS = 1.0
GRACE_SECONDS = 10
SWITCH_SECONDS = 0.0002
COLLECT_EVERY = (100_000, 50, 50)  # a batch makes thousands of objects, and no cycles


@click.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=8400, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--origin", help="The log's identity, for a new node; best its address, no scheme.")
@click.option("--reserve", type=click.IntRange(0), help="Bytes of disk to keep free.")
@click.option("--demo", is_flag=True, help="Add a demonstration platform with made-up decisions.")
def serve(
    data: Path, port: int, host: str, origin: str | None, reserve: int | None, demo: bool
) -> None:
    """Run a node: take decisions in, publish the log, show its pages.

    Makes what is missing in the data folder, prints the address to open, and keeps running.
    Ctrl-C ends it; what was answered is kept, and a start after a crash goes on by itself.
    """
    from dataclasses import replace

    from amparo.ledger.node import create_node
    from amparo.web.serving import Serving

    # uvicorn raises the signal again when it is done; by default that would end us on the spot,
    # before the publishing process has finished its beat.
    signal.signal(signal.SIGTERM, _end)
    node = create_node(data, origin=origin)
    if reserve is not None:
        node = replace(node, reserve=reserve)
    listener = bound(host, port)
    serving = Serving(node, eager=demo, address=address_of(host, listener))
    publishing = Publishing(node, serving)
    publishing.start()
    try:
        if demo:
            from amparo.ledger.demo import fill

            fill(node)
        _listen(serving, listener)
    finally:
        publishing.stop()


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        from amparo.errors import Refused

        raise Refused(
            f"Port {port} on {host} cannot be used.",
            why=str(error.strerror),
            fix="Choose another with --port, or end the program that holds it.",
        ) from None
    return listener


def address_of(host: str, listener: socket.socket) -> str:
    """Where a socket listens, as a browser opens it."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def _listen(serving: "Serving", listener: socket.socket) -> None:
    import uvicorn

    from amparo.web.app import build
    from amparo.web.guard import GuardedProtocol

    # The appending thread must get the interpreter back soon while requests are being checked.
    sys.setswitchinterval(SWITCH_SECONDS)

    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    config = uvicorn.Config(
        build(serving),
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
        server_header=False,
        date_header=False,
    )
    click.echo(f"Open {address_of(listener.getsockname()[0], listener)}/")
    uvicorn.Server(config).run(sockets=[listener])


class Publishing:
    """The publishing process, started again when it dies, and never when it refused."""

    def __init__(self, node: "Node", serving: "Serving") -> None:
        self._node = node
        self._serving = serving
        self._stopping = threading.Event()
        self._first = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)

    def start(self) -> None:
        """Start it and wait for its first word; a refusal is raised here."""
        from amparo.errors import Unsound

        self._thread.start()
        self._first.wait()
        said = self._serving.publisher
        if said.state == "refused":
            raise Unsound(said.what, why=said.why, fix=said.fix)

    def stop(self) -> None:
        """Let it finish its beat and end."""
        self._stopping.set()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "amparo.ledger.beat", str(self._node.folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._listen(self._process)
            if self._process.wait() == 3:
                self._first.set()
                return
            self._stopping.wait(RESTART_SECONDS)
        self._first.set()

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        import msgspec

        from amparo.ledger.beat import State

        if process.stdout is None:
            return
        for line in process.stdout:
            state = msgspec.json.decode(line, type=State)
            self._serving.publisher = state
            if state.what:
                click.echo(f"publishing: {state.what} {state.why}", err=True)
            self._first.set()
