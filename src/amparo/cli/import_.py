"""`amparo import`: statements from a file into the record."""

# SPDX-License-Identifier: Apache-2.0

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple
from uuid import UUID

import click
import msgspec

from amparo.case.state import Actor
from amparo.cli.options import data_option
from amparo.cli.progress import bar
from amparo.cli.publishing import make_public
from amparo.connectors import tdb
from amparo.errors import Refused
from amparo.ledger.case import casework, content_pages, corrections, telling
from amparo.ledger.case.telling import Notice
from amparo.ledger.log import platforms
from amparo.ledger.log.intake import Prepared, check_reserve, prepare, puid_digest
from amparo.ledger.log.platforms import Platform
from amparo.observatory.lake import dumps
from amparo.record import rules
from amparo.record.decision import Decision, settle, trim
from amparo.record.rules import Finding
from amparo.record.sealing import Imported
from amparo.storage import durable
from amparo.storage.journal import Journal, Known
from amparo.storage.node import Node, open_node
from amparo.web.api import beside_statement, corrects
from amparo.web.api.corrects import Corrected

ROWS_A_COMMIT = 1000


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--platform", "name", required=True, help="The platform that states these reasons.")
@click.option(
    "--refused",
    type=click.Path(path_type=Path),
    help="Where refused rows go, with their findings.  [default: PATH.refused.jsonl]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON line for each decision recorded."
)
@data_option
def import_(path: Path, name: str, refused: Path | None, as_json: bool, data: Path) -> None:
    """Import statements of reasons from the file PATH.

    PATH is a daily dump of the EU database (.zip, .csv or .parquet, schema of before or after 1
    July 2025) or JSON Lines in the form of the API; there `person` says how the person is told,
    `decided_by` who decided, and `corrects` the statement whose place it takes, as in the API; that
    may stand further up in the file. Every row is checked against the current rules; rows that
    break one are written to a file beside PATH, with their findings, and nothing else is lost.
    Importing twice changes nothing. Works while the node runs.
    """
    node = open_node(data)
    journal = Journal(node.journal)
    platform = platforms.find(journal, name)
    aside = _Aside(refused or path.with_name(f"{path.name}.refused.jsonl"), data)
    known, entries, unlooked = 0, _Entries(), _Unlooked()
    with bar("Importing", unit="") as advance, aside:
        for rows in _chunks(dumps.rows(path, advance)):
            check_reserve(node)
            checked = list(_checked(journal, node, rows, platform, aside))
            for prepared, outcome in _keep(journal, node, platform, checked, unlooked):
                if isinstance(outcome, Known):
                    known += 1
                    continue
                entries.add(outcome)
                if as_json:
                    _show(prepared, outcome)
    new = entries.number
    read = new + known + aside.count
    make_public(node, journal)
    click.echo(
        f"{read:,} rows read: {new:,} recorded, {known:,} known already, {aside.count:,} refused.",
        err=True,
    )
    if new:
        click.echo(
            f"Entries {entries.first} to {entries.last} of the log: as a group at the desk, "
            f"/desk/groups?whom=unheard&first={entries.first}&last={entries.last}",
            err=True,
        )
    unlooked.tell()
    if aside.count:
        click.echo(f"Refused rows, with their findings: {aside.path}", err=True)


class _Aside:
    """The file beside the input that takes what was refused, row by row."""

    def __init__(self, path: Path, data: Path) -> None:
        self.path = path
        self.count = 0
        self._data = data
        self._file: IO[bytes] | None = None

    def __enter__(self) -> None:
        if durable.may_write(self.path):
            self.path.unlink(missing_ok=True)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: dumps.Row, findings: list[Finding]) -> None:
        """Write one refused row."""
        if self._file is None:
            self._file = self._open()
        self.count += 1
        record: dict[str, Any] = {"place": row.place, "findings": findings}
        record |= {"row": row.cells} if row.cells is not None else {"raw": row.raw}
        self._file.write(msgspec.json.encode(record) + b"\n")

    def _open(self) -> IO[bytes]:
        if not durable.may_write(self.path):
            folder = self._data / "refused"
            folder.mkdir(exist_ok=True)
            self.path = folder / self.path.name
        return self.path.open("wb")


