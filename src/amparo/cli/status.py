"""`amparo status` and `amparo doctor`: how a node fares, and what is wrong with it."""

# SPDX-License-Identifier: Apache-2.0

import shlex
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from amparo.cli.options import data_option, json_option
from amparo.foreign_text import on_a_line

if TYPE_CHECKING:
    from amparo.ledger.upkeep.doctor import Finding
    from amparo.ledger.upkeep.status import OfConnection, OfPlatform, Status
    from amparo.storage.node import Node

MARKS = {
    "broken": ("✘", "red"),
    "soon": ("!", "yellow"),
    "advice": ("·", "cyan"),
}
_GIB = 1024**3


@click.command()
@json_option
@data_option
def status(as_json: bool, data: Path) -> None:
    """Show how a node fares, in one screen: record, platforms, desks, mail, panels, backups.

    It only looks, also while the node runs. `amparo doctor` says what of it is wrong.
    """
    from amparo.ledger.upkeep import status as looked
    from amparo.storage.node import open_node

    found = looked.read(open_node(data))
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for label, text in _lines(found):
        click.echo(f"{click.style(f'{label:<13}', bold=True)} {on_a_line(text)}")


@click.command()
@json_option
@data_option
def doctor(as_json: bool, data: Path) -> None:
    """Say what is wrong with a node, or will be, and how to mend each of it.

    The exit status is 0 where nothing is, or only advice is given; else it is 1. Until the first
    decision is on record, a mail server that does not answer is advice. Nobody waits for anything
    in a demonstration, so that only what it runs on is judged there.
    """
    from amparo.ledger.upkeep import doctor as judged
    from amparo.ledger.upkeep import status as looked
    from amparo.storage.node import open_node

    node = open_node(data)
    unreachable = _why_unreachable(node)
    found = judged.examine(looked.read(node), node.settings, int(time.time()), unreachable)
    if as_json:
        spelled = [
            {name: str(part) for name, part in finding._asdict().items()} for finding in found
        ]
        click.echo(msgspec.json.encode(spelled).decode())
    else:
        _print(found, made_up=node.is_demonstration)
    if any(finding.weight != "advice" for finding in found):
        click.get_current_context().exit(1)


def _why_unreachable(node: "Node") -> str:
    """Why no mail leaves a node; empty where it does."""
    from amparo.errors import AmparoError
    from amparo.ledger.outbound.mail_folder import mail_of

    try:
        return mail_of(node).why_unreachable()
    except AmparoError as error:  # the setting names no server
        return f"{error.what} {error.why}"


def _print(found: "list[Finding]", *, made_up: bool) -> None:
    for finding in found:
        mark, colour = MARKS[finding.weight]
        click.echo(f"{click.style(mark, fg=colour, bold=True)} {on_a_line(str(finding.what))}")
        click.echo(f"    why: {on_a_line(str(finding.why))}")
        click.echo(f"    fix: {on_a_line(str(finding.fix))}")
    counts = [len([f for f in found if f.weight == weight]) for weight in MARKS]
    if found:
        click.echo("\n{} broken, {} soon to be mended, {} advised.".format(*counts))
        if not made_up and counts[:2] == [0, 0]:
            click.echo("Nothing is wrong with this node.")
    elif not made_up:
        click.echo("Nothing is wrong with this node.")
    if made_up:
        click.echo(
            "Only what this demonstration runs on is judged: record, check and disk. What waits in "
            "it is made up; of a real node, mail, backups, claims, desks and connections are "
            "judged too."
        )


