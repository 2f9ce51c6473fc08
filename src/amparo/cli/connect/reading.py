"""Reading a file of another system: looked at, tried, taken in; the same for every connector."""

# SPDX-License-Identifier: Apache-2.0

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from amparo.cli.options import data_option

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.record import Record
    from amparo.ledger.connect.tables import Form, Row
    from amparo.ledger.connect.take import Unreadable

ROWS_A_COMMIT = 500
REFUSED, NONE_TAKEN = 1, 3
"""Exit status where some rows were refused and others not, and where no row was taken."""
UNFINISHED = 4
"""Exit status where the file of the connection still lacks something."""
MOST_SHOWN = 20
SUFFIX = ".connect.toml"
Command = TypeVar("Command", bound=Callable[..., None])

file_argument = click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


def reading_options(command: Command) -> Command:
    """How far back a file is read, and what is done with it: `since`, `way`, `data`."""
    for option in (
        data_option,
        click.option(
            "--take", "way", flag_value="take", help="Put it on the record, once it is started."
        ),
        click.option(
            "--trial", "way", flag_value="trial", help="Show the last 180 days at /desk/connect."
        ),
        click.option(
            "--dry-run", "way", flag_value="dry", default=True, help="Change nothing: the usual."
        ),
        click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out what is older."),
    ):
        command = option(command)
    return command


class Source(NamedTuple):
    """A file, how it is written, and the connection that reads it."""

    path: Path
    form: "Form"
    config: "Config"


def source(path: Path, config: "Config") -> Source:
    """A file as the connection's `[options]` say that it is written, or as it shows itself."""
    from amparo.ledger.connect import tables

    options = config.options
    form = tables.form_of(
        path, encoding=options.get("encoding", ""), delimiter=options.get("delimiter", "")
    )
    return Source(path, form, config)


def read_config(file: Path, system: str, platform: str) -> "Config":
    """The connection's file; `Malformed` where it is for another system or platform."""
    import tomllib

    from amparo.connectors import config
    from amparo.errors import Malformed

    try:
        found = config.read(tomllib.loads(file.read_text()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} cannot be read.", why=str(error), fix="Mend that line.") from None
    made, why = found.connector, None
    if made.system != system:
        why = f"it is for the system {made.system!r}"
    elif made.platform != platform:
        why = f"it is for the platform {made.platform!r}"
    if why is not None:
        raise Malformed(
            f"{file} is not for this.",
            why=why,
            fix="Name another file with --mapping, or that platform with --platform.",
        )
    return found


def records(
    from_: Source, made_of: "Callable[[Row], list[Record]]"
) -> "Iterator[Record | Unreadable]":
    """The records of a file; a row of which none can be made is told by its place."""
    from amparo.cli.progress import bar
    from amparo.ledger.connect import tables
    from amparo.ledger.connect.take import Unreadable

    with bar("Reading", unit="bytes") as advance:
        for row in tables.rows(from_.path, from_.form, advance):
            if isinstance(row, Unreadable):
                yield row
                continue
            try:
                yield from made_of(row)
            except ValueError as error:
                yield Unreadable(row.place, str(error))


def read(
    from_: Source,
    found: "Iterator[Record | Unreadable]",
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Do with the records what `way` says, and end with the exit status that tells of it."""
    from_day = since.date().isoformat() if since else ""
    if way == "take":
        _take(from_, found, from_day, data)
    else:
        _look(from_, found, from_day, data, keep=way == "trial")


def _look(
    from_: Source, found: "Iterator[Record | Unreadable]", since: str, data: Path, *, keep: bool
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
        connections.add(journal, from_.config, now=int(time.time()))
        if keep
        else connections.proposed(journal, from_.config)
    )
    if keep and not since:
        since = str(datetime.now(UTC).date() - timedelta(days=trial.DAYS))
    tried = take.read_as_trial(journal, node.secret(), connection, _noting(found, refused), since)
    if keep:
        connections.set_trial(journal, connection, tried)
    shown.trial(tried)
    shown.refused(from_.path, refused, MOST_SHOWN)
    if keep:
        click.echo(
            f"The trial is shown at /desk/connect; then: amparo connect start {connection.name}"
        )
    _end(len(refused), tried.read)


def _take(from_: Source, found: "Iterator[Record | Unreadable]", since: str, data: Path) -> None:
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
    if not connections.proposed(journal, from_.config).id:
        raise Refused(
            f"{from_.path.name} has not been tried.",
            why="nobody has seen yet what would be put on the record",
            fix="Run the same with --trial, and look at /desk/connect.",
        )
    connection = connections.add(journal, from_.config, now=int(time.time()))
    connections.forget_refusals(journal, connection)  # the page shows those of the newest reading
    refused: list[Unreadable] = []
    done = Counter[str]()
    noted = _noting(found, refused)
    while batch := list(itertools.islice(noted, ROWS_A_COMMIT)):
        check_reserve(node)
        newer = [item for item in batch if not since or not _is_older(item, since)]
        done += take.take(journal, node.secret(), connection, newer, now=casework.now())
    while drafts.go_on(journal, node.secret(), connection, casework.now()):
        pass  # rules of the file that were added since
    make_public(node, journal)
    shown.taken(done)
    shown.refused(from_.path, refused, MOST_SHOWN)
    _end(done["refused"], sum(done.values()) - done["refused"])


def _noting(
    records: "Iterator[Record | Unreadable]", refused: "list[Unreadable]"
) -> "Iterator[Record | Unreadable]":
    """The same, with what is refused put into a list as well."""
    from amparo.ledger.connect.take import Unreadable

    for item in records:
        if isinstance(item, Unreadable):
            refused.append(item)
        yield item


def _is_older(item: "Record | Unreadable", since: str) -> bool:
    from amparo.ledger.connect.take import Unreadable

    return not isinstance(item, Unreadable) and bool(item.at) and item.at[:10] < since


def _end(refused: int, taken: int) -> None:
    if refused:
        raise SystemExit(REFUSED if taken else NONE_TAKEN)
