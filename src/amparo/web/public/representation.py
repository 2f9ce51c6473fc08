"""Whoever a case is about asks an organisation to speak for them, or ends that (DSA Article 86).

Only by a link of their own: the one that a platform was given does not choose who speaks.
"""

# SPDX-License-Identifier: Apache-2.0

from functools import partial
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import mandate
from amparo.case.state import Actor
from amparo.errors import AmparoError
from amparo.ledger.case import casework, idempotency, mandates
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.state import Serving
from amparo.web.public import person


async def change(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/representation: choose who speaks for you, or end it."""
    forms.check_same_origin(request)
    file, role = person.of_own_link(request)
    capability = request.path_params["capability"]
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        digest = await form_tokens.digest(request, form)
        ends, number = forms.text(form, "end") == "yes", forms.text(form, "mandate")

        def job(journal: Journal) -> UUID:
            person.check_still_opens(journal, file, capability, "own")
            if ends:
                step = partial(mandate.leave, by=Actor(role), now=casework.now())
                casework.act_within(journal, file.id, step)
            else:
                mandates.agree(journal, file, number, of=role, now=casework.now())
            return file.id

        try:
            serving.check_space()
            await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            return person.shown(request, *person.of_link(request), forms.problem(error, form))
    return RedirectResponse(f"/recourse/{file.id}/{capability}", 303)


def routes() -> list[Route]:
    """The address below a person's own link."""
    address = "/recourse/{uuid}/{capability}/representation"
    return [Route(address, change, methods=["POST"])]
