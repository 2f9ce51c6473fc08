"""A file of a log as somebody served it, and how it is named where it is not what it should be."""

# SPDX-License-Identifier: Apache-2.0

from typing import NamedTuple


class Served(NamedTuple):
    """What came when a file was asked for."""

    body: bytes
    place: str
    """Its address, or its path."""
    kind: str = ""
    """The content type that it was served with; empty for a file of a folder."""

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, as proxies and sign-in walls answer with 200."""
        return self.kind.startswith("text/html") or self.body.lstrip()[:1] == b"<"

    def __str__(self) -> str:
        return f"{self.place} (served as {self.kind})" if self.kind else self.place
