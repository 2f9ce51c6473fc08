"""Files as they come: what spreadsheets, copying and haste do to a report, each told once.

Each begins from a report without a finding, so that whatever else is told would be false.
"""

import csv
import io
import sys

import pytest
import xlsxwriter
from tests.report.conftest import as_files, english, given, lint, read_back

from amparo.report import files, forms, mend, write
from amparo.report.parts import reports
from amparo.report.table import Row

CLEAN = as_files(write.write(given()))
TIER = "online_platform"
WORKBOOK = ("V-CSV", "a workbook")


def name_of(part):
    return f"{forms.PARTS[part].name}.csv"


def table(part):
    return list(csv.reader(io.StringIO(CLEAN[name_of(part)].decode())))


def changed(part, change):
    """The clean report with one part changed, a list of rows with the header first."""
    rows = table(part)
    change(rows)
    return CLEAN | {name_of(part): files.write_table(rows[0], rows[1:])}


def place(part, column):
    return forms.PARTS[part].columns.index(column)


def judged(made):
    report, lost = read_back(made)
    return [*lost, *lint(report, TIER)]


def workbook(*, notes=(), merged=(), hidden=()):
    """The clean report as somebody else's workbook: sheets beside the parts, cells merged."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for title, rows in notes:
            sheet = book.add_worksheet(title)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
        for part in forms.owed(TIER):
            sheet = book.add_worksheet(forms.PARTS[part].name[:31])
            for line, row in enumerate(table(part)):
                sheet.write_row(line, 0, row)
            for number, column in merged:
                if number == part:
                    spread(sheet, table(part), place(part, column))
        for title, rows in hidden:
            sheet = book.add_worksheet(title)
            sheet.hide()
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    return made.getvalue()


def spread(sheet, rows, column):
    """Merge the cells of a column that say the same, from row to row."""
    first = 1
    for line in range(2, len(rows) + 1):
        if line == len(rows) or rows[line][column] != rows[first][column]:
            if line - first > 1:
                sheet.merge_range(first, column, line - 1, column, rows[first][column])
            first = line


def judged_book(body):
    sheets, lost = files.sheets_of("report.xlsx", body)
    [report], more = reports(sheets)
    return [*english([*lost, *more]), *lint(report, TIER)]


def test_what_a_merged_cell_says_is_said_in_each_of_its_rows():
    body = workbook(merged=[(3, "Scope"), (3, "Service"), (5, "Reporting period")])

    assert [(one.rule, one.got) for one in judged_book(body)] == [WORKBOOK]


def test_a_sheet_for_readers_is_no_error():
    body = workbook(notes=[("Read me", [["Our report", "on the year"], ["See", "below"]])])

    assert [(one.rule, one.severity) for one in judged_book(body)] == [
        ("V-CSV", "warning"),
        ("V-HDR", "warning"),
    ]


def test_a_hidden_sheet_of_a_part_is_told_of():
    rows = table(5)
    older = [rows[0], *([*row[:-1], "an older draft"] for row in rows[1:])]
    found = judged_book(workbook(hidden=[("5 draft", older)]))

    assert [one.rule for one in found if one.severity == "error"] == ["V-ORDER"]
    assert any("5 draft" in one.got for one in found)


def test_titles_between_stacked_parts_are_told_as_one_kind_of_line():
    body = b"".join(
        (f"Part {number}\r\n\r\n".encode() if number > 1 else b"") + part + b"\r\n"
        for number, part in enumerate(CLEAN.values(), 1)
    )

    assert [(one.rule, one.cells) for one in judged({"all.csv": body})] == [
        ("V-CSV", 1),
        ("V-HDR", len(CLEAN) - 1),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"Transparency report 2026,,\r\n\r\n" + body,
        lambda body: body.replace(b"\r\n", b"\r"),
        lambda body: body.replace(b"\r\n", b",,,\r\n") + b",,,,\r\n",
    ],
)
def test_what_changes_no_cell_is_read_past(change):
    assert judged(CLEAN | {name_of(4): change(CLEAN[name_of(4)])}) == []


def test_a_character_that_nobody_sees_is_told_of_and_taken_out():
    column = place(5, "Category of illegal content")

    def copied(rows):
        for row in rows[3:6]:
            row[column] += "\u200b"

    made = changed(5, copied)
    report, _ = read_back(made)

    [found] = judged(made)
    assert (found.rule, found.rows, found.cells) == ("V-CSV", "4-6", 3)
    assert {change.new for change in mend.mend(report).changes} == {
        row[column] for row in table(5)[3:6]
    }


@pytest.mark.parametrize(
    "blank", [c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace()], ids=ascii
)
def test_any_blank_around_a_cell_is_none_of_it(blank):
    assert Row(1, {"Value": f"{blank}4{blank}"}).get("Value") == "4"


def test_parts_under_each_others_name_are_read_as_what_they_are():
    made = CLEAN | {name_of(5): CLEAN[name_of(6)], name_of(6): CLEAN[name_of(5)]}

    assert [(one.rule, one.severity, one.expected) for one in judged(made)] == [
        ("V-HDR", "warning", forms.PARTS[5].name),
        ("V-HDR", "warning", forms.PARTS[6].name),
    ]


def test_a_column_under_another_name_is_told_of_once_and_not_in_each_row():
    def renamed(rows):
        rows[0][place(5, "Category of illegal content")] = "Kind"

    assert [(one.rule, one.severity) for one in judged(changed(5, renamed))] == [
        ("V-HDR", "error"),
        ("V-HDR", "info"),
    ]


def test_a_row_whose_counts_all_fail_to_add_up_is_one_finding():
    def doubled(rows):
        row = next(row for row in rows[2:] if row[place(5, forms.MEASURES)] not in ("", "0"))
        for column, kind in forms.PARTS[5].kind.items():
            if kind == "int":
                row[place(5, column)] = str(int(row[place(5, column)]) + 1)

    found = [one for one in judged(changed(5, doubled)) if one.rule == "V-SUM"]

    assert len(found) <= 4  # the row, the total above it, the row's parts, part 8
    assert max(one.cells for one in found) == len(
        [kind for kind in forms.PARTS[5].kind.values() if kind == "int"]
    )


def test_a_scope_that_is_written_once_for_many_rows_is_told_of_alone():
    """Which rows are of TOTAL is then not known, so nothing is said of their order or their sum."""

    def once(rows):
        before = ""
        for row in rows[1:]:
            scope = row[place(3, "Scope")]
            row[place(3, "Scope")] = "" if scope == before else scope
            before = scope

    assert [one.rule for one in judged(changed(3, once))] == ["V-SCOPE"]


@pytest.mark.parametrize("body", [b'{"a": "\xff"}', b"[" * 9_000], ids=["no text", "too deep"])
def test_what_begins_as_json_and_is_none_is_told_as_no_part(body):
    found, [finding] = files.sheets_of("manifest.json", body)

    assert (found, finding.rule, str(finding.got)) == ([], "V-CSV", "text without columns")
