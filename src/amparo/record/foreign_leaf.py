"""What the rules say of an entry that stands in a log, seen from outside.

The same rules as at intake, on the part that is public: a sealed attribute cannot be judged from
outside, and is not looked for. Whoever follows a log asks this of every entry.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple
from uuid import UUID

from amparo.errors import Text, Unsound, as_text
from amparo.record import rules
from amparo.record.event import DecisionIssued, Event, moment, read_leaf
from amparo.record.rules import Profile
from amparo.record.sealing import SEALED

_ANY = Profile(any_country=True)
"""What a platform's operator agreed to cannot be known from outside."""


class Judged(NamedTuple):
    """An entry, and every rule that it breaks."""

    event: Event | None
    """None where it is not one of ours at all, or bears no time."""
    broken: tuple[Text, ...]


def judge(raw: bytes) -> Judged:
    """Read an entry of a log and say what is wrong with it."""
    try:
        found = read_leaf(raw)
    except Unsound as error:
        return Judged(None, (as_text(error.texts[1]),))
    try:
        at = int(moment(found.at).timestamp())
    except ValueError:
        return Judged(None, (Text("its time is {at}", at=repr(found.at[:40])),))
    if not isinstance(found, DecisionIssued):
        return Judged(found, ())
    own = _second_of(found.case) == at
    opened = [name for name in found.public if name in SEALED]
    unknown = rules.unknown(found.public)
    apart = Text(
        "its case, {case}, is not of the second {at}", case=repr(found.case[:40]), at=found.at
    )
    broken = [] if own else [apart]
    broken += [Text("{name} stands in the clear", name=name) for name in opened]
    broken += [Text("{name} is no attribute", name=name[:80]) for name in unknown]
    broken += [
        Text("{name}: {why}", name=finding.attribute, why=as_text(finding.why))
        for finding in rules.check(found.public, _ANY)
        if finding.attribute.partition(".")[0] not in SEALED
        and finding.attribute not in _SEALED_ON_WIRE
    ]
    return Judged(found, tuple(broken))


def _second_of(case: str) -> int | None:
    """When a case's number was taken (UUID version 7); the entry says the same second.

    So a number that is used twice can only be used by two entries of one second.
    """
    try:
        number = UUID(case)
    except ValueError:
        return None
    return (number.int >> 80) // 1000 if number.version == 7 and str(number) == case else None


_SEALED_ON_WIRE = frozenset({"content_id.EAN-13", "content_id"})
