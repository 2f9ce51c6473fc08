"""A report beside the EU database: the same period, definitions named, errata told."""

import json
import re
from datetime import date

from tests.conftest import run
from tests.report.conftest import as_files, given, read_back

from amparo.observatory.lake import own_record
from amparo.observatory.lake.lake import Lake
from amparo.report import files, forms, reconcile, write


def report(platform_days="2025-07-01/2025-12-31"):
    start, _, end = platform_days.partition("/")
    made = write.write(given(end=end)._replace(start=start))
    return as_files(made)


def test_each_line_names_its_measures_and_why_it_may_differ():
    found = reconcile.lines(read_back(report())[0])
    by_name = {one.name: one for one in found}

    own = by_name["of own initiative"]
    assert own.metrics == ("source.voluntary", "source.type_other_notification")
    assert by_name["every measure"].reported == own.reported + by_name["after notices"].reported
    assert len(found) == 6 + len(forms.RESTRICTIONS)
    assert all(one.definition for one in found)
    whole, cut = (reconcile.Sum(own.reported, is_whole) for is_whole in (True, False))
    [one] = reconcile.beside([own], dict.fromkeys(own.metrics, whole))
    assert one.ratio == 0.5
    assert reconcile.beside([own], {})[0].ratio is None
    for known in ({own.metrics[0]: whole}, dict(zip(own.metrics, (whole, cut), strict=True))):
        [one] = reconcile.beside([own], known)
        assert (one.ratio, one.is_whole, one.database > 0) == (None, False, True)


def test_what_a_node_has_on_record_itself_was_not_sent_to_the_database(tmp_path):
    """Ten days of the half year are in the series that ship; a day of the own record is after."""
    made = report("2026-01-01/2026-06-30")
    (tmp_path / "report.zip").write_bytes(files.write_zip(made))
    lake, day = Lake(tmp_path / "lake"), date(2026, 2, 3)
    words = ("reconcile", tmp_path / "report.zip", "--platform", "TikTok", "--lake", lake.folder)
    before = run("report", *words).stdout

    decided = {"platform_name": "TikTok", "category": "STATEMENT_CATEGORY_VIOLENCE"}
    lake.add_days([own_record.Day(day, [decided] * 9, {})], "record")
    own_record.keep(lake.folder, own_record.Reach({"TikTok": day}, day, day, 0))

    assert run("report", *words).stdout == before
    assert "(days are missing)\t–" in before


def test_a_real_platform_is_laid_beside_its_report(tmp_path):
    """The series of half a year that came with the program; the figures of the report are made up."""
    (tmp_path / "report.zip").write_bytes(files.write_zip(report()))
    words = (
        "report",
        "reconcile",
        tmp_path / "report.zip",
        "--platform",
        "TikTok",
        "--lake",
        tmp_path / "lake",
    )
    done = run(*words)
    rows = {one["name"]: one for one in json.loads(run(*words, "--json").stdout)}
    asked = ("--platform", "TikTok", "--since", "2025-07-01", "--until", "2025-12-31")
    shown = run(
        "observe",
        "show",
        "account.suspended",
        *asked,
        "--format",
        "csv",
        "--lake",
        tmp_path / "lake",
    )
    days = [line.split(",") for line in shown.stdout.splitlines()[1:]]

    covered = re.search(r"data cover (\d+) of 184 days, 2025-07-01 to 2025-12-31", done.stderr)[1]
    assert 100 < int(covered) <= 184
    assert "Definition: " in done.stderr
    assert rows["every measure"]["database"] > 10_000_000
    assert rows["Account restriction Suspension"]["database"] == sum(float(day[2]) for day in days)
