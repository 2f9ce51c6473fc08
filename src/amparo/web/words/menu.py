"""What stands on every page of a node: a menu of four, and everything else at the foot."""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple

from amparo.web.words.decision import N_


class Place(NamedTuple):
    """A link of the menu or the foot."""

    path: str
    words: str

    def is_current(self, path: str) -> bool:
        """Whether a page of that path belongs to it."""
        return path == self.path or path.startswith(f"{self.path.rstrip('/')}/")


MENU = (
    Place("/find", N_("My decision")),
    Place("/report", N_("Report something")),
    Place("/observatory", N_("Figures")),
    Place("/api", N_("Platforms")),
)
"""One for each who comes: whom a decision is about, who reports, who counts, who decides."""

FOOT = (
    (
        N_("The record"),
        (
            Place("/search", N_("Search the decisions")),
            Place("/verify", N_("Verify a receipt")),
            Place("/log/", N_("The log")),
            Place("/rulings", N_("Rulings of panels")),
            Place("/remedies", N_("What became of orders")),
            Place("/transparency/published", N_("Transparency reports")),
            Place("/transparency", N_("Check a transparency report")),
        ),
    ),
    (
        N_("The coalition"),
        (
            Place("/coalition", N_("Members and charter")),
            Place("/coalition/resolutions", N_("Resolutions of members")),
        ),
    ),
    (
        N_("This service"),
        (
            Place("/about", N_("Who runs it, and contact")),
            Place("/docs", N_("Documentation")),
            Place("/docs/glossary", N_("Glossary")),
            Place("/about#privacy", N_("Privacy")),
            Place("/about#accessibility", N_("Accessibility")),
            Place("/about#source", N_("Source")),
            Place("/health", N_("Status")),
            Place("/desk", N_("Sign in")),
        ),
    ),
)
"""Heading -> what is there."""

_DOCUMENTED = {
    "/admin": "operation",
    "/api": "client",
    "/coalition": "coalition",
    "/statement": "record",
    "/demo": "demo",
    "/desk": "case",
    "/desk/connect": "connectors",
    "/desk/forwarding": "forward",
    "/find": "case",
    "/health": "operation",
    "/log": "tlog",
    "/observatory": "observatory",
    "/panel": "case",
    "/remedies": "case",
    "/rulings": "case",
    "/search": "record",
    "/transparency": "report",
    "/verify": "record",
}
"""Addresses, with all below them -> the page of the documentation that explains them."""


def document_of(path: str) -> str | None:
    """The name of the page of the documentation that explains the page at `path`, if one does."""
    while path not in _DOCUMENTED and path:
        path = path.rstrip("/").rpartition("/")[0]
    return _DOCUMENTED.get(path)
