"""Leading panel cases by a page: the list, the course of a case, and the steps that are open.

It is the same for a registrar's seat (`registrar`) and for the operator (`admin/panels`). They
differ in the door by which they come in, and in the name by which a case tells who acted. What is
read of a case is its course before the panel: neither content, nor file, nor anybody's address.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, cast
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from amparo.case import hearing, panel, registrar, text_limits
from amparo.case.events import Event, PanelGround, PanelListed
from amparo.case.registrar import Step
from amparo.case.standing import standing
from amparo.case.state import Actor, Case
from amparo.coalition import draw
from amparo.coalition.roster import Member
from amparo.errors import AmparoError, Missing, Unavailable
from amparo.ledger.case import casework, draws, panels, registrars
from amparo.ledger.case import hearing as hearings
from amparo.ledger.case.casework import File
from amparo.ledger.case.people import Person
from amparo.ledger.case.registrars import Registrar
from amparo.ledger.log import platforms
from amparo.storage.journal import Journal
from amparo.storage.node import Node
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.decision import worded
from amparo.web.staff import facts
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
OWN = frozenset({"submitted", "admitted", "drawing", "composing", "exchange"})
"""States of a panel case whose next step is that of whoever leads it."""


class Door(NamedTuple):
    """By which pages somebody leads panel cases."""

    home: str
    """The address of the list; a case is at `home`/case/NUMBER."""
    of_cases: str
    """The template of the list."""
    of_case: str
    """The template of a case."""
    who: Person | None = None
    """Whose seat it is; None: the operator's."""


def cases(request: Request, door: Door) -> Response:
    """Panel cases that have not ended, and the next step of each."""
    serving: Serving = request.app.state.serving
    found = registrars.waiting(serving.journal, _after(request))
    translate = catalogue(language_of(request)).gettext
    last = found[-1] if len(found) == registrars.PAGE else None
    return page(
        request,
        door.of_cases,
        person=door.who,
        home=door.home,
        found=sorted(found, key=lambda case: case.state not in OWN),
        own=OWN,
        platforms={platform.id: platform.name for platform in platforms.every(serving.journal)},
        standing=partial(standing, "panel"),
        next=NEXT,
        done={case.case: facts.done(serving.journal, case.case, translate) for case in found},
        more=f"{last.due}.{last.case}" if last else "",
    )


def case(request: Request, door: Door, by: Registrar, wrong: Problem | None = None) -> Response:
    """The course of a panel case, and the steps that are open; `Missing` where there is none."""
    return _page(request, door, _case(request, by), wrong)


async def step(request: Request, door: Door, by: Registrar) -> Response:
    """Take a step, and go back to the case; what was wrong is said there."""
    file = _case(request, by)
    job = _JOBS.get(request.path_params["step"])
    if job is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            await serving.work(lambda journal: job(journal, serving.node, file.id, by, form))
        except AmparoError as error:
            return case(request, door, by, forms.problem(error, form))
    return RedirectResponse(f"{door.home}/case/{file.id}", 303)


# --- which case -------------------------------------------------------------------------------


def _case(request: Request, by: Registrar) -> File:
    """A panel case that somebody may lead."""
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
    registrars.gate(serving.journal, file, by)(file.case)
    return file


def _after(request: Request) -> tuple[int, bytes] | None:
    due, _, case = request.query_params.get("after", "").partition(".")
    clock = forms.whole_number(due)
    try:
        return None if clock is None else (clock, UUID(case).bytes)
    except ValueError:
        return None


# --- steps ------------------------------------------------------------------------------------

Job = Callable[[Journal, Node, UUID, Registrar, FormData], object]


def _admit(journal: Journal, node: Node, case: UUID, by: Registrar, _: FormData) -> object:
    return panels.admit(journal, node, case, by=by, now=casework.now())


def _list(journal: Journal, node: Node, case: UUID, by: Registrar, form: FormData) -> object:
    excluded = _of_members(form, "exclude", text_limits.LINE)
    language = forms.text(form, "language", text_limits.LINE)
    return panels.fix_list(
        journal, node, case, excluded, language=language, by=by, now=casework.now()
    )


