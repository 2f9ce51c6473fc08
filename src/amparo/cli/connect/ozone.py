"""`amparo connect ozone`: the decisions and appeals of an Ozone, Bluesky's moderation service."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from amparo.cli import files
from amparo.cli.connect import reading, taking
from amparo.connectors import config as config_
from amparo.connectors import ozone as ozone_

if TYPE_CHECKING:
    from amparo.connectors.config import Config
    from amparo.ledger.connect.ingest import Batch
    from amparo.ledger.connect.ozone_calls import Access

ASKED = """\
# What only you know; see docs/connectors/ozone.md. Take # away where it is so.
# letters = "yes"           # letters that are sent with a decision tell the person of it
# bots = ""                 # DIDs of accounts, and names of tools, that decide by themselves
# keys_are_dates = "yes"    # the keys of records say when they were posted, as Bluesky's app does
# wait_minutes = "15"       # how old an event is before it is read
# ignored = ""              # further kinds of event that restrict nobody
# private = "yes"           # it is in a private network, and may be asked without TLS
# write_back = "yes"        # orders are carried out there; its team has us as a moderator
# answers = "yes"           # what people are answered goes to the account by Ozone's letter, too
# answer_line = ""          # the subject of that letter, in the language of your people
# reversed_line = ""        # of one about a decision that is reversed though nobody had complained
# undone_line = ""          # of one about an answer that is taken back
#
# What labels of your own restrict; one that is named nowhere is asked about, each time.
# labelled = ""             # shown behind a mark or a warning
# age_restricted = ""       # the same, and only to adults
# demoted = ""              # seen by fewer people
# disabled = ""             # hidden
# suspended = ""            # of accounts: closed until it is withdrawn
# nothing = ""              # no restriction, such as a mark of honour
"""


@click.command()
@click.argument("did", metavar="DID")
@click.option("--platform", required=True, help="The platform that decides.")
@click.option("--address", help="Where it is, where the connection's file is made.")
@click.option(
    "--sign-in",
    type=click.Choice(ozone_.SIGN_INS),
    default="password",
    show_default=True,
    help="With Ozone's admin password, a token, or an app password of an account in its team.",
)
@click.option("--account", default="", help="That account, where it signs in by app password.")
@click.option("--pds", default="", help="The PDS of that account, such as https://pds.example.")
@click.option(
    "--secret-file",
    type=click.File(),
    help="Read the secret from here, or from - .  [default: ask]",
)
@click.option(
    "--mapping",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"The connection's file; made if it is not there.  [default: DID{reading.SUFFIX}]",
)
@reading.reading_options
def ozone(
    did: str,
    platform: str,
    address: str | None,
    sign_in: str,
    account: str,
    pds: str,
    secret_file: TextIO | None,
    file: Path | None,
    since: datetime | None,
    way: str,
    data: Path,
) -> None:
    """Take takedowns, labels, mutes and appeals from the events of the Ozone DID.

    At first it asks for a secret, sees whether it may read the events with it, and makes the
    connection's file. Then what would become of every event is shown. Nothing is changed until
    `--trial` and `--take`, which reads on from where it was left: at first 180 days ago, or since
    another day. With `write_back` or `answers` in its file, it is tried whether we may do that.

    Exit status: 0 all events were taken; 1 some were refused; 3 none was taken.
    """
    from amparo.ledger.connect.ozone_calls import Calls
    from amparo.ledger.connect.ozone_events import Events, beginning

    file = file or Path(did.replace(":", "-") + reading.SUFFIX)
    is_new = not file.exists()
    if is_new:
        config = _made(did, platform, address, sign_in, account, pds)
    else:
        given = {"account": account, "pds": pds}
        config = reading.read_config(
            file, ozone_.SYSTEM, platform, instance=did, address=address, options=given
        )
    settings = ozone_.settings(config)
    access = _access(config, secret_file, data, ask=is_new)
    with closing(Calls(access, patient=True)) as calls:
        if options := ozone_.acts_by(config):
            calls.check_may_act(options)
        if is_new or secret_file is not None:
            calls.events(limit="1")
            _keep(config, access.secret, data)
        if is_new:
            _write(file, config)

        def batches(position: str) -> "Iterator[Batch]":
            begin = beginning(since.date()) if since else position or beginning()
            return Events(calls, settings, begin).batches()

        taking.do(taking.Feed(did, config, batches), since, way, data)


def _made(
    did: str, platform: str, address: str | None, sign_in: str, account: str, pds: str
) -> "Config":
    from amparo.connectors.config import Config, Connector

    if not address:
        raise click.UsageError("Say with --address where it is: https://ozone.example.")
    options = {"sign_in": sign_in}
    if sign_in == "password":
        if not (account and pds):
            raise click.UsageError(
                "Say with --account and --pds which account signs in, and where."
            )
        options |= {"account": account, "pds": pds}
    name = config_.name_of(ozone_.SYSTEM, did.removeprefix("did:"))
    made = Connector(ozone_.SYSTEM, name, platform, instance=did, address=address)
    return Config(made, options=options)


def _access(config: "Config", secret_file: TextIO | None, data: Path, *, ask: bool) -> "Access":
    from amparo.ledger.connect import connections, ozone_calls
    from amparo.storage.node import open_node

    if secret_file is not None:
        secret = files.secret(secret_file)
    elif ask:
        secret = click.prompt("The secret", hide_input=True).strip()
    else:
        secret = connections.secret_of(open_node(data), config.connector.name)
    return ozone_calls.access(config, secret)


def _keep(config: "Config", secret: str, data: Path) -> None:
    from amparo.ledger.connect import connections
    from amparo.storage.node import open_node

    connections.keep_secret(open_node(data), config.connector.name, secret)


def _write(file: Path, config: "Config") -> None:
    from amparo.storage.durable import write_durably

    write_durably(file, f"{config_.write(config)}{ASKED}".encode())
    click.echo(f"Written: {file}", err=True)
