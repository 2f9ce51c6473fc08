"""What a file would bring, or has brought, in lines for a terminal."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amparo.record import vocabulary

if TYPE_CHECKING:
    from amparo.connectors.trial import Trial
    from amparo.ledger.connect.take import Unreadable

WAYS = {
    "mail": "told by mail from this node",
    "platform": "told by the platform already",
    "nobody": "told by nobody yet",
}
DONE = {
    "stated": "put on the record",
    "corrected": "corrected by a new statement",
    "draft": "wait as drafts at /desk/connect",
    "lifted": "lifted by the platform",
    "parked": "wait for what they are about",
    "counted": "counted for the transparency report",
    "noted": "looked at; nothing follows",
    "known": "known already",
    "older": "older than what is known",
    "refused": "refused",
}
MOST_GROUPS = 15
MOST_VALUES = 5
_LABELS = {
    **vocabulary.DECISION_VISIBILITY,
    **vocabulary.DECISION_ACCOUNT,
    **vocabulary.DECISION_PROVISION,
    **vocabulary.DECISION_MONETARY,
    **vocabulary.DECISION_GROUND,
    **vocabulary.CATEGORY,
    **vocabulary.SOURCE_TYPE,
    **vocabulary.AUTOMATED_DECISION,
}


def trial(found: "Trial") -> None:
    """What records would come to."""
    click.echo(f"{found.read:,} records: {_counts(found.kinds)}")
    for number, text in (
        (found.older, f"older than {found.since}, not looked at"),
        (found.repeated, "said again what an earlier one said"),
    ):
        if number:
            click.echo(f"  {number:>9,}  {text}")
    click.echo(f"  {found.statements:>9,}  complete: they would be put on the record")
    for way, number in found.ways.items():
        click.echo(f"  {number:>9,}    {WAYS[way]}")
    click.echo(f"  {found.drafts:>9,}  drafts: something is missing, and a person is asked")
    groups = sorted(found.groups.values(), key=lambda group: -group.count)
    for group in groups[:MOST_GROUPS]:
        words = ", ".join(f"{name} = {value}" for name, value in group.words.items()) or "all"
        click.echo(f"  {group.count:>9,}    {words}: {', '.join(group.missing)}")
    if len(groups) > MOST_GROUPS:
        click.echo(f"             and {len(groups) - MOST_GROUPS:,} groups more")
    if found.public:
        click.echo("What would be public of the complete ones:")
    for attribute, values in found.public.items():
        common = sorted(values.items(), key=lambda pair: -pair[1])[:MOST_VALUES]
        listed = ", ".join(f"{_LABELS.get(value, value)} ({n:,})" for value, n in common)
        click.echo(f"  {attribute}: {listed}")


def taken(done: Mapping[str, int]) -> None:
    """What became of records."""
    for name, text in DONE.items():
        if done.get(name):
            click.echo(f"  {done[name]:>9,}  {text}")


def refused(path: Path, rows: "Sequence[Unreadable]", most: int) -> None:
    """The rows that were refused, each with its reason."""
    for row in rows[:most]:
        click.echo(f"{path.name} {row.place}: {row.why}", err=True)
    if len(rows) > most:
        click.echo(f"and {len(rows) - most:,} rows more", err=True)
    if rows:
        click.echo(f"{len(rows):,} rows refused.", err=True)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items()) or "none"
