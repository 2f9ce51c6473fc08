"""`amparo platform`: who may submit."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import click
import msgspec

from amparo.cli.options import data_option, json_option
from amparo.ledger import platforms
from amparo.ledger.journal import Journal
from amparo.ledger.node import create_node, open_node
from amparo.record.rules import Profile


@click.group()
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

    The token is shown this once; only a hash of it is kept. Works while the node runs.
    """
    journal = Journal(create_node(data).journal)
    added = platforms.add(journal, name, Profile(any_country=any_country))
    token = platforms.new_token(journal, added)
    click.echo(f"Added {added.name} (in the log: {added.slug}). Its token:", err=True)
    click.echo(token)


@platform.command()
@click.argument("name")
@data_option
def token(name: str, data: Path) -> None:
    """Make a new token for the platform NAME, voiding the old one; print it on the last line."""
    journal = Journal(open_node(data).journal)
    click.echo(platforms.new_token(journal, platforms.find(journal, name)))


@platform.command("list")
@json_option
@data_option
def list_(as_json: bool, data: Path) -> None:
    """List the platforms of a node."""
    every = platforms.every(Journal(open_node(data).journal, read_only=True))
    if as_json:
        click.echo(msgspec.json.encode([one._asdict() for one in every]).decode())
        return
    for one in every:
        notes = [
            *(["any country"] if one.profile.any_country else []),
            *(["demonstration"] if one.demo else []),
        ]
        click.echo(f"{one.slug}\t{one.name}\t{', '.join(notes)}")


@platform.command()
@click.argument("name")
@click.argument("url")
@click.option("--private", is_flag=True, help="Allow an address inside a private network.")
@data_option
def webhook(name: str, url: str, private: bool, data: Path) -> None:
    """Tell the platform NAME of orders at URL; print the secret of its signatures on the last line.

    Requests are signed as Standard Webhooks are. Without a webhook a platform asks /api/v1/orders.
    """
    from amparo.ledger.outbound import webhooks

    journal = Journal(open_node(data).journal)
    secret = webhooks.set_webhook(journal, platforms.find(journal, name), url, private=private)
    click.echo(secret)
