"""`amparo erase`: erase what a decision sealed."""

# SPDX-License-Identifier: Apache-2.0

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from amparo.cli.options import data_option
from amparo.ledger.forward import outcomes
from amparo.ledger.log import receipts
from amparo.ledger.upkeep import erase as erasing
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node

if TYPE_CHECKING:
    from amparo.storage.journal import LogEntry


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--reason",
    type=click.Choice(["request", "order", "mistake"]),
    default="request",
    show_default=True,
    help="Asked for by the person, ordered by an authority, or sent by mistake.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def erase(
    ids: tuple[str, ...], reason: Literal["request", "order", "mistake"], yes: bool, data: Path
) -> None:
    """Erase the texts and identifiers of the decisions ID..., here and in every known backup.

    The entry in the log and every receipt stay valid; they only no longer say anything about
    anyone. This cannot be undone. Works while the node runs.
    """
    node = open_node(data)
    journal = Journal(node.journal, read_only=True)
    entries = [receipts.find(journal, name) for name in ids]
    journal.close()
    if not yes:
        click.confirm(f"Erase the reasons of {len(entries)} decision(s) for ever?", abort=True)
    erased = erasing.erase(node, entries, reason)
    click.echo(
        f"Erased {erased.entries} ({erased.already} were erased before), "
        f"also in {erased.backups} backup(s)."
    )
    _tell_of_copies(node, entries)


def _tell_of_copies(node: Node, entries: "list[LogEntry]") -> None:
    """Say which of them are in the EU's database as well, which no node can take out of it."""
    with closing(Journal(node.journal, read_only=True)) as journal:
        copies = [place for entry in entries if (place := outcomes.copy_of(journal, entry))]
    if copies:
        click.echo(
            f"{len(copies)} went on to the EU's database, which keeps its copy: it has no call to "
            "withdraw one. Where a copy holds personal data, ask the Commission to take it out:",
            err=True,
        )
    for place in copies:
        click.echo(place)
