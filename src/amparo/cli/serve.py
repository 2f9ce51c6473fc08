"""`amparo serve`: a node, with its publishing process beside it."""

# SPDX-License-Identifier: Apache-2.0

import errno
import logging
import os
import shlex
import signal
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli.options import data_option

if TYPE_CHECKING:
    from amparo.demo.process import Neighbours
    from amparo.ledger.publisher_process import PublisherState
    from amparo.storage.node import Node

logger = logging.getLogger("amparo")
_FIRST_HANDED_OVER = 3
PATIENCE_SECONDS = 1.0
"""How long the node's end waits for an alarm that is being mailed, or a backup that is opened."""


class WithSettings(click.Command):
    """A command whose help lists the settings of a node."""

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Each setting with its first sentence; the file itself, and its page, say all of it."""
        from amparo.storage import settings

        with formatter.section(f"Settings, in DATA/{settings.FILE} (docs/operation.md)"):
            formatter.write_dl([(setting.name, setting.summary) for setting in settings.every()])


@click.command(cls=WithSettings)
@data_option
@click.option("--port", type=click.IntRange(0, 65535), default=8400, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--origin", help="The log's identity, for a new node; best its address, no scheme.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The log's private key, for a new node; by default one is made.",
)
@click.option(
    "--journal",
    metavar="ADDRESS",
    default="",
    help="PostgreSQL for a new node's journal, as in postgresql://amparo@db.example/amparo.",
)
@click.option(
    "--store",
    metavar="ADDRESS",
    default="",
    help="An object store for a new node's log and evidence, as in s3://bucket/prefix.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes take requests; at best one a core.",
)
@click.option(
    "--reserve",
    type=click.IntRange(0),
    help="Bytes of disk to keep free, instead of what the setting says.",
)
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Serve Prometheus metrics there, as in 127.0.0.1:9400; further processes on the ports "
    "after it.",
)
@click.option(
    "--notes",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write what happens to standard error.",
)
@click.option("--requests", is_flag=True, help="Note each request, by its pattern and no more.")
@click.option(
    "--demo",
    is_flag=True,
    help="Serve a demonstration: a made-up coalition with eighteen months of cases, made if the "
    "folder is empty.",
)
def serve(
    data: Path,
    port: int,
    host: str,
    origin: str | None,
    key: Path | None,
    journal: str,
    store: str,
    processes: int,
    reserve: int | None,
    metrics: str | None,
    notes: str,
    requests: bool,
    demo: bool,
) -> None:
    """Run a node: take decisions in, publish the log, show its pages.

    Makes what is missing in the data folder, prints the address to open, and keeps running.
    Ctrl-C ends it; what was answered is kept, and a start after a crash goes on by itself.
    An older node moves to PostgreSQL or an object store with `amparo move`.
    """
    from amparo.cli.process import front_end, watchdog
    from amparo.cli.process import metrics as places
    from amparo.cli.process.logging_setup import configure
    from amparo.cli.process.supervise import FrontEnds, Publishing
    from amparo.ledger.upkeep import running
    from amparo.ledger.upkeep.disk_alarm import DiskAlarm
    from amparo.ledger.upkeep.retention import Retention
    from amparo.storage.durable import close_to_others
    from amparo.storage.node import OWN, check_is_demonstration, create_node
    from amparo.web.http.state import Serving

    signal.signal(signal.SIGTERM, front_end.end)
    configure(as_json=notes == "json", requests=requests)
    listener, *more = listeners(host, port, processes)
    address = address_of(host, listener)
    neighbours = None
    if demo:
        _check_stands_alone(origin, key, journal, store)
        node, neighbours = demonstration(data, address_of(listener.getsockname()[0], listener))
    else:
        node = create_node(data, origin=origin, key=key, journal=journal, store=store)
        check_is_demonstration(node, wanted=False)
    for change in close_to_others(node.folder, OWN):
        logger.warning("%s", change)
    if reserve is not None:
        node = node.with_settings(reserve=reserve)
    serving = Serving(node, address=address)
    if metrics is not None:
        places.serve(serving, metrics)
        places.check_further(metrics, len(more))
    server = front_end.server_of(serving, **watchdog.options())
    orders = [
        front_end.Orders(
            folder=str(node.folder),
            reserve=node.settings.reserve,
            socket=sock.fileno(),
            address=address,
            metrics=metrics and places.port_after(metrics, n),
            as_json=notes == "json",
            requests=requests,
        )
        for n, sock in enumerate(more, 1)
    ]

    def give_up(number: int) -> None:
        if more[number] is not listener:  # the one that systemd handed over is everybody's
            more[number].close()  # the kernel sends nobody there any more

    others = FrontEnds(orders, ending=lambda: server.should_exit, give_up=give_up)

    def tell(state: "PublisherState") -> None:
        serving.publisher = state
        others.tell(state)

    upkeep = [DiskAlarm(node).thread]
    if node.settings.retention_days:
        upkeep.append(Retention(node).thread)
    serving.upkeep = upkeep
    publishing = Publishing(node, tell)
    if neighbours is not None:
        neighbours.start()
    publishing.start()
    for thread in upkeep:
        thread.start()
    place = address_of(listener.getsockname()[0], listener)
    noted = ExitStack()
    try:
        for sock in (listener, *more):
            sock.listen(front_end.BACKLOG)  # now, or early connections stay here
        noted.enter_context(running.noted(node, place))
        others.start()
        signal.signal(signal.SIGINT, front_end.end)  # it is there now, and Ctrl-C is its end
        click.echo(f"Open {place}/")
        if demo:
            show_cast(node, place)
        else:
            way_in = f"amparo admin link --data {shlex.quote(str(data))}"
            click.echo(f"The operator's page: {place}/admin (`{way_in}` opens it)")
        front_end.take_requests(server, listener)
    finally:
        noted.close()
        others.stop()
        for thread in upkeep:
            thread.stop(PATIENCE_SECONDS)
        publishing.stop()
        if neighbours is not None:
            neighbours.stop()


def demonstration(data: Path, address: str) -> "tuple[Node, Neighbours]":
    """The demonstration in a folder, and what is to run beside it; `address`: the node's own."""
    from amparo.demo import play
    from amparo.demo.process import Neighbours

    witnesses = bound(
        "127.0.0.1",
        play.witness_port(data),
        fix="The charter of this demonstration has its witnesses there: end the program that holds "
        "it, or begin a new demonstration in another folder.",
    )
    node = play.node_in(
        data,
        log_url=f"{address}/log",
        witness_url=address_of("127.0.0.1", witnesses),
        tell=lambda text: click.echo(text, err=True),
    )
    return node, Neighbours(node.folder, witnesses, address)


