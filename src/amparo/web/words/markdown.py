"""A page of the documentation as HTML.

Links between pages become addresses below `/docs`. What leads out of the documentation, into the
source, is shown as the text it is: a node has no copy of its own source.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from amparo import documents

ADDRESS = "/docs"


_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


@functools.lru_cache(maxsize=256)  # as many as there are: a page's text does not change
def rendered(name: str) -> Markup:
    """The page of that name, one of `documents.names`."""
    return html(parsed(name))


def parsed(name: str) -> list[Token]:
    """A page taken apart: headings with their anchors, links as a node has them."""
    tokens = _READER.parse(documents.text(name))
    _give_ids(tokens)
    for token in tokens:
        token.children = _led(token.children, name) if token.children else token.children
    return tokens


def html(tokens: Sequence[Token]) -> Markup:
    """Tokens of a page as HTML."""
    made = RendererHTML().render(_scrollable(tokens), _READER.options, {})
    return Markup(made)  # noqa: S704 - made from our own pages, by a renderer that escapes


def slug(heading: str) -> str:
    """The anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _give_ids(tokens: Sequence[Token]) -> None:
    seen = Counter[str]()
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            anchor = slug(inline.content.replace("`", ""))
            token.attrSet("id", f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
            seen[anchor] += 1


def _scrollable(tokens: Sequence[Token]) -> list[Token]:
    """Wide tables and code in boxes that scroll by keyboard as well."""
    found: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            found.append(_box('<div class="wide" role="group" tabindex="0">'))
        if token.type in ("fence", "code_block"):
            token.attrSet("tabindex", "0")
        found.append(token)
        if token.type == "table_close":
            found.append(_box("</div>"))
    return found


def _box(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _led(tokens: Sequence[Token], name: str) -> list[Token]:
    """The tokens of a line, with every link led to where it is found on a node, or gone."""
    found: list[Token] = []
    dropped = 0
    for token in tokens:
        if token.type == "link_open":
            target = address(str(token.attrGet("href")), name)
            if target is None:
                dropped += 1
                continue
            token.attrSet("href", target)
        elif token.type == "link_close" and dropped:
            dropped -= 1
            continue
        elif token.type == "image":
            picture = posixpath.basename(str(token.attrGet("src")))
            token.attrSet("src", f"{ADDRESS}/pictures/{picture}")
        found.append(token)
    return found


def address(link: str, name: str) -> str | None:
    """Where a link of the page `name` leads to on a node; None: nowhere."""
    if link.startswith(("https://", "http://", "#")):
        return link
    path, _, anchor = link.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if target.removesuffix(".md") not in documents.names():
        return None
    return f"{ADDRESS}/{target.removesuffix('.md')}" + (f"#{anchor}" if anchor else "")
