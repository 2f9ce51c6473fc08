"""`amparo report body` and `santa-clara`: other reports from the same figures."""

# SPDX-License-Identifier: Apache-2.0

import json
from datetime import date
from pathlib import Path

import click

from amparo.cli.options import data_option

_year = click.option("--year", type=click.IntRange(2020, 2100), required=True)


@click.command()
@_year
@click.option("--difficulties", default="", help="Shortcomings and difficulties, in your words.")
@data_option
def body(year: int, difficulties: str, data: Path) -> None:
    """Print the yearly report of a dispute body (DSA Article 21(4)), of all panels of this node.

    Default decisions stand apart from those on the merits. Only certified bodies owe it.
    """
    from amparo.ledger.log import platforms
    from amparo.report.body import yearly
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node
    from amparo.web.words import report_figures

    journal = Journal(open_node(data).journal, read_only=True)
    disputes = [
        dispute
        for platform in platforms.every(journal)
        for dispute in report_figures.disputed_here(journal, platform, str(year))
    ]
    journal.close()
    click.echo(json.dumps({"year": year, **yearly(disputes, difficulties)}, indent=1))


@click.command("santa-clara")
@_year
@click.option("--platform", "slug", required=True, help="Its party name (`platform list`).")
@data_option
def santa_clara(year: int, slug: str, data: Path) -> None:
    """Print the numbers that the Santa Clara Principles ask for, and which the record lacks."""
    from amparo.ledger.log import platforms
    from amparo.report.santa_clara import numbers
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node
    from amparo.web.words import report_figures

    journal = Journal(open_node(data).journal, read_only=True)
    platform = platforms.find(journal, slug)
    start, end = date(year, 1, 1), date(year, 12, 31)
    counted = report_figures.counted(journal, platform, start, end)
    figures = numbers(counted.measures(), report_figures.heard(journal, platform, str(year)))
    journal.close()
    click.echo(json.dumps({"year": year, "platform": slug, **figures}, indent=1))
