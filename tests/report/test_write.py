"""What is written is the template to the byte, and reads back unchanged and without a finding."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.report.conftest import END, START, answered, as_files, given, lint, measures, read_back

from amparo.errors import Malformed
from amparo.report import answers, figures, files, forms
from amparo.report.figures import Contested, Heard, Measure
from amparo.report.skeleton import skeleton
from amparo.report.table import number
from amparo.report.write import write

GOLDEN = Path(__file__).parent.parent / "vectors" / "report"


def test_the_template_has_the_rows_and_columns_that_were_published():
    assert [len(forms.rows_of(part)) for part in (3, 4, 5, 6)] == [91, 91, 90, 98]
    assert len(forms.lines_of(7)) == 47
    assert len(forms.lines_of(11)) == 11
    assert [len(part.header) for part in forms.PARTS.values()] == [
        4,
        4,
        13,
        15,
        21,
        21,
        8,
        8,
        8,
        7,
        5,
    ]
    assert [len(forms.PARTS[part].context) for part in (3, 4, 5, 6)] == [7, 10, 16, 16]
    own = forms.PARTS[5]
    assert own.header[5] == "Number of measures taken at the provider's own initiative "
    assert own.context[0] == "Contextual Information on " + own.header[5]
    orders = forms.PARTS[3]
    assert orders.context[0].startswith("Contextual information on number of orders to act")
    assert orders.context[4] == "Contextual information on Number of orders to provide information"
    assert forms.QUALITATIVE[10][1].endswith("\u00a0\u00a0")


def test_the_names_of_all_categories_are_one_hundred_rows():
    rows = write(given()).parts[2]

    assert len(rows) == 100
    assert rows[0] == ["TOTAL", "All the entries", "TOTAL", ""]
    assert rows[2][::2] == ["Category 1a", "KEYWORD_ANIMAL_HARM"]
    assert rows[-1][::2] == ["Category 17", "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"]


@pytest.mark.parametrize(
    ("tier", "parts"),
    [
        ("intermediary", (1, 2, 3, 5, 6, 8, 11)),
        ("hosting", (1, 2, 3, 4, 5, 6, 8, 11)),
        ("online_platform", (1, 2, 3, 4, 5, 6, 7, 8, 11)),
        ("vlop", tuple(range(1, 12))),
        ("vlose", (1, 2, 3, 5, 6, 8, 10, 11)),
    ],
)
def test_each_tier_writes_what_it_owes_and_it_lints_clean(tier, parts):
    very_large = tier in ("vlop", "vlose")
    end = "2026-06-30" if very_large else END
    changed = {}
    if very_large:
        changed["service"] = {
            "provider": "Foro SL",
            "name": "Foro",
            "platform": "foro",
            "tier": tier,
            "published": "2026-08-28",
            "previous": "2026-02-20",
        }
    written = write(given(tier, end=end, **changed))
    report, lost = read_back(as_files(written))

    assert tuple(written.parts) == parts
    assert lost == []
    assert lint(report, tier) == []
    assert written.findings == ()


def test_bytes_are_those_of_the_template():
    made = as_files(write(given()))
    body = made["4_notices.csv"]

    assert not body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == body.count(b"\n") == 92
    assert body.startswith(
        b"Applicability,Service,Reporting period,Category of illegal content,"
        b'"Description of the sub-category ""Other""",Number of notices received ,'
    )
    first = body.split(b"\r\n")[1].decode().split(",TOTAL,")[0]
    assert first == f'"{forms.HOSTING}",Foro,{START}/{END}'


@settings(max_examples=25, deadline=None)
@over(st.integers(0, 10_000), st.integers(0, 120))
def test_whatever_was_counted_a_written_report_lints_clean_and_reads_back_unchanged(seed, kinds):
    written = write(given(counted=measures(seed, kinds)))
    report, lost = read_back(as_files(written))

    assert (lost, lint(report, "online_platform")) == ([], [])
    for part, rows in written.parts.items():
        read = [
            [row.cells[column] for column in forms.PARTS[part].columns] for row in report.rows(part)
        ]
        assert read == rows


@pytest.mark.parametrize("part", range(1, 12))
def test_each_part_is_its_golden_file_to_the_byte(part):
    """A VLOP's half year with some of everything; renewed by hand, and read when it is."""
    service = {
        "provider": "Foro SL",
        "name": "Foro",
        "platform": "foro",
        "tier": "vlop",
        "published": "2026-08-28",
        "previous": "2026-02-20",
    }
    made = as_files(write(given("vlop", end="2026-06-30", service=service)))
    name = f"{forms.PARTS[part].name}.csv"

    assert made[name] == (GOLDEN / name).read_bytes()


