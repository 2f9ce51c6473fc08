"""The desk's page for Article 23: what one sender has sent, a warning, a suspension, its end.

Only a lead. The sender stays unnamed: they are whoever sent the notice or complaint of a case.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import suspensions as steps
from amparo.case.events import Misused
from amparo.case.roles import check_lead
from amparo.errors import AmparoError
from amparo.ledger.case import casework, idempotency, suspensions
from amparo.ledger.case.people import Person
from amparo.ledger.case.suspensions import History
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import desk
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

WHAT = {"notices": N_("Notices"), "complaints": N_("Complaints")}
STATES = {"warned": N_("warned"), "suspended": N_("suspended")}
FACTORS = {
    "numbers": N_("How many manifestly unfounded ones, in which time"),
    "share": N_("How many of all that this sender has sent"),
    "gravity": N_("How grave they are, and what followed from them"),
    "intention": N_("With which intention, where it can be seen"),
}


class Looked(NamedTuple):
    """The sender of one case."""

    case: str
    history: History


async def show(request: Request) -> Response:
    """GET /desk/misuse: who is warned or suspended; `?case=` looks at the sender of a case."""
    person = _lead(request)
    return _page(request, person, request.query_params.get("case", ""))


async def warn(request: Request) -> Response:
    """POST /desk/misuse: warn the sender of a case."""

    def job(journal: Journal, person: Person, form: FormData, secret: bytes) -> UUID:
        file = desk.case_at(journal, person, forms.text(form, "case"))
        return suspensions.warn(
            journal,
            secret,
            file,
            what=cast("Misused", forms.text(form, "what")),
            factors=_factors(form),
            clause=forms.text(form, "clause"),
            by=person.reviewer.actor,
            now=casework.now(),
        )

    return await _act(request, job)


async def suspend(request: Request) -> Response:
    """POST /desk/misuse/{uuid}/suspend: suspend processing, after a warning."""

    def job(journal: Journal, person: Person, form: FormData, _: bytes) -> UUID:
        file = desk.case_at(journal, person, request.path_params["uuid"])
        step = partial(
            steps.suspend,
            days=forms.whole_number(forms.text(form, "days")) or 0,
            factors=_factors(form),
            clause=forms.text(form, "clause"),
            by=person.reviewer.actor,
            now=casework.now(),
        )
        casework.act(journal, file.id, step)
        return file.id

    return await _act(request, job)


async def lift(request: Request) -> Response:
    """POST /desk/misuse/{uuid}/end: end a warning or a suspension early."""

    def job(journal: Journal, person: Person, form: FormData, _: bytes) -> UUID:
        file = desk.case_at(journal, person, request.path_params["uuid"])
        ended = steps.lift(
            reasons=forms.text(form, "reasons"), by=person.reviewer.actor, now=casework.now()
        )
        casework.act(journal, file.id, lambda _: ended)
        return file.id

    return await _act(request, job)


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/desk/misuse", show, methods=["GET"]),
        Route("/desk/misuse", warn, methods=["POST"]),
        Route("/desk/misuse/{uuid}/suspend", suspend, methods=["POST"]),
        Route("/desk/misuse/{uuid}/end", lift, methods=["POST"]),
    ]


Job = Callable[[Journal, Person, FormData, bytes], UUID]
"""What a form does, to the case in which it stands."""


async def _act(request: Request, job: Job) -> Response:
    forms.check_same_origin(request)
    person = _lead(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=20) as form:
        try:
            digest = await form_tokens.digest(request, form)

            def warned(journal: Journal) -> UUID:
                return job(journal, person, form, serving.secret)

            await serving.work(lambda journal: idempotency.once(journal, digest, warned))
        except AmparoError as error:
            case = forms.text(form, "case")
            return _page(request, person, case, forms.problem(error, form))
    return RedirectResponse("/desk/misuse", 303)


def _lead(request: Request) -> Person:
    person = desk.signed_in(request)
    check_lead(person.reviewer.actor)
    return person


def _factors(form: FormData) -> dict[str, str]:
    return {name: forms.text(form, name) for name in steps.FACTORS}


def _page(request: Request, person: Person, case: str, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    looked = None
    if case:
        try:
            file = desk.case_at(serving.journal, person, case)
            sender = suspensions.sender_of(serving.journal, file)
            found = suspensions.history(serving.journal, file.platform, sender, casework.now())
            looked = Looked(case, found)
        except AmparoError as error:
            wrong = wrong or Problem(*error.texts, {})
    return page(
        request,
        "desk_suspensions.html",
        shown=suspensions.SHOWN,
        status=wrong.status if wrong else 200,
        person=person,
        wrong=wrong,
        platform=desk.platform_of(serving, person).name,
        looked=looked,
        what=WHAT,
        states=STATES,
        factors=FACTORS,
        most_days=steps.MOST_DAYS,
        typed=wrong.typed if wrong else {},
        sent_at=request.url.path.removeprefix("/desk/misuse").strip("/") if wrong else "",
        standing=[
            _described(serving.journal, standing)
            for standing in suspensions.newest(serving.journal, person.desk)
        ],
    )


def _described(journal: Journal, standing: suspensions.Standing) -> dict[str, Any]:
    file = casework.read(journal, standing.case)
    return {
        "case": str(standing.case),
        "what": WHAT[standing.what],
        "state": standing.state,
        "until": file.case.suspended_until,
        "complaint": file.case.complaint,
    }
