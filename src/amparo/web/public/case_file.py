"""What bodies and members send about a case: outcomes, requests for names; and JSON Schemas."""

# SPDX-License-Identifier: Apache-2.0

from importlib.resources import files
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Missing, Text
from amparo.ledger.case import casework, outcomes
from amparo.ledger.case import names as names_behind
from amparo.storage.journal import Journal
from amparo.web.http import downloads, rate
from amparo.web.http.state import Serving

_PLACE = files("amparo.web") / "static" / "case-file"
_INDEX = (_PLACE / "v1.json").read_bytes()
_OUTCOME = (_PLACE / "outcome-v1.json").read_bytes()


async def schema(_: Request) -> Response:
    """GET /case-file/v1.json: the JSON Schema of a case file's index, version 1."""
    return _as_schema(_INDEX)


async def outcome_schema(_: Request) -> Response:
    """GET /case-file/outcome-v1.json: the JSON Schema of what a body signs, version 1."""
    return _as_schema(_OUTCOME)


async def outcome(request: Request) -> Response:
    """POST /api/case/{uuid}/outcome: the outcome that an out-of-court body signed; it is the body.

    No token is needed: the signature of a body that the operator registered is what counts. The
    same outcome sent again is answered alike.
    """
    rate.take(request, "document")
    serving: Serving = request.app.state.serving
    raw, name = await request.body(), request.path_params["uuid"]
    taken = await serving.work(lambda journal: _take(journal, serving, raw, name))
    body = {
        "case": str(taken.case),
        "body": taken.outcome.body,
        "outcome": taken.outcome.outcome,
        "sha256": taken.state.dispute_sha256,
        "remedy": taken.state.remedy,
    }
    return Response(msgspec.json.encode(body), 201, media_type="application/json")


async def names(request: Request) -> Response:
    """POST /api/names: the names behind a case's pseudonyms, for whoever signed this request.

    The signature of a registered body, or of a member of the charter, is what counts.
    """
    rate.take(request, "document")
    return await names_for(request, await request.body())


async def names_for(request: Request, raw: bytes) -> Response:
    """The receipt that a signed request asks for."""
    serving: Serving = request.app.state.serving
    entry = await serving.work(
        lambda journal: names_behind.ask(journal, serving.node, raw, now=casework.now())
    )
    return downloads.receipt(entry, await serving.receipt(entry, "anyone"), "names")


def routes() -> list[Route]:
    """The addresses of schemas, outcomes and requests."""
    return [
        Route("/case-file/v1.json", schema, methods=["GET"]),
        Route("/case-file/outcome-v1.json", outcome_schema, methods=["GET"]),
        Route("/api/case/{uuid}/outcome", outcome, methods=["POST"]),
        Route("/api/names", names, methods=["POST"]),
    ]


def _take(journal: Journal, serving: Serving, raw: bytes, name: str) -> outcomes.Taken:
    try:
        case_id = UUID(name)
    except ValueError:
        raise Missing(
            "There is no such case.",
            why=Text("this node does not know {name}", name=name[:80]),
            fix="Use the number from the notice.",
        ) from None
    return outcomes.take(journal, serving.node, raw, case_id=case_id)


def _as_schema(body: bytes) -> Response:
    headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=86400"}
    return Response(body, media_type="application/schema+json", headers=headers)
