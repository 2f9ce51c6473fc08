"""No English sentence on another language's page: every page of a demonstration, by everybody in it.

Two questions are asked. In each language: does a page say a text of the catalogue in English? And
once, with every text of a catalogue replaced by letters of no language: does a page say anything
that is in no catalogue? What stays English is named here and in docs/languages.md.
"""

import ast
import functools
import html
import inspect
import re
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.routing import Match
from tests.conftest import Served, run_async
from tests.web.english import english_in, own_nodes

import amparo.demo
from amparo.observatory import queries
from amparo.record import specimen
from amparo.report import forms
from amparo.storage.node import open_node
from amparo.web.app import build
from amparo.web.http.state import Serving
from amparo.web.staff import demonstration
from amparo.web.words import pages
from amparo.web.words.demonstration import TOURS
from amparo.web.words.i18n import catalogue, languages

NODE = "http://node.example"
STAYS_ENGLISH = {
    "/docs/{name:path}": "a manual",
    "/transparency/published/{service}/{period}/{version}/{name}": "a report as its file has it",
}
"""Pages in English, and why; elements that a page marks as English are named in the docs."""
NO_PAGE = re.compile(r"^/(static|log/.|favicon|health)")
OF_A_ROLE = ("/desk", "/panel", "/registrar", "/mandates", "/recourse", "/claim")
ALIKE = 3
"""So many pages of an address are looked at, as each person."""
BESIDE = {"": ["/demo", "/nothing", "/observatory/find?platform=store", "/search?since=2026-01-01"]}
"""Addresses that no page of the demonstration links to."""
TEMPLATES = sorted((Path(pages.__file__).parent / "templates").glob("*.html"))


class Visits:
    """Every page that somebody can reach from where they begin, by following links."""

    def __init__(self, app):
        self._app = app
        self.pages = {}
        """(Cookies, address) -> the route it is of."""

    async def look(self, http, cookies, role, begin):
        waiting, known = [begin, *BESIDE.get(role, [])], {}
        while waiting:
            address = waiting.pop(0)
            route = self.route(address)
            own = route.startswith(OF_A_ROLE)
            seen = {path for _, path in self.pages} if not own else set()
            if NO_PAGE.match(address) or known.get(route, 0) >= ALIKE or address in seen:
                continue
            if (cookies, address) in self.pages:
                continue
            answer = await http.get(address, headers={"cookie": cookies, **READER})
            if answer.status_code in (302, 303):
                waiting.append(answer.headers["location"])
            elif "html" in answer.headers.get("content-type", ""):
                known[route] = known.get(route, 0) + 1
                self.pages[cookies, address] = route
                waiting += links(answer.text)

    def route(self, address):
        scope = {"type": "http", "method": "GET", "path": urlsplit(address).path, "headers": []}
        found = (r for r in self._app.routes if r.matches(scope | {"root_path": ""})[0] == FULL)
        return getattr(next(found, None), "path", address)


FULL = Match.FULL
READER = {"accept": "text/html", "accept-language": "en"}


