"""The languages of this node: a catalogue of texts each, and how it writes days and periods.

A language is one file, `locales/xx.po`: it is read at start and needs no building. Texts in
templates and code are English and serve as message ids; a text without translation shows as
English.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import gettext
import io
import operator
import re
from datetime import date
from decimal import Decimal
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from babel.units import format_unit

from amparo.errors import AmparoError, Parameter, Period, Several, Share, Text
from amparo.foreign_text import Direction, isolated

SOURCE_LANGUAGE = "en"
REGIONS = {"en": "en_GB"}  # whose way of writing dates a bare language follows
COMMAS = {"ar": ("، ", "؛ ")}
"""Comma and semicolon, each with its blank, of languages that have their own."""
NAMES = {"id": "Bahasa Indonesia"}
"""What a language is called by its speakers, where CLDR has less than that."""


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages there are catalogues for, the source language first."""
    found = sorted(
        file.name.removesuffix(".po")
        for file in (files("amparo.web.words") / "locales").iterdir()
        if file.name.endswith(".po")
    )
    return (SOURCE_LANGUAGE, *(code for code in found if code != SOURCE_LANGUAGE))


def known(language: str) -> str:
    """The language in which somebody is written to: theirs where there are texts in it, or English.

    A region or script behind it (`es-MX`; RFC 5646) makes no difference.
    """
    bare = language.replace("_", "-").partition("-")[0].lower()
    return bare if bare in languages() else SOURCE_LANGUAGE


@functools.cache
def named() -> tuple[tuple[str, str], ...]:
    """Every language by its code and by the name that its speakers give it, in order of names."""
    names = (
        (code, NAMES.get(code) or Locale.parse(code).get_display_name()) for code in languages()
    )
    begun = ((code, initial(name)) for code, name in names if name)
    return tuple(sorted(begun, key=operator.itemgetter(1)))


@functools.cache
def catalogue(language: str) -> gettext.NullTranslations:
    """A language's texts; none for the source language."""
    file = files("amparo.web.words") / "locales" / f"{language}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@functools.cache
def locale_of(language: str) -> Locale:
    """How a language writes dates and numbers."""
    return Locale.parse(REGIONS.get(language, language))


def direction(language: str) -> Direction:
    """In which direction a language is written."""
    return "rtl" if locale_of(language).text_direction == "rtl" else "ltr"


def localise(text: str | Text, language: str) -> str:
    """A text in a language, with its days, numbers and periods as that language writes them."""
    translate = catalogue(language).gettext
    if isinstance(text, str):
        return translate(text) if text else ""  # gettext's own text of '' is the file's header
    given = {name: _localised(value, language) for name, value in text.parameters.items()}
    return translate(text.id).format_map(given) if given else translate(text.id)


def is_worded(text: Text, language: str) -> bool:
    """Whether a language has a text, and all that is in it: what no catalogue knows is English."""
    texts = [value for value in text.parameters.values() if isinstance(value, Text)]
    has_words = any(letter.isalpha() for letter in re.sub(r"\{\w*\}", "", text.id))
    is_known = catalogue(language).gettext(text.id) != text.id
    known = language == SOURCE_LANGUAGE or not has_words or is_known
    return known and all(is_worded(each, language) for each in texts)


def localise_error(error: AmparoError, language: str) -> dict[str, object]:
    """An error as a program is told it: message, why, fix; of several, each by its field too."""
    words = (localise(text, language) for text in error.texts)
    answer: dict[str, object] = dict(zip(("message", "why", "fix"), words, strict=True))
    if isinstance(error, Several):
        answer["errors"] = {
            each.field: [localise(each.texts[0], language), localise(each.texts[2], language)]
            for each in error.errors
        }
    return answer


def commas(language: str) -> tuple[str, str]:
    """What stands between words, and between phrases, of a list."""
    return COMMAS.get(language, (", ", "; "))


def day(value: date, language: str) -> str:
    """A day, as in 5 March 2026."""
    return format_date(value, "long", locale=locale_of(language))


def month(value: date, language: str) -> str:
    """The month of a day, as in Mar 2026."""
    return format_skeleton("yMMM", value, locale=locale_of(language))


def short_day(value: date, language: str) -> str:
    """A day where there is little room, as in 14 Nov 2026."""
    return format_skeleton("yMMMd", value, locale=locale_of(language))


def number(value: float, digits: int = 0, *, language: str) -> str:
    """A number with that many digits behind the point, as in 12,000."""
    return _number(str(value), digits, language)


@functools.lru_cache(maxsize=4096)
def _number(written: str, digits: int, language: str) -> str:
    """By what Babel reads of a number: its digits. Tables have the same few over and over."""
    form = f"#,##0.{'0' * digits}" if digits else None
    return format_decimal(Decimal(written), form, locale=locale_of(language))


def compact(value: float, *, language: str) -> str:
    """A number as an axis has room for it, as in 12K."""
    return format_compact_decimal(value, fraction_digits=1, locale=locale_of(language))


def percent(part: float, digits: int = 0, *, language: str) -> str:
    """A part of a whole, from 0 to 1, as in 12%."""
    return _percent(str(part), digits, language)


@functools.lru_cache(maxsize=4096)
def _percent(written: str, digits: int, language: str) -> str:
    pattern = locale_of(language).percent_formats[None].pattern
    form = pattern.replace("0", f"0.{'0' * digits}", 1) if digits else None
    return format_percent(Decimal(written), form, locale=locale_of(language))


def period(value: Period, language: str) -> str:
    """A length of time, as in 14 days."""
    unit, locale = f"duration-{value.unit.removesuffix('s')}", locale_of(language)
    written = format_unit(value.length, unit, "long", locale=locale)
    # CLDR says a long form only where the short one is another; Babel then shows the unit's code.
    return format_unit(value.length, unit, "short", locale=locale) if unit in written else written


def initial(text: str) -> str:
    """The text with a capital letter at its beginning, and otherwise as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str | Text, language: str) -> str:
    """A reason as a sentence of its own: with a capital letter, and an end.

    A name that it begins with stays as it is.
    """
    localised = localise(text, language)
    wording = catalogue(language).gettext(text.id) if isinstance(text, Text) else localised
    whole = localised if wording.startswith("{") else initial(localised)
    return whole if not whole or whole[-1] in ".?!…" else f"{whole}."


def _localised(value: Parameter, language: str) -> str:
    if isinstance(value, str):
        return isolated(value, direction(language))
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, int):
        return number(value, language=language)
    if isinstance(value, float):
        return number(value, 1, language=language)
    if isinstance(value, Text):
        return localise(value, language)
    if isinstance(value, Period):
        return period(value, language)
    if isinstance(value, Share):
        return percent(*value.rounded, language=language)
    items = [isolated(item, direction(language)) for item in value]
    return format_list(items, locale=locale_of(language))
