"""`amparo report compare`: several reports side by side."""

# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path

import click

from amparo.cli.options import json_option
from amparo.cli.report.shared import cell


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER|ZIP...",
    type=click.Path(exists=True, path_type=Path),
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page with charts."
)
@json_option
def compare(paths: tuple[Path, ...], html: Path | None, *, as_json: bool) -> None:
    """Lay several reports side by side, of any services and periods, tolerant of their faults.

    Reversals with 95 % intervals, medians, automation, closed accounts and the complaints about
    them, disputes. What a report does not say is a dash, never a nought.
    """
    from amparo.report import compare as side_by_side
    from amparo.report.parts import reports
    from amparo.storage.durable import write_durably
    from amparo.web.http import worker_jobs
    from amparo.web.words.pages import rendered

    sheets, lost = worker_jobs.tables(paths)
    read, more = reports(sheets)
    found = [side_by_side.compare(report) for report in read]
    for finding in (*lost, *more):
        if finding.severity == "error":
            click.echo(f"not read: {finding.file}: {finding.got}", err=True)
    columns = side_by_side.columns()
    rows = [
        [compared.service, compared.period, *(cell(getattr(compared, name)) for name, _ in columns)]
        for compared in found
    ]
    if as_json:
        click.echo(json.dumps([compared._asdict() for compared in found]))
    else:
        click.echo("\t".join(["service", "period", *(title for _, title in columns)]))
        for row in rows:
            click.echo("\t".join(row))
    unread = [f"{compared.service}: {text}" for compared in found for text in compared.unread]
    for text in unread:
        click.echo(f"no number: {text}", err=True)
    if html is not None:
        page = rendered(
            "report_compare.html",
            charts=side_by_side.charts(found),
            rows=rows,
            columns=columns,
            unread=unread,
        )
        write_durably(html, page.encode())
