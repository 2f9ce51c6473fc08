"""What became of appeals in Ozone, as far as the events of an account show it.

An appeal is a report of its own kind. Ozone keeps no outcome: it is seen from what was reversed
between the appeal and its end. Two things end one: an event that resolves it, or a new takedown of
the same subject, which closes it **without an answer**.

Source: Ozone 0.4.2, `mod-service/status`, seen in a running one; docs/connectors/ozone.md.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from datetime import timedelta

from amparo.connectors import atproto, ozone
from amparo.connectors.ozone import Event, Settings
from amparo.connectors.record import Handled, Outcome, Record

AFTER = timedelta(minutes=ozone.WAIT_MINUTES)
"""So long after an appeal was resolved a reversal still belongs to it."""


def records(history: Sequence[Event], of: Settings) -> list[Record]:
    """The appeals of an account, each with what became of it; `history` is in order."""
    uris = dict.fromkeys(event.uri for event in history if ozone.is_appeal(event))
    return [
        record
        for uri in uris
        for record in _of_subject([event for event in history if event.uri == uri], of)
    ]


def _of_subject(events: Sequence[Event], of: Settings) -> list[Record]:
    found: list[Record] = []
    opened: Event | None = None
    for number, event in enumerate(events):
        if ozone.is_appeal(event):
            opened = opened or event  # said again before it was answered: the same matter
        elif opened is not None and event.kind in (ozone.RESOLVE, ozone.TAKEDOWN):
            found.append(_ended(opened, event, events[:number], events[number:], of))
            opened = None
    if opened is not None:
        found.append(_record(opened, Handled("complaint", submitted=atproto.written(opened.at))))
    return found


def _ended(
    opened: Event,
    end: Event,
    before: Sequence[Event],
    after: Sequence[Event],
    of: Settings,
) -> Record:
    at_first = _in_force([event for event in before if event.at <= opened.at], of)
    reversed_by = [*before, *(event for event in after if event.at <= end.at + AFTER)]
    at_last = _in_force(reversed_by, of) if end.kind == ozone.RESOLVE else at_first
    left = at_first.keys() & at_last.keys()
    outcome: Outcome = "upheld"
    if at_first and not left:
        outcome = "reversed"
    elif left != at_first.keys():
        outcome = "partially_reversed"
    deciders = {event.by for event in at_first.values() if not ozone.by_machine(event, of)}
    handled = Handled(
        "complaint",
        submitted=atproto.written(opened.at),
        decided=atproto.written(end.at),
        outcome=outcome,
        reviewer_differs=end.by not in deciders if at_first else None,
    )
    return _record(opened, handled)


def _in_force(events: Sequence[Event], of: Settings) -> dict[str, Event]:
    """What restricts a subject after these events -> the event by which it does.

    What the service reverses by itself has ended as it was to: that answers no appeal.
    """
    found: dict[str, Event] = {}
    for event in events:
        if event.kind == ozone.TAKEDOWN:
            found[ozone.TAKEDOWN] = event
        elif event.kind == ozone.REVERSE and event.by != of.service:
            found.pop(ozone.TAKEDOWN, None)
        elif event.kind == ozone.LABEL:
            for value in event.detail.get("createLabelVals") or ():
                found[f"label {value}"] = event
            for value in event.detail.get("negateLabelVals") or ():
                found.pop(f"label {value}", None)
    return found


def _record(opened: Event, handled: Handled) -> Record:
    about = "removal" if opened.subject.collection else "account"
    return Record(
        kind="appeal_filed",
        native_id=f"appeal:{opened.id}",
        version=handled.decided or handled.submitted,
        at=handled.submitted,
        handled=Handled(
            handled.what,
            submitted=handled.submitted,
            decided=handled.decided,
            outcome=handled.outcome,
            about=(about,),
            reviewer_differs=handled.reviewer_differs,
        ),
    )
