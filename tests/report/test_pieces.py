"""Several files of one part, stacked parts, single files: all of them named, and none lost."""

import pytest
from tests.conftest import run
from tests.report.conftest import as_files, given, lint, read_back

from amparo.report import files, forms, write
from amparo.report.parts import reports
from amparo.web.words import report_files

TIER = "online_platform"
TC = "6_own_initiative_TC.csv"


def read(made):
    read = [files.sheets_of(name, body) for name, body in made.items()]
    found, lost = reports([sheet for sheets, _ in read for sheet in sheets])
    return found, [*lost, *(one for _, missed in read for one in missed)]


def with_count(body, text):
    """The part with its first count replaced."""
    lines = body.decode().split("\r\n")
    cells = lines[1].split(",")
    cells[5] = text
    return "\r\n".join([lines[0], ",".join(cells), *lines[2:]]).encode()


def test_every_file_of_a_part_is_named_and_judged(clean):
    """A service publishes a part in disjoint pieces; each is held to the rules."""
    made = {f"foro/{name}": body for name, body in clean.items() if name != TC}
    for surface in ("Ads", "Domain", "URL"):
        made[f"foro/6_own_initiative_TC_{surface}.csv"] = clean[TC].replace(
            b"0,0,0\r\n", b"0,0,0 \r\n" if surface == "Ads" else b"0,0,0\r\n"
        )
    made["foro/6_own_initiative_TC_URL.csv"] = with_count(clean[TC], "n/a")
    made["foro/6_own_initiative_TC_Domain.csv"] = with_count(clean[TC], "12 k")
    [report], lost = read(made)
    found = lint(report, TIER)

    assert lost == []
    assert report.service == "Foro"
    assert [(one.rule, one.got) for one in found if one.rule == "V-ORDER"] == [
        (
            "V-ORDER",
            "part 6 stands in 3 files: 6_own_initiative_TC_Ads.csv, "
            "6_own_initiative_TC_Domain.csv, 6_own_initiative_TC_URL.csv",
        )
    ]
    assert {one.got for one in found if one.rule == "V-INT"} == {"n/a", "12 k"}
    assert "Q1" not in {one.rule for one in found}


def test_a_second_version_beside_the_first_is_no_second_report(clean):
    made = {f"foro/{name}": body for name, body in clean.items()}
    made["foro/6_own_initiative_TC_version2.csv"] = with_count(clean[TC], "7")
    [report], _ = read(made)
    told = [one for one in lint(report, TIER) if one.rule == "V-ORDER"]

    assert [one.severity for one in told] == ["error"]
    assert "6_own_initiative_TC_version2.csv" in told[0].got


def test_the_same_file_twice_is_no_second_version(clean):
    made = {f"foro/{name}": body for name, body in clean.items()}
    made["foro/copy of 6_own_initiative_TC.csv"] = clean[TC]
    [report], lost = read(made)

    assert [*lost, *lint(report, TIER)] == []


def test_two_services_and_two_years_in_one_folder_are_told_apart(clean):
    made = {f"all/foro_{name}": body for name, body in clean.items()}
    made |= {
        f"all/plaza_{name}": body.replace(b",Foro,", b",Plaza,") for name, body in clean.items()
    }
    before = as_files(write.write(given(end="2026-12-31")))
    made |= {
        f"all/old_{name}": body.replace(b"2026-", b"2025-").replace(b"2027-", b"2026-")
        for name, body in before.items()
    }
    found, lost = read(made)

    assert sorted(one.service for one in found) == ["Foro", "Foro", "Plaza"]
    assert lost == []


def test_parts_one_below_the_other_are_taken_apart(clean):
    """A spreadsheet flattened into one file: a title, then part by part, as wide as the widest."""
    width = max(len(part.columns) for part in forms.PARTS.values())
    lines = [b"[LIVE] internal, full report (1)" + b"," * width]
    for body in clean.values():
        lines += [
            line + b"," * (width - line.count(b",")) if b'"' not in line else line
            for line in body.split(b"\r\n")
        ]
    [report], lost = read({"all.csv": b"\r\n".join(lines)})

    assert tuple(report.tables) == (1, 2, 3, 4, 5, 6, 7, 8, 11)
    assert [(one.rule, one.severity) for one in lost] == [("V-CSV", "warning")]
    assert "9 parts one below the other, from lines 2, 9," in str(lost[0].got)
    assert {one.rule for one in lint(report, TIER)} == set()


@pytest.mark.parametrize("first", [b"[LIVE] x,y\r\n", b"{draft} x,y\r\n"])
def test_a_bracket_does_not_make_json(clean, first):
    [report], lost = read({"1.csv": first + clean["1_report_identification.csv"]})

    assert lost == []
    assert lint(report) == []


def test_a_single_file_is_judged_as_a_single_file(clean, tmp_path):
    path = tmp_path / "1_report_identification.csv"
    path.write_bytes(clean[path.name])
    alone = run("report", "lint", path, "--tier", TIER)
    folder = run("report", "lint", tmp_path, "--tier", TIER, check=False)

    assert alone.stdout == "No finding.\n"
    assert "part 1 alone; whether the report is whole was not judged" in alone.stderr
    assert folder.returncode == 1
    assert folder.stdout.count("error Q1") == 1
    assert "11_qualitative" in folder.stdout


def test_the_folder_that_a_report_is_written_into_lints_clean(clean, tmp_path):
    """Archive, workbook, page and manifest: copies of each other, and none a second version."""
    made = write.write(given())
    _, files_ = report_files.draft(made, given(), (), made_on="2027-02-20", log="", platform="foro")
    for name, body in files_.items():
        (tmp_path / name).write_bytes(body)

    whole = run("report", "lint", tmp_path, "--tier", TIER)
    archive = run("report", "lint", tmp_path / "report.zip", "--tier", TIER)

    assert whole.stdout == archive.stdout == "No finding.\n"
    assert whole.stderr.count("Foro, ") == 1


def test_a_line_of_text_below_the_rows_is_told_of_once(clean):
    name = "7_appeals_and_recidivism.csv"
    made = dict(clean) | {name: clean[name] + b"Figures are rounded.\r\nSee our page.\r\n"}
    report, _ = read_back(made)

    assert [(one.rule, one.rows) for one in lint(report, TIER)] == [("V-HDR", "49-50")]
