"""Files to keep: receipts, and what was attached to a case."""

# SPDX-License-Identifier: Apache-2.0

from urllib.parse import quote

from starlette.responses import Response

from amparo.storage.journal import LogEntry


def receipt(entry: LogEntry, body: bytes, of: str = "") -> Response:
    """A receipt as a file to keep; `of` sets apart what else of a case has one."""
    name = f'attachment; filename="{entry.case}{"-" if of else ""}{of}.tlog-proof"'
    headers = {"content-disposition": name, "access-control-allow-origin": "*"}
    return Response(body, media_type="text/plain; charset=utf-8", headers=headers)


def attachment(name: str, body: bytes, media_type: str = "application/octet-stream") -> Response:
    """A file as a download: it is never shown or run by a browser."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(body, media_type=media_type, headers=headers)