def show_cast(node: "Node", address: str) -> None:
    """Print whom a visitor can be, and the link to begin at as each of them."""
    from amparo.ledger.upkeep.demonstration import cast
    from amparo.storage.journal import Journal
    from amparo.web.words.demonstration import TOURS

    with closing(Journal(node.journal, read_only=True)) as journal:
        parts = {TOURS[part.name].who: f"{address}/demo#{part.name}" for part in cast(journal)}
    click.echo("Be somebody in it:")
    for who, link in parts.items():
        click.echo(f"  {who:<{max(map(len, parts))}}  {link}")


def _check_stands_alone(origin: str | None, key: Path | None, journal: str, store: str) -> None:
    if origin or key or journal or store:
        from amparo.errors import Refused

        raise Refused(
            "A demonstration stands alone.",
            why="its log has a name of its own, and all of it lies in one folder",
            fix="Leave --origin, --key, --journal and --store out.",
        )


def listeners(host: str, port: int, number: int) -> list[socket.socket]:
    """A listening socket for each process, at one address.

    All of them stay open here: when a process dies, whoever waits at its socket waits for the next.
    One socket that systemd handed over is shared.
    """
    first = bound(host, port)
    if number == 1 or _is_handed_over():
        return [first] * number
    port = first.getsockname()[1]  # and nobody else listens there
    first.close()
    return [bound(host, port, beside_others=True) for _ in range(number)]


def bound(
    host: str,
    port: int,
    *,
    beside_others: bool = False,
    fix: str = "",
) -> socket.socket:
    """A listening socket; port 0 takes any that is free; `fix`: what to do where it is taken.

    One that systemd hands over is taken instead (sd_listen_fds): it stays open while the node is
    restarted, and who comes meanwhile waits instead of being refused.
    """
    if _is_handed_over():
        return socket.socket(fileno=_FIRST_HANDED_OVER)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if beside_others:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        from amparo.errors import Refused

        listener.close()
        raise Refused(
            f"Port {port} on {host} cannot be used.",
            why=str(error.strerror),
            fix=_place_for(error, fix),
        ) from None
    return listener


def _place_for(error: OSError, taken: str) -> str:
    """What to do where one cannot listen; `taken`: where another program does."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            "Choose with --host an address that this machine has: 127.0.0.1 for itself alone, "
            "0.0.0.0 for all of them."
        )
    if error.errno == errno.EACCES:
        return (
            "Ports below 1024 are not for everybody: choose another with --port, and put a proxy "
            "in front (docs/operation.md)."
        )
    return taken or "Choose another with --port, or end the program that holds it."


def _is_handed_over() -> bool:
    return os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1"


def address_of(host: str, listener: socket.socket) -> str:
    """Where a socket listens, as a browser opens it."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"
