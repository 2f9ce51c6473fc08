"""`amparo connect csv`: CSV or JSON Lines, through a mapping, into the record."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from pathlib import Path

import click

from amparo.cli.connect import reading
from amparo.connectors import config as config_
from amparo.connectors import table as tables_
from amparo.connectors.mapping import TableMapping, check_columns, mapped

SYSTEM = "csv"


@click.command("csv")
@reading.file_argument
@click.option("--platform", required=True, help="The platform that decided.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What its columns and words mean; made if it is not there.  "
    f"[default: FILE{reading.SUFFIX}]",
)
@click.option(
    "--kind",
    type=click.Choice(tables_.KINDS),
    default="restriction",
    show_default=True,
    help="What a row tells of, where the mapping is made.",
)
@click.option("--name", help="What the connection is called, where the mapping is made.")
@reading.reading_options
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

    Exit status: 0 all rows were taken; 1 some were refused, or taken but somebody was not told; 3
    none was taken; 4 the mapping is not finished.
    """
    mapping_file = mapping_file or path.with_name(path.name + reading.SUFFIX)
    if not mapping_file.exists():
        _make_mapping(path, mapping_file, platform, kind, name)
    config = reading.read_config(mapping_file, SYSTEM, platform)
    mapping = config.table or TableMapping(columns={})
    if why := config_.wrong_option(config.options, config_.OF_A_FILE, {}):
        raise config_.unusable(why)
    tables_.check(mapping)
    source = reading.source(path, config)
    reading.read(source, _records(source, mapping), since, way, data)


def _make_mapping(
    path: Path, mapping_file: Path, platform: str, kind: str, name: str | None
) -> None:
    from amparo.cli.connect import guided

    is_finished = guided.make(path, mapping_file, platform, kind, name or _name_of(path, kind))
    click.echo(f"Written: {mapping_file}", err=True)
    if not is_finished:
        raise SystemExit(reading.UNFINISHED)


def _name_of(path: Path, kind: str) -> str:
    letters = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower())
    return f"csv-{letters.strip('-') or kind}"[:60]


def _records(source: reading.Source, mapping: TableMapping) -> "reading.Found":
    from amparo.ledger.connect import tables

    if not source.form.is_json:
        check_columns(mapping, tables.header(source.path, source.form))
    return reading.records(source, lambda row: tables_.records(mapped(mapping, row.cells)))
