"""`amparo connect discourse`: the staff action log of a forum, and its webhooks."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import config as config_
from amparo.connectors import discourse as mapping

ASKED = """\
[options]
# user = "ana"              # the account of staff for which the key asks; system without it
# bots = "system; discobot" # accounts that are programs; "" if there are none
# reasons = "Spam; Insults" # with what reasons begin: a rule can go by them
# since = "2026-11-30"      # the first day taken in; from the start without it
# private = "yes"           # the forum is at an address in a private network
# write_back = "yes"        # orders are carried out there; the key must not be read only
"""


@click.command("discourse")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@live.webhook_option
@data_option
def discourse(
    platform: str,
    address: str | None,
    file: Path | None,
    token_file: TextIO | None,
    webhook_file: TextIO | None,
    data: Path,
) -> None:
    """Follow a forum on Discourse: suspensions, silences, deletions, and remedies read back.

    It asks for an API key of somebody of the staff, and for the secret of a webhook. Whether the
    key is enough is tried, and the last 180 days are read as a trial. Nothing is put on the record
    until `amparo connect start`. With `write_back` in its file, it is tried as well whether orders
    can be carried out.
    """
    import msgspec

    from amparo.connectors import trial
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, newest_first
    from amparo.ledger.connect.discourse_source import Discourse
    from amparo.ledger.connect.source_secrets import Secrets
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    secrets = Secrets(live.token(token_file, "The API key"), live.webhook(webhook_file))
    day = str((casework.now() - timedelta(days=trial.DAYS)).date())
    with contextlib.closing(Discourse(connection, secrets.token, patient=True)) as forum:
        forum.check()
        if config_.writes_back(config):
            forum.check_may_write()
        tried = newest_first.since(forum, day)
        encoded = msgspec.json.encode(secrets).decode()
        live.try_(node, journal, config, tried, secrets=encoded, since=day)
    base = node.settings.base_url or "https://YOUR-NODE"
    click.echo(f"Webhooks of Discourse go to {base}/api/v1/connect/{connection.name}/webhook")
