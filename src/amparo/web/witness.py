"""The witness service over HTTP: C2SP tlog-witness to the letter, and a page of how far it sees.

A process of its own, beside no node: it needs neither journal nor platform, and follows any log.
"""

# SPDX-License-Identifier: Apache-2.0

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from amparo.errors import AmparoError, Unavailable
from amparo.ledger.coalition.witness_service import Answer, Witness
from amparo.web.http import rate
from amparo.web.http.bodies import Bodies, TooLarge, TooSlow
from amparo.web.http.bounded_thread import BoundedThread
from amparo.web.http.headers import Headers
from amparo.web.http.limits import MOST_WITNESSING
from amparo.web.http.static_files import PackedFiles
from amparo.web.words.pages import page, retry_after

_T = TypeVar("_T")
_STATUS: dict[type[AmparoError], int] = {TooLarge: 413, TooSlow: 408, Unavailable: 503}
MONITORING_SECONDS = 60
"""How long a copy of a cosigned checkpoint may be kept by whoever asks."""


def build(witness: Witness) -> Starlette:
    """The ASGI application of one witness."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await app.state.worker.stop()
        witness.close()

    app = Starlette(
        routes=[
            Route("/", show, methods=["GET"]),
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{name}/checkpoint", last, methods=["GET"]),
            Mount("/static", PackedFiles()),
        ],
        middleware=[
            Middleware(Headers, https=False, on_mistake=HANDLERS[Exception]),
            Middleware(Bodies),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.witness = witness
    # One thread: what is compared and what is stored are never two requests' at once.
    app.state.worker = BoundedThread("witness", MOST_WITNESSING)
    return app


async def add_checkpoint(request: Request) -> Response:
    """POST /add-checkpoint: check, store, cosign."""
    body = await request.body()
    witness: Witness = request.app.state.witness
    return _plain(await _do(request, lambda: witness.add_checkpoint(body)))


async def last(request: Request) -> Response:
    """GET /{name}/checkpoint: the last cosigned checkpoint of a log, by its origin's SHA-256."""
    witness: Witness = request.app.state.witness
    name = request.path_params["name"]
    found = await _do(request, lambda: _last(witness, name))
    answer = _plain(found)
    answer.headers["cache-control"] = f"max-age={MONITORING_SECONDS}"
    return answer


async def show(request: Request) -> Response:
    """GET /: the keys of this witness, and how far it has seen each log."""
    witness: Witness = request.app.state.witness
    found = await _do(request, witness.followed)
    return page(
        request,
        "witness.html",
        name=witness.keys[0].name,
        followed=found,
        keys=[key.cosigner.vkey for key in witness.keys],
    )


def _last(witness: Witness, name: str) -> Answer:
    found = witness.last(name)
    if found is None:
        return Answer(404, b"this log was never cosigned here\n")
    return Answer(200, found)


async def _do(request: Request, job: Callable[[], _T]) -> _T:
    worker: BoundedThread = request.app.state.worker
    return await worker.do(job, network=rate.network_of(request))


async def _refused(_: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
    what = error.what if isinstance(error, AmparoError) else "the witness made a mistake"
    answer = _plain(Answer(status, f"{what}\n".encode()))
    answer.headers.update(retry_after(status))
    return answer


async def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it: they left before the request was whole


HANDLERS = {AmparoError: _refused, ClientDisconnect: _gone, Exception: _refused}


def _plain(answer: Answer) -> Response:
    # Not as a media type: the protocol's own types bear no charset.
    return Response(answer.body, answer.status, {"content-type": answer.content_type})
