"""`amparo observe alert`: mail about new waves, silences and rewritten files."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from pathlib import Path

import click

from amparo.cli.options import lake_option
from amparo.cli.progress import bar

FIRST_TIME_DAYS = 28
_SUBJECT = "Amparo: {number} new in the observatory"


@click.command()
@click.argument("address")
@click.option("--platform", "platforms", multiple=True, help="Only this platform; several times.")
@click.option(
    "--metric", "metrics", multiple=True, help="Only this measure, as in account.suspended."
)
@click.option(
    "--smtp",
    envvar="AMPARO_SMTP",
    default="smtp://localhost",
    show_default=True,
    help="The mail server, as in smtp+starttls://user:password@mail.example:587.",
)
@click.option(
    "--sender",
    envvar="AMPARO_SENDER",
    default="amparo@localhost",
    show_default=True,
    help="From whom the mail comes.",
)
@click.option("--site", default="", help="The node's address, for links in the mail.")
@click.option("--dry-run", is_flag=True, help="Print the mail; send and remember nothing.")
@lake_option
def alert(
    address: str,
    platforms: tuple[str, ...],
    metrics: tuple[str, ...],
    smtp: str,
    sender: str,
    site: str,
    lake: Path,
    *,
    dry_run: bool,
) -> None:
    """Send ADDRESS what is new: waves, silences, and files that were replaced.

    Meant for a timer, after `amparo observe add`. Nothing is told twice; where nothing is new, no
    mail is sent. The first mail holds the last four weeks of the series. Without mail there is the
    Atom feed, /observatory/waves.atom on every node.
    """
    from amparo.ledger.outbound.mail import Mail
    from amparo.observatory import alerts, queries
    from amparo.observatory.lake.lake import Lake

    engine = queries.open_engine(lake=lake)
    named = () if not platforms else engine.named(platforms)
    with bar("Looking for waves", unit="series") as advance:
        found = queries.alerts(engine, lake, platforms=named, metrics=metrics, advance=advance)
    sent = Lake(lake).alerts_sent(_key(address, platforms, metrics))
    age = queries.age(engine, datetime.now(UTC).date())
    told_age = " ".join(map(str, age.in_words))
    since = None if sent.keys else age.last or engine.span().last
    fresh = [
        alert
        for alert in alerts.not_in(sent.keys, found)
        if since is None or (since - alert.day).days < FIRST_TIME_DAYS
    ]
    if not fresh:
        click.echo(f"Nothing new; no mail was sent. {told_age}", err=True)
    else:
        subject = _SUBJECT.format(number=len(fresh))
        text = "\n\n".join(
            f"{alert.title}\n{alert.text}" + (f"\n{site.rstrip('/')}{alert.path}" if site else "")
            for alert in fresh
        )
        text += f"\n\n{told_age}"
        if dry_run:
            click.echo(f"Subject: {subject}\n\n{text}")
            return
        Mail(smtp, sender).send(address, subject, f"{text}\n")
        click.echo(f"Told {address} of {len(fresh)} alerts.", err=True)
    if not dry_run:
        sent.remember(alert.key for alert in found)


def _key(address: str, platforms: tuple[str, ...], metrics: tuple[str, ...]) -> str:
    """Who asked for what: the same question is remembered under the same key."""
    return " ".join([address, *sorted(platforms), *sorted(metrics)])
