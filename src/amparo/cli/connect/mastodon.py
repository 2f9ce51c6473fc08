"""`amparo connect mastodon`: the strikes and appeals of a Mastodon server, from its database."""

# SPDX-License-Identifier: Apache-2.0

from datetime import datetime
from pathlib import Path

import click

from amparo.cli.connect import reading
from amparo.connectors import mastodon as strikes

ASKED = """\
# What only you know; see docs/connectors/mastodon.md. Take # away where it is so.
[options]
# mailed = "yes"         # moderators always leave "notify the user by e-mail" on
# text_is_facts = "yes"  # what they write to the user states the facts, and names nobody
# legal_notices = "yes"  # reports of illegal content are notices of DSA Article 16
# bots = ""              # ids of accounts that are programs, and decide by themselves
"""


@click.command("mastodon")
@reading.file_argument
@click.option("--platform", required=True, help="The platform that decided.")
@click.option("--instance", help="Its domain, where the connection's file is made.")
@click.option(
    "--mapping",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The connection's file; made if it is not there.  [default: FILE{reading.SUFFIX}]",
)
@reading.reading_options
def mastodon(
    path: Path,
    platform: str,
    instance: str | None,
    file: Path | None,
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Take strikes and appeals from FILE, the CSV of the query in docs/connectors/mastodon.md.

    Every row is read, and what would become of it is shown. Nothing is changed until `--trial` and
    `--take`. What the database does not say is asked of a person at the desk.

    Exit status: 0 all rows were taken; 1 some were refused, or taken but somebody was not told; 3
    none was taken.
    """
    from amparo.ledger.connect import tables

    file = file or path.with_name(path.name + reading.SUFFIX)
    if not file.exists():
        _make(file, platform, instance)
    whose = instance.lower() if instance else None
    config = reading.read_config(file, strikes.SYSTEM, platform, instance=whose)
    settings = strikes.settings(config)
    source = reading.source(path, config)
    strikes.check_columns(tables.header(path, source.form))
    found = reading.records(source, lambda row: strikes.records(row.cells, settings))
    reading.read(source, found, since, way, data)


def _make(file: Path, platform: str, instance: str | None) -> None:
    from amparo.connectors import config
    from amparo.connectors.config import Config, Connector
    from amparo.storage.durable import write_durably

    if not instance:
        raise click.UsageError("Say with --instance whose strikes these are: social.example.")
    name = config.name_of(strikes.SYSTEM, instance)
    made = Config(Connector(strikes.SYSTEM, name, platform, instance=instance.lower()))
    write_durably(file, f"{config.write(made)}\n{ASKED}".encode())
    click.echo(f"Written: {file}", err=True)
