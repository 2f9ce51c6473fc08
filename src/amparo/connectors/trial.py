"""A trial: what a source would bring, counted before anything of it is put on the record.

It shows what would be public and who would be told, and what is missing of the rest: for each group
of records that say and miss the same, how many there are. Nothing of a single person is kept but in
a few samples of what the log would show of a statement, which names nobody.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from amparo.connectors.record import Record
from amparo.connectors.settling import Draft, Settled, Statement
from amparo.record import mailbox, sealing
from amparo.record.decision import settle
from amparo.record.rules import Finding

DAYS = 180
"""How far back a trial looks."""
MOST_SAMPLES = 20
MOST_GROUPS = 500


class Group(msgspec.Struct):
    """Drafts that say the same and miss the same."""

    words: dict[str, str]
    missing: tuple[str, ...]
    count: int = 0


class Trial(msgspec.Struct, omit_defaults=True):
    """What was counted so far; `take` adds to it."""

    since: str = ""
    """The first day that was looked at."""
    read: int = 0
    older: int = 0
    refused: int = 0
    repeated: int = 0
    """Records that say again what an earlier one said."""
    kinds: dict[str, int] = {}
    """How many records of each kind."""
    statements: int = 0
    ways: dict[str, int] = {}
    """How their people would be told: mail, platform, or nobody yet."""
    public: dict[str, dict[str, int]] = {}
    """Attribute -> value -> in how many statements it would be public."""
    samples: list[dict[str, Any]] = []
    """What the log would show of the first ones."""
    drafts: int = 0
    groups: dict[str, Group] = {}
    """Under what they say and miss, as `alike` writes it."""
    other_groups: int = 0
    """Drafts of further groups than are listed."""


_COUNTED = (
    *("decision_visibility", "decision_account", "decision_provision", "decision_monetary"),
    *("decision_ground", "category", "source_type", "automated_decision"),
)


def take(trial: Trial, record: Record, settled: Settled) -> None:
    """Count one record."""
    trial.read += 1
    if trial.since and record.at and record.at[:10] < trial.since:
        trial.older += 1
        return
    _count(trial.kinds, record.kind)
    if isinstance(settled, Statement):
        _take_statement(trial, record, settled.submission)
    elif isinstance(settled, Draft):
        trial.drafts += 1
        _take_draft(trial, record, settled)


def missing(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What a draft lacks or has wrong: attributes, each once, in the order of the rules."""
    return tuple(dict.fromkeys(finding.attribute for finding in findings))


def _take_statement(trial: Trial, record: Record, submission: Mapping[str, Any]) -> None:
    trial.statements += 1
    _count(trial.ways, way(record))
    decision = settle({**submission, "puid": "trial"}, "API")
    shown = msgspec.to_builtins(sealing.public_part(decision))
    for name in _COUNTED:
        values = shown.get(name) or ()
        for value in values if isinstance(values, list | tuple) else (values,):
            _count(trial.public.setdefault(name, {}), value)
    if len(trial.samples) < MOST_SAMPLES:
        trial.samples.append(shown)


def way(record: Record) -> str:
    """Who tells the person of a decision: `platform`, this node by `mail`, or `nobody` yet."""
    if record.person is None:
        return "nobody"
    if record.person.informed:
        return "platform"
    is_written_to = record.person.email and mailbox.why_no_mail(record.person.email) is None
    return "mail" if is_written_to else "nobody"


def alike(record: Record, draft: Draft) -> str:
    """What a draft says and misses, as one text: drafts with the same one are a group."""
    return msgspec.json.encode((record.words, missing(draft.findings)), order="sorted").decode()


def _take_draft(trial: Trial, record: Record, draft: Draft) -> None:
    key = alike(record, draft)
    if key in trial.groups:
        trial.groups[key].count += 1
    elif len(trial.groups) < MOST_GROUPS:
        trial.groups[key] = Group(dict(record.words), missing(draft.findings), 1)
    else:
        trial.other_groups += 1


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
