"""The observatory's pages: on real series, in a real Chromium, with and without script."""

import csv
import hashlib
import io
import re
import shlex
import struct
import time
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import duckdb
import pytest
from babel.dates import format_skeleton
from playwright.sync_api import expect
from tests.conftest import run
from tests.web.conftest import violations

from amparo.observatory.coverage import Coverage, Covered, Span
from amparo.observatory.findings import shipped
from amparo.observatory.measures import catalogue
from amparo.web.public import charts, figures, observatory, scales
from amparo.web.public.citations import Cited, bibtex
from amparo.web.public.figure_files import FORMS
from amparo.web.words.i18n import languages, locale_of, localise

PAGES = [
    "/observatory",
    "/observatory/platform/x",
    "/observatory/measure/account.suspended?platform=X&platform=TikTok",
    "/observatory/waves",
    "/observatory/wave/roblox.account.terminated.2025-12-13",
    "/observatory/doubts",
    "/observatory/platform/roblox?mean=7&scale=log&expected=yes",
    "/observatory/embed/account.suspended?platform=X&mean=7&scale=log",
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
    language = "es" if scheme == "dark" else "ar"
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
    expect(page.locator(".legend li")).to_have_text(["X", "TikTok", re.compile("^wave, ")])


def test_what_a_chart_reads_out_is_what_the_data_say(looked, open_page):
    """Lines and legend must not be swapped: X was silent in July 2025, TikTok hardly reports any."""
    query = "platform=X&platform=TikTok&since=2025-06-01&until=2025-06-02"
    page = open_page(f"{looked.url}/observatory/measure/account.suspended?{query}")
    page.locator(".drawn canvas").wait_for()

    page.locator(".drawn").focus()
    page.keyboard.press("Home")

    assert page.locator(".said").inner_text().startswith("2025-06-01: X 1,560 · TikTok")


def test_every_measure_says_what_it_counts_in_the_readers_language():
    for measure in catalogue().values():
        english, spanish = (localise(measure.sentence, language) for language in ("en", "es"))
        assert english != spanish, measure.name
        assert "{" not in english + spanish


def test_waves_and_silences_are_told_in_words_and_not_by_the_names_of_series(looked):
    page = looked.http.get("/observatory/waves", headers={"accept-language": "es"}).text

    listed = page.partition('<ul class="cards">')[2]
    assert "Cierre de la cuenta" in listed
    assert ">account.terminated<" not in listed


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

    assert [r["account.suspended"] for r in rows] == ["1560", "1000"]
    assert table == [("X", 1560), ("X", 1000)]
    assert told == {"days": ["2025-06-01", "2025-06-02"], "lines": [["X", [1560.0, 1000.0]]]}
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert "<style>" in drawn


@pytest.mark.parametrize("way", ["", "&mean=7"])
def test_days_that_were_exchanged_are_the_days_between_them(looked, way):
    first, last = "2025-06-01", "2025-06-02"
    for path in (
        "/observatory/measure/account.suspended",
        "/observatory/embed/account.suspended",
        "/observatory/data/account.suspended.csv",
        "/observatory/data/account.suspended.json",
    ):
        ordered, exchanged = (
            looked.http.get(f"{path}?platform=X&since={since}&until={until}{way}")
            for since, until in ((first, last), (last, first))
        )
        assert (exchanged.status_code, exchanged.text) == (200, ordered.text)


def test_a_drawing_can_be_printed_as_it_is(looked):
    """Title, unit, platform, days, source, licence, node and day stand in the file itself."""
    query = "platform=X&since=2025-06-01&until=2025-06-30"
    drawn = looked.http.get(f"/observatory/data/account.suspended.svg?{query}").text

    told = " ".join(ET.fromstring(drawn).itertext())
    for words in (
        "Suspension of the account",
        "decisions a day · X · 1 June 2025 – 30 June 2025",
        "European Commission, DSA Transparency Database",
        "CC BY 4.0",
        looked.url,
        f"{datetime.now(UTC):%B %Y}",
    ):
        assert words in told


@pytest.mark.parametrize("typed", ["roblox", "  ROBLOX ", "Roblo"])
def test_a_platform_is_found_by_its_name_or_a_part_of_it(looked, typed):
    answer = looked.http.get("/observatory/find", params={"platform": typed})

    assert answer.headers["location"] == "/observatory/platform/roblox"


def test_several_platforms_of_a_like_name_are_listed_and_none_is_said_to_be_none(looked):
    several = looked.http.get("/observatory/find?platform=google").text
    none = looked.http.get("/observatory/find?platform=%3Cb%3E-nowhere").text

    assert several.count('href="/observatory/platform/google-') > 2
    assert "No platform here has a name like that" in none
    assert "<b>" not in none


def test_a_platform_is_found_by_a_former_name_which_its_page_says(looked):
    answer = looked.http.get("/observatory/find?platform=Twitter")

    assert answer.headers["location"] == "/observatory/platform/x"
    assert "<bdi>X (formerly Twitter)</bdi>" in looked.http.get("/observatory/platform/x").text
    assert 'value="X (formerly Twitter)"' in looked.http.get("/observatory").text


def test_what_comes_near_a_name_is_offered_and_not_taken_for_it(looked):
    near = looked.http.get("/observatory/find?platform=Facebook+Marketplace")

    assert near.status_code == 200
    assert "No platform here has that name. These come near:" in near.text
    assert '<a href="/observatory/platform/facebook">' in near.text


@pytest.mark.parametrize(("width", "shape"), [(320, 1.5), (390, 1.5), (600, 1.5), (1280, 2.7)])
@pytest.mark.parametrize("page_of", ["embed", "measure"])
def test_a_drawing_can_be_read_at_any_width_without_script(
    looked, open_page, page_of, width, shape
):
    page = open_page(
        f"{looked.url}/observatory/{page_of}/account.suspended?platform=X&since=2025-01-01",
        viewport={"width": width, "height": 800},
        java_script_enabled=False,
    )
    chart = page.locator("svg.chart").bounding_box()
    words = [text.bounding_box() for text in page.locator("svg.chart text").all()]
    seen = [box for box in words if box]
    number = page.locator("svg.chart text", has_text=re.compile("^500$")).bounding_box()

    assert round(chart["width"] / chart["height"], 1) == shape
    assert min(box["height"] for box in seen) >= 12
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in seen)
    assert 1.2 < number["width"] / number["height"] < 2, "its figures are not drawn out"


