"""A compliance officer's way to the report, at the desk, in a real Chromium: from nothing to signed."""

import io
import os
import random
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from tests.conftest import Served, run, statement
from tests.report.conftest import read_back
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.errors import Malformed
from amparo.report import files, forms
from amparo.web.staff import report_before
from amparo.web.words import report_versions
from amparo.web.words.report_versions import Manifest

YEAR = datetime.now(UTC).year - 1
ELSEWHERE = ("Were there orders?", "Were there notices", "Were there disputes")
SHOTS = os.environ.get("AMPARO_SCREENSHOTS")


@pytest.fixture(scope="module")
def foro(tmp_path_factory):
    node = Served(tmp_path_factory.mktemp("desk") / "node")
    auth = node.add_platform("Foro")
    changes = {"application_date": f"{YEAR}-03-05", "content_date": f"{YEAR}-01-01"}
    node.http.post(
        "/api/v1/statement", headers=auth, json=statement("a", **changes)
    ).raise_for_status()
    for name, *more in (("Rosa", "--lead"), ("Luis",)):
        mail = f"{name.lower()}@example.org"
        run("reviewer", "add", name, mail, "--platform", "Foro", *more, "--data", node.data)
    yield node
    node.stop()


def come_in(foro, open_page, number=1, **options):  # noqa: F811
    link = run("reviewer", "link", number, "--data", foro.data).stdout.splitlines()[-1]
    page = open_page(f"{foro.url}/desk{link.partition('/desk')[2]}", **options)
    page.get_by_role("button", name="Come in").or_(
        page.get_by_role("button", name="Entrar")
    ).click()
    return page


def unfold(page, section):
    """Open a part of the answers, unless it is open."""
    part = page.locator(f"details:has(> form#{section})")
    if part.get_attribute("open") is None:
        part.locator("> summary").click()


def keep(page, section):
    page.locator(f"form#{section} > button").click()
    page.wait_for_url(f"**kept={section}#*")


