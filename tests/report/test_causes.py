"""One slip is one finding: its lines as ranges, examples beside their mends."""

import csv
import io

from tests.report.conftest import as_files, english, given, lint, read_back

from amparo.errors import Text
from amparo.report import files, forms, write
from amparo.report.causes import grouped, ranges
from amparo.report.lint import CATALOGUE
from amparo.report.table import finding_of

CLEAN = as_files(write.write(given()))


def one(row, got="1,234", cause="separators", column="Value"):
    mended = got.replace(",", "")
    return finding_of("V-INT", "error", "a.csv", row, column, got, mended, Text("Mend."), cause)


def test_what_has_one_cause_is_joined_with_its_lines():
    [found] = english(grouped([one(row) for row in (2, 3, 4, 9)]))

    assert (found.row, found.rows, found.cells) == (2, "2-4, 9", 4)
    assert (found.got, found.expected) == ("1,234 (4 cells)", "1234")


def test_examples_stand_beside_their_mends():
    some = [one(2, "1,234"), one(3, "5,678"), one(4, "9,000"), one(5, "1,111")]
    [found] = english(grouped(some))

    assert found.got == "1,234; 5,678; 9,000 … (4 cells)"
    assert found.expected == "1234; 5678; 9000 …"


def test_what_has_another_cause_file_or_none_stands_alone():
    other = one(2)._replace(file="b.csv")
    alone = one(5, cause="")

    assert grouped([one(2), other, one(4, cause="text"), alone, alone]) == [
        one(2),
        other,
        one(4, cause="text"),
        alone,
        alone,
    ]


def test_lines_are_written_as_ranges():
    assert ranges([2, 3, 4, 9, 11, 12]) == "2-4, 9, 11-12"
    assert ranges([]) == ""


def test_each_rule_names_its_text_and_how_certain_it_is():
    for rule in CATALOGUE.values():
        assert rule.source.startswith(("Annex", "Article"))
        assert rule.certainty in ("letter", "sum", "judgement")


def rules(name, change, tier=None):
    report, _ = read_back(CLEAN | {name: change(CLEAN[name])})
    return [(found.rule, found.rows) for found in lint(report, tier)]


def test_labels_names_and_placeholders_are_told_once_a_file():
    own, appeals, texts = (f"{forms.PARTS[part].name}.csv" for part in (5, 7, 11))

    assert rules(own, lambda body: body.replace(b",Foro,", b",FORO,")) == [("V-NAME", "2-91")]
    assert rules(own, lambda body: body.replace(b",Foro,", b",,")) == [("V-NAME", "2-91")]
    assert rules(texts, lambda body: body.replace(b"As described on our page.", b"Free text")) == [
        ("V-FILL", "2-7")
    ]
    wrong = b"Only for VLOPs and VLOSEs"
    keyed = rules(
        appeals, lambda body: body.replace(b"Only for providers of online platforms", wrong)
    )
    assert keyed == [("V-KEY", "3-48")]


def test_a_category_of_another_part_is_told_with_all_that_stands_below_it():
    name = f"{forms.PARTS[5].name}.csv"
    header, *rows = csv.reader(io.StringIO(CLEAN[name].decode(), newline=""))
    codes = [forms.OTHER_VIOLATION, "KEYWORD_NUDITY", "KEYWORD_LANGUAGE_REQUIREMENTS", forms.OTHER]
    zeros = ["0"] * 16 + [""] * 16
    more = [["All", "Foro", "2026-01-01/2026-12-31", code, "", *zeros] for code in codes]
    report, _ = read_back(CLEAN | {name: files.write_table(header, rows + more)})
    [found] = lint(report, "online_platform")

    assert (found.rule, found.row) == ("V-CAT", 92)
    assert "belong into part 6" in found.fix
