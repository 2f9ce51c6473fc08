"""`amparo connect csv`: CSV or JSON Lines, through a mapping, into the record."""

# SPDX-License-Identifier: Apache-2.0

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.cli.options import data_option
from amparo.connectors import table as tables_
from amparo.connectors.mapping import TableMapping

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.record import Record
    from amparo.ledger.connect.tables import Form
    from amparo.ledger.connect.take import Unreadable

ROWS_A_COMMIT = 500
REFUSED, NONE_TAKEN = 1, 3
"""Exit status where some rows were refused and others not, and where no row was taken."""
UNFINISHED = 4
"""Exit status where the mapping still lacks something."""
MOST_SHOWN = 20
SUFFIX = ".connect.toml"


@click.command("csv")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--platform", required=True, help="The platform that decided.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"What its columns and words mean; made if it is not there.  [default: FILE{SUFFIX}]",
)
@click.option(
    "--kind",
    type=click.Choice(tables_.KINDS),
    default="restriction",
    show_default=True,
    help="What a row tells of, where the mapping is made.",
)
@click.option("--name", help="What the connection is called, where the mapping is made.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out what is older.")
@click.option("--dry-run", "way", flag_value="dry", default=True, help="Change nothing: the usual.")
@click.option("--trial", "way", flag_value="trial", help="Show the last 180 days at /desk/connect.")
@click.option("--take", "way", flag_value="take", help="Put it on the record, once it is started.")
@data_option
def csv_(
    path: Path,
    platform: str,
    mapping_file: Path | None,
    kind: str,
    name: str | None,
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Take decisions, notices, complaints or disputes from FILE, CSV or JSON Lines.

    At first the columns are guessed by their names and values, asked about in a terminal, and
    written to the mapping file; look at it. Then every row is read, and what would become of it is
    shown. Nothing is changed until `--trial` and `--take`.

    Exit status: 0 all rows were taken; 1 some were refused; 3 none was taken; 4 the mapping is not
    finished.
    """
    from amparo.ledger.connect import tables

    mapping_file = mapping_file or path.with_name(path.name + SUFFIX)
    if not mapping_file.exists():
        _make_mapping(path, mapping_file, platform, kind, name)
    config = _read_mapping(mapping_file, platform)
    options = config.options
    form = tables.form_of(
        path, encoding=options.get("encoding", ""), delimiter=options.get("delimiter", "")
    )
    from_day = since.date().isoformat() if since else ""
    if way == "take":
        _take(path, form, config, from_day, data)
    else:
        _look(path, form, config, from_day, data, keep=way == "trial")


def _make_mapping(
    path: Path, mapping_file: Path, platform: str, kind: str, name: str | None
) -> None:
    from amparo.cli.connect import guided

    is_finished = guided.make(path, mapping_file, platform, kind, name or _name_of(path, kind))
    click.echo(f"Written: {mapping_file}", err=True)
    if not is_finished:
        raise SystemExit(UNFINISHED)


def _name_of(path: Path, kind: str) -> str:
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower())
    return f"csv-{letters.strip('-') or kind}"[:60]


def _read_mapping(mapping_file: Path, platform: str) -> "Config":
    import tomllib

    from amparo.connectors import config
    from amparo.errors import Malformed

    try:
        found = config.read(tomllib.loads(mapping_file.read_text()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(
            f"{mapping_file} cannot be read.", why=str(error), fix="Mend that line."
        ) from None
    if found.table is None or found.connector.platform != platform:
        raise Malformed(
            f"{mapping_file} is not for this.",
            why="it has no [columns]"
            if found.table is None
            else f"it is for the platform {found.connector.platform!r}",
            fix="Name another file with --mapping, or that platform with --platform.",
        )
    tables_.check(found.table)
    return found


def _look(
    path: Path, form: "Form", config: "Config", since: str, data: Path, *, keep: bool
) -> None:
    from amparo.cli.connect import shown
    from amparo.connectors import trial
    from amparo.ledger.connect import connections, take
    from amparo.ledger.storage.journal import Journal
    from amparo.ledger.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal)
    refused: list[Unreadable] = []
    connection = (
        connections.add(journal, config, now=int(time.time()))
        if keep
        else connections.proposed(journal, config)
    )
    if keep and not since:
        since = str(datetime.now(UTC).date() - timedelta(days=trial.DAYS))
    records = _noting(_records(path, form, config.table), refused)
    found = take.read_as_trial(journal, node.secret(), connection, records, since)
    if keep:
        connections.set_trial(journal, connection, found)
    shown.trial(found)
    shown.refused(path, refused, MOST_SHOWN)
    if keep:
        click.echo(
            f"The trial is shown at /desk/connect; then: amparo connect start {connection.name}"
        )
    _end(len(refused), found.read)


def _take(path: Path, form: "Form", config: "Config", since: str, data: Path) -> None:
    from amparo.cli.connect import shown
    from amparo.cli.publishing import make_public
    from amparo.errors import Refused
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, drafts, take
    from amparo.ledger.log.intake import check_reserve
    from amparo.ledger.storage.journal import Journal
    from amparo.ledger.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal)
    if not connections.proposed(journal, config).id:
        raise Refused(
            f"{path.name} has not been tried.",
            why="nobody has seen yet what would be put on the record",
            fix="Run the same with --trial, and look at /desk/connect.",
        )
    connection = connections.add(journal, config, now=int(time.time()))
    connections.forget_refusals(journal, connection)  # the page shows those of the newest reading
    refused: list[Unreadable] = []
    done = Counter[str]()
    records = _noting(_records(path, form, config.table), refused, keep=True)
    while batch := list(itertools.islice(records, ROWS_A_COMMIT)):
        check_reserve(node)
        newer = [item for item in batch if not since or not _is_older(item, since)]
        done += take.take(journal, node.secret(), connection, newer, now=casework.now())
    while drafts.go_on(journal, node.secret(), connection, casework.now()):
        pass  # rules of the file that were added since
    make_public(node, journal)
    shown.taken(done)
    shown.refused(path, refused, MOST_SHOWN)
    _end(done["refused"], sum(done.values()) - done["refused"])


def _records(
    path: Path, form: "Form", mapping: TableMapping | None
) -> "Iterator[Record | Unreadable]":
    """The records of a file; a row that the mapping does not explain is told by its place."""
    from amparo.cli.progress import bar
    from amparo.connectors.mapping import check_columns, mapped
    from amparo.ledger.connect import tables
    from amparo.ledger.connect.take import Unreadable

    mapping = mapping or TableMapping(columns={})
    if not form.is_json:
        check_columns(mapping, tables.header(path, form))
    with bar("Reading", unit="bytes") as advance:
        for row in tables.rows(path, form, advance):
            if isinstance(row, Unreadable):
                yield row
                continue
            try:
                yield from tables_.records(mapped(mapping, row.cells))
            except ValueError as error:
                yield Unreadable(row.place, str(error))


def _noting(
    records: "Iterator[Record | Unreadable]", refused: "list[Unreadable]", *, keep: bool = False
) -> "Iterator[Record | Unreadable]":
    """The same, with what is refused put into a list; `keep` hands it on as well."""
    from amparo.ledger.connect.take import Unreadable

    for item in records:
        if isinstance(item, Unreadable):
            refused.append(item)
            if not keep:
                continue
        yield item


def _is_older(item: "Record | Unreadable", since: str) -> bool:
    from amparo.ledger.connect.take import Unreadable

    return not isinstance(item, Unreadable) and bool(item.at) and item.at[:10] < since


def _end(refused: int, taken: int) -> None:
    if refused:
        raise SystemExit(REFUSED if taken else NONE_TAKEN)