def links(page):
    """Where a page leads to, but for its own languages."""
    found = (html.unescape(one) for one in re.findall(r'href="([^"#]+)', page))
    return [one for one in found if one.startswith("/") and "lang=" not in one]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A demonstration that has been played, and serves no longer."""
    played = Served(tmp_path_factory.mktemp("english") / "node", "--demo")
    played.until_published()
    played.until_shown("/coalition", "over since")
    played.stop()
    return open_node(played.data)


@asynccontextmanager
async def asking(node):
    """The node in this process, and who asks it."""
    app = build(Serving(node))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=NODE, timeout=60) as http:
        yield app, http


@pytest.fixture(scope="module")
def visited(node):
    """Every page: (cookies, address) -> its route."""

    async def visiting():
        async with asking(node) as (app, http):
            visits = Visits(app)
            await visits.look(http, "", "", "/")
            for part in TOURS:
                came = await http.post(f"/demo/{part}", headers={"origin": NODE})
                cookies = "; ".join(
                    value.partition(";")[0] for value in came.headers.get_list("set-cookie")
                )
                http.cookies.clear()
                begin = came.headers["location"]
                if begin.startswith("/"):
                    await visits.look(http, cookies, part, begin)
            return visits.pages

    return run_async(visiting())


@pytest.fixture(scope="module")
def read(node, visited):
    """(Language, in disguise) -> route -> everything that its pages say."""

    @functools.cache
    def reading(language, disguise=""):
        async def asked():
            texts = {}
            async with asking(node) as (_, http):
                for (cookies, address), route in visited.items():
                    headers = {**READER, "accept-language": language, "cookie": cookies}
                    page = await http.get(address, headers=headers)
                    http.cookies.clear()
                    assert f'<html lang="{language}"' in page.text or route in STAYS_ENGLISH
                    texts.setdefault(route, set()).update(own_nodes(page.text))
            return texts

        return run_async(asked())

    return reading


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_no_page_says_a_text_of_the_catalogue_in_english(read, language):
    found = {
        route: english
        for route, texts in read(language).items()
        if route not in STAYS_ENGLISH and (english := english_in(not_data(texts), language))
    }

    assert found == {}


def not_data(texts):
    """What nobody of the demonstration wrote (a page may cut it short), and no template names."""
    own = {text for text in texts if len(text) < 24 or text[:24] not in data()}
    return {functools.reduce(lambda text, name: text.replace(name, ""), official(), t) for t in own}


@functools.cache
def official():
    """Names in the template of a transparency report, which has them in English."""
    nodes = ast.walk(ast.parse(inspect.getsource(forms)))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return sorted((t for t in texts if isinstance(t, str) and " " in t), key=len, reverse=True)


def test_every_part_of_the_house_was_looked_at(visited):
    routes = set(visited.values())

    assert len(routes) > 40
    for first in ("desk", "panel", "registrar", "recourse", "observatory", "coalition", "demo"):
        assert any(route.startswith(f"/{first}") for route in routes), first
    assert set(STAYS_ENGLISH) <= routes


IN_ENGLISH = {"report_file.html", "report_compare.html", "_shares.html"}
"""Templates of pages that stay English."""
SENTENCE = re.compile(r"{%-? *trans\b.*?endtrans *-?%}|{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
A_WORD = re.compile(r"[A-Za-z]{3,}")
NO_WORDS = {
    *("OpenAPI", "curl", "JavaScript", "Python"),
    *("UTC", "DSA", "SHA", "CSV", "Atom", "Parquet", "SVG", "PNG", "BibTeX", "RIS", "Amparo"),
    *(
        "DCAT",
        "Frictionless",
        "JSON",
        "XLSX",
        "age",
        "record",
        "json",
        "zip",
        "complaint",
        "adc",
        "GiB",
        "MiB",
    ),
    *("aria", "describedby", "invalid", "true", "tabindex", "open"),
}
"""Names of formats and tools, of files, what stands in examples of a code, and attributes that a
macro gives a tag."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_word_outside_of_a_sentence(path):
    """Also of pages that the demonstration has not: mandates, connections, sealed disclosure."""
    if path.name in IN_ENGLISH:
        return
    texts = own_nodes(SENTENCE.sub(" ", path.read_text()))

    found = {word for text in texts for word in A_WORD.findall(text)}
    assert found <= NO_WORDS


# --- what is in no catalogue --------------------------------------------------------------------

WORDS = re.compile(r"[A-Za-z][a-z']*(?:[ ,]+[A-Za-z][a-z'’]*){3,}")
"""Four words in a row."""
LEFT = re.compile(r"\{\w*\}|%\(\w+\)s|%%|<[^>]*>|`[^`]*`")
FIRST = 0x1D5BA
"""A, in letters for mathematics: a reader would call it English, a program does not."""


def disguised(text):
    """A text in letters of no language; places, tags and code stay."""
    at, parts = 0, []
    for kept in [*LEFT.finditer(text), None]:
        plain = text[at : kept.start() if kept else None]
        parts.append(re.sub("[A-Za-z]", lambda m: chr(FIRST + ord(m[0].lower()) - 97), plain))
        if kept:
            parts.append(kept[0])
            at = kept.end()
    return "".join(parts)


@pytest.fixture
def in_disguise(monkeypatch):
    """Spanish, with each of its texts in letters of no language."""
    texts = catalogue("es")._catalog
    told = {
        key: disguised(key if isinstance(key, str) else key[0]) if key else text
        for key, text in texts.items()
    }
    monkeypatch.setattr(catalogue("es"), "_catalog", told)


@functools.cache
def data():
    """What people, platforms and members of the demonstration wrote: the source of all of it."""
    sources = [inspect.getsource(one) for one in (specimen, demonstration, forms)]
    sources += [file.read_text() for file in Path(amparo.demo.__file__).parent.glob("*.py")]
    joined = re.sub(r'"\s*\n\s*f?"', "", "\n".join(sources))
    return " ".join(joined.split())


def test_no_page_says_anything_that_is_in_no_catalogue(node, read, in_disguise):
    with closing(queries.open_engine()) as engine:
        platforms = {name for name, _ in engine.series(["statements"])}
    found = {
        (route, text)
        for route, texts in read("es", "in disguise").items()
        if route not in STAYS_ENGLISH
        for text in texts - platforms
        for words in WORDS.findall(text)
        if words[:24] not in data()
    }

    assert found == set()
