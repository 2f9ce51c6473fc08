"""The registrar's pages: panel cases that have not ended, and the next step of each.

What a registrar reads of a case is its course before the panel: neither the content, nor the file,
nor anybody's address.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import panel, registrar, texts
from amparo.case.events import Event, PanelGround, PanelListed
from amparo.case.registrar import Step
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.coalition import draw
from amparo.coalition.roster import Member
from amparo.errors import AmparoError, Missing, Unavailable
from amparo.ledger.case import casework, draws, panels, registrars
from amparo.ledger.case.casework import File
from amparo.ledger.case.people import Person
from amparo.ledger.case.registrars import Registrar
from amparo.ledger.log import platforms
from amparo.ledger.storage.journal import Journal
from amparo.ledger.storage.node import Node
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import sign_in
from amparo.web.words import history
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

MOST_FIELDS = 1_000
"""Of a form: it may have one for every member of the roster."""
GROUNDS: Mapping[PanelGround, str] = {
    "out_of_scope": N_("It is not about a decision that a panel can hear"),
    "decided_before": N_("The same was decided before"),
    "bad_faith": N_("It is asked in bad faith"),
}
NEXT = {
    "submitted": N_("Admit it, refuse it, or say what is missing"),
    "incomplete": N_("The party has to hand over what is missing"),
    "admitted": N_("Fix the list of who may be drawn"),
    "drawing": N_("Draw the panel"),
    "composing": N_("Hear of conflicts, and form the panel"),
    "exchange": N_("Close the file when both sides have written"),
    "deliberation": N_("The members judge it"),
    "default_review": N_("The members judge it"),
    "decided": N_("Nothing is to be done"),
}
"""State of a panel case -> what comes next."""


async def cases(request: Request) -> Response:
    """GET /registrar: panel cases that have not ended, and the next step of each."""
    person = _person(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    serving: Serving = request.app.state.serving
    found = registrars.waiting(serving.journal, _after(request))
    last = found[-1] if len(found) == registrars.PAGE else None
    return page(
        request,
        "registrar_cases.html",
        person=person,
        found=found,
        platforms={platform.id: platform.name for platform in platforms.every(serving.journal)},
        standing=partial(standing, "panel"),
        next=NEXT,
        more=f"{last.due}.{last.case}" if last else "",
    )


async def show(request: Request) -> Response:
    """GET /registrar/case/{uuid}: the course of a panel case, and the steps that are open."""
    person, file = _case(request)
    return _page(request, person, file)


async def step(request: Request) -> Response:
    """POST /registrar/case/{uuid}/{step}: take a step."""
    forms.check_same_origin(request)
    person, file = _case(request)
    job = _JOBS.get(request.path_params["step"])
    if job is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    serving: Serving = request.app.state.serving
    by = registrars.of_seat(person)
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            await serving.work(lambda journal: job(journal, serving.node, file.id, by, form))
        except AmparoError as error:
            _, fresh = _case(request)
            return _page(request, person, fresh, forms.problem(error, form))
    return RedirectResponse(f"/registrar/case/{file.id}", 303)


def routes() -> list[Route]:
    """The registrar's addresses."""
    case = "/registrar/case/{uuid}"
    return [
        Route("/registrar", cases, methods=["GET"]),
        Route(case, show, methods=["GET"]),
        Route(f"{case}/{{step}}", step, methods=["POST"]),
    ]


# --- who is here ------------------------------------------------------------------------------


def _person(request: Request) -> Person | None:
    found = sign_in.person_of(request)
    return found if found is not None and found.registrar else None


def _case(request: Request) -> tuple[Person, File]:
    """A panel case that this registrar may lead."""
    person = _person(request)
    if person is None:
        raise sign_in.not_signed_in()
    serving: Serving = request.app.state.serving
    try:
        file = casework.read(serving.journal, UUID(request.path_params["uuid"]))
    except (ValueError, Missing):
        file = None
    if file is None or not file.case.panel:
        raise Missing(
            N_("There is no such panel case."),
            why=N_("Nobody asked for a panel, or the address was copied only in part."),
            fix=N_("Open it from your list."),
        )
    registrars.gate(serving.journal, file, registrars.of_seat(person))(file.case)
    return person, file


def _after(request: Request) -> tuple[int, bytes] | None:
    due, _, case = request.query_params.get("after", "").partition(".")
    try:
        return int(due), UUID(case).bytes
    except ValueError:
        return None


# --- steps ------------------------------------------------------------------------------------

Job = Callable[[Journal, Node, UUID, Registrar, FormData], object]


def _admit(journal: Journal, node: Node, case: UUID, by: Registrar, _: FormData) -> object:
    return panels.admit(journal, node, case, by=by, now=casework.now())


