"""Passkeys on the pages: sign in with one, add one, remove one."""

# SPDX-License-Identifier: Apache-2.0

from urllib.parse import unquote, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.ledger.case import passkeys, people
from amparo.ledger.case.passkeys import Site
from amparo.ledger.case.people import Person
from amparo.web.http import forms, rate
from amparo.web.http.state import Serving
from amparo.web.staff import sign_in
from amparo.web.words.pages import page

HEADER = "x-passkey-name"


async def ask(request: Request) -> Response:
    """POST /desk/passkey/options: a challenge to whoever has a passkey for this site."""
    forms.check_same_origin(request)
    rate.take(request, "link")
    serving: Serving = request.app.state.serving
    site = _site(request)
    return _json(await serving.work(lambda journal: passkeys.ask(journal, site)))


async def come_in(request: Request) -> Response:
    """POST /desk/passkey: sign in with the answer of a passkey."""
    forms.check_same_origin(request)
    rate.take(request, "sign-in")
    serving: Serving = request.app.state.serving
    site, answer = _site(request), await request.body()
    with sign_in.noted("passkey"):
        session = await serving.work(lambda journal: passkeys.sign_in(journal, site, answer))
    return sign_in.entered(
        request, session, way="passkey", respond=lambda place: _json({"to": place})
    )


async def own(request: Request) -> Response:
    """GET /desk/passkeys: list one's passkeys."""
    person = sign_in.person_of(request)
    if person is None:
        return RedirectResponse("/desk/sign-in", 303)
    serving: Serving = request.app.state.serving
    return page(
        request,
        "desk_passkeys.html",
        person=person,
        home=sign_in.home(person),
        session=people.SESSION,
        found=passkeys.of(serving.journal, person),
    )


async def ask_new(request: Request) -> Response:
    """POST /desk/passkeys/options: what the browser needs to make a passkey."""
    person, serving = _signed_in(request)
    site = _site(request)
    return _json(await serving.work(lambda journal: passkeys.ask_new(journal, person, site)))


async def add(request: Request) -> Response:
    """POST /desk/passkeys: keep the passkey that the browser has made."""
    person, serving = _signed_in(request)
    site, answer = _site(request), await request.body()
    name = unquote(request.headers.get(HEADER, ""))
    await serving.work(lambda journal: passkeys.add(journal, person, site, answer, name))
    return _json({"to": "/desk/passkeys"})


async def remove(request: Request) -> Response:
    """POST /desk/passkeys/remove: from now on this passkey opens nothing."""
    person, serving = _signed_in(request)
    async with forms.read(request, max_fields=2) as form:
        given = forms.text(form, "id")
    try:
        credential = bytes.fromhex(given)
    except ValueError:
        credential = b""
    await serving.work(lambda journal: passkeys.remove(journal, person, credential))
    return RedirectResponse("/desk/passkeys", 303)


def routes() -> list[Route]:
    """The addresses of passkeys."""
    return [
        Route("/desk/passkey/options", ask, methods=["POST"]),
        Route("/desk/passkey", come_in, methods=["POST"]),
        Route("/desk/passkeys", own, methods=["GET"]),
        Route("/desk/passkeys", add, methods=["POST"]),
        Route("/desk/passkeys/options", ask_new, methods=["POST"]),
        Route("/desk/passkeys/remove", remove, methods=["POST"]),
    ]


def _signed_in(request: Request) -> tuple[Person, Serving]:
    forms.check_same_origin(request)
    person = sign_in.person_of(request)
    if person is None:
        raise sign_in.not_signed_in()
    serving: Serving = request.app.state.serving
    return person, serving


def _site(request: Request) -> Site:
    """The site a passkey is bound to: the node's own address where its settings name one."""
    serving: Serving = request.app.state.serving
    origin = serving.base_url(request)
    parts = urlsplit(origin)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
