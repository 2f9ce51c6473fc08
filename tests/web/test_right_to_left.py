"""A page that is read from right to left: what is mirrored, and what is not (decision 0027)."""

import re
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest

import amparo.web
from amparo.errors import Period
from amparo.web.public import charts
from amparo.web.words import i18n

STATIC = Path(amparo.web.__file__).parent / "static"
PHYSICAL = re.compile(
    r"(?:margin|padding|border)-(?:left|right)\b|text-align: (?:left|right)|float:|\b(?:left|right):"
)
DIGITS_BELOW_DIGITS = ".number { text-align: right;"


@pytest.mark.parametrize("name", ["amparo.css", "observatory.css"])
def test_the_style_sheets_know_begin_and_end_and_no_left_and_right(name):
    style = (STATIC / name).read_text().replace(DIGITS_BELOW_DIGITS, "")

    assert PHYSICAL.findall(style) == []


DAYS = [(date(2026, 1, day), float(day)) for day in range(1, 29)]


def drawn(direction):
    around = charts.Around("decisions a day", ("Source", "Amparo"))
    text = charts.line_chart(
        {"Foro": DAYS},
        title="Title",
        description="What",
        direction=direction,
        around=around,
    )
    return ET.fromstring(text)


def test_time_in_a_chart_goes_from_left_to_right_and_its_words_begin_where_the_reader_does():
    left, right = drawn("ltr"), drawn("rtl")
    svg = "{http://www.w3.org/2000/svg}"

    def line(chart):
        return next(one.get("d") for one in chart.iter(f"{svg}path") if "line" in one.get("class"))

    def title(chart):
        return next(one for one in chart.iter(f"{svg}text") if one.get("class") == "title")

    assert line(left) == line(right)
    assert float(title(left).get("x")) < 20
    assert float(title(right).get("x")) > charts.WIDTH - 20
    assert title(right).get("direction") == "rtl"


@pytest.mark.parametrize("language", i18n.languages())
@pytest.mark.parametrize("unit", ["minutes", "hours", "days", "months"])
def test_a_length_of_time_has_words_in_every_language(language, unit):
    """Where CLDR's long form is the short one, a library shows the unit's code instead."""
    for length in (1, 2, 3, 7, 14, 100):
        written = i18n.period(Period(length, unit), language)
        assert "duration" not in written
        assert written.strip("0123456789 \u00a0")


def test_lists_have_the_commas_of_their_language():
    assert i18n.commas("ar") == ("، ", "؛ ")
    assert i18n.commas("de") == (", ", "; ")


def test_only_the_first_letter_of_a_phrase_becomes_a_capital():
    """German nouns keep theirs."""
    assert i18n.initial("unterstützt mit Vorbehalten") == "Unterstützt mit Vorbehalten"
