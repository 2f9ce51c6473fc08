"""Links that a command prints: whole wherever it is known where the node is reached."""

# SPDX-License-Identifier: Apache-2.0

import click

from amparo.ledger.upkeep import running
from amparo.storage.node import Node


def echo_link(node: Node, path: str) -> None:
    """Print the link to a page of a node, on a line of its own."""
    base = base_of(node)
    if not base:
        click.echo(
            "Put before it the address at which people reach the node; the setting `base_url` "
            "does that by itself:",
            err=True,
        )
    click.echo(f"{base}{path}")


def base_of(node: Node) -> str:
    """By the setting `base_url`, or where the node runs on this machine; empty: it is not known."""
    return node.settings.base_url or running.address(node)