def test_the_command_beside_a_figure_gives_its_figures(looked):
    asked = "platform=X&platform=TikTok&since=2025-06-01&until=2025-06-03"
    page = looked.http.get(f"/observatory/measure/account.suspended?{asked}").text
    words = shlex.split(unescape(re.search(r'<code dir="ltr">amparo ([^<]+)</code>', page)[1]))

    told = list(csv.DictReader(io.StringIO(run(*words, "--lake", looked.data / "lake").stdout)))
    file = looked.http.get(f"/observatory/data/account.suspended.csv?{asked}").text

    assert len(told) == 6
    for row, shown in zip(told, csv.DictReader(io.StringIO(file)), strict=True):
        assert (row["date"], row["platform"]) == (shown["date"], shown["platform"])
        assert float(row["account.suspended"]) == float(shown["account.suspended"])


def test_waves_come_before_charts_and_are_marked_in_them(looked):
    page = looked.http.get("/observatory/platform/roblox").text

    assert page.index("Waves, and what looks like one") < page.index("<figure")
    assert page.count('class="mark" x=') > 0


def test_a_picture_of_a_chart_names_its_platform_and_says_nothing_twice(looked):
    page = looked.http.get("/observatory/measure/account.terminated?platform=X").text
    file = looked.http.get("/observatory/data/account.terminated.svg?platform=X").text
    several = looked.http.get("/observatory/measure/account.terminated?platform=X&platform=TikTok")

    assert "<h1>Termination of the account: X</h1>" in page
    caption = page.partition("<figcaption>")[2].partition("</figcaption>")[0]
    words = re.sub("<[^>]+>", "", caption)
    assert words == "Termination of the account: X Decisions about an account"
    assert '<text class="title"' in file
    assert ">Termination of the account: X</text>" in file
    assert "<h1>Termination of the account</h1>" in several.text  # the legend names them


