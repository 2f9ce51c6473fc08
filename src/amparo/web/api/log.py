"""The log's files under /log/, as C2SP tlog-tiles wants them served."""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Missing, Text
from amparo.storage.node import CHECKPOINT
from amparo.tlog import tile
from amparo.web.http.state import Serving

_ANYWHERE = {"access-control-allow-origin": "*"}
_FOR_EVER = _ANYWHERE | {"cache-control": "public, max-age=31536000, immutable"}
_FOR_NOW = _ANYWHERE | {"cache-control": "no-cache"}


async def checkpoint(request: Request) -> Response:
    """GET /log/checkpoint: the newest signed checkpoint."""
    body = await _read(request, CHECKPOINT)
    return Response(body, media_type="text/plain; charset=utf-8", headers=_FOR_NOW)


async def tiles(request: Request) -> Response:
    """GET /log/tile/...: a tile or an entry bundle, which never changes."""
    place = tile.parse_path(f"tile/{request.path_params['path']}")
    body = await _read(request, place.path)
    return Response(body, media_type="application/octet-stream", headers=_FOR_EVER)


async def _read(request: Request, path: str) -> bytes:
    serving: Serving = request.app.state.serving
    try:
        return await serving.log_file(path)
    except FileNotFoundError:
        raise Missing(
            "The log has no such file.",
            why=Text("{path} is not there", path=path),
            fix="Ask only for tiles that a verified checkpoint implies; when a partial tile is "
            "gone, take the full one and cut it.",
        ) from None


def routes() -> list[Route]:
    """The log's addresses."""
    return [
        Route("/log/checkpoint", checkpoint, methods=["GET"]),
        Route("/log/tile/{path:path}", tiles, methods=["GET"]),
    ]
