"""The Commission's own blank files: what is written is theirs to the byte, and they are read whole."""

import csv
import io
from pathlib import Path

import pytest
from tests.report.conftest import as_files, given, lint

from amparo.report import files, forms, meant
from amparo.report.parts import reports
from amparo.report.write import write

BLANKS = Path(__file__).parent.parent / "vectors" / "template"
PERIOD = "2026-01-01/2026-06-30"
TOLD = {
    forms.PROVIDER: "Foro SL",
    forms.PUBLISHED: "2026-08-28",
    forms.PREVIOUS: "2026-02-27",
    forms.START: "2026-01-01",
    forms.END: "2026-06-30",
}


def blank(part):
    """The rows of an official file, the header first."""
    [path] = BLANKS.glob(f"{part}_*.csv")
    return list(csv.reader(io.StringIO(path.read_text(), newline="")))


def labels(part, row):
    """What a row of the template says before anybody fills it in."""
    columns = forms.PARTS[part].columns
    keys = forms.PARTS[part].keys
    names = ("Applicability", "Section", *keys[:1], "Scope") if part != 2 else columns
    names = (*names, "Indicator")
    return tuple(cell for name, cell in zip(columns, row, strict=True) if name in names)


def filled(part):
    """An official file filled in with noughts, as a service would to which nothing happened."""
    header, *rows = blank(part)
    told = [dict(zip(header, row, strict=True)) for row in rows]
    made = [
        list(_answered(part, cells | codes).values())
        for cells in told
        for codes in _codes(part, cells)
    ]
    return files.write_table(header, made)


def _codes(part, cells):
    """What a placeholder stands for: codes that are to be written in its place."""
    scope = cells.get("Scope", "")
    if not meant.PLACEHOLDER.search(scope):
        return [{}]
    if part == 3:
        return []  # no Member State has sent an order
    every = forms.MEMBER_STATES if part == 10 else forms.LANGUAGES
    return [{"Scope": code} for code in every if code not in ("AT", "SE", "bg", "sv")]


def _answered(part, cells):
    cells |= {"Service": "Foro"} if "Service" in cells else {}
    cells |= {"Reporting period": PERIOD} if "Reporting period" in cells else {}
    for column, kind in forms.PARTS[part].kind.items():
        cells[column] = "0" if kind == "int" else ""
    for column, got in cells.items():
        if meant.is_placeholder(got) and column != "Value":
            cells[column] = ""
    if "Value" in cells:
        timed = cells.get("Scope") in (forms.MEDIAN, forms.IMPLEMENTED)
        counted = part in (7, 8, 9, 10) and not timed and "Accuracy" not in cells["Indicator"]
        text = TOLD.get(cells["Indicator"], "As on our page.")
        cells["Value"] = "0" if counted else text if part in (1, 11) else ""
    return cells


@pytest.mark.parametrize("part", range(1, 12))
def test_headers_are_the_templates_to_the_byte(part):
    assert blank(part)[0] == list(forms.PARTS[part].columns)


@pytest.mark.parametrize("part", [1, 2, 4, 5, 6, 7, 9, 10, 11])
def test_rows_are_the_templates_in_its_order(part):
    written = write(given("vlop")).parts[part]
    spelled = {labels(part, row): None for row in written}
    official = [labels(part, row) for row in blank(part)[1:] if "[...]" not in row]

    assert [row for row in spelled if row in set(official)] == list(dict.fromkeys(official))
    if part not in (9, 10):
        assert [labels(part, row) for row in written] == official


def test_part_2_is_the_blank_file_itself():
    [path] = BLANKS.glob("2_*.csv")

    written = files.write_csv(forms.PARTS[2], write(given()).parts[2])

    assert written.replace(b"\r\n", b"\n") == path.read_bytes()


def test_orders_have_one_block_for_all_and_one_for_each_member_state():
    official = [row[3] for row in blank(3)[1:]]
    written = [row[3] for row in write(given("vlop")).parts[3]]

    assert written[:91] == official[:91]
    lacking = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"  # the blank file forgets it there
    assert [code for code in written[91:] if code != lacking] == official[91:]


def test_the_rows_of_automated_means_are_the_templates_for_every_language():
    official = {tuple(row[i] for i in (0, 3, 4, 5)) for row in blank(8)[1:]}
    written = {tuple(row[i] for i in (0, 3, 4, 5)) for row in write(given("vlop")).parts[8]}

    assert {row for row in official if "[" not in row[3]} <= written


def test_the_template_with_noughts_has_no_finding():
    sheets = [
        sheet
        for part in range(1, 12)
        for sheet in files.sheets_of(f"foro/{forms.PARTS[part].name}.csv", filled(part))[0]
    ]
    [report], lost = reports(sheets)

    assert lost == []
    assert lint(report, "vlop") == []


def test_the_blank_template_is_told_what_is_left_in_it():
    sheets = [
        sheet
        for path in BLANKS.glob("*.csv")
        for sheet in files.sheets_of(f"blank/{path.name}", path.read_bytes())[0]
    ]
    [report], _ = reports(sheets)
    found = lint(report)

    assert set(report.tables) == set(range(1, 12))
    assert {one.rule for one in found} == {"V-FILL", "V-NAME", "V-PER", "V-SCOPE", "V-ZERO"}
    assert sum(one.rule == "V-PER" for one in found) == 9  # once a file, not once a row


@pytest.mark.parametrize("tier", forms.TIERS)
def test_what_is_written_lints_clean_as_zip_folder_and_workbook(tier):
    end = "2026-06-30" if tier in ("vlop", "vlose") else "2026-12-31"
    service = {
        "provider": "Foro SL",
        "name": "Foro",
        "platform": "foro",
        "tier": tier,
        "published": "2026-08-28" if end == "2026-06-30" else "2027-02-20",
        "previous": "2026-02-20",
    }
    written = write(given(tier, end=end, service=service))
    made = as_files(written)
    ways = {
        "zip": {"foro.zip": files.write_zip(made)},
        "folder": {f"foro/{name}": body for name, body in made.items()},
        "workbook": {"foro.xlsx": files.write_xlsx(written.parts)},
    }
    for bodies in ways.values():
        read = [files.sheets_of(name, body) for name, body in bodies.items()]
        [report], lost = reports([sheet for sheets, _ in read for sheet in sheets])
        assert [*lost, *(one for _, missed in read for one in missed)] == []
        assert lint(report, tier) == []


def test_a_manifest_beside_loose_parts_is_no_finding_and_alone_it_is():
    parts = as_files(write(given()))
    manifest = b'{"service": "Foro", "period": "", "version": 1, "files": {}}'
    read = [files.sheets_of(name, body) for name, body in (parts | {"m.json": manifest}).items()]
    sheets = [sheet for some, _ in read for sheet in some]
    lost = [one for _, some in read for one in some]

    assert [one.file for one in lost] == ["m.json"]
    assert files.without_companions((sheets, lost)) == (sheets, [])
    assert files.without_companions(([], lost)) == ([], lost)
