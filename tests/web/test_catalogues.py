"""Every catalogue holds every text, whole: with its places, its tags, and each of its numbers."""

import re
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import catalogues

from amparo.web.words.i18n import languages

OTHERS = [code for code in languages() if code != "en"]
PLACES = re.compile(r"%\(\w+\)s|%%|\{\w*\}")
KEPT = re.compile(r"%\(\w+\)s|%%|\{\w*\}|</?[a-z][^>]*>|`[^`]*`|\n")
"""What a translation has as its text has it: places, tags, code, line breaks."""


@pytest.fixture(scope="module", params=OTHERS)
def catalogue(request):
    """A catalogue as its file holds it."""
    file = files("amparo.web.words") / "locales" / f"{request.param}.po"
    with file.open("rb") as opened:
        return read_po(opened, locale=request.param)


def told(catalogue):
    """Every text that people read and that the catalogue has, with what it says for it."""
    found = ((one.id, catalogue.get(one.id)) for one in catalogues.extracted() if one.id)
    return [(text, one.string) for text, one in found if one and catalogues.is_whole(one)]


def forms(told):
    """A text and one form of its translation; a number's last form is that of most numbers."""
    for text, said in told:
        if isinstance(text, str):
            yield text, said
        else:
            yield text[1], said[-1]


def test_nothing_is_missing_and_nothing_is_left_over(catalogue):
    texts = {one.id for one in catalogues.extracted() if one.id}

    assert {one.id for one in catalogue if one.id} == texts
    assert {text for text, _ in told(catalogue)} == texts


def test_every_number_has_its_forms(catalogue):
    count, rule = get_plural(catalogue.locale)[:2]

    assert (catalogue.num_plurals, catalogue.plural_expr) == (count, rule)
    for text, said in told(catalogue):
        assert isinstance(text, str) or len(said) == count, text


def test_every_translation_has_what_stays_as_it_is(catalogue):
    for text, said in forms(told(catalogue)):
        assert set(KEPT.findall(said)) == set(KEPT.findall(text)), text


def test_no_form_of_a_number_has_a_place_that_nothing_fills(catalogue):
    """A form for one or two may say the number in words, or not at all."""
    for text, said in told(catalogue):
        if isinstance(text, tuple):
            known = set(PLACES.findall(" ".join(text)))
            assert all(set(PLACES.findall(form)) <= known for form in said), text


def test_no_sentence_is_left_in_english(catalogue):
    """A word or two may be the same in both languages."""
    for text, said in forms(told(catalogue)):
        assert said != text or len(text.split()) < 4, text


def test_blanks_at_the_ends_are_kept(catalogue):
    for text, said in forms(told(catalogue)):
        assert (said[:1].isspace(), said[-1:].isspace()) == (
            text[:1].isspace(),
            text[-1:].isspace(),
        ), text
