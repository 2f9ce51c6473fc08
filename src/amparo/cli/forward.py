"""`amparo forward`: a platform's statements go on to the EU's Transparency Database."""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO, cast, get_args
from uuid import UUID

import click
import msgspec

from amparo.cli import comparison, files
from amparo.cli.groups import Group
from amparo.cli.options import data_option, json_option
from amparo.cli.rows import as_day, format_option, print_rows
from amparo.foreign_text import on_a_line
from amparo.ledger.forward import comparison as compared
from amparo.ledger.forward import forwardings, outcomes
from amparo.ledger.log import moments, platforms
from amparo.record import event
from amparo.storage.journal import Journal
from amparo.storage.node import Node, open_node

if TYPE_CHECKING:
    from amparo.ledger.forward.decisions import Item
    from amparo.ledger.forward.forwardings import Forwarding
    from amparo.ledger.log.platforms import Platform

HEAD = ("puid", "case", "state", "since", "why")
_name = click.argument("name")
_since = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    callback=as_day,
    help="Begin with the decisions of this day (UTC).  [default: those that come from now on]",
)
_all = click.option("--all", "all_", is_flag=True, help="Begin with the platform's first decision.")


@click.group(cls=Group)
def forward() -> None:
    """Send a platform's statements on to the EU's Transparency Database (DSA Article 24(5)).

    A running node sends each decision once, in batches of 100, at an even rate. What the database
    refuses is put aside with its reason, for a person; the rest goes on.
    """


forward.add_command(comparison.compare)
forward.add_command(comparison.differences)


@forward.command("set")
@_name
@click.option(
    "--to",
    "url",
    default=forwardings.PRODUCTION,
    show_default=True,
    help="The database; for trials the address of its acceptance environment.",
)
@click.option(
    "--token-file",
    type=click.File(),
    help="Read the platform's token for it from here, or from - .  [default: ask]",
)
@_since
@_all
@click.option(
    "--rate",
    type=click.IntRange(1, forwardings.MOST_RATE),
    help="Most calls a minute, also after an outage; the database takes 12,000 at most.  "
    f"[default: {forwardings.RATE:,}, or as before]",
)
@click.option(
    "--named",
    default="",
    help="The platform's name in the addresses of daily dumps.  "
    "[default: its name in the log, or as before]",
)
@click.option("--private", is_flag=True, help="Allow an address inside a private network.")
@data_option
def set_(
    name: str,
    url: str,
    token_file: TextIO | None,
    since: date | None,
    all_: bool,
    rate: int | None,
    named: str,
    private: bool,
    data: Path,
) -> None:
    """Let the statements of the platform NAME go on, or give a new token, rate or name.

    The token is the one that the database gave the platform. It is kept in the journal, and no
    command shows it. A platform that goes on sending its statements itself would send each twice.
    """
    if token_file is not None:
        token = files.secret(token_file)
    else:
        token = click.prompt("The platform's token in the EU's database", hide_input=True).strip()
    journal = Journal(open_node(data).journal)
    found = platforms.find(journal, name)
    was = forwardings.find(journal, found.id)
    if was is not None and (all_ or since):
        raise click.UsageError("It has begun already: `amparo forward remove` it first.")
    forwardings.set_up(
        journal,
        found,
        url=url,
        token=token,
        first=_first(journal, since, all_=all_),
        named=named,
        rate=rate,
        private=private,
        now=int(time.time()),
    )
    begins = forwardings.of_platform(journal, found).upto
    click.echo(f"It goes on from entry {begins:,}.", err=True)
    click.echo(f"What would be sent: amparo forward preview {found.slug}", err=True)


@forward.command()
@json_option
@data_option
def status(as_json: bool, data: Path) -> None:
    """How each platform's forwarding fares: state, lag, what is put aside."""
    journal = Journal(open_node(data).journal)
    names = {platform.id: platform.slug for platform in platforms.every(journal)}
    for forwarding in forwardings.every(journal):
        shown = _status(journal, forwarding, names[forwarding.platform])
        if as_json:
            click.echo(msgspec.json.encode(shown).decode())
            continue
        for key, value in shown.items():
            click.echo(f"{key}\t{on_a_line(str(value))}")
        click.echo()


@forward.command()
@_name
@data_option
def pause(name: str, data: Path) -> None:
    """Send nothing more of the platform NAME until `resume`."""
    journal, found = _set_up(data, name)
    forwardings.pause(journal, found.id)


@forward.command()
@_name
@data_option
def resume(name: str, data: Path) -> None:
    """Go on from where it stopped."""
    journal, found = _set_up(data, name)
    forwardings.resume(journal, found.id)


@forward.command()
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def remove(name: str, yes: bool, data: Path) -> None:
    """Forget the address, the token, and the database's numbers of what was sent.

    What is in the EU's database stays there.
    """
    journal, found = _set_up(data, name)
    if not yes:
        sent = forwardings.of_platform(journal, found).sent
        click.confirm(f"Forget what became of {sent:,} statements that were sent?", abort=True)
    forwardings.remove(journal, found.id)


