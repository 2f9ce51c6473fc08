"""`amparo connect mediawiki`: the public log of a wiki."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from datetime import timedelta
from pathlib import Path

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import mediawiki as mapping

ASKED = """\
[options]
# bots = "CleanerBot; Abuse filter"  # accounts that are programs; "" if there are none
# reasons = "Vandalism; Spam"        # with what reasons begin: a rule can go by them
# since = "2026-11-30"               # the first day taken in; from the start without it
# private = "yes"                    # the wiki is at an address in a private network
"""


@click.command("mediawiki")
@live.platform_option
@live.address_option
@live.mapping_option
@data_option
def mediawiki(platform: str, address: str | None, file: Path | None, data: Path) -> None:
    """Follow the public log of a wiki: blocks, deletions, protections, stopped edits.

    --address is that of its api.php. The last 180 days are read as a trial; nothing is put on the
    record until `amparo connect start`.
    """
    from amparo.connectors import trial
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, mediawiki_source
    from amparo.ledger.connect.items import Digests
    from amparo.ledger.connect.mediawiki_source import MediaWiki
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    day = str((casework.now() - timedelta(days=trial.DAYS)).date())
    with contextlib.closing(MediaWiki(connection)) as wiki:
        tried = mediawiki_source.since(wiki, day, Digests(node.secret(), connection))
        live.try_(node, journal, config, tried, since=day)
