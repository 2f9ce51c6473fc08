"""Pages in a real Chromium."""

from pathlib import Path

import pytest

AXE = (Path(__file__).parent.parent / "vendor" / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page):
    """What axe finds on a page: rule and first place."""
    page.wait_for_load_state()  # a click may have brought a page that is still arriving
    page.evaluate(AXE)  # not as a script of the page, which the page's own policy would refuse
    found = page.evaluate(f"axe.run(document, {{runOnly: {RULES}}})")
    return [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]


@pytest.fixture
def open_page(browser):
    """Open an address in a fresh context; what its console complains about is a failure."""
    contexts = []

    def opening(url, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(url)
        return page

    yield opening
    for context in contexts:
        context.close()


def before_its_script(page, url, script):
    """Go to a page whose script is still on its way; what comes back lets it arrive."""
    late = []

    def hold(route):
        late.append(route)

    page.route(f"**/{script}", hold)
    page.goto(url, wait_until="commit")
    while not late:
        page.wait_for_timeout(10)
    return late[0].continue_


def go_to(page, part):
    """Unfold the parts of a worksheet, and go to one of them."""
    page.locator(".how-far summary").click()
    page.locator(".how-far").get_by_role("button", name=part).click()
