"""The front page, a decision with its receipt, verifying one, the log, and the page of an error."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from amparo.errors import AmparoError, Malformed, Missing, Text, Unavailable
from amparo.ledger.case import became, casework, panels
from amparo.ledger.forward import outcomes
from amparo.ledger.log import platforms
from amparo.ledger.upkeep import demonstration
from amparo.observatory.waves import EVERYBODY
from amparo.record import event, sealing
from amparo.record import vocabulary as words
from amparo.record.event import DecisionIssued
from amparo.storage.journal import LogEntry
from amparo.tlog.proof import MOST_PROOF_BYTES
from amparo.web.http import downloads, forms, rate
from amparo.web.http.disconnects import while_connected
from amparo.web.http.state import Serving
from amparo.web.http.static_files import PackedFiles
from amparo.web.http.worker_jobs import Claimed
from amparo.web.words import decision, history, receipt_words
from amparo.web.words.decision import N_, Worded
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

NEWEST = 6
NEWEST_RULINGS = 3
MOST_KEY_CHARACTERS = 1_000  # a log's name, and 44 characters of base64


_REMEDIES = {
    "verified": N_("It is done, and that was checked."),
    "settled": N_("Nobody objected; it stays a claim that nobody checked."),
    "failed": N_("The platform did not do it."),
    "refused": N_("The platform refuses to do it."),
    "impossible": N_("The platform says that it cannot do it."),
}
"""Where an order has ended -> the words for it."""


class _Listed(NamedTuple):
    uuid: str
    done: list[str]
    category: str
    platform: str
    at: datetime
    demo: bool


async def front(request: Request) -> Response:
    """GET /: what this is, figures, and the newest decisions."""
    serving: Serving = request.app.state.serving
    everyone = {platform.slug: platform for platform in platforms.every(serving.journal)}
    checkpoint = serving.published()
    translate = catalogue(language_of(request)).gettext
    newest = []
    for entry in serving.journal.newest_decisions(NEWEST):
        leaf = _decision(entry)
        platform = everyone[leaf.by]
        newest.append(
            _Listed(
                leaf.case,
                [text for text, _ in decision.done(leaf.public, {}, translate)],
                translate(words.CATEGORY[leaf.public["category"]]),
                platform.name,
                event.moment(leaf.at),
                platform.demo,
            )
        )
    rulings = await serving.lists.read(
        request, "the newest rulings", lambda journal: panels.newest(journal, NEWEST_RULINGS)
    )
    return page(
        request,
        "front.html",
        cosigned=serving.cosigned(),
        newest_wave=serving.looking.newest_wave(),
        everybody=EVERYBODY,
        rulings=rulings,
        outcomes=history.PANEL,
        platforms=everyone,
        published=checkpoint.size if checkpoint else 0,
        signed_at=_signed_at(serving),
        newest=newest,
    )


async def statement(request: Request) -> Response:
    """GET /statement/{uuid}: a decision in plain words, with its receipt."""
    serving: Serving = request.app.state.serving
    entry = _find_entry(request)
    return page(
        request,
        "statement.html",
        d=worded(request, entry),
        address=f"{serving.base_url(request)}/statement/{entry.case}",
        case=casework.read_alone(serving.journal, entry.case).case,
        vkey=serving.verifier.vkey,
        became=became.of(serving.journal, entry.case),
        outcomes=history.OUTCOMES,
        remedies=_REMEDIES,
    )


async def statement_receipt(request: Request) -> Response:
    """GET /statement/{uuid}/receipt: the receipt, without the platform's identifier."""
    entry = _find_entry(request)
    made = await request.app.state.serving.receipt(entry, "anyone")
    return downloads.receipt(entry, made)


async def verify(request: Request) -> Response:
    """GET and POST /verify: judge a receipt; the browser does it itself if it can."""
    vkey = request.app.state.serving.verifier.vkey
    if request.method == "GET":
        return _verify_page(request, vkey, None)
    rate.take(request, "receipt")
    async with forms.read(request, max_files=1, max_fields=4) as form:
        file = form.get("file")
        raw = await file.read(MOST_PROOF_BYTES + 1) if isinstance(file, UploadFile) else b""
        given = str(form.get("vkey") or vkey).strip()
    serving: Serving = request.app.state.serving
    try:
        _check_size(raw, given)
        network = rate.network_of(request)
        verifying = serving.readers.verified(Claimed(raw, given), network)
        facts = await while_connected(request, verifying)
        verdict = {
            "holds": True,
            "why": "",
            "facts": receipt_words.facts(facts, language_of(request)),
        }
    except Unavailable:
        raise
    except AmparoError as error:
        what, why, fix = error.texts
        verdict = {"holds": False, "what": what, "why": why, "fix": fix, "facts": []}
    return _verify_page(request, given[:MOST_KEY_CHARACTERS], verdict)


