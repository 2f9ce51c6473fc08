"""What a report asks people: which answers are missing, and what to do about each.

A question has the name of the answer's place in the file, so that a finding, a form's field and
`amparo report explain` mean the same. What was not answered is left blank, and never zero.

Source: Implementing Regulation (EU) 2024/2835, Annex II, Part I, 1: blank is what does not apply, 0
what applies and did not happen.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Iterator
from typing import NamedTuple

from amparo.errors import Text
from amparo.report import forms
from amparo.report.answers import Answers, listed
from amparo.report.forms import BOUND, PARTS, Tier
from amparo.report.table import ERROR, Finding, finding_of


class Question(NamedTuple):
    """One thing that only people know."""

    name: str
    """Where the answer stands in the file: `elsewhere.complaints`, `suspensions_illegal`."""
    part: int
    applies: str
    indicator: str
    """The row of parts 7 to 10, or the column of parts 3 and 4, that needs it first."""
    asks: Text
    fix: Text


def _listed(what: str, part: int, applies: str, indicator: str, asks: Text) -> Question:
    single = what.removesuffix("s")
    fix = Text(
        'List each as [[{single}]]; if there were none, say {what} = "none" under [elsewhere].',
        single=single,
        what=what,
    )
    return Question(f"elsewhere.{what}", part, applies, indicator, asks, fix)


def _suspended(what: str, indicator: str, asks: Text) -> Question:
    name = f"suspensions_{what}"
    fix = Text("Give {name}; 0 if there were none.", name=name)
    return Question(name, 7, forms.PLATFORM, indicator, asks, fix)


ALL: tuple[Question, ...] = (
    _listed(
        "orders",
        3,
        forms.ALL,
        "Number of orders to act against illegal content received",
        Text("the orders of Member States"),
    ),
    _listed(
        "notices",
        4,
        forms.HOSTING,
        "Number of notices received ",
        Text("the notices of other tools"),
    ),
    _listed(
        "complaints",
        7,
        forms.PLATFORM,
        forms.SUBMITTED,
        Text("the complaints of other tools"),
    ),
    _listed(
        "disputes",
        7,
        forms.PLATFORM,
        forms.DISPUTED,
        Text("the disputes before other bodies"),
    ),
    _suspended(
        "illegal",
        forms.ILLEGAL_OFFENDERS,
        Text("suspensions for manifestly illegal content"),
    ),
    _suspended(
        "notices",
        forms.UNFOUNDED_NOTICES,
        Text("suspensions for unfounded notices in other tools"),
    ),
    _suspended(
        "complaints",
        forms.UNFOUNDED_COMPLAINTS,
        Text("suspensions for unfounded complaints in other tools"),
    ),
    Question(
        "people",
        9,
        forms.VLOP,
        forms.INTERNAL,
        Text("the moderators"),
        Text("Give [people], in full time."),
    ),
    Question(
        "recipients",
        10,
        forms.VLOP_VLOSE,
        forms.RECIPIENTS,
        Text("the recipients of the service"),
        Text("Give [recipients], TOTAL and each Member State."),
    ),
)


def asked(tier: Tier) -> tuple[Question, ...]:
    """The questions that a tier has to answer."""
    return tuple(question for question in ALL if tier in BOUND[question.applies])


def unanswered(answers: Answers) -> tuple[Question, ...]:
    """The questions that nobody has answered."""
    return tuple(
        question
        for question in asked(answers.service.tier)
        if not _is_answered(answers, question.name)
    )


def is_open(answers: Answers, name: str) -> bool:
    """Whether a question is asked, and nobody has answered it."""
    return name in {question.name for question in unanswered(answers)}


def findings(answers: Answers) -> Iterator[Finding]:
    """Q1: one for each question without an answer."""
    for question in unanswered(answers):
        yield finding_of(
            "Q1",
            ERROR,
            f"{PARTS[question.part].name}.csv",
            0,
            question.indicator.strip(),
            Text("no answer, so it is blank"),
            question.asks,
            question.fix,
        )


def of_finding(finding: Finding) -> str:
    """The place in the file of answers of what a finding is about; empty where it is no answer."""
    name = finding.file.rpartition("/")[2]
    number = next((number for number, part in PARTS.items() if name == f"{part.name}.csv"), 0)
    if number == 1:
        line = _line(1, finding)
        return _IDENTIFIED.get(line, "service.published" if finding.rule == "Q3" else "")
    if number == 11:
        line = _line(11, finding)
        return f"qualitative.{line}" if line else ""
    named = [question.name for question in ALL if question.part == number]
    by_row = {question.indicator.strip(): question.name for question in ALL}
    return by_row.get(finding.column, named[0] if named and number in (3, 9, 10) else "")


_IDENTIFIED = {
    forms.PROVIDER: "service.provider",
    forms.PUBLISHED: "service.published",
    forms.PREVIOUS: "service.previous",
}


def _line(part: int, finding: Finding) -> str:
    """The indicator of the row that a finding is about, in a report of ours."""
    lines = forms.lines_of(part)
    is_row = 2 <= finding.row < len(lines) + 2
    return lines[finding.row - 2].indicator if is_row else ""


def _is_answered(answers: Answers, name: str) -> bool:
    table, _, what = name.rpartition(".")
    if table == "elsewhere":
        return bool(listed(answers)[what]) or getattr(answers.elsewhere, what) == "none"
    if name == "people":
        return answers.people.internal is not None and answers.people.external is not None
    if name == "recipients":
        return forms.TOTAL in answers.recipients
    return getattr(answers, name) is not None
