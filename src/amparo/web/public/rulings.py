"""What everybody may read of panels: how each was drawn, its rulings, what became of orders."""

# SPDX-License-Identifier: Apache-2.0

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.errors import Missing
from amparo.ledger.case import desks, draws, leads, panels, untold
from amparo.ledger.case.panels import Precedent
from amparo.ledger.log import platforms, totals
from amparo.record import event
from amparo.record import vocabulary as words
from amparo.storage.journal import Journal
from amparo.web.http import downloads
from amparo.web.http.state import Serving
from amparo.web.words import history
from amparo.web.words.case_file import HAPPENED
from amparo.web.words.decision import N_
from amparo.web.words.pages import page

FEWEST_SHOWN = 10
REMEDIES = {
    "verified": N_("Done, and checked"),
    "settled": N_("Said to be done, and nobody objected"),
    "claimed": N_("Said to be done, not checked"),
    "sent": N_("Not answered yet"),
    "overdue": N_("of these: overdue"),
    "disputed": N_("Disputed"),
    "refused": N_("Refused"),
    "impossible": N_("Said to be impossible"),
    "failed": N_("Not done"),
}
COUNTED = {
    **HAPPENED,
    "resolution.contact": N_("A member of the coalition asked somebody about a resolution."),
}
"""Kind of what is counted in the log's totals -> what happened."""
GROUNDS = {
    "DECISION_GROUND_ILLEGAL_CONTENT": N_("the law"),
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": N_("the platform's terms"),
}
CODES = {
    "P-INC": N_("The worksheet is not complete."),
    "P-INFO": N_("The record is not sufficient; ask the platform or the party."),
    "P-LEG-": N_("Legality is not shown."),
    "P-LEG+": N_("Legality is shown."),
    "P-AIM-": N_("A legitimate aim is not shown."),
    "P-20-": N_("The threshold of Article 20(2) ICCPR is not met."),
    "P-20?": N_("Whether the threshold of Article 20(2) ICCPR is met is open."),
    "P-20+": N_("The record could support the threshold of Article 20(2) ICCPR."),
    "P-VIO-": N_("The threshold of incitement to violence is not met."),
    "P-VIO?": N_("Whether the threshold of incitement to violence is met is open."),
    "P-VIO+": N_("The record could support the threshold of incitement to violence."),
    "P-NEC-": N_("That this measure was necessary is not shown."),
    "P-LEN-": N_("The measure has no end and no review."),
    "P-HEAR-": N_("The person was not heard, and nothing excuses that."),
    "P-CON-": N_("Like cases were treated differently."),
    "P-SWAP": N_("With sides exchanged, the answers would differ."),
    "P-OTHER": N_("Another ground is possible."),
}
"""The statements of a profile in words; there is no order of strength among them."""
_SEARCH = ("outcome", "ground", "factor", "text")


async def drawn(request: Request) -> Response:
    """GET /panel/draw/{draw}: how a panel was drawn, for anybody to repeat."""
    record = _record(request)
    serving: Serving = request.app.state.serving
    names = {member.id: member for member in panels.members_of(serving.node)}
    return page(request, "panel_draw.html", record=record, names=names)


async def drawn_record(request: Request) -> Response:
    """GET /panel/draw/{draw}/record: the same as JSON, for `amparo panel repeat`."""
    body = msgspec.json.encode(_record(request))
    return Response(body, media_type="application/json")


async def rulings(request: Request) -> Response:
    """GET /rulings: published rulings, by outcome, ground, factor and words."""
    serving: Serving = request.app.state.serving
    asked = {name: request.query_params.get(name, "")[:200] for name in _SEARCH}
    found = await serving.lists.read(
        request, f"rulings {asked}", lambda journal: panels.search(journal, **asked)
    )
    return page(
        request,
        "rulings.html",
        found=found,
        asked=asked,
        outcomes=history.PANEL,
        grounds=GROUNDS,
        codes=CODES,
        bases=history.BASES,
        categories=words.CATEGORY,
    )


