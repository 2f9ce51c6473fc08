"""The JSON Schemas of files that travel between nodes, as they are published."""

# SPDX-License-Identifier: Apache-2.0

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_SCHEMA = (files("amparo.web") / "static" / "case-file" / "v1.json").read_bytes()


async def schema(_: Request) -> Response:
    """GET /case-file/v1.json: the JSON Schema of a case file's index, version 1."""
    headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=86400"}
    return Response(_SCHEMA, media_type="application/schema+json", headers=headers)


def routes() -> list[Route]:
    """The addresses of schemas."""
    return [Route("/case-file/v1.json", schema, methods=["GET"])]
