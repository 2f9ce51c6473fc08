"""Take the pictures of the README anew, of a demonstration: `make pictures`. Needs Chromium.

Whom one can be in it, a decision, a chart, the page of Ana, whose complaint was decided, and
that of a member of the coalition.
"""

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.conftest import Served

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH = 1120
QUALITY = 82
CHART = "/observatory/measure/account.suspended?platform=Roblox&since=2025-01-01"


def main() -> None:
    """Start a demonstration, take five pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        node = Served(Path(folder) / "node", "--demo")
        try:
            node.until_published()
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(
                viewport={"width": WIDTH, "height": 800}, locale="en-GB", color_scheme="light"
            )
            page.goto(f"{node.url}/demo")
            _take(page, "demonstration", 860)
            page.goto(node.url)
            page.locator("a[href^='/statement/']").first.click()
            page.get_by_text("verified", exact=False).first.wait_for()
            _take(page, "decision", 800)
            page.goto(node.url + CHART)
            page.locator("svg, canvas").first.wait_for()
            _take(page, "chart", 650)
            page.goto(f"{node.url}/demo/ana")
            page.get_by_role("button", name="Be this person").click()
            page.get_by_text("Your five steps").wait_for()
            _take(page, "case", 860)
            page.goto(f"{node.url}/coalition/member/aufsicht.example")
            page.get_by_text("Answer it").first.click()
            _take(page, "member", 700)
        finally:
            node.stop()


def _take(page: Page, name: str, height: int) -> None:
    """The upper part of a page, as a file of some tens of kilobytes."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    shot = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    (PICTURES / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