@forward.command()
@_name
@_since
@_all
@click.option("--most", type=click.IntRange(1), default=100, show_default=True, help="Statements.")
@data_option
def preview(name: str, since: date | None, all_: bool, most: int, data: Path) -> None:
    """Print exactly what would be sent next, and send nothing: one line for each call's body.

    The address and the headers go to standard error, with the token left out. Before `set` it shows
    what would be sent of the decisions that `--since` or `--all` names.
    """
    from amparo.connectors import eu_database
    from amparo.ledger.forward import calls

    journal = Journal.of_this_version(open_node(data).journal)
    found = platforms.find(journal, name)
    there = forwardings.find(journal, found.id)
    begin = there.upto if there and not (all_ or since) else _first(journal, since, all_=all_)
    items = list(_next(journal, found.id, begin, there.sending if there else 0, most))
    url = there.url if there else forwardings.PRODUCTION
    for n in range(0, len(items), calls.MOST_IN_BATCH):
        click.echo(f"POST {url}{calls.PATH}", err=True)
        for header, value in calls.headers("…").items():
            click.echo(f"{header}: {value}", err=True)
        bodies = [item.body for item in items[n : n + calls.MOST_IN_BATCH]]
        click.echo(eu_database.batch(bodies).decode())
    click.echo(f"{len(items)} statement(s); nothing was sent.", err=True)


@forward.command()
@_name
@format_option
@data_option
def held(name: str, form: str, data: Path) -> None:
    """List what was put aside of the platform NAME, with what the database says; newest first.

    States: `refused` (not valid there), `known` (its PUID is there, and not from here), `failing`
    (the database stumbles over it; it is sent again each hour), `again` (it is sent next).
    """
    journal, found = _set_up(data, name)
    rows = (_held_row(journal, aside) for aside in outcomes.aside(journal, found.id))
    print_rows(HEAD, rows, form)


@forward.command()
@_name
@click.argument("answer", type=click.Choice(get_args(outcomes.Answer)))
@click.argument("puids", nargs=-1)
@click.option(
    "--all",
    "state",
    type=click.Choice(["refused", "known", "failing"]),
    help="All that were put aside in this state.",
)
@data_option
def decide(name: str, answer: str, puids: tuple[str, ...], state: str | None, data: Path) -> None:
    """Say what becomes of statements that were put aside: send them `again`, or `never`.

    Of one whose PUID is `known` there, `sent` says that it is this decision.
    """
    if bool(puids) == bool(state) or (state and answer == "sent"):
        raise click.UsageError("Name statements by their PUIDs; or send --all again, or never.")
    node = open_node(data)
    journal, found = _set_up(data, name)
    now, number = int(time.time()), len(puids)
    if state:
        all_of = cast("Literal['again', 'never']", answer)
        number = outcomes.decide_all(journal, found.id, state, all_of, now)
    for puid in puids:
        chosen = cast("outcomes.Answer", answer)
        outcomes.decide(journal, found.id, _seq_of(node, journal, found, puid), chosen, now)
    click.echo(f"{number:,} answered.", err=True)


@forward.command()
@_name
@click.argument("puid")
@data_option
def find(name: str, puid: str, data: Path) -> None:
    """Show what became of one decision of the platform NAME, by its PUID."""
    node = open_node(data)
    journal, found = _set_up(data, name)
    there = forwardings.of_platform(journal, found)
    became = outcomes.became(journal, _seq_of(node, journal, found, puid))
    click.echo(f"state\t{became.state}")
    click.echo(f"since\t{_moment(became.at)}")
    if became.uuid:
        click.echo(f"uuid\t{UUID(bytes=bytes(became.uuid))}")
        click.echo(f"permalink\t{outcomes.permalink(there.url, became.uuid)}")
    if became.why:
        click.echo(f"why\t{on_a_line(became.why)}")


def _set_up(data: Path, name: str) -> "tuple[Journal, Platform]":
    journal = Journal(open_node(data).journal)
    found = platforms.find(journal, name)
    forwardings.of_platform(journal, found)
    return journal, found


def _first(journal: Journal, since: date | None, *, all_: bool) -> int:
    if all_:
        return 0
    return moments.first_since(journal, since) if since else journal.size()


def _next(journal: Journal, platform: int, start: int, begun: int, most: int) -> "Iterator[Item]":
    from amparo.ledger.forward import decisions

    while most:
        window = decisions.window(journal, platform, start, begun=begun)
        yield from window.items[:most]
        most -= len(window.items[:most])
        if window.end == start:
            return
        start = window.end


def _status(journal: Journal, forwarding: "Forwarding", slug: str) -> dict[str, str | int]:
    counted, lag = (
        forwardings.counted(journal, forwarding.platform),
        forwardings.lag(journal, forwarding),
    )
    day = compared.newest(journal, forwarding.platform)
    return {
        "platform": slug,
        "to": forwarding.url,
        "state": forwarding.state,
        "why": forwarding.why,
        "sent": forwarding.sent,
        "entries_to_look_at": lag.entries,
        "oldest_waiting": lag.since,
        **{f"held_{state}": number for state, number in sorted(counted.held.items())},
        "left_out": forwarding.left_out,
        "compared_until": day,
        **({"differ_from_dump": counted.different} if day else {}),
        "rate": forwarding.rate,
        "last_sent": _moment(forwarding.sent_at),
    }


def _held_row(journal: Journal, aside: outcomes.Aside) -> tuple[str, ...]:
    found = outcomes.named(journal, aside.seq)
    why = aside.why.replace("\n", "; ")
    return found.puid, str(found.case), aside.state, _moment(aside.at), why


def _seq_of(node: Node, journal: Journal, platform: "Platform", puid: str) -> int:
    from amparo.errors import Missing
    from amparo.ledger.log.intake import puid_digest

    seq = journal.seq_of_puid(puid_digest(node.secret(), platform, puid))
    if seq is None:
        raise Missing(
            f"There is no decision {puid[:80]!r} of {platform.name}.",
            why="this node never got that PUID from it",
            fix="Copy it from `amparo forward held`.",
        )
    return seq


def _moment(at: int) -> str:
    return event.timestamp(datetime.fromtimestamp(at, UTC)) if at else ""
