"""`amparo connect`: the group of its commands, and those that every connection has."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from amparo.cli.connect import (
    answers,
    cinder,
    coop,
    csv_,
    discourse,
    labels,
    lemmy,
    mastodon,
    mastodon_live,
    mediawiki,
    ozone,
    page,
    proof,
    secret,
    state,
    synapse,
)
from amparo.cli.groups import Group
from amparo.cli.options import data_option, json_option
from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.ledger.connect.connections import Connection
    from amparo.storage.journal import Journal


MOST_HELD = 100


@click.group(cls=Group)
def connect() -> None:
    """Connections to what platforms run already, and how they fare.

    A new connection is a trial: its source is read, nothing is put on the record, and the desk's
    page /desk/connect shows what would be. `start` lets it run.
    """


@connect.command("list")
@json_option
@data_option
def list_(as_json: bool, data: Path) -> None:
    """List the connections of a node: name, system, source, platform, state."""
    from amparo.ledger.connect import connections

    journal = _journal(data)
    found = [_shown(journal, connection) for connection in connections.every(journal)]
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for shown in found:
        names = ("name", "system", "source", "platform", "state")
        click.echo("\t".join(on_a_line(str(shown[name])) for name in names))


@connect.command()
@click.argument("name")
@json_option
@data_option
def status(name: str, as_json: bool, data: Path) -> None:
    """Show how the connection NAME fares: when it was read, what waits, what was refused.

    `held` are orders that it does not carry out: a step that no call takes (`steps`), what is not
    there (`gone`), another decision (`newer`), `refused`, `unanswered`, or called for and not told
    of since (`untold`).
    """
    from amparo.ledger.case import write_back_queue
    from amparo.ledger.connect import connections

    journal = _journal(data)
    connection = connections.find(journal, name)
    shown = _shown(journal, connection)
    if as_json:
        click.echo(msgspec.json.encode(shown).decode())
        return
    for key, value in shown.items():
        click.echo(f"{key}\t{on_a_line(str(value))}")
    for place, why, at in connections.refusals(journal, connection.id):
        click.echo(f"refused\t{_moment(at)}\t{on_a_line(f'{place}: {why}')}")
    for order in write_back_queue.held(journal, connection.id, most=MOST_HELD):
        click.echo(f"held\t{_moment(order.ordered_at)}\t{order.case}: {order.held}")


@connect.command()
@click.argument("name")
@data_option
def start(name: str, data: Path) -> None:
    """Let the connection NAME run, after its trial: what it reads goes on the record."""
    from amparo.ledger.connect import connections

    journal = _journal(data)
    connections.start(journal, connections.find(journal, name))
    click.echo(f"{name} runs.")


@connect.command()
@click.argument("name")
@data_option
def pause(name: str, data: Path) -> None:
    """Read nothing more of NAME until `amparo connect resume`; drafts stay."""
    from amparo.ledger.connect import connections

    journal = _journal(data)
    connections.pause(journal, connections.find(journal, name))
    click.echo(f"{name} is paused.")


@connect.command()
@click.argument("name")
@data_option
def resume(name: str, data: Path) -> None:
    """Go on reading NAME where it was paused."""
    from amparo.ledger.connect import connections

    journal = _journal(data)
    connections.resume(journal, connections.find(journal, name))
    click.echo(f"{name} runs.")


@connect.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask, though drafts wait.")
@data_option
def remove(name: str, yes: bool, data: Path) -> None:
    """Forget the connection NAME, with its drafts and its secret; the record stays as it is."""
    from amparo.ledger.connect import connections, items
    from amparo.storage.node import open_node

    node, journal = open_node(data), _journal(data)
    connection = connections.find(journal, name)
    waiting = items.counts(journal, connection.id).get("draft", 0)
    if waiting and not yes:
        click.confirm(f"{waiting:,} drafts of {name} wait. Forget them?", abort=True)
    connections.remove(node, journal, connection)
    click.echo(f"{name} is removed.")


connect.add_command(csv_.csv_)
connect.add_command(discourse.discourse)
connect.add_command(mastodon.mastodon)
connect.add_command(labels.labels)
connect.add_command(lemmy.lemmy)
connect.add_command(mastodon_live.mastodon_live)
connect.add_command(secret.secret)
connect.add_command(ozone.ozone)
connect.add_command(mediawiki.mediawiki)
connect.add_command(coop.coop)
connect.add_command(state.state)
connect.add_command(page.page)
connect.add_command(synapse.synapse)
connect.add_command(cinder.cinder)
connect.add_command(answers.answers)
connect.add_command(proof.proof)


def _journal(data: Path) -> "Journal":
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    return Journal(open_node(data).journal)


def _shown(journal: "Journal", connection: "Connection") -> dict[str, Any]:
    from amparo.connectors import config
    from amparo.ledger.connect import connections, items

    return {
        "name": connection.name,
        "system": connection.config.connector.system,
        "source": connection.source,
        "platform": connection.platform.name,
        "state": connection.state,
        "read": _moment(connection.read_at),
        "newest": connection.newest,
        "failed": _moment(connection.failed_at),
        "why": connection.why,
        "items": items.counts(journal, connection.id),
        "reviewed": connections.reviewed(journal, connection.id)._asdict(),
        "refused": connection.refused,
        "writes_back": config.writes_back(connection.config),
    }


def _moment(at: int) -> str:
    from amparo.record import event

    return event.timestamp(datetime.fromtimestamp(at, UTC)) if at else ""
