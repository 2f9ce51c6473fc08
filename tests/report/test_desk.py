"""A compliance officer's way to the report, at the desk, in a real Chromium: from nothing to clean."""

import io
import zipfile
from datetime import UTC, datetime

from tests.conftest import Served, run, statement
from tests.report.conftest import read_back
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.report import forms

YEAR = datetime.now(UTC).year


def test_an_officer_fills_in_what_the_record_cannot_know_and_downloads_a_clean_report(
    tmp_path,
    open_page,  # noqa: F811
):
    foro = Served(tmp_path / "node")
    auth = foro.add_platform("Foro")
    foro.http.post(
        "/api/v1/statement",
        headers=auth,
        json=statement("a", application_date=f"{YEAR}-01-05", content_date=f"{YEAR}-01-01"),
    ).raise_for_status()
    run(
        "reviewer",
        "add",
        "Rosa",
        "rosa@example.org",
        "--platform",
        "Foro",
        "--lead",
        "--data",
        foro.data,
    )
    run("reviewer", "add", "Luis", "luis@example.org", "--platform", "Foro", "--data", foro.data)
    assert foro.http.get("/desk/report").status_code in (303, 401)
    link = run("reviewer", "link", "1", "--data", foro.data).stdout.splitlines()[-1]
    page = open_page(
        f"{foro.url}/desk{link.partition('/desk')[2]}",
        locale="en-GB",
        viewport={"width": 375, "height": 800},
    )
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("link", name="Transparency report").click()
    assert violations(page) == []
    page.get_by_text(
        f"To be published by 28 February {YEAR + 1}"
        if (YEAR + 1) % 4
        else f"To be published by 29 February {YEAR + 1}"
    ).wait_for()
    page.get_by_role("heading", name="What is missing").wait_for()

    page.get_by_label("Provider", exact=True).fill("Foro SL")
    page.get_by_label("Day of publication").fill(f"{YEAR + 1}-02-01")
    page.get_by_label("Day on which the report before").fill(f"{YEAR}-02-01")
    page.get_by_label("Suspensions for manifestly").fill("2")
    for box in page.locator("textarea[name^=q]").all():
        box.fill("As our page says.")
    more = page.get_by_label("Orders, notices of other tools")
    more.fill("[[order]]\nstate = 'GR'\ncategory = 'STATEMENT_CATEGORY_VIOLENCE'")
    page.get_by_role("button", name="Keep, and count again").click()
    page.get_by_text("is no Member State as Eurostat writes them").wait_for()
    assert (
        page.get_by_label("Provider", exact=True).input_value() == "Foro SL"
    )  # nothing typed is lost
    more = page.get_by_label("Orders, notices of other tools")
    more.fill(
        "suspensions_notices = 0\nsuspensions_complaints = 0\n[elsewhere]\nnotices = 'none'\n"
        "complaints = 'none'\ndisputes = 'none'\n[[order]]\nstate = 'EL'\ncategory = 'STATEMENT_CATEGORY_VIOLENCE'\nkeyword = 'KEYWORD_OTHER'\n"
        "orders = 1\nitems = 2\ninform_hours = 0.5\neffect_hours = 12"
    )
    page.get_by_role("button", name="Keep, and count again").click()
    page.get_by_text("Nothing: it could be published as it is.").wait_for()
    assert violations(page) == []
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the preview").click()
    body = waiting.value.path().read_bytes()
    archive = zipfile.ZipFile(io.BytesIO(body))
    report, lost = read_back({name: archive.read(name) for name in archive.namelist()})
    assert lost == []
    assert report.value(7, Indicator=forms.ILLEGAL_OFFENDERS, Scope=forms.TOTAL_NUMBER) == "2"
    assert [one for one in page.complaints if "422" not in one] == []

    # Who is no lead sees none of it.
    link = run("reviewer", "link", "2", "--data", foro.data).stdout.splitlines()[-1]
    other = open_page(f"{foro.url}/desk{link.partition('/desk')[2]}", locale="en-GB")
    other.get_by_role("button", name="Come in").click()
    assert other.get_by_role("link", name="Transparency report").count() == 0
    other.goto(f"{foro.url}/desk/report")
    assert other.get_by_role("heading", name="What is missing").count() == 0
    foro.stop()
