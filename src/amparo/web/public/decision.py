"""A decision's page: what was done in plain words, what became of it, and its receipt."""

# SPDX-License-Identifier: Apache-2.0

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from amparo.errors import Missing
from amparo.ledger.case import became, casework
from amparo.ledger.forward import outcomes
from amparo.ledger.upkeep import demonstration
from amparo.record import event, sealing
from amparo.record.event import DecisionIssued
from amparo.storage.journal import LogEntry
from amparo.web.http import downloads
from amparo.web.http.state import Serving
from amparo.web.words import decision, history
from amparo.web.words.decision import N_, Worded
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

_REMEDIES = {
    "verified": N_("It is done, and that was checked."),
    "settled": N_("Nobody objected; it stays a claim that nobody checked."),
    "failed": N_("The platform did not do it."),
    "refused": N_("The platform refuses to do it."),
    "impossible": N_("The platform says that it cannot do it."),
}
"""Where an order has ended -> the words for it."""


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


def routes() -> list[BaseRoute]:
    """The page, and the receipt that it links to."""
    return [
        Route("/statement/{uuid}", statement, methods=["GET"]),
        Route("/statement/{uuid}/receipt", statement_receipt, methods=["GET"]),
    ]


def worded(request: Request, entry: LogEntry) -> Worded:
    """A decision in the words of the reader's language."""
    serving: Serving = request.app.state.serving
    leaf = leaf_of(entry)
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


def leaf_of(entry: LogEntry) -> DecisionIssued:
    """The leaf of an entry that is a decision; of any other there is no page."""
    leaf = event.read_leaf(entry.leaf)
    if not isinstance(leaf, DecisionIssued):
        raise no_decision()
    return leaf
