"""Reports at the desk: those of danger before everything else, those that wait, and the answer.

A platform whose own program answers reports needs none of this; whoever has only the desk reads
them here, in the order in which they came, and answers with a form.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from starlette.datastructures import FormData

from amparo.case import complaint, deadlines
from amparo.case.events import UNDELIVERED
from amparo.case.state import Actor
from amparo.ledger.case import casework, danger, desks, marks, reports
from amparo.ledger.case.casework import File
from amparo.ledger.case.people import Person
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.state import Serving
from amparo.web.words import history


class Reported(NamedTuple):
    """A report that waits, as a queue shows it."""

    case: UUID
    at: datetime
    where: str
    why: str
    danger: bool
    flagger: str
    due: datetime
    """When its time for an answer ends (clock C02)."""


class Endangered(NamedTuple):
    """A report of danger, and what it says."""

    waiting: danger.Waiting
    where: str
    why: str


def of_danger(serving: Serving, platform: int) -> list[Endangered]:
    """What stands above the queue of a desk, whichever page of it is open."""
    hours = serving.node.settings.danger_hours
    now = int(casework.now().timestamp())
    found = []
    for waiting in danger.waiting(serving.journal, platform, hours=hours, now=now):
        report = marks.report(serving.journal, waiting.case)
        if report is not None:
            found.append(Endangered(waiting, report.where, report.why))
    return found


def waiting(journal: Journal, platform: int, after: str) -> list[Reported]:
    """A page of the reports that wait for an answer, the oldest first."""
    try:
        last = UUID(after).bytes
    except ValueError:
        last = b""
    found, cases = [], desks.notices(journal, platform, after=last)
    in_danger = danger.among(journal, cases)
    for case in cases:
        report = marks.report(journal, case)
        if report is not None:
            is_danger = case in in_danger or report.danger == "yes"
            clock = complaint.answer_clock(danger=is_danger, flagged=bool(report.flagger))
            found.append(
                Reported(
                    case,
                    report.at,
                    report.where,
                    report.why,
                    is_danger,
                    report.flagger or "",
                    deadlines.due(clock, report.at),
                )
            )
    return found


def more(found: Sequence[Reported]) -> str | None:
    """Where the page after goes on; None where there is none."""
    return str(found[-1].case) if len(found) == desks.PAGE else None


def reasons_for_no_statement() -> dict[str, str]:
    """Why nobody is given a statement, as the form names it."""
    return {code: history.UNDELIVERED[code] for code in UNDELIVERED}


def answer(
    person: Person, form: FormData, serving: Serving, platform: Platform, file: File
) -> Callable[[Journal], None]:
    """The job that answers a report; who answers is who decided, and reviews no complaint of it."""
    statement = forms.text(form, "statement")
    given = reports.Answer(
        result=forms.text(form, "result"),
        reasons=forms.text(form, "reasons"),
        automated=False,
        decided_by=(f"seat {person.id}",),
        statement=statement,
        no_statement=forms.text(form, "no_statement"),
    )
    by, now = Actor("platform", platform.slug), casework.now()
    taken = reports.step(given, by=by, now=now)

    return lambda journal: reports.act_and_name(
        journal,
        serving.secret,
        platform,
        file.id,
        taken,
        statement=statement,
        how="answer",
        by=by,
        now=now,
    )
