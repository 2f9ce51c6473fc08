"""`amparo backup` and `amparo restore`."""

# SPDX-License-Identifier: Apache-2.0

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.ledger.upkeep import backup as backups
from amparo.storage.node import open_node


@click.command()
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
@click.option("--forget", is_flag=True, help="INTO is a backup that was destroyed: forget it.")
@data_option
def backup(into: Path, forget: bool, data: Path) -> None:
    """Back the node up into a new folder below INTO, while it runs; prints the folder.

    It gets its name only after every page was read back and the tree compared with the root that
    was signed; whatever stops it, nothing half made stays. A backup holds the log's private key:
    keep it as safe as the node. Erasures reach it as long as it stays where it is.
    """
    node = open_node(data)
    if forget:
        backups.forget(node, into)
        click.echo(f"Forgot {into}.", err=True)
        return
    with _cleared_up_when_ended():
        folder = backups.backup(node, into, bar)
    _warn_of_lost(folder)
    click.echo(folder)


@click.command()
@click.argument("source", metavar="BACKUP", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--latest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The newest checkpoint of this log that anybody has seen.",
)
@click.option("--nothing-later", is_flag=True, help="State that nothing was published since.")
@data_option
def restore(source: Path, latest: Path | None, nothing_later: bool, data: Path) -> None:
    """Make a node in the (new) data folder from BACKUP, checked against the signed root.

    A log that went on from an old state would fork. So say what the world has seen: --latest with
    the newest checkpoint (witnesses, monitors and receipts hold one), or --nothing-later.
    """
    from amparo.ledger.upkeep.restore import restore as make

    if (latest is None) != nothing_later:
        raise click.UsageError("Give either --latest FILE or --nothing-later.")
    with _cleared_up_when_ended():
        node = make(source, data, latest=latest.read_bytes() if latest else None, stages=bar)
    _warn_of_lost(data)
    check = f"`amparo log check --data {data}`"
    click.echo(f"Restored {node.origin} in {data}. Check it with {check}.", err=True)


@contextmanager
def _cleared_up_when_ended() -> Iterator[None]:
    """Let a signal to end be an exception, so that what is half made is removed."""

    def end(number: int, _: object) -> None:
        for signum in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {signum: signal.signal(signum, end) for signum in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _warn_of_lost(folder: Path) -> None:
    if lost := backups.lost_evidence(folder):
        click.echo(f"The node has lost {len(lost)} attached file(s): {', '.join(lost)}", err=True)
