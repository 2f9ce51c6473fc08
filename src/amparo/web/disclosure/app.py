"""The pages of sealed disclosure: a process of its own, without sessions, cookies or an access log.

What a visitor is told is on one page: who can open what is sent, how to lock it, what this does not
protect against, and where else to go. Nothing about a request is written anywhere.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import base64
import contextlib
import io
import logging
import tarfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from amparo.coalition import recipient, sealed, submission
from amparo.coalition.submission import Step
from amparo.errors import (
    AmparoError,
    Denied,
    Malformed,
    Missing,
    Period,
    Refused,
    Text,
    Unavailable,
)
from amparo.ledger.disclosure import recipients, sealing
from amparo.ledger.disclosure.drop_box import Disclosures, Full
from amparo.web.disclosure import upload
from amparo.web.disclosure.places import Places, is_from_here
from amparo.web.http import forms, json_body, rate
from amparo.web.http.bodies import Bodies, TooLarge, TooSlow
from amparo.web.http.bounded_thread import BoundedThread
from amparo.web.http.busy import Busy
from amparo.web.http.headers import Headers
from amparo.web.http.limits import DAY, MOST_BOX, MOST_GUESSES, MOST_SEALED_AT_WORK
from amparo.web.http.rate import TooMany
from amparo.web.http.static_files import PackedFiles
from amparo.web.words.decision import N_
from amparo.web.words.i18n import localise_error
from amparo.web.words.pages import language_of, page, retry_after

_T = TypeVar("_T")
SWEEP_SECONDS = 3600.0
_STATUS: dict[type[AmparoError], int] = {
    TooLarge: 413,
    TooSlow: 408,
    TooMany: 429,
    Malformed: 400,
    Denied: 403,
    Missing: 404,
    Refused: 422,
    Unavailable: 503,
}
STATES = {
    "sealed": N_("Nobody has opened it yet."),
    "acknowledged": N_("A recipient has opened it."),
    "assessed": N_("Two recipients have read it and weigh what to do."),
    "declined": N_("They will not use it. Their reply says why."),
    "referred": N_("They have passed it on, as you agreed."),
    "evidence": N_("It is kept as evidence."),
}
logger = logging.getLogger("amparo.disclosure")


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a recipient's program asks for."""

    name: str
    who: str
    permission: str
    step: Step
    reply: str = ""
    """Base64 of an age file for the source; empty: none."""


def build(folder: Path) -> Starlette:
    """The ASGI application of one box."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        state = app.state
        state.box = await state.worker.do(lambda: Disclosures(folder))
        sweeping = asyncio.create_task(_sweep(app))
        yield
        sweeping.cancel()
        await state.guesses.stop()
        await state.worker.do(state.box.close, own=True)
        await state.worker.stop()

    app = Starlette(
        routes=[
            Route("/", show, methods=["GET"]),
            Route("/submit", submit, methods=["POST"]),
            Route("/return", come_back, methods=["GET", "POST"]),
            Route("/directory", directory, methods=["GET"]),
            Route("/inbox/{who}", inbox, methods=["GET"]),
            Route("/sealed/{name}", fetch, methods=["GET"]),
            Route("/step", step, methods=["POST"]),
            Mount("/static", PackedFiles()),
        ],
        exception_handlers=HANDLERS,
        middleware=[
            Middleware(Headers, https=False, on_mistake=HANDLERS[Exception]),
            Middleware(Bodies, at_work=MOST_SEALED_AT_WORK),
        ],
        lifespan=lifespan,
    )
    app.state.folder = folder
    app.state.worker = BoundedThread("box", MOST_BOX)
    app.state.guesses = BoundedThread("guesses", MOST_GUESSES)
    app.state.places = Places()
    return app


async def show(request: Request) -> Response:
    """GET /: who can open it, how to lock it, what this does not protect against."""
    folder, today = request.app.state.folder, _today()
    listed = await _do(request, lambda: recipients.directory(folder))
    found = recipient.in_force(listed.checked(listed.root()).recipients, today)
    left_out = await _do(request, lambda: recipients.left_out(folder))
    return _page(
        request,
        "disclosure.html",
        people=found,
        root=listed.root(),
        left_out=[entry for entry in left_out if entry.until >= str(today)],
        limits={
            "opened": submission.OPENED_WITHIN,
            "answered": submission.ANSWERED_WITHIN,
            "unopened": Period(submission.KEPT_DAYS["sealed"], "days"),
            "unused": Period(submission.KEPT_DAYS["declined"], "days"),
            "box": Period(submission.BOX_DAYS, "days"),
        },
    )


async def submit(request: Request) -> Response:
    """POST /submit: a locked file; anything else is refused unread."""
    places: Places = request.app.state.places
    places.check(request)
    form = await upload.read(request.headers.get("content-type", ""), request.stream())
    with places.taken(request):
        submitted = await _do(
            request,
            lambda: request.app.state.box.submit(
                form.file,
                chosen=form.fields.get("for", []),
                key=form.field("key"),
                code=form.field("code"),
                today=_today(),
            ),
        )
    if _wants_json(request):
        return _json({"words": submitted.words}, 201)
    return _page(
        request, "disclosure_taken.html", words=submitted.words, replies=bool(form.field("key"))
    )


async def come_back(request: Request) -> Response:
    """GET and POST /return: what is in the box, by seven words."""
    if request.method == "GET":
        return _page(request, "disclosure_return.html", found=None, gone=False, names=STATES)
    async with forms.read(request, max_fields=3) as form:
        code = sealing.read_code(str(form.get("code", "")))
        wanted = str(form.get("do", "look"))
    box: Disclosures = request.app.state.box
    digest = await _digest(request, code)
    if wanted == "destroy":
        await _do(request, lambda: box.leave(digest, _today()))
        return _page(request, "disclosure_return.html", found=None, gone=True, names=STATES)
    found = await _do(request, lambda: box.come_back(digest, _today()))
    if wanted == "fetch":
        return _archive(found.replies)
    if _wants_json(request):
        replies = [base64.b64encode(reply).decode() for reply in found.replies]
        return _json({"day": found.day, "state": found.state, "replies": replies})
    return _page(
        request, "disclosure_return.html", found=found, gone=False, names=STATES, code=code
    )


async def directory(request: Request) -> Response:
    """GET /directory: charters and keys as they were signed, to be checked on one's own device."""
    found = await _do(request, lambda: recipients.directory(request.app.state.folder))
    return _json(found)


