"""What has to add up: parts 9 and 10, Member States, medians between those of their groups."""

import csv
import io

import pytest
from tests.report.conftest import as_files, given, lint, read_back

from amparo.report import files, forms, write

TIER = "vlop"
SERVICE = {
    "provider": "Foro SL",
    "name": "Foro",
    "platform": "foro",
    "tier": TIER,
    "published": "2026-08-28",
    "previous": "2026-02-20",
}
CLEAN = as_files(write.write(given(TIER, end="2026-06-30", service=SERVICE)))
ORDERS, NOTICES, APPEALS, AUTOMATED, PEOPLE, RECIPIENTS = (
    f"{forms.PARTS[part].name}.csv" for part in (3, 4, 7, 8, 9, 10)
)


def found(name, change):
    """The findings after a change of one part's rows, each a dictionary."""
    header, *rows = csv.reader(io.StringIO(CLEAN[name].decode(), newline=""))
    told = [dict(zip(header, row, strict=True)) for row in rows]
    changed = change(told) or told
    body = files.write_table(header, [list(row.values()) for row in changed])
    report, lost = read_back(CLEAN | {name: body})
    return [(one.rule, one.got, one.expected) for one in [*lost, *lint(report, TIER)]]


def row(rows, **keys):
    """The first row that has these keys, by the beginnings of their columns."""
    return next(
        one
        for one in rows
        if all(
            next(v for k, v in one.items() if k.startswith(name)) == text
            for name, text in keys.items()
        )
    )


def put(value, column="Value", **keys):
    def change(rows):
        row(rows, **keys)[column] = value

    return change


def both(*changes):
    def change(rows):
        for one in changes:
            one(rows)

    return change


def test_experts_are_no_more_than_all_moderators():
    few = put("0.98", Indicator=forms.INTERNAL)

    assert found(PEOPLE, both(few, put("5", Indicator=forms.EXTERNAL))) == [
        ("V-SUM", "99", "at most 5.98, the internal and external moderators")
    ]
    assert found(PEOPLE, put("120", Indicator=forms.EXPERTISE, Scope="de")) == [
        ("V-SUM", "120 for de", "at most 99, the total")
    ]


def test_total_number_is_what_part_9_says_and_an_older_total_is_spelled_again():
    assert found(PEOPLE, both()) == []
    assert found(PEOPLE, put("100%", Indicator=forms.EXTERNAL))[0][:2] == ("V-INT", "100%")
    spelled = found(PEOPLE, put("TOTAL", "Scope", Indicator=forms.INTERNAL))
    assert spelled == [("V-SCOPE", "TOTAL", "Total number")]


def test_people_are_counted_whole_for_each_language_and_in_equivalents_in_total():
    assert found(PEOPLE, put("98.5", Indicator=forms.EXPERTISE, Scope=forms.TOTAL_NUMBER)) == []
    assert found(PEOPLE, put("4.5", Indicator=forms.EXPERTISE, Scope="de")) == [
        ("V-INT", "4.5", "digits only, as in 12")
    ]


def test_what_is_of_own_initiative_is_among_all_measures():
    many = put("900000", Indicator=forms.SOLELY_MEASURES, Scope=forms.OWN_INITIATIVE)

    assert [
        (rule, got) for rule, got, expected in found(AUTOMATED, many) if "at most" in expected
    ] == [("V-SUM", "900000")]


def test_member_states_give_the_total_of_recipients():
    assert found(RECIPIENTS, put("60000000", Scope="TOTAL")) == [
        ("V-SUM", "60000000", "54000000, the sum of the Member States")
    ]
    lacking = found(RECIPIENTS, lambda rows: [one for one in rows if one["Scope"] != "CY"])
    assert lacking == [("V-ORDER", "no row of CY", "one row for each Member State")]


def test_member_states_give_the_total_of_orders():
    def change(rows):
        orders = "Number of orders to act against illegal content received"
        for one in rows:
            if one["Scope"] == "EL" and one[orders] == "2":
                one[orders] = "3"

    told = found(ORDERS, change)

    assert {rule for rule, _, _ in told} == {"V-SUM"}
    assert all(expected.startswith("3, the sum of the Member States") for _, _, expected in told)


