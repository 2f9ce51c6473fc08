"""Records that were refused, or taken but not wholly: the first ones, and how many of each sort."""

# SPDX-License-Identifier: Apache-2.0

from typing import TYPE_CHECKING

import click

from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.ledger.connect.ingest import Remark

MOST_SHOWN = 20


class Remarks:
    """What is to be said of single records of one reading."""

    def __init__(self) -> None:
        self.first: list[Remark] = []
        self.refused = 0
        self.unfinished = 0

    def note(self, remark: "Remark") -> None:
        """Count one, and keep it if it is among the first."""
        self.refused += remark.refused
        self.unfinished += not remark.refused
        if len(self.first) < MOST_SHOWN:
            self.first.append(remark)

    def show(self, source: str) -> None:
        """Write them to the terminal, each with its reason, after the name of their source."""
        for remark in self.first:
            click.echo(on_a_line(f"{source} {remark.place}: {remark.why}"), err=True)
        number = self.refused + self.unfinished
        if number > len(self.first):
            click.echo(f"and {number - len(self.first):,} rows more", err=True)
        if self.refused:
            click.echo(f"{self.refused:,} rows refused.", err=True)
        if self.unfinished:
            click.echo(
                f"{self.unfinished:,} rows are on the record, but not as they say.", err=True
            )
