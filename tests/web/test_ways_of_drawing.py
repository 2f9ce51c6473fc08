"""How a chart is drawn stands in its address: page, file, picture and frame are the same."""

import csv
import io
import json
import re
import subprocess
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import expect

from amparo.observatory import queries
from amparo.observatory.coverage import Span
from amparo.observatory.findings import shipped
from amparo.observatory.queries import Figure as Row
from amparo.web import public
from amparo.web.public import charts, figures, scales
from amparo.web.public.observatory import PLATFORM_MEASURES
from amparo.web.words.i18n import languages, localise

NODE = compute_driver_executable()[0]
SCRIPT = Path(public.__file__).parents[1] / "static" / "observatory.js"
FIRST = date(2025, 3, 1)
WEEK = "platform=X&since=2025-05-05&until=2025-05-18"
ROBLOX = "roblox.account.terminated.2025-12-13"


@pytest.fixture(scope="module")
def looked(served):
    served.http.get("/observatory").raise_for_status()
    return served


def days(*values):
    return [(FIRST + timedelta(days=n), value) for n, value in enumerate(values)]


def drawn(lines, **how):
    return charts.line_chart(lines, title="Title", description="What", **how)


def path(svg, look):
    return re.search(f'class="line {look}" d="([^"]*)"', svg)[1]


# --- the log scale --------------------------------------------------------------------------------


def test_a_zero_stands_in_a_strip_of_its_own_and_no_line_leads_there():
    svg = drawn({"X": days(10.0, 0.0, 1000.0, 100.0)}, is_log=True)

    assert path(svg, "l0").count("M") == 2
    assert re.search('class="zero l0" d="M[0-9.]+ [0-9.]+v8"/>', svg)


def test_without_a_log_scale_a_zero_is_a_point_of_the_line():
    svg = drawn({"X": days(10.0, 0.0, 1000.0, 100.0)})

    assert path(svg, "l0").count("M") == 1
    assert 'class="zero' not in svg


def test_a_day_that_is_not_known_is_a_gap_and_never_a_zero():
    points = days(10.0, 20.0, 30.0, 40.0, 50.0)
    gap = points.pop(2)[0]
    svg = drawn({"X": points}, is_log=True, unknown=[Span(gap, gap)])

    assert path(svg, "l0").count("M") == 2
    assert 'class="unknown"' in svg
    assert 'class="zero' not in svg


@pytest.mark.parametrize(
    "values", [[0.14, 3.0], [1.0, 1.0], [0.0, 0.0], [3.0, 7e8], [0.0004, 1.0], [5.0], []]
)
def test_a_log_axis_has_some_ticks_reaches_over_all_and_keeps_zero_at_the_edge(values):
    scale = scales.logarithmic(FIRST, FIRST, values)
    heights = [scale.y(tick) for tick in scale.ticks]

    assert scale.ticks[0] == 0
    assert 3 <= len(scale.ticks) <= 8
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == scales.HEIGHT - scales.BOTTOM
    assert heights[0] - heights[1] == pytest.approx(
        scales.STRIP * (scales.HEIGHT - scales.TOP - scales.BOTTOM)
    )
    for value in values:
        assert scales.TOP - 1e-6 <= scale.y(value) <= heights[0]


# --- the mean of seven days -----------------------------------------------------------------------


def test_a_day_that_is_known_in_part_is_in_no_mean():
    """Its count may be too low, and so would be the mean."""
    rows = [Row(day, "X", value, "yes") for day, value in days(*[7.0] * 15)]
    rows[7] = rows[7]._replace(known="part")

    means = figures._means(rows)

    assert [day for day, _ in means] == [rows[6].date, rows[14].date]


def test_the_mean_of_a_day_is_the_same_from_whatever_day_on_it_is_asked(looked):
    def column(since):
        text = looked.http.get(
            f"/observatory/data/account.suspended.csv?platform=X&mean=7&since={since}"
            "&until=2025-05-18"
        ).text
        rows = csv.DictReader(io.StringIO(text))
        return {row["date"]: row["account.suspended.mean_7_days"] for row in rows}

    early, late = column("2025-05-01"), column("2025-05-15")

    assert late == {day: early[day] for day in late}
    assert all(late.values())


