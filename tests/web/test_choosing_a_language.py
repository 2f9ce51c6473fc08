"""Which language a reader gets, how they change it, and that it stays."""

import html
import re
from uuid import uuid4

import httpx2
import pytest
from tests.conftest import own_link, statement

from amparo.demo.coalition import MEMBERS
from amparo.web.words.i18n import languages, named


def links(page):
    """Language -> the address that a page offers it at."""
    return {
        code: html.unescape(address)
        for address, code in re.findall(r'<a href="([^"]*)" lang="(\w+)" hreflang', page)
    }


@pytest.mark.parametrize(
    "asked",
    [
        "/observatory/waves?kind=backlog",
        "/observatory/measure/account.suspended?platform=X&platform=TikTok&since=2025-01-01",
        "/observatory/find?platform=store",
        "/search?since=2026-01-01",
    ],
)
def test_another_language_shows_the_same_page(served, asked):
    page = served.http.get(asked, headers={"accept-language": "en"}, follow_redirects=True)

    address = links(page.text)["es"]

    query = dict.fromkeys(part for part in asked.partition("?")[2].split("&"))
    assert set(address.partition("?")[2].split("&")) == {*query, "lang=es"}
    assert 'lang="es"' in served.http.get(address).text


def test_every_language_is_offered_by_its_own_name(served):
    page = served.http.get("/", headers={"accept-language": "en"}).text

    assert {*links(page), "en"} == {*languages()}
    names = dict(named())
    assert (names["en"], names["es"]) == ("English", "Español")
    assert all(name in page for name in names.values())


@pytest.fixture
def own(served, platform):
    """The page of somebody's own."""
    sent = statement(f"own-{uuid4()}")
    told = served.http.post("/api/v1/statement", json=sent, headers=platform).json()
    return own_link(served.http, told)


def test_a_person_reads_the_language_they_are_written_to_in_and_keeps_it(served, own):
    sent = {"grounds": "Era una cita.", "email": "ana@example.org"}
    served.http.post(f"{own}/complaint", data=sent, headers={"accept-language": "es-MX"})

    with httpx2.Client(base_url=served.url, headers={"accept-language": "en"}) as browser:
        assert '<html lang="es"' in browser.get(own).text
        assert '<html lang="es"' in browser.get("/about").text
        assert '<html lang="en"' in browser.get(f"{own}?lang=en").text
        assert '<html lang="en"' in browser.get(own).text, "what was chosen goes first"


def test_another_language_of_a_form_with_a_mistake_is_that_of_its_page(served, own):
    page = served.http.post(f"{own}/complaint", data={"grounds": ""})

    assert page.status_code >= 400
    assert served.http.get(links(page.text)["es"]).status_code == 200


def test_somebody_of_the_demonstrations_coalition_knows_each_language():
    known = {code for member in MEMBERS for _, _, spoken in member.people for code in spoken}

    assert {*languages()} <= known
