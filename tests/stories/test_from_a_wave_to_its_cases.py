"""From a wave in the observatory to the cases behind it at the platform's own desk, and back."""

import html
import re

import pytest
from tests.conftest import Served, run, statement
from tests.stories.seats import Seat

WAVE = "/observatory/wave/roblox.account.terminated.2025-12-13"


@pytest.fixture
def node(tmp_path):
    served = Served(tmp_path / "node")
    yield served
    served.stop()


def test_a_wave_leads_the_lead_of_its_platform_to_its_cases_and_to_one_ruling_and_back(node):
    assert "For the desk of this platform" not in node.http.get(WAVE).text
    auth = node.add_platform("Roblox")
    words = ("--platform", "Roblox", "--lead", "--data", node.data)
    added = run("reviewer", "add", "Lena", "lena@roblox.example", *words)
    lena = Seat(node, added.stdout.splitlines()[-1])
    closed = {
        "decision_account": "DECISION_ACCOUNT_TERMINATED",
        "decision_visibility": None,
        "application_date": "2025-12-14",
        "content_language": "EN",
    }
    said = {k: v for k, v in (statement("in-the-wave") | closed).items() if v is not None}
    node.http.post("/api/v1/statement", json=said, headers=auth).raise_for_status()

    page = node.http.get(WAVE).text
    links = [html.unescape(link) for link in re.findall(r'href="(/desk/groups\?[^"]+)"', page)]
    complaints, unheard = (lena.page(link) for link in links)

    assert "0 cases fit this choice" in complaints
    assert "One case fits this choice" in unheard
    for desk in (complaints, unheard):
        assert f'href="{WAVE}"' in desk