def shot(page, name):
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_fields_beside_each_other_stand_on_one_line_whatever_is_said_below(foro, open_page):  # noqa: F811
    page = come_in(foro, open_page, locale="en-GB", viewport={"width": 1280, "height": 900})
    page.goto(f"{foro.url}/desk/report?year={YEAR - 1}")
    unfold(page, "service")

    fields = page.locator("form#service .answers > div > label > input")
    boxes = [one.bounding_box() for one in fields.all()]
    assert len(boxes) > 2
    assert len({round(box["y"]) for box in boxes}) == 1
    assert len({round(box["width"]) for box in boxes}) == 1
    tiles = page.locator(".figures dd").evaluate_all(
        "all => all.map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(set(tiles)) == 1


def test_an_officer_answers_field_by_field_signs_and_publishes(foro, open_page):  # noqa: F811
    page = come_in(foro, open_page, locale="en-GB", viewport={"width": 390, "height": 800})
    page.locator(".desk-nav summary").click()  # one line, on a phone
    page.get_by_role("link", name="Transparency report", exact=True).click()
    page.get_by_role("link", name=str(YEAR)).click()
    page.get_by_role("heading", name="What blocks signing (").wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollHeight") < 6_000  # it was 14,000
    unfolded = page.locator("details[open] > form").evaluate_all("all => all.map(one => one.id)")
    assert unfolded == ["service"]  # the first that lacks an answer
    blocking = page.get_by_role("region", name="What blocks signing")
    blocking.get_by_role("link", name="Orders of Member States").click()
    form = page.locator("form#orders").inner_text()
    assert "STATEMENT_CATEGORY" not in form
    assert "[[order]]" not in form  # how a file says it
    assert "Not answered yet" in form
    assert "that the tier owes" not in form  # how a linter says it
    assert "Not answered yet: 1" in blocking.inner_text()
    alone = page.get_by_role("region", name="What the record says")
    assert (
        "complaints\nof this record alone; the others are not answered yet\n0" in alone.inner_text()
    )

    page.get_by_label("Provider", exact=True).fill("Foro SL")
    day = page.get_by_label("Day of publication")
    assert day.get_attribute("type") == "date"
    day.evaluate("field => { field.type = 'text' }")  # as in a browser without a calendar
    day.fill("20/01/2027")
    page.get_by_label("Day on which the report before").fill(f"{YEAR}-02-01")
    keep(page, "service")
    page.locator("form#service").get_by_text("A day is written as in 2027-02-20.").wait_for()
    assert page.get_by_label("Provider", exact=True).input_value() == "Foro SL"
    assert page.get_by_label("Day of publication").input_value() == "20/01/2027"
    assert page.url.endswith("#service")
    page.get_by_label("Day of publication").fill(f"{YEAR + 1}-01-20")
    keep(page, "service")
    assert page.url.endswith("#orders")  # the next that is not answered
    page.get_by_role("status").get_by_text("Kept: Who reports, and when.").wait_for()
    unfolded = page.locator("details[open] > form").evaluate_all("all => all.map(one => one.id)")
    assert unfolded == ["orders"]

    unfold(page, "suspensions")
    page.locator("form#suspensions").get_by_label("illegal content").fill("1,204")
    keep(page, "suspensions")
    page.get_by_text("A count is digits only, as in 1204.").first.wait_for()
    for number, box in enumerate(page.locator("form#suspensions input[inputmode]").all()):
        box.fill(str(number + 2))
    keep(page, "suspensions")

    for section, label in zip(("orders", "notices", "disputes"), ELSEWHERE, strict=True):
        unfold(page, section)
        page.get_by_label(label).select_option("none")
    keep(page, "orders")  # only this section is kept: the others were not sent
    for section, label in zip(("notices", "disputes"), ELSEWHERE[1:], strict=True):
        unfold(page, section)
        page.get_by_label(label).select_option("none")
        keep(page, section)
    unfold(page, "texts")
    for box in page.locator("form#texts textarea").all():
        box.fill("As our page says.")
    keep(page, "texts")
    complaints = page.locator("form#complaints")
    unfold(page, "complaints")
    complaints.get_by_text("Not answered yet", exact=True).wait_for()
    shot(page, "desk-390")

    # One answer is left out: whoever signs is stopped, and told which.
    page.get_by_label("Name and role").fill("Ana Pérez, compliance officer")
    page.get_by_role("button", name="Sign and publish").click()
    page.get_by_role("alert").get_by_text("it has errors").wait_for()
    [left] = blocking.get_by_role("listitem").all()
    assert "Complaints that other tools handled" in left.inner_text()
    assert page.get_by_label("Name and role").input_value() == "Ana Pérez, compliance officer"

    complaints.get_by_text("Add one").click()
    row = complaints.get_by_role("group", name="No. 1")
    row.get_by_label("Its number there").fill("T-1")
    row.get_by_label("Submitted on").fill(f"{YEAR}-03-01")
    row.get_by_label("About").select_option(["removal", "account"])
    row.get_by_label("What became of it").select_option("reversed")
    row.get_by_label("Told on").fill(f"{YEAR}-02-01")
    keep(page, "complaints")
    page.get_by_text("was decided before it was submitted").first.wait_for()
    row.get_by_label("Told on").fill(f"{YEAR}-03-03")
    keep(page, "complaints")
    assert page.url.endswith("#complaints")  # there may be more of them
    complaints.get_by_text("Add one").click()
    complaints.get_by_role("group", name="No. 2").wait_for()
    page.get_by_text("as it is.").first.wait_for()  # nothing, or notes, is open
    assert "of this record alone" not in alone.inner_text()
    assert violations(page) == []
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the draft").click()
    archive = zipfile.ZipFile(io.BytesIO(waiting.value.path().read_bytes()))
    report, lost = read_back(
        {name: archive.read(name) for name in archive.namelist() if name.endswith(".csv")}
    )
    assert lost == []
    assert report.value(7, Indicator=forms.ILLEGAL_OFFENDERS, Scope=forms.TOTAL_NUMBER) == "2"
    assert report.value(7, Indicator=forms.AGAINST_ACCOUNT, Scope=forms.REVERSED) == "1"
    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.MEDIAN) == "48"

    # Without a role it is said beside the name, to which the mistakes lead.
    page.get_by_label("Name and role").fill("Ana Pérez")
    page.get_by_role("button", name="Sign and publish").click()
    page.get_by_role("alert").get_by_role("link", name="A report is signed by name.").click()
    assert page.url.endswith("#f-signed_by")
    assert page.locator("#f-signed_by[aria-invalid=true]").input_value() == "Ana Pérez"

    page.get_by_label("Name and role").fill("Ana Pérez, compliance officer")
    page.get_by_role("button", name="Sign and publish").click()
    page.get_by_text("Signed by Ana Pérez, compliance officer").wait_for()
    page.get_by_text("of the log").wait_for()
    assert [one for one in page.complaints if "422" not in one] == []

    # A second version begins with what the first one says, where nothing is typed: it may have
    # been written at a terminal.
    page.goto(f"{foro.url}/desk/report?year={YEAR}")
    unfold(page, "service")
    page.get_by_label("Provider", exact=True).fill("")
    keep(page, "service")
    page.get_by_role("button", name="Take one answer over").click()
    page.get_by_role("status").get_by_text("from the version that is published").wait_for()
    assert page.get_by_label("Provider", exact=True).input_value() == "Foro SL"

    # It says why; without reasons it is refused by the browser and by the node.
    page.goto(f"{foro.url}/desk/report?year={YEAR}")
    page.get_by_text("Version 1 was published on").wait_for()
    page.get_by_label("What is corrected").fill("A complaint came late.")
    page.get_by_label("Name and role").fill("Ana Pérez, compliance officer")
    page.get_by_role("button", name="Sign and publish").click()
    page.get_by_text("A complaint came late.").wait_for()

    # The next report begins with what this one says in words, and with no figure of it.
    page.goto(f"{foro.url}/desk/report?year={YEAR + 1}")
    unfold(page, "texts")
    texts = page.locator("form#texts textarea")
    texts.first.fill("Typed already.")
    keep(page, "texts")
    page.get_by_role("button", name="Take 7 answers over").click()
    page.get_by_role("status").get_by_text("7 answers were taken over").wait_for()
    assert page.get_by_role("button", name="answers over").count() == 0
    assert page.get_by_label("Provider", exact=True).input_value() == "Foro SL"
    before = page.get_by_label("Day on which the report before")
    assert before.input_value() == f"{YEAR + 1}-01-20"
    words = texts.evaluate_all("all => all.map(one => one.value)")
    assert words == ["Typed already.", *["As our page says."] * 5]
    assert page.get_by_label("Were there orders?").input_value() == ""
    counts = page.locator("form#suspensions input[inputmode]")
    assert counts.evaluate_all("all => all.map(one => one.value)") == ["", "", ""]


