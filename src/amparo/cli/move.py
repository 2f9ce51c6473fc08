"""`amparo move`: a node outgrows its folder."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.ledger.log import check as checks
from amparo.storage.node import open_node


@click.command()
@click.option(
    "--journal",
    metavar="ADDRESS",
    help="Into PostgreSQL, as in postgresql://amparo@db.example/amparo; '' for the file again.",
)
@click.option(
    "--store", metavar="ADDRESS", help="Into an object store, as in s3://bucket/prefix; '' back."
)
@data_option
def move(journal: str | None, store: str | None, data: Path) -> None:
    """Move a stopped node's journal to PostgreSQL, its files to S3, or both; or back.

    Every row is carried over, every entry is hashed again and must give the root that was signed;
    only then the settings name the new places. The old journal stays where it is and takes nothing
    more. Passwords belong into PGPASSWORD or ~/.pgpass, and AWS_… variables, not into an address.
    """
    from amparo.ledger.upkeep.move import move as carry_over

    if journal is None and store is None:
        raise click.UsageError("Say where to: --journal ADDRESS, --store ADDRESS, or both.")
    with bar("Moving", unit="rows") as advance:
        node = carry_over(open_node(data), database=journal, store=store, advance=advance)
    try:
        with bar("Checking", unit="entries") as advance:
            report = checks.check(node, advance)
    except checks.NotBegun:
        click.echo("Moved. The log has not begun yet, so there was nothing to check.")
        return
    click.echo(
        f"Moved and checked: {report.entries:,} entries, {report.files:,} files, "
        f"{report.openings:,} openings ({report.erased:,} erased), {report.waiting:,} waiting."
    )
