"""On paper: what was decided and why, and how the page is found again; nothing to be pressed."""

import re
from uuid import uuid4

import pytest
from tests.conftest import own_link, statement

from amparo.web.words.qr_code import qr_code


@pytest.fixture
def told(served, platform):
    """A decision of which somebody was told: its public page, and their own."""
    body = statement(f"paper-{uuid4().hex}")
    made = served.http.post("/api/v1/statement?wait=receipt", json=body, headers=platform).json()
    return f"{served.url}/statement/{made['uuid']}", served.url + own_link(served.http, made)


def seen(page, selector):
    """How many of some elements take room on the page."""
    return sum(place.is_visible() for place in page.locator(selector).all())


def test_a_notice_is_printed_without_forms_and_menus_and_with_a_code(told, open_page):
    _, own = told
    page = open_page(own)
    for summary in page.locator("main summary").all():
        summary.click()
    on_screen = [seen(page, name) for name in ("main form", "header nav", ".on-paper svg")]

    page.emulate_media(media="print")

    assert [number > 0 for number in on_screen] == [True, True, False]
    assert seen(page, "main form, main button, summary, header nav, footer nav, a[download]") == 0
    assert seen(page, ".on-paper svg") == 1
    assert seen(page, "h1") == 1
    assert page.get_by_text("The facts it relies on").is_visible()


def test_it_is_black_on_white_whatever_the_screen_is(told, open_page):
    page = open_page(told[1], color_scheme="dark")

    page.emulate_media(media="print")

    colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    assert page.locator("html").evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_the_code_opens_the_public_page_and_never_the_secret_one(served, told):
    """Whoever finds the paper finds what everybody may see."""
    public, own = told
    for address in (public, own):
        page = served.http.get(address).text
        [figure] = re.findall(r'<figure class="on-paper">(.*?)</figure>', page, re.DOTALL)

        assert qr_code(public) in figure
        assert f"<code>{public}</code>" in figure
        assert own.rpartition("/")[2] not in figure