def _draw(journal: Journal, node: Node, case: UUID, by: Registrar, form: FormData) -> object:
    reveals = draws.reveals_of(_of_members(form, "reveal", text_limits.LINE))
    return draws.draw_panel(journal, node, case, reveals, by=by, now=casework.now())


def _replace(journal: Journal, _: Node, case: UUID, by: Registrar, form: FormData) -> object:
    member, reason = forms.text(form, "member", text_limits.LINE), forms.text(form, "reasons")
    return panels.replace(journal, case, member=member, reason=reason, by=by, now=casework.now())


def _hear(journal: Journal, _: Node, case: UUID, by: Registrar, form: FormData) -> object:
    question = forms.text(form, "question")
    return hearings.call_before_a_panel(journal, case, question=question, by=by, now=casework.now())


def _simple(make: Callable[[FormData, Actor], Callable[[Case], list[Event]]]) -> Job:
    """A step that needs nothing but the case and the form."""

    def job(journal: Journal, _: Node, case: UUID, by: Registrar, form: FormData) -> object:
        return registrars.act(journal, case, by, make(form, by.actor))

    return job


def _incomplete(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    missing = forms.text(form, "missing")
    return lambda _: panel.call_for(missing=missing, by=by, now=casework.now())


def _refuse(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    ground = cast("PanelGround", forms.text(form, "ground", text_limits.LINE))  # checked inside
    reasons = forms.text(form, "reasons")
    return lambda _: panel.declare_inadmissible(
        ground=ground, reasons=reasons, by=by, now=casework.now()
    )


def _form(form: FormData, by: Actor) -> Callable[[Case], list[Event]]:
    clean = _of_members(form, "clean", text_limits.TEXT)
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
    "hear": _hear,
    "extend": _simple(_extend),
}
"""What can be done in a case."""


def _of_members(form: FormData, field: str, longest: int) -> dict[str, str]:
    """What a form says of each member, in fields such as `reveal.ID`; empty ones are left out."""
    names = [name for name in form if name.startswith(f"{field}.")]
    given = {name.removeprefix(f"{field}."): forms.text(form, name, longest) for name in names}
    return {member: value for member, value in given.items() if value}


# --- pages ------------------------------------------------------------------------------------


def _page(request: Request, door: Door, file: File, wrong: Problem | None) -> Response:
    serving: Serving = request.app.state.serving
    translate = catalogue(language_of(request)).gettext
    every = platforms.every(serving.journal)
    return page(
        request,
        door.of_case,
        status=wrong.status if wrong else 200,
        person=door.who,
        home=door.home,
        case=file.case,
        sent_step=request.path_params.get("step", "") if wrong else "",
        number=str(file.id),
        platform=next(platform.name for platform in every if platform.id == file.platform),
        d=worded(request, file.log_entries[0]) if file.public else None,
        wrong=wrong,
        steps=registrar.steps(file.case),
        next=NEXT.get(file.case.panel, ""),
        standing=standing("panel", file.case.panel),
        history=history.lines(registrars.course(file), translate, "registrar"),
        running=[
            clock for clock in history.running(file.case) if clock.name in _periods(file.case)
        ],
        other_side=hearing.other_side(file.case),
        heard=hearing.stands(file.case, "panel"),
        heard_by=len(file.case.heard_from),
        grounds=GROUNDS,
        fewest=draw.FEWEST_REVEALS,
        revealed=dict(file.case.revealed),
        **_roster(serving, file),
    )


PERIODS = frozenset({"C08", "C10", "C27", "incomplete", "challenge", "fact"})
"""The clocks of a panel case; those of its complaint and its remedy are not the registrar's."""


def _periods(case: Case) -> frozenset[str]:
    """Those of the other side belong to whoever asked it."""
    return PERIODS | ({"tell", "hearing"} if case.hearing_of == "panel" else frozenset())


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
