"""The languages of this node: a catalogue of texts each, and how it writes days and periods.

A language is one file, `locales/xx.po`: it is read at start and needs no building. Texts in
templates and code are English and serve as message ids; a text without translation shows as
English.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import gettext
import io
from datetime import date, datetime
from importlib.resources import files

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

from amparo.errors import AmparoError, Parameter, Period, Text
from amparo.foreign_text import Direction, isolated

SOURCE_LANGUAGE = "en"
REGIONS = {"en": "en_GB"}  # whose way of writing dates a bare language follows


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages there are catalogues for, the source language first."""
    found = sorted(
        file.name.removesuffix(".po")
        for file in (files("amparo.web.words") / "locales").iterdir()
        if file.name.endswith(".po")
    )
    return (SOURCE_LANGUAGE, *(code for code in found if code != SOURCE_LANGUAGE))


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


def localise_error(error: AmparoError, language: str) -> dict[str, str]:
    """An error as a program is told it: message, why, fix."""
    words = (localise(text, language) for text in error.texts)
    return dict(zip(("message", "why", "fix"), words, strict=True))


def day(value: date, language: str) -> str:
    """A day, as in 5 March 2026."""
    return format_date(value, "long", locale=locale_of(language))


def period(value: Period, language: str) -> str:
    """A length of time, as in 14 days."""
    unit = f"duration-{value.unit.removesuffix('s')}"
    return format_unit(value.length, unit, "long", locale=locale_of(language))


def sentence(text: str | Text, language: str) -> str:
    """A reason as a sentence of its own: with a capital letter, and an end.

    A name that it begins with stays as it is.
    """
    localised = localise(text, language)
    wording = catalogue(language).gettext(text.id) if isinstance(text, Text) else localised
    whole = localised if wording.startswith("{") else localised[:1].upper() + localised[1:]
    return whole if not whole or whole[-1] in ".?!…" else f"{whole}."


def _localised(value: Parameter, language: str) -> str:
    if isinstance(value, str):
        return isolated(value, direction(language))
    if isinstance(value, datetime):
        return day(value, language)
    if isinstance(value, int):
        return format_decimal(value, locale=locale_of(language))
    if isinstance(value, Text):
        return localise(value, language)
    if isinstance(value, Period):
        return period(value, language)
    items = [isolated(item, direction(language)) for item in value]
    return format_list(items, locale=locale_of(language))
