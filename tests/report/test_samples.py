"""Samples to try: each has the faults that it is there to show, and on the page they are judged."""

import io
import zipfile

import pytest
from tests.report.conftest import lint, read_back
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.report import samples

SHOWN = {
    "clean": set(),
    "spreadsheet": {"V-PER", "V-SCOPE", "V-INT", "V-MED"},
    "sums": {"V-SUM", "V-RANGE"},
    "unfinished": {"Q1", "V-NAME", "V-FILL"},
}


def parts_of(body):
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", samples.NAMES)
def test_a_sample_has_the_faults_that_it_is_there_to_show_and_no_other(name):
    report, lost = read_back(parts_of(samples.archive(name)))

    assert lost == []
    assert {finding.rule for finding in lint(report, samples.TIER)} == SHOWN[name]


def test_a_sample_is_judged_on_the_page_with_one_click(served, open_page):  # noqa: F811
    page = open_page(
        f"{served.url}/transparency", locale="es-MX", viewport={"width": 390, "height": 800}
    )
    page.get_by_label("Qué salió mal en él").select_option("spreadsheet")
    page.get_by_role("button", name="Comprobar este").click()
    page.get_by_text("Escriba cada una como se muestra a su lado.").first.wait_for()
    page.get_by_text("Anexo II, parte I, punto 4 · la letra del texto").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    page.get_by_label("Qué salió mal en él").select_option("clean")
    page.get_by_role("button", name="Comprobar este").click()
    page.get_by_role("heading", name="Sin hallazgos").wait_for()
    assert page.complaints == []


def test_what_is_judged_can_be_taken_along(served):
    answer = served.http.get("/transparency/sample/sums")

    assert answer.headers["content-type"] == "application/zip"
    assert parts_of(answer.content) == parts_of(samples.archive("sums"))
    assert served.http.get("/transparency/sample/none").status_code == 404
    assert served.http.get("/transparency/sample/..%2f..%2fkeys").status_code == 404
