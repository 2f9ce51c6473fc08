"""`amparo connect secret`: what a source is asked with, given anew and tried before it is kept."""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from amparo.cli.connect import coop as of_coop
from amparo.cli.connect import live
from amparo.cli.connect.cinder import secret_of_webhook
from amparo.cli.options import data_option
from amparo.connectors import config as config_

if TYPE_CHECKING:
    from amparo.ledger.connect.connections import Connection


@click.command()
@click.argument("name")
@live.token_option
@live.webhook_option
@live.key_option
@data_option
def secret(
    name: str,
    token_file: TextIO | None,
    webhook_file: TextIO | None,
    key_file: TextIO | None,
    data: Path,
) -> None:
    """Give the connection NAME a new token or password; it is asked at once.

    Orders that its source has refused, or not carried out, are tried once more.

    Of a running Mastodon it is the application's token, of a Discourse the API key, each with the
    webhook's secret. Of an Ozone it is what it signs in with; of a state endpoint, the secret that
    both sides know; of a Lemmy or a Synapse, the token of an administrator; of a Coop, an API key,
    with the key that its callbacks are signed by; of a Cinder, its webhook's secret.
    """
    import time

    from amparo.connectors import (
        cinder,
        coop,
        discourse,
        lemmy,
        mastodon_live,
        ozone,
        state_endpoint,
        synapse,
    )
    from amparo.errors import Refused, Text
    from amparo.ledger.case import write_back_queue
    from amparo.ledger.connect import connections, poll_schedule
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal)
    connection = connections.find(journal, name)
    match connection.config.connector.system:
        case discourse.SYSTEM:
            new = _of_discourse(connection, token_file, webhook_file)
        case lemmy.SYSTEM:
            new = _of_lemmy(connection, token_file)
        case mastodon_live.SYSTEM:
            new = _of_mastodon(connection, token_file, webhook_file)
        case ozone.SYSTEM:
            new = _of_ozone(connection, token_file)
        case coop.SYSTEM:
            new = _of_coop(connection, token_file, key_file)
        case state_endpoint.SYSTEM if state_endpoint.settings(connection.config).key is None:
            new = _of_state(connection, token_file)
        case cinder.SYSTEM:
            new = secret_of_webhook(token_file)
        case synapse.SYSTEM:
            new = _of_synapse(connection, token_file)
        case _:
            raise Refused(
                Text("The connection {name} has no secret.", name=name),
                why="its source is asked without one",
                fix="Nothing needs to be done.",
            )
    connections.keep_secret(node, name, new)
    now = int(time.time())
    with journal.transaction():
        write_back_queue.try_again(journal, connection.id, now)
    poll_schedule.went_well(journal, connection, now)
    click.echo(f"{name} has a new secret.")


def _of_discourse(
    connection: "Connection", token_file: TextIO | None, webhook_file: TextIO | None
) -> str:
    import msgspec

    from amparo.ledger.connect.discourse_source import Discourse
    from amparo.ledger.connect.source_secrets import Secrets

    new = Secrets(live.token(token_file, "The API key"), live.webhook(webhook_file))
    with contextlib.closing(Discourse(connection, new.token)) as forum:
        forum.check()
        if config_.writes_back(connection.config):
            forum.check_may_write()
    return msgspec.json.encode(new).decode()


def _of_mastodon(
    connection: "Connection", token_file: TextIO | None, webhook_file: TextIO | None
) -> str:
    import msgspec

    from amparo.ledger.connect.mastodon_source import Mastodon
    from amparo.ledger.connect.source_secrets import Secrets

    token = live.token(token_file, "The application's token")
    new = Secrets(token, live.webhook(webhook_file))
    with contextlib.closing(Mastodon(connection, new.token)) as mastodon:
        mastodon.check()
        if config_.writes_back(connection.config):
            mastodon.check_may_write()
    return msgspec.json.encode(new).decode()


def _of_ozone(connection: "Connection", token_file: TextIO | None) -> str:
    from amparo.connectors import ozone
    from amparo.ledger.connect import ozone_calls
    from amparo.ledger.connect.ozone_calls import Calls

    new = live.token(token_file, "The secret")
    access = ozone_calls.access(connection.config, new)
    with contextlib.closing(Calls(access, patient=True)) as calls:
        calls.events(limit="1")
        if options := ozone.acts_by(connection.config):
            calls.check_may_act(options)
    return new


def _of_coop(connection: "Connection", token_file: TextIO | None, key_file: TextIO | None) -> str:
    import msgspec

    return msgspec.json.encode(of_coop.asked(connection, token_file, key_file)).decode()


def _of_state(connection: "Connection", token_file: TextIO | None) -> str:
    from amparo.ledger.connect import state_source
    from amparo.ledger.connect.state_source import StateEndpoint

    new = live.token(token_file, "The secret (whsec_...)")
    with contextlib.closing(StateEndpoint(connection, state_source.secret_key(new))) as endpoint:
        endpoint.check()
    return new


def _of_lemmy(connection: "Connection", token_file: TextIO | None) -> str:
    from amparo.ledger.connect.lemmy_calls import Lemmy

    new = live.token(token_file, "The administrator's access token")
    with contextlib.closing(Lemmy(connection, new)) as there:
        there.check()
    return new


def _of_synapse(connection: "Connection", token_file: TextIO | None) -> str:
    from amparo.ledger.connect.synapse_calls import Synapse

    new = live.token(token_file, "The administrator's access token")
    with contextlib.closing(Synapse(connection, new)) as there:
        there.check()
        if config_.writes_back(connection.config):
            there.check_may_write()
    return new
