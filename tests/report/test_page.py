"""The page that judges anyone's report, in a real Chromium, on a phone and in the dark."""

import hashlib
from datetime import UTC, datetime

from tests.conftest import run
from tests.report.conftest import as_files, filled_in, given, kept_files
from tests.web.conftest import open_page, violations  # noqa: F401 - a fixture

from amparo.report import files, write

YEAR = datetime.now(UTC).year - 1


def test_a_report_is_dropped_and_judged_and_nothing_is_stored(served, open_page, tmp_path):  # noqa: F811
    made = as_files(write.write(given()))
    made["5_own_initiative_illegal.csv"] = made["5_own_initiative_illegal.csv"].replace(
        b",Foro,", b",Fo\xff,", 1
    )
    broken = {
        **made,
        "3_member_states_orders.csv": made["3_member_states_orders.csv"].replace(b",EL,", b",GR,"),
    }
    (tmp_path / "good.zip").write_bytes(files.write_zip(as_files(write.write(given()))))
    (tmp_path / "bad.zip").write_bytes(files.write_zip(broken))
    before = kept_files(served)
    page = open_page(
        f"{served.url}/transparency",
        locale="es-MX",
        color_scheme="dark",
        viewport={"width": 375, "height": 800},
    )
    assert violations(page) == []
    page.get_by_label("El informe").set_input_files(tmp_path / "good.zip")
    page.get_by_label("De qué tipo de servicio").select_option("online_platform")
    page.get_by_role("button", name="Comprobarlo", exact=True).click()
    page.get_by_role("heading", name="Sin hallazgos").wait_for()
    page.get_by_label("El informe").set_input_files(tmp_path / "bad.zip")
    page.get_by_role("button", name="Comprobarlo", exact=True).click()
    page.get_by_text("V-SCOPE").first.wait_for()
    page.get_by_text("Los Estados miembros como los escribe Eurostat").first.wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Comprobarlo", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert page.complaints == []
    assert kept_files(served) == before


def test_published_versions_stay_each_with_its_date_and_digest(served, open_page, tmp_path):  # noqa: F811
    served.add_platform("Bazar")
    (tmp_path / "a.toml").write_text(
        filled_in("bazar", "Bazar <b>", published=f"{YEAR + 1}-01-20", previous=f"{YEAR}-02-01")
    )
    words = ("--answers", tmp_path / "a.toml", "--data", served.data)
    for version, reasons in ((1, ""), (2, "A late order.")):
        made = tmp_path / f"v{version}"
        more = ("--year", YEAR, "--output", made, "--reasons", reasons)
        run("report", "write", *words, *more)
        signed = ("--signed-by", "Ana Pérez, compliance", "--data", served.data)
        run("report", "publish", made, *signed)

    page = open_page(f"{served.url}/transparency/published", locale="en-GB")
    page.get_by_text("Version 2 of").wait_for()
    page.get_by_text("Version 1 of").wait_for()
    page.get_by_text("A late order.").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="Bazar <b>").last.click()
    page.get_by_role("heading", name="Bazar <b>: transparency report").wait_for()
    assert violations(page) == []
    assert page.complaints == []
    base = f"/transparency/published/bazar-b/{YEAR}-01-01_{YEAR}-12-31"
    listed = served.http.get("/transparency/published").text
    digest = hashlib.sha256(served.http.get(f"{base}/1/manifest.json").content).hexdigest()
    assert digest in listed
    assert "Signed by Ana Pérez, compliance on " in listed
    assert listed.count(" of the log</small>") == 2
    for name in ("report.xlsx", "report.html"):
        assert served.http.get(f"{base}/1/{name}").content == (tmp_path / "v1" / name).read_bytes()
    for path in (
        f"{base}/3/report.zip",
        f"{base}/1/answers.toml",
        f"{base}/1/..%2f..%2fkeys",
        "/transparency/published/x/y/z/report.zip",
    ):
        assert served.http.get(path).status_code == 404
