"""Anybody finds decisions by what is public of them, and keeps the address of what was asked."""

import csv
import io
import random
import time
from contextlib import closing
from xml.etree import ElementTree as ET

import pytest
from tests.conftest import Served

from amparo.ledger.log import platforms
from amparo.record.specimen import specimen
from amparo.storage.journal import Journal
from amparo.storage.node import open_node
from amparo.web.public import search

ATOM = "{http://www.w3.org/2005/Atom}"
FULLY = "AUTOMATED_DECISION_FULLY"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """120 decisions of two platforms, one with a name that a spreadsheet would run."""
    served = Served(tmp_path_factory.mktemp("search") / "node")
    served.sent = []
    chance = random.Random(3)
    for name in ("Foro", "=Plaza & Söhne"):
        auth = served.add_platform(name)
        made = [specimen(chance, f"{len(served.sent)}-{n}") for n in range(60)]
        told = served.http.post("/api/v1/statements", json={"statements": made}, headers=auth)
        assert told.status_code == 201
        served.sent += [(name, statement) for statement in made]
    deadline = time.monotonic() + 60
    while "120 decisions" not in served.http.get("/search").text:
        assert time.monotonic() < deadline, "the index was not made"
        time.sleep(0.1)
    yield served
    served.stop()


def rows(node, address):
    answer = node.http.get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return [*csv.DictReader(io.StringIO(answer.text))]


def test_a_search_shows_what_was_done_by_whom_and_leads_to_the_decision(node):
    page = node.http.get("/search").text

    link = page.partition('<a href="/statement/')[2].partition('"')[0]
    assert node.http.get(f"/statement/{link}").status_code == 200
    assert page.count('href="/statement/') == 20
    assert "Older decisions" in page


def test_a_table_has_what_was_asked_for_and_nothing_else(node):
    wanted = [s for name, s in node.sent if name == "Foro" and s["automated_decision"] == FULLY]

    found = rows(node, f"/search.csv?platform=foro&automated={FULLY}")

    assert len(found) == len(wanted) > 0
    assert {row["platform_name"] for row in found} == {"Foro"}
    assert sorted(row["category"] for row in found) == sorted(s["category"] for s in wanted)
    assert "puid" not in found[0]
    assert not any("decision_facts" in name or "explanation" in name for name in found[0])


def test_no_name_is_a_formula(node):
    found = rows(node, "/search.csv")

    assert "'=Plaza & Söhne" in {row["platform_name"] for row in found}


def test_pages_go_on_until_all_were_seen(node):
    seen, address = [], "/search?content=CONTENT_TYPE_TEXT"
    wanted = [s for _, s in node.sent if "CONTENT_TYPE_TEXT" in s["content_type"]]
    while address:
        page = node.http.get(address).text
        seen += [part.partition('"')[0] for part in page.split('href="/statement/')[1:]]
        older = page.partition('" rel="next"')[0].rpartition('href="')[2]
        address = older.replace("&amp;", "&") if 'rel="next"' in page else ""

    assert len(seen) == len(set(seen)) == len(wanted)


def test_a_feed_tells_the_newest_and_is_well_formed(node):
    body = node.http.get("/search.atom?ground=DECISION_GROUND_ILLEGAL_CONTENT").text

    feed = ET.fromstring(body)
    entries = feed.findall(f"{ATOM}entry")
    illegal = [s for _, s in node.sent if s["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"]
    assert len(entries) == min(50, len(illegal))
    assert feed.find(f"{ATOM}link").get("href").endswith("ground=DECISION_GROUND_ILLEGAL_CONTENT")
    assert node.http.get(entries[0].find(f"{ATOM}link").get("href")).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        "category=nonsense",
        "platform=nobody",
        "since=yesterday",
        "since=9999999999-01-01",
        "before=-1",
        "before=²",
        "before=99999999999999999",
        "content=CONTENT_TYPE_TEXT&content=CONTENT_TYPE_IMAGE",
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(node, asked):
    answer = node.http.get(f"/search?{asked}", headers={"accept": "text/html"})

    assert answer.status_code == 400
    assert "Begin at /search" in answer.text


def test_days_in_which_nothing_was_decided_are_empty(node):
    page = node.http.get("/search?since=1999-01-01&until=1999-12-31").text

    assert "There is no decision like that." in page


def test_the_page_is_in_the_readers_language(node):
    page = node.http.get("/search", params={"lang": "es"}).text

    assert "Buscar decisiones" in page
    assert "120 decisiones." in page


def test_numbers_are_written_as_the_readers_language_writes_them(node):
    """In Spanish, 1,000 is one."""
    page = node.http.get("/search", params={"lang": "es"}).text

    assert "(CSV)" in page
    assert "1,000" not in page


def test_a_question_is_kept_by_whoever_changes_the_language(node):
    page = node.http.get("/search?platform=foro&since=2020-01-01&lang=en").text

    assert 'href="/search?platform=foro&amp;since=2020-01-01&amp;lang=es"' in page


def test_a_day_stands_in_the_form_and_in_links_as_a_browser_writes_it(node):
    page = node.http.get("/search?since=20200101").text

    assert 'value="2020-01-01"' in page
    assert "/search.csv?since=2020-01-01" in page


@pytest.mark.parametrize("made_up", [True, False])
def test_a_table_says_what_was_made_up(node, made_up):
    """A file is passed on without the page that would say so."""
    with closing(Journal(open_node(node.data).journal, read_only=True)) as journal:
        by_slug = {each.slug: each._replace(demo=made_up) for each in platforms.every(journal)}
        text = search.table_of([*journal.events()], by_slug, node.url)

    found = {row["generated"] for row in csv.DictReader(io.StringIO(text))}
    assert found == {"Yes" if made_up else "No"}