def test_a_file_without_a_choice_has_the_columns_that_portals_are_told_of(looked):
    text = looked.http.get(f"/observatory/data/account.suspended.csv?{WEEK}").text

    assert text.splitlines()[0] == "date,platform,account.suspended,known"


# --- what was expected ----------------------------------------------------------------------------


def test_the_expected_line_adds_up_to_the_number_that_a_waves_page_tells(looked):
    wave = next(found for found in shipped().waves if found.key == ROBLOX)
    told = looked.http.get(
        f"/observatory/data/{wave.metric}.json?platform=Roblox&expected=yes"
        f"&since={wave.start}&until={wave.end}"
    ).json()

    assert sum(told["expected"]) == pytest.approx(wave.expected, abs=1)


def test_nothing_is_expected_of_a_share_or_of_several_platforms_at_once(looked):
    share = "/observatory/data/share.decided_by_machine.json?platform=X&expected=yes"
    several = "/observatory/data/account.suspended.json?platform=X&platform=TikTok&expected=yes"

    for address in (share, several):
        assert "expected" not in looked.http.get(address).json()


def test_a_column_that_was_asked_for_is_there_also_where_it_has_nothing(looked):
    first = queries.open_engine().span().first
    days = f"since={first}&until={first + timedelta(days=2)}"
    told = looked.http.get(
        f"/observatory/data/account.suspended.csv?platform=X&{days}&mean=7&expected=yes"
    )
    rows = list(csv.DictReader(io.StringIO(told.text)))

    assert len(rows) == 3
    assert {row["account.suspended.mean_7_days"] for row in rows} == {""}
    assert {row["account.suspended.expected"] for row in rows} == {""}


def test_nothing_is_expected_before_enough_is_known():
    engine = queries.open_engine()
    found = queries.expected(engine, queries.measure("account.suspended"), "X")

    assert min(found) > engine.span().first + timedelta(days=20)


# --- one address, the same everywhere -------------------------------------------------------------


def test_page_picture_data_and_frame_show_what_the_address_asks_for(looked):
    query = f"{WEEK}&mean=7&scale=log&expected=yes"
    name = "account.suspended"
    svg, page, frame = (
        looked.http.get(f"/observatory/{place}?{query}").text
        for place in (f"data/{name}.svg", f"measure/{name}", f"embed/{name}")
    )
    told = looked.http.get(f"/observatory/data/{name}.json?{query}").json()

    for text in (svg, page, frame):
        assert path(text, "l0 mean") == path(svg, "l0 mean")
        assert path(text, "l0 thin") == path(svg, "l0 thin")
        assert path(text, "expected") == path(svg, "expected")
        for note in ("Mean of 7 days:", "Log scale:", "Expected:"):
            assert note in text
    assert told["means"][0][0] == "X"
    assert told["axis"]["ticks"][0] == 0
    assert len(told["expected"]) == len(told["days"]) == 14


@pytest.mark.parametrize("language", languages())
def test_what_is_drawn_is_told_in_every_language(looked, language):
    query = f"{WEEK}&mean=7&scale=log&lang={language}"
    for place in ("data/account.suspended.svg", "embed/account.suspended"):
        text = looked.http.get(f"/observatory/{place}?{query}").text
        told = " ".join(re.sub("<[^>]+>", " ", text).split())
        assert localise(figures.MEAN, language) in told
        assert localise("Each day", language) in told
        if language != "en":
            assert "Log scale" not in told


def test_the_choices_are_links_that_last_and_lead_back(looked, open_page):
    page = open_page(
        f"{looked.url}/observatory/measure/account.suspended?{WEEK}", java_script_enabled=False
    )

    page.get_by_role("link", name="Mean of 7 days").click()
    page.get_by_role("link", name="Log scale").click()
    assert "mean=7" in page.url
    assert "scale=log" in page.url
    assert page.locator("svg.chart path.mean").count() == 1

    page.locator("[name=until]").fill("2025-05-20")
    page.get_by_role("button", name="Show").click()
    assert "mean=7" in page.url
    page.get_by_role("link", name="Mean of 7 days").click()
    assert page.locator("svg.chart path.mean").count() == 0


