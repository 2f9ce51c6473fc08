"""The front page: what this is, and the newest decisions and rulings; and the icon of the site."""

# SPDX-License-Identifier: Apache-2.0

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from amparo.ledger.case import panels
from amparo.ledger.log import platforms
from amparo.observatory.waves import EVERYBODY
from amparo.record import event
from amparo.record import vocabulary as words
from amparo.web.http.state import Cosigned, Serving
from amparo.web.public import decision
from amparo.web.words import decision as in_words
from amparo.web.words import history
from amparo.web.words.i18n import catalogue
from amparo.web.words.pages import language_of, page

NEWEST = 6
NEWEST_RULINGS = 3


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
        leaf = decision.leaf_of(entry)
        platform = everyone[leaf.by]
        newest.append(
            _Listed(
                leaf.case,
                [text for text, _ in in_words.done(leaf.public, {}, translate)],
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
        cosigned=_by_minute(serving.cosigned()),
        waves=serving.looking.newest_waves(),
        everybody=EVERYBODY,
        rulings=rulings,
        outcomes=history.PANEL,
        platforms=everyone,
        published=checkpoint.size if checkpoint else 0,
        signed_at=serving.signed_at(),
        newest=newest,
    )


def _by_minute(cosigned: Sequence[Cosigned]) -> list[tuple[datetime, list[str]]]:
    """(Minute, the names of the witnesses that cosigned in it), the last first, as they come."""
    minutes = itertools.groupby(cosigned, lambda word: word.at.replace(second=0, microsecond=0))
    return [(minute, [word.name for word in group]) for minute, group in minutes]


async def to_icon(_: Request) -> Response:
    """GET /favicon.ico: browsers ask here unasked."""
    return RedirectResponse("/static/icon.svg", 308)


def routes() -> list[BaseRoute]:
    """The address of the site, and where browsers look for its icon."""
    return [
        Route("/", front, methods=["GET"]),
        Route("/favicon.ico", to_icon, methods=["GET"]),
    ]
