"""The page that judges a report hands back what is certain, mended, and keeps nothing of it."""

import base64
import io
import re
import zipfile
from pathlib import Path

from tests.conftest import run
from tests.report.conftest import as_files, given, kept_files
from tests.report.test_languages import in_language
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.report import files, samples, write

TAKE = "Take the mended files"


def send(served, *parts, tier="online_platform"):
    sent = [("file", (name, body)) for name, body in parts]
    return served.http.post("/transparency", data={"tier": tier}, files=sent).text


def archive_of(page):
    found = re.search(r'href="data:application/zip;base64,([^"]+)" download="([^"]+)"', page)
    return found and zipfile.ZipFile(io.BytesIO(base64.b64decode(found[1])))


def test_what_it_hands_back_is_what_the_command_writes(served, tmp_path):
    sent = samples.archive("spreadsheet")
    (tmp_path / "spreadsheet.zip").write_bytes(sent)
    run("report", "lint", tmp_path / "spreadsheet.zip", "--fix", tmp_path / "mended", check=False)
    written = {path.name: path.read_bytes() for path in (tmp_path / "mended").rglob("*.csv")}
    taken = archive_of(send(served, ("spreadsheet.zip", sent)))
    assert {name: taken.read(name) for name in taken.namelist()} == written
    assert len(written) == 9


def test_the_page_says_how_many_findings_are_left_then_and_they_are(served):
    page = send(served, ("spreadsheet.zip", samples.archive("spreadsheet")))
    left = re.search(r"left for you then: errors (\d+), warnings (\d+), notes (\d+)", page)
    taken = archive_of(page)
    again = send(served, *((name, taken.read(name)) for name in taken.namelist()))
    counted = re.search(r"Errors: (\d+), warnings: (\d+), notes: (\d+)", again)
    nothing = ("0", "0", "0")
    assert left.groups() == (counted.groups() if counted else nothing)
    assert archive_of(again) is None, "mending twice is mending once"


def test_each_change_is_listed_with_what_stood_there_and_what_stands_there_now(served):
    made = as_files(write.write(given()))
    orders = made["3_member_states_orders.csv"].replace(b",EL,", b",gr,")
    page = send(served, ("3_member_states_orders.csv", orders))
    assert "3_member_states_orders.csv" in page
    assert re.search(r"<td><bdi>gr</bdi></td><td><bdi>EL</bdi></td>", page)


def test_a_report_without_anything_certain_to_mend_has_nothing_to_take(served):
    assert TAKE not in send(served, ("clean.zip", samples.archive("clean")))
    assert TAKE not in send(served, ("sums.zip", samples.archive("sums")))


def test_two_reports_of_one_service_have_a_folder_each(served):
    made = {}
    for end in ("2026-06-30", "2026-12-31"):
        for name, body in as_files(write.write(given(end=end))).items():
            made[f"{end}/{name}"] = body.replace(b",EL,", b",GR,")
    taken = archive_of(send(served, ("both.zip", files.write_zip(made))))
    folders = {name.partition("/")[0] for name in taken.namelist()}
    assert folders == {"foro", "foro-2"}
    assert len(taken.namelist()) == len(made)


def test_a_table_that_was_not_understood_is_named_and_not_in_the_archive(served):
    def change(part, rows):
        if part == 10:
            rows[1][6] = "2,000,000"
        return rows[:3] if part == 7 else rows

    made = in_language("Spanish", change=change)
    page = send(served, ("odd.zip", files.write_zip(made)), tier="vlop")
    assert re.search(r"Not understood, and so not in it: <bdi>\S*foro/7_hoja.csv</bdi>", page)
    assert "left for you then" not in page
    taken = archive_of(page).namelist()
    assert "10_AMAR.csv" in taken
    assert "7_appeals_and_recidivism.csv" not in taken


def test_the_archive_is_taken_with_one_press_and_nothing_of_it_stays(served, open_page, tmp_path):  # noqa: F811
    (tmp_path / "spreadsheet.zip").write_bytes(samples.archive("spreadsheet"))
    before = kept_files(served)
    page = open_page(f"{served.url}/transparency", viewport={"width": 390, "height": 844})
    page.get_by_label("The report").set_input_files(tmp_path / "spreadsheet.zip")
    page.get_by_role("button", name="Check it", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=TAKE).click()
    taken = download.value
    assert taken.suggested_filename == "report-mended.zip"
    assert "3_member_states_orders.csv" in zipfile.ZipFile(Path(taken.path())).namelist()
    page.get_by_text("What was changed", exact=True).click()
    assert violations(page) == []
    assert page.complaints == []
    assert kept_files(served) == before
