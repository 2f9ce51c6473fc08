"""`amparo receipt`: the proof that a decision is in the log."""

# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path
from uuid import UUID

import click

from amparo.case.events import PartsCommitted, PartsNamed
from amparo.cli.options import data_option
from amparo.ledger.case import casework
from amparo.ledger.log import receipts
from amparo.storage.durable import write_durably
from amparo.storage.journal import Journal
from amparo.storage.node import open_node


@click.command()
@click.argument("id")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here, not to standard output."
)
@click.option("--public", is_flag=True, help="Leave the platform's own identifier (PUID) out.")
@click.option(
    "--parts",
    is_flag=True,
    help="Of the newest answer instead: pseudonyms of who decided and who looked again.",
)
@click.option(
    "--names",
    is_flag=True,
    help="Who stands behind those pseudonyms: for an out-of-court body or a monitor alone.",
)
@data_option
def receipt(
    id: str, output: Path | None, public: bool, parts: bool, names: bool, data: Path
) -> None:
    """Write the receipt of the decision ID (a uuid, or its index in the log).

    The file verifies anywhere with `amparo verify`, with no network and without this node.
    """
    node = open_node(data)
    journal = Journal(node.journal, read_only=True)
    if parts or names:
        entry = casework.entry(journal, UUID(id), PartsNamed if names else PartsCommitted)
    else:
        entry = receipts.find(journal, id)
    made = receipts.receipt(node, entry, reader="anyone" if public else "party")
    if output is None:
        sys.stdout.buffer.write(made)
    else:
        write_durably(output, made)
        click.echo(f"Wrote {output}.", err=True)
