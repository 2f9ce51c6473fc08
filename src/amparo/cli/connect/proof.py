"""`amparo connect proof`: what a source signed of a decision, for anybody to check again."""

# SPDX-License-Identifier: Apache-2.0

import base64
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click
import msgspec

from amparo.cli.options import data_option


@click.command()
@click.argument("case", type=click.UUID)
@data_option
def proof(case: UUID, data: Path) -> None:
    """Print what the source signed of the decision CASE, one JSON object a line.

    `signed` is the message as it was received, `signature` is over its SHA-256, both in Base64;
    `key` is whose it is. Nothing is printed of a decision that its source did not sign.
    """
    from amparo.ledger.case import casework
    from amparo.ledger.connect import proofs
    from amparo.record import event
    from amparo.storage.journal import Journal
    from amparo.storage.node import open_node

    journal = Journal(open_node(data).journal)
    casework.read_alone(journal, case)  # a number that was mistyped is no decision without a proof
    for found in proofs.of_case(journal, case):
        shown = {
            "of": found.what,
            "taken_in": event.timestamp(datetime.fromtimestamp(found.at, UTC)),
            "signed": base64.b64encode(found.proof.signed).decode(),
            "signature": base64.b64encode(found.proof.signature).decode(),
            "key": found.proof.key,
        }
        click.echo(msgspec.json.encode(shown).decode())
