"""The observatory's pages: on real series, in a real Chromium, with and without script."""

import csv
import io
import re
import time
import xml.etree.ElementTree as ET

import duckdb
import pytest
from playwright.sync_api import expect
from tests.web.conftest import violations

from amparo.web.public import charts

PAGES = [
    "/observatory",
    "/observatory/platform/x",
    "/observatory/measure/account.suspended?platform=X&platform=TikTok",
    "/observatory/waves",
    "/observatory/wave/roblox.account.terminated.2025-12-13",
    "/observatory/doubts",
]


@pytest.fixture(scope="module")
def looked(served):
    """A node whose observatory has been asked once."""
    served.http.get("/observatory").raise_for_status()
    return served


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(looked, open_page, path, scheme):
    joint = "&" if "?" in path else "?"
    language = "es" if scheme == "dark" else "en"
    page = open_page(
        f"{looked.url}{path}{joint}lang={language}",
        color_scheme=scheme,
        bypass_csp=True,
        viewport={"width": 390, "height": 900},
    )

    assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone_and_none_complains(looked, open_page, path):
    page = open_page(looked.url + path, viewport={"width": 360, "height": 740})
    page.wait_for_timeout(300)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.complaints == []


def test_a_chart_is_read_out_by_the_arrow_keys(looked, open_page):
    page = open_page(
        f"{looked.url}/observatory/measure/account.suspended?platform=X&platform=TikTok"
    )
    drawn = page.locator(".drawn")
    drawn.locator("canvas").wait_for()

    drawn.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")

    said = page.locator(".said").inner_text()
    assert re.match(r"2023-09-2\d: X .* · TikTok ", said)
    expect(page.locator(".legend li")).to_have_text(["X", "TikTok"])


def test_what_a_chart_reads_out_is_what_the_data_say(looked, open_page):
    """Lines and legend must not be swapped: X was silent in July 2025, TikTok hardly reports any."""
    query = "platform=X&platform=TikTok&since=2025-06-01&until=2025-06-02"
    page = open_page(f"{looked.url}/observatory/measure/account.suspended?{query}")
    page.locator(".drawn canvas").wait_for()

    page.locator(".drawn").focus()
    page.keyboard.press("Home")

    assert page.locator(".said").inner_text().startswith("2025-06-01: X 1,560 · TikTok")


def test_without_script_the_drawing_the_table_and_the_query_are_there(looked, open_page):
    page = open_page(f"{looked.url}/observatory/platform/x", java_script_enabled=False)

    assert page.locator("svg.chart").count() >= 4
    page.locator("summary").first.click()
    assert "FROM" in page.locator("pre code").first.inner_text()
    assert page.locator("table").first.locator("tr").count() > 20


def test_from_the_overview_to_a_wave_and_its_citation(looked, open_page):
    page = open_page(looked.url)

    page.get_by_role("link", name="Figures", exact=True).click()
    page.locator("#new-waves + ul a").first.click()

    assert "more than expected" in page.locator("h1").inner_text()
    assert "doi:10.2906/134353607485211" in page.locator("#cite + p").inner_text()


def test_platforms_are_compared_by_a_plain_form(looked, open_page):
    page = open_page(f"{looked.url}/observatory/measure/statements", java_script_enabled=False)

    page.locator("select").select_option(["X", "LinkedIn"])
    page.locator("[name=since]").fill("2025-01-01")
    page.get_by_role("button", name="Show").click()

    expect(page.locator(".legend li")).to_have_text(["X", "LinkedIn"])
    assert "platform=X&platform=LinkedIn" in page.url


def test_a_figure_is_taken_away_as_csv_parquet_json_and_svg(looked, tmp_path):
    query = "platform=X&since=2025-06-01&until=2025-06-02"
    base = "/observatory/data/account.suspended"

    rows = list(csv.DictReader(io.StringIO(looked.http.get(f"{base}.csv?{query}").text)))
    (tmp_path / "x.parquet").write_bytes(looked.http.get(f"{base}.parquet?{query}").content)
    table = duckdb.sql(
        f"SELECT platform, value FROM '{tmp_path}/x.parquet' ORDER BY date"
    ).fetchall()
    told = looked.http.get(f"{base}.json?{query}").json()
    drawn = looked.http.get(f"{base}.svg?{query}").text

    assert [r["statements"] for r in rows] == ["1560", "1000"]
    assert table == [("X", 1560), ("X", 1000)]
    assert told == {"days": ["2025-06-01", "2025-06-02"], "lines": [["X", [1560.0, 1000.0]]]}
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert "<style>" in drawn


def test_the_feed_has_waves_and_silences_and_can_be_narrowed(looked):
    whole = ET.fromstring(looked.http.get("/observatory/waves.atom").content)
    one = ET.fromstring(looked.http.get("/observatory/waves.atom?platform=X").content)
    names = "{http://www.w3.org/2005/Atom}"

    titles = [e.findtext(f"{names}title") for e in one.findall(f"{names}entry")]
    assert len(whole.findall(f"{names}entry")) > 20
    assert "X: silent for 57 days (account.suspended)" in titles
    assert all(title.startswith("X:") for title in titles)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/observatory/platform/nobody", 404),
        ("/observatory/measure/nothing", 404),
        ("/observatory/wave/x.y.z", 404),
        ("/observatory/measure/statements?platform=Nobody", 404),
        ("/observatory/measure/statements?since=soon", 400),
        (
            "/observatory/measure/statements?"
            + "&".join(
                f"platform={p}" for p in "X Facebook TikTok LinkedIn Temu Shein Pinterest".split()
            ),
            400,
        ),
        ("/observatory/data/statements.doc", 400),
        ("/observatory/data/statements", 404),
    ],
)
def test_what_is_not_there_is_told(looked, path, status):
    for accept in ("text/html", "application/json"):
        assert looked.http.get(path, headers={"accept": accept}).status_code == status


def test_every_chart_over_all_days_is_quick(looked):
    """Measured in bench; here only that none is out of all proportion."""
    begun = time.monotonic()

    for name in ("statements", "share.found_by_machine", "delay.disclosure", "language.de"):
        assert looked.http.get(f"/observatory/measure/{name}").status_code == 200

    assert time.monotonic() - begun < 10


def test_an_axis_has_round_numbers_and_reaches_over_the_highest_point():
    for most in (0.003, 0.9, 7, 99, 101, 738_796_406):
        ticks = charts._ticks(most)
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert 3 <= len(ticks) <= 6


def test_a_title_cannot_break_out_of_its_chart():
    from datetime import date

    drawn = charts.line_chart(
        {"<x>": [(date(2025, 1, 1), 1.0), (date(2025, 1, 2), 2.0)]},
        title='"><script>',
        description="&",
        alone=True,
    )

    assert "<script>" not in drawn
    ET.fromstring(drawn)
