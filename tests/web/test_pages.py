"""What pages show, and what they never show."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import catalogues
from tests.conftest import statement

from amparo.web.words.i18n import catalogue, languages


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_every_text_is_translated(language):
    texts = catalogue(language)

    def is_missing(text):
        if isinstance(text, str):
            return texts.gettext(text) == text
        return any(texts.ngettext(*text, number) in text for number in (1, 2))

    missing = [m.id for m in catalogues.extracted() if m.id and is_missing(m.id)]

    assert set(missing) <= {"Asia", "Audio", "Electoral", "No", "no"}


def test_the_demonstration_is_labelled_everywhere(demo):
    front = demo.http.get("/").text
    decision = demo.http.get(re.search(r"/statement/[0-9a-f-]{36}", front)[0]).text

    assert "are generated" in front
    assert front.count('class="mark">generated') == 12
    assert "Generated for demonstration" in decision


def test_every_demonstration_decision_has_a_working_receipt_and_recourse_link(demo):
    """A sample over all of them, by index."""
    for index in range(0, 3000, 331):
        page = demo.http.get(f"/find?id={index}", follow_redirects=True)
        recourse = re.search(r"/recourse/[0-9a-f-]{36}/[0-9a-f]{32}", page.text)[0]

        assert demo.http.get(recourse).status_code == 200
        assert demo.http.get(recourse + "/receipt").status_code == 200


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


def test_health_tells_what_is_kept_and_what_is_public(demo):
    told = demo.http.get("/health").json()

    assert told["status"] == "ready"
    assert told["entries"] == told["published"] == 3000


def test_the_interface_is_described(demo):
    described = demo.http.get("/api/openapi.json").json()
    schema = described["components"]["schemas"]["Statement"]

    assert described["openapi"] == "3.1.0"
    assert len(schema["properties"]["category"]["enum"]) == 16
    assert "KEYWORD_STALKING" in str(schema["properties"]["category_specification"])
