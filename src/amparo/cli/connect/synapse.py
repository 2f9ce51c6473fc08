"""`amparo connect synapse`: a running Synapse, by its administrators' API."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from pathlib import Path
from typing import TextIO

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import config as config_
from amparo.connectors import synapse as mapping

MOST_TRIED = 1000
"""Of accounts, of rooms, and of changes in quarantine."""
ASKED = """\
[options]
# scan_hours = "6"       # how often all accounts and rooms are gone through
# reports = "notices"    # what users report is a notice of DSA Article 16, and is counted
# private = "yes"        # the server is at an address in a private network
# write_back = "yes"     # orders are carried out there
"""


@click.command("synapse")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@data_option
def synapse(
    platform: str, address: str | None, file: Path | None, token_file: TextIO | None, data: Path
) -> None:
    """Follow a running Synapse, the server of Matrix: accounts, rooms, media, remedies read back.

    It asks for the access token of an administrator. Whether that is enough is tried, and what is
    restricted now is shown as if it had been decided today. Nothing is put on the record until
    `amparo connect start`. With `write_back` in its file, it is tried as well whether orders can be
    carried out.
    """
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, synapse_source
    from amparo.ledger.connect.items import Digests
    from amparo.ledger.connect.synapse_calls import Synapse
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    token = live.token(token_file, "The administrator's access token")
    with contextlib.closing(Synapse(connection, token)) as there:
        if not there.check():
            click.echo("It has no list of media in quarantine (Synapse 1.152): they are left out.")
        if config_.writes_back(config):
            there.check_may_write()
        digests = Digests(node.secret(), connection)
        tried = synapse_source.as_if_decided(there, digests, casework.now(), most=MOST_TRIED)
        live.try_(node, journal, config, tried, secrets=token)
