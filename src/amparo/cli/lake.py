"""`amparo observe add`, `sync`, `rows` and `files`: what is in the lake."""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from amparo.cli.options import DEFAULT_LAKE, data_option, lake_option, spark_option
from amparo.cli.progress import bar
from amparo.cli.rows import as_day, format_option, print_rows
from amparo.errors import AmparoError, Malformed

FETCH_SECONDS = 60.0
MOST_TOLD = 5
MOST_DAYS = 400
LEAST_RATE = 20_000
"""Bytes a second, below which the fetching of a dump ends after so many seconds."""


@click.command()
@click.argument("places", metavar="PATH|URL...", nargs=-1)
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=as_day,
    help="Fetch the site's dumps from this day on.",
)
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="... to this."
)
@click.option("--slug", default="global", show_default=True, help="Whose dumps, as in tiktok.")
@click.option(
    "--version", "form", type=click.Choice(["full", "light"]), default="light", show_default=True
)
@click.option(
    "--listed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV copy of the site's table of dumps (date, statements_listed), to compare with.",
)
@click.option("--site", default=None, help="Where dumps are published.  [default: the EU's site]")
@data_option
@lake_option
@spark_option
def add(
    places: tuple[str, ...],
    first: date | None,
    last: date | None,
    slug: str,
    form: str,
    site: str | None,
    listed: Path | None,
    data: Path,
    lake: Path,
    spark: str | None,
) -> None:
    """Add daily dumps to the lake: files, folders, addresses, or a range of days.

    Any published form: zip of zips of CSV, full or light, schema of before or after 1 July 2025,
    and Parquet. Nothing is unpacked to disk. Rows that cannot be read are set aside with place and
    reason. Adding twice changes nothing; a run that was ended goes on where it stopped; a file that
    changed under its name is kept beside the first, with an alarm (exit 1).

    If a node is in the folder --data, each file's digest is put on record in its log.
    """
    lake = of_node(lake, data)
    from amparo.observatory.lake import fetch
    from amparo.observatory.lake.lake import Lake, dumps_in, listed_rows

    urls = [place for place in places if place.startswith(("http://", "https://"))]
    if first is not None:
        days = fetch.addresses(
            first, last or first, slug=slug, version=form, site=site or fetch.SITE
        )
        urls += days
    if not urls and not places:
        raise click.UsageError("Name files, folders or addresses, or a range with --from and --to.")
    paths = [file for p in places if p not in urls for file in dumps_in(Path(p))]
    changed = 0
    target = Lake(lake, _machine(spark))
    rows = listed_rows(listed) if listed else {}
    for url in urls:
        with bar(f"Fetching {url.rsplit('/', 1)[-1]}", unit="bytes") as advance:
            paths.append(fetch_dump(url, lake / "dumps", advance))
    refused: list[AmparoError] = []
    for path in paths:
        try:
            with bar(f"Adding {path.name}", unit="pieces") as advance:
                outcome = target.add(path, advance, listed=_listed(rows, path))
        except Malformed as error:  # one bad day holds up no other
            refused.append(error)
            continue
        _tell_added(outcome)
        changed += outcome.status == "changed"
        _put_on_record(data, target, outcome.entry)
    for other in refused[:-1]:
        click.echo(str(other), err=True)
    if refused:
        raise refused[-1]
    if changed:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--full", "whole", is_flag=True, help="Fetch full dumps; a gigabyte a day.")
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=as_day,
    help="Fetch what is missing from this day on.  [default: the day after the series that ship]",
)
@click.option(
    "--to",
    "last",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=as_day,
    help="... to this.  [default: yesterday]",
)
@click.option(
    "--most", default=MOST_DAYS, show_default=True, help="Days of one run; the next goes on."
)
@click.option(
    "--site",
    envvar="AMPARO_ARCHIVE",
    default=None,
    help="Where the archive publishes its files.  [default: the EU's site]",
)
@data_option
@lake_option
def sync(
    first: date | None,
    last: date | None,
    most: int,
    site: str | None,
    data: Path,
    lake: Path,
    *,
    whole: bool,
) -> None:
    """Bring the lake up to date from the public archive: the days that are missing, and no more.

    Without --full the archive's daily aggregates are fetched: they tell of accounts, categories,
    grounds, sources, automation and kinds of restriction, and not of keywords, languages, countries
    or delays. A run that was ended goes on where it stopped. Exit 1 if
    nothing came although days are missing.
    """
    from amparo.observatory import queries
    from amparo.observatory.coverage import Span
    from amparo.observatory.lake import fetch
    from amparo.observatory.lake import sync as syncing
    from amparo.observatory.lake.lake import Lake

    target = Lake(of_node(lake, data))
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with closing(queries.open_engine()) as shipped:
        begin = first or shipped.span().last + timedelta(days=1)
    span = Span(begin, min(last or yesterday, yesterday))
    with closing(queries.open_engine(lake=target.folder)) as engine:
        days = syncing.wanted(engine.coverage, target.entries(), span, whole=whole)
    chosen, lacking, added = days[:most], [], 0
    steps = syncing.run(target, chosen, site or fetch.SITE, _quietly, whole=whole)
    with bar("Fetching days", unit="days") as advance:
        for done, step in enumerate(steps, 1):
            advance(done, len(chosen))
            if step.outcome is None:
                lacking.append(step)
                continue
            added += step.outcome.status != "known"
            _put_on_record(data, target, step.outcome.entry)
    click.echo(f"{added} days added, {len(days) - len(chosen)} left for the next run.", err=True)
    for step in lacking[:MOST_TOLD]:
        click.echo(f"{step.day} was not added: {step.why}", err=True)
    if len(lacking) > MOST_TOLD:
        click.echo(f"... and {len(lacking) - MOST_TOLD} more days.", err=True)
    if lacking and not added:
        raise click.exceptions.Exit(1)


