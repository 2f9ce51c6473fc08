"""From what happened in a case to what part 7 counts: complaints, disputes, notices, suspensions.

A case is a list of what happened, in order: kind, moment, details. What comes after the period's
end is not looked at, so that a report counted again later says the same.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from amparo.report import figures
from amparo.report.figures import Contested, Noticed

Happening = tuple[str, datetime, Mapping[str, Any]]
"""Kind of event, when, and what of it a figure needs; the kinds are those of `docs/case.md`."""
Happenings = Sequence[Happening]
_PANEL = {
    "uphold": "upheld",
    "uphold_violation_change_measure": "partially_reversed",
    "partially_reverse": "partially_reversed",
    "reverse": "reversed",
    "send_back": "omitted",
    "cannot_decide": "omitted",
}
"""What a panel decides -> the template's word; it omits where it decides nothing."""


def complaints(
    happenings: Happenings, public: Mapping[str, Any] | None, begin: datetime, over: datetime
) -> Iterator[Contested]:
    """The complaints of a case that were filed in the period, as they stand at its end."""
    filed: datetime | None = None
    decided: datetime | None = None
    outcome, notifier = "", False
    for kind, at, details in _before(happenings, over):
        if kind == "complaint.filed":
            if filed is not None and filed >= begin:  # withdrawn, and filed again: two complaints
                before = figures.indicators(public, notifier=notifier)
                yield Contested(filed, decided, outcome, before)
            decided, outcome = None, ""
            filed, notifier = at, details.get("role") == "notifier"
        elif kind == "complaint.decided":
            decided, outcome = at, details["outcome"]
        elif kind in ("complaint.withdrawn", "complaint.inadmissible"):
            decided, outcome = at, "omitted"
        elif kind == "complaint.reopened":
            decided, outcome = None, ""
    if filed is not None and filed >= begin:
        about = figures.indicators(public, notifier=notifier)
        yield Contested(filed, decided, outcome, about)


def disputes(happenings: Happenings, begin: datetime, over: datetime) -> Iterator[Contested]:
    """The disputes of a case that were submitted in the period, as they stand at its end."""
    submitted: datetime | None = None
    decided: datetime | None = None
    outcome, implemented, by_default = "", False, False
    for kind, at, details in _before(happenings, over):
        if kind == "case.submitted":
            if submitted is not None and submitted >= begin:
                yield Contested(submitted, decided, outcome, (), implemented, by_default)
            submitted, decided, outcome = at, None, ""
            implemented = by_default = False
        elif kind in ("case.defaulted", "case.position"):
            by_default = kind == "case.defaulted"
        elif kind == "case.decided":
            decided, outcome = at, _PANEL[details["outcome"]]
        elif kind in ("case.withdrawn", "case.settled", "case.inadmissible", "case.lapsed"):
            decided, outcome = at, "omitted"
        elif kind in ("remedy.verified", "remedy.claimed") and decided is not None:
            implemented = True
        elif kind in ("remedy.disputed", "remedy.failed", "remedy.refused"):
            implemented = False
    if submitted is not None and submitted >= begin:
        yield Contested(submitted, decided, outcome, (), implemented, by_default)


def notices(happenings: Happenings, begin: datetime, over: datetime) -> Iterator[Noticed]:
    """The notice of a case, if it was received in the period."""
    received: datetime | None = None
    answered: datetime | None = None
    acted = automated = False
    category = ""
    for kind, at, details in _before(happenings, over):
        if kind == "notice.received":
            received, category = at, str(details.get("category", ""))
        elif kind == "notice.answered":
            answered, acted = at, details["result"] == "acted"
            automated = bool(details["automated"])
    if received is not None and received >= begin:
        yield Noticed(received, answered, acted, automated, category)


def suspended(happenings: Happenings, begin: datetime, over: datetime) -> Iterator[str]:
    """What was suspended in a case, in the period: notices or complaints."""
    what = "notices"
    for kind, at, details in _before(happenings, over):
        if kind == "misuse.warned":
            what = details["what"]
        elif kind == "misuse.suspended" and at >= begin:
            yield what


def _before(happenings: Happenings, over: datetime) -> Happenings:
    return [happening for happening in happenings if happening[1] < over]
