"""`amparo report explain`: what one cell of a report was counted from."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli.options import data_option
from amparo.cli.report.shared import read_answers
from amparo.cli.report.write import half_option, period, year_option

if TYPE_CHECKING:
    from amparo.report.figures import Measure
    from amparo.storage.journal import Journal


@click.command()
@click.argument("cell", metavar="CELL")
@year_option
@half_option
@click.option(
    "--answers",
    "answers_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The filled file of `amparo report answers`.",
)
@click.option("--most", default=20, show_default=True, help="How many statements are named.")
@data_option
def explain(
    cell: str, year: int, half: int | None, answers_file: Path, most: int, data: Path
) -> None:
    """Show what a CELL of a report was counted from, as in `7!G2`: part, column, row.

    For the operator: what it prints may be about fewer than ten people, and is not for publishing.
    """
    from amparo.ledger.log import platforms
    from amparo.report import explain as explaining
    from amparo.report.hearing import period_of
    from amparo.report.write import Given
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node
    from amparo.web.words import report_figures

    where, answers = explaining.place(cell), read_answers(answers_file)
    start, end = period(year, half)
    with closing(Journal(open_node(data).journal, read_only=True)) as journal:
        platform = platforms.find(journal, answers.service.platform)
        counted = report_figures.counted(journal, platform, start, end).measures()
        heard = report_figures.heard(journal, platform, period_of(str(start), str(end)))
        given = Given(counted, heard, answers, str(start), str(end))
        done = explaining.explain(given, where)
        click.echo(f"part {where.part}, {', '.join(done.row)}, {done.column}: {done.value or '–'}")
        click.echo(f"by Annex II, Part II, {explaining.SOURCES[where.part]}")
        if done.is_answer:
            click.echo("an answer of people, as it stands in the file of answers")
        for name, count in sorted(done.others.items()):
            click.echo(f"{count:,}\t{name}")
        if done.measures:
            click.echo(f"{done.measures.total():,}\tstatements of reasons")
        days = (str(start), str(end))
        for number, case in enumerate(_cases(journal, platform.slug, days, done.measures)):
            if number == most:
                click.echo("  …")
                break
            click.echo(f"  {case}")


def _cases(
    journal: "Journal", slug: str, days: tuple[str, str], measures: "Collection[Measure]"
) -> Iterator[str]:
    """The cases of the statements that were counted, in the order of the log."""
    from amparo.report.figures import Counted

    if not measures:
        return
    for entry in journal.events():
        alone = Counted(slug, *days)
        alone.add([entry.leaf])
        if any(measure in measures for measure in alone.measures()):
            yield str(entry.case)
