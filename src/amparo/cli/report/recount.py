"""`amparo report recount` and `reconcile`: a report beside the log, and beside the EU database."""

# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amparo.cli.options import json_option, lake_option
from amparo.cli.progress import bar
from amparo.cli.report.shared import cell, one_report

if TYPE_CHECKING:
    from amparo.report.recount import Recount


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="REPORT")
@click.option("--log", "place", required=True, metavar="URL|DIR", help="The log's address.")
@click.option("--vkey", required=True, help="The log's verifier key, from its owner.")
@click.option("--platform", required=True, help="The service's party name in the log.")
@click.option("--all", "every", is_flag=True, help="Show the cells that agree, too.")
@json_option
def recount(
    path: Path, place: str, vkey: str, platform: str, *, every: bool, as_json: bool
) -> None:
    """Count a REPORT again from the public log alone, verifying the log on the way.

    Claimed beside counted, cell by cell, with the reason of each difference; exit 1 if any differs.
    """
    from amparo.ledger.log import audit
    from amparo.report import forms
    from amparo.report.figures import Counted
    from amparo.report.recount import recount as laid
    from amparo.tlog import checkpoint, note
    from amparo.tlog.edge import Edge
    from amparo.web.http import worker_jobs

    claimed = one_report(worker_jobs.tables([path])[0])
    start, end = (claimed.value(1, Indicator=indicator) for indicator in (forms.START, forms.END))
    counted = Counted(platform, start, end)
    key = note.Ed25519Verifier.from_vkey(vkey)
    with audit.fetcher(place) as fetch, bar("Counting", unit="files") as advance:
        raw = audit.newest(fetch, place).body
        signed = checkpoint.open_checkpoint(raw, origin=key.name, keys=[key])
        audit.extend(
            Edge(), signed, fetch, advance=advance, see=lambda _, entries: counted.add(entries)
        )
    done = laid(claimed, counted.measures(), counted.hearing)
    if as_json:
        click.echo(json.dumps([judged._asdict() for judged in done.cells]))
    else:
        _show_recount(done, every=every)
        if counted.strange:
            click.echo(
                f"{counted.strange:,} entries say they are decisions or figures, and are none.",
                err=True,
            )
        agree = len(done.cells) - len(done.differing)
        click.echo(
            f"{counted.leaves:,} entries of {signed.origin} verified; "
            f"{agree} of {len(done.cells)} cells agree."
        )
    if done.differing:
        raise SystemExit(1)


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="REPORT")
@click.option("--platform", required=True, help="The service's name in the EU database.")
@lake_option
@json_option
def reconcile(path: Path, platform: str, lake: Path, *, as_json: bool) -> None:
    """Lay a REPORT beside what the service sent to the EU database, from the observatory's data.

    Each line says which difference of definition it may hold; known errata are named, and how many
    days of the period the data cover.
    """
    from amparo.observatory import queries
    from amparo.report import periods
    from amparo.report import reconcile as sides
    from amparo.web.http import worker_jobs

    claimed = one_report(worker_jobs.tables([path])[0])
    first, last = periods.of(claimed) or (None, None)
    asked = sides.lines(claimed)
    # What this node has on record itself is not what was sent to the database.
    engine = queries.open_engine(lake=lake, record=False)
    sums: dict[str, sides.Sum] = {}
    covered: set[Any] = set()
    for name in dict.fromkeys(metric for line in asked for metric in line.metrics):
        rows = queries.figures(engine, queries.measure(name), (platform,), first, last)
        values = [float(row.value) for row in rows if row.value is not None]
        if values:
            sums[name] = sides.Sum(sum(values), all(row.known == "yes" for row in rows))
        covered |= {row.date for row in rows if row.known == "yes"}
    found = sides.beside(asked, sums)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        **pair.line._asdict(),
                        "database": pair.database,
                        "whole": pair.is_whole,
                        "ratio": pair.ratio,
                    }
                    for pair in found
                ]
            )
        )
    else:
        click.echo("figure\treport\tdatabase\treport/database")
        for pair in found:
            ratio = "–" if pair.ratio is None else f"{pair.ratio:.2f}"
            theirs = "not known" if pair.database is None else f"{pair.database:,.0f}"
            theirs += "" if pair.is_whole or pair.database is None else " (days are missing)"
            click.echo(f"{pair.line.name}\t{cell(pair.line.reported)}\t{theirs}\t{ratio}")
    span = f"{first} to {last}"
    whole = (last - first).days + 1 if first and last else 0
    click.echo(f"The database's data cover {len(covered)} of {whole} days, {span}.", err=True)
    for text in dict.fromkeys(pair.line.definition for pair in found):
        click.echo(f"Definition: {text}.", err=True)
    for erratum in dict.fromkeys(
        erratum
        for name in sums
        for erratum in queries.errata(engine, queries.measure(name), (platform,), first, last)
    ):
        click.echo(f"Erratum: {erratum.meaning} ({erratum.source})", err=True)


def _show_recount(done: "Recount", *, every: bool) -> None:
    for judged in done.cells if every else done.differing:
        place = f"part {judged.part}, {judged.row}, {judged.column}"
        verdict = f"{judged.verdict}; {judged.reason}" if judged.reason else judged.verdict
        click.echo(
            f"{place}\tclaimed {judged.claimed or 'nothing'}\tcounted {judged.counted}\t{verdict}"
        )
    for part, why in done.beyond:
        click.echo(f"part {part}: {why}", err=True)
