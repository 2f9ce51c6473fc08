"""What a file would bring, or has brought, in lines for a terminal."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from amparo.foreign_text import on_a_line
from amparo.record import vocabulary

if TYPE_CHECKING:
    from amparo.connectors.trial import Trial

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
    "unfinished": "of those on the record whose person was not told, or that correct nothing",
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
        click.echo(on_a_line(f"  {group.count:>9,}    {words}: {', '.join(group.missing)}"))
    others = sum(group.count for group in groups[MOST_GROUPS:]) + found.other_groups
    if others:
        click.echo(f"  {others:>9,}    of further groups")
    if found.public:
        click.echo("What would be public of the complete ones:")
    for attribute, values in found.public.items():
        common = sorted(values.items(), key=lambda pair: -pair[1])[:MOST_VALUES]
        listed = ", ".join(f"{_LABELS.get(value, value)} ({n:,})" for value, n in common)
        click.echo(on_a_line(f"  {attribute}: {listed}"))


def taken(done: Mapping[str, int]) -> None:
    """What became of records."""
    for name, text in DONE.items():
        if done.get(name):
            click.echo(f"  {done[name]:>9,}  {text}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items()) or "none"
