"""`amparo report lint`: judge anyone's report, and mend what is certain."""

# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.cli.options import json_option
from amparo.cli.report.shared import TIERS, language_option, put, show

if TYPE_CHECKING:
    from amparo.report.repaired import Repaired
    from amparo.report.table import Report


_tier = click.option("--tier", type=click.Choice(TIERS), help="What kind of service it is.")


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER|ZIP...",
    type=click.Path(exists=True, path_type=Path),
)
@_tier
@click.option(
    "--fix",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write copies with what is certain corrected into this new folder.",
)
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code hosts.")
@click.option("--strict", is_flag=True, help="Exit 1 for warnings, too.")
@language_option
@json_option
def lint(
    paths: tuple[Path, ...],
    tier: Any,
    fix: Path | None,
    *,
    sarif: bool,
    strict: bool,
    language: str,
    as_json: bool,
) -> None:
    """Judge anyone's report: CSV of any dialect, XLSX, folders, zips of many services.

    Lists every finding with its rule, place, what was got and expected, and a mend. Exit 0 if there
    is no error.
    """
    from amparo.report import lint as rules
    from amparo.report.parts import reports
    from amparo.report.repaired import repaired
    from amparo.web.http import worker_jobs
    from amparo.web.words import report_findings

    sheets, lost = worker_jobs.tables(paths)
    found, more = reports(sheets)
    findings = [*lost, *more]
    for report in found:
        findings += rules.lint(report, tier)
        if not as_json and not sarif:
            click.echo(_described(report), err=True)
    if fix is not None:
        for each in repaired(found):
            _fix(each, fix / each.folder)
    if sarif:
        click.echo(json.dumps(report_findings.as_sarif(findings, language), indent=1))
    elif as_json:
        listed = [report_findings.as_json(finding, language) for finding in findings]
        click.echo(json.dumps(listed))
    else:
        show(findings, language)
    bad = ("error", "warning") if strict else ("error",)
    if any(finding.severity in bad for finding in findings):
        raise SystemExit(1)


def _fix(repaired: "Repaired", folder: Path) -> None:
    """Write what is certain, and say of each cell what stood there and what stands there now."""
    mended = repaired.mended
    if repaired.files:
        put(folder, repaired.files)
    for change in mended.changes:
        place = f"{change.file}:{change.row}" + (f", {change.column}" if change.column else "")
        click.echo(f"{place}: {change.old!r} -> {change.new!r}", err=True)
    for file in mended.left:
        click.echo(f"{file}: not understood, and not written; mend it by hand", err=True)
    click.echo(f"{folder}: {len(mended.changes)} cells and names corrected", err=True)


def _described(report: "Report") -> str:
    from amparo.report import periods

    name = report.service or "a service without a name"
    parts = ", ".join(str(table.part.number) for table in report.every)
    if report.alone:
        return f"{name}: part {parts} alone; whether the report is whole was not judged"
    return f"{name}, {periods.of(report) or 'no period that can be read'}: parts {parts}"
