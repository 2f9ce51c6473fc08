"""`amparo connect cinder`: the webhooks of Cinder, a review tool."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from typing import BinaryIO, TextIO

import click

from amparo.cli.connect import coop, live
from amparo.cli.options import data_option
from amparo.connectors import cinder as mapping

ASKED = """\
[options]
# Enforcement actions, as Cinder names them, or KIND/ACTION where they fit one kind of content only:
# "amo_addon/amo-disable-addon". One that is named nowhere is asked about each time.
# disabled = ""  # further: removed, demoted, labelled, age_restricted, interaction_restricted,
#                # read_only, suspended, terminated
# warning = ""              # actions that warn somebody
# nothing = ""              # actions that restrict nobody, as amo-approve
# left_out = ""             # actions of which nothing is taken in, such as those of child safety
# accounts = ""             # kinds of content that are accounts, as amo_user
# informed = "yes"          # the platform itself tells the person of each decision
# notes_are_facts = "yes"   # what moderators note states the facts, and names nobody
"""


@click.command("cinder")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@click.option(
    "--webhooks",
    type=click.File("rb"),
    help="Webhooks that came before, one a line as Cinder posted them: what would they be?",
)
@data_option
def cinder(
    platform: str,
    address: str | None,
    file: Path | None,
    token_file: TextIO | None,
    webhooks: BinaryIO | None,
    data: Path,
) -> None:
    """Take in what is decided in Cinder, by its webhooks.

    --address names whose Cinder it is; it is not asked. The secret of its webhook is asked for.
    Nothing is put on the record until `amparo connect start`: until then webhooks are counted at
    /desk/connect, with what they would be.
    """
    from amparo.ledger.connect import cinder_source, connections
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    tried = cinder_source.as_trial(coop.lines(webhooks), connection)
    live.try_(node, journal, config, tried, secrets=secret_of_webhook(token_file))
    base = node.settings.base_url or "https://YOUR-NODE"
    click.echo(f"Webhooks of Cinder go to {base}/api/v1/connect/{connection.name}/webhook")


def secret_of_webhook(token_file: TextIO | None) -> str:
    """The secret by which Cinder signs; one that is empty would be anybody's."""
    found = live.token(token_file, "The webhook's secret")
    if not found:
        raise click.UsageError("The webhook's secret is empty: Cinder shows it beside the webhook.")
    return found
