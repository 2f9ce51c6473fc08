"""How rows are printed: for people as a table, for programs as CSV or JSON lines."""

# SPDX-License-Identifier: Apache-2.0

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import click
import msgspec

from amparo.foreign_text import on_a_line
from amparo.observatory.csv_safe import inert

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How rows are printed.",
)


def as_day(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
    """A day that was typed."""
    return None if value is None else value.date()


def print_rows(head: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> None:
    """Rows to standard output: for people as a table, for programs as CSV or JSON lines."""
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([inert(cell) for cell in row] for row in rows)
    elif form == "json":
        for row in rows:
            click.echo(msgspec.json.encode(dict(zip(head, row, strict=True))).decode())
    elif sys.stdout.isatty():
        _print_table(head, rows)
    else:
        for row in (head, *rows):
            click.echo("\t".join(on_a_line(str(cell)) for cell in row))


def _print_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*head, box=None, header_style="bold")
    for row in rows:  # a text of its own has no markup in it, whoever wrote it
        cells = (f"{cell:,}" if isinstance(cell, int) else on_a_line(str(cell)) for cell in row)
        table.add_row(*map(Text, cells))
    Console().print(table)
