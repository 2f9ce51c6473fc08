"""What goes into the log: one leaf an event, as canonical JSON.

A decision's leaf shows its public part. Every later event of a case is a leaf of type `event` that
shows only its time and a commitment: on a small node even the kind of event could point at someone.
Two more kinds of leaf hold sums of many cases.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from amparo.errors import Text, Unsound
from amparo.record.canonical import canonical

_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z")


class DecisionIssued(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leaf of a decision; fields in the order in which RFC 8785 writes them."""

    at: str
    by: str
    case: str
    n: int
    public: dict[str, Any]
    sealed: str
    type: Literal["decision.issued"] = "decision.issued"
    v: Literal[1] = 1


class SealedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leaf of anything that happens to a case after its decision."""

    at: str
    sealed: str
    type: Literal["event"] = "event"
    v: Literal[1] = 1


class Totals(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leaf of running totals: how many events of each kind are sealed in this log so far.

    Kinds with fewer than ten are left out: they could point at someone.
    """

    at: str
    counts: dict[str, int]
    sealed: str
    type: Literal["totals"] = "totals"
    v: Literal[1] = 1


class Hearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The leaf of a platform's figures of complaints, disputes and suspensions in a period.

    Figures under ten are left out. Once the period is `over` it is the last of its kind.
    """

    at: str
    by: str
    counts: dict[str, int]
    minutes: dict[str, int]
    """Medians of the time to a decision."""
    over: bool
    period: str
    """A calendar year, `2026`, or a half of it, `2026-H1`."""
    sealed: str
    type: Literal["hearing"] = "hearing"
    v: Literal[1] = 1


Event = DecisionIssued | SealedEvent | Totals | Hearing
_LEAVES: Mapping[Any, type[Event]] = {
    "decision.issued": DecisionIssued,
    "totals": Totals,
    "hearing": Hearing,
}


class _Issued(msgspec.Struct, frozen=True, gc=False):
    """`DecisionIssued` on its way out, with its public part as a struct: nothing left to sort."""

    at: str
    by: str
    case: str
    n: int
    public: msgspec.Struct
    sealed: str
    type: Literal["decision.issued"] = "decision.issued"
    v: Literal[1] = 1


_encode_in_order = msgspec.json.Encoder().encode


def decision_leaf(*, at: str, by: str, case: str, public: msgspec.Struct, sealed: str) -> bytes:
    """The leaf of a decision; `public` holds its fields in the order of their names."""
    return _encode_in_order(_Issued(at, by, case, 1, public, sealed))


def leaf(event: Event) -> bytes:
    """The bytes that the log commits to."""
    return canonical(event)


def read_leaf(raw: bytes) -> Event:
    """Read a leaf back; anything but the canonical form of a known event is unsound."""
    try:
        kind = msgspec.json.decode(raw)["type"]
        event: Event = msgspec.json.decode(raw, type=_LEAVES.get(kind, SealedEvent))
        if canonical(msgspec.to_builtins(event)) == raw:
            return event
        why = Text("it is not in canonical form")
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, RecursionError):
        why = Text("its fields are not those of an entry")
    raise Unsound(
        "An entry of the log is not one of ours.",
        why=why,
        fix="This log was written by another program, or damaged.",
    )


def read_just_made(raw: bytes) -> DecisionIssued:
    """What `decision_leaf` has just made: nothing can have damaged it."""
    return _decode_decision(raw)


_decode_decision = msgspec.json.Decoder(DecisionIssued).decode


@functools.lru_cache(maxsize=16)  # what is kept together has one moment
def timestamp(moment: datetime) -> str:
    """UTC to the second, as in 2026-11-24T15:07:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """Read `timestamp` back; `ValueError` where it is none."""
    # A case is read whole at each look: strptime was a tenth of what the largest one costs.
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not of the form 2026-11-24T15:07:00Z")
    return datetime.fromisoformat(text)
