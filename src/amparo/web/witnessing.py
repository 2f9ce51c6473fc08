"""The witness service over HTTP: C2SP tlog-witness to the letter, and a page of how far it sees.

A process of its own, beside no node: it needs neither journal nor platform, and follows any log.
"""

# SPDX-License-Identifier: Apache-2.0

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from amparo.ledger.witnessing import Answer, Witness
from amparo.tlog.witness import MOST_REQUEST_BYTES
from amparo.web.pages import page

_T = TypeVar("_T")
PIECE_SECONDS = 15.0
MONITORING_SECONDS = 60
"""How long a copy of a cosigned checkpoint may be kept by whoever asks."""


def build(witness: Witness) -> Starlette:
    """The ASGI application of one witness."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(app.state.worker.shutdown)
        witness.close()

    app = Starlette(
        routes=[
            Route("/", show, methods=["GET"]),
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{name}/checkpoint", last, methods=["GET"]),
            Mount("/static", StaticFiles(packages=[("amparo.web", "static")])),
        ],
        lifespan=lifespan,
    )
    app.state.witness = witness
    # One thread: what is compared and what is stored are never two requests' at once.
    app.state.worker = ThreadPoolExecutor(1, thread_name_prefix="witness")
    return app


async def add_checkpoint(request: Request) -> Response:
    """POST /add-checkpoint: check, store, cosign."""
    body = bytearray()
    try:
        async with asyncio.timeout(PIECE_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_REQUEST_BYTES:
                    return _plain(Answer(413, b"the request is too large\n"))
    except TimeoutError:
        return _plain(Answer(408, b"the request did not arrive in time\n"))
    witness: Witness = request.app.state.witness
    return _plain(await _do(request, lambda: witness.add_checkpoint(bytes(body))))


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
        request, "witness.html", name=witness.keys[0].name, followed=found,
        keys=[key.cosigner.vkey for key in witness.keys],
    )  # fmt: skip


def _last(witness: Witness, name: str) -> Answer:
    found = witness.last(name)
    if found is None:
        return Answer(404, b"this log was never cosigned here\n")
    return Answer(200, found)


async def _do(request: Request, job: Callable[[], _T]) -> _T:
    worker: ThreadPoolExecutor = request.app.state.worker
    return await asyncio.get_running_loop().run_in_executor(worker, job)


def _plain(answer: Answer) -> Response:
    # Not as a media type: the protocol's own types bear no charset.
    return Response(answer.body, answer.status, {"content-type": answer.content_type})
