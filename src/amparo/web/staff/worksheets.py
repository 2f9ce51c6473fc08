"""The worksheet as a form: what a panel's member and a reviewer at a desk fill in and send.

Both go through theirs part by part, the member the long one and the reviewer the short one: what
was typed in a part is a draft, and a part that the answers rule out is left out. At a desk the
decision is the last part.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from starlette.datastructures import FormData, UploadFile

from amparo.case.worksheet import QUESTIONS, Answer, Gap, Question, asked, gaps
from amparo.errors import Text
from amparo.web.http import forms, urlencoded
from amparo.web.http.forms import Mistake, Problem
from amparo.web.staff import windows
from amparo.web.staff.windows import T
from amparo.web.words.decision import N_

PARTS = (
    N_("What it is about"),
    N_("Legality"),
    N_("Legitimate aim"),
    N_("The six Rabat factors"),
    N_("Necessity and proportion of this measure"),
    N_("Checks on yourself"),
)


MOST_FIELDS = 2_000
"""Of what a page was sending when it went."""
MOST_SENDING = 3
"""How many saves whose answer a page never got it may name, as in `draft.js`."""
END = len(PARTS)
"""The number of the part that comes after all of them, where one does."""


class Part(NamedTuple):
    """One step of a worksheet."""

    number: int
    name: str
    questions: tuple[Question, ...]
    lacks: int
    """How many of its questions need more."""


class Progress(NamedTuple):
    """How far a worksheet is."""

    parts: tuple[Part, ...]
    here: Part
    answered: int
    """Questions to which nothing has to be added."""
    of: int

    @property
    def place(self) -> int:
        """Which of the parts this is, from 1."""
        return self.parts.index(self.here) + 1

    @property
    def before(self) -> Part | None:
        """The part before this one."""
        return self.parts[self.place - 2] if self.place > 1 else None

    @property
    def after(self) -> Part | None:
        """The part after this one; None at the last, from which the worksheet is sealed."""
        return self.parts[self.place] if self.place < len(self.parts) else None


def progress(
    answers: Mapping[str, Answer],
    asked_for: str = "",
    *,
    questions: Sequence[Question] = QUESTIONS,
    end: str = "",
) -> Progress:
    """Where somebody is: at the part that was asked for, else at the first that lacks something.

    `end` names a last part without questions, to which all of them lead.
    """
    open_ones = asked(answers, questions)
    lacking = {gap.question for gap in gaps(answers, questions)}
    parts = []
    for number, name in enumerate(PARTS):
        of_part = tuple(question for question in open_ones if question.part == number)
        if of_part:
            lacks = sum(question.id in lacking for question in of_part)
            parts.append(Part(number, name, of_part, lacks))
    if end:
        parts.append(Part(END, end, (), 0))
    here = next((part for part in parts if str(part.number) == asked_for), None)
    unfinished = (part for part in parts if part.lacks)
    found = here or next(unfinished, parts[-1])
    return Progress(tuple(parts), found, len(open_ones) - len(lacking), len(open_ones))


def by_question(lacks: Sequence[Gap]) -> dict[str, list[Gap]]:
    """What each question lacks."""
    found: dict[str, list[Gap]] = {}
    for gap in lacks:
        found.setdefault(gap.question, []).append(gap)
    return found


def with_gaps(wrong: Problem, lacks: Sequence[Gap], progress: Progress, page: str) -> Problem:
    """What was wrong with a worksheet that was sent, and every question that lacks something.

    Questions of the part that is shown are listed one by one, all of another part in one line that
    leads there. `page`: where the worksheet is, to which `part` is added.
    """
    own = [_placed(mistake, progress, page) for mistake in wrong.mistakes if not _asks(mistake)]
    if lacks and not wrong.mistakes:
        own = [Mistake("", wrong.what, wrong.why, wrong.fix)]
    shown = {question.id for question in progress.here.questions}
    found = [
        Mistake(
            gap.question,
            Text("{question}: {why}.", question=gap.question, why=gap.why),
            "",
            gap.fix,
            f"#{gap.question}",
        )
        for gap in lacks
        if gap.question in shown
    ]
    found += [
        Mistake(
            "",
            part.name,
            Text("{number} answers need more", number=part.lacks),
            "",
            _address(page, part.number),
        )
        for part in progress.parts
        if lacks and part.lacks and part != progress.here
    ]
    return wrong._replace(mistakes=(*found, *own))


def _asks(mistake: Mistake) -> bool:
    """Whether it is a question that is not answered in full, which is told part by part."""
    return mistake.field in {question.id for question in QUESTIONS}


def _placed(mistake: Mistake, progress: Progress, page: str) -> Mistake:
    """A mistake with the place of its field, where that is a question or on the last part."""
    question, _, part = mistake.field.partition(".")
    if part:
        return mistake._replace(field=question, at=f"#{question}")
    last = progress.parts[-1]
    return mistake if progress.here == last else mistake._replace(at=_address(page, last.number))


def _address(page: str, part: int) -> str:
    at, _, anchor = page.partition("#")
    return f"{at}?part={part}#{anchor}"


def merged(
    draft: Mapping[str, Answer],
    form: FormData,
    questions: Sequence[Question] = QUESTIONS,
    *,
    is_final: bool,
) -> dict[str, Answer]:
    """A draft with the part that was sent, or all of it where no part is named.

    `Malformed` where a text is too long, `Refused` where another window kept something else, in any
    part where `is_final`; see `windows.check`.
    """
    found, names = answers(form, questions), _sent(form, questions)
    opened = opened_with(form, draft, partial(typed, questions=questions))
    windows.check(draft, found, names, opened, is_final=is_final)
    if is_final and "shown" in form:  # what a program sends was shown by no window
        rest = [question.id for question in questions if question.id not in names]
        windows.check_rest(draft, rest, opened)
    return windows.merged(draft, found, names, opened)


def merged_as_typed(
    draft: Mapping[str, Answer], form: FormData, questions: Sequence[Question] = QUESTIONS
) -> dict[str, Answer]:
    """The same for the form that is shown again beside an error."""
    names = _sent(form, questions)
    opened = opened_with(form, draft, partial(typed, questions=questions))
    return windows.merged(draft, typed(form, questions), names, opened)


def opened_with(
    form: FormData, draft: Mapping[str, T], read: Callable[[FormData], Mapping[str, T]]
) -> str:
    """What the page of a form showed (`windows.shown`); empty where the form does not say it.

    `sending`: the fields of each save whose answer the page never got, which `read` reads.
    """
    opened = _typed(form, "shown")
    for sending in form.getlist("sending")[-MOST_SENDING:]:
        if isinstance(sending, str):
            fields: list[tuple[str, str | UploadFile]] = []
            fields += urlencoded.fields(sending.encode(), MOST_FIELDS)
            opened = windows.with_arrived(opened, read(FormData(fields)), draft)
    return opened


def _sent(form: FormData, questions: Sequence[Question]) -> list[str]:
    """The questions of the part that was sent."""
    part = form.get("part")
    return [question.id for question in questions if part is None or str(question.part) == part]


def part_again(form: FormData, *, is_in_draft: bool) -> str:
    """The part to ask for beside an error: the one that could not be kept, else none in itself."""
    return "" if is_in_draft else _typed(form, "part")


def answers(form: FormData, questions: Sequence[Question]) -> dict[str, Answer]:
    """The answers of a worksheet, as far as they were given; `Malformed` where one is too long."""
    for question in questions:
        forms.several(form, question.id)
        for part in ("reason", "evidence", "missing"):
            forms.text(form, f"{question.id}.{part}")
    return typed(form, questions)


def typed(form: FormData, questions: Sequence[Question]) -> dict[str, Answer]:
    """The same as it was typed, without a look at its length."""
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
