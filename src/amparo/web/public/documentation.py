"""The documentation on a node: the list of its pages, each page, and their pictures."""

# SPDX-License-Identifier: Apache-2.0

import asyncio
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from amparo import documents
from amparo.errors import Missing
from amparo.web.words import markdown
from amparo.web.words.decision import N_
from amparo.web.words.pages import page


class Shelf(NamedTuple):
    """Pages for one kind of reader."""

    heading: str
    names: tuple[str, ...]
    folder: str = ""
    """All pages below it belong here as well."""


SHELVES = (
    Shelf(N_("What it is"), ("record", "case", "coalition", "observatory", "report", "glossary")),
    Shelf(
        N_("For platforms and out-of-court bodies"),
        ("client", "connectors", "state-endpoint", "forward", "case-file"),
        "connectors/",
    ),
    Shelf(
        N_("For whoever runs a node"),
        ("operation", "cli", "upgrading", "limits", "security", "reliability", "growth", "demo"),
    ),
    Shelf(
        N_("For whoever changes or checks it"),
        ("index", "files", "storage", "ledger", "web", "tlog", "languages", "benchmarks", "asvs"),
        "decisions/",
    ),
)


class Item(NamedTuple):
    """A page in the list."""

    path: str
    title: str


def listed() -> list[tuple[str, list[Item]]]:
    """Heading -> its pages, in the order in which they are best read."""
    return [
        (shelf.heading, [Item(f"{markdown.ADDRESS}/{name}", documents.title(name)) for name in on])
        for shelf in SHELVES
        for on in [[*shelf.names, *_below(shelf.folder)]]
    ]


def _below(folder: str) -> list[str]:
    return sorted(name for name in documents.names() if folder and name.startswith(folder))


async def listing(request: Request) -> Response:
    """GET /docs: the pages of the documentation."""
    return page(request, "documentation.html", title=None, shelves=listed(), body="")


async def one_page(request: Request) -> Response:
    """GET /docs/{name}: a page of the documentation, in English."""
    name = request.path_params["name"]
    if name not in documents.names():
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    body = await asyncio.to_thread(markdown.rendered, name)  # the first time it takes a while
    title = documents.title(name)
    return page(request, "documentation.html", title=title, shelves=(), body=body)


async def picture(request: Request) -> Response:
    """GET /docs/pictures/{name}: a picture of the documentation."""
    name = request.path_params["name"]
    if name not in documents.pictures():
        raise Missing(N_("There is nothing at this address."), why="", fix="")
    return FileResponse(documents.folder() / "pictures" / name, media_type="image/webp")


def routes() -> list[Route]:
    """The addresses of the documentation."""
    return [
        Route(markdown.ADDRESS, listing, methods=["GET"]),
        Route(f"{markdown.ADDRESS}/pictures/{{name}}", picture, methods=["GET"]),
        Route(f"{markdown.ADDRESS}/{{name:path}}", one_page, methods=["GET"]),
    ]