@pytest.mark.parametrize("damage", ["cut", "empty", "gone"])
def test_a_damaged_version_takes_nothing_from_the_page_of_the_next_report(tmp_path, damage):
    """It is offered to nobody, and what it said is typed anew."""
    place = tmp_path / "foro" / "2025" / "1"
    place.mkdir(parents=True)
    manifest = Manifest("Foro", "2025-01-01/2025-12-31", 1, "2026-02-01", {})
    (place / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    if damage != "gone":
        archive = files.write_zip({"11_qualitative.csv": b""}) if damage == "empty" else b"PK"
        (place / "report.zip").write_bytes(archive)

    period = date(2026, 1, 1), date(2026, 12, 31)
    found = report_before.of(tmp_path, "foro", "Foro", "online_platform", *period)

    assert found is None


def test_whatever_bit_of_a_version_is_damaged_it_is_the_version_that_is_damaged(tmp_path):
    """No page falls over it: neither the list of all versions nor the way to the next report."""
    parts = {f"{n}.csv": bytes(random.Random(n).choices(b"abcdef,\n", k=900)) for n in range(4)}
    bodies = {
        "manifest.json": Manifest("Føro", "2025-01-01/2025-12-31", 1, "", {}).encode(),
        "report.zip": files.write_zip(parts),
    }
    chance = random.Random(8)
    for _ in range(400):
        for name, body in bodies.items():
            hit = bytearray(body)
            hit[chance.randrange(len(hit))] ^= 1 << chance.randrange(8)
            place = tmp_path / "foro" / "2025" / "1"
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(hit)
            report_versions.every(tmp_path)
            with suppress(Malformed):
                report_versions.read(place)


@pytest.fixture
def rosa(foro):
    link = run("reviewer", "link", 1, "--data", foro.data).stdout.splitlines()[-1]
    return foro.enter(link)


def test_two_windows_keep_two_sections_at_once_and_neither_is_lost(foro, rosa):
    """Each writes a part of what is kept: what the other one kept meanwhile stays."""
    year = {"year": YEAR - 2}
    sections = {
        "service": {"service.provider": "Foro SL"},
        "suspensions": {"suspensions_notices": "4711"},
        "texts": {"q0": "As our page says."},
    }

    def send(name):
        kept = {**year, "section": name, **sections[name]}
        return foro.http.post("/desk/report", data=kept, headers=rosa).status_code

    for _ in range(5):
        for name in sections:
            foro.http.post("/desk/report", data={**year, "section": name}, headers=rosa)
        with ThreadPoolExecutor(3) as pool:
            assert [*pool.map(send, sections)] == [303] * 3
        page = foro.http.get(f"/desk/report?year={YEAR - 2}", headers=rosa).text
        for section in sections.values():
            assert all(value in page for value in section.values())


def test_the_page_says_no_more_was_taken_over_than_stands_there(foro, rosa):
    """An address can say anything."""
    page = foro.http.get(f"/desk/report?year={YEAR - 2}&taken=99", headers=rosa).text

    assert "99 answers" not in page


def test_a_very_large_platform_reports_by_halves_and_people_by_language(foro, open_page):  # noqa: F811
    page = come_in(foro, open_page, locale="es-ES", viewport={"width": 1280, "height": 900})
    page.goto(f"{foro.url}/desk/report?year={YEAR}")
    page.get_by_text("Qué tipo de servicio es").first.click()
    page.locator("select[name=tier]").select_option("vlop")
    page.get_by_role("button", name="Preguntar lo que debe").click()
    page.get_by_text(f"1 de enero de {YEAR} al 30 de junio de {YEAR}").wait_for()
    unfold(page, "people")
    page.get_by_label("Empleados por el prestador").fill("10,5")
    page.get_by_label("es", exact=True).first.fill("4")
    keep(page, "people")
    assert page.get_by_label("Empleados por el prestador").input_value() == "10,5"
    page.get_by_role("link", name="Segundo semestre").click()
    page.get_by_text(f"1 de julio de {YEAR} al 31 de diciembre de {YEAR}").wait_for()
    assert page.get_by_label("Empleados por el prestador").input_value() == ""
    assert violations(page) == []
    shot(page, "desk-1280")
    page.get_by_text("Qué tipo de servicio es").first.click()
    page.locator("select[name=tier]").select_option("online_platform")
    page.get_by_role("button", name="Preguntar lo que debe").click()
    page.get_by_text("Primer semestre").wait_for(state="detached")
    assert page.complaints == []


def test_who_is_no_lead_sees_none_of_it(foro, open_page):  # noqa: F811
    assert foro.http.get("/desk/report").status_code in (303, 401)
    other = come_in(foro, open_page, 2, locale="en-GB")
    assert other.get_by_role("link", name="Transparency report", exact=True).count() == 0
    other.goto(f"{foro.url}/desk/report")
    assert other.get_by_role("heading", name="What blocks signing").count() == 0


def test_no_lead_signs_a_report_under_the_name_of_another_platform(foro):
    foro.add_platform("Bazar")
    bea = ("Bea", "bea@example.org", "--platform", "Bazar", "--lead")
    link = run("reviewer", "add", *bea, "--data", foro.data).stdout.splitlines()[-1]
    headers = foro.enter(link)
    typed = {"year": YEAR, "section": "service", "service.name": "FORO"}
    foro.http.post("/desk/report", data=typed, headers=headers)

    signature = {"year": YEAR, "signed_by": "Bea, lead", "reasons": "Better figures."}
    signed = foro.http.post("/desk/report/publish", data=signature, headers=headers)

    assert signed.status_code == 422
    assert "it bears the name of another platform" in signed.text
