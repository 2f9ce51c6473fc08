"""The page of some content: a platform names it, and a machine looks whether it is there.

Only the status of an answer is read, and only where it is certain: 200, it is there; 404 or 410, it
is not. Anything else, such as a redirect to a page for signing in, says nothing. Many a site
answers 200 for whatever is not there, so that 200 alone shows nothing either: it does where the
same page answered 404 or 410 before.

Source: RFC 9110, sections 15.3.1, 15.5.5, 15.5.11.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from typing import NamedTuple

from amparo.connectors.config import YES_OR_NO, Config, unusable, wrong_address, wrong_option

SYSTEM = "page"
OPTIONS = ("private",)
MOST_LETTERS = 2000
"""Of an address."""
IS_THERE = 200
IS_NOT_THERE = frozenset({404, 410})
NOT_LOOKED = 0
PATTERN = r"https?://[^\s/?#@]+/[^\s#]*"


class Page(NamedTuple):
    """A page that is looked at, as it is kept beside a case."""

    before: int
    """The status that it answered before anybody said that it is restored, or `NOT_LOOKED`."""
    address: str

    @classmethod
    def read(cls, text: str) -> "Page":
        """From how it is kept."""
        before, _, address = text.partition(" ")
        return cls(int(before), address)

    def __str__(self) -> str:
        """How it is kept."""
        return f"{self.before} {self.address}"


def is_private(config: Config) -> bool:
    """Whether pages may be inside a private network; `Malformed` names what does not fit."""
    is_private = config.options.get("private") == "yes"
    why = wrong_option(config.options, OPTIONS, {"private": YES_OR_NO})
    why = why or wrong_address(config.connector.address, is_private=is_private)
    if why is not None:
        raise unusable(why, "docs/connectors/page.md")
    return is_private


def wrong_page(address: str) -> str | None:
    """Why something is no address of a page; None where it is one."""
    if len(address) > MOST_LETTERS:
        return f"it has more than {MOST_LETTERS:,} letters"
    if re.fullmatch(PATTERN, address) is None:
        return "it is no address such as https://forum.example/t/12"
    return None


def is_at(config: Config, address: str) -> bool:
    """Whether a page is one of those that a connection looks at: no other host is asked."""
    return address.startswith(f"{config.connector.address.rstrip('/')}/")
