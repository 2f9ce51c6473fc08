"""`amparo forward compare` and `differences`: what the public dumps show of what was sent."""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from amparo.cli.options import data_option
from amparo.cli.rows import as_day, format_option, print_rows
from amparo.errors import AmparoError, Unsound
from amparo.ledger.forward import comparison, forwardings, outcomes
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node

if TYPE_CHECKING:
    from amparo.ledger.forward.comparison import Compared, Difference
    from amparo.ledger.forward.forwardings import Forwarding
    from amparo.ledger.log.platforms import Platform
    from amparo.observatory.lake.pieces import Piece

HEAD = ("day", "puid", "case", "number there", "what differs")
MOST_DAYS = 3
"""Dumps that are read in one run: an outage of the site is made up for over some hours."""
FAILED = 1
"""Exit status where the dump of a day is not there, or is not wholly read."""
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

    Exit status: 0 each day was compared; 1 of some there is no dump, or it is not whole.
    """
    if dump is not None and (name is None or day is None):
        raise click.UsageError("Name the platform and the --day of the --dump.")
    node = open_node(data)
    now = datetime.now(UTC)
    failed = False
    with closing(Journal(node.journal)) as journal:
        of = [platforms.find(journal, name)] if name else platforms.every(journal)
        for platform in of:
            forwarding = forwardings.find(journal, platform.id)
            if forwarding is None:
                continue
            days = [day] if day else in_turn(comparison.due(journal, platform.id, now), now)
            comparing = _Comparing(node, journal, platform, forwarding)
            failed |= not comparing.all_of(days, dump)
    if failed:
        raise SystemExit(FAILED)


def in_turn(days: Sequence[date], now: datetime) -> Sequence[date]:
    """Days in an order that begins with another one each hour.

    So dumps that turn out damaged again and again hold up no other.
    """
    begin = int(now.timestamp()) // 3600 % max(len(days), 1)
    return [*days[begin:], *days[:begin]]


@click.command()
@click.argument("name")
@format_option
@data_option
def differences(name: str, form: str, data: Path) -> None:
    """List what the public dumps do not show as it was sent, newest first."""
    journal = Journal.of_this_version(open_node(data).journal)
    found = platforms.find(journal, name)
    rows = (_row(journal, difference) for difference in comparison.different(journal, found.id))
    print_rows(HEAD, rows, form)


class _Comparing:
    """The days of one platform, each by itself."""

    def __init__(
        self, node: Node, journal: Journal, platform: "Platform", forwarding: "Forwarding"
    ) -> None:
        self._node, self._journal = node, journal
        self._platform, self._forwarding = platform, forwarding
        self._tried = 0

    def all_of(self, days: Sequence[date], dump: Path | None) -> bool:
        """Compare days until `MOST_DAYS` dumps were read; whether nothing stood in the way."""
        went_well = True
        for day in days:
            if self._tried == MOST_DAYS:
                break
            try:
                went_well &= self._compare(day, dump)
            except AmparoError as error:
                self._say(day, f"{error.what} {error.why}", err=True)
                went_well = False
        return went_well

    def _compare(self, day: date, dump: Path | None) -> bool:
        with tempfile.TemporaryDirectory(prefix="amparo-dump-") as folder:
            path = dump or self._fetched(day, Path(folder))
            self._tried += 1
            compared = self._compared(path, day)
        self._say(
            day,
            f"{compared.found:,} found, {compared.missing:,} missing, {compared.altered:,} "
            f"altered; {compared.others:,} did not go by here",
        )
        if compared.unreadable:
            why = "rows of it cannot be read, so nothing is named as missing"
            self._say(day, f"{compared.unreadable:,} {why}", err=True)
        return not compared.unreadable

    def _fetched(self, day: date, folder: Path) -> Path:
        from amparo.cli.lake import fetch_dump
        from amparo.observatory.lake import fetch

        site = f"{self._forwarding.url}{DUMPS}"
        [url] = fetch.addresses(day, day, slug=self._forwarding.named, site=site)
        return fetch_dump(url, folder, lambda *_: None)

    def _compared(self, path: Path, day: date) -> "Compared":
        """Compare a dump piece by piece; one that is not whole says nothing of what it lacks."""
        comparing = comparison.Comparison(self._journal, self._platform, day, self._node.secret())
        for piece in _pieces(path):
            comparing.take(piece.table.to_pylist(), unreadable=len(piece.aside))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return comparing.keep(digest, int(time.time()))

    def _say(self, day: date, what: str, *, err: bool = False) -> None:
        click.echo(f"{self._platform.slug} {day}: {what}", err=err)


def _pieces(path: Path) -> "Iterator[Piece]":
    """What a dump holds; `Unsound` unless it is whole."""
    import pyarrow as pa

    from amparo.observatory.lake import pieces, reader

    notes: list[str] = []
    works = reader.pieces_of(path, notes)
    if lacks := [note for note in notes if reader.CUT in note or reader.GAP in note]:
        raise _not_whole(lacks[0])
    for work in works:
        try:
            yield pieces.read(reader.read(work), work.name)
        except (zipfile.BadZipFile, EOFError, pa.ArrowException) as error:
            raise _not_whole(f"{work.name}: {error}") from None


def _not_whole(why: str) -> Unsound:
    return Unsound("The dump is not whole.", why=why, fix="Fetch it again.")


def _row(journal: Journal, difference: "Difference") -> tuple[str, ...]:
    named = outcomes.named(journal, difference.seq)
    uuid = outcomes.became(journal, difference.seq).uuid
    number = str(UUID(bytes=bytes(uuid))) if uuid else ""
    return difference.day, named.puid, str(named.case), number, difference.fields or "missing"
