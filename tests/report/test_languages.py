"""The template in another language: the same places and codes, and labels that nobody here knows.

The labels are made up from the English ones, so that no dictionary could know them; only the words
of the header are those of the Spanish, German and French template, as filers have published it.
"""

import pytest
from tests.report.conftest import given, lint
from tests.report.test_lint import mended_files

from amparo.report import files, forms, mend
from amparo.report.parts import reports
from amparo.report.write import write

HEADERS = {
    "Spanish": ("Aplicabilidad", "Servicio", "Indicador", "Valor"),
    "German": ("Anwendbarkeit", "Dienst", "Indikator", "Wert"),
    "French": ("Applicabilité", "Service", "Indicateur", "Valeur"),
}
NAMED = ("Applicability", "Service", "Indicator", "Value")
LABELS = ("Applicability", "Section", "Indicator", "Category description")
TITLES = {1: "1_identificación", 5: "5_ilícitos", 6: "6_iniciativa", 10: "10_PMDA"}


def other(text):
    """A label in a language of our own; blanks at its end stay, as templates have them."""
    return f"¡{text.strip()[::-1]}!" if text.strip() else text


def translated(part, rows, language):
    words = dict(zip(NAMED, HEADERS[language], strict=True))
    columns = forms.PARTS[part].columns
    header = [words.get(one, other(one)) for one in columns]
    made = []
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        for column in LABELS:
            if column in cells:
                cells[column] = other(cells[column])
        if "Scope" in cells and len(cells["Scope"]) > 2 and cells["Scope"] != "TOTAL":
            cells["Scope"] = other(cells["Scope"])
        made.append(list(cells.values()))
    return header, made


def in_language(language, tier="vlop", change=lambda _, rows: rows):
    end = "2026-06-30" if tier == "vlop" else "2026-12-31"
    made = {}
    for part, rows in write(given(tier, end=end, service=SERVICE)).parts.items():
        header, told = translated(part, change(part, rows), language)
        name = f"foro/{TITLES.get(part, f'{part}_hoja')}.csv"
        made[name] = files.write_table(header, told)
    return made


SERVICE = {
    "provider": "Foro SL",
    "name": "Foro",
    "platform": "foro",
    "tier": "vlop",
    "published": "2026-08-28",
    "previous": "2026-02-20",
}


def read(made):
    sheets = [one for name, body in made.items() for one in files.sheets_of(name, body)[0]]
    [report], lost = reports(sheets)
    assert lost == []
    return report


@pytest.mark.parametrize("language", HEADERS)
def test_a_report_in_any_language_is_read_whole_and_told_once(language):
    report = read(in_language(language))

    assert tuple(report.tables) == tuple(range(1, 12))
    assert report.value(7, Indicator=forms.SUBMITTED, Scope=forms.TOTAL_NUMBER) == "6"
    assert report.value(10, Indicator=forms.RECIPIENTS, Scope="EL") == "2000000"
    assert [(one.rule, one.severity, one.got) for one in lint(report, "vlop")] == [
        ("V-HDR", "info", f"labels in {language}, 11 parts")
    ]


def test_its_faults_are_found_as_in_any_other():
    def change(part, rows):
        if part == 7:
            rows[0][6] = "1,234 quejas"
        if part == 10:
            rows[1][6] = "2,000,000"
        return rows

    found = lint(read(in_language("German", change=change)), "vlop")

    assert {(one.rule, one.row) for one in found} == {("V-HDR", 1), ("V-INT", 2), ("V-INT", 3)}


def test_a_mended_one_keeps_its_labels_and_loses_nothing():
    def change(part, rows):
        if part == 10:
            rows[1][6] = "2,000,000"
        return rows

    made = in_language("French", change=change)
    mended = mend.mend(read(made))

    [changed] = mended.changes
    assert (changed.row, changed.old, changed.new) == (3, "2,000,000", "2000000")
    assert mended_files(mended)["10_AMAR.csv"] == made["foro/10_PMDA.csv"].replace(
        b'"2,000,000"', b"2000000"
    )
    assert mended_files(mended)["7_appeals_and_recidivism.csv"] == made["foro/7_hoja.csv"]


def test_rows_that_cannot_be_matched_are_told_of_and_never_emptied():
    made = in_language("Spanish", change=lambda part, rows: rows[:3] if part == 7 else rows)
    report = read(made)
    mended = mend.mend(report)

    assert [
        (one.rule, one.severity) for one in lint(report) if one.file.endswith("7_hoja.csv")
    ] == [("V-ORDER", "error")]
    assert mended.left == ("foro/7_hoja.csv",)
    assert "7_appeals_and_recidivism" not in mended.files


def test_a_sheet_is_known_by_its_place_when_its_name_has_no_number():
    made = {}
    for part, rows in write(given("vlop", end="2026-06-30", service=SERVICE)).parts.items():
        made[part] = translated(part, rows, "Spanish")
    book = _book({f"hoja {chr(96 + part)}": table for part, table in made.items()})

    sheets, _ = files.sheets_of("foro.xlsx", book)
    [report], _ = reports(sheets)

    assert tuple(report.tables) == tuple(range(1, 12))


def _book(sheets):
    import io

    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for title, (header, rows) in sheets.items():
            sheet = book.add_worksheet(title)
            for line, row in enumerate([header, *rows]):
                for column, cell in enumerate(row):
                    if cell:
                        sheet.write_string(line, column, cell)
    return made.getvalue()


def test_any_other_table_is_no_part():
    body = "Año;Cifra;Nota\n2025;1.234;x\n2026;99;y\n".encode()
    sheets, _ = files.sheets_of("8_propio.csv", body)
    found, [lost] = reports([one._replace(notes=()) for one in sheets])

    assert found == []
    assert lost.rule == "V-HDR"