def test_a_citation_names_the_mean_and_leads_to_the_chart_that_was_seen(looked):
    told = looked.http.get(f"/observatory/data/account.suspended.txt?{WEEK}&mean=7").text

    assert "(mean of 7 days), X" in told
    assert f"account.suspended?{WEEK}&mean=7 " in told


def test_a_waves_page_shades_that_wave_and_its_picture_does_too(looked):
    page = looked.http.get(f"/observatory/wave/{ROBLOX}").text
    link = re.search('href="(/observatory/data/[^"]+svg[^"]+)"', page)[1].replace("&amp;", "&")

    assert page.count('class="mark" x=') == 1
    assert looked.http.get(link).text.count('class="mark" x=') == 1
    assert 'class="line expected"' in page


@pytest.mark.parametrize("asked", ["mean=14", "scale=sqrt", "expected=1"])
def test_a_way_that_is_not_offered_is_refused_in_words(looked, asked):
    answer = looked.http.get(
        f"/observatory/measure/statements?{asked}", headers={"accept": "application/json"}
    )

    assert answer.status_code == 400
    assert "mean=7" in answer.text


# --- on another site's page -----------------------------------------------------------------------


def test_only_the_chart_alone_may_be_framed_and_it_knows_nobody(looked):
    frame = looked.http.get("/observatory/embed/statements?lang=fr&mean=7")
    page = looked.http.get("/observatory/measure/statements?lang=fr&mean=7")

    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "set-cookie" not in frame.headers
    assert "<script" not in frame.text
    assert "<form" not in frame.text
    assert len(frame.content) < 150_000


