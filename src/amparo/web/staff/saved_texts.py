"""The desk's page of saved texts: one's own, and what its leads share; each put in by a case."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case.text_limits import LINE
from amparo.errors import AmparoError, Missing
from amparo.ledger.case import drafts, saved_texts, wording
from amparo.ledger.case.people import Person
from amparo.ledger.case.saved_texts import MOST_BODY, MOST_TITLE, Written
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import desk
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

NEW = 0
"""In the place of a text's number: the form of a new one."""


async def show(request: Request) -> Response:
    """GET /desk/texts: the saved texts that one has; `?case=` begins one with a case's reasons."""
    return _page(request, desk.signed_in(request))


async def add(request: Request) -> Response:
    """POST /desk/texts: keep a text."""
    return await _act(
        request,
        NEW,
        lambda form, journal, person: saved_texts.add(journal, person, _written(form)),
    )


async def step(request: Request) -> Response:
    """POST /desk/texts/{number:int}/{step}: change a text, or delete it."""
    number, make = int(request.path_params["number"]), _STEPS.get(request.path_params["step"])
    if make is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    return await _act(request, number, partial(make, number))


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/desk/texts", show, methods=["GET"]),
        Route("/desk/texts", add, methods=["POST"]),
        Route("/desk/texts/{number:int}/{step}", step, methods=["POST"]),
    ]


Make = Callable[[FormData, Journal, Person], object]


def _change(number: int, form: FormData, journal: Journal, person: Person) -> None:
    saved_texts.change(journal, person, number, _written(form), forms.text(form, "seen"))


def _delete(number: int, _: FormData, journal: Journal, person: Person) -> None:
    saved_texts.delete(journal, person, number)


_STEPS: dict[str, Callable[[int, FormData, Journal, Person], None]] = {
    "change": _change,
    "delete": _delete,
}


async def _act(request: Request, number: int, job: Make) -> Response:
    forms.check_same_origin(request)
    person = desk.signed_in(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=10) as form:
        try:
            await serving.work(lambda journal: job(form, journal, person))
        except AmparoError as error:
            return _page(request, person, number, forms.problem(error, form))
    case = request.query_params.get("case", "")
    query = {"saved": "1"} | ({"case": case} if case else {})
    return RedirectResponse(f"/desk/texts?{urlencode(query)}", 303)


def _written(form: FormData) -> Written:
    return Written(
        forms.text(form, "title", MOST_TITLE),
        forms.text(form, "clause", LINE),
        forms.text(form, "body", MOST_BODY),
        forms.text(form, "shared") == "yes",
    )


def _page(
    request: Request, person: Person, at: int = NEW, wrong: Problem | None = None
) -> Response:
    """The page; beside an error with what was typed in the form of text `at`."""
    serving: Serving = request.app.state.serving
    journal = serving.journal
    case = _case(journal, person, request.query_params.get("case", ""))
    return page(
        request,
        "desk_saved_texts.html",
        status=wrong.status if wrong else 200,
        person=person,
        platform=desk.platform_of(serving, person).name,
        saved=saved_texts.every(journal, person),
        was_saved=wrong is None and "saved" in request.query_params,
        case=case,
        begun=_begun(journal, person, case),
        wrong=wrong,
        wrong_at=at if wrong else None,
        most_own=saved_texts.MOST_OWN,
        most_shared=saved_texts.MOST_SHARED,
        most_title=MOST_TITLE,
        most_clause=LINE,
        most_body=MOST_BODY,
    )


def _case(journal: Journal, person: Person, given: str) -> UUID | None:
    """The case that somebody comes from; what is none of their desk is left out."""
    try:
        return desk.case_at(journal, person, given).id if given else None
    except Missing:
        return None


def _begun(journal: Journal, person: Person, case: UUID | None) -> Written:
    """What a new text begins with: the reasons typed in that case, and its clause."""
    if case is None:
        return Written("", "", "")
    clause = next(iter(wording.clauses_of(journal, case)), "")
    return Written("", clause[:LINE], drafts.find(journal, case, person.id).text("reasons"))
