"""Each rule broken once: exactly that finding. Anyone's files: read, judged, and never a traceback."""

import io
import json
import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.conftest import run
from tests.hostile.bombs import binary_workbook
from tests.report.conftest import as_files, given, lint, read_back

from amparo.report import bounds, files, forms, meant, mend, write
from amparo.report.lint import ASKS
from amparo.report.parts import reports

TIER = "online_platform"
MEASURES = forms.MEASURES


def broken(clean, name, change):
    """The findings after one file was changed."""
    made = dict(clean)
    body = change(made[name].decode())
    if body is None:
        del made[name]
    else:
        made[name] = body if isinstance(body, bytes) else body.encode()
    report, lost = read_back(made)
    return [*lost, *lint(report, TIER)]


def cell(line, column, value, part=5):
    """A change of one cell; `line` counts from the header, which is 0."""
    place = forms.PARTS[part].columns.index(column)

    def change(text):
        import csv

        rows = list(csv.reader(io.StringIO(text)))
        rows[line][place] = value(rows[line][place]) if callable(value) else value
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        return out.getvalue()

    return change


def without_last_column(text):
    import csv

    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        row[:-1] for row in csv.reader(io.StringIO(text))
    )
    return out.getvalue()


def line_of(part, **keys):
    """The line of a row of parts 7 to 11."""
    for n, line in enumerate(forms.lines_of(part), 1):
        if all(getattr(line, name) == value for name, value in keys.items()):
            return n
    raise AssertionError(keys)


OWN, TC, ORDERS, NOTICES = (
    "5_own_initiative_illegal.csv",
    "6_own_initiative_TC.csv",
    "3_member_states_orders.csv",
    "4_notices.csv",
)
APPEALS, AUTOMATED, TEXTS, FIRST = (
    "7_appeals_and_recidivism.csv",
    "8_automated_means.csv",
    "11_qualitative.csv",
    "1_report_identification.csv",
)
TOTAL_7 = line_of(7, indicator=forms.SUBMITTED, scope=forms.TOTAL_NUMBER)
MEDIAN_7 = line_of(7, indicator=forms.SUBMITTED, scope=forms.MEDIAN)
SHARE_7 = line_of(7, indicator=forms.DISPUTED, scope=forms.IMPLEMENTED)
OMITTED_7 = line_of(7, indicator=forms.SUBMITTED, scope=forms.OMITTED)
ACCURACY_8 = line_of(
    8, indicator="Accuracy of the automated means - Recall", scope=forms.OWN_INITIATIVE
)
CODE = forms.PARTS[5].keys[0]
OTHER = forms.PARTS[5].keys[1]
SCOPE_LINE = 92  # the first row of the block of EL in part 3


def other_line(part=5):
    rows = [one.code for one in forms.rows_of(part)]
    return rows.index(forms.OTHER) + 1