def _lines(found: "Status") -> Iterator[tuple[str, str]]:
    """Label and text of each line; an empty label goes on with the line before."""
    start = f"amparo serve --data {shlex.quote(found.folder)}"
    start += " --demo" if found.demonstration else ""
    here = f"running at {found.running_at}"
    yield "node", here if found.running_at else f"not running on this machine (`{start}` starts it)"
    yield "", f"{found.origin}, version {found.version}, in {found.folder}"
    by_itself = "the address of each request (`base_url` is not set)"
    yield "", f"people reach it at {found.address or by_itself}"
    log = found.log
    public = f"not known ({log.why})" if log.public is None else f"{log.public:,}"
    yield "record", f"entries: {log.entries:,}, of them public: {public}"
    signed = f"signed {_ago(log.signed_at)}" if log.signed_at else "never signed"
    by = f", cosigned by {', '.join(log.witnesses) or 'nobody'}" if log.public is not None else ""
    yield "", signed + by + ("" if log.published_here else "; no process here publishes it")
    checked = found.checked
    if checked is None:
        yield "check", "not yet"
    else:
        yield "check", ("all well" if checked.ok else checked.what) + f", {_ago(checked.at)}"
    yield "disk", f"{found.free / _GIB:,.1f} GiB free"
    waiting = f"letters and webhooks that wait: {found.mail.waiting:,}"
    since = f", the oldest made {_ago(found.mail.since)}" if found.mail.since else ""
    server = found.mail.server or (
        "kept in its folder" if found.demonstration else "`smtp` names no server"
    )
    yield "mail", f"{waiting}{since}; {server}"
    if found.mail.lost:
        yield "", f"cases with a letter that will never arrive: {found.mail.lost:,}"
    panels = found.panels
    if panels.ready or panels.cases:
        yield (
            "panels",
            f"open cases: {panels.cases:,}; with a seat: members {panels.members:,}, registrars "
            f"{panels.registrars:,}",
        )
    if found.claims:
        yield "claims", f"waiting for somebody to look: {found.claims:,} (`amparo claim list`)"
    newest = found.backups[0] if found.backups else None
    yield "backups", f"{newest.path}, {newest.made_at}" if newest else "none"
    for index, platform in enumerate(found.platforms):
        yield "platforms" if not index else "", _platform(platform)
        for text in _of_platform(platform):
            yield "", f"  {text}"
    for index, connection in enumerate(found.connections):
        yield "connections" if not index else "", _connection(connection)


def _platform(platform: "OfPlatform") -> str:
    tokens = {0: "no token", 1: "a token"}.get(platform.tokens, f"{platform.tokens} tokens")
    made = ", demonstration" if platform.demo else ""
    return (
        f"{platform.name}{made}: {tokens}; at its desk {platform.reviewers:,}, of them leads "
        f"{platform.leads:,}"
    )


def _of_platform(platform: "OfPlatform") -> Iterator[str]:
    """What waits there; what is nothing is not said."""
    untold = platform.untold
    waits = [
        f"complaints {platform.complaints:,} (late {platform.late:,})" * bool(platform.complaints),
        f"in danger {platform.danger:,} (late {platform.danger_late:,})" * bool(platform.danger),
        f"notices {platform.notices:,}" * bool(platform.notices),
        f"overdue orders {platform.orders_late:,}" * bool(platform.orders_late),
        f"people not told {untold:,}" if untold else "",
        "people not told (not counted yet)" if untold is None else "",
    ]
    if any(waits):
        yield "waiting: " + ", ".join(filter(None, waits))
    if platform.webhook:
        why = f": {platform.webhook_why}" if platform.webhook_why else ""
        yield f"webhook {platform.webhook}{why}"
    if onward := platform.forwarding:
        why = f": {onward.why}" if onward.why else ""
        yield (
            f"to the EU's database {onward.state}{why}, entries to look at {onward.lag:,}, "
            f"put aside {onward.aside:,}"
        )


def _connection(connection: "OfConnection") -> str:
    read = f"read {_ago(connection.read_at)}" if connection.read_at else "never read"
    why = f"; fails: {connection.why}" if connection.why else ""
    return (
        f"{connection.name} of {connection.platform}: {connection.state}, {read}, "
        f"drafts {connection.drafts:,}, refused {connection.refused:,}{why}"
    )


def _ago(at: int) -> str:
    """How long ago a moment was, in its largest unit; the moment itself where that is long."""
    seconds = max(0, int(time.time()) - at)
    for unit, long in (("hours", 3600), ("minutes", 60)):
        if 2 * long <= seconds < 2 * 86_400:
            return f"{seconds // long} {unit} ago"
    if seconds < 120:
        return f"{seconds} seconds ago"
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
