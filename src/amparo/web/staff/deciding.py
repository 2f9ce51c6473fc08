"""The decision at the desk: its worksheet in steps, its draft, and the answer that is sent.

A case about speech is weighed first, part by part, and the decision is the last part; of another
case it is the only one. What is typed is kept for whoever decides, and sent when they say so.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from starlette.datastructures import FormData

from amparo.case import complaint, joint, text_limits
from amparo.case.speech import needs_worksheet
from amparo.case.state import Case
from amparo.case.worksheet import SHORT, Gap, Question, gaps
from amparo.ledger.case import casework, drafts, idempotency, saved_texts
from amparo.ledger.case import joint as together
from amparo.ledger.case.casework import File
from amparo.ledger.case.drafts import Draft
from amparo.ledger.case.people import Person
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.staff import windows, worksheets
from amparo.web.staff.worksheets import Progress
from amparo.web.words.decision import N_

_TEXTS = ("outcome", "reasons", "divergence", "for_the_other")
_CHOICES = ("steps", "also", "offered")
"""`offered`: whom the page showed when `also` was ticked; whoever came since is not among them."""


class Typed(NamedTuple):
    """What the form shows."""

    draft: Draft
    progress: Progress
    lacks: Sequence[Gap]
    """What the worksheet lacks, where it was sent."""
    shown: str
    """What is kept, as the form says it back (`windows`)."""


def typed(
    journal: Journal,
    person: Person,
    file: File,
    asked_for: str,
    sent: FormData | None,
    others: Sequence[together.Other],
) -> Typed:
    """The form as it was left; beside an error with what was `sent` from it.

    `others` are those who can be decided with this one, ticked as they were or as they are alike.
    """
    before, questions = drafts.find(journal, file.id, person.id), _questions(file.case)
    ticks = _ticks(before, others)
    draft = before._replace(decision=before.decision | ticks)
    # Who is offered changes by itself: against what was kept of it, a page that does is no older.
    shown = windows.shown({**ticks, **before.answers, **before.decision})
    lacks: list[Gap] = []
    if sent is not None:
        found = Draft(
            worksheets.merged_as_typed(draft.answers, sent, questions),
            _decision(draft, sent),
            draft.at,
        )
        asked_for = worksheets.part_again(sent, is_in_draft=found == draft)
        draft = found
        lacks = [] if goes_to("decide", sent) else gaps(found.answers, questions)
    end = N_("The decision")
    progress = worksheets.progress(draft.answers, asked_for, questions=questions, end=end)
    return Typed(draft, progress, lacks, shown)


def goes_to(step: str, form: FormData) -> str:
    """The part to go to, `keep` to stay where one is (a script sends that); empty: it is sent."""
    if step != "decide":
        return ""
    return str(worksheets.END) if form.get("insert") else forms.text(form, "go")


def job(
    journal: Journal, *, person: Person, case_id: UUID, form: FormData, digest: bytes = b""
) -> together.Taken | None:
    """Keep what was typed; and unless it goes on to another part, decide.

    Nothing where this very form was taken before, which is known by its `digest`.
    """
    if goes_to("decide", form):
        _keep(journal, person, case_id, form, is_final=False)
        return None
    # Another process may take the other half of a double click between these two.
    with journal.transaction():
        if idempotency.find(journal, digest) is not None:
            return None
        draft = _keep(journal, person, case_id, form, is_final=True)
    with journal.transaction():
        if idempotency.find(journal, digest) is not None:
            return None
        done = _decide(journal, person, case_id, draft)
        idempotency.keep(journal, digest, case_id)
    return done


def texts_of(form: FormData) -> list[str]:
    """What somebody wrote in a form that is not shown again: the case is not theirs any more."""
    return [
        value
        for name, value in form.items()
        if isinstance(value, str) and value.strip() and text_limits.most(name) > text_limits.LINE
    ]


def _keep(
    journal: Journal, person: Person, case_id: UUID, form: FormData, *, is_final: bool
) -> Draft:
    for field in _TEXTS:
        forms.text(form, field)
    for field in _CHOICES:
        forms.several(form, field)
    with journal.transaction():
        case = casework.read(journal, case_id).case
        complaint.check_may_decide(case, person.reviewer)
        draft = drafts.find(journal, case_id, person.id)
        answers = worksheets.merged(draft.answers, form, _questions(case), is_final=is_final)
        opened = worksheets.opened_with(form, draft.decision, _sent)
        sent = _sent(form)
        windows.check(draft.decision, sent, sent, opened, is_final=is_final)
        draft = _inserted(journal, person, form, Draft(answers, _decision(draft, form)))
        drafts.keep(journal, case_id, person.id, draft.answers, draft.decision)
    return draft


def _inserted(journal: Journal, person: Person, form: FormData, draft: Draft) -> Draft:
    """A draft with the saved text that was chosen after its reasons, to be gone on from there."""
    if not (chosen := forms.text(form, "insert")):
        return draft
    reasons = saved_texts.put_after(
        journal, person, forms.whole_number(chosen) or 0, draft.text("reasons")
    )
    return draft._replace(decision=draft.decision | {"reasons": [reasons]})


def _decide(journal: Journal, person: Person, case_id: UUID, draft: Draft) -> together.Taken:
    answer: dict[str, Any] = {
        "reviewer": person.reviewer,
        "outcome": draft.text("outcome"),  # checked inside
        "reasons": draft.text("reasons"),
        "steps": draft.chosen("steps"),
        "answers": draft.answers,
        "divergence": draft.text("divergence"),
        "for_the_other": draft.text("for_the_other"),
        "now": casework.now(),
    }
    return together.act(
        journal,
        lead=case_id,
        step=partial(complaint.decide, **answer),
        together=partial(joint.decide, number=str(case_id), **answer),
        others=together.seen(draft.chosen("also")),
    )


def shown_after(form: FormData, case: Case) -> str:
    """What a form shows that was kept just now, for a script that keeps it again."""
    return windows.shown({**worksheets.typed(form, _questions(case)), **_sent(form)})


def _decision(draft: Draft, form: FormData) -> dict[str, list[str]]:
    """The decision of a form that has its part, else as it was."""
    sent = _sent(form)
    opened = worksheets.opened_with(form, draft.decision, _sent)
    return windows.merged(draft.decision, sent, sent, opened)


def _sent(form: FormData) -> dict[str, list[str]]:
    """The fields of the decision in a form that has its part."""
    if form.get("part") not in (None, str(worksheets.END)):
        return {}
    return {
        field: [value.strip() for value in form.getlist(field) if isinstance(value, str)]
        for field in (*_TEXTS, *_CHOICES)
    }


def _ticks(draft: Draft, others: Sequence[together.Other]) -> dict[str, list[str]]:
    """Who is ticked: whoever was offered before as they were left, else whoever is alike."""
    offered = [f"{other.case}:{other.entries}" for other in others if not other.why_apart]
    alike = [f"{other.case}:{other.entries}" for other in others if other.is_alike]
    before, chosen = draft.chosen("offered"), draft.chosen("also")
    ticked = [name for name in offered if name in (chosen if name in before else alike)]
    return {"also": ticked, "offered": offered} if offered or before else {}


def _questions(case: Case) -> Sequence[Question]:
    return SHORT if needs_worksheet(case) else ()
