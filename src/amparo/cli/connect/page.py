"""`amparo connect page`: pages of contested content, by which remedies are read back."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
import time
from pathlib import Path

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import content_page

ASKED = """\
[options]
# private = "yes"     # they are at an address in a private network
"""


@click.command()
@live.platform_option
@live.address_option
@live.mapping_option
@data_option
def page(platform: str, address: str | None, file: Path | None, data: Path) -> None:
    """Read remedies back from pages that everybody can open.

    --address is what those pages begin with, such as https://forum.example: the platform names
    them with its statements, and no others are looked at. It is looked at once, and has to answer.
    Only for a platform that no other connector reads, and that has no state endpoint.
    """
    from amparo.connectors.trial import Trial
    from amparo.ledger.connect import connections
    from amparo.ledger.connect.page_source import Pages
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(content_page.SYSTEM, platform, address, file, options=ASKED)
    journal = Journal(open_node(data).journal)
    with contextlib.closing(Pages(connections.proposed(journal, config))) as pages:
        pages.status(config.connector.address)
    connection = connections.add(journal, config, now=int(time.time()))
    connections.set_trial(journal, connection, Trial())
    click.echo(f"It answers. Then: amparo connect start {connection.name}")
