"""`amparo receipt`: the proof that a decision is in the log."""

# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.ledger.log import receipts
from amparo.ledger.storage.durable import write_durably
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import open_node


@click.command()
@click.argument("id")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here, not to standard output."
)
@click.option("--public", is_flag=True, help="Leave the platform's own identifier (PUID) out.")
@data_option
def receipt(id: str, output: Path | None, public: bool, data: Path) -> None:
    """Write the receipt of the decision ID (a uuid, or its index in the log).

    The file verifies anywhere with `amparo verify`, with no network and without this node.
    """
    node = open_node(data)
    kept = receipts.find(Journal(node.journal, read_only=True), id)
    made = receipts.receipt(node, kept, reader="anyone" if public else "party")
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        write_durably(output, made)
        click.echo(f"Wrote {output}.", err=True)
