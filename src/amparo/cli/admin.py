"""`amparo admin`: the operator's way in to the page /admin of their node."""

# SPDX-License-Identifier: Apache-2.0

from contextlib import closing
from pathlib import Path

import click

from amparo.cli.groups import Group
from amparo.cli.options import data_option


@click.group(cls=Group)
def admin() -> None:
    """The operator's page: a link that opens it, and the end of every session."""


@admin.command()
@data_option
def link(data: Path) -> None:
    """Print a link to the operator's page, on the last line; it works once and for ten minutes.

    Whoever may write this node's folder can do all that the page does by the command line. The page
    shows no complaint, no token that was made before, and no address of those whom decisions are
    about.
    """
    from amparo.cli.links import echo_link
    from amparo.ledger.upkeep import operators
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    with closing(Journal(node.journal)) as journal:
        secret = operators.new_link(journal, node)
    echo_link(node, f"/admin/sign-in?link={secret}")


@admin.command("sign-out")
@data_option
def sign_out(data: Path) -> None:
    """End every session at the operator's page, and every link to it that was not used."""
    from amparo.ledger.upkeep import operators
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    with closing(Journal(open_node(data).journal)) as journal:
        ended = operators.sign_out(journal)
    click.echo(f"Sessions and links ended: {ended}.", err=True)