@pytest.fixture
def newspaper():
    """Another site, with one page: what is given, as its address."""
    servers = []

    def publish(text):
        class Paper(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>News</title>{text}".encode())

            def log_message(self, *_):
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Paper))
        threading.Thread(target=servers[-1].serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield publish
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_line_to_copy_shows_the_chart_on_another_page(looked, open_page, newspaper):
    page = open_page(f"{looked.url}/observatory/measure/account.suspended?{WEEK}&mean=7")
    line = page.locator("textarea.embed").input_value()
    page.goto(newspaper(line))

    shown = page.frame_locator("iframe")
    expect(shown.locator("svg.chart path.mean")).to_have_count(1)
    expect(shown.locator("body")).to_contain_text("Data up to")
    expect(shown.locator("body")).to_contain_text("CC BY 4.0")
    back = shown.get_by_role("link", name="Table, query, download, citation")
    assert f"{looked.url}/observatory/measure/account.suspended?{WEEK}&mean=7" in (
        back.get_attribute("href")
    )
    assert back.get_attribute("target") == "_blank"
    assert page.complaints == []


def test_a_frame_without_anything_to_draw_says_so(looked):
    text = looked.http.get(
        "/observatory/embed/account.suspended?platform=X&since=2025-07-10&until=2025-07-12"
    ).text

    assert "<svg" not in text
    assert "Nothing of this was reported in these days." in text


def test_what_is_read_out_names_the_mean(looked, open_page):
    page = open_page(f"{looked.url}/observatory/measure/account.suspended?{WEEK}&mean=7&scale=log")
    place = page.locator(".drawn")
    place.locator("canvas").wait_for()
    place.focus()
    page.keyboard.press("End")

    expect(page.locator(".said")).to_have_text(re.compile("2025-05-18: X .*Mean of 7 days: "))


def test_the_days_of_a_chart_are_narrowed_by_links_as_by_drawing_over_it(looked, open_page):
    """Nobody needs a mouse, or a script, to look closer."""
    page = open_page(
        f"{looked.url}/observatory/measure/account.suspended?platform=X&mean=7",
        java_script_enabled=False,
    )
    narrow = page.get_by_role("navigation", name="Which days are drawn")
    last = date.fromisoformat(page.locator("[name=until]").input_value())

    for title, length in (("A year", 365), ("A quarter", 92)):
        narrow.get_by_role("link", name=title).click()
        assert narrow.locator("[aria-current]").inner_text() == title
        first = date.fromisoformat(page.locator("[name=since]").input_value())
        assert (last - first).days + 1 == length
        assert page.locator("svg.chart path.mean").count() == 1

    narrow.get_by_role("link", name="All days").click()
    assert "since" not in page.url


@pytest.mark.parametrize("language", ["en", "ar", "pt"])
def test_an_interactive_chart_on_a_phone_names_three_days_at_the_least(looked, open_page, language):
    """It named one: months apart, each wanted more room than a third of a phone."""
    at = f"{looked.url}/observatory/wave/{ROBLOX}?lang={language}"
    written = [text for text, *_ in words_of_a_chart(open_page, at)]
    days = [text for text in written if re.search(r"\d", text) and re.search(r"[^\W\d]{3}", text)]
    assert len({text for text in days if "1" in text}) >= 3, written
    assert any(re.fullmatch("20[0-9]{2}", text) for text in written)


@pytest.mark.parametrize("language", languages())
def test_no_word_at_the_axis_of_an_interactive_chart_is_cut(looked, open_page, language):
    """`600 Mio.` was, on any screen."""
    at = f"{looked.url}/observatory/measure/statements?lang={language}"
    words = words_of_a_chart(open_page, at)
    begins = [(text, x - width) for text, align, x, width in words if align == "right"]
    assert len(begins) > 2
    assert [text for text, x in begins if x < 0] == []


def words_of_a_chart(open_page, url):
    """What an interactive chart writes on a phone: text, alignment, its place and its width."""
    page = open_page("about:blank", viewport={"width": 390, "height": 800})
    page.add_init_script(
        "const fill = CanvasRenderingContext2D.prototype.fillText; globalThis.written = [];"
        "CanvasRenderingContext2D.prototype.fillText = function (text, x, ...more) {"
        " const at = this.getTransform().transformPoint({ x, y: 0 }).x;"
        " written.push([text, this.textAlign, at, this.measureText(text).width]);"
        " return fill.call(this, text, x, ...more); }"
    )
    page.goto(url)
    page.locator(".drawn canvas").wait_for()
    return page.evaluate("written")


def test_what_is_small_is_not_said_to_be_none():
    """The script's own numbers, at the axis (`short`) and as they are read out."""
    said = """
const document = { documentElement: { lang: "en" } };
const { readFileSync } = await import("node:fs");
const source = readFileSync(process.argv[2], "utf8").match(/function formatted[^]*?\\n}\\n/)[0];
const formatted = new Function("document", `${source}; return formatted`)(document);
const all = [
  ["statements", [0, 0.14, 0.96, 605, 1560]], ["share", [0, 0.0004, 0.01, 0.456]], ["days", [0, 0.04, 3.46]],
];
const told = all.map(([unit, values]) => values.map((value) => formatted(value, unit)));
const axis = [["statements", [0, 0.01, 1250, 12500]], ["share", [0, 0.0001, 0.001, 0.125, 0.5]]];
told.push(...axis.map(([unit, values]) => values.map((value) => formatted(value, unit, true))));
console.log(JSON.stringify(told));
"""
    command = [NODE, "--input-type=module", "-", SCRIPT]
    done = subprocess.run(
        command, input=said, capture_output=True, text=True, check=True, timeout=120
    )

    assert json.loads(done.stdout) == [
        ["0", "0.14", "0.96", "605", "1,560"],
        ["0 %", "0.04 %", "1 %", "45.6 %"],
        ["0", "0.04", "3.5"],
        ["0", "0.01", "1.25K", "12.5K"],
        ["0 %", "0.01 %", "0.1 %", "12.5 %", "50 %"],
    ]


# --- several at once ------------------------------------------------------------------------------


@pytest.mark.parametrize("platforms", [["X"], ["TikTok", "X"], ["*"], ["*", "X"]])
def test_measures_that_are_read_at_once_are_those_that_are_read_one_by_one(platforms):
    engine = queries.open_engine()
    measures = [queries.measure(name) for name in PLATFORM_MEASURES]
    days = (date(2025, 6, 20), date(2025, 7, 20))

    together = queries.figures_at_once(engine, measures, platforms, *days)

    assert together == [queries.figures(engine, one, platforms, *days) for one in measures]
    assert all(any(row.value for row in rows) for rows in together)