async def remedies(request: Request) -> Response:
    """GET /remedies: what became of orders, by platform; counts below ten are not shown."""
    serving: Serving = request.app.state.serving
    found, newest, people, waits = await serving.lists.read(
        request,
        "remedies",
        lambda journal: (
            desks.followed(journal),
            totals.newest(journal),
            _untold(journal),
            _waits(journal),
        ),
    )
    return page(
        request,
        "remedies.html",
        found=found,
        states=REMEDIES,
        fewest=FEWEST_SHOWN,
        totals=newest,
        happened=COUNTED,
        untold=people,
        waits=waits,
    )


def _untold(journal: Journal) -> dict[str, int]:
    """Platform -> how many people were not told, where there are enough not to point at any."""
    found = {
        platform.name: untold.of(journal, platform.id) for platform in platforms.every(journal)
    }
    return {name: n for name, n in found.items() if n is not None and n >= FEWEST_SHOWN}


def _waits(journal: Journal) -> dict[str, leads.Waits]:
    """Platform -> who waits there for lead cases, where there are enough not to point at any."""
    found = {
        platform.name: leads.waits_at(journal, platform.id) for platform in platforms.every(journal)
    }
    return {name: waits for name, waits in found.items() if waits and waits.people >= FEWEST_SHOWN}


async def ruling(request: Request) -> Response:
    """GET /rulings/{draw}: one ruling, to be read and cited."""
    serving: Serving = request.app.state.serving
    found = _precedent(request)
    platform = next(
        platform.name
        for platform in platforms.every(serving.journal)
        if platform.id == found.platform
    )
    return page(
        request,
        "ruling.html",
        r=found,
        platform=platform,
        outcomes=history.PANEL,
        bases=history.BASES,
        codes=CODES,
        categories=words.CATEGORY,
        grounds=GROUNDS,
        address=f"{serving.base_url(request)}/rulings/{found.id}",
        later=panels.later_than(serving.journal, found.id),
    )


async def ruling_data(request: Request) -> Response:
    """GET /rulings/{draw}/data: one ruling as JSON."""
    found = _precedent(request)
    data = found._asdict() | {"at": event.timestamp(datetime.fromtimestamp(found.at, UTC))}
    return Response(msgspec.json.encode(data), media_type="application/json")


async def ruling_receipt(request: Request) -> Response:
    """GET /rulings/{draw}/receipt: proof that the ruling is in the log, without its words."""
    serving: Serving = request.app.state.serving
    entry = serving.journal.event(_precedent(request).seq)
    if entry is None:
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    bare = entry._replace(opening=None)  # the sealed words are the parties', not everybody's
    return downloads.receipt(entry, await serving.receipt(bare, "anyone"))


def routes() -> list[Route]:
    """The public addresses of panels."""
    return [
        Route("/panel/draw/{draw}", drawn, methods=["GET"]),
        Route("/panel/draw/{draw}/record", drawn_record, methods=["GET"]),
        Route("/remedies", remedies, methods=["GET"]),
        Route("/rulings", rulings, methods=["GET"]),
        Route("/rulings/{draw}", ruling, methods=["GET"]),
        Route("/rulings/{draw}/data", ruling_data, methods=["GET"]),
        Route("/rulings/{draw}/receipt", ruling_receipt, methods=["GET"]),
    ]


def _record(request: Request) -> dict[str, Any]:
    serving: Serving = request.app.state.serving
    file = panels.of_draw(serving.journal, request.path_params["draw"])
    if file is None:
        raise Missing(
            N_("No panel was drawn in this case."),
            why=N_("The address was copied only in part, or the draw is still to come."),
            fix=N_("Open it from the page of the case."),
        )
    return draws.record_of(file, request.path_params["draw"], panels.members_of(serving.node))


def _precedent(request: Request) -> Precedent:
    serving: Serving = request.app.state.serving
    return panels.precedent(serving.journal, request.path_params["draw"])
