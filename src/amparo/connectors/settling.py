"""What a record comes to: a statement, a draft that asks a person, or something that is counted.

One rule for every source, so that connectors only translate. What is missing is what the rules of
`record` find missing; nothing is filled in that neither the source nor a person said, but for one
thing: a decision takes effect on the day on which it was taken, unless the source says otherwise.

Source: docs/connectors.md; DSA Articles 16, 17, 20.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, assert_never

from amparo.connectors.record import Handled, Record
from amparo.connectors.rule import Rule, completed
from amparo.record import fast_path
from amparo.record import rules as record_rules
from amparo.record.decision import Submission, trim
from amparo.record.rules import Finding, Profile

PLACEHOLDER = "pending"
"""Stands for the PUID while the rules look: it is made when the statement is."""


class Statement(NamedTuple):
    """A decision that fits every rule; its PUID is still to be made."""

    submission: Submission


class Draft(NamedTuple):
    """A decision of which something is missing, or does not fit; a person is asked."""

    submission: Submission
    findings: Sequence[Finding]


class Reversal(NamedTuple):
    """The source took back what it calls `reverses`."""

    reverses: str


class Counted(NamedTuple):
    """What the source handles itself: a report counts it, and nobody is told of it here."""

    handled: Handled


class Noted(NamedTuple):
    """Nothing that was restricted, such as a warning: it is counted on the connector's page."""


class Unclear(NamedTuple):
    """What cannot be taken in as it is."""

    why: str


Settled = Statement | Draft | Reversal | Counted | Noted | Unclear


def settle(
    record: Record, given: Mapping[str, Any], rules: Sequence[Rule], profile: Profile
) -> Settled:
    """What a record comes to, with what a person has added (`given`) and the desk's rules.

    A state is no decision: `states.compare` makes records of it first.
    """
    match record.kind:
        case "restriction":
            return _decided(record, given, rules, profile)
        case "reversal":
            if not record.reverses:
                return Unclear("it takes something back, and does not say what")
            return Reversal(record.reverses)
        case "notice" | "appeal_filed" | "appeal_outcome":
            if record.handled is None:
                return Unclear("it does not say what became of it")
            return Counted(record.handled)
        case "warning" | "no_action" | "state":
            return Noted()
        case "unknown":  # somebody says first whether anything was restricted
            found = submission(record, given, rules)
            return Draft(found, _findings(found, profile))
        case never:
            assert_never(never)


def submission(record: Record, given: Mapping[str, Any], rules: Sequence[Rule]) -> Submission:
    """The attributes of a decision, as far as source, person and rules say them."""
    found = completed(record, given, rules)
    if record.at:
        found.setdefault("application_date", record.at[:10])
    trimmed: Submission = trim(found)
    return {name: value for name, value in trimmed.items() if value is not None}


def _decided(
    record: Record, given: Mapping[str, Any], rules: Sequence[Rule], profile: Profile
) -> Statement | Draft:
    found = submission(record, given, rules)
    findings = _findings(found, profile)
    return Draft(found, findings) if findings else Statement(found)


def _findings(found: Submission, profile: Profile) -> list[Finding]:
    complete = {**found, "puid": PLACEHOLDER}
    if fast_path.decision(complete) is not None:  # a fifth of asking every rule
        return []
    return record_rules.check(complete, profile)
