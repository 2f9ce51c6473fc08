"""Signing in: a one-time link, a passkey, or one's organisation; a session is a cookie.

No script and no other site can use the cookie. A seat is given by the node's operator
(`amparo reviewer add`, `amparo panel seat`, `amparo panel registrar`); each way in only shows whose
seat it is.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import Denied
from amparo.ledger.case import people
from amparo.ledger.case.people import Person
from amparo.ledger.outbound import outbox
from amparo.record import mailbox
from amparo.storage.journal import Journal
from amparo.web.http import cookies, forms, limits, rate
from amparo.web.http.state import Serving
from amparo.web.words.decision import N_
from amparo.web.words.pages import language_of, page

COOKIE = "desk"
_asked_for = rate.Bucket(limits.LINKS_OF_ADDRESS)
notes = structlog.get_logger("amparo.sign_in")


async def show(request: Request) -> Response:
    """GET /desk/sign-in: the ways to sign in; or use the link that was sent."""
    return _page(request, link=request.query_params.get("link", ""))


async def come_in(request: Request) -> Response:
    """POST /desk/sign-in: sign in with a link, or have one sent."""
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        link, address = forms.text(form, "link"), forms.text(form, "email")
    if link:
        rate.take(request, "sign-in")
        with noted("link"):
            session = await serving.work(lambda journal: people.sign_in(journal, link))
        return entered(request, session, way="link", respond=onward)
    rate.take(request, "link")
    if not _asked_for.wait(mailbox.folded(address)):
        await serving.work(partial(ask_for_link, address, language_of(request)))
    # The same answer whether or not somebody has that address: nobody learns who works here. Nor
    # does it say that it was asked for too often, which only whoever floods it needs to know.
    return _page(request, sent=True)


async def sign_out(request: Request) -> Response:
    """POST /desk/sign-out: end the session."""
    forms.check_same_origin(request)
    session = cookies.read(request, COOKIE)
    serving: Serving = request.app.state.serving
    await serving.work(lambda journal: people.sign_out(journal, session))
    response = RedirectResponse("/desk/sign-in", 303)
    cookies.take_away(request, response, COOKIE, same_site="lax")
    return response


async def sign_out_elsewhere(request: Request) -> Response:
    """POST /desk/sign-out/elsewhere: end one's sessions on all other devices, and links."""
    forms.check_same_origin(request)
    person = person_of(request)
    if person is None:
        raise not_signed_in()
    session = cookies.read(request, COOKIE)
    serving: Serving = request.app.state.serving
    await serving.work(lambda journal: people.sign_out_elsewhere(journal, person, session))
    notes.info("signed out elsewhere", seat=person.id)
    return RedirectResponse("/desk/passkeys", 303)


def routes() -> list[Route]:
    """The addresses of the ways in."""
    return [
        Route("/desk/sign-in", show, methods=["GET"]),
        Route("/desk/sign-in", come_in, methods=["POST"]),
        Route("/desk/sign-out", sign_out, methods=["POST"]),
        Route("/desk/sign-out/elsewhere", sign_out_elsewhere, methods=["POST"]),
    ]


def person_of(request: Request) -> Person | None:
    """Whose session the request carries."""
    serving: Serving = request.app.state.serving
    session = cookies.read(request, COOKIE)
    return people.of_session(serving.journal, session) if session else None


def not_signed_in() -> Denied:
    """The error for whoever has no session."""
    return Denied(
        N_("You are not signed in."),
        why=N_("The session has ended, or there was none."),
        fix=N_("Ask for a new link at /desk/sign-in."),
    )


@contextmanager
def noted(way: str) -> Iterator[None]:
    """Note it for the operator when a way in is refused; whose it was is not known."""
    try:
        yield
    except Denied:
        notes.warning("a way in was refused", way=way)
        raise


def onward(place: str) -> Response:
    """Where somebody who has come in goes on, as a browser is told it."""
    return RedirectResponse(place, 303)


def entered(
    request: Request, session: str, *, way: str, respond: Callable[[str], Response]
) -> Response:
    """What gives a session to whoever came in, and tells them the place where they go on."""
    serving: Serving = request.app.state.serving
    person = people.of_session(serving.journal, session)
    notes.info("came in", way=way, seat=person.id if person else None)
    response = respond(home(person) if person else "/panel")
    cookies.give(
        request, response, COOKIE, session, seconds=people.SESSION_SECONDS, same_site="lax"
    )
    return response


def home(person: Person) -> str:
    """Where somebody's work is."""
    if person.registrar:
        return "/registrar"
    if person.body:
        return "/mandates"
    return "/panel" if person.member else "/desk"


def _page(request: Request, *, link: str = "", sent: bool = False) -> Response:
    serving: Serving = request.app.state.serving
    return page(
        request,
        "desk_sign_in.html",
        link=link,
        link_is_valid=people.LINK,
        sent=sent,
        oidc=bool(serving.node.settings.oidc_issuer),
    )


def ask_for_link(address: str, language: str, journal: Journal) -> None:
    """Have a link sent to whoever has a seat by that address, if anybody has, in that language.

    The same is looked up and queued either way, and nothing is sent from here: how long it takes
    must not tell who works here, and nobody may wait for the mail server.
    """
    number = people.number_of(journal, address) if mailbox.is_address(address) else None
    seat = outbox.NOBODY if number is None else number
    with journal.transaction():
        now = int(time.time())
        outbox.put_for_seat(journal, seat, outbox.SIGN_IN, now=now, language=language)
