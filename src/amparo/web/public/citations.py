"""How a figure is cited: with its platforms and days, where and when it was seen, and its digest.

The digest is that of the figure's CSV, so that a reader can see whether it still says the same.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple


class Cited(NamedTuple):
    """A figure as somebody saw it."""

    title: str
    platforms: Sequence[str]
    """Empty: all together."""
    first: date
    last: date
    source: str
    """From where what was counted comes."""
    node: str
    """The address of the node that drew it."""
    link: str
    seen: date
    sha256: str
    """Of its CSV, in hexadecimal."""

    @property
    def named(self) -> str:
        """What it is of, in one line."""
        of = ", ".join(self.platforms) or "all platforms"
        return f"{self.title}, {of}, {self.first} – {self.last}"


def text(cited: Cited) -> str:
    """A line for a footnote."""
    return (
        f"{cited.named}. {cited.source}; counted by Amparo at {cited.node}. {cited.link} "
        f"(seen {cited.seen}; SHA-256 of its CSV {cited.sha256})\n"
    )


def bibtex(cited: Cited) -> str:
    """An entry for BibTeX and BibLaTeX; strange letters are left to a program that reads UTF-8."""
    fields = {
        "title": f"{{{_escaped(cited.named)}}}",
        "author": "{Amparo}",
        "year": str(cited.last.year),
        "howpublished": _escaped(f"Counted by Amparo at {cited.node}"),
        "note": _escaped(f"{cited.source}; SHA-256 of its CSV {cited.sha256}"),
        "url": cited.link,
        "urldate": str(cited.seen),
    }
    key = f"amparo-{cited.sha256[:8]}"
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}}}\n"


def ris(cited: Cited) -> str:
    """The same for reference managers (RIS)."""
    lines = (
        ("TY", "DATA"),
        ("TI", cited.named),
        ("AU", "Amparo"),
        ("PY", str(cited.last.year)),
        ("PB", f"Amparo, {cited.node}"),
        ("N1", f"{cited.source}; SHA-256 of its CSV {cited.sha256}"),
        ("UR", cited.link),
        ("Y2", f"{cited.seen:%Y/%m/%d}"),
        ("ER", ""),
    )
    return "".join(f"{tag}  - {_one_line(value)}\r\n" for tag, value in lines)


def _escaped(value: str) -> str:
    """Text that means itself in BibTeX."""
    plain = _one_line(re.sub(r"[\\{}]", " ", value))
    marked = re.sub(r"([&%$#_])", r"\\\1", plain)
    return marked.replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")


def _one_line(value: str) -> str:
    return " ".join(value.split())
