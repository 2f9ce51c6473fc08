"""The registrar's pages: panel cases that have not ended, and the next step of each."""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.ledger.case import registrars
from amparo.ledger.case.people import Person
from amparo.web.http import forms
from amparo.web.staff import leading, sign_in
from amparo.web.staff.leading import Door


async def cases(request: Request) -> Response:
    """GET /registrar: panel cases that have not ended, and the next step of each."""
    person = _person(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    return leading.cases(request, _door(person))


async def show(request: Request) -> Response:
    """GET /registrar/case/{uuid}: the course of a panel case, and the steps that are open."""
    person = _signed_in(request)
    return leading.case(request, _door(person), registrars.of_seat(person))


async def step(request: Request) -> Response:
    """POST /registrar/case/{uuid}/{step}: take a step."""
    forms.check_same_origin(request)
    person = _signed_in(request)
    return await leading.step(request, _door(person), registrars.of_seat(person))


def routes() -> list[Route]:
    """The registrar's addresses."""
    case = "/registrar/case/{uuid}"
    return [
        Route("/registrar", cases, methods=["GET"]),
        Route(case, show, methods=["GET"]),
        Route(f"{case}/{{step}}", step, methods=["POST"]),
    ]


def _person(request: Request) -> Person | None:
    found = sign_in.person_of(request)
    return found if found is not None and found.registrar else None


def _signed_in(request: Request) -> Person:
    person = _person(request)
    if person is None:
        raise sign_in.not_signed_in()
    return person


def _door(person: Person) -> Door:
    return Door("/registrar", "registrar_cases.html", "registrar_case.html", person)
