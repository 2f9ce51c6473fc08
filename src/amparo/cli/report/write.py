"""`amparo report answers`, `write` and `publish`: from the record and answers to what is signed."""

# SPDX-License-Identifier: Apache-2.0

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.cli.report.shared import TIERS, put, read_answers, show

year_option = click.option("--year", type=click.IntRange(2020, 2100), required=True)
half_option = click.option(
    "--half", type=click.IntRange(1, 2), help="A half of it, as VLOPs report."
)


@click.command()
@click.option("--tier", type=click.Choice(TIERS), default="online_platform", show_default=True)
@click.option("--platform", required=True, help="Its party name in the log (`platform list`).")
@click.option("--name", required=True, help="The service, as every row is to bear it.")
def answers(tier: Any, platform: str, name: str) -> None:
    """Print a TOML file with every question that is to be answered by people."""
    from amparo.report.skeleton import skeleton

    click.echo(skeleton(tier, platform=platform, name=name))


@click.command()
@year_option
@half_option
@click.option(
    "--answers",
    "answers_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The filled file of `amparo report answers`.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A new folder for zip, workbook, page and manifest.",
)
@click.option("--reasons", default="", help="Why a published version is corrected, and how.")
@data_option
def write(
    year: int, half: int | None, answers_file: Path, output: Path, reasons: str, data: Path
) -> None:
    """Write a draft of the report of a YEAR: every part that the tier owes.

    What nobody has answered is left blank and told of; exit 1 if anything is. A draft touches
    nothing but its folder: `amparo report publish` makes it public. If a version of this period is
    published, the draft is of the next one, and lists what it changes.
    """
    from amparo.ledger.log import platforms
    from amparo.report.write import Given
    from amparo.report.write import write as written_of
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node
    from amparo.web.words import report_figures, report_files, report_versions

    answered, node = read_answers(answers_file), open_node(data)
    start, end = period(year, half)
    before = report_versions.latest(node.reports, answered.service.name, f"{start}/{end}")
    with closing(Journal(node.journal, read_only=True)) as journal:
        platform = platforms.find(journal, answered.service.platform)
        with bar("Counting", unit="entries") as advance:
            counted = report_figures.counted(journal, platform, start, end, advance)
        heard = report_figures.heard(journal, platform, f"{year}-H{half}" if half else str(year))
    given = Given(counted.measures(), heard, answered, str(start), str(end))
    made = written_of(given)
    found = report_files.findings(made, given)
    manifest, files_ = report_files.draft(
        made,
        given,
        found,
        made_on=str(today()),
        log=node.origin,
        platform=platform.slug,
        before=before,
        reasons=reasons,
    )
    put(output, files_)
    show(found)
    click.echo(
        f"{output}: version {manifest.version}, {len(made.parts)} parts, "
        f"{counted.leaves:,} entries read; a draft"
    )
    if manifest.errors:
        click.echo(f"{len(manifest.errors)} errors are open: it cannot be published.", err=True)
        raise SystemExit(1)


@click.command()
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DRAFT"
)
@click.option(
    "--signed-by",
    required=True,
    metavar="NAME, ROLE",
    help="Who answers for it; stands in the public manifest.",
)
@data_option
def publish(folder: Path, signed_by: str, data: Path) -> None:
    """Publish the DRAFT that `amparo report write` made, signed by name, for good.

    It is shown at /transparency/published, and its digest gets into the log with the sign-off.
    Refused while it has errors, or if a file of it is not as it was written. Publishing the same
    version again changes nothing; another one under its number is refused.
    """
    from amparo.storage.node import open_node
    from amparo.web.words import report_publishing, report_versions

    node = open_node(data)
    manifest, bodies = report_versions.read(folder)
    done = report_publishing.publish(node, manifest, bodies, by=signed_by, on=str(today()))
    named_day = report_publishing.day_of(bodies)
    if named_day != done.manifest.signed_on:
        click.echo(f"Part 1 says that it is published on {named_day or 'no day'}.", err=True)
    click.echo(
        f"{'Published' if done.is_new else 'Published before'}: version {manifest.version} of "
        f"{manifest.service}, {manifest.period}, signed by {done.manifest.signed_by}; "
        f"entry {done.entry} of the log; digest {done.manifest.digest()}"
    )


def period(year: int, half: int | None) -> tuple[date, date]:
    """The first and last day of a year, or of a half of it."""
    if half is None:
        return date(year, 1, 1), date(year, 12, 31)
    if half == 1:
        return date(year, 1, 1), date(year, 6, 30)
    return date(year, 7, 1), date(year, 12, 31)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()
