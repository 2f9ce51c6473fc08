"""Menu and foot lead somewhere: every page opens, says something, and has its way on."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.conftest import Served

from amparo.demo import play
from amparo.observatory import findings
from amparo.storage.node import open_node
from amparo.web.http.state import Cosigned
from amparo.web.public import front_page
from amparo.web.words.i18n import languages, localise
from amparo.web.words.menu import FOOT, MENU

PLACES = [*MENU, *(place for _, places in FOOT for place in places)]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.path)
def test_every_page_of_menu_and_foot_opens(demo, place):
    answer = demo.http.get(place.path, follow_redirects=True)

    assert answer.status_code == 200
    if place.path != "/health":
        assert re.search(r"<h1[^>]*>[^<]+", answer.text)
        anchor = place.path.partition("#")[2]
        assert not anchor or f'id="{anchor}"' in answer.text


@pytest.mark.parametrize("language", languages())
def test_the_front_page_has_four_doors_and_the_menu_four_words(demo, language):
    page = demo.http.get("/", headers={"accept-language": language}).text

    doors = re.search(r'<ul class="doors">(.*?)</ul>', page, re.DOTALL)[1]
    assert re.findall(r'href="([^"]+)"', doors) == [place.path for place in MENU]
    for place in PLACES:
        assert f'<a href="{place.path}">{localise(place.words, language)}</a>' in page


def test_the_menu_marks_where_one_is(demo):
    assert '<a href="/find" aria-current="page">' in demo.http.get("/find").text
    assert '<a href="/observatory" aria-current="page">' in demo.http.get("/observatory/waves").text
    assert 'aria-current="page"' not in demo.http.get("/about").text


def test_no_word_of_the_menu_stands_for_two_things():
    words = [place.words for place in PLACES]

    assert len(set(words)) == len(words)


@pytest.mark.parametrize("language", languages())
def test_the_menu_is_one_line_on_a_phone(demo, open_page, language):
    page = open_page(f"{demo.url}/verify?lang={language}", viewport={"width": 360, "height": 740})

    links = page.locator("header nav ul:last-child a")
    tops = {links.nth(n).bounding_box()["y"] for n in range(len(MENU))}
    assert len(tops) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_whoever_runs_a_node_is_named_where_they_said_so(demo):
    assert "has not said who they are" in demo.http.get("/about").text


def test_the_newest_wave_is_told_with_its_age_though_nobody_opened_the_observatory(tmp_path):
    node = Served(tmp_path / "node")
    for _ in range(1200):
        front = node.http.get("/").text
        if "newest waves" in front:
            break
        time.sleep(0.1)
    node.stop()

    assert "In what platforms have reported to the EU up to 10 January 2026:" in front
    assert "On record here:" not in front


def test_the_first_page_of_a_demonstration_shows_its_own_wave(tmp_path):
    """It is counted and looked for while the story is made: whoever waits half a minute has left."""
    folder = tmp_path / "demonstration"
    play.node_in(folder, log_url="http://n.example", witness_url="http://w.example", tell=print)

    lake = open_node(folder).lake
    found = findings.last(lake, findings.state_of(lake))

    assert found is not None
    assert "Foro Libre" in {wave.platform for wave in found.waves if wave.called}


def test_the_story_of_a_demonstration_leads_the_newest_waves(demo):
    for _ in range(600):  # until the observatory is open
        front = demo.http.get("/").text
        if "On record here:" in front:
            break
        time.sleep(0.1)

    wave = re.search(r'On record here: <a href="([^"]+)">Foro Libre</a>', front)
    assert wave
    assert front.index("On record here:") < front.index("In what platforms have reported")
    newest = demo.http.get("/observatory").text.partition('id="new-waves"')[2]
    assert newest.index(wave[1]) == newest.index("/observatory/wave/")
    assert newest.index("own record") < newest.index("</li>")
    every = newest.partition('id="every"')[2]
    assert 0 < every.index("Foro Libre") < every.index("Google Shopping")


@pytest.mark.parametrize("language", ["en", "de", "pt", "ar"])
def test_the_foot_takes_less_than_a_screen_of_a_phone(demo, open_page, language):
    """It took more than one, on every page: a place a line, and a column for each kind."""
    page = open_page(f"{demo.url}/verify?lang={language}", viewport={"width": 390, "height": 844})

    assert page.locator("footer").bounding_box()["height"] < 750
    links = page.locator("footer a")
    assert min(box["height"] for box in (one.bounding_box() for one in links.all())) >= 24


def test_witnesses_that_cosigned_in_one_minute_are_told_with_that_minute_once():
    at = datetime(2026, 12, 1, 11, 15, 40, tzinfo=UTC)
    cosigned = [
        Cosigned("a.example", at),
        Cosigned("b.example", at - timedelta(seconds=20)),
        Cosigned("c.example", at - timedelta(minutes=5)),
    ]

    assert [names for _, names in front_page._by_minute(cosigned)] == [
        ["a.example", "b.example"],
        ["c.example"],
    ]
