"""`amparo mail`: mail that came back, as the mail server hands it over."""

# SPDX-License-Identifier: Apache-2.0

import sys
from pathlib import Path
from typing import NoReturn

import click

from amparo.cli.options import data_option
from amparo.errors import AmparoError, Malformed, Missing, Unavailable
from amparo.ledger.case import bounces, casework
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import open_node
from amparo.record.delivery_status import MOST_BYTES

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server then keeps the message, and pipes it again later."""
CHANGES = {
    "bounced": "The letter did not arrive, and will not.",
    "delayed": "The letter is delayed; its mail server goes on trying.",
    "nothing": "It says nothing new.",
}


@click.group()
def mail() -> None:
    """Mail of this node."""


@mail.command()
@data_option
def bounce(data: Path) -> None:
    """Take in a delivery status notification (RFC 3464), as a mail server pipes it here.

    It changes something only if it names one of this node's letters by the letter's own mark. The
    exit status is 0 also where nothing is changed, since a mail server would send an error on.
    """
    message = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        node = open_node(data)
        journal = Journal(node.journal)
    except AmparoError as error:  # a wrong --data must not lose what comes back
        _try_again(error)
    try:
        change = bounces.take(journal, node.secret(), message, now=casework.now())
    except (Malformed, Missing) as error:
        click.echo(f"{error.what} {error.why}", err=True)
    except Unavailable as error:
        _try_again(error)
    else:
        click.echo(CHANGES[change], err=True)


def _try_again(error: AmparoError) -> NoReturn:
    click.echo(f"{error.what} {error.why}", err=True)
    sys.exit(TRY_AGAIN)
