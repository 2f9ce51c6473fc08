"""A state becomes a decision by comparison with the last one that was known, and in no other way.

`suspended: true` says that an account is suspended, not that it was suspended just now. What a
first look finds is where things stood; from then on what has changed was decided in between. Where
a source says since when it is so (`Record.dated`), a first look finds the decision as well.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

import msgspec

from amparo.connectors.record import Record

OFF = ""
BEFORE = "?"
"""Begins what stands for a flag that was on when it was first seen: what was decided then is not
known here. The source's name follows."""
FLAG = "state"
"""The word by which a rule knows which flag it was; dated ones have words of their own."""

Known = Mapping[str, str]
"""Flag -> the `native_id` of the restriction in force, `OFF`, or `BEFORE` and the source's name."""


def compare(known: Known | None, record: Record) -> tuple[dict[str, str], list[Record]]:
    """What is known after one more look, and the decisions that lie between the two.

    `known` is None before the first look. A flag that a look leaves out stays as it was.
    """
    after = dict(known or {})
    found: list[Record] = []
    for flag, attributes in record.states.items():
        before = after.get(flag, OFF if record.dated or record.listed else None)
        is_on = attributes is not None
        if before is not None and _has_ended(before, record.at):
            before = OFF  # by itself, as was said when it began
        if before is None:
            after[flag] = f"{BEFORE}{record.native_id}" if is_on else OFF
            continue
        name = _name(record, flag)
        is_replaced = record.dated and is_on and _until(before) != record.until
        if before != OFF and (not is_on or is_replaced):
            after[flag] = OFF
            if not before.startswith(BEFORE):
                found.append(_reversal(record, f"{name} off", before))
        if is_on and (before == OFF or is_replaced):
            after[flag] = name
            found.append(_restriction(record, flag, name, attributes or {}))
        after.setdefault(flag, OFF)
    return after, found


def without_name(known: Known, record: Record) -> Known:
    """As it is kept: where a source says since when, without its own name, which is a person's."""
    if not record.dated:
        return known
    return {flag: value.removeprefix(record.native_id) for flag, value in known.items()}


def with_name(known: Known, record: Record) -> Known:
    """What is known, from how it is kept."""
    return {
        flag: f"{record.native_id}{value}" if value.startswith("#") else value
        for flag, value in known.items()
    }


def names(known: Known) -> set[str]:
    """The source's names of what is restricted, by what is known of it."""
    return {value.removeprefix(BEFORE).partition("#")[0] for value in known.values()} - {OFF}


def _name(record: Record, flag: str) -> str:
    """What a restriction by a flag is called: since when, and until when where that was said."""
    since = record.version if record.dated else record.at
    until = f"/{record.until}" if record.until else ""
    return f"{record.native_id}#{flag}@{since}{until}"


def _until(name: str) -> str:
    return name.rpartition("@")[2].partition("/")[2]


def _has_ended(name: str, at: str) -> bool:
    until = _until(name)
    return bool(until) and until <= at


def _restriction(
    record: Record, flag: str, native_id: str, attributes: Mapping[str, object]
) -> Record:
    return msgspec.structs.replace(
        record,
        kind="restriction",
        native_id=native_id,
        decision={**record.decision, **attributes},
        words=record.words if record.dated else {**record.words, FLAG: flag},
        look_at=f"{flag} {record.look_at}" if record.look_at else "",
        states={},
        dated=False,
        until="",
        listed=False,
    )


def _reversal(record: Record, native_id: str, reverses: str) -> Record:
    return Record(
        kind="reversal",
        native_id=native_id,
        version=record.version,
        at=record.at,
        reverses=reverses,
        reasons=record.reasons,
        proof=record.proof,
    )
