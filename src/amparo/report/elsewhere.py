"""Complaints and disputes that other tools have handled, as part 7 counts them.

They are counted like a node's own: those submitted in the period, as they stood at its end.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from amparo.errors import Text
from amparo.report.answers import ABOUT, Answers, Complaint, Dispute, moment
from amparo.report.figures import Contested, Heard
from amparo.report.table import INFO, Finding, finding_of

NOTE = "of other tools"
"""What is said beside a figure of part 7 that no log holds whole, as in `5 of other tools`."""
_Kind = TypeVar("_Kind", Complaint, Dispute)


def with_others(heard: Heard, answers: Answers, start: str, end: str) -> Heard:
    """What was heard here, and what was heard elsewhere, in a period: days, both within."""
    complaints = tuple(
        _contested(complaint, end, tuple(ABOUT[about] for about in complaint.about))
        for complaint in _within(answers.complaint, start, end)
    )
    disputes = tuple(
        _contested(dispute, end, ()) for dispute in _within(answers.dispute, start, end)
    )
    suspended = {
        "notices": answers.suspensions_notices or 0,
        "complaints": answers.suspensions_complaints or 0,
    }
    return heard._replace(
        complaints=heard.complaints + complaints,
        disputes=heard.disputes + disputes,
        suspensions={
            what: heard.suspensions.get(what, 0) + more for what, more in suspended.items()
        },
    )


def outside(answers: Answers, start: str, end: str) -> Iterator[Finding]:
    """What is listed and belongs to another period: it is told of, and not counted."""
    complaints = len(answers.complaint) - len(list(_within(answers.complaint, start, end)))
    disputes = len(answers.dispute) - len(list(_within(answers.dispute, start, end)))
    for lost, what in (
        (complaints, Text("complaints of other tools: {count}", count=complaints)),
        (disputes, Text("disputes of other tools: {count}", count=disputes)),
    ):
        if lost:
            yield finding_of(
                "V-PER",
                INFO,
                "7_appeals_and_recidivism.csv",
                0,
                "Value",
                what,
                Text("those submitted from {start} to {end}", start=start, end=end),
                Text("They are not counted here; they belong to the report of their own period."),
            )


def _within(some: Sequence[_Kind], start: str, end: str) -> Iterator[_Kind]:
    begin, over = _bounds(start, end)
    return (item for item in some if begin <= moment(item.submitted) < over)


def _contested(item: Complaint | Dispute, end: str, about: tuple[str, ...]) -> Contested:
    _, over = _bounds(end, end)
    decided = moment(item.decided) if item.decided else None
    if decided is None or decided >= over:
        return Contested("", None, about)
    fulfilled = (item.implemented, item.by_default) if isinstance(item, Dispute) else (False, False)
    hours = (decided - moment(item.submitted)).total_seconds() / 3600
    return Contested(item.outcome, hours, about, *fulfilled)


def _bounds(start: str, end: str) -> tuple[datetime, datetime]:
    return moment(start), moment(str(date.fromisoformat(end) + timedelta(days=1)))
