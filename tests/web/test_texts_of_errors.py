"""What errors say is a value, and every reader is told it in their own language."""

import ast
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.dates import get_month_names

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import catalogues

from amparo.case import machines
from amparo.case.standing import standing
from amparo.errors import Period, Refused, Share, Text
from amparo.web.words.i18n import is_worded, languages, localise, localise_error, sentence

PLACES = re.compile(r"\{(\w+)\}")
ENGLISH_MONTHS = re.compile(rf"\b({'|'.join(get_month_names('wide', locale='en').values())})\b")
OTHERS = [code for code in languages() if code != "en"]
FILES = catalogues.read_by_people()
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def calls(path):
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def is_put_together(node):
    """Whether an expression makes a sentence of pieces, which no catalogue can know."""
    if isinstance(node, ast.IfExp):
        return is_put_together(node.body) or is_put_together(node.orelse)
    return isinstance(node, ast.JoinedStr | ast.BinOp) or (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("str", "repr", "format")
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_error_for_people_puts_its_sentences_together(path):
    made = [node for call in calls(path) for node in catalogues.given_to_error(call)]

    assert not [ast.unparse(node) for node in made if is_put_together(node)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_text_is_given_what_it_has_places_for(path):
    for call in calls(path):
        if isinstance(call.func, ast.Name) and call.func.id == "Text":
            given = {word.arg for word in call.keywords}
            for text in catalogues.sentences(call.args[0]):
                assert set(PLACES.findall(text)) == given, text


@pytest.mark.parametrize("machine", machines.MACHINES)
def test_every_state_of_a_case_has_a_sentence(machine):
    moves = machines.MACHINES[machine].values()
    states = {state for move in moves for pair in move.items() for state in pair}

    said = [str(standing(machine, state)) for state in states]

    assert len(set(said)) == len(states)


def test_a_text_is_its_english_for_logs_and_the_command_line():
    text = Text("It was closed on {day}, more than {period} ago.", day=AT, period=Period(1, "days"))

    assert str(text) == "It was closed on 5 January 2026, more than 1 day ago."
    assert Refused("No.", why=text, fix="None.").why == str(text)


def test_days_periods_numbers_and_lists_are_written_as_the_language_does():
    text = Text(
        "{day}|{period}|{number}|{list}|{inner}|{name}",
        day=AT, period=Period(6, "months"), number=20_000, list=("a", "b", "c"),
        inner=Text("it was filed"), name="January",
    )  # fmt: skip

    assert localise(text, "en") == "5 January 2026|6 months|20,000|a, b and c|it was filed|January"
    assert localise(text, "es") == "5 de enero de 2026|6 meses|20.000|a, b y c|se presentó|January"


@pytest.mark.parametrize(
    ("part", "english", "spanish"),
    [
        (0, "0%", "0 %"),
        (0.0001, "0.1%", "0,1 %"),
        (0.004, "0.4%", "0,4 %"),
        (0.52, "52%", "52 %"),
        (0.9956, "99.6%", "99,6 %"),
        (0.99996, "99.9%", "99,9 %"),
        (1, "100%", "100 %"),
    ],
)
def test_a_share_is_told_as_none_or_all_only_where_it_is_that(part, english, spanish):
    text = Text("{share} of its statements name the law", share=Share(part))

    assert str(text).startswith(f"{english} ")
    assert localise(text, "es").replace("\xa0", " ").startswith(f"{spanish} ")


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_an_error_can_be_said_in_every_language_without_english(language):
    """Whatever the parameters are, the sentence around them is not English."""
    values = (AT, Period(7, "days"), 3, ("x", "y"), "z")
    for path in FILES:
        for wording in catalogues.texts_of_errors(ast.parse(path.read_text())):
            for value in values:
                text = Text(wording, **dict.fromkeys(PLACES.findall(wording), value))
                said = localise(text, language)
                words = PLACES.sub("", wording).split()
                assert said != localise(text, "en") or len(words) < 4  # a word may be the same
                assert not ENGLISH_MONTHS.search(said)


def test_a_program_is_told_an_error_in_the_language_it_asks_for():
    error = Refused(
        "This complaint is not late.", why=Text("it was filed on {day}", day=AT), fix=""
    )

    assert localise_error(error, "es") == {
        "message": "Esta reclamación no llega tarde.",
        "why": "se presentó el 5 de enero de 2026",
        "fix": "",
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("it was filed", "Se presentó."),
        ("", ""),
        ("Why?", "¿Por qué?"),
        (Text("{member} was not drawn", member="ana"), "ana no salió en el sorteo."),
        (Text("it was filed on {day}", day=AT), "Se presentó el 5 de enero de 2026."),
    ],
)
def test_a_reason_stands_on_a_page_as_a_sentence(given, shown):
    assert sentence(given, "es") == shown


def test_a_text_is_worded_where_all_of_it_is_in_the_catalogue():
    """What another program answers is English on every page, which has to mark it so."""
    known, unknown = Text("nobody has cosigned it"), Text("connection refused by the far side")

    assert is_worded(Text("{came}: {why}", came="log.example", why=known), "ar")
    assert not is_worded(Text("{came}: {why}", came="log.example", why=unknown), "ar")
    assert is_worded(unknown, "en")
