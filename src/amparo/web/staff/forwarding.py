"""The desk's page of what goes on to the EU's database: how far it is, and what it refused.

Only a lead. What it says against a statement is in its own words; a person decides what follows.
"""

# SPDX-License-Identifier: Apache-2.0

import time
from typing import Any, cast, get_args

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from amparo.case.roles import check_lead
from amparo.errors import AmparoError, Malformed
from amparo.ledger.case.people import Person
from amparo.ledger.forward import comparison, forwardings, outcomes
from amparo.ledger.forward.comparison import Difference
from amparo.ledger.forward.forwardings import Forwarding
from amparo.ledger.forward.outcomes import Aside
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff import desk
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

STATES = {
    "active": N_("Statements are being sent."),
    "paused": N_("Paused by whoever runs this node."),
    "denied": N_("The token is not accepted: nothing is sent until there is a new one."),
}
ASIDE = {
    "refused": N_("refused"),
    "known": N_("its number is there already, and was not sent from here"),
    "failing": N_("the database fails at it; it is sent again each hour"),
    "again": N_("is sent again"),
}
MOST_SHOWN = 50
MOST_FIELDS = 5


async def show(request: Request) -> Response:
    """GET /desk/forwarding: what goes on to the EU database: how far it is, what it refused."""
    return _page(request, _lead(request))


async def decide(request: Request) -> Response:
    """POST /desk/forwarding: say what becomes of a statement that was put aside."""
    forms.check_same_origin(request)
    lead = _lead(request)
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            seq, answer = _answered(forms.text(form, "entry"), forms.text(form, "answer"))
            now = int(time.time())
            await serving.work(lambda j: outcomes.decide(j, lead.desk, seq, answer, now))
        except AmparoError as error:
            return _page(request, lead, forms.problem(error, form))
    return RedirectResponse("/desk/forwarding", 303)


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/desk/forwarding", show, methods=["GET"]),
        Route("/desk/forwarding", decide, methods=["POST"]),
    ]


def _lead(request: Request) -> Person:
    person = desk.signed_in(request)
    check_lead(person.reviewer.actor)
    return person


def _answered(entry: str, answer: str) -> tuple[int, outcomes.Answer]:
    number = forms.whole_number(entry)
    if number is None or answer not in get_args(outcomes.Answer):
        raise _no_answer()
    return number, cast("outcomes.Answer", answer)


def _no_answer() -> Malformed:
    return Malformed(
        N_("That is no answer."),
        why=N_("It names no statement of this list, or nothing that could become of it."),
        fix=N_("Choose one of the buttons beside the statement."),
    )


def _page(request: Request, lead: Person, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    journal, platform = serving.journal, lead.desk
    there = forwardings.find(journal, platform)
    return page(
        request,
        "desk_forwarding.html",
        status=wrong.status if wrong else 200,
        person=lead,
        platform=desk.platform_of(serving, lead).name,
        wrong=wrong,
        there=there,
        states=STATES,
        aside=[
            _described(journal, aside)
            for aside in outcomes.newest_aside(journal, platform, MOST_SHOWN)
        ],
        most=MOST_SHOWN,
        **(_fares(journal, there) if there else {}),
    )


def _fares(journal: Journal, there: Forwarding) -> dict[str, Any]:
    lag = forwardings.lag(journal, there)
    held = forwardings.counted(journal, there.platform).held
    return {
        "held": sum(held.get(state, 0) for state in ASIDE),
        "entries": lag.entries,
        "compared": comparison.newest(journal, there.platform),
        "different": [
            _different(journal, found)
            for found in comparison.newest_different(journal, there.platform, MOST_SHOWN)
        ],
        "since": forwardings.seconds(lag.since) if lag.since else None,
    }


def _different(journal: Journal, found: Difference) -> dict[str, Any]:
    named = outcomes.named(journal, found.seq)
    return {
        "case": str(named.case),
        "puid": named.puid,
        "day": found.day,
        "fields": found.fields,
    }


def _described(journal: Journal, aside: Aside) -> dict[str, Any]:
    named = outcomes.named(journal, aside.seq)
    return {
        "entry": aside.seq,
        "case": str(named.case),
        "puid": named.puid,
        "state": aside.state,
        "shown": ASIDE[aside.state],
        "why": aside.why.splitlines(),
        "at": aside.at,
    }