def _list(journal: Journal, node: Node, case: UUID, by: Registrar, form: FormData) -> object:
    excluded = _of_members(form, "exclude", texts.LINE)
    language = forms.text(form, "language", texts.LINE)
    return panels.fix_list(
        journal, node, case, excluded, language=language, by=by, now=casework.now()
    )


def _draw(journal: Journal, node: Node, case: UUID, by: Registrar, form: FormData) -> object:
    reveals = draws.reveals_of(_of_members(form, "reveal", texts.LINE))
    return draws.draw_panel(journal, node, case, reveals, by=by, now=casework.now())


def _replace(journal: Journal, _: Node, case: UUID, by: Registrar, form: FormData) -> object:
    member, reason = forms.text(form, "member", texts.LINE), forms.text(form, "reasons")
    return panels.replace(journal, case, member=member, reason=reason, by=by, now=casework.now())


def _simple(make: Callable[[FormData, Actor], Callable[[Case], list[Event]]]) -> Job:
    """A step that needs nothing but the case and the form."""

    def job(journal: Journal, _: Node, case: UUID, by: Registrar, form: FormData) -> object:
        return registrars.act(journal, case, by, make(form, by.actor))

    return job


def _incomplete(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    missing = forms.text(form, "missing")
    return lambda _: panel.call_for(missing=missing, by=by, now=casework.now())


def _refuse(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    ground = cast("PanelGround", forms.text(form, "ground", texts.LINE))  # checked inside
    reasons = forms.text(form, "reasons")
    return lambda _: panel.declare_inadmissible(
        ground=ground, reasons=reasons, by=by, now=casework.now()
    )


def _form(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    clean = _of_members(form, "clean", texts.TEXT)
    return partial(panel.form, clean=clean, by=by, now=casework.now())


def _close(_: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    return partial(panel.deliberate, by=by, now=casework.now())


def _extend(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    return partial(panel.extend, reasons=forms.text(form, "reasons"), by=by, now=casework.now())


def _settle(_: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    return lambda _: panel.settle(by=by, now=casework.now())


_JOBS: Mapping[Step, Job] = {
    "admit": _admit,
    "incomplete": _simple(_incomplete),
    "refuse": _simple(_refuse),
    "list": _list,
    "draw": _draw,
    "form": _simple(_form),
    "close": _simple(_close),
    "replace": _replace,
    "settle": _simple(_settle),
    "extend": _simple(_extend),
}
"""What can be done in a case."""


def _of_members(form: FormData, field: str, longest: int) -> dict[str, str]:
    """What a form says of each member, in fields such as `reveal.ID`; empty ones are left out."""
    names = [name for name in form if name.startswith(f"{field}.")]
    given = {name.removeprefix(f"{field}."): forms.text(form, name, longest) for name in names}
    return {member: value for member, value in given.items() if value}


# --- pages ------------------------------------------------------------------------------------


def _page(request: Request, person: Person, file: File, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    every = platforms.every(serving.journal)
    return page(
        request,
        "registrar_case.html",
        status=wrong.status if wrong else 200,
        person=person,
        case=file.case,
        number=str(file.id),
        platform=next(platform.name for platform in every if platform.id == file.platform),
        has_decision=bool(file.public),
        wrong=wrong,
        steps=registrar.steps(file.case),
        next=NEXT.get(file.case.panel, ""),
        standing=standing("panel", file.case.panel),
        history=history.lines(registrars.course(file), translate, "registrar"),
        running=[clock for clock in history.running(file.case) if clock.name in PERIODS],
        grounds=GROUNDS,
        fewest=draw.FEWEST_REVEALS,
        revealed=dict(file.case.revealed),
        **_roster(serving, file),
    )


PERIODS = frozenset({"C08", "C10", "C27", "incomplete", "challenge", "fact"})
"""The clocks of a panel case; those of its complaint and its remedy are not the registrar's."""


def _roster(serving: Serving, file: File) -> dict[str, Any]:
    """Whom a step is about: everybody on the roster, whoever is on the list, or on the panel."""
    try:
        members = panels.members_of(serving.node)
    except Unavailable:
        members = ()
    known: dict[str, Member] = {member.id: member for member in members}
    listing = "list" in registrar.steps(file.case)
    language = str(file.public.get("content_language", "")).lower()
    return {
        "roster": members,
        "name_of": {
            name: f"{member.name} ({member.organisation})" for name, member in known.items()
        },
        "kept_away": panels.kept_away(serving.journal, file, members) if listing else {},
        "languages_known": sorted({code for member in members for code in member.languages}),
        "language_of_it": language,
        "fixed": file.find(PanelListed),
    }