def test_blank_is_what_does_not_apply_and_nought_what_did_not_happen():
    report, _ = read_back(as_files(write(given(counted=Counter()))))
    total = report.rows(5)[0]

    assert total.get(forms.MEASURES) == "0"
    assert (
        report.rows(3)[0].get(
            "Median time to give effect to the order to act against illegal content"
        )
        == "12"
    )
    assert report.value(7, Indicator=forms.NO_ACTION_FLAGGER, Scope=forms.TOTAL_NUMBER) == "0"
    assert report.value(7, Indicator=forms.NO_ACTION_FLAGGER, Scope=forms.MEDIAN) == ""
    hosting, _ = read_back(as_files(write(given("hosting"))))
    assert hosting.value(8, Indicator=forms.SOLELY_NOTICES, Scope=forms.NAM_FLAGGER) == ""


def test_an_order_of_greece_is_of_el_and_stands_in_its_own_block_and_in_the_total():
    part = write(given()).parts[3]

    assert {(row[3], row[5]) for row in part if row[6] == "2"} == {
        ("TOTAL", "TOTAL"),
        ("TOTAL", "EL"),
        ("STATEMENT_CATEGORY_VIOLENCE", "TOTAL"),
        ("KEYWORD_HUMAN_TRAFFICKING", "TOTAL"),
        ("STATEMENT_CATEGORY_VIOLENCE", "EL"),
        ("KEYWORD_HUMAN_TRAFFICKING", "EL"),
    }
    assert len(write(given()).parts[3]) == 91 + 91


def test_complaints_are_counted_by_what_became_of_them():
    report, _ = read_back(as_files(write(given())))

    def told(indicator, scope):
        return report.value(7, Indicator=indicator, Scope=scope)

    assert [
        told(forms.SUBMITTED, scope)
        for scope in (
            forms.TOTAL_NUMBER,
            forms.UPHELD,
            forms.PARTIALLY,
            forms.REVERSED,
            forms.OMITTED,
            forms.MEDIAN,
        )
    ] == ["6", "2", "1", "1", "1", "15"]
    assert told(forms.NEWLY, forms.TOTAL_NUMBER) == "1"
    assert told(forms.AGAINST_REMOVAL, forms.TOTAL_NUMBER) == "4"
    assert told(forms.DISPUTED, forms.IMPLEMENTED) == "0.5"
    assert told(forms.DISPUTED, forms.MEDIAN) == "1080"
    [row] = [
        row
        for row in report.rows(7)
        if row.get("Contextual Information") == "1 pending"
        and row.get("Indicator") == forms.SUBMITTED
    ]
    assert row.get("Value") == "6"
    assert told(forms.UNFOUNDED_NOTICES, forms.TOTAL_NUMBER) == "1"
    assert told(forms.ILLEGAL_OFFENDERS, forms.TOTAL_NUMBER) == "3"


def test_notices_of_this_node_and_of_other_tools_are_counted_together():
    changed = {
        "elsewhere": {"complaints": "none", "disputes": "none"},
        "notice": [
            {
                "category": "STATEMENT_CATEGORY_VIOLENCE",
                "notices": 10,
                "trusted": 4,
                "items": 12,
                "trusted_items": 5,
                "hours": 20,
                "trusted_hours": 3,
            }
        ],
    }
    report, _ = read_back(as_files(write(given(**changed))))
    total = report.rows(4)[0]

    assert total.get("Number of notices received ") == "12"
    assert total.get("Median time to take action") == "13.5"
    law = "Number of actions taken on the basis of the law"
    expected = sum(
        n
        for m, n in measures().items()
        if m.source == "SOURCE_ARTICLE_16" and "ILLEGAL" in m.ground
    )
    assert total.get(law) == str(expected)


def test_what_nobody_answered_is_blank_and_a_finding_and_never_a_guess():
    written = write(given(qualitative={}, suspensions_illegal=None))
    report, _ = read_back(as_files(written))
    found = lint(report, "online_platform")

    assert [(one.rule, one.severity) for one in found if one.rule == "Q1"] == [("Q1", "error")] * 6
    assert [one.file for one in found if one.rule == "V-ZERO"] == [
        "foro/7_appeals_and_recidivism.csv"
    ]
    assert [str(one.expected) for one in written.findings] == [
        "suspensions for manifestly illegal content"
    ]
    assert all(row.get("Value") == "" for row in report.rows(11))


def test_a_decision_that_no_row_can_hold_is_told_of():
    odd = Measure(
        "DECISION_GROUND_ILLEGAL_CONTENT",
        forms.OTHER_VIOLATION,
        forms.OTHER,
        (),
        "SOURCE_VOLUNTARY",
        False,
        False,
        "",
    )
    written = write(given(counted=Counter({odd: 7})))

    assert [(one.rule, str(one.got)) for one in written.findings] == [("V-CAT", "7 measures")]
    assert figures.own_initiative({odd: 7}, 5) == ({}, 7)


