"""`amparo report answers` and `amparo report write`: a report from the record and answers."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.cli.report.shared import TIERS, put, read_answers, show

if TYPE_CHECKING:
    from amparo.report.table import Report


_year = click.option("--year", type=click.IntRange(2020, 2100), required=True)
_half = click.option("--half", type=click.IntRange(1, 2), help="A half of it, as VLOPs report.")


@click.command()
@click.option("--tier", type=click.Choice(TIERS), default="online_platform", show_default=True)
@click.option("--platform", required=True, help="Its party name in the log (`platform list`).")
@click.option("--name", required=True, help="The service, as every row is to bear it.")
def answers(tier: Any, platform: str, name: str) -> None:
    """Print a TOML file with every question that is to be answered by people."""
    from amparo.report.skeleton import skeleton

    click.echo(skeleton(tier, platform=platform, name=name))


@click.command()
@_year
@_half
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
@click.option(
    "--corrects",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the version that this one corrects.",
)
@click.option("--reasons", default="", help="Why it is corrected, and how; with --corrects.")
@click.option("--no-log", is_flag=True, help="Do not put the manifest's digest into the log.")
@click.option("--publish", is_flag=True, help="Also show it at /transparency/published, for good.")
@data_option
def write(
    year: int,
    half: int | None,
    answers_file: Path,
    output: Path,
    corrects: Path | None,
    reasons: str,
    data: Path,
    *,
    no_log: bool,
    publish: bool,
) -> None:
    """Write the report of a YEAR: every part that the tier owes.

    What nobody has answered is left blank and told of; exit 1 if anything is, and the report is a
    draft: it is not published, and nothing of it gets into the log. Else its digest does; all
    versions stay public, and a corrected one lists what it changes.
    """
    from amparo.ledger.log import platforms
    from amparo.ledger.log.notarise import remark
    from amparo.ledger.storage.journal import Journal
    from amparo.ledger.storage.node import open_node
    from amparo.report import lint
    from amparo.report.write import Given
    from amparo.report.write import write as written_of
    from amparo.web.words import report_figures, report_files

    given, node = read_answers(answers_file), open_node(data)
    start, end = _period(year, half)
    before, old = report_files.read_version(corrects) if corrects else (None, {})
    journal = Journal(node.journal, read_only=True)
    platform = platforms.find(journal, given.service.platform)
    with bar("Counting", unit="entries") as advance:
        counted = report_figures.counted(journal, platform, start, end, advance)
    heard = report_figures.heard(journal, platform, start, end)
    journal.close()
    made = written_of(Given(counted.measures(), heard, given, str(start), str(end)))
    service, period = given.service.name, f"{start}/{end}"
    manifest, files_ = report_files.publish(
        made,
        service=service,
        period=period,
        made_on=str(_today()),
        log=node.origin,
        before=before,
        reasons=reasons,
        changes=report_files.changed(old, made) if before else (),
    )
    put(output, files_)
    found = [*made.findings, *lint.lint(_read_back(files_["report.zip"]), given.service.tier)]
    show(found)
    is_draft = any(finding.severity == "error" for finding in found)
    if publish and not is_draft:
        put(node.reports / report_files.place(manifest), files_)
    if is_draft:
        click.echo(
            "A draft: not in the log, and not published, as long as it has errors.", err=True
        )
    elif not no_log:
        details = {
            "sha256": manifest.digest(),
            "service": service,
            "period": period,
            "version": manifest.version,
        }
        click.echo(f"Entry {remark(node, 'report.published', details)} of the log.", err=True)
    click.echo(
        f"{output}: version {manifest.version}, {len(made.parts)} parts, "
        f"{counted.leaves:,} entries read; digest {manifest.digest()}"
    )
    if is_draft:
        raise SystemExit(1)


def _period(year: int, half: int | None) -> tuple[date, date]:
    if half is None:
        return date(year, 1, 1), date(year, 12, 31)
    if half == 1:
        return date(year, 1, 1), date(year, 6, 30)
    return date(year, 7, 1), date(year, 12, 31)


def _read_back(archive: bytes) -> "Report":
    from amparo.report import files
    from amparo.report.parts import reports

    sheets, _ = files.sheets_of("report.zip", archive)
    found, _ = reports(sheets)
    return found[0]


def _today() -> date:
    return datetime.now(UTC).date()
