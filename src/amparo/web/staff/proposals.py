"""The page on which an organisation proposes lead cases among those whom it speaks for.

It lists who has complained, whose case can lead and who can be asked to wait; and what was proposed
under the mandate before, with what became of it.
"""

# SPDX-License-Identifier: Apache-2.0

from typing import Any, NamedTuple
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import leads as rules
from amparo.case import mandate
from amparo.case.standing import standing
from amparo.errors import AmparoError, Malformed, got
from amparo.ledger.case import casework, idempotency, mandates, proposals
from amparo.ledger.case.leads import Group
from amparo.ledger.case.mandates import MandateRecord
from amparo.ledger.case.people import Person
from amparo.ledger.case.proposals import Candidate
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import leads
from amparo.web.staff import mandates as pages
from amparo.web.words.decision import N_, Translate, done
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

MOST_FIELDS = 20 + 2 * mandate.MOST_TOGETHER


class _Shown(NamedTuple):
    """What the page lists."""

    rows: list[Candidate]
    found: list[Group]


async def show(request: Request) -> Response:
    """GET /mandates/{uuid}/leads: lead cases proposed under a mandate, and who can be in more."""
    person, record = pages.own(request)
    return await _page(request, person, record)


async def propose(request: Request) -> Response:
    """POST /mandates/{uuid}/leads: propose lead cases, and have the others asked."""
    forms.check_same_origin(request)
    person, record = pages.own(request)
    serving: Serving = request.app.state.serving
    number = UUID(record.mandate.number)
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            serving.check_space()
            digest = await form_tokens.digest(request, form)

            def job(journal: Journal) -> UUID:
                proposals.propose(
                    journal,
                    number,
                    person,
                    named=_numbers(form, "leads"),
                    asked=_asked(form),
                    question=forms.text(form, "question"),
                    now=casework.now(),
                )
                return number

            done_ = await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            return await _page(request, person, record, forms.problem(error, form), form)
    again = "?again=1" if done_.again else ""
    return RedirectResponse(f"/mandates/{number}/leads{again}", 303)


async def take_back(request: Request) -> Response:
    """POST /mandates/{uuid}/leads/{group}/end: take a proposal back; nobody waits on."""
    forms.check_same_origin(request)
    person, record = pages.own(request)
    serving: Serving = request.app.state.serving
    number, group = UUID(record.mandate.number), pages.number_in(request, "group")
    async with forms.read(request, max_fields=4) as form:
        try:
            await serving.work(
                lambda journal: proposals.take_back(
                    journal,
                    number,
                    group,
                    person,
                    reasons=forms.text(form, "reasons"),
                    now=casework.now(),
                )
            )
        except AmparoError as error:
            return await _page(request, person, record, forms.problem(error, form), form)
    return RedirectResponse(f"/mandates/{number}/leads", 303)


def routes() -> list[Route]:
    """The addresses of an organisation's lead cases."""
    return [
        Route("/mandates/{uuid}/leads", show, methods=["GET"]),
        Route("/mandates/{uuid}/leads", propose, methods=["POST"]),
        Route("/mandates/{uuid}/leads/{group}/end", take_back, methods=["POST"]),
    ]


# --- what was sent ----------------------------------------------------------------------------


def _asked(form: FormData) -> list[UUID] | None:
    """Whom to ask; None: everybody whose decision is of the same kind."""
    match forms.text(form, "whom"):
        case "everybody":
            return None
        case "ticked":
            return _numbers(form, "cases")
        case given:
            raise Malformed(
                N_("Say whom to ask."),
                why=got(given),
                fix=N_("Choose everybody, or those who are ticked."),
                field="whom",
            )


def _numbers(form: FormData, name: str) -> list[UUID]:
    return [pages.case_number(given) for given in forms.several(form, name)]


# --- the page ---------------------------------------------------------------------------------


async def _page(
    request: Request,
    person: Person,
    record: MandateRecord,
    wrong: Problem | None = None,
    sent: FormData | None = None,
) -> Response:
    serving: Serving = request.app.state.serving
    number, after = UUID(record.mandate.number), pages.list_after(request)

    def job(journal: Journal) -> _Shown:
        now = casework.now()
        if not record.in_force:
            return _Shown([], proposals.of_mandate(journal, record.platform, record.mandate))
        who = mandates.speaker(journal, number, person, now)
        files = mandates.represented(journal, number, after)
        rows = proposals.candidates(journal, who, files, now=now)
        return _Shown(rows, proposals.of_mandate(journal, who.platform, who.under))

    # On the thread that reads what grows: each of them may have said as much as a case holds.
    shown = await serving.lists.read(request, f"leads {number} {after.hex()}", job)
    translate = catalogue(language_of(request)).gettext
    return page(
        request,
        "mandate_leads.html",
        status=wrong.status if wrong else 200,
        person=person,
        record=record,
        number=record.mandate.number,
        platform=pages.platform_name(serving, record.platform),
        rows=[_row(row, translate) for row in shown.rows if row.file.case.complaint],
        found=shown.found,
        states=leads.STATES,
        members=leads.MEMBERS,
        categories=words.CATEGORY,
        most=rules.MOST_LEADS,
        after=str(UUID(bytes=after)) if after else "",
        more=str(shown.rows[-1].file.id) if len(shown.rows) == mandates.PAGE else None,
        chosen=forms.several(sent, "leads") if sent else [],
        ticked=forms.several(sent, "cases") if sent else [],
        was_again=request.query_params.get("again") == "1",
        wrong=wrong,
        sent_at=request.path_params.get("group", "") if wrong else "",
    )


def _row(found: Candidate, translate: Translate) -> dict[str, Any]:
    """Somebody in the list: what it is about, and what can be proposed for them."""
    case = found.file.case
    return {
        "number": str(found.file.id),
        "done": [text for text, _ in done(found.file.public, {}, translate)],
        "category": next(iter(sorted(case.categories)), ""),
        "standing": standing("complaint", case.complaint),
        "lead": standing("lead", case.lead) if case.lead else None,
        "leads": bool(case.leads_group),
        "can_lead": found.can_lead,
        "why_not": found.why_not,
    }
