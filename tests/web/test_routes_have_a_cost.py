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


def test_every_row_of_the_table_has_a_measured_cost_a_limit_and_an_answer():
    """Rows without a figure were told apart only by reading them."""
    rows = re.findall(r"^\| `(?:GET|POST) \S+` \|.*$", PAGE.read_text(), re.MULTILINE)

    for row in rows:
        _, processor, beside, _, limit, answer = (cell.strip() for cell in row.split("|")[2:-1])
        assert re.fullmatch(r"[\d,.]+ ms", processor), row
        assert re.fullmatch(r"\d+", beside), row
        assert limit, row
        assert re.fullmatch(r"(\d{3}/?)+", answer), row
