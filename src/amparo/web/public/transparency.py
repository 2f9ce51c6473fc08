"""Transparency reports: a page that judges anyone's, and those that this node has published.

What is dropped is judged in memory by a worker process (`worker_jobs`), and forgotten with the
answer. Published versions stay as they are, each with its date (Annex II: at least five years).
"""

# SPDX-License-Identifier: Apache-2.0

import base64
from typing import get_args

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Malformed, Missing
from amparo.ledger.log import versions
from amparo.report import samples
from amparo.report.forms import Tier
from amparo.report.lint import ASKS, CATALOGUE, CERTAINTIES
from amparo.web.http import downloads, rate
from amparo.web.http import forms as sent
from amparo.web.http.disconnects import while_connected
from amparo.web.http.limits import MOST_BODY_BYTES
from amparo.web.http.state import Serving
from amparo.web.http.worker_jobs import Dropped, Judged, MendedFiles
from amparo.web.http.workers import TooDemanding
from amparo.web.words import report_publishing, report_versions
from amparo.web.words.decision import N_
from amparo.web.words.pages import page
from amparo.web.words.report_findings import SEVERITIES

TIERS = {
    "intermediary": N_("an intermediary without hosting"),
    "hosting": N_("a hosting service"),
    "online_platform": N_("an online platform"),
    "vlop": N_("a very large online platform"),
    "vlose": N_("a very large online search engine"),
}
SAMPLES = {
    "clean": N_("nothing: a report without a finding"),
    "spreadsheet": N_("what a spreadsheet made of it: days, separators, units, a dragged cell"),
    "sums": N_("figures that contradict each other"),
    "unfinished": N_("what was left from the template, and a part that is missing"),
}
"""Reports of an invented platform, to try it on."""
_NOTHING_CHOSEN = Malformed(
    N_("Choose a file first."),
    why=N_("No file came with the form."),
    fix=N_("Choose the report's files, and send it again."),
)


class _InMemory(MultiPartParser):
    """A form whose file is never spooled to the disk."""

    spool_max_size = MOST_BODY_BYTES


async def show(request: Request) -> Response:
    """GET /transparency: the page on which a report is dropped."""
    return _page(request)


async def judge(request: Request) -> Response:
    """POST /transparency: every finding about what was dropped."""
    sent.check_same_origin(request)
    rate.take(request, "report")
    try:
        form = await _InMemory(request.headers, request.stream(), max_files=20).parse()
    except MultiPartException as error:
        raise sent.broken(error.message) from None
    dropped = [
        (upload.filename, await upload.read())
        for upload in form.getlist("file")
        if isinstance(upload, UploadFile) and upload.filename
    ]
    tier = str(form.get("tier", ""))
    if (sample := str(form.get("sample", ""))) in samples.NAMES:
        dropped, tier = [(f"{sample}.zip", samples.archive(sample))], samples.TIER
    known: Tier | None = tier if tier in get_args(Tier) else None  # type: ignore[assignment]  # just checked
    if not dropped:
        return _page(
            request, wrong=sent.problem(_NOTHING_CHOSEN, form)._replace(status=200), tier=tier
        )
    serving: Serving = request.app.state.serving
    try:
        found = await while_connected(
            request,
            serving.readers.judged(Dropped(tuple(dropped), known), rate.network_of(request)),
        )
    except TooDemanding as error:
        return _page(request, wrong=sent.problem(error, form), tier=tier)
    return _page(request, judged=found, tier=tier)


async def sample(request: Request) -> Response:
    """GET /transparency/sample/{name}: a report of an invented platform, to try the page on."""
    name = request.path_params["name"]
    if name not in samples.NAMES:
        raise Missing(
            N_("There is nothing at this address."),
            why=N_("The link may be old, or was copied only in part."),
            fix=N_("Begin at the list of reports."),
        )
    return downloads.attachment(f"{name}.zip", samples.archive(name), "application/zip")


async def listed(request: Request) -> Response:
    """GET /transparency/published: every version of every report, newest first."""
    serving: Serving = request.app.state.serving
    found = [
        (place, manifest, versions.entry_of(serving.journal, report_publishing.KIND, place))
        for place, manifest in report_versions.every(serving.node.reports)
    ]
    return page(request, "transparency_published.html", found=found)


async def fetched(request: Request) -> Response:
    """GET /transparency/published/{service}/{period}/{version}/{name}: one of its files."""
    folder = request.app.state.serving.node.reports
    given = request.path_params
    place = f"{given['service']}/{given['period']}/{given['version']}"
    kind = _FILES.get(given["name"])
    if kind is None or place not in {known for known, _ in report_versions.every(folder)}:
        raise Missing(
            N_("There is nothing at this address."),
            why=N_("The link may be old, or was copied only in part."),
            fix=N_("Begin at the list of reports."),
        )
    headers = {
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "x-content-type-options": "nosniff",
    }
    if given["name"] != "report.html":
        headers["content-disposition"] = f'attachment; filename="{given["name"]}"'
    body = (folder / place / given["name"]).read_bytes()
    return Response(body, media_type=kind, headers=headers)


_FILES = {
    "report.zip": "application/zip",
    "report.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "report.html": "text/html; charset=utf-8",
    "manifest.json": "application/json",
}


def routes() -> list[Route]:
    """The addresses."""
    base = "/transparency/published"
    return [
        Route(base, listed, methods=["GET"]),
        Route(f"{base}/{{service}}/{{period}}/{{version}}/{{name}}", fetched, methods=["GET"]),
        Route("/transparency/sample/{name}", sample, methods=["GET"]),
        Route("/transparency", show, methods=["GET"]),
        Route("/transparency", judge, methods=["POST"]),
    ]


def _page(
    request: Request,
    *,
    judged: Judged | None = None,
    wrong: sent.Problem | None = None,
    tier: str = "",
) -> Response:
    return page(
        request,
        "transparency.html",
        status=wrong.status if wrong else 200,
        judged=judged,
        mended=_as_link(judged.mended) if judged and judged.mended else "",
        wrong=wrong,
        tier=tier,
        tiers=TIERS,
        severities=SEVERITIES,
        asks=ASKS,
        rules=CATALOGUE,
        certainties=CERTAINTIES,
        samples=SAMPLES,
    )


def _as_link(mended: MendedFiles) -> str:
    """The mended files inside the page itself: nothing of them stays here to be fetched."""
    return f"data:application/zip;base64,{base64.b64encode(mended.archive).decode()}"