def test_a_platforms_page_says_how_many_waves_there_were_in_each_year(looked):
    page = looked.http.get("/observatory/platform/roblox").text
    waves = [w for w in shipped().waves if w.platform == "Roblox"]
    found = re.findall(
        r"(\d{4}): (?:<strong>(\d+)</strong>|not known)", page.partition("by year:")[2]
    )

    assert [int(year) for year, _ in found] == [2026, 2025, 2024, 2023]
    assert found[1] == ("2025", str(sum(w.called and w.start.year == 2025 for w in waves)))
    assert found[3] == ("2023", "")  # the first day that is known is in September
    assert sum(int(number or 0) for _, number in found) == sum(w.called for w in waves) > 0


def test_a_wave_of_a_platform_is_told_by_measure_and_day_on_its_own_page(looked):
    own = looked.http.get("/observatory/platform/roblox").text
    every = looked.http.get("/observatory/waves").text
    link = r'wave/roblox.account.terminated.2025-12-13"><strong>([^<]+)<'

    assert re.search(link, own)[1].startswith("Termination of the account, ")
    assert re.search(link, every)[1] == "Roblox"


def test_a_link_to_a_wave_by_a_later_of_its_days_shows_it(looked):
    page = looked.http.get("/observatory/wave/roblox.account.terminated.2025-12-14")

    assert page.status_code == 200
    assert "wave=roblox.account.terminated.2025-12-13" in page.text


def test_the_same_comes_as_a_picture(looked, open_page):
    page = open_page(f"{looked.url}/observatory/measure/account.suspended?platform=X")
    page.get_by_text("Table, query, download, citation").click()

    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()

    body = Path(download.value.path()).read_bytes()
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    drawn = looked.http.get("/observatory/data/account.suspended.svg?platform=X").text
    _, _, *sides = re.search('viewBox="([^"]+)"', drawn)[1].split()
    assert struct.unpack(">II", body[16:24]) == tuple(2 * int(side) for side in sides)


def test_a_citation_has_the_digest_of_the_figure_that_was_seen(looked):
    query = "platform=X&platform=LinkedIn&since=2025-06-01&until=2025-06-02"
    base = "/observatory/data/account.suspended"

    table = looked.http.get(f"{base}.csv?{query}").content
    cited = {form: looked.http.get(f"{base}.{form}?{query}").text for form in ("txt", "bib", "ris")}

    link = f"{looked.url}/observatory/measure/account.suspended?{query}"
    for told in cited.values():
        assert hashlib.sha256(table).hexdigest() in told
        assert "X, LinkedIn, 2025-06-01 – 2025-06-02" in told
        assert link in told
    assert cited["bib"].startswith("@misc{amparo-")
    assert cited["bib"].count("{") == cited["bib"].count("}")
    assert [line[:6] for line in cited["ris"].splitlines()][::8] == ["TY  - ", "ER  - "]


def test_every_table_that_portals_are_told_of_is_there_with_its_columns(looked):
    package = looked.http.get("/observatory/datapackage.json").json()

    assert len({resource["name"] for resource in package["resources"]}) == len(catalogue())
    for resource in package["resources"][::7]:
        body = looked.http.get(f"{resource['path']}?since=2025-06-01&until=2025-06-03").text
        head, *rows = csv.reader(io.StringIO(body))
        fields = resource["schema"]["fields"]
        assert head == [field["name"] for field in fields]
        assert {row[3] for row in rows} <= set(fields[3]["constraints"]["enum"])
        assert len({(row[0], row[1]) for row in rows}) == len(rows)


def test_the_catalogue_for_portals_has_what_dcat_ap_demands(looked):
    """DCAT-AP 3: title, description and publisher of a catalogue; accessURL of a distribution."""
    answer = looked.http.get("/observatory/catalog.jsonld")
    found = answer.json()

    assert answer.headers["content-type"] == "application/ld+json"
    assert {"dct:title", "dct:description", "dct:publisher", "dcat:dataset"} <= set(found)
    assert {one["dct:identifier"] for one in found["dcat:dataset"]} == set(catalogue())
    for dataset in found["dcat:dataset"]:
        assert {"dct:title", "dct:description", "dct:publisher"} <= set(dataset)
        assert looked.http.get(dataset["@id"]).status_code == 200
        for distribution in dataset["dcat:distribution"]:
            assert distribution["dct:license"]["@id"].endswith("/by/4.0/")
            assert distribution["dcat:accessURL"]["@id"].startswith(looked.url)
    for distribution in found["dcat:dataset"][0]["dcat:distribution"]:
        served = looked.http.get(distribution["dcat:downloadURL"]["@id"]).headers["content-type"]
        kind = distribution["dcat:mediaType"]["@id"].partition("media-types/")[2]
        assert served.partition(";")[0] == kind


