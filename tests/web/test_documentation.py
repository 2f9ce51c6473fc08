"""The documentation is read on a node as it is beside the source."""

import re

import pytest

from amparo import documents
from amparo.web.app import routes
from amparo.web.public import documentation
from amparo.web.words import markdown, menu

ANCHORS = {
    name: set(re.findall(r'<h\d id="([^"]+)"', markdown.rendered(name)))
    for name in documents.names()
}


def links(name):
    return re.findall(r'<a href="([^"]+)"', markdown.rendered(name))


def test_every_page_stands_in_the_list_once():
    listed = [item.path for _, items in documentation.listed() for item in items]

    assert sorted(listed) == sorted(f"/docs/{name}" for name in documents.names())


@pytest.mark.parametrize("name", sorted(documents.names()))
def test_every_link_of_a_page_leads_to_a_place_that_is_there(name):
    for link in links(name):
        if link.startswith("http"):
            continue
        page, _, anchor = link.partition("#")
        leads_to = page.removeprefix("/docs/") or name
        assert leads_to in documents.names(), link
        assert not anchor or anchor in ANCHORS[leads_to], link


def test_what_leads_into_the_source_is_text(served):
    page = served.http.get("/docs/index").text

    assert "CONTRIBUTING.md" in page
    assert 'href="../' not in page
    assert ".md" not in "".join(links("index"))


def test_a_page_is_english_whoever_reads_it_and_the_list_says_so(served):
    page = served.http.get("/docs/connectors/ozone?lang=ar").text

    assert '<html lang="ar" dir="rtl"' in page
    assert '<div class="document" lang="en" dir="ltr">' in page
    assert "هذه الصفحات بالإنجليزية." in served.http.get("/docs?lang=ar").text


@pytest.mark.parametrize(
    "address",
    [
        "/docs/nothing",
        "/docs/..%2f..%2fpyproject",
        "/docs/pictures/..%2findex.md",
        "/docs/index.md",
    ],
)
def test_nothing_else_is_served(served, address):
    assert served.http.get(address).status_code == 404


def test_pictures_are_served(served):
    for name in documents.pictures():
        answer = served.http.get(f"/docs/pictures/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")


def test_code_and_markup_in_a_page_are_text():
    assert "<script" not in "".join(map(markdown.rendered, documents.names()))


def test_a_page_says_where_it_is_explained(served):
    assert 'href="/docs/observatory"' in served.http.get("/observatory").text
    assert "/docs/case" not in served.http.get("/about").text


def test_what_explains_a_page_is_there_and_so_is_the_page():
    known = {route.path for route in routes(b"0" * 32, https=True)}
    for address, name in menu._DOCUMENTED.items():
        assert name in documents.names()
        assert any(path == address or path.startswith(f"{address}/") for path in known), address
    assert menu.document_of("/observatory/platform/x") == "observatory"
    assert menu.document_of("/") is None