def _verify_page(request: Request, vkey: str, verdict: dict[str, Any] | None) -> Response:
    in_words = receipt_words.for_the_browser(language_of(request))
    return page(request, "verify.html", vkey=vkey, verdict=verdict, words=in_words)


async def log(request: Request) -> Response:
    """GET /log/: what the log is, its key, and how to check it."""
    serving: Serving = request.app.state.serving
    return page(
        request,
        "log.html",
        origin=serving.node.origin,
        vkey=serving.verifier.vkey,
        checkpoint=serving.published(),
        signed_at=_signed_at(serving),
        publisher=serving.publisher,
        base=serving.base_url(request),
    )


async def to_log(_: Request) -> Response:
    """GET /log: on to /log/, where the page and the log's files are."""
    return RedirectResponse("/log/", 308)


async def to_icon(_: Request) -> Response:
    """GET /favicon.ico: browsers ask here unasked."""
    return RedirectResponse("/static/icon.svg", 308)


def error_page(request: Request, status: int, error: AmparoError) -> Response:
    """An error as a page: what happened, why, and what to do."""
    path = request.url.path
    way_in = _way_in(path) if status == 401 else ""
    is_lost = status == 404 and path.startswith(("/statement/", "/recourse/"))
    return page(request, "error.html", status=status, error=error, way_in=way_in, is_lost=is_lost)


def _way_in(path: str) -> str:
    """The page where one signs in for a page; empty: nobody does for that."""
    if path.startswith("/admin"):
        return "/admin/sign-in"
    return "/desk/sign-in" if path.startswith(("/desk", "/panel", "/registrar")) else ""


def routes() -> list[BaseRoute]:
    """The pages' addresses."""
    return [
        Route("/", front, methods=["GET"]),
        Route("/statement/{uuid}", statement, methods=["GET"]),
        Route("/statement/{uuid}/receipt", statement_receipt, methods=["GET"]),
        Route("/verify", verify, methods=["GET", "POST"]),
        Route("/log", to_log, methods=["GET"]),
        Route("/log/", log, methods=["GET"]),
        Route("/favicon.ico", to_icon, methods=["GET"]),
        Mount("/static", PackedFiles()),
    ]


def worded(request: Request, entry: LogEntry) -> Worded:
    """A decision in the words of the reader's language."""
    serving: Serving = request.app.state.serving
    leaf = _decision(entry)
    platform = serving.platform_of(leaf.by)
    checkpoint = serving.published()
    shown = None
    if platform.demo and entry.opening is not None:
        puid = sealing.unpack(entry.opening).puid
        shown = demonstration.page_of(serving.journal, entry.case, puid)
    return decision.word(
        entry,
        leaf,
        translate=catalogue(language_of(request)).gettext,
        platform=platform.name,
        demo=platform.demo,
        published=checkpoint.size if checkpoint else 0,
        erased_at=serving.journal.erased_at(entry.seq) if entry.opening is None else None,
        demo_recourse=shown,
        is_copied=entry.opening is None and outcomes.is_sent(serving.journal, entry.seq),
    )


def _find_entry(request: Request) -> LogEntry:
    name = request.path_params["uuid"]
    try:
        entry = request.app.state.serving.journal.decision(UUID(name))
    except ValueError:
        entry = None
    if entry is None:
        raise no_decision()
    return entry  # type: ignore[no-any-return]  # app.state is untyped


def no_decision() -> Missing:
    """What is said of an address that opens nothing."""
    return Missing(
        N_("There is no decision at this address."),
        why=N_("The address is not one that this node handed out, or only a part of it."),
        fix=N_("Open the link again from the notice you were sent, whole."),
    )


def _decision(entry: LogEntry) -> DecisionIssued:
    leaf = event.read_leaf(entry.leaf)
    if not isinstance(leaf, DecisionIssued):
        raise no_decision()
    return leaf


def _signed_at(serving: Serving) -> datetime | None:
    committed = serving.journal.committed()
    return datetime.fromtimestamp(committed.signed_at, UTC) if committed else None


def _check_size(receipt: bytes, vkey: str) -> None:
    """Raise before anything is done with what cannot be a receipt, or the key of a log."""
    if len(receipt) > MOST_PROOF_BYTES or len(vkey) > MOST_KEY_CHARACTERS:
        raise Malformed(
            "That is not a receipt, or not the key of a log.",
            why=Text(
                "a receipt has at most {most} bytes, a key {characters} characters",
                most=MOST_PROOF_BYTES,
                characters=MOST_KEY_CHARACTERS,
            ),
            fix="Use the file as it was handed out; its name ends in .tlog-proof.",
        )