def test_states_in_one_cell_and_blank_ones_are_told_once_and_start_no_cascade():
    def change(rows):
        for place, one in enumerate(rows):
            if one["Scope"] == "EL":
                one["Scope"] = "EL, DE" if place % 3 else ""

    assert [rule for rule, _, _ in found(ORDERS, change)] == ["V-SCOPE", "V-SCOPE"]


def test_an_order_names_at_least_one_item():
    items = (
        "Number of specific items of information included in the total number of orders to act "
        "against illegal content"
    )
    told = found(ORDERS, lambda rows: [one | {items: "0"} for one in rows])

    assert {rule for rule, _, _ in told} == {"V-SUM"}
    assert told[0][1].startswith("0 items in 2")


@pytest.mark.parametrize(
    ("median", "rules"), [("13", ["V-RANGE"]), ("20", []), ("3000", ["V-RANGE"])]
)
def test_a_median_lies_between_those_of_its_groups(median, rules):
    kinds = (forms.AGAINST_REMOVAL, forms.NO_ACTION)
    told = {kinds[0]: (4, "15"), kinds[1]: (2, "2415.41"), forms.SUBMITTED: (6, median)}

    def change(rows):
        for one in rows:
            count, hours = told.get(one["Indicator"], (0, ""))
            if one["Section"] == forms.COMPLAINTS and one["Indicator"] != forms.NEWLY:
                one["Contextual Information"] = ""
                one["Value"] = {
                    forms.TOTAL_NUMBER: str(count),
                    forms.UPHELD: str(count),
                    forms.MEDIAN: hours,
                }.get(one["Scope"], "0")

    assert [rule for rule, _, _ in found(APPEALS, change)] == rules


def test_a_median_is_not_blank_where_something_was_decided():
    told = found(APPEALS, put("", Indicator=forms.SUBMITTED, Scope=forms.MEDIAN))

    assert told == [("V-ZERO", "nothing, with 4 decided", "the median time in hours")]


@pytest.mark.parametrize(
    ("hours", "upheld", "seen"), [("0", "2", 1), ("0", "0", 0), ("90", "2", 0)]
)
def test_no_dispute_is_decided_at_once(hours, upheld, seen):
    def change(rows):
        for one in rows:
            if one["Indicator"] == forms.DISPUTED:
                one["Value"] = {
                    forms.TOTAL_NUMBER: upheld,
                    forms.UPHELD: upheld,
                    forms.MEDIAN: hours,
                }.get(one["Scope"], "0")

    told = found(APPEALS, change)

    assert told == [("V-ZERO", "0, with 2 decided", "the median time in hours")] * seen


def test_a_total_of_something_with_every_category_blank():
    column = "Number of actions taken on the basis of the law"

    def change(rows):
        for one in rows:
            one[column] = "432" if one["Category of illegal content"] == "TOTAL" else ""
            one[f"{column} (Trusted Flagger notices)"] = "0"

    told = [one for one in found(NOTICES, change) if one[0] == "V-SUM"]

    assert told == [
        ("V-SUM", "432, and every category blank", "the same number, category by category")
    ]


def test_a_blank_column_beside_a_count_is_told_without_a_tier():
    column = "Number of specific items of information included in the total number of notices"
    header, *rows = csv.reader(io.StringIO(CLEAN[NOTICES].decode(), newline=""))
    place = header.index(column)
    for one in rows:
        one[place] = ""
    report, _ = read_back({NOTICES: files.write_table(header, rows)})

    assert [(one.rule, one.column) for one in lint(report) if one.rule == "V-ZERO"] == [
        ("V-ZERO", column)
    ]


def test_countries_where_languages_belong_are_one_finding_with_those_that_are_both():
    states = ("at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr")

    def change(rows):
        some = [
            one
            for one in rows
            if one["Indicator"] == forms.SOLELY_MEASURES and len(one["Scope"]) == 2
        ]
        for one, state in zip(some, states, strict=False):
            one["Scope"] = state
        return [one for one in rows if one not in some[len(states) :]]

    [(rule, got, expected)] = found(AUTOMATED, change)
    assert (rule, expected) == ("V-SCOPE", "one of the 24 languages, not a country")
    assert got == "at; be; bg … (12 cells)"