@pytest.mark.parametrize(
    "name",
    ["complaint.decided", "language.aa", "share.reversed", "account.suspended"],
    ids=["not known", "zeros alone", "a share of nothing", "counted"],
)
def test_a_drawing_to_take_away_is_never_an_empty_file(looked, name):
    drawn = ET.fromstring(looked.http.get(f"/observatory/data/{name}.svg").text)

    assert catalogue()[name].title in "".join(drawn.itertext())


def test_what_only_a_record_knows_is_not_said_to_come_from_the_eus_database(looked):
    files = [looked.http.get(f"/observatory/data/complaint.decided.{end}") for end in FORMS]
    page = looked.http.get("/observatory/measure/complaint.decided").text
    found = {one["dct:identifier"]: one for one in listed(looked, "catalog.jsonld")["dcat:dataset"]}
    package = listed(looked, "datapackage.json")["resources"]
    tables = {one["name"]: one for one in package}

    assert not any("European" in answer.headers.get("x-source", "") for answer in files)
    for answer in files:
        assert b"European Commission" not in answer.content
    cited = page.partition("<figcaption")[2].partition("<pre")[0]
    assert "The public record of this node" in cited
    assert "European Commission" not in cited
    assert "prov:wasDerivedFrom" not in found["complaint.decided"]
    assert "prov:wasDerivedFrom" in found["statements"]
    assert tables["complaint.decided"]["sources"] == [
        {"title": "The public record of this node", "path": looked.url}
    ]


def test_a_name_means_itself_in_bibtex():
    """LaTeX takes ^ for a power outside of formulas, and stops."""
    day = date(2025, 6, 1)
    name = r"A ^ B ~ 50% & #1 $x {y} \end"
    cited = Cited("Figure", [name], day, day, "S", "https://node.example", "link", day, "0" * 64)

    title = bibtex(cited).partition("title = {{")[2].partition("}},")[0]

    assert (
        title == r"Figure, A \textasciicircum{} B \textasciitilde{} 50\% \& \#1 \$x y end, "
        "2025-06-01 – 2025-06-01"
    )


def listed(looked, file):
    return looked.http.get(f"/observatory/{file}").json()


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
        ticks = scales.round_ticks(most)
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert 3 <= len(ticks) <= 6


def test_an_axis_says_its_numbers_in_few_digits():
    for most in (0.0003, 0.003, 0.07, 0.15, 0.3, 0.6, 0.8, 3, 70):
        ticks = [*scales.round_ticks(most), *scales.log_ticks(*scales.log_limits(most, 1e6))]
        said = [figures._tick(tick, language="en", is_share=False) for tick in ticks]
        assert max(map(len, said)) <= len("0.00015"), said


@pytest.mark.parametrize("language", languages())
def test_a_chart_names_months_as_its_language_does(looked, language):
    """By CLDR, and not as digits: 2025-05 is no month to who does not count them."""
    address = "/observatory/data/statements.svg?platform=X&since=2025-01-20&until=2025-06-10"
    drawn = looked.http.get(address, headers={"Accept-Language": language}).text

    may = format_skeleton("yMMM", date(2025, 5, 1), locale=locale_of(language))
    assert f">{may}</text>" in drawn
    assert not re.search(r">\d{4}-\d\d</text>", drawn)


def test_a_title_cannot_break_out_of_its_chart():
    from datetime import date

    drawn = charts.line_chart(
        {"<x>": [(date(2025, 1, 1), 1.0), (date(2025, 1, 2), 2.0)]},
        title='"><script>',
        description="&",
        around=charts.Around('"><script>', ["<i>", "&"]),
    )

    assert "<script>" not in drawn
    ET.fromstring(drawn)


