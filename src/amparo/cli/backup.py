"""`amparo backup` and `amparo restore`."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.ledger import backup as backups
from amparo.ledger.node import open_node


@click.command()
@click.argument("into", type=click.Path(file_okay=False, path_type=Path))
@click.option("--forget", is_flag=True, help="INTO is a backup that was destroyed: forget it.")
@data_option
def backup(into: Path, forget: bool, data: Path) -> None:
    """Back the node up into a new folder below INTO, while it runs; prints the folder.

    A backup holds the log's private key: keep it as safe as the node. Erasures reach it as long as
    it stays where it is.
    """
    node = open_node(data)
    if forget:
        backups.forget(node, into)
        click.echo(f"Forgot {into}.", err=True)
        return
    into.mkdir(parents=True, exist_ok=True)
    click.echo(backups.backup(node, into))


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
    if (latest is None) != nothing_later:
        raise click.UsageError("Give either --latest FILE or --nothing-later.")
    node = backups.restore(source, data, latest=latest.read_bytes() if latest else None)
    click.echo(f"Restored {node.origin} in {data}. Check it with `amparo log check`.", err=True)
