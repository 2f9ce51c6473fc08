"""Write the list of addresses in docs/web.md anew from the routes: `make addresses`.

Every row is a route; its sentence is the first line of the docstring of whatever answers there,
without the address that the line begins with.
"""

import sys
from itertools import groupby
from pathlib import Path

from starlette.routing import BaseRoute, Route

from amparo.web.app import routes

PAGE = Path(__file__).parent.parent / "docs" / "web.md"
HEADING = "## Every address\n"
INTRODUCTION = """\
Written by `make addresses` from the routes and their docstrings: one table for each file.
"""


def written() -> str:
    """The section of docs/web.md, from its heading to the end of the page."""
    every = [one for one in routes(b"", https=False) if isinstance(one, Route)]
    parts = [HEADING, INTRODUCTION]
    for module, members in groupby(sorted(every, key=_module), _module):
        file = module.removeprefix("amparo.").replace(".", "/")
        rows = "\n".join(_row(one) for one in members)
        parts.append(f"`{file}.py`\n\n| call | what |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _answering(route: BaseRoute) -> object:
    endpoint = getattr(route, "endpoint", None)
    return getattr(endpoint, "take", endpoint)


def _module(route: BaseRoute) -> str:
    return str(_answering(route).__module__)


def _row(route: Route) -> str:
    told = (_answering(route).__doc__ or "").strip().splitlines()[0]
    sentence = told.partition(": ")[2].replace("|", "\\|")
    methods = " ".join(sorted((route.methods or set()) - {"HEAD"}))
    return f"| {methods} `{route.path}` | {sentence} |"


def main() -> None:
    """Replace the section; everything above its heading stays. `--print` only shows it."""
    if "--print" in sys.argv:
        print(written(), end="")
        return
    above, _, _ = PAGE.read_text().partition(HEADING)
    PAGE.write_text(above + written())


if __name__ == "__main__":
    main()