def _quietly(url: str, folder: Path) -> Path:
    return fetch_dump(url, folder, lambda _done, _total: None)


@click.command()
@click.argument("doubt")
@click.option("--platform", help="Only this platform, under its name in the dump.")
@click.option("--number", default=5, show_default=True, help="How many rows at most.")
@lake_option
def rows(doubt: str, platform: str | None, number: int, lake: Path) -> None:
    """Rows behind a DOUBT about single rows, as in greece_as_el, as they stand in the dumps.

    `amparo observe doubts` tells which doubts there are; only rows of the lake can be shown.
    """
    from amparo.observatory.lake.lake import Lake

    found = Lake(lake).examples(doubt, platform, number)
    for _, row in found:
        for name, value in row.items():
            click.echo(f"{name}\t{value}")
        click.echo()
    if not found:
        click.echo("No row of the lake fulfils it.", err=True)


@click.command()
@format_option
@lake_option
def files(form: str, lake: Path) -> None:
    """The files of the lake: digests, rows, what was set aside or tolerated."""
    from amparo.observatory.lake.lake import Lake

    head = ("name", "rows", "listed", "set aside", "sha256", "in the log", "added", "notes")
    logged = Lake(lake).on_record()
    rows = [
        (
            *(e.name, e.rows, "" if e.listed is None else e.listed, e.aside, e.sha256),
            *(logged.get(e.sha256, ""), e.added_at, "; ".join(e.notes)),
        )
        for e in Lake(lake).entries()
    ]
    print_rows(head, rows, form)


def _machine(spark: str | None) -> Any:
    """Where the work is done: here, or on a Spark cluster."""
    if spark is None:
        return None
    from amparo.observatory.lake.spark import Cluster, connect

    return Cluster(connect(spark))


def of_node(lake: Path, data: Path) -> Path:
    """The lake that a node shows, unless another was named."""
    return data / "lake" if lake == DEFAULT_LAKE else lake


def _tell_added(outcome: Any) -> None:
    entry = outcome.entry
    message = {
        "added": f"{entry.rows:,} rows, {entry.aside:,} set aside",
        "known": "known already; nothing changed",
        "changed": "ALARM: another file of this name was added before; kept beside it. "
        f"Then SHA-256 {entry.beside}, now {entry.sha256}",
    }[outcome.status]
    click.echo(f"{entry.name}: {message}")
    for note in entry.notes if outcome.status != "known" else ():
        click.echo(f"  note: {note}", err=True)


def _listed(rows: dict[date, int], path: Path) -> int | None:
    """How many rows are listed for a day's whole dump; other dumps are in no such table."""
    match = re.search(r"sor-global-(\d{4}-\d\d-\d\d)", path.name)
    return rows.get(date.fromisoformat(match[1])) if match else None


def _put_on_record(data: Path, lake: Any, entry: Any) -> None:
    """The digest into the node's log, so that a later rewrite of history can be proven.

    Also when the file was known already: an earlier run may have died right before.
    """
    if not (data / "amparo.toml").is_file() or entry.sha256 in lake.on_record():
        return
    from amparo.ledger.log.notarise import remark
    from amparo.storage.node import open_node

    node = open_node(data)
    details = {name: getattr(entry, name) for name in ("name", "sha256", "bytes", "rows")}
    index = remark(node, "dump.seen", details)
    lake.put_on_record(entry.sha256, node.origin, index)
    click.echo(f"  its digest is entry {index} of the log in {data}", err=True)


def fetch_dump(url: str, folder: Path, advance: Callable[[int, int | None], None]) -> Path:
    """Fetch one dump into a folder, by the way in which other hosts are asked; its path."""
    from amparo.ledger.outbound import http
    from amparo.observatory.lake import fetch

    asker = http.Asker(named=http.host_of(url), redirects=True, proxy=http.proxy_for(url))

    def ask(
        url: str, *, headers: Mapping[str, str], most_bytes: int
    ) -> AbstractContextManager[http.Arriving]:
        return asker.arriving(
            "GET",
            url,
            headers=headers,
            seconds=FETCH_SECONDS,
            most_bytes=most_bytes,
            least_rate=LEAST_RATE,
        )

    with closing(asker):
        return fetch.fetch(url, folder, ask, advance)
