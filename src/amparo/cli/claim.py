"""`amparo claim`: whose case it is, as somebody sees who does not work for the platform."""

# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from uuid import UUID

import click

from amparo.case.state import Actor
from amparo.cli.groups import Group
from amparo.cli.options import data_option
from amparo.cli.rows import format_option, print_rows
from amparo.ledger.case import casework, claims
from amparo.ledger.case.claims import Claim
from amparo.ledger.log import platforms
from amparo.record import sealing
from amparo.storage.journal import Journal
from amparo.storage.node import open_node

_case = click.argument("case", type=click.UUID)
_word = click.argument("word")
_by = click.option("--by", required=True, help="Who looked, by name; it is kept in the case.")


HEAD = ("case", "platform", "puid", "word", "place", "until", "opened")


@click.group(cls=Group)
def claim() -> None:
    """Claims to a case: somebody says that it is theirs, since others may know its first link.

    Each has a word. Look whether it stands where the claimant says, on the account or page that the
    decision is about (the platform's own number of it is in the list), and say what you saw. The
    claimant then gets the case, and every earlier link to it ends.
    """


@claim.command("list")
@format_option
@data_option
def list_(form: str, data: Path) -> None:
    """List open claims, the one that ends first comes first."""
    journal = Journal.of_this_version(open_node(data).journal)
    names = {platform.id: platform.name for platform in platforms.every(journal)}
    print_rows(
        HEAD, (_row(journal, names, found) for found in claims.every(journal, casework.now())), form
    )


@claim.command()
@_case
@_word
@_by
@click.option("--seen", required=True, help="What you saw and where; the person reads it.")
@data_option
def prove(case: UUID, word: str, by: str, seen: str, data: Path) -> None:
    """You saw the WORD on the account that the CASE is about: the claimant gets the case."""
    journal = Journal(open_node(data).journal)
    now = casework.now()
    found = claims.find(journal, case, word, now)
    claims.prove(journal, found, seen=seen, by=Actor("operator", by), now=now)
    click.echo(f"{case} is the claimant's now. Every earlier link to it has ended.", err=True)


@claim.command()
@_case
@click.argument("words", nargs=-1)
@_by
@click.option("--reasons", required=True, help="Why; it stands in the case.")
@click.option("--all", "all_", is_flag=True, help="Every open claim to this case.")
@data_option
def refuse(
    case: UUID, words: tuple[str, ...], by: str, reasons: str, all_: bool, data: Path
) -> None:
    """You looked, and the account does not show the WORDS: these claims to the CASE end."""
    journal, now = Journal(open_node(data).journal), casework.now()
    of_case = claims.of_case(journal, case, now)
    ending = of_case if all_ else [claims.find(journal, case, word, now) for word in words]
    for found in ending:
        claims.refuse(journal, found, reasons=reasons, by=Actor("operator", by), now=now)
    click.echo(f"{len(ending)} of {len(of_case)} open claims to {case} have ended.", err=True)


def _row(journal: Journal, names: dict[int, str], found: Claim) -> tuple[str, ...]:
    file = casework.read(journal, found.case)
    opening = file.log_entries[0].opening
    return (
        str(found.case),
        names[file.platform],
        "" if opening is None else sealing.unpack(opening).puid,
        found.word,
        found.place,
        str(found.ends_at.date()),
        "yes" if file.case.exchanged_at or file.case.taken_over_at else "no",
    )
