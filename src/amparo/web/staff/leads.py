"""Lead cases at the desk: chosen in the preview of a group, looked after, and followed one by one.

Nothing is ticked: each person who waits is read beside the lead case, with what differs, and is
either answered like it or looked at alone.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case.roles import check_lead
from amparo.errors import AmparoError, Malformed, got
from amparo.ledger.case import casework, idempotency, leads, people
from amparo.ledger.case.casework import File
from amparo.ledger.case.leads import PAGE, Answered, Group, Waiting
from amparo.ledger.case.people import Person
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.decision import worded
from amparo.web.staff import groups
from amparo.web.staff.desk import platform_of, signed_in
from amparo.web.words import history
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

STATES = {
    "open": N_("people can join"),
    "ending": N_("whoever waits is sent back"),
    "closed": N_("at its end"),
}
MEMBERS = {
    "chosen": N_("not asked yet"),
    "left": N_("not asked: to be looked at alone"),
    "asked": N_("asked, and not waiting"),
    "waiting": N_("waiting"),
    "answered": N_("answered like a lead case"),
    "ended": N_("looked at alone"),
}
"""Where somebody stands who is no lead case -> the words for it."""
_DO = "do:"
"""Begins the field that says what becomes of one case: `do:NUMBER:ENTRIES`."""


class Lead(NamedTuple):
    """A lead case as the page shows it."""

    number: str
    standing: str
    outcome: str
    reasons: str
    verdict: str
    """What its outcome is called; empty before."""


class Beside(NamedTuple):
    """What the decisions about somebody who waits and about a lead case do not both say."""

    lead: str
    """The number of the lead case."""
    own: list[str]
    only_there: list[str]


class Member(NamedTuple):
    """Somebody who waits, beside each lead case that was answered."""

    field: str
    number: str
    filed: datetime | None
    until: datetime | None
    language: str
    beside: list[Beside]
    texts: tuple[str, ...]


async def every(request: Request) -> Response:
    """GET /desk/leads: lead cases, who waits for them, and until when."""
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    found = leads.of_desk(serving.journal, person.desk)
    return page(
        request,
        "desk_leads.html",
        person=person,
        found=found,
        states=STATES,
        members=MEMBERS,
        now=casework.now(),
        platform=platform_of(serving, person).name,
    )


async def propose(request: Request) -> Response:
    """POST /desk/leads: choose lead cases among those that the preview of a group has shown."""
    forms.check_same_origin(request)
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=groups.MOST_FIELDS) as form:
        try:
            check_lead(person.reviewer.actor)
            serving.check_space()
            digest = await form_tokens.digest(request, form)
            if (before := idempotency.find(serving.journal, digest)) is not None:
                return RedirectResponse(f"/desk/leads/{before.case}", 303)
            cases = list(await groups.cases_of(request, person, form))
            named = groups.numbers_of(forms.text(form, "leads"))
            chosen = msgspec.json.encode(groups.choice_of(form)).decode()
            question = forms.text(form, "question")

            def job(journal: Journal) -> UUID:
                return leads.propose(
                    journal,
                    person.desk,
                    cases,
                    named=named,
                    question=question,
                    chosen=chosen,
                    by=person.reviewer,
                    now=casework.now(),
                )

            done = await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            return await groups.shown_again(request, person, form, error)
    return RedirectResponse(f"/desk/leads/{done.case}", 303)


async def show(request: Request) -> Response:
    """GET /desk/leads/{uuid}: lead cases, and everybody who waits for them."""
    return _page(request, signed_in(request))


async def go_through(request: Request) -> Response:
    """POST /desk/leads/{uuid}/answers: who is answered like a lead case, and who is set apart."""
    forms.check_same_origin(request)
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    group = _group(request, person)
    async with forms.read(request, max_fields=PAGE + 40) as form:
        try:
            serving.check_space()
            same, apart = _chosen(form)
            lead = _uuid(forms.text(form, "lead"))
            done = await serving.work(
                lambda journal: leads.go_through(
                    journal,
                    group,
                    lead=lead,
                    same=same,
                    apart=apart,
                    reasons=forms.text(form, "reasons"),
                    steps=forms.several(form, "steps"),
                    why_apart=forms.text(form, "why_apart"),
                    by=person.reviewer,
                    now=casework.now(),
                )
            )
        except AmparoError as error:
            return _page(request, person, forms.problem(error, form), form)
    return _page(request, person, done=done, sent=form if done.left else None)


async def end(request: Request) -> Response:
    """POST /desk/leads/{uuid}/end: ask nobody any more, and send back whoever waits."""
    forms.check_same_origin(request)
    person = signed_in(request)
    serving: Serving = request.app.state.serving
    group = _group(request, person)
    async with forms.read(request, max_fields=4) as form:
        try:
            await serving.work(
                lambda journal: leads.dissolve(
                    journal,
                    group,
                    by=person.reviewer,
                    reasons=forms.text(form, "reasons"),
                    now=casework.now(),
                )
            )
        except AmparoError as error:
            return _page(request, person, forms.problem(error, form), form)
    return RedirectResponse(f"/desk/leads/{group.number}", 303)


def routes() -> list[Route]:
    """The addresses of lead cases."""
    return [
        Route("/desk/leads", every, methods=["GET"]),
        Route("/desk/leads", propose, methods=["POST"]),
        Route("/desk/leads/{uuid}", show, methods=["GET"]),
        Route("/desk/leads/{uuid}/answers", go_through, methods=["POST"]),
        Route("/desk/leads/{uuid}/end", end, methods=["POST"]),
    ]


# --- what was chosen --------------------------------------------------------------------------


def _group(request: Request, person: Person) -> Group:
    serving: Serving = request.app.state.serving
    return leads.find(serving.journal, person.desk, request.path_params["uuid"])


def _chosen(form: FormData) -> tuple[dict[UUID, int], list[UUID]]:
    """Whom the form answers, each with how many entries were read; and whom it sets apart."""
    same: dict[UUID, int] = {}
    apart: list[UUID] = []
    for field, what in form.multi_items():
        if not field.startswith(_DO) or what not in ("same", "apart"):
            continue
        number, _, entries = field.removeprefix(_DO).partition(":")
        if what == "apart":
            apart.append(_uuid(number))
        else:
            same[_uuid(number)] = forms.whole_number(entries) or 0
    if not same and not apart:
        raise Malformed(
            N_("Nobody was chosen."),
            why=N_("nothing is ticked beforehand"),
            fix=N_("Say of each person whether the answer is the same."),
            field="who",
        )
    return same, apart


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Malformed(
            N_("That is no number of a case."),
            why=got(text),
            fix=N_("Choose in the list."),
        ) from None


# --- the page ---------------------------------------------------------------------------------


def _page(
    request: Request,
    person: Person,
    wrong: Problem | None = None,
    sent: FormData | None = None,
    done: Answered | None = None,
) -> Response:
    serving: Serving = request.app.state.serving
    group = _group(request, person)
    found = leads.lead_files(serving.journal, group)
    answered = [file for file in found if file.case.outcome]
    of_leads = {str(file.id): _compared(request, file) for file in answered}
    typed = {k: v for k, v in sent.multi_items() if isinstance(v, str)} if sent else {}
    return page(
        request,
        "desk_lead.html",
        status=wrong.status if wrong else 200,
        person=person,
        group=group,
        by=people.ever(serving.journal, group.by).name,
        leads=[_lead(file) for file in found],
        answered=[_lead(file) for file in answered],
        waiting=[
            _member(request, member, of_leads) for member in leads.waiting(serving.journal, group)
        ],
        most=PAGE,
        states=STATES,
        members=MEMBERS,
        outcomes=history.OUTCOMES,
        steps=history.STEPS,
        chosen=sent.getlist("steps") if sent else [],
        typed=typed,
        done=done,
        wrong=wrong,
        sent_step=request.url.path.rpartition("/")[2] if wrong else "",
        platform=platform_of(serving, person).name,
    )


def _lead(file: File) -> Lead:
    outcome = file.case.outcome
    return Lead(
        str(file.id),
        file.case.complaint,
        outcome,
        leads.lead_reasons(file),
        history.OUTCOMES.get(outcome, ""),
    )


def _member(request: Request, waiting: Waiting, of_leads: Mapping[str, list[str]]) -> Member:
    file = waiting.file
    own = _compared(request, file)
    return Member(
        f"{_DO}{file.id}:{waiting.entries}",
        str(file.id),
        file.case.filed_at,
        casework.ends(file.case, "lead"),
        str(file.public.get("content_language") or "").lower(),
        [
            Beside(
                number,
                _without(own, theirs) if file.public else own,  # two reports are never the same
                _without(theirs, own),
            )
            for number, theirs in of_leads.items()
        ],
        waiting.texts,
    )


def _compared(request: Request, file: File) -> list[str]:
    """What the decision about somebody says, as far as it is compared."""
    if not file.public:
        return [catalogue(language_of(request)).gettext(N_("It is a report."))]
    decision = worded(request, file.log_entries[0])
    return [
        *(f"{text} ({end})" if end else text for text, end in decision.done),
        *(f"{term}: {text}" for term, text in decision.reasons),
        *decision.categories,
        *decision.keywords,
        decision.source,
        decision.automation,
        decision.application_date,
    ]


def _without(texts: list[str], other: list[str]) -> list[str]:
    return [text for text in texts if text not in other]
