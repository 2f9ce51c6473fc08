"""`amparo serve`: a node, with its publishing process beside it."""

# SPDX-License-Identifier: Apache-2.0

import gc
import logging
import os
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

logger = logging.getLogger("amparo.publishing")

_FIRST_HANDED_OVER = 3
RESTART_SECONDS = 1.0
GRACE_SECONDS = 10
ACCEPTED_A_ROUND = 32
SWITCH_SECONDS = 0.0002
COLLECT_EVERY = (100_000, 50, 50)  # a batch makes thousands of objects, and no cycles


@click.command()
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=8400, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--origin", help="The log's identity, for a new node; best its address, no scheme.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log's private key, for a new node; by default one is made.",
)
@click.option("--reserve", type=click.IntRange(0), help="Bytes of disk to keep free.")
@click.option(
    "--metrics", metavar="HOST:PORT", help="Serve Prometheus metrics there, as in 127.0.0.1:9400."
)
@click.option(
    "--notes",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write what happens to standard error.",
)
@click.option("--requests", is_flag=True, help="Note each request, by its pattern and no more.")
@click.option("--demo", is_flag=True, help="Add a demonstration platform with made-up decisions.")
def serve(
    data: Path, port: int, host: str, origin: str | None, key: Path | None, reserve: int | None,
    metrics: str | None, notes: str, requests: bool, demo: bool,
) -> None:  # fmt: skip
    """Run a node: take decisions in, publish the log, show its pages.

    Makes what is missing in the data folder, prints the address to open, and keeps running.
    Ctrl-C ends it; what was answered is kept, and a start after a crash goes on by itself.
    """
    from dataclasses import replace

    from amparo.cli.notes import configure
    from amparo.ledger.node import create_node
    from amparo.web.serving import Serving

    # uvicorn raises the signal again when it is done; by default that would end us on the spot,
    # before the publishing process has finished its beat.
    signal.signal(signal.SIGTERM, _end)
    configure(as_json=notes == "json", requests=requests)
    node = create_node(data, origin=origin, key=key)
    if reserve is not None:
        node = replace(node, reserve=reserve)
    listener = bound(host, port)
    serving = Serving(node, eager=demo, address=address_of(host, listener))
    if metrics is not None:
        _measure(serving, metrics)
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
    """A listening socket; port 0 takes any that is free.

    One that systemd hands over is taken instead (sd_listen_fds): it stays open while the node is
    restarted, and who comes meanwhile waits instead of being refused.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return socket.socket(fileno=_FIRST_HANDED_OVER)
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


def _measure(serving: "Serving", place: str) -> None:
    """Metrics on a port of their own: they are the operator's, and nobody else's."""
    from prometheus_client import start_http_server

    from amparo.errors import Refused
    from amparo.web.telemetry import watch

    host, _, port = place.rpartition(":")
    try:
        start_http_server(int(port), addr=host.strip("[]") or "127.0.0.1")
    except (OSError, ValueError, OverflowError) as error:
        raise Refused(
            f"Metrics cannot be served on {place}.",
            why=str(error),
            fix="Name a free address, as in --metrics 127.0.0.1:9400.",
        ) from None
    watch(serving)


def _listen(serving: "Serving", listener: socket.socket) -> None:
    import uvicorn

    from amparo.web.app import build
    from amparo.web.guard import GuardedProtocol

    # The appending thread must get the interpreter back soon while requests are being checked.
    sys.setswitchinterval(SWITCH_SECONDS)

    gc.freeze()
    gc.set_threshold(*COLLECT_EVERY)
    config = uvicorn.Config(
        build(serving),
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
        server_header=False,
        date_header=False,
    )
    click.echo(f"Open {address_of(listener.getsockname()[0], listener)}/")
    # uvloop takes one new connection from each listening handle in a round of its loop, and a round
    # is long while batches are checked: of hundreds that come at once, the last waited a minute.
    handles = [listener, *(listener.dup() for _ in range(ACCEPTED_A_ROUND - 1))]
    uvicorn.Server(config).run(sockets=handles)


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
                logger.warning("publishing: %s %s", state.what, state.why)
            self._first.set()
