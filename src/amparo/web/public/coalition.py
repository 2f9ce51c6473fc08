"""The coalition's pages: members, charter, the health of all logs, and handing documents in."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.coalition import document, membership_request, resolution
from amparo.errors import AmparoError, Missing
from amparo.ledger.case import names
from amparo.ledger.coalition import charters, inbox, monitor_state, resolutions
from amparo.ledger.coalition.inbox import Taken
from amparo.ledger.coalition.resolutions import Whole
from amparo.ledger.coalition.witness_service import MOST_EVIDENCE
from amparo.tlog.note import MOST_NOTE_BYTES
from amparo.web.http import forms, rate
from amparo.web.http.forms import Problem
from amparo.web.http.state import Serving
from amparo.web.public.case_file import names_for
from amparo.web.words.decision import N_
from amparo.web.words.pages import language_of, page

KINDS = {
    "state": N_("State"),
    "regulator": N_("Regulator"),
    "dispute_body": N_("Dispute body"),
    "civil_society": N_("Civil society"),
    "academic": N_("Research"),
}
REGIONS = {
    "africa": N_("Africa"),
    "northern_america": N_("Northern America"),
    "latin_america": N_("Latin America and the Caribbean"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "oceania": N_("Oceania"),
}
ROLES = {
    "witness": N_("cosigns logs"),
    "panel": N_("has seats on panels"),
    "resolution": N_("votes"),
}
FAULTS = {
    "split": N_("two histories"),
    "behind": N_("shows an old checkpoint"),
    "damaged": N_("serves damaged files"),
    "missing": N_("parts are missing"),
    "not_this_log": N_("another log answers"),
    "unreadable": N_("what it serves cannot be read"),
    "rule": N_("an entry breaks a rule"),
    "opening": N_("other reasons than committed to"),
    "withheld": N_("holds something back"),
    "unwitnessed": N_("without its witnesses"),
    "stale": N_("not cosigned for a day"),
    "unreachable": N_("cannot be reached"),
}
TAKEN = {
    "resolution": N_("The resolution is proposed. Members can answer it now."),
    "answer": N_("The answer is recorded."),
    "contact": N_("The contact is recorded."),
    "request": N_("The request waits for the members."),
    "draft": N_("The draft is kept, with the signatures there are so far."),
    "adopted": N_("The charter has its quorum, and is in force."),
}
STATUS = {
    "open": N_("open for answers"),
    "adopted": N_("adopted"),
    "lapsed": N_("lapsed: the date passed without a quorum"),
}
NEWEST_FAULTS = 20


async def show(request: Request) -> Response:
    """GET /coalition: members, quorums, what waits for them, and the health of all logs."""
    serving: Serving = request.app.state.serving
    node = serving.node
    values: dict[str, Any] = {
        "charter": None,
        "health": monitor_state.read(node.monitor),
        "kinds": KINDS,
        "regions": REGIONS,
        "roles": ROLES,
        "fault_names": FAULTS,
        "newest": NEWEST_FAULTS,
    }
    if node.settings.charter:
        found, text = charters.newest(node)
        values |= {
            "charter": found,
            "digest": document.digest(text),
            "root": node.settings.charter,
            "drafts": [
                (draft, membership_request.changes(draft.charter, found))
                for draft in charters.drafts(node)
            ],
            "requests": [
                (asked, document.digest(signed.text)) for asked, signed in charters.requests(node)
            ],
        }
    return page(request, "coalition.html", **values)


async def charter(request: Request) -> Response:
    """GET /coalition/charter/{version}: a charter as it was signed."""
    signed = charters.all_signed(request.app.state.serving.node)
    version = request.path_params["version"]
    if not 1 <= version <= len(signed):
        raise nothing()
    return _plain(signed[version - 1])


async def draft(request: Request) -> Response:
    """GET /coalition/draft/{digest}: a next charter, for members to sign."""
    node = request.app.state.serving.node
    for draft in charters.drafts(node) if node.settings.charter else []:
        if draft.digest == request.path_params["digest"]:
            return _plain(draft.note.encode())
    raise nothing()


async def asked_for(request: Request) -> Response:
    """GET /coalition/request/{digest}: who asks to join or to stand otherwise, as it was signed."""
    node = request.app.state.serving.node
    for _, signed in charters.requests(node) if node.settings.charter else []:
        if document.digest(signed.text) == request.path_params["digest"]:
            return _plain(signed.encode())
    raise nothing()


async def hand_in(request: Request) -> Response:
    """GET and POST /coalition/hand-in: hand a signed document in by a form."""
    if request.method == "GET":
        return _hand_in_page(request)
    forms.check_same_origin(request)
    async with forms.read(
        request, max_files=1, max_fields=2, max_part_size=MOST_NOTE_BYTES
    ) as form:
        file = form.get("file")
        raw = await file.read(MOST_NOTE_BYTES + 1) if isinstance(file, UploadFile) else b""
        raw = (
            raw or forms.text(form, "text", MOST_NOTE_BYTES).replace("\r\n", "\n").encode() + b"\n"
        )
        try:
            if names.is_request(raw):
                rate.take(request, "document")
                return await names_for(request, raw)
            taken = await _take(request, raw)
        except AmparoError as error:
            return _hand_in_page(request, problem=forms.problem(error, form))
    return _hand_in_page(request, taken)


async def take(request: Request) -> Response:
    """POST /api/coalition/documents: hand a signed document in by a program; it is the body."""
    taken = await _take(request, await request.body())
    return Response(msgspec.json.encode(taken._asdict()), 201, media_type="application/json")


async def feed(request: Request) -> Response:
    """GET /coalition/faults.atom: what the monitor found wrong with any log."""
    try:
        body = (request.app.state.serving.node.monitor / "faults.atom").read_bytes()
    except OSError:
        raise nothing() from None
    return Response(body, media_type="application/atom+xml")


async def evidence(request: Request) -> Response:
    """GET /coalition/evidence/{name}: the proof of a fault, for a stranger to judge."""
    folder = request.app.state.serving.node.monitor
    health = monitor_state.read(folder)
    name = request.path_params["name"]
    if health is None or name not in {fault.evidence for fault in health.faults[:MOST_EVIDENCE]}:
        raise nothing()
    body = (folder / "evidence" / name).read_bytes()
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/octet-stream", headers=headers)


def routes() -> list[Route]:
    """The addresses of the coalition."""
    return [
        Route("/coalition", show, methods=["GET"]),
        Route("/coalition/charter/{version:int}", charter, methods=["GET"]),
        Route("/coalition/draft/{digest}", draft, methods=["GET"]),
        Route("/coalition/request/{digest}", asked_for, methods=["GET"]),
        Route("/coalition/hand-in", hand_in, methods=["GET", "POST"]),
        Route("/coalition/faults.atom", feed, methods=["GET"]),
        Route("/coalition/evidence/{name}", evidence, methods=["GET"]),
        Route("/api/coalition/documents", take, methods=["POST"]),
    ]


def _hand_in_page(
    request: Request, taken: Taken | None = None, problem: Problem | None = None
) -> Response:
    serving: Serving = request.app.state.serving
    return page(
        request,
        "coalition_hand_in.html",
        status=problem.status if problem else 200,
        taken=taken,
        about=_about(request, taken.seq) if taken and taken.seq is not None else None,
        problem=problem,
        names=TAKEN,
        status_names=STATUS,
        base=serving.base_url(request),
    )


def _about(request: Request, seq: int) -> tuple[Whole, str, resolution.Wording]:
    """The resolution that an entry is about as it stands now, and its text with the language."""
    serving: Serving = request.app.state.serving
    digest = resolutions.about(serving.journal, seq)
    whole = resolutions.whole(serving.journal, serving.node, digest, datetime.now(UTC).date())
    return whole, *resolution.in_language(whole.resolution.text, language_of(request))


async def _take(request: Request, raw: bytes) -> Taken:
    rate.take(request, "document")
    serving: Serving = request.app.state.serving
    serving.check_space()
    now = datetime.now(UTC)
    return await serving.work(lambda journal: inbox.take(journal, serving.node, raw, now))


def _plain(body: bytes) -> Response:
    return Response(body, media_type="text/plain; charset=utf-8")


def nothing() -> Missing:
    """What is said of an address that has nothing of the coalition."""
    return Missing(
        N_("There is nothing at this address."),
        why=N_("The link may be old, or was copied only in part."),
        fix=N_("Begin at the page of the coalition."),
    )
