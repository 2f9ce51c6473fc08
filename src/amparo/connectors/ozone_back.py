"""The way back to Ozone: what its status and labels show of a subject, and what undoes a decision.

What a case is about is written `on takedown EVENT URI` or `on label VALUE EVENT URI`. EVENT is the
number of the event by which it came to be: what was undone after that, and is in force again, is
another decision.

Source: `tools.ozone.moderation.defs#subjectStatusView`, `com.atproto.label.defs#label` (Ozone
0.4.2).
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from amparo.connectors import atproto, label_values, ozone
from amparo.connectors.ozone import Settings

DEFS = "tools.ozone.moderation.defs#"
TAKEDOWN = "takedown"
KINDS = (ozone.TAKEDOWN, ozone.REVERSE, ozone.LABEL)
_BY_TAKEDOWN = frozenset({label_values.TAKEDOWN, label_values.SUSPEND})
"""Labels that go with a takedown, and end with it."""
_STEPS = {
    "labelled": "lift_label",
    "age_restricted": "lift_label",
    "demoted": "restore_visibility",
    "disabled": "restore_content",
    "suspended": "restore_account",
}
_SYSTEMS = {label_values.HIDE: "restore_content", label_values.WARN: "lift_label"}


class Restricted(NamedTuple):
    """What a case is about."""

    flag: str
    """`takedown`, or `label VALUE`."""
    event: int
    uri: str


def restricted(subject: str) -> Restricted:
    """What a case is about, as it is kept (`Record.look_at`)."""
    flag, event, uri = subject.removeprefix("on ").rsplit(" ", 2)
    return Restricted(flag, int(event), uri)


def shows(of: Restricted, settings: Settings) -> frozenset[str]:
    """Steps of an order that can be seen to be done once it is over."""
    if of.flag == TAKEDOWN:
        is_record = bool(atproto.subject(of.uri).collection)
        return frozenset({"restore_content" if is_record else "restore_account"})
    value = of.flag.partition(" ")[2]
    step = _SYSTEMS.get(value) or _STEPS.get(settings.values.get(value, ""), "lift_label")
    return frozenset({step})


def in_force(
    uri: str, status: Mapping[str, Any], labels: Sequence[Any], of: Settings, at: datetime
) -> dict[str, str]:
    """What restricts a subject: each flag, and what a reader is told of it.

    `ValueError` says what of the answers does not fit.
    """
    subject, found = atproto.subject(uri), dict[str, str]()
    if _is_gone(status):
        found["gone"] = "gone"
    taken_down = status.get("takendown", False)
    if not isinstance(taken_down, bool):
        raise ValueError("`takendown` is neither true nor false")  # noqa: TRY004 - of a source
    if taken_down:
        found[TAKEDOWN] = "taken_down" if subject.collection else "suspended"
    for label in labels:
        value = label.get("val") if isinstance(label, Mapping) else None
        if not isinstance(value, str):
            raise ValueError("a label has no value")  # noqa: TRY004 - of a source
        restriction = label_values.restriction(value, subject, of.values)
        if restriction is not None and value not in _BY_TAKEDOWN and _holds(label, uri, at):
            found[f"label {value}"] = "labelled"
    return found


def was_undone(of: Restricted, newest: Sequence[Any]) -> bool:
    """Whether it was undone after it came to be, by what was done since; or nobody can say.

    `newest`: what was done about the subject, the newest first, readable each.
    """
    for source in newest:
        event = ozone.read(source)
        if event.id <= of.event:
            return False
        if of.flag == TAKEDOWN and event.kind == ozone.REVERSE:
            return True
        if of.flag.partition(" ")[2] in (event.detail.get("negateLabelVals") or ()):
            return True
    return True


def undoing(of: Restricted) -> dict[str, Any]:
    """The event that undoes it."""
    note = "Ordered after a complaint, and carried out by Amparo."
    if of.flag == TAKEDOWN:
        return {"$type": f"{DEFS}{ozone.REVERSE}", "comment": note}
    value = of.flag.partition(" ")[2]
    return {
        "$type": f"{DEFS}{ozone.LABEL}",
        "comment": note,
        "createLabelVals": [],
        "negateLabelVals": [value],
    }


def _is_gone(status: Mapping[str, Any]) -> bool:
    hosting = status.get("hosting")
    return isinstance(hosting, Mapping) and hosting.get("status") == "deleted"


def _holds(label: Mapping[str, Any], uri: str, at: datetime) -> bool:
    if label.get("uri") != uri or label.get("neg"):
        return False
    until = label.get("exp")
    return not isinstance(until, str) or atproto.moment(until) > at
