"""`amparo connect state`: a platform's own state endpoint, by which remedies are read back."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import time
from pathlib import Path
from typing import TextIO

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import state_endpoint as mapping

ASKED = """\
[options]
# key = "whpk_..."    # the platform signs by this key; without it, by a secret
# private = "yes"     # it is at an address in a private network
"""


@click.command()
@live.platform_option
@live.address_option
@live.mapping_option
@click.option(
    "--secret-file",
    type=click.File(),
    help="Read the secret that both sides know from here, or from - .  [default: ask]",
)
@data_option
def state(
    platform: str,
    address: str | None,
    file: Path | None,
    secret_file: TextIO | None,
    data: Path,
) -> None:
    """Read remedies back from a platform that no other connector reads.

    --address is that of its state endpoint (docs/state-endpoint.md). It is asked once for a case
    that nobody has, and has to answer, signed. With `key` in the connection's file it signs by a
    key of its own, and no secret is asked for.
    """
    from amparo.connectors.trial import Trial
    from amparo.ledger.connect import connections, state_source
    from amparo.ledger.connect.state_source import StateEndpoint
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    key, secret = mapping.settings(config).key, ""
    if key is None:
        secret = live.token(secret_file, "The secret (whsec_...)")
        key = state_source.secret_key(secret)
    node = open_node(data)
    journal = Journal(node.journal)
    with contextlib.closing(StateEndpoint(connections.proposed(journal, config), key)) as endpoint:
        endpoint.check()
    connection = connections.add(journal, config, now=int(time.time()))
    if secret:
        connections.keep_secret(node, connection.name, secret)
    connections.set_trial(journal, connection, Trial())
    click.echo(f"It answers as it should. Then: amparo connect start {connection.name}")
