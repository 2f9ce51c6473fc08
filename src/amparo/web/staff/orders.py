"""What was ordered, answered at the desk by a platform that has no program of its own for it.

Whoever works there says it in the platform's name, as its program would: it decides nothing, so
anybody of the desk may. What ends an order without its being carried out, a lead says.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable
from functools import partial
from typing import cast

from starlette.datastructures import FormData

from amparo.case import events, remedy
from amparo.case.events import Event, InterimResult
from amparo.case.state import Actor, Case, allowed
from amparo.case.text_limits import PARAGRAPH
from amparo.errors import Denied
from amparo.ledger.case import casework, reports
from amparo.ledger.case.casework import File
from amparo.ledger.log.platforms import Platform
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.state import Serving
from amparo.web.words.decision import N_

AT_ONCE: dict[InterimResult, str] = {
    "done": N_("It is done"),
    "impossible": N_("It cannot be done"),
}
"""What can be said of something that was ordered at once."""
REMEDIES: dict[remedy.Result, str] = {
    "implemented": N_("All of it is done"),
    "partly": N_("A part of it is done"),
    "refused": N_("It is refused"),
    "impossible": N_("It cannot be done"),
}
"""What can be said of an order that came with a decision."""
_ENDS_IT: tuple[remedy.Result, ...] = ("refused", "impossible")
"""What ends an order for good, undone; whose decision was reversed could say it otherwise."""
_SAID_BY: dict[remedy.Result, type[Event]] = {
    "implemented": events.RemedyClaimed,
    "partly": events.RemedyClaimed,
    "refused": events.RemedyRefused,
    "impossible": events.RemedyImpossible,
}


def remedies(case: Case, seat: Actor) -> dict[remedy.Result, str]:
    """What a seat can say of an order now: what was said to be done is not refused later."""
    return {
        result: text
        for result, text in REMEDIES.items()
        if allowed(case, _SAID_BY[result]) and (seat.role == "lead" or result not in _ENDS_IT)
    }


def at_once(form: FormData, platform: Platform, file: File) -> Callable[[Journal], object]:
    """The job that says whether what was ordered at once is done."""
    step = partial(
        remedy.answer_interim,
        result=cast("InterimResult", forms.text(form, "result")),  # the step looks whether it is
        reasons=forms.text(form, "reasons"),
        by=Actor("platform", platform.slug),
        now=casework.now(),
    )
    answered = remedy.of_order(_name(form), remedy.at_once_named, step)
    return lambda journal: casework.act(journal, file.id, answered)


def remedied(
    form: FormData, serving: Serving, platform: Platform, file: File, seat: Actor
) -> Callable[[Journal], None]:
    """The job that says what came of an order; a new decision that it names is linked with it."""
    if forms.text(form, "result") in _ENDS_IT and seat.role != "lead":
        raise Denied(
            N_("Only a lead says that an order is not carried out."),
            why=N_("it ends the order for good, and everybody can see it"),
            fix=N_("Ask a lead."),
        )
    statement = forms.text(form, "statement")
    by, now = Actor("platform", platform.slug), casework.now()
    step = partial(
        remedy.report,
        result=cast("remedy.Result", forms.text(form, "result")),  # the step looks whether it is
        reasons=forms.text(form, "reasons"),
        statement=statement.strip(),
        by=by,
        now=now,
    )

    answered = remedy.of_order(_name(form), remedy.order_named, step)
    return lambda journal: reports.act_and_name(
        journal,
        serving.secret,
        platform,
        file.id,
        answered,
        statement=statement,
        how="remedy",
        by=by,
        now=now,
    )


def _name(form: FormData) -> str:
    """The order that the page showed."""
    return forms.text(form, "order", PARAGRAPH)
