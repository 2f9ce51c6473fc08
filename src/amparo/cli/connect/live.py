"""Setting up a source that is asked: its file, its secrets, a look at what it has, its trial."""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from amparo.cli import files
from amparo.cli.connect import reading, taking

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.connectors.record import Record
    from amparo.ledger.connect.ingest import Unreadable
    from amparo.storage.journal import Journal
    from amparo.storage.node import Node

address_option = click.option("--address", help="Where it is, where the connection's file is made.")
platform_option = click.option("--platform", required=True, help="The platform that decides there.")
mapping_option = click.option(
    "--mapping",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The connection's file; made if it is not there.  [default: NAME.connect.toml]",
)
token_option = click.option(
    "--token-file", type=click.File(), help="Read the token from here, or from - .  [default: ask]"
)

key_option = click.option(
    "--key-file", type=click.File(), help="Read the key that callbacks are signed by from here."
)
webhook_option = click.option(
    "--webhook-file", type=click.File(), help="Read the webhook's secret from here."
)


def config_of(
    system: str, platform: str, address: str | None, file: Path | None, *, options: str
) -> "Config":
    """The connection's file; made with `options`, comments that tell of them, if it is not there.

    `address` names the host, by which the connection and its file are called where no file is
    named.
    """
    from amparo.connectors import config
    from amparo.connectors.config import Config, Connector
    from amparo.storage.durable import write_durably

    host = reading.host_of(address or "")
    name = config.name_of(system, host)
    file = file or Path(f"{name}{reading.SUFFIX}")
    if not file.exists():
        if not host:
            raise click.UsageError("Say with --address where it is: https://social.example.")
        if (why := config.wrong_address(address or "", is_private=True)) is not None:
            raise config.unusable(why)  # before it stands in a file, with whatever is in it
        made = Config(Connector(system, name, platform, instance=host, address=address or ""))
        write_durably(file, f"{config.write(made)}\n{options}".encode())
        click.echo(f"Written: {file}", err=True)
    return reading.read_config(file, system, platform, address=address)


def token(token_file: TextIO | None, what: str) -> str:
    """What a source is asked with, from a file or by asking."""
    if token_file is not None:
        return files.secret(token_file)
    answer: str = click.prompt(what, hide_input=True)
    return answer.strip()


def webhook(file: TextIO | None) -> str:
    """The webhook's secret, from a file or by asking; empty where there is none."""
    if file is not None:
        return files.secret(file)
    answer: str = click.prompt(
        "The webhook's secret (none: only the lists are read)",
        default="",
        hide_input=True,
        show_default=False,
    )
    return answer.strip()


def try_(
    node: "Node",
    journal: "Journal",
    config: "Config",
    records: "Iterable[Record | Unreadable]",
    *,
    secrets: str = "",
    since: str = "",
) -> None:
    """Keep the connection with its secrets and its trial, and show what it would bring."""
    from amparo.cli.connect import shown
    from amparo.cli.connect.remarks import Remarks
    from amparo.ledger.connect import connections, ingest

    connection, remarks = connections.proposed(journal, config), Remarks()
    noted = taking.noting(iter(records), remarks)
    tried = ingest.read_as_trial(
        journal, node.secret(), connection, noted, since, of_file=config.rule
    )
    connection = connections.add(journal, config, now=int(time.time()))
    if secrets:
        connections.keep_secret(node, connection.name, secrets)
    connections.set_trial(journal, connection, tried)
    shown.trial(tried)
    remarks.show(connection.source)
    click.echo(f"The trial is shown at /desk/connect; then: amparo connect start {connection.name}")