def test_an_order_and_a_notice_without_a_keyword_are_of_the_others_of_their_category():
    """They stood in the category alone, so that a report of ours failed its own sums."""
    listed = {"category": "STATEMENT_CATEGORY_VIOLENCE"}
    unsaid = {"category": forms.NOT_SPECIFIED_NOTICE, "notices": 1, "items": 1}
    written = write(
        given(
            order=[listed | {"state": "EL", "orders": 2, "items": 3}],
            notice=[listed | {"notices": 4, "items": 5}, unsaid],
            elsewhere={"complaints": "none", "disputes": "none"},
        )
    )
    report, _ = read_back(as_files(written))

    assert [one for one in lint(report, "online_platform") if one.rule == "V-SUM"] == []
    for part in (3, 4):
        column = next(iter(forms.PARTS[part].kind))
        [row, *_] = [
            row
            for row in report.rows(part)
            if row.high == "STATEMENT_CATEGORY_VIOLENCE"
            and row.get(forms.PARTS[part].keys[0]) == forms.OTHER
        ]
        assert int(row.get(column)) >= 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"qualitative": {"What is this?": "x"}}, "no question"),
        ({"order": [{"state": "GR", "category": "STATEMENT_CATEGORY_VIOLENCE"}]}, "Member State"),
        ({"order": [{"state": "AT", "category": "STATEMENT_CATEGORY_NONE"}]}, "no category"),
        ({"recipients": {"XX": 1}}, "Member State"),
        ({"surprise": 1}, "unknown field"),
        ({"suspensions_illegal": "many"}, "int"),
    ],
)
def test_answers_that_do_not_fit_are_refused_with_the_reason(changes, why):
    with pytest.raises(Malformed) as found:
        answered(**changes)
    assert why in found.value.why


@pytest.mark.parametrize("tier", forms.TIERS)
def test_the_skeleton_of_answers_is_read_and_asks_everything(tier):
    import tomllib

    text = skeleton(tier, platform="foro", name='Foro "one"')
    source = tomllib.loads(text)
    asked = [name for applies, name in forms.QUALITATIVE if tier in forms.BOUND[applies]]

    assert answers.read(source).service.name == 'Foro "one"'
    assert list(source["qualitative"]) == [name.strip() for name in asked]
    assert ("[people]" in text) == (tier == "vlop")


def test_the_workbook_holds_the_same_cells():
    written = write(given())
    sheets, lost = files.sheets_of("report.xlsx", files.write_xlsx(written.parts))

    assert lost == []
    read = {one.file.rpartition("/")[2]: one.rows for one in sheets}
    for part, rows in written.parts.items():
        got = read[forms.PARTS[part].name[:31]][1:]
        for mine, theirs in zip(rows, got, strict=True):
            for a, b in zip(mine, theirs, strict=False):
                assert a == b or number(a) == number(b)


def test_a_trusted_flaggers_are_among_all_in_parts_4_7_and_8_and_by_themselves_besides():
    """The template's instructions call the flaggers' columns a part of the others."""
    category = "STATEMENT_CATEGORY_VIOLENCE"
    notices = tuple(
        figures.Noticed(hours, acted=True, automated=automated, category=category, flagged=flagged)
        for hours, automated, flagged in ((10, False, False), (4, True, True), (6, False, True))
    )
    complaints = tuple(
        Contested(outcome, 24, about)
        for outcome, about in (
            ("upheld", (forms.NO_ACTION,)),
            ("reversed", (forms.NO_ACTION, forms.NO_ACTION_FLAGGER)),
        )
    )
    of_flagger = {
        measure._replace(source="SOURCE_TRUSTED_FLAGGER"): n
        for measure, n in measures().items()
        if measure.source == "SOURCE_ARTICLE_16"
    }
    nothing = {"elsewhere": {"complaints": "none", "disputes": "none", "notices": "none"}}
    told = given(**nothing)._replace(
        heard=Heard(complaints, (), notices, {}), measures=Counter(of_flagger)
    )
    report, _ = read_back(as_files(write(told)))

    total = report.rows(4)[0]
    assert [
        (total.get(column), total.get(of_them))
        for column, of_them in (
            ("Number of notices received ", "Number of notices received from Trusted flaggers"),
            *(
                (name, f"{name} (Trusted Flagger notices)")
                for name in (
                    "Median time to take action",
                    "Number of actions taken on the basis of the law",
                    "Number of actions taken on the basis of the terms and conditions of the service",
                )
            ),
        )
    ] == [("3", "2"), ("6", "5"), *[(number, number) for number in by_ground(of_flagger)]]

    def of(part, indicator, scope):
        return report.value(part, Indicator=indicator, Scope=scope)

    asked = (forms.SUBMITTED, forms.NO_ACTION, forms.NO_ACTION_FLAGGER)
    assert [of(7, name, forms.TOTAL_NUMBER) for name in asked] == ["2", "2", "1"]
    assert [of(7, name, forms.REVERSED) for name in asked] == ["1", "1", "1"]
    automatic = (forms.SOLELY_NOTICES, forms.NOT_SOLELY_NOTICES)
    assert [of(8, name, forms.NAM_TOTAL) for name in automatic] == ["1", "2"]
    assert [of(8, name, forms.NAM_FLAGGER) for name in automatic] == ["1", "1"]


def by_ground(counted):
    """How many measures go back to the law, and how many to the terms, as a cell has them."""
    law = sum(n for measure, n in counted.items() if "ILLEGAL" in measure.ground)
    return str(law), str(sum(counted.values()) - law)
