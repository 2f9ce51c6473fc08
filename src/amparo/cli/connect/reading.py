"""Reading a file of another system, the same for every connector that reads one."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

import click

from amparo.cli.connect import taking
from amparo.cli.options import data_option

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.record import Record
    from amparo.ledger.connect.ingest import Batch, Unreadable
    from amparo.ledger.connect.tables import Form, Row

    Found = Generator[Record | Unreadable, None, None]

ROWS_A_COMMIT = 4_000
"""A commit waits for the disk, and writes each page once that several of its rows touch."""
LETTERS_A_COMMIT = 16 * 1024 * 1024
"""A row has some hundred letters mostly, and may have a million."""
LONG_BYTES = 1024 * 1024
"""From here on a process that reads saves more than it costs to begin."""
UNFINISHED = 4
"""Exit status where the file of the connection still lacks something."""
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


def host_of(address: str) -> str:
    """The host that an address names; empty where it names none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def read_config(
    file: Path,
    system: str,
    platform: str,
    *,
    instance: str | None = None,
    address: str | None = None,
    options: Mapping[str, str] = MappingProxyType({}),
) -> "Config":
    """The connection's file; `Malformed` where it is for another system, platform or source.

    `instance`, `address`, `options`: what was given with the command. A file that says something
    else is not passed over, nor what was given.
    """
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
    elif instance and made.instance != instance:
        why = f"it is for {made.instance!r}"
    elif address and made.address.rstrip("/") != address.rstrip("/"):
        why = f"its `address` is {made.address!r}"
    else:
        other = [
            name
            for name, given in options.items()
            if given and found.options.get(name, "") != given
        ]
        why = f"its `{other[0]}` is {found.options.get(other[0], '')!r}" if other else None
    if why is not None:
        raise Malformed(
            f"{file} is not for this.",
            why=why,
            fix="Name another file with --mapping, or change what this one says.",
        )
    return found


def records(from_: Source, made_of: "Callable[[Row], list[Record]]") -> "Found":
    """The records of a file; a row of which none can be made is told by its place."""
    from amparo.cli.progress import bar
    from amparo.ledger.connect import tables
    from amparo.ledger.connect.ingest import Unreadable

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
    found: "Found",
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Do with the records what `way` says, and end with the exit status that tells of it."""
    feed = taking.Feed(
        from_.path.name,
        from_.config,
        lambda _: batches(found),
        is_whole=True,
        is_long=from_.path.stat().st_size >= LONG_BYTES,
    )
    taking.do(feed, since, way, data)


def batches(found: "Found") -> "Iterator[Batch]":
    """A file has no position: it is read as a whole each time.

    Whoever reads it no further closes it: what draws on a terminal meanwhile cleans up after it.
    """
    from amparo.ledger.connect.ingest import Batch

    records, letters = list["Record | Unreadable"](), 0
    with closing(found):
        for item in found:
            records.append(item)
            letters += _letters(item)
            if len(records) == ROWS_A_COMMIT or letters >= LETTERS_A_COMMIT:
                yield Batch(records, "")
                records, letters = [], 0
        if records:
            yield Batch(records, "")


def _letters(item: "Record | Unreadable") -> int:
    """About how much there is in its texts."""
    from amparo.connectors.record import Record

    if not isinstance(item, Record):
        return len(item.why)
    texts = (*item.decision.values(), *item.suggested.values(), item.subject, item.reasons)
    return sum([len(text) for text in texts if isinstance(text, str)])
