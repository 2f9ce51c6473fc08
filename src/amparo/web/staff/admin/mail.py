"""The operator's page of mail: letters that wait or did not arrive, and one tried again.

It shows no address of anybody in a case, no text, and nothing that a mail server said but its code.
"""

# SPDX-License-Identifier: Apache-2.0

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import AmparoError, Text
from amparo.ledger.case import people
from amparo.ledger.log import platforms
from amparo.ledger.outbound import mail_queue
from amparo.ledger.outbound.mail_queue import Standing
from amparo.ledger.outbound.outbox import CLAIM_SECONDS, MOST_LOOKED_AT
from amparo.storage.journal import Journal
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff.admin.done import Done
from amparo.web.staff.admin.session import for_operator, notes
from amparo.web.words import mail
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

MOST_FIELDS = 1
ALL = "all"
"""Instead of a letter's number: every one that waits to be tried again."""
WORDS: dict[Standing, str] = {
    "retrying": N_("not taken yet"),
    "queued": mail.STATES["queued"],
    "delayed": mail.STATES["delayed"],
    "bounced": mail.STATES["bounced"],
    "refused": mail.STATES["refused"],
}


@for_operator
async def show(request: Request) -> Response:
    """GET /admin/mail: letters that wait or did not arrive, by what became of them."""
    return await _page(request)


@for_operator
async def again(request: Request) -> Response:
    """POST /admin/mail/again: let one letter that was not taken be tried again now, or all."""
    serving: Serving = request.app.state.serving
    now = int(time.time())
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        chosen = forms.text(form, "letter")
        number = forms.whole_number(chosen) or 0  # no letter has it
        try:
            if chosen == ALL:
                moved = await serving.work(lambda j: mail_queue.all_again(j, now))
            else:
                await serving.work(lambda j: mail_queue.again(j, number, now))
                moved = 1
        except AmparoError as error:
            return await _page(request, forms.problem(error, form))
    notes.info("letters are tried again", letters=moved)
    return await _page(
        request, done=Done(Text("Letters that are tried again now: {number}.", number=moved))
    )


def routes() -> list[Route]:
    """The addresses of this page."""
    return [
        Route("/admin/mail", show, methods=["GET"]),
        Route("/admin/mail/again", again, methods=["POST"]),
    ]


async def _page(
    request: Request, wrong: Problem | None = None, *, done: Done | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    wanted = next(
        (state for state in WORDS if state == request.query_params.get("state", "")), None
    )
    before = forms.whole_number(request.query_params.get("before", "")) or mail_queue.ALL
    counts, is_partial, state, found = await serving.counts.read(
        request, f"mail {wanted} {before}", lambda journal: _read(journal, wanted, before)
    )
    desks = {desk.id: desk.name for desk in platforms.every(serving.journal)}
    seats = {seat.id: seat for seat in people.every(serving.journal)}
    return page(
        request,
        "admin_mail.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        done=done,
        state=state,
        counts=counts,
        partial=MOST_LOOKED_AT if is_partial else 0,
        found=found,
        more=found[-1].number if len(found) == mail_queue.PAGE else 0,
        waits=state in mail_queue.WAITING,
        soon=int(time.time()) + CLAIM_SECONDS,  # until then it is tried anyway
        words=WORDS,
        desks=desks,
        seats=seats,
        subject=mail.subject,
    )


def _read(
    journal: Journal, wanted: Standing | None, before: int
) -> tuple[dict[Standing, int], bool, Standing, list[mail_queue.Queued]]:
    """How many stand in each way, and those of the wanted one; or of the first that has any.

    And whether more has left than was looked at for that.
    """
    counts = mail_queue.counts(journal)
    filled = [state for state in mail_queue.STANDINGS if counts[state]]
    state = wanted or (filled or mail_queue.STANDINGS)[0]
    shown = mail_queue.letters(journal, state, before)
    return counts, mail_queue.is_partial(journal), state, shown
