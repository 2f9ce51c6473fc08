"""A file of a log as somebody served it, and how it is named where it is not what it should be."""

# SPDX-License-Identifier: Apache-2.0

import re
from typing import NamedTuple

_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|!--|html|\?xml)", re.IGNORECASE)
"""How pages begin. One byte is not enough: every 256th hash begins with `<`."""


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
        return self.kind.startswith("text/html") or _PAGE.match(self.body) is not None

    def __str__(self) -> str:
        return f"{self.place} (served as {self.kind})" if self.kind else self.place
