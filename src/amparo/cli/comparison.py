"""`amparo forward compare` and `differences`: what the public dumps show of what was sent."""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from amparo.cli.options import data_option
from amparo.cli.rows import as_day, format_option, print_rows
from amparo.errors import Missing
from amparo.ledger.forward import comparison, forwardings, outcomes
from amparo.ledger.log import platforms
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import Node, open_node

if TYPE_CHECKING:
    from amparo.ledger.forward.comparison import Compared, Difference
    from amparo.ledger.forward.forwardings import Forwarding
    from amparo.ledger.log.platforms import Platform

HEAD = ("day", "puid", "case", "number there", "what differs")
MOST_DAYS = 3
"""Dumps that are fetched in one run: an outage of the site is made up for over some hours."""
DUMPS = "/explore-data/download"


@click.command()
@click.argument("name", required=False)
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), callback=as_day, help="This day, also once more."
)
@click.option(
    "--dump",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A full dump of that day that is here already.",
)
@data_option
def compare(name: str | None, day: date | None, dump: Path | None, data: Path) -> None:
    """Compare what was sent with what the public dumps show; without NAME of every platform.

    A running node does this each night. Rows that are missing there, or say something else, are
    named by `differences`, on the desk's page and in the metrics.
    """
    if dump is not None and (name is None or day is None):
        raise click.UsageError("Name the platform and the --day of the --dump.")
    node = open_node(data)
    now = datetime.now(UTC)
    with closing(Journal(node.journal)) as journal:
        of = [platforms.find(journal, name)] if name else platforms.every(journal)
        for platform in of:
            forwarding = forwardings.find(journal, platform.id)
            if forwarding is None:
                continue
            days = [day] if day else comparison.due(journal, platform.id, now)[:MOST_DAYS]
            for each in days:
                _compare(node, journal, platform, forwarding, each, dump)


@click.command()
@click.argument("name")
@format_option
@data_option
def differences(name: str, form: str, data: Path) -> None:
    """List what the public dumps do not show as it was sent, newest first."""
    journal = Journal(open_node(data).journal, read_only=True)
    found = platforms.find(journal, name)
    rows = (_row(journal, difference) for difference in comparison.different(journal, found.id))
    print_rows(HEAD, rows, form)


def _compare(
    node: Node,
    journal: Journal,
    platform: "Platform",
    forwarding: "Forwarding",
    day: date,
    dump: Path | None,
) -> None:
    with tempfile.TemporaryDirectory(prefix="amparo-dump-") as folder:
        try:
            path = dump or _fetched(forwarding, day, Path(folder))
        except Missing as error:
            click.echo(f"{platform.slug} {day}: {error.why}", err=True)
            return
        compared = _read(node, journal, platform, path, day)
    click.echo(
        f"{platform.slug} {day}: {compared.found:,} found, {compared.missing:,} missing, "
        f"{compared.altered:,} altered; {compared.others:,} did not go by here"
    )


def _fetched(forwarding: "Forwarding", day: date, folder: Path) -> Path:
    from amparo.cli.lake import fetch_dump
    from amparo.observatory.lake import fetch

    site = f"{forwarding.url}{DUMPS}"
    [url] = fetch.addresses(day, day, slug=forwarding.named, site=site)
    return fetch_dump(url, folder, lambda *_: None)


def _read(node: Node, journal: Journal, platform: "Platform", path: Path, day: date) -> "Compared":
    """Compare a dump piece by piece; what of it cannot be read ends this, since it is not known."""
    comparing = comparison.Comparison(journal, platform, day, node.secret())
    for rows in _pieces(path):
        comparing.take(rows)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return comparing.keep(digest, int(time.time()))


def _pieces(path: Path) -> "Iterator[list[dict[str, object]]]":
    from amparo.observatory.lake import pieces, reader

    notes: list[str] = []
    for work in reader.pieces_of(path, notes):
        yield pieces.read(reader.read(work), work.name).table.to_pylist()
    if cut := [note for note in notes if reader.CUT in note]:
        raise Missing("The dump is not whole.", why=cut[0], fix="Fetch it again.")


def _row(journal: Journal, difference: "Difference") -> tuple[str, ...]:
    named = outcomes.named(journal, difference.seq)
    uuid = outcomes.became(journal, difference.seq).uuid
    number = str(UUID(bytes=bytes(uuid))) if uuid else ""
    return difference.day, named.puid, str(named.case), number, difference.fields or "missing"
