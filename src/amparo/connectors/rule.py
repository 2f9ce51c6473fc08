"""What a person said once about all records alike: reason *spam* is this ground, this category.

A rule goes by what the source says in its own words (`Record.words`), and fills in what neither the
source nor a person, who wrote into the single draft, says.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from amparo.connectors.record import Record
from amparo.errors import Malformed, Text
from amparo.record.decision import SUBMITTED, Submission

FIXED = frozenset({"puid"})
"""What no rule says: it is made for each statement by itself."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a source says this, its statement says that."""

    when: dict[str, str]
    """Words of the source, all of which have to be there; compared without case and blanks."""
    then: dict[str, Any]
    """Attributes of a statement of reasons -> their values."""


def check(rule: Rule) -> None:
    """Raise `Malformed` unless a rule says when it holds, and what follows."""
    unknown = sorted(rule.then.keys() - (SUBMITTED - FIXED))
    why = None
    if not rule.when:
        why = Text("it does not say when it holds")
    elif not rule.then:
        why = Text("it does not say what follows")
    elif unknown:
        why = Text("{name} is no attribute that a rule can fill in", name=unknown[0])
    if why is not None:
        raise Malformed(
            "That rule cannot be used.",
            why=why,
            fix="Say what the source says, and the attributes that follow from it.",
        )


def holds(rule: Rule, words: Mapping[str, str]) -> bool:
    """Whether a rule holds for what a source says."""
    for name, value in rule.when.items():  # noqa: SIM110 - `all` takes twice as long
        if not _same(words.get(name, ""), value):
            return False
    return True


def completed(record: Record, given: Mapping[str, Any], rules: Sequence[Rule]) -> Submission:
    """A record's attributes with what a person (`given`), then the rules, add to them.

    Of several rules that hold, the one with most words comes first, then the last of `rules`.
    """
    found: Submission = {**_stated(record.decision), **given}
    fitting = [rule for rule in reversed(rules) if holds(rule, record.words)]
    for rule in sorted(fitting, key=lambda rule: -len(rule.when)):
        found = {**rule.then, **found}
    return found


def _stated(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value not in (None, "", [])}


def _same(got: str, wanted: str) -> bool:
    return got == wanted or _bare(got) == _bare(wanted)


@functools.lru_cache(maxsize=1024)  # of a closed list, and a record meets every rule
def _bare(words: str) -> str:
    return " ".join(words.split()).casefold()
