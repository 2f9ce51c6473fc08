"""Whoever complained chooses whether to wait for lead cases, stops waiting, or is looked at alone.

Only by a link of their own: the one that a platform was given lets nobody's time stand still.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case import leads, waits
from amparo.case.events import Party
from amparo.case.state import Actor
from amparo.errors import AmparoError, Malformed, Refused, got
from amparo.ledger.case import casework, idempotency
from amparo.ledger.case import leads as groups
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal
from amparo.web.http import form_tokens, forms
from amparo.web.http.state import Serving
from amparo.web.public import person
from amparo.web.words.decision import N_

Act = Callable[[Journal, File, Party, FormData], None]


async def choose(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/lead: wait for lead cases, or do not."""
    return await _act(request, _choose)


async def alone(request: Request) -> Response:
    """POST /recourse/{uuid}/{capability}/alone: be looked at alone, once a lead case answered."""
    return await _act(request, _alone)


def routes() -> list[Route]:
    """The addresses below a person's own link."""
    own = "/recourse/{uuid}/{capability}"
    return [
        Route(f"{own}/lead", choose, methods=["POST"]),
        Route(f"{own}/alone", alone, methods=["POST"]),
    ]


def _choose(journal: Journal, file: File, role: Party, form: FormData) -> None:
    by, now = Actor(role), casework.now()
    shown = forms.text(form, "group")
    if shown and shown != casework.read(journal, file.id).case.lead_group:
        raise Refused(
            N_("You are asked about other lead cases by now."),
            why=N_("they were chosen after this page was opened"),
            fix=N_("Read the question as it is now, and choose."),
        )
    match forms.text(form, "choice"):
        case "wait":
            groups.join(journal, file.id, by=by, now=now)
        case "alone":
            casework.act_within(journal, file.id, partial(waits.leave, by=by, now=now))
        case given:
            raise Malformed(
                N_("Say whether you want to wait."),
                why=got(given),
                fix=N_("Use one of the two buttons."),
            )


def _alone(journal: Journal, file: File, role: Party, form: FormData) -> None:
    step = partial(
        leads.look_at_alone,
        different=forms.text(form, "grounds"),
        by=Actor(role),
        now=casework.now(),
    )
    casework.act_within(journal, file.id, step)


async def _act(request: Request, act: Act) -> Response:
    forms.check_same_origin(request)
    file, role = person.of_own_link(request)
    capability = request.path_params["capability"]
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=4) as form:
        digest = await form_tokens.digest(request, form)

        def job(journal: Journal) -> UUID:
            person.check_still_opens(journal, file, capability, "own")
            act(journal, file, role, form)
            return file.id

        try:
            serving.check_space()
            await serving.work(lambda journal: idempotency.once(journal, digest, job))
        except AmparoError as error:
            wrong = forms.problem(error, form, text="grounds")
            return person.shown(request, *person.of_link(request), wrong)
    return RedirectResponse(f"/recourse/{file.id}/{capability}", 303)