MUTATIONS = {
    "V-INT separators": (
        OWN,
        cell(1, "Visibility restriction Other", lambda v: f"{int(v):,}"),
        [("V-INT", "error")],
    ),
    "V-INT text": (
        APPEALS,
        cell(OMITTED_7, "Value", "72.45", 7),
        [("V-INT", "error"), ("V-APP", "warning")],
    ),
    "V-INT range": (
        NOTICES,
        cell(92 - 1, "Median time to take action", "10-20", 4),
        [("V-MED", "error")],
    ),
    "V-PCT": (APPEALS, cell(SHARE_7, "Value", "50%", 7), [("V-PCT", "error")]),
    "V-PCT above one": (AUTOMATED, cell(ACCURACY_8, "Value", "80", 8), [("V-PCT", "error")]),
    "V-MED": (APPEALS, cell(MEDIAN_7, "Value", "15 hours", 7), [("V-MED", "error")]),
    "V-ZERO": (
        APPEALS,
        cell(OMITTED_7, "Value", "", 7),
        [("V-ZERO", "warning"), ("V-APP", "warning")],
    ),
    "V-PER": (OWN, cell(1, "Reporting period", "2026"), [("V-PER", "error")]),
    "V-PER another": (
        OWN,
        cell(1, "Reporting period", "2025-01-01/2025-12-31"),
        [("V-PER", "error")],
    ),
    "V-PER day": (FIRST, cell(2, "Value", "20.02.2027", 1), [("V-PER", "error")]),
    "V-LEN": (TEXTS, cell(1, "Value", "x" * 5001, 11), [("V-LEN", "error")]),
    "V-SCOPE GR": (ORDERS, lambda t: t.replace(",EL,", ",GR,"), [("V-SCOPE", "warning")]),
    "V-SCOPE small": (ORDERS, lambda t: t.replace(",EL,", ",el,"), [("V-SCOPE", "warning")]),
    "V-SCOPE placeholder": (
        ORDERS,
        lambda t: t + t.split("\r\n")[SCOPE_LINE].replace(",EL,", ',"[...]",') + "\r\n",
        [("V-SCOPE", "warning")],
    ),
    "V-SUM total": (
        OWN,
        cell(1, MEASURES, lambda v: str(int(v) + 1)),
        [("V-SUM", "error"), ("V-SUM", "warning")],
    ),
    "V-SUM category": (
        TC,
        lambda t: cell(2, MEASURES, lambda v: str(int(v) + 1), 6)(
            cell(1, MEASURES, lambda v: str(int(v) + 1), 6)(t)
        ),
        [("V-SUM", "error"), ("V-SUM", "warning")],
    ),
    "V-SUM part of": (
        NOTICES,
        cell(1, "Number of notices received from Trusted flaggers", "99", 4),
        [("V-SUM", "error"), ("V-SUM", "error")],
    ),
    "V-SUM across": (
        AUTOMATED,
        cell(
            line_of(8, indicator=forms.SOLELY_MEASURES, scope=forms.OWN_INITIATIVE),
            "Value",
            lambda v: str(int(v) + 1),
            8,
        ),
        [("V-SUM", "warning")],
    ),
    "V-OTHER home-made": (
        OWN,
        cell(3, CODE, "KEYWORD_OTHER_SPAM"),
        [("V-OTHER", "error"), ("V-ORDER", "warning")],
    ),
    "V-OTHER no description": (
        OWN,
        lambda t: t.replace(f"KEYWORD_OTHER,{write.UNSPECIFIED}", "KEYWORD_OTHER,", 1),
        [("V-OTHER", "warning")],
    ),
    "V-OTHER twice": (
        OWN,
        lambda t: (
            t
            + "\r\n".join(
                2
                * [
                    ",".join(
                        [
                            "All",
                            "Foro",
                            "2026-01-01/2026-12-31",
                            forms.OTHER,
                            "Spam",
                            *(["0"] * 16),
                            *([""] * 16),
                        ]
                    )
                ]
            )
            + "\r\n"
        ),
        [("V-OTHER", "error")],
    ),
    "V-CAT home-made": (
        OWN,
        cell(2, CODE, "STATEMENT_CATEGORY_BAD_THINGS"),
        [("V-CAT", "error"), ("V-ORDER", "warning")],
    ),
    "V-CAT elsewhere": (
        OWN,
        cell(2, CODE, forms.OTHER_VIOLATION),
        [("V-CAT", "error"), ("V-ORDER", "warning")],
    ),
    "V-CAT small": (OWN, cell(2, CODE, str.lower), [("V-CAT", "warning")]),
    "V-HDR spelling": (
        NOTICES,
        lambda t: t.replace("notices received ,", "notices received,", 1),
        [("V-HDR", "info")],
    ),
    "V-HDR missing": (
        AUTOMATED,
        without_last_column,
        [("V-HDR", "error"), ("V-ACC", "warning")],
    ),
    "V-HDR more": (
        FIRST,
        lambda t: "\r\n".join(
            row + ",Mood" if row.startswith("App") else row for row in t.split("\r\n")
        ),
        [("V-HDR", "info")],
    ),
    "V-ORDER missing": (
        OWN,
        lambda t: "".join(row for n, row in enumerate(t.splitlines(keepends=True)) if n != 3),
        None,
    ),
    "V-ORDER swapped": (
        APPEALS,
        lambda t: t + t.splitlines(keepends=True)[-1],
        [("V-ORDER", "warning")],
    ),
    "V-APP": (APPEALS, cell(TOTAL_7, "Value", "9", 7), [("V-APP", "warning")]),
    "V-ACC": (AUTOMATED, cell(ACCURACY_8, "Contextual Information", "", 8), [("V-ACC", "warning")]),
    "V-CSV semicolons": (FIRST, lambda t: t.replace(",", ";"), [("V-CSV", "warning")]),
    "V-CSV encoding": (TEXTS, lambda t: t.encode("utf-16"), [("V-CSV", "warning")]),
    "V-CSV mark": (TEXTS, lambda t: t.encode("utf-8-sig"), [("V-CSV", "info")]),
    "Q1 part": (TEXTS, lambda _: None, [("Q1", "error")]),
    "Q1 answer": (TEXTS, cell(1, "Value", "", 11), [("Q1", "error")]),
    "Q2": (
        FIRST,
        lambda t: t.replace("2026-12-31", "2026-12-30"),
        [("Q2", "error"), ("V-PER", "error")],
    ),
    "Q3": (FIRST, lambda t: t.replace("2027-02-20", "2027-03-02"), [("Q3", "warning")]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_one_fault_is_one_finding(clean, name):
    file, change, expected = MUTATIONS[name]
    found = broken(clean, file, change)

    if expected is None:
        assert {one.rule for one in found} <= {"V-ORDER", "V-SUM"}  # its figures may be missed, too
        assert "V-ORDER" in {one.rule for one in found}
    else:
        assert sorted((one.rule, one.severity) for one in found) == sorted(expected), found
    for one in found:
        assert one.fix
        assert one.expected
        assert one.file


def test_every_rule_is_documented_and_broken_once():
    from pathlib import Path

    docs = (Path(__file__).parents[2] / "docs" / "report.md").read_text()
    rules = {name.split()[0] for name in MUTATIONS}

    assert rules >= {
        "V-CSV",
        "V-INT",
        "V-PCT",
        "V-MED",
        "V-ZERO",
        "V-PER",
        "V-LEN",
        "V-SCOPE",
        "V-SUM",
        "V-OTHER",
        "V-CAT",
        "V-HDR",
        "V-ORDER",
        "V-APP",
        "Q1",
        "Q2",
        "Q3",
    }
    for rule in (*rules, "Q4"):
        assert f"`{rule}`" in docs, rule


def test_what_is_certain_is_corrected_and_nothing_else(clean):
    """Foreign spellings and numbers are put right; a sum that is wrong stays, and stays a finding."""
    made = dict(clean)
    made[ORDERS] = made[ORDERS].replace(b",EL,", b",gr,")
    made[OWN] = cell(1, "Visibility restriction Other", lambda v: f"{int(v):,}")(
        made[OWN].decode()
    ).encode("utf-16")
    made[APPEALS] = (
        cell(SHARE_7, "Value", "50%", 7)(made[APPEALS].decode()).replace(",", ";").encode()
    )
    made[TC] = cell(1, MEASURES, "1", 6)(made[TC].decode()).encode()
    report, _ = read_back(made)

    mended = mend.mend(report)
    again, lost = read_back(mended_files(mended))

    assert len(mended.changes) > 90
    assert lost == []
    assert {one.rule for one in lint(again, TIER)} == {"V-SUM"}
    untouched = mend.mend(read_back(clean)[0])
    assert untouched.changes == ()
    assert mended_files(untouched) == clean


def mended_files(mended):
    return {
        f"{name}.csv": files.write_table(file.header, file.rows)
        for name, file in mended.files.items()
    }


@pytest.mark.parametrize(
    ("got", "kind", "mended"),
    [
        ("1,234,567", "int", "1234567"),
        ("1.234", "int", "1234"),
        ("12 345", "int", "12345"),
        ("7.0", "int", "7"),
        ("50236.0", "int", "50236"),
        ("335,474.00", "int", "335474"),
        ("1.234.567,00", "int", "1234567"),
        ("1,000", "int", "1000"),
        ("1.000", "int", "1.000"),  # one, or a thousand
        ("1.57643436E8", "int", "157643436"),
        ("1.6E+08", "int", "1.6E+08"),  # a spreadsheet has cut its digits off
        ("> 45", "int", "> 45"),
        ("n/a", "int", "n/a"),
        ("1,23", "int", "1,23"),
        ("many", "int", "many"),
        ("-3", "int", "-3"),
        ("85%", "float", "0.85"),
        ("12,5 %", "float", "0.125"),
        ("0,5", "float", "0.5"),
        ("3.5 hours", "hours", "3.5"),
        ("2,25", "hours", "2.25"),
        ("162.4 HRS", "hours", "162.4"),
        ("1.3hrs", "hours", "1.3"),
        ("1,475.99", "hours", "1475.99"),
        ("1,475", "hours", "1,475"),  # one and a half, or a thousand and more
        ("2 days", "hours", "2 days"),
        ("97.55", "float", "97.55"),
        ("<5%", "fte", "<5%"),
        ("5 FTE", "fte", "5"),
    ],
)
def test_a_figure_is_corrected_only_where_its_meaning_is_beyond_doubt(got, kind, mended):
    assert meant.figure(got, kind) == mended


def test_parts_are_known_by_number_name_or_header_whatever_they_are_called(clean):
    names = {
        FIRST: "1 - Identificación.csv",
        OWN: "DSA_report_own_initiative_illegal_v2.csv",
        TC: "part 6.csv",
        ORDERS: "pedidos.csv",
        NOTICES: "04_Hinweise.csv",
        APPEALS: "x.csv",
        AUTOMATED: "y.csv",
        TEXTS: "11_texts.csv",
        "2_categories_names.csv": "categories_names.csv",
    }
    report, lost = read_back({names[name]: body for name, body in clean.items()})

    assert lost == []
    assert tuple(report.tables) == (1, 2, 3, 4, 5, 6, 7, 8, 11)
    assert {one.rule for one in lint(report, TIER)} == set()


def test_one_archive_of_many_services_is_told_apart(clean):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for service in ("Foro", "Plaza"):
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as zipped:
                for name, body in clean.items():
                    zipped.writestr(name, body.replace(b",Foro,", f",{service},".encode()))
            archive.writestr(f"{service}.zip", inner.getvalue())
        archive.writestr("__MACOSX/._x", b"\0")
        archive.writestr("readme.pdf", b"%PDF-1.7")
    sheets, lost = files.sheets_of("all.zip", made.getvalue())
    found, more = reports(sheets)

    assert sorted(one.service for one in found) == ["Foro", "Plaza"]
    assert more == []
    assert [str(one.got) for one in lost] == ["it looks like a PDF"]
    assert all(lint(one, TIER) == [] for one in found)


@pytest.mark.parametrize("words", ["TBD", "xxx", "To be completed.", "Lorem ipsum dolor", "-", "…"])
def test_what_only_holds_the_place_of_an_answer_is_none(clean, words):
    found = broken(clean, "11_qualitative.csv", cell(2, "Value", words, part=11))

    assert [(one.rule, one.row, one.got) for one in found] == [("V-FILL", 3, words)]


@pytest.mark.parametrize("words", ["N/A", "None.", "We do not.", "See our page - section 4."])
def test_a_short_answer_is_one(clean, words):
    assert broken(clean, "11_qualitative.csv", cell(2, "Value", words, part=11)) == []


@pytest.mark.parametrize(
    ("name", "body", "looks"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\0\1\2\3" * 100, "without columns"),
        ("a.csv", b"just some words\nand more\n", "without columns"),
        ("a.pdf", b"%PDF-1.7 ...", "a PDF"),
        ("a.csv", b"<!DOCTYPE html><html>", "a web page"),
        ("a.json", b'{"a": 1}', "JSON"),
        ("a.zip", b"PK\x03\x04 not really", "broken archive"),
        ("a.xlsx", b"PK\x03\x04 not really", "cannot be read"),
        ("a.xls", b"\xd0\xcf\x11\xe0 not really", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_that_says_what_it_looks_like(name, body, looks):
    sheets, [finding] = files.sheets_of(name, body)

    assert sheets == []
    assert looks in str(finding.got)
    assert finding.fix
    assert finding.rule == "V-CSV"


def test_a_binary_workbook_is_read_as_any_other():
    [sheet], lost = files.sheets_of("9.xls", binary_workbook([(0, 0), (0, 1), (1, 1)]))

    assert lost == []
    assert sheet.rows == (("1.5", "1.5"), ("", "1.5"))


def test_an_archive_with_a_broken_stream_is_a_finding():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("4_notices.csv", b"a,b\n" * 2000)
    body = bytearray(made.getvalue())
    start = 30 + len("4_notices.csv")
    body[start : start + 8] = b"\xff" * 8
    _, [finding] = files.sheets_of("a.zip", bytes(body))

    assert "broken archive" in str(finding.got)


def test_every_rule_says_what_it_asks_for_and_its_page_says_the_same():
    room = Path(files.__file__).parent
    named = re.findall(r'"(V-[A-Z]+|Q\d)"', "".join(p.read_text() for p in room.glob("*.py")))
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text().lower()

    assert set(named) == set(ASKS)
    for rule, text in ASKS.items():
        assert f"| `{rule}` | {text.removesuffix('.')} |".lower() in page


def test_an_entry_of_an_archive_without_a_name_is_read_by_what_it_holds():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), b"%PDF-1.7")
        archive.writestr("folder/", b"")
    sheets, [finding] = files.sheets_of("a.zip", made.getvalue())

    assert sheets == []
    assert (finding.file, str(finding.got)) == ("a/without a name", "it looks like a PDF")


def test_a_bomb_is_not_unpacked():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(20):
            archive.writestr(f"{n}.csv", b"0" * (bounds.MOST_FILE_BYTES + 10))
    begun = time.monotonic()
    sheets, lost = files.sheets_of("bomb.zip", made.getvalue())

    assert sheets == []
    assert any(re.search("unpacks to more|larger", str(one.got)) for one in lost)
    assert time.monotonic() - begun < 60


@settings(max_examples=150, deadline=None)
@over(st.binary(max_size=400), st.sampled_from(["a.csv", "4_notices.csv", "b.xlsx", "c.zip", "d"]))
def test_no_bytes_break_the_reader(body, name):
    sheets, lost = files.sheets_of(name, body)
    found, more = reports(sheets)
    for one in found:
        lint(one, TIER)
    assert sheets or lost or more


@settings(max_examples=60, deadline=None)
@over(
    st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=8), min_size=1, max_size=8),
    st.integers(1, 11),
)
def test_no_cells_under_a_known_header_break_a_rule(rows, part):
    body = files.write_csv(forms.PARTS[part], rows)
    found, _ = reports(files.sheets_of(f"{part}.csv", body)[0])
    for one in found:
        for tier in (None, "vlop", TIER):
            lint(one, tier)
        mend.mend(one)


def test_the_command_line_tells_mends_and_fails_for_machines(clean, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    for name, body in clean.items():
        (folder / name).write_bytes(body)
    good = run("report", "lint", folder, "--tier", TIER)
    (folder / ORDERS).write_bytes(clean[ORDERS].replace(b",EL,", b",GR,"))
    (folder / OWN).write_bytes(
        cell(1, "Visibility restriction Other", lambda v: f"{int(v):,}")(
            clean[OWN].decode()
        ).encode()
    )
    bad = run("report", "lint", folder, "--tier", TIER, "--fix", tmp_path / "fixed", check=False)
    told = run("report", "lint", folder, "--tier", TIER, "--json", check=False)
    sarif = json.loads(run("report", "lint", folder, "--tier", TIER, "--sarif", check=False).stdout)

    assert good.stdout == "No finding.\n"
    assert "Foro, 2026-01-01/2026-12-31: parts 1, 2, 3, 4, 5, 6, 7, 8, 11" in good.stderr
    assert bad.returncode == told.returncode == 1
    assert (
        "error V-INT report/5_own_initiative_illegal.csv:2, Visibility restriction Other"
        in bad.stdout
    )
    assert {one["rule"] for one in json.loads(told.stdout)} == {"V-INT", "V-SCOPE"}
    assert sarif["version"] == "2.1.0"
    assert {one["ruleId"] for one in sarif["runs"][0]["results"]} == {"V-INT", "V-SCOPE"}
    told_of = sarif["runs"][0]["tool"]["driver"]["rules"]
    assert {one["id"]: one["shortDescription"]["text"] for one in told_of} == {
        rule: ASKS[rule] for rule in ("V-INT", "V-SCOPE")
    }
    assert (
        run("report", "lint", tmp_path / "fixed" / "foro", "--tier", TIER).stdout == "No finding.\n"
    )
    warned = dict(clean) | {ORDERS: clean[ORDERS].replace(b",EL,", b",GR,")}
    (folder / OWN).write_bytes(clean[OWN])
    assert warned[ORDERS] != clean[ORDERS]
    assert run("report", "lint", folder, "--tier", TIER).returncode == 0
    assert run("report", "lint", folder, "--tier", TIER, "--strict", check=False).returncode == 1
    assert as_files(write.write(given())) == clean
