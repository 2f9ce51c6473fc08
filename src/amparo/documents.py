"""The documentation that comes with Amparo: its pages, their titles, and their pictures.

A page is named by its path below `docs`, without the ending: `connectors/ozone`. Whoever has the
source reads `docs` beside it; an installed wheel has a copy of its own.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from pathlib import Path

INSTALLED = Path(__file__).parent / "documents"
OF_THE_SOURCE = Path(__file__).parents[2] / "docs"


def folder() -> Path:
    """Where the documentation is."""
    return INSTALLED if INSTALLED.is_dir() else OF_THE_SOURCE


@functools.cache
def names() -> frozenset[str]:
    """The name of every page."""
    there = folder()
    return frozenset(
        path.relative_to(there).with_suffix("").as_posix() for path in there.rglob("*.md")
    )


@functools.cache
def pictures() -> frozenset[str]:
    """The file of every picture."""
    return frozenset(path.name for path in (folder() / "pictures").glob("*.webp"))


@functools.cache
def text(name: str) -> str:
    """A page as Markdown; `name` is one of `names`."""
    return (folder() / f"{name}.md").read_text("utf-8")


def title(name: str) -> str:
    """What a page calls itself."""
    return text(name).partition("\n")[0].lstrip("# ")
