"""The operator's page of seats: who sits at a desk, a panel, or leads panels; links, and the end.

A seat opens its own pages by its own link alone; a session of the operator's opens none of them.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import AmparoError, Missing, Text
from amparo.ledger.case import empanel, leaving, people
from amparo.ledger.case.empanel import Leading
from amparo.ledger.case.people import Person
from amparo.ledger.log import platforms
from amparo.record import mailbox
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff.admin.done import Asked, Done
from amparo.web.staff.admin.session import for_operator, notes
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

PAGE = 50
"""Seats of a page."""
MOST_FIELDS = 6
REGISTRAR = ""
"""The choice of no desk in the form of a new seat."""


@for_operator
async def every(request: Request) -> Response:
    """GET /admin/seats: who has a seat, and a form for a new one."""
    return _page(request)


@for_operator
async def add(request: Request) -> Response:
    """POST /admin/seats: give somebody a seat, and show their one-time link once."""
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            person, link = await _seated(serving, form)
        except AmparoError as error:
            return _page(request, forms.problem(error, form))
    notes.info("a seat was given", seat=person.id)
    return _page(request, done=_link(request, person, link))


@for_operator
async def step(request: Request) -> Response:
    """POST /admin/seats/{number:int}/{step}: another link, cases handed back, the seat's end."""
    taken = _STEPS.get(request.path_params["step"])
    if taken is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            person = people.find(serving.journal, request.path_params["number"])
            outcome = await taken(request, person, form)
        except AmparoError as error:
            return _page(request, forms.problem(error, form))
    if isinstance(outcome, Asked):
        return page(request, "admin_really.html", asked=outcome)
    return _page(request, done=outcome)


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/admin/seats", every, methods=["GET"]),
        Route("/admin/seats", add, methods=["POST"]),
        Route("/admin/seats/{number:int}/{step}", step, methods=["POST"]),
    ]


# --- steps ------------------------------------------------------------------------------------


async def _seated(serving: Serving, form: FormData) -> tuple[Person, str]:
    """Whoever has the seat now, and their link."""
    name = forms.text(form, "name", people.MOST_NAME)
    email = forms.text(form, "email", mailbox.MOST_OCTETS)
    slug = forms.text(form, "desk", platforms.MOST_NAME)
    if slug == REGISTRAR:
        return await serving.work(lambda j: empanel.seat_registrar(j, Leading(name, email)))
    desk = platforms.find(serving.journal, slug)
    lead = form.get("lead") == "yes"
    person = await serving.work(lambda j: people.add(j, desk, name, email, lead=lead))
    return person, await serving.work(lambda j: people.new_link(j, person))


async def _new_link(request: Request, person: Person, _: FormData) -> Done:
    serving: Serving = request.app.state.serving
    link = await serving.work(lambda j: people.new_link(j, person))
    notes.info("a link to a seat was made", seat=person.id)
    return _link(request, person, link)


async def _away(request: Request, person: Person, _: FormData) -> Done:
    serving: Serving = request.app.state.serving
    number = await serving.work(lambda j: leaving.hand_back(j, person, "away"))
    notes.info("cases of a seat were handed back", seat=person.id, cases=number)
    return Done(
        Text("Open cases of {name} handed back: {number}.", name=person.name, number=number)
    )


async def _leave(request: Request, person: Person, form: FormData) -> Done | Asked:
    if form.get("really") != "yes":
        return Asked(
            person.name,
            "/admin/seats",
            f"/admin/seats/{person.id}/leave",
            N_("Every way in ends, and open cases are handed back. What was decided stays."),
            N_("End the seat"),
        )
    serving: Serving = request.app.state.serving
    number = await serving.work(lambda j: leaving.leave(j, person))
    notes.info("a seat was ended", seat=person.id, cases=number)
    return Done(
        Text("{name} has left. Open cases handed back: {number}.", name=person.name, number=number)
    )


_Step = Callable[[Request, Person, FormData], Awaitable[Done | Asked]]
_STEPS: Mapping[str, _Step] = {"link": _new_link, "away": _away, "leave": _leave}


def _link(request: Request, person: Person, link: str) -> Done:
    serving: Serving = request.app.state.serving
    text = Text(
        "The link for {name}; it is shown this once, and opens their seat once, within {period}:",
        name=person.name,
        period=people.LINK,
    )
    return Done(text, f"{serving.base_url(request)}/desk/sign-in?link={link}")


# --- the page ---------------------------------------------------------------------------------


def _page(request: Request, wrong: Problem | None = None, *, done: Done | None = None) -> Response:
    serving: Serving = request.app.state.serving
    after = forms.whole_number(request.query_params.get("after", "")) or 0
    seats = sorted(people.every(serving.journal), key=lambda person: person.id)
    behind = [person for person in seats if person.id > after]
    desks = platforms.every(serving.journal)
    return page(
        request,
        "admin_seats.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        done=done,
        found=behind[:PAGE],
        more=behind[PAGE - 1].id if len(behind) > PAGE else 0,
        desks=desks,
        names={desk.id: desk.name for desk in desks},
    )
