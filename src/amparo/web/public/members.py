"""Becoming a member, and a member's page: what is asked of it now, and what it has done.

Both end in lines for a command line, since a member's key is on a machine of its own.
"""

# SPDX-License-Identifier: Apache-2.0

import json
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amparo.coalition import membership_request, resolution
from amparo.coalition.charter import is_id, is_name
from amparo.ledger.coalition import asked, charters, monitor_state
from amparo.record import address
from amparo.web.http.state import Serving
from amparo.web.public import resolutions
from amparo.web.public.coalition import FAULTS, KINDS, REGIONS, ROLES, nothing
from amparo.web.public.resolutions import ANSWERS
from amparo.web.words.pages import language_of, page


async def show(request: Request) -> Response:
    """GET /coalition/member/{id}: what is asked of a member now, and what it has done."""
    serving: Serving = request.app.state.serving
    node = serving.node
    if not node.settings.charter:
        raise nothing()
    charter = charters.current(node)
    party = charter.party(request.path_params["id"])
    if party is None:
        raise nothing()
    health = monitor_state.read(node.monitor)
    found = asked.of_member(node, charter, party, await resolutions.every(request), health)
    language = language_of(request)
    return page(
        request,
        "coalition_member.html",
        asked=found,
        charter=charter,
        health=health,
        changes={
            draft.digest: membership_request.changes(draft.charter, charter)
            for draft in found.drafts
        },
        rules={
            digest: rules
            for digest, wish in found.requests
            if (rules := membership_request.rules_for(wish, charter))
        },
        texts={
            whole.digest: resolution.in_language(whole.resolution.text, language)
            for whole in (*found.votes, *(whole for whole, _ in found.answered))
        },
        kinds=KINDS,
        regions=REGIONS,
        roles=ROLES,
        fault_names=FAULTS,
        answers=ANSWERS,
        base=serving.base_url(request),
    )


async def join(request: Request) -> Response:
    """GET /coalition/join: how one becomes a member, in lines that are one's own; or changes a key.

    `?name=&id=&kind=&region=&role=&url=` fills them in. Whatever is no name or no id is left out,
    so that no link puts a stranger's command into them.
    """
    serving: Serving = request.app.state.serving
    node = serving.node
    wish = _wish(request)
    return page(
        request,
        "coalition_join.html",
        wish=wish,
        source=_source(wish),
        version=charters.newest(node)[0].version if node.settings.charter else 0,
        root=node.settings.charter,
        kinds=KINDS,
        regions=REGIONS,
        roles=ROLES,
        base=serving.base_url(request),
    )


class Wish(NamedTuple):
    """How somebody wants to stand in the charter."""

    id: str = "example.org"
    name: str = "Example"
    kind: str = "civil_society"
    region: str = "europe"
    roles: tuple[str, ...] = ("witness", "resolution")
    url: str = "https://w.example.org"
    """Where its witness will be reached."""


def _wish(request: Request) -> Wish:
    given, usual = request.query_params, Wish()
    roles = tuple(role for role in ROLES if role in given.getlist("role"))
    id_ = given.get("id", "").strip()
    name = given.get("name", "").strip()
    url = given.get("url", "").strip()
    return Wish(
        id_ if is_id(id_) else usual.id,
        name if is_name(name) else usual.name,
        kind if (kind := given.get("kind", "")) in KINDS else usual.kind,
        region if (region := given.get("region", "")) in REGIONS else usual.region,
        roles or usual.roles,
        url if address.is_of_server(url) else usual.url,
    )


def _source(wish: Wish) -> str:
    """A wish as TOML; a text is spelled there as in JSON."""
    rows = [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name, value in wish._asdict().items()
    ]
    witness = rows.pop()
    if "witness" in wish.roles:
        rows.append(f"witness = {{ {witness} }}")
    return "\n".join(["[member]", *rows])


def routes() -> list[Route]:
    """The addresses of members."""
    return [
        Route("/coalition/join", join, methods=["GET"]),
        Route("/coalition/member/{id}", show, methods=["GET"]),
    ]