def test_a_year_with_an_unknown_day_never_says_that_no_wave_was_seen():
    """Of 2024 all is known, of 2025 a day is missing, and 2026 goes on after the last known one."""
    first = date(2024, 1, 1)
    days = [first + timedelta(n) for n in range((date(2026, 2, 1) - first).days)]
    days.remove(date(2025, 6, 1))
    known = Coverage([Covered(day, "*", "full") for day in days])
    span = Span(date(2023, 9, 25), date(2026, 11, 30))

    found = observatory._by_year(known, span, "Foro", [])
    assert found == [(2026, None), (2025, None), (2024, 0), (2023, None)]
    seen = shipped().waves[0]
    wave = seen._replace(start=date(2025, 3, 1), kind="wave")
    assert dict(observatory._by_year(known, span, "Foro", [wave]))[2025] == 1


@pytest.mark.parametrize("language", ["en", "de", "sw", "ar"])
@pytest.mark.parametrize("width", [320, 390, 430, 600])
def test_no_word_at_the_axis_is_cut_on_a_phone(looked, open_page, language, width):
    """ "200 Mio." and "elfu 1000" are long, and a drawing on a phone is small."""
    page = open_page(
        f"{looked.url}/observatory/platform/x",
        java_script_enabled=False,
        locale=language,
        viewport={"width": width, "height": 800},
    )

    beyond = page.locator("svg.chart").evaluate_all(
        """charts => charts.flatMap(chart => [...chart.querySelectorAll("text[text-anchor=end]")]
             .filter(text => text.getBoundingClientRect().left < chart.parentElement
               .getBoundingClientRect().left || getComputedStyle(chart).overflow !== "visible")
             .map(text => text.textContent))"""
    )
    assert page.locator("svg.chart text[text-anchor=end]").count() > 10
    assert beyond == []


def test_a_platforms_page_answers_then_draws_its_closures_then_lists_them(looked):
    page = looked.http.get("/observatory/platform/x").text

    places = [
        page.index(part)
        for part in (
            "Waves seen, by year",
            'data-file="amparo-account.suspended"',
            "/observatory/wave/",
            'data-file="amparo-statements"',
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("length", [1, 3, 20, 50, 94, 400, 1100])
def test_a_chart_of_any_length_names_enough_days_and_none_beyond_its_edge(length):
    """One of three weeks named one month, cut at the edge."""
    first = date(2025, 11, 14)
    days = [(first + timedelta(days=n), 1.0) for n in range(length)]
    drawn = ET.fromstring(
        charts.line_chart({"X": days}, title="T", description="D", month="{:%b %Y}".format)
    )
    named = [one for one in drawn.iter() if one.get("y") == str(scales.HEIGHT - 8)]

    assert min(length, 3) <= len(named) <= charts.MOST_MONTHS
    assert len({one.text for one in named}) == len(named)
    for one in named:
        reach = charts.DAY_WIDTH if one.text[:4].isdigit() else charts.MONTH_WIDTH
        right = float(one.get("x")) + (reach / 2 if one.get("text-anchor") == "middle" else 0)
        assert right <= scales.WIDTH


def test_no_table_has_a_column_beyond_a_phone(looked, open_page):
    """What else changed in a wave stands below each name; the list of platforms has three columns."""
    page = open_page(f"{looked.url}/observatory", viewport={"width": 390, "height": 800})
    wave = page.locator("#new-waves + ul a").first.get_attribute("href")

    for path in ("/observatory", wave):
        page.goto(f"{looked.url}{path}")
        shown = page.locator(".wide:visible:not(details .wide)")
        assert shown.count() > 0
        beyond = shown.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth)")
        assert beyond == []


def test_a_month_of_the_calendar_leads_to_its_waves_and_is_named_in_words(open_page, demo):
    page = open_page(
        f"{demo.url}/observatory/waves?lang=de", viewport={"width": 390, "height": 800}
    )
    named = page.get_by_role("link", name="Nov. 2025")
    listed = page.locator("#m-2025-11-01")
    assert not listed.is_visible()
    assert page.evaluate("document.documentElement.scrollHeight") < 4500
    years = page.locator("section:has(> #list) > details:not([open]) > summary").all_inner_texts()
    assert [year[:4] for year in years] == sorted({year[:4] for year in years}, reverse=True)

    named.click()

    listed.wait_for()
    assert str(listed.locator("> li").count()) in named.inner_text()
    table = page.request.get(f"{demo.url}/observatory/measure/account.suspended?lang=en").text()
    assert '<th scope="row">Jan 2026</th>' in table
