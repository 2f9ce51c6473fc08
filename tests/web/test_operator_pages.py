"""The operator's pages in a real Chromium: clean in both languages, at both widths, light and dark."""

import os
from pathlib import Path

import pytest
from tests.conftest import Served, run, statement
from tests.web.conftest import violations

SHOTS = os.environ.get("AMPARO_SCREENSHOTS")
PAGES = {
    "overview": "/admin",
    "platforms": "/admin/platforms",
    "platform": "/admin/platforms/foro",
    "seats": "/admin/seats",
    "panels": "/admin/panels",
    "mail": "/admin/mail",
    "settings": "/admin/settings",
}


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    """A node with much to say: a webhook that does not answer, a desk of one, no backup."""
    node = Served(tmp_path_factory.mktemp("operator") / "node")
    token = node.add_platform("Foro")
    node.add_platform("Plaza de las Palabras, foro de lectores")
    run("reviewer", "add", "Rosa", "rosa@foro.example", "--platform", "Foro", "--data", node.data)
    node.http.post("/api/v1/statement", json=statement(), headers=token).raise_for_status()
    yield node
    node.stop()


def come_in(foro, open_page, **options):
    """A browser in which the operator is signed in."""
    link = run("admin", "link", "--data", foro.data).stdout.splitlines()[-1]
    page = open_page(link, **options)
    page.get_by_role("button", name="Come in").or_(
        page.get_by_role("button", name="Entrar")
    ).click()
    page.locator(".desk-nav").wait_for()
    return page


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en-GB", 1280, "light"), ("es-ES", 390, "dark")]
)
def test_every_page_is_clean_at_both_widths_and_in_both_schemes(
    foro, open_page, language, width, scheme
):
    page = come_in(
        foro,
        open_page,
        locale=language,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    for name, path in PAGES.items():
        page.goto(f"{foro.url}{path}")

        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"admin-{name}-{width}.png", full_page=True)
    assert page.complaints == []


def test_a_demonstration_asks_nobody_for_a_link_that_cannot_be_made(demo):
    page = demo.http.get("/admin/sign-in").text

    assert "A demonstration has no operator." in page
    assert 'href="/demo"' in page
    assert "amparo admin link" not in page
