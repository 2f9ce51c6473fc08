"""The operator's pages of platforms: who may submit, their tokens, and how their webhooks fare.

A token and a webhook's secret are shown once, in the answer to the form that made them. An address
inside a private network is set by the command line alone: no browser reaches into one by a form.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import AmparoError, Missing, Refused, Text, Unavailable, as_text
from amparo.ledger.log import platforms
from amparo.ledger.log.platforms import Platform
from amparo.ledger.outbound import outbox, webhooks
from amparo.ledger.outbound.webhooks import Gone, NotTaken
from amparo.record import address
from amparo.record.rules import Profile
from amparo.web.http import forms
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.staff.admin.done import Asked, Done
from amparo.web.staff.admin.overview import WEBHOOKS
from amparo.web.staff.admin.session import for_operator, notes
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

PAGE = 50
"""Platforms of a page."""
MOST_SHOWN = 20
"""Deliveries of a webhook, the newest."""
MOST_FIELDS = 4
DELIVERIES = {
    "waiting": N_("waits"),
    "sent": N_("taken"),
    "failed": N_("given up"),
}
"""State of a delivery in the outbox -> in a word."""


@for_operator
async def every(request: Request) -> Response:
    """GET /admin/platforms: platforms, by name, and a form for a new one."""
    return _list(request)


@for_operator
async def add(request: Request) -> Response:
    """POST /admin/platforms: add a platform, and show its token once."""
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        name = forms.text(form, "name", platforms.MOST_NAME)
        profile = Profile(any_country=form.get("any_country") == "yes")
        try:
            added = await serving.work(lambda j: platforms.add(j, name, profile))
        except AmparoError as error:
            return _list(request, forms.problem(error, form))
    token = await serving.work(lambda j: platforms.new_token(j, added))
    notes.info("a platform was added", platform=added.slug)
    return _page(request, added, done=Done(N_("Its token; it is shown this once:"), token))


@for_operator
async def show(request: Request) -> Response:
    """GET /admin/platforms/{slug}: a platform's token, its webhook and the last deliveries."""
    return _page(request, _platform(request))


@for_operator
async def step(request: Request) -> Response:
    """POST /admin/platforms/{slug}/{step}: a token, its end, a webhook's address, a test of it."""
    platform = _platform(request)
    taken = _STEPS.get(request.path_params["step"])
    if taken is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    serving: Serving = request.app.state.serving
    async with forms.read(request, max_fields=MOST_FIELDS) as form:
        try:
            outcome = await taken(serving, platform, form)
        except AmparoError as error:
            return _page(request, platform, wrong=forms.problem(error, form))
    if isinstance(outcome, Asked):
        return page(request, "admin_really.html", asked=outcome)
    return _page(request, platform, done=outcome)


def routes() -> list[Route]:
    """The addresses of these pages."""
    own = "/admin/platforms/{slug}"
    return [
        Route("/admin/platforms", every, methods=["GET"]),
        Route("/admin/platforms", add, methods=["POST"]),
        Route(own, show, methods=["GET"]),
        Route(f"{own}/{{step}}", step, methods=["POST"]),
    ]


# --- steps ------------------------------------------------------------------------------------


async def _new_token(serving: Serving, platform: Platform, form: FormData) -> Done | Asked:
    if form.get("really") != "yes" and platforms.token_made(serving.journal, platform):
        return Asked(
            *_place(platform, "token"),
            N_("The token that it has is void at once: what it sends with that is refused."),
            N_("Make a new token"),
        )
    token = await serving.work(lambda j: platforms.new_token(j, platform))
    serving.forget_tokens()
    notes.info("a token was made", platform=platform.slug)
    return Done(N_("Its token; it is shown this once:"), token)


async def _revoke(serving: Serving, platform: Platform, form: FormData) -> Done | Asked:
    if form.get("really") != "yes":
        return Asked(
            *_place(platform, "revoke"),
            N_("Whatever it sends from then on is refused, until it has a new token."),
            N_("Revoke the token"),
        )
    await serving.work(lambda j: platforms.revoke(j, platform))
    serving.forget_tokens()
    notes.info("a token was revoked", platform=platform.slug)
    return Done(N_("Its token is void. Nobody can submit with it any more."))


async def _set_webhook(serving: Serving, platform: Platform, form: FormData) -> Done:
    url = forms.text(form, "url", address.MOST_OF_SERVER)
    try:
        await asyncio.to_thread(webhooks.check_address, url)  # its name is looked up
    except Unavailable as error:  # a name that nobody knows is a mistake in the form
        what, why, fix = error.texts
        raise Refused(what, why=why, fix=fix) from None
    secret = await serving.work(lambda j: webhooks.keep(j, platform.id, url, private=False))
    notes.info("a webhook was set", platform=platform.slug)
    return Done(N_("The secret of its signatures; it is shown this once:"), secret)


async def _test(serving: Serving, platform: Platform, _: FormData) -> Done:
    """One at a time: each may take as long as a platform has to answer."""
    if _testing.locked():
        raise Refused(
            N_("Another test is on its way."),
            why=N_("It may take as long as a platform has to answer."),
            fix=N_("Try again in a few seconds; nothing was changed."),
        )
    hook = webhooks.to_try_out(serving.journal, platform.id)
    notes.info("a webhook was tested", platform=platform.slug)
    async with _testing:
        try:
            status = await asyncio.to_thread(webhooks.try_out, hook, int(time.time()))
        except (NotTaken, Gone) as error:
            why = as_text(error.texts[1])
            return Done(Text("The test was not taken: {answer}.", answer=why), good=False)
    await serving.work(lambda j: webhooks.taken(j, platform.id, hook))
    return Done(Text("The test was taken: it answered {status}.", status=str(status)))


def _place(platform: Platform, step: str) -> tuple[str, str, str]:
    """Whom a step is about, where one returns, and the address that takes it."""
    own = f"/admin/platforms/{platform.slug}"
    return platform.name, own, f"{own}/{step}"


_testing = asyncio.Lock()
_Step = Callable[[Serving, Platform, FormData], Awaitable[Done | Asked]]
_STEPS: Mapping[str, _Step] = {
    "token": _new_token,
    "revoke": _revoke,
    "webhook": _set_webhook,
    "test": _test,
}


# --- pages ------------------------------------------------------------------------------------


def _platform(request: Request) -> Platform:
    serving: Serving = request.app.state.serving
    return platforms.find(serving.journal, request.path_params["slug"])


def _list(request: Request, wrong: Problem | None = None) -> Response:
    serving: Serving = request.app.state.serving
    after = request.query_params.get("after", "")
    behind = [each for each in platforms.every(serving.journal) if each.name > after]
    return page(
        request,
        "admin_platforms.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        found=behind[:PAGE],
        more=behind[PAGE - 1].name if len(behind) > PAGE else "",
        tokens=platforms.tokens_made(serving.journal),
        hooks=webhooks.statuses(serving.journal),
        webhook_words=WEBHOOKS,
    )


def _page(
    request: Request, platform: Platform, *, wrong: Problem | None = None, done: Done | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    return page(
        request,
        "admin_platform.html",
        status=wrong.status if wrong else 200,
        wrong=wrong,
        done=done,
        platform=platform,
        token_made=platforms.token_made(serving.journal, platform),
        hook=webhooks.statuses(serving.journal).get(platform.id),
        webhook_words=WEBHOOKS,
        deliveries=outbox.to_webhook(serving.journal, platform.id, MOST_SHOWN),
        delivery_words=DELIVERIES,
        most=MOST_SHOWN,
    )
