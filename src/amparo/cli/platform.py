"""`amparo platform`: who may submit."""

# SPDX-License-Identifier: Apache-2.0

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from amparo.cli.groups import Group
from amparo.cli.options import data_option, json_option
from amparo.ledger.log import platforms
from amparo.record import event
from amparo.record.rules import Profile
from amparo.storage import settings
from amparo.storage.journal import Journal
from amparo.storage.node import create_node, open_node

if TYPE_CHECKING:
    from amparo.ledger.outbound.webhooks import Status


@click.group(cls=Group)
def platform() -> None:
    """Platforms that may submit, and their tokens."""


@platform.command()
@click.argument("name")
@click.option(
    "--any-country",
    is_flag=True,
    help="Let territorial_scope name any country, not only those of the EEA.",
)
@data_option
def add(name: str, any_country: bool, data: Path) -> None:
    """Add the platform NAME and print its token, on the last line.

    The token is shown this once; only a hash of it is kept. Works while the node runs. Where the
    folder holds no node yet, one is made.
    """
    is_new = not (data / settings.FILE).exists()
    node = create_node(data)
    if is_new:  # nobody shall make a second node unawares by a slip in the folder's name
        click.echo(f"Made a new node in {node.folder}: {node.origin}.", err=True)
    journal = Journal(node.journal)
    added = platforms.add(journal, name, Profile(any_country=any_country))
    token = platforms.new_token(journal, added)
    click.echo(f"Added {added.name} (in the log: {added.slug}). Its token:", err=True)
    click.echo(token)


@platform.command()
@click.argument("name")
@click.option(
    "--test", is_flag=True, help="Print the test token that belongs to the token; void nothing."
)
@data_option
def token(name: str, test: bool, data: Path) -> None:
    """Make a new token for the platform NAME, voiding the old one; print it on the last line.

    With `--test`, print its test token instead: statements that come with it are checked and
    answered, and never go on the record. It ends with the token that it belongs to.
    """
    journal = Journal(open_node(data).journal)
    make = platforms.test_token if test else platforms.new_token
    click.echo(make(journal, platforms.find(journal, name)))


@platform.command()
@click.argument("name")
@data_option
def revoke(name: str, data: Path) -> None:
    """Void the token of the platform NAME, which was lost; it cannot submit until it has another.

    A node that serves notices within a second.
    """
    journal = Journal(open_node(data).journal)
    platforms.revoke(journal, platforms.find(journal, name))


@platform.command("list")
@json_option
@data_option
def list_(as_json: bool, data: Path) -> None:
    """List the platforms of a node."""
    from amparo.ledger.outbound import webhooks

    journal = Journal(open_node(data).journal)  # which carries an older one on first
    every, hooks = platforms.every(journal), webhooks.statuses(journal)
    if as_json:
        found = [
            platform._asdict()
            | {"webhook": _shown(hooks[platform.id]) if platform.id in hooks else None}
            for platform in every
        ]
        click.echo(msgspec.json.encode(found).decode())
        return
    for platform in every:
        hook = hooks.get(platform.id)
        notes = [
            *(["any country"] if platform.profile.any_country else []),
            *(["demonstration"] if platform.demo else []),
            *([f"webhook {hook.state}"] if hook else []),
            *([hook.why] if hook and hook.why else []),
        ]
        click.echo(f"{platform.slug}\t{platform.name}\t{', '.join(notes)}")


@platform.command()
@click.argument("name")
@click.argument("url", required=False)
@click.option("--private", is_flag=True, help="Allow an address inside a private network.")
@click.option("--status", is_flag=True, help="Show how the webhook fares, and change nothing.")
@click.option("--test", is_flag=True, help="Send it a test, and show what it answers.")
@data_option
def webhook(
    name: str, url: str | None, private: bool, status: bool, test: bool, data: Path
) -> None:
    """Tell the platform NAME of orders at URL; print the secret of its signatures on the last line.

    Requests are signed as Standard Webhooks are. Without a webhook a platform asks /api/v1/orders.
    A webhook that answers 410 has ended, until an address is set again.
    """
    from amparo.ledger.outbound import webhooks

    if [url is not None, status, test].count(True) != 1:
        raise click.UsageError("Give the address of the webhook, or --status, or --test.")
    journal = Journal(open_node(data).journal)
    found = platforms.find(journal, name)
    if url is not None:
        click.echo(webhooks.set_webhook(journal, found.id, url, private=private))
        return
    if test:
        trying = webhooks.to_try_out(journal, found.id)
        click.echo(f"status\t{webhooks.try_out(trying, int(time.time()))}")
        webhooks.taken(journal, found.id, trying)
        return
    hook = webhooks.statuses(journal).get(found.id)
    for key, value in (_shown(hook) if hook else {"state": "none"}).items():
        click.echo(f"{key}\t{value}")


@platform.command()
@click.argument("name")
@click.argument("organisation", required=False)
@click.option("--remove", is_flag=True, help="Take ORGANISATION off the list.")
@data_option
def flagger(name: str, organisation: str | None, remove: bool, data: Path) -> None:
    """Put ORGANISATION on the list of trusted flaggers of the platform NAME; print its token.

    The token is shown this once, on the last line; a new one voids the old. Without ORGANISATION
    the list is shown. The status is awarded by a Digital Services Coordinator (DSA Article 22).
    """
    from amparo.ledger.log import flaggers

    journal = Journal(open_node(data).journal)
    found = platforms.find(journal, name)
    if organisation is None:
        for who, day in flaggers.every(journal, found):
            click.echo(f"{who}\t{day}")
    elif remove:
        flaggers.remove(journal, found, organisation)
    else:
        at = event.timestamp(datetime.now(UTC))
        click.echo(flaggers.add(journal, found, organisation, at=at))


def _shown(hook: "Status") -> dict[str, str | int]:
    moments = {
        "failed_at": hook.failed_at,
        "rest_until": hook.rest_until,
        "ended_at": hook.ended_at,
    }
    return {
        "url": hook.url,
        "state": hook.state,
        "failures": hook.failures,
        "why": hook.why,
        **{name: _moment(at) for name, at in moments.items()},
    }


def _moment(at: int) -> str:
    return event.timestamp(datetime.fromtimestamp(at, UTC)) if at else ""
