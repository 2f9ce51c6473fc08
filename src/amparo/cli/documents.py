"""What the commands of the coalition share: a member's key, the charter in force, handing in."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from pathlib import Path

import click

from amparo.cli.options import data_option
from amparo.coalition import charter as charters
from amparo.coalition.charter import Charter
from amparo.storage.node import read_secret_text
from amparo.tlog.note import Signer

ASK_SECONDS = 30.0
MOST_ANSWER_BYTES = 100_000


def signer_of(key: Path) -> Signer:
    """A member's private key."""
    return Signer.from_text(read_secret_text(key))


def charter_in_force(data: Path, file: Path | None) -> tuple[Charter, bytes]:
    """A charter and its text: of a file as a member gave it, or of the node in a folder."""
    from amparo.ledger.coalition import charters as node_charters
    from amparo.storage.node import open_node

    if file is None:
        return node_charters.newest(open_node(data))
    found, signed = charters.read(file.read_bytes())
    return found, signed.text


@click.command("hand-in")
@click.argument(
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@click.option(
    "--to",
    "urls",
    multiple=True,
    metavar="URL",
    help="A member's node, as in https://node.example; several times.",
)
@data_option
def hand_in(files: tuple[Path, ...], urls: tuple[str, ...], data: Path) -> None:
    """Hand signed documents in to nodes: resolutions, answers, contacts, requests, charters.

    Without --to they go to the node in this folder. The signature is all that is asked for.
    """
    for file in files:
        body = file.read_bytes()
        for url in urls:
            click.echo(f"{file}\t{_post(url, body)}")
        if not urls:
            click.echo(f"{file}\t{_keep(data, body)}")


def _post(url: str, body: bytes) -> str:
    from amparo.errors import Refused
    from amparo.ledger.outbound import http

    answer = http.ask(
        "POST",
        f"{url.rstrip('/')}/api/coalition/documents",
        body,
        seconds=ASK_SECONDS,
        most_bytes=MOST_ANSWER_BYTES,
        named=http.host_of(url),
        proxy=http.proxy_for(url),
    )
    decoded = answer.json()
    if not answer.is_success:
        raise Refused(
            str(decoded.get("message")), why=str(decoded.get("why")), fix=str(decoded.get("fix"))
        )
    return f"{decoded.get('kind')}\t{str(decoded.get('digest'))[:16]}"


def _keep(data: Path, body: bytes) -> str:
    from amparo.ledger.coalition import inbox
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    node = open_node(data)
    journal = Journal(node.journal)
    try:
        taken = inbox.take(journal, node, body, datetime.now(UTC))
    finally:
        journal.close()
    return f"{taken.kind}\t{taken.digest[:16]}"
