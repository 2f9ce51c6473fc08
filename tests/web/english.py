"""English that a reader of another language would see: which, and where in a page."""

import functools
import html
import re
import sys
from pathlib import Path

from babel.dates import get_month_names

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import catalogues

from amparo.web.words.i18n import catalogue

_ISOLATES = re.compile("[\u2068\u2069]")
_MARKED = re.compile(r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>', re.DOTALL)
PLATFORMS_OWN = "Community rules, section 5 (version of 1 September 2026)"
"""What the statements of the recorded journal cite, in the platform's own language."""


@functools.cache
def english(language):
    """What no reader of a language should see: the fixed parts of texts that have three words.

    A part that stands in some translation as well, such as a name, is no English.
    """
    own, found = [], set()
    for message in catalogues.extracted():
        texts = message.id if isinstance(message.id, tuple) else (message.id,)
        own += [catalogue(language).gettext(text) for text in texts if text]
        for text in texts:
            for part in re.split(r"%\(\w+\)s|\{\w+\}", text):
                words = part.strip(" .,:;()")
                if len(words.split()) > 2:
                    found.add(words)
    translated = "\n".join(own)
    return {words for words in found if words not in translated}


@functools.cache
def _by_inner_word(language):
    """The same by their longest word that has others on both sides: it stands alone in any text."""
    found = {}
    for part in english(language):
        found.setdefault(max(part.split()[1:-1], key=len), []).append(part)
    return found


@functools.cache
def _months(language):
    """A day with a month that is called otherwise in the language."""
    names = set(get_month_names("wide", locale="en").values())
    month = "|".join(sorted(names - {*get_month_names("wide", locale=language).values()}))
    return re.compile(rf"\b\d\d? ({month})\b|\b({month}) \d")


def nodes(markup):
    """Every text of a page: between its tags, and of attributes that are read out."""
    markup = re.sub(r"<(script|style).*?</\1>", "", markup, flags=re.DOTALL)
    read_out = re.findall(r'(?:alt|aria-label|placeholder|title)="([^"]*)"', markup)
    return {
        " ".join(html.unescape(text).split()) for text in [*re.split("<[^>]*>", markup), *read_out]
    }


def own_nodes(markup):
    """The same without code, and without what a page itself marks as English."""
    markup = re.sub(r"<(pre|code|kbd|bdi)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    head, begins, body = markup.partition("<body")
    return nodes(head + begins + _MARKED.sub(" ", body))


def english_in(texts, language="es"):
    """The English that stands in some texts, with the text that it stands in."""
    found, parts = {}, _by_inner_word(language)
    for text in texts:
        given = _ISOLATES.sub("", text).replace(PLATFORMS_OWN, "")
        words = [
            *_months(language).finditer(given),
            *(part for word in set(given.split()) for part in parts.get(word, ()) if part in given),
        ]
        if words:
            found[text] = words
    return found
