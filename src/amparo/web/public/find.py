"""Finding one's own decision: by its number, or without any link by the platform's identifier."""

# SPDX-License-Identifier: Apache-2.0

from typing import cast
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import AmparoError, Missing
from amparo.ledger.case import casework, claims, idempotency, links
from amparo.ledger.log import platforms, receipts
from amparo.ledger.log.intake import puid_digest
from amparo.record import event
from amparo.record.event import DecisionIssued
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms, rate
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.person import opened
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

_NO_SUCH = (
    N_("There is no decision with that number."),
    "",
    N_("It has 36 characters, dashes among them. Copy it whole from the notice you were sent."),
)


async def find(request: Request) -> Response:
    """GET /find: how one's decision is found; with `?id=`, to the decision of that number."""
    number = request.query_params.get("id", "").strip()
    if not number:
        return _page(request)
    serving: Serving = request.app.state.serving
    try:
        entry = receipts.find(serving.journal, number)
    except Missing:
        entry = None
    if entry is None or not isinstance(event.read_leaf(entry.leaf), DecisionIssued):
        return _page(request, no_such=Problem(*_NO_SUCH, {"id": number}, 404))
    return RedirectResponse(f"/statement/{entry.case}", 303)


async def claim(request: Request) -> Response:
    """POST /find: without a link, say that the decision of an identifier is yours; or `email`.

    With `email` a new link is mailed to the address, if it is that of a case: the answer is the
    same whether it is.

    The identifier is no secret: of a platform that sends its statements to the EU's database as
    well, the public dumps have it. So it opens nothing; a word on the account does. What was typed
    is not told apart from what no platform ever used, and who guesses is slowed down (`rate`).
    """
    forms.check_same_origin(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=5) as form:
        try:
            if forms.text(form, "email"):
                return await _send_again(request, forms.email(form))
            rate.take(request, "claim")
            serving.check_space()
            slug, puid = forms.text(form, "platform"), forms.text(form, "puid")
            digest = await form_tokens.digest(request, form)
            own = form_tokens.link(serving.secret, digest)
            done = await serving.work(
                lambda journal: idempotency.once(
                    journal, digest, lambda journal: _claimed(serving, journal, slug, puid, own)
                )
            )
        except AmparoError as error:
            return _page(request, forms.problem(error, form))
    return opened(cast("UUID", done.case), own)


async def _send_again(request: Request, address: str) -> Response:
    rate.take(request, "link")
    serving: Serving = request.app.state.serving
    serving.check_space()
    now = int(casework.now().timestamp())
    await serving.work(lambda journal: links.send_again(journal, address, now=now))
    return _page(request, sent=True)


def routes() -> list[Route]:
    """The addresses of finding one's decision."""
    return [
        Route("/find", find, methods=["GET"]),
        Route("/find", claim, methods=["POST"]),
    ]


def _claimed(serving: Serving, journal: Journal, slug: str, puid: str, own: bytes) -> UUID:
    digest = puid_digest(serving.secret, platforms.find(journal, slug), puid)
    seq = journal.seq_of_puid(digest)
    entry = None if seq is None else journal.event(seq)
    if entry is None:
        raise Missing(
            N_("There is no decision of this platform with that identifier."),
            why=N_("the identifier is wrong, belongs to another platform, or was never sent here"),
            fix=N_("Copy it from what the platform sent you, or ask the platform for it."),
        )
    claims.ask(journal, entry.case, casework.now(), has_link=False, capability=own)
    return entry.case


def _page(
    request: Request,
    wrong: Problem | None = None,
    *,
    no_such: Problem | None = None,
    sent: bool = False,
) -> Response:
    serving: Serving = request.app.state.serving
    problem = wrong or no_such
    return page(
        request,
        "find.html",
        status=problem.status if problem else 200,
        no_such=no_such,
        platforms=platforms.every(serving.journal),
        wrong=wrong,
        sent=sent,
    )
