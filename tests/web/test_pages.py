"""What pages show, and what they never show."""

import re

import pytest
from starlette.testclient import TestClient
from tests.conftest import statement

from amparo.ledger.publisher_process import PublisherState
from amparo.web.app import build
from amparo.web.http.state import Serving
from amparo.web.words.pages import _environment


def test_the_demonstration_is_marked_everywhere(demo):
    front = demo.http.get("/").text
    decision = demo.http.get(re.search(r"/statement/[0-9a-f-]{36}", front)[0]).text

    assert "Generated for demonstration" in decision
    for path in ("/", "/observatory", "/desk/sign-in", "/coalition", "/nothing", "/demo/ana"):
        page = demo.http.get(path, headers={"accept": "text/html"}).text
        assert "A demonstration: its people, platforms and cases are made up." in page, path


def test_every_demonstration_decision_has_a_working_receipt_and_recourse_link(demo):
    """A sample over all of them, by index."""
    for index in demo.decisions[::331]:
        page = demo.http.get(f"/find?id={index}", follow_redirects=True)
        recourse = re.search(r"/recourse/[0-9a-f-]{36}/[0-9a-f]{32}", page.text)[0]

        assert demo.http.get(recourse).status_code == 200
        assert demo.http.get(recourse + "/receipt").status_code == 200


def test_a_day_that_is_not_known_is_not_today():
    shown = _environment("en").from_string("{{ known|day }}, {{ unknown|day }}")

    assert shown.render(known="2026-03-05", unknown=None) == "5 March 2026, –"


def test_a_puid_is_never_shown_publicly(served, platform):
    sent = statement("own-secret-number-7")
    told = served.http.post("/api/v1/statement?wait=receipt", json=sent, headers=platform).json()

    for path in ("/", f"/statement/{told['uuid']}", f"/statement/{told['uuid']}/receipt"):
        assert "own-secret-number-7" not in served.http.get(path).text
    assert (
        "own-secret-number-7"
        not in served.http.get(f"/api/v1/statement/{told['uuid']}", headers=platform).text
    )


def test_a_wrong_recourse_link_tells_no_more_than_a_wrong_number(served, platform):
    told = served.http.post("/api/v1/statement", json=statement("r"), headers=platform).json()
    wrong = served.http.get(f"/recourse/{told['uuid']}/{'0' * 32}")
    none = served.http.get("/recourse/01a20e3e-491f-75cb-93ab-92d2707adc4b/" + "0" * 32)

    assert wrong.status_code == none.status_code == 404
    assert wrong.text == none.text


def test_pages_carry_a_strict_content_policy(demo):
    for path in ("/", "/verify", "/api", "/nothing"):
        answer = demo.http.get(path, headers={"accept": "text/html"})
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert "style=" not in answer.text
        assert "<script>" not in answer.text


def test_an_error_page_is_in_the_readers_language(demo):
    answer = demo.http.get("/nothing", headers={"accept": "text/html", "accept-language": "es"})

    assert answer.status_code == 404
    assert "No hay nada en esta dirección." in answer.text


def test_whoever_is_signed_out_has_a_way_on(served):
    page = served.http.get("/desk/report", headers={"accept": "text/html"})

    assert page.status_code == 401
    assert 'href="/desk/sign-in"' in page.text.partition("<main")[2].partition("</main>")[0]


def test_health_tells_what_is_kept_and_what_is_public(demo):
    told = demo.http.get("/health").json()

    assert told["status"] == "ready"
    assert told["entries"] == told["published"] > 10_000


def test_the_interface_is_described(demo):
    described = demo.http.get("/api/openapi.json").json()
    schema = described["components"]["schemas"]["Statement"]

    assert described["openapi"] == "3.1.0"
    assert len(schema["properties"]["category"]["enum"]) == 16
    assert "KEYWORD_STALKING" in str(schema["properties"]["category_specification"])


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "Publishing has not begun yet."),
        (PublisherState("publishing"), "every second"),
        (PublisherState("waiting", "The log could not be written.", "disk full"), "disk full"),
        (PublisherState("standby", "Another host publishes.", "it holds the lock"), "the lock"),
    ],
)
def test_the_logs_page_says_why_nothing_is_published(node, state, said):
    """Not that it has not begun, of a node that has published for years."""
    serving = Serving(node)
    serving.publisher = state or serving.publisher

    page = TestClient(build(serving)).get("/log/").text

    assert said in page
    assert ("has not begun" in page) == (state is None)
