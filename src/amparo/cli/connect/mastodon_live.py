"""`amparo connect mastodon-live`: a running Mastodon, by webhooks and its administrators' API."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from pathlib import Path
from typing import TextIO

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import config as config_
from amparo.connectors import mastodon_live as mapping

MOST_TRIED = 1000
"""Of each list of restricted accounts."""
ASKED = """\
[options]
# scan_hours = "6"    # how often the lists of restricted accounts are read in full
# private = "yes"     # the server is at an address in a private network
# write_back = "yes"  # orders are carried out there; the token needs admin:write:accounts
"""


@click.command("mastodon-live")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@live.webhook_option
@data_option
def mastodon_live(
    platform: str,
    address: str | None,
    file: Path | None,
    token_file: TextIO | None,
    webhook_file: TextIO | None,
    data: Path,
) -> None:
    """Follow a running Mastodon: its restricted accounts, and remedies read back.

    It asks for the token of an application that may read accounts and reports as an administrator,
    and for the secret of a webhook. Whether the token is enough is tried, and what is restricted
    now is shown as if it had been decided today. Nothing is put on the record until `amparo connect
    start`. With `write_back` in its file, it is tried as well whether orders can be carried out.
    """
    import msgspec

    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, mastodon_source
    from amparo.ledger.connect.mastodon_source import Mastodon
    from amparo.ledger.connect.source_secrets import Secrets
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    secrets = Secrets(live.token(token_file, "The application's token"), live.webhook(webhook_file))
    with contextlib.closing(Mastodon(connection, secrets.token)) as mastodon:
        mastodon.check()
        if config_.writes_back(config):
            mastodon.check_may_write()
        tried = mastodon_source.as_if_decided(mastodon, casework.now(), most=MOST_TRIED)
        live.try_(node, journal, config, tried, secrets=msgspec.json.encode(secrets).decode())
    base = node.settings.base_url or "https://YOUR-NODE"
    click.echo(f"Webhooks of Mastodon go to {base}/api/v1/connect/{connection.name}/webhook")
