"""A state becomes a decision by comparison with the last one that was known, and in no other way.

`suspended: true` says that an account is suspended, not that it was suspended just now. What a
first look finds is where things stood; from then on what has changed was decided in between.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping

import msgspec

from amparo.connectors.record import Record

OFF = ""
BEFORE = "?"
"""The flag was on when it was first seen: what was decided then is not known here."""

Known = Mapping[str, str]
"""Flag -> the `native_id` of the restriction in force, `OFF`, or `BEFORE`."""


def compare(known: Known | None, record: Record) -> tuple[dict[str, str], list[Record]]:
    """What is known after one more look, and the decisions that lie between the two.

    `known` is None before the first look. A flag that a look leaves out stays as it was.
    """
    after = dict(known or {})
    found: list[Record] = []
    for flag, attributes in record.states.items():
        before = after.get(flag)
        is_on = attributes is not None
        if before is None:
            after[flag] = BEFORE if is_on else OFF
        elif is_on and before == OFF:
            after[flag] = f"{record.native_id}#{flag}@{record.at}"
            found.append(_restriction(record, after[flag], attributes or {}))
        elif not is_on and before != OFF:
            after[flag] = OFF
            if before != BEFORE:
                found.append(_reversal(record, f"{record.native_id}#{flag}@{record.at}", before))
    return after, found


def _restriction(record: Record, native_id: str, attributes: Mapping[str, object]) -> Record:
    return msgspec.structs.replace(
        record,
        kind="restriction",
        native_id=native_id,
        decision={**record.decision, **attributes},
        states={},
    )


def _reversal(record: Record, native_id: str, reverses: str) -> Record:
    return Record(
        kind="reversal",
        native_id=native_id,
        version=record.version,
        at=record.at,
        reverses=reverses,
        reasons=record.reasons,
    )
