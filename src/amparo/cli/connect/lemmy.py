"""`amparo connect lemmy`: the log of moderation of a Lemmy, and its reports."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from datetime import timedelta
from pathlib import Path
from typing import TextIO

import click

from amparo.cli.connect import live
from amparo.cli.options import data_option
from amparo.connectors import lemmy as mapping

ASKED = """\
[options]
# bots = "automod"          # accounts that are programs, beside those that Lemmy calls bots; or ""
# reasons = "Spam; Rule 2"  # with what reasons begin: a rule can go by them
# reports = "notices"       # what users report is a notice of DSA Article 16, and is counted
# since = "2026-11-30"      # the first day taken in; from the start without it
# private = "yes"           # the server is at an address in a private network
# write_back = "yes"        # orders are carried out there
"""


@click.command("lemmy")
@live.platform_option
@live.address_option
@live.mapping_option
@live.token_option
@data_option
def lemmy(
    platform: str, address: str | None, file: Path | None, token_file: TextIO | None, data: Path
) -> None:
    """Follow a Lemmy: bans, removals, locks, purges, and remedies read back.

    It asks for the access token of an administrator. Whether that is enough is tried, and the last
    180 days are read as a trial. Nothing is put on the record until `amparo connect start`.
    """
    from amparo.connectors import trial
    from amparo.ledger.case import casework
    from amparo.ledger.connect import connections, lemmy_source
    from amparo.ledger.connect.lemmy_calls import Lemmy
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    config = live.config_of(mapping.SYSTEM, platform, address, file, options=ASKED)
    mapping.settings(config)
    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.proposed(journal, config)
    token = live.token(token_file, "The administrator's access token")
    day = str((casework.now() - timedelta(days=trial.DAYS)).date())
    with contextlib.closing(Lemmy(connection, token, patient=True)) as there:
        there.check()
        tried = lemmy_source.trial(there, day)
        live.try_(node, journal, config, tried, secrets=token, since=day)
