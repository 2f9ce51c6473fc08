"""Files of the pages, packed once: a slow phone waits for a fifth of the bytes.

Pages themselves are never packed: they hold secrets beside what a stranger may choose (BREACH).
"""

# SPDX-License-Identifier: Apache-2.0

import gzip
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_PACKED = frozenset({".css", ".js", ".svg"})


class PackedFiles(StaticFiles):
    """The files below `web/static`; whoever takes gzip gets those of text packed."""

    def __init__(self) -> None:
        """Nothing is packed before it is asked for; each file is then kept in memory."""
        super().__init__(packages=[("amparo.web", "static")])
        self._packed = dict[str, bytes]()

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """GET or HEAD of a file that is there."""
        plain = super().file_response(full_path, stat_result, scope, status_code)
        path, asked = Path(full_path), Headers(scope=scope)
        if path.suffix not in _PACKED:
            return plain
        plain.headers["vary"] = "accept-encoding"
        takes_it = "gzip" in asked.get("accept-encoding", "") and "range" not in asked
        if not takes_it or not isinstance(plain, FileResponse):  # the latter: it has not changed
            return plain
        headers = {
            "etag": f"W/{plain.headers['etag']}",  # the same words, in other bytes
            "last-modified": plain.headers["last-modified"],
            "vary": "accept-encoding",
            "content-encoding": "gzip",
        }
        body = self._packed.get(str(path)) or self._pack(path)
        return Response(body, status_code, headers, media_type=plain.media_type)

    def _pack(self, path: Path) -> bytes:
        body = gzip.compress(path.read_bytes(), mtime=0)
        self._packed[str(path)] = body
        return body
