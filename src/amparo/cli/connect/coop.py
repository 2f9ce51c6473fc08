"""`amparo connect coop`: the callbacks of Coop, ROOST's review tool."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO

import click

from amparo.cli import files
from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import coop as mapping
from amparo.connectors import coop_callback
from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.ledger.connect import coop_calls
    from amparo.ledger.connect.connections import Connection

MOST_BYTES = 1 << 20
"""Of a callback; one that is longer is no JSON, and is named as such."""
ASKED = """\
[options]
# Ids of actions, as Coop shows them; one that is named nowhere is asked about each time.
# removed = ""  # further: disabled, demoted, labelled, age_restricted, interaction_restricted,
#               # read_only, suspended, terminated
# warning = ""             # actions that warn somebody
# nothing = ""             # actions that restrict nobody
# left_out = ""            # actions of which nothing is taken in, such as those of child safety
# takes_back = ""          # "restore: hide remove; unban: ban"
# informed = "yes"         # the platform itself tells the person of each action
# reasons_are_facts = "yes"  # a moderator's reason states the facts, and names nobody
# again_hours = "168"      # after so long the same bytes are another decision; without it, asked
# appeals = "yes"          # complaints go to Coop as well, as appeals
# write_back = "yes"       # orders are carried out there, by the first action that takes it back
# private = "yes"          # Coop is at an address in a private network
"""


@click.command("coop")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@live.key_option
@click.option(
    "--callbacks",
    type=click.File("rb"),
    help="Callbacks that came before, one a line as Coop posted them: what would they be?",
)
@data_option
def coop(
    platform: str,
    address: str | None,
    file: Path | None,
    token_file: TextIO | None,
    key_file: TextIO | None,
    callbacks: BinaryIO | None,
    data: Path,
) -> None:
    """Take in what is decided in Coop, by its callbacks.

    It asks for an API key and for the key that callbacks are signed by, and tries whether the first
    is enough. Nothing is put on the record until `amparo connect start`: until then callbacks are
    counted at /desk/connect, with what they would be.
    """
    import msgspec

    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, coop_source
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    secrets = asked(connection, token_file, key_file)
    tried = coop_source.as_trial(lines(callbacks), node.secret(), connection, casework.now())
    live.try_(node, journal, config, tried, secrets=msgspec.json.encode(secrets).decode())
    base = node.settings.base_url or "https://YOUR-NODE"
    click.echo(f"Callbacks of Coop go to {base}/api/v1/connect/{connection.name}/webhook")


def asked(
    connection: "Connection", token_file: TextIO | None, key_file: TextIO | None
) -> "coop_calls.Secrets":
    """What a Coop is asked and checked with, once it was tried; its policies are shown."""
    from amparo.ledger.connect import coop_calls

    api_key = live.token(token_file, "An API key")
    public_key = _public_key(key_file)
    coop_callback.key(public_key)
    with contextlib.closing(coop_calls.Coop(connection, api_key)) as running:
        for number, name in running.policies():
            click.echo(f"policy\t{on_a_line(number)}\t{on_a_line(name)}")
        if running.settings.write_back:
            running.check_may_write()
    return coop_calls.Secrets(api_key, public_key)


def _public_key(file: IO[str] | None) -> str:
    if file is None:
        file = click.prompt(
            "The file with Coop's Webhook Signature Verification Key", type=click.File()
        )
    return files.secret(file)


def lines(file: BinaryIO | None) -> Iterator[bytes]:
    """Each line as it came; what is too long is cut, and so is no JSON any more."""
    while file is not None and (line := file.readline(MOST_BYTES)):
        if line.strip():
            yield line.rstrip(b"\r\n")
