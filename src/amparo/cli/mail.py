"""`amparo mail`: letters that wait or did not arrive, one tried again, and mail that came back."""

# SPDX-License-Identifier: Apache-2.0

import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from amparo.cli.groups import Group
from amparo.cli.options import data_option
from amparo.cli.rows import format_option, print_rows
from amparo.errors import AmparoError, Malformed, Missing, Unavailable
from amparo.ledger.case import bounces, casework
from amparo.ledger.log import platforms
from amparo.ledger.outbound import mail_queue, outbox
from amparo.record.delivery_status import MOST_BYTES
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server then keeps the message, and pipes it again later."""
HEAD = ("number", "state", "kind", "to", "platform", "made", "tries", "next", "code")
CHANGES = {
    "bounced": "The letter did not arrive, and will not.",
    "delayed": "The letter is delayed; its mail server goes on trying.",
    "nothing": "It says nothing new.",
}


@click.group(cls=Group)
def mail() -> None:
    """Mail of this node."""


@mail.command("list")
@click.option(
    "--state",
    type=click.Choice(mail_queue.STANDINGS),
    default="retrying",
    show_default=True,
    help="Which letters: tried again, not tried yet, delayed on their way, come back, refused.",
)
@click.option("--before", type=click.IntRange(1, 10**15), help="Go on after this number.")
@format_option
@data_option
def list_(state: mail_queue.Standing, before: int | None, form: str, data: Path) -> None:
    """List the letters of one state, the newest first, 50 at a time; how many there are of each.

    Letters that wait are all counted; of what has left, the newest 20,000 messages are looked at,
    and the counts say so where there are more. Addresses and texts are in none of it. `code` is
    what the mail server answered last.
    """
    journal = Journal.of_this_version(open_node(data).journal)
    lately = f" among the newest {outbox.MOST_LOOKED_AT:,} messages"
    is_partial = mail_queue.is_partial(journal)
    for standing, number in mail_queue.counts(journal).items():
        of = lately if is_partial and standing not in mail_queue.WAITING else ""
        click.echo(f"{standing}: {number:,}{of}", err=True)
    names = {platform.id: platform.name for platform in platforms.every(journal)}
    found = mail_queue.letters(journal, state, before or mail_queue.ALL)
    print_rows(HEAD, (_row(names, state, letter) for letter in found), form)


@mail.command()
@click.argument("number", type=click.IntRange(1, 10**15), required=False)
@click.option("--all", "all_", is_flag=True, help="Every letter that waits to be tried again.")
@data_option
def again(number: int | None, all_: bool, data: Path) -> None:
    """Let the letter NUMBER be tried again now, say when the mail server was mended.

    A letter that is tried within five minutes anyway is left alone. It counts as no try, so that no
    letter is given up earlier for it.
    """
    if all_ == (number is not None):
        raise click.UsageError("Name one letter, or say --all.")
    with closing(Journal(open_node(data).journal)) as journal:
        if number is None:
            moved = mail_queue.all_again(journal, int(time.time()))
        else:
            mail_queue.again(journal, number, int(time.time()))
            moved = 1
    click.echo(f"Letters that are tried again now: {moved:,}.", err=True)


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


def _row(names: dict[int, str], state: str, letter: mail_queue.Queued) -> tuple[str | int, ...]:
    waits = state in mail_queue.WAITING
    return (
        letter.number,
        state,
        letter.kind,
        letter.recipient,
        names.get(letter.platform, ""),
        _moment(letter.made_at),
        letter.tries,
        _moment(letter.due) if waits else "",
        letter.code,
    )


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%MZ}"


def _try_again(error: AmparoError) -> NoReturn:
    click.echo(f"{error.what} {error.why}", err=True)
    sys.exit(TRY_AGAIN)
