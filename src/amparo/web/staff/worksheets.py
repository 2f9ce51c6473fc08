"""The worksheet as a form: what a panel's member and a reviewer at a desk fill in and send."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

from starlette.datastructures import FormData

from amparo.case.worksheet import QUESTIONS, Answer, Question
from amparo.web.http import forms
from amparo.web.words.decision import N_

PARTS = (
    N_("What it is about"),
    N_("Legality"),
    N_("Legitimate aim"),
    N_("The six Rabat factors"),
    N_("Necessity and proportion of this measure"),
    N_("Checks on yourself"),
)


def answers(form: FormData, questions: Sequence[Question] = QUESTIONS) -> dict[str, Answer]:
    """The answers of a worksheet, as far as they were given; `Malformed` where one is too long."""
    for question in questions:
        forms.several(form, question.id)
        for part in ("reason", "evidence", "missing"):
            forms.text(form, f"{question.id}.{part}")
    return typed(form, questions)


def typed(form: FormData, questions: Sequence[Question] = QUESTIONS) -> dict[str, Answer]:
    """The same as it was typed, for the form that is shown again beside an error."""
    found = {}
    for question in questions:
        value = ",".join(text for text in form.getlist(question.id) if isinstance(text, str))
        reason = _typed(form, f"{question.id}.reason")
        if not question.answers and reason:
            value = "told"
        if value or reason:
            found[question.id] = Answer(
                question.id,
                value,
                reason,
                tuple(_typed(form, f"{question.id}.evidence").split()),
                _typed(form, f"{question.id}.missing"),
            )
    return found


def _typed(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