async def inbox(request: Request) -> Response:
    """GET /inbox/{who}: what somebody is to open, locked for their key; anybody may ask."""
    who = request.path_params["who"]
    body = await _do(request, lambda: request.app.state.box.listing(who, _today()))
    return _bytes(body)


async def fetch(request: Request) -> Response:
    """GET /sealed/{name}: a locked file, by a name that only a listing tells."""
    name = request.path_params["name"]
    return _bytes(await _do(request, lambda: request.app.state.box.fetch(name)))


async def step(request: Request) -> Response:
    """POST /step: a recipient moves a submission on, with the permission from the listing."""
    act = await json_body.of(request, Act)
    try:
        reply = base64.b64decode(act.reply, validate=True) if act.reply else None
    except ValueError:
        raise _bad(Text("the reply is not in base64")) from None
    state = await _do(
        request,
        lambda: request.app.state.box.step(
            act.name, act.who, act.permission, act.step, reply, _today()
        ),
    )
    return _json({"state": state})


async def _sweep(app: Starlette) -> None:
    while True:
        await app.state.worker.do(lambda: app.state.box.sweep(_today()), own=True)
        await asyncio.sleep(SWEEP_SECONDS)


async def _do(request: Request, job: Callable[[], _T]) -> _T:
    worker: BoundedThread = request.app.state.worker
    network = "" if is_from_here(request) else rate.network_of(request)
    return await worker.do(job, network=network)


async def _digest(request: Request, code: str) -> bytes:
    """What a box is known by; dear, so it is limited, and waits for no other work of the server."""
    if not is_from_here(request):
        rate.take(request, "words")
    state = request.app.state
    guesses: BoundedThread = state.guesses
    return await guesses.do(lambda: state.box.digest(code))


async def _error_response(request: Request, error: Exception) -> Response:
    if not isinstance(error, AmparoError):
        return await _own_fault(request, error)
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    if _wants_json(request):
        response = _json(localise_error(error, language_of(request)), status)
    else:
        response = _page(request, "disclosure_error.html", status=status, error=error)
    response.headers.update(retry_after(status))
    if isinstance(error, Full):
        response.headers["retry-after"] = str(_seconds_until_tomorrow())
    if isinstance(error, Busy):
        response.headers["retry-after"] = str(error.seconds)
    return response


async def _own_fault(request: Request, error: Exception) -> Response:
    # The kind alone: a message could hold something of what was sent.
    logger.error("a request failed: %s", type(error).__name__)
    return await _error_response(
        request,
        AmparoError(
            N_("The server made a mistake. Nothing was kept."),
            why=Text("of the kind {kind}", kind=type(error).__name__),
            fix=N_("Try again tomorrow, or use one of the other places on the page."),
        ),
    )


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it: they left before the request was whole


HANDLERS = {AmparoError: _error_response, ClientDisconnect: _gone, Exception: _own_fault}


def _page(request: Request, template: str, **values: Any) -> Response:
    response = page(
        request, template, remember=False, keys=sealed.BUCKETS, steps=get_args(Step), **values
    )
    response.headers["cache-control"] = "no-store"
    return response


def _archive(replies: tuple[bytes, ...]) -> Response:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number, body in enumerate(replies, 1):
            entry = tarfile.TarInfo(f"reply-{number}.age")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return _bytes(made.getvalue(), "replies.tar")


def _bytes(body: bytes, name: str = "") -> Response:
    headers = {"cache-control": "no-store"}
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(body, media_type="application/octet-stream", headers=headers)


def _json(value: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(value),
        status,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _today() -> date:
    return datetime.now(UTC).date()


def _seconds_until_tomorrow() -> int:
    now = datetime.now(UTC)
    return DAY - (now.hour * 60 + now.minute) * 60 - now.second


def _bad(why: Text) -> Malformed:
    return Malformed("That is no step.", why=why, fix="Use `amparo disclosure step`.")