class _Unlooked:
    """Pages that rows name and nobody looks at: the rows are good, and it is said."""

    def __init__(self) -> None:
        self.number = 0
        self.why = ""

    def add(self, error: Refused) -> None:
        """One more; the first says why."""
        self.number += 1
        self.why = self.why or f"{error.why} {error.fix}"

    def tell(self) -> None:
        """Say how many there were, if there were any."""
        if self.number:
            click.echo(f"Pages that nobody looks at: {self.number:,}. {self.why}", err=True)


class _Entries:
    """Between which entries of the log an import put its statements."""

    def __init__(self) -> None:
        self.number, self.first, self.last = 0, 0, 0

    def add(self, index: int) -> None:
        """One more; they come in order."""
        self.first = index if not self.number else self.first
        self.number, self.last = self.number + 1, index


class _Read(NamedTuple):
    """A row that fits every rule."""

    decision: Decision
    imported: Imported | None
    notice: Notice | None
    """How its person is told, where the row says it."""
    corrected: Corrected


def _chunks(rows: Iterator[dumps.Row]) -> Iterator[list[dumps.Row]]:
    """Rows in the order of the file, so many a commit.

    A row that corrects one of the same chunk, or what another of it corrects, begins the next: by
    then the other is on the record.
    """
    chunk: list[dumps.Row] = []
    named: set[object] = set()
    for row in rows:
        cells = row.cells or {}
        corrected = str(cells.get(corrects.FIELD, ""))
        if len(chunk) == ROWS_A_COMMIT or corrected in named:
            yield chunk
            chunk, named = [], set()
        chunk.append(row)
        named |= {str(cells.get("puid", "")), corrected} - {""}
    if chunk:
        yield chunk


def _checked(
    journal: Journal, node: Node, rows: list[dumps.Row], platform: Platform, aside: _Aside
) -> Iterator[_Read]:
    """The decisions of rows that fit every rule; the others are set aside."""
    secret = node.secret()
    for row in rows:
        if row.cells is None:
            why = row.problem or "it cannot be read"
            aside.add(row, [Finding("", "readable_row", "RFC 4180", why, row.fix)])
            continue
        foreign = not dumps.is_submission(row)
        submission = trim(tdb.submission(row.cells) if foreign else dict(row.cells))
        notice, wrong = beside_statement.read(beside_statement.taken_out(submission))
        corrected = Corrected()
        if (given := corrects.taken_out(submission)) is not None:
            known = puid_digest(secret, platform, str(submission.get("puid")))
            if journal.seq_of_puid(known) is None:  # else it was said when that was recorded
                corrected = corrects.read(journal, secret, platform, given)
        wrong += [corrected.finding] if corrected.finding else []
        if findings := rules.check(submission, platform.profile) + wrong:
            aside.add(row, findings)
        else:
            imported = tdb.imported(row.cells) if foreign else None
            yield _Read(settle(submission, "API"), imported, notice, corrected)


def _keep(
    journal: Journal,
    node: Node,
    platform: Platform,
    rows: list[_Read],
    unlooked: _Unlooked,
) -> list[tuple[Prepared, int | Known]]:
    """Keep rows, and with each what it says beside its statement: all or, after a crash, none."""
    prepared = prepare(
        [row.decision for row in rows],
        platform=platform,
        secret=node.secret(),
        imported=[row.imported for row in rows],
    )
    by, now = Actor("platform", platform.slug), casework.now()
    with journal.transaction():
        outcomes = journal.append_within([[decision.row] for decision in prepared])
        for row, statement, outcome in zip(rows, prepared, outcomes, strict=True):
            if isinstance(outcome, Known):
                continue
            new = UUID(statement.case)
            if row.notice is not None:
                telling.tell(journal, new, row.notice, by=by, now=now)
                if row.notice.page:
                    try:
                        content_pages.keep(journal, new, platform.id, row.notice.page)
                    except Refused as error:  # the row is good
                        unlooked.add(error)
            if row.corrected.statement is not None:
                corrections.link(journal, old=row.corrected.statement, new=new, by=by, now=now)
    return list(zip(prepared, outcomes, strict=True))


def _show(prepared: Prepared, index: int) -> None:
    line = {
        "uuid": str(prepared.case),
        "index": index,
        "recourse": f"/recourse/{prepared.case}/{prepared.recourse}",
    }
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
