"""The five steps of a platform, as the documentation of the clients has them, taken apart.

Each step says what it is for, in the reader's language, and has the same lines in three programming
languages, which tests run as they stand, and an answer.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markdown_it.token import Token

from amparo.web.words import markdown
from amparo.web.words.decision import N_

PAGE = "client"
HEADING = "The five steps of a platform"
LANGUAGES = {"sh": "curl", "python": "Python", "js": "JavaScript"}
_ANSWER = "json"
TITLES = (
    N_("1. Is the token good?"),
    N_("2. Submit a statement"),
    N_("3. Tell the person"),
    N_("4. Hear what is wanted"),
    N_("5. Answer"),
)
"""Of the steps, for a page to translate."""
PROSE = (
    "",
    N_(
        "With a key, the client waits until the receipt is public, about a second, and verifies it:"
        " the log's signature, the entry's place, and that the log has the reasons that were sent."
        " `curl` gets the file, and `amparo verify` judges it."
    ),
    N_(
        "The node writes to them, with receipt and recourse link. Whoever tells people in their own"
        " way leaves the address out, and gives them `recourse_url`, which is shown only once."
    ),
    N_(
        "A webhook tells that something waits; the list of orders says what. The signature is over"
        " the bytes of the body as they came. Below, a server has put them into `body`, and the"
        " three headers into `webhook.env` or `headers`."
    ),
    N_("What an order wants is in `do`. This one is a report that somebody made."),
)
"""What each is for, as it stands in the documentation; the first needs no word."""


class Step(NamedTuple):
    """One of the steps."""

    title: str
    prose: str
    """What it is for, for a page to translate; what is to be typed stands between backticks."""
    code: Mapping[str, str]
    """Language as people call it -> its lines."""
    answer: str
    """What the node answers, as JSON."""


@functools.cache
def steps() -> tuple[Step, ...]:
    """All of them, in their order."""
    return tuple(map(_step, _sections(markdown.parsed(PAGE)), PROSE))


def _sections(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens of each step, from its heading on."""
    sections: list[list[Token]] = []
    is_inside = False
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and token.tag == "h2":
            is_inside = after is not None and after.content == HEADING
        elif token.type == "heading_open" and token.tag == "h3" and is_inside:
            sections.append([])
        if is_inside and sections:
            sections[-1].append(token)
    return sections


def _step(tokens: Sequence[Token], prose: str) -> Step:
    code = {token.info: token.content for token in tokens if token.type == "fence"}
    return Step(
        title=tokens[1].content,
        prose=prose,
        code={shown: code[name] for name, shown in LANGUAGES.items()},
        answer=code[_ANSWER],
    )
