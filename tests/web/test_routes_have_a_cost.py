"""What a request may cost is known of every route: measured by `make bench`, told in the docs."""

import re
from pathlib import Path

from bench import routes

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_every_route_has_its_dearest_request():
    assert set(routes.DEAREST) == routes.routes()


def test_the_table_of_the_docs_has_every_route_and_only_those():
    told = re.findall(r"^\| `((?:GET|POST) \S+)` \|", PAGE.read_text(), re.MULTILINE)

    assert sorted(told) == sorted(routes.DEAREST)
