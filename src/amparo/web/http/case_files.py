"""Case files at the door: made to be kept, and shown where a case was taken in from one.

Both on the thread that reads what grows with the journal.
"""

# SPDX-License-Identifier: Apache-2.0

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from amparo.case.shown import Reader
from amparo.ledger.case import export, imports
from amparo.ledger.case.casework import File
from amparo.storage.journal import Journal
from amparo.web.http import downloads
from amparo.web.http.state import Serving
from amparo.web.words import case_file
from amparo.web.words.pages import language_of


async def download(
    request: Request, file: File, reader: Reader, *, decision_alone: bool = False
) -> Response:
    """The case file of a reader; `decision_alone` for a link that opens nothing else."""
    serving: Serving = request.app.state.serving
    language = language_of(request)

    def job(journal: Journal) -> bytes:
        return export.export(
            journal,
            serving.node,
            file,
            reader=reader,
            page=case_file.page,
            language=language,
            decision_alone=decision_alone,
        )

    newest = file.log_entries[-1].seq
    key = f"case file {file.id} {newest} {reader} {decision_alone} {language}"
    body = await serving.lists.read(request, key, job)
    return downloads.attachment(export.file_name(file.id), body, "application/zip")


async def origin(request: Request, file: File) -> Response:
    """The newest case file that a case was taken in from, as a page.

    The page is made here from the index, which was verified; the one in the file is never shown.
    """
    serving: Serving = request.app.state.serving

    def job(journal: Journal) -> bytes:
        return case_file.page(imports.newest(journal, serving.node, file.id).index)

    body = await serving.lists.read(request, f"origin {file.id}", job)
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    headers = {"content-security-policy": policy, "cache-control": "no-cache"}
    return HTMLResponse(body, headers=headers)
