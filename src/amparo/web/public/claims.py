"""Opening a case by the link that a platform was given, and claiming one that somebody else opened.

The two beginnings of a link that only its reader has; what it then opens is in `person`.
"""

# SPDX-License-Identifier: Apache-2.0

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.errors import AmparoError
from amparo.ledger.case import casework, claims, idempotency, links
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms, rate
from amparo.web.http.state import Serving
from amparo.web.public import person
from amparo.web.public.decision import no_decision


async def open_case(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/open: a link of one's own for the one handed over."""
    forms.check_same_origin(request)
    file, link = person.of_link(request)
    if link.reach != "handed over":
        raise no_decision()
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        digest = await form_tokens.digest(request, form)
    own = form_tokens.link(serving.secret, digest)

    def job(journal: Journal) -> UUID:
        links.exchange(journal, file.id, casework.now(), own)
        return file.id

    try:
        await serving.work(lambda journal: idempotency.once(journal, digest, job))
    except AmparoError as error:
        file, link = person.of_link(request)
        return person.shown(request, file, link, forms.problem(error, FormData()))
    return person.opened(file.id, own)


async def ask(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/claim: say that the case is yours; to the claim's page."""
    forms.check_same_origin(request)
    file, link = person.of_link(request)
    if link.role != "person" or link.reach == "claim":
        raise no_decision()
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        digest = await form_tokens.digest(request, form)
    own = form_tokens.link(serving.secret, digest)

    def job(journal: Journal) -> UUID:
        claims.ask(journal, file.id, casework.now(), capability=own)
        return file.id

    try:
        rate.take(request, "claim")
        serving.check_space()
        await serving.work(lambda journal: idempotency.once(journal, digest, job))
    except AmparoError as error:
        return person.shown(request, file, link, forms.problem(error, FormData()))
    return person.opened(file.id, own)


async def say_where(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/where: say where the word of a claim can be seen."""
    forms.check_same_origin(request)
    file, link = person.of_link(request)
    if link.reach != "claim":
        raise no_decision()
    capability = request.path_params["capability"]
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=5) as form:
        try:
            place = forms.text(form, "place")
            await serving.work(
                lambda journal: claims.say_where(
                    journal,
                    claims.by_capability(journal, file.id, capability, casework.now()),
                    place,
                )
            )
        except AmparoError as error:
            return person.shown(request, file, link, forms.problem(error, form))
    return RedirectResponse(f"/recourse/{file.id}/{capability}", 303)


def routes() -> list[Route]:
    """The addresses below a link, before it is the reader's own."""
    link = "/recourse/{uuid}/{capability}"
    return [
        Route(f"{link}/open", open_case, methods=["POST"]),
        Route(f"{link}/claim", ask, methods=["POST"]),
        Route(f"{link}/where", say_where, methods=["POST"]),
    ]
