"""Take the pictures of the README anew, of a node with its demonstration: `make pictures`.

A decision, a chart, and the page of a person whose complaint was decided. Needs Chromium.
"""

import base64
import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from tests.conftest import Served, run, statement

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH = 1120
QUALITY = 82
CHART = "/observatory/measure/account.suspended?platform=Roblox&since=2025-01-01"
DECISION = statement(
    "post-4711",
    decision_visibility=["DECISION_VISIBILITY_CONTENT_REMOVED"],
    decision_ground="DECISION_GROUND_INCOMPATIBLE_CONTENT",
    incompatible_content_ground="Community rules, section 4: threats",
    incompatible_content_explanation="The post says what will be done to the person named in it.",
    decision_facts="A machine found the words, a moderator read the post once.",
)
GROUNDS = "I quoted the threat in order to report it. The post says so in its first line."
REASONS = (
    "The clause names threats. This post quotes one in order to report it, and names its source."
)


def main() -> None:
    """Start a node, let a case happen, take three pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        node = Served(Path(folder) / "node", "--demo")
        try:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(
                viewport={"width": WIDTH, "height": 800}, locale="en-GB", color_scheme="light"
            )
            page.goto(node.url)
            page.locator("a[href^='/statement/']").first.click()
            page.get_by_text("verified", exact=False).first.wait_for()
            _take(page, "decision", 800)
            page.goto(node.url + CHART)
            page.locator("svg, canvas").first.wait_for()
            _take(page, "chart", 650)
            page.goto(_heard(node, browser.new_page()))
            _take(page, "case", 860)
        finally:
            node.stop()


def _heard(node: Any, desk: Page) -> str:
    """A case in which somebody complained, was heard and won; the address of the person's page."""
    auth = node.add_platform("Foro")
    told = node.http.post("/api/v1/statement", json=DECISION, headers=auth).json()
    path = f"/api/v1/statement/{told['uuid']}/notice"
    node.http.post(path, json={"decided_by": ["mod-17"], "content": "A post."}, headers=auth)
    link: str = told["recourse_url"]
    node.http.post(f"{link.removeprefix(node.url)}/complaint", data={"grounds": GROUNDS})
    seat = ("--platform", "Foro", "--data", node.data)
    added = run("reviewer", "add", "Rosa", "rosa@example.org", *seat).stdout
    desk.goto(node.url + added.splitlines()[-1])
    desk.get_by_role("button", name="Come in").click()
    desk.get_by_role("link", name=told["uuid"][-12:]).click()
    desk.get_by_role("button", name="Take it").click()
    desk.get_by_role("button", name="Open the file").click()
    desk.get_by_text("The first decision was reversed.").click()
    desk.get_by_text("Restore the content").click()
    desk.get_by_label(re.compile("Reasons")).first.fill(REASONS)
    desk.get_by_role("button", name="Decide").click()
    desk.get_by_text("The platform was ordered to put it right.").wait_for()
    case = f"/api/v1/case/{told['uuid']}"
    node.http.post(f"{case}/hold", json={"kept": True}, headers=auth)
    node.http.post(f"{case}/remedy", json={"result": "implemented"}, headers=auth)
    return link


def _take(page: Page, name: str, height: int) -> None:
    """The upper part of a page, as a file of some tens of kilobytes."""
    page.set_viewport_size({"width": WIDTH, "height": height})
    shot = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
    )
    (PICTURES / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
