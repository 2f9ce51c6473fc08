"""What templates print: values from strangers are made safe for the place they are printed in.

A template says `{{ name }}` and need not think of it. Before a template is compiled, each value
that stands between tags is passed through the filter `shown`, and each in a title, which holds no
tags, through `titled`; in attributes and form fields a value stays as it was sent, since it goes
back to where it came from. In XML every value is cleaned of what no XML may hold.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import jinja2
from jinja2.ext import Extension
from markupsafe import Markup, escape

from amparo.foreign_text import (
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    Direction,
    isolated,
    marked,
    turns,
    without_isolates,
    xml_safe,
)

_TOKEN = re.compile(
    r"\{%-?\s*(?P<statement>\w+)\s*(?P<named>\w*).*?%\}|\{#.*?#\}|\{\{-?(?P<value>.*?)-?\}\}"
    r"|<!--.*?-->|<(?P<tag>/?[a-zA-Z][a-zA-Z0-9]*)|(?P<mark>[>\"'])",
    re.DOTALL,
)
_RAW = frozenset({"title", "textarea", "script", "style"})
"""Elements that hold text alone: a tag inside of them is no tag (HTML, 13.1.2)."""

_TYPED = re.compile("`([^`]+)`")
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")


class SafeValues(Extension):
    """Passes every value that a template prints between tags through the filter `shown`."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - as Jinja calls it
        """The template's source with its printed values filtered."""
        if (name or "").endswith(".xml"):
            return _TOKEN.sub(lambda found: _filtered(found, "xml"), source)
        return _TOKEN.sub(_Place().passing, source)


class _Place:
    """Where in a page one is while its template is read from left to right."""

    def __init__(self) -> None:
        self._element = ""
        self._in_tag = self._in_sentence = False
        self._quote = ""

    def passing(self, found: re.Match[str]) -> str:
        """A token as it should be; the place moves on behind it."""
        if found["statement"]:
            self._in_sentence = found["statement"] in ("trans", "pluralize")
            if found["statement"] == "block" and found["named"] == "title":
                self._element = "title"  # `base.html` prints this block inside of it
            elif found["statement"] == "endblock":
                self._element = ""
        elif found["tag"]:
            self._open(found["tag"].lower())
        elif found["mark"]:
            self._marked(found["mark"])
        elif found["value"] and not self._keeps_values():
            return _filtered(found, "titled" if self._element == "title" else "shown")
        return found[0]

    def _keeps_values(self) -> bool:
        return self._in_tag or self._in_sentence or self._element in _RAW - {"title"}

    def _open(self, tag: str) -> None:
        if self._in_tag or (self._element in _RAW and tag != f"/{self._element}"):
            return
        self._element, self._in_tag = tag, True

    def _marked(self, mark: str) -> None:
        if not self._in_tag:
            return
        if mark == ">" and not self._quote:
            self._in_tag = False
        elif mark != ">" and self._quote in ("", mark):
            self._quote = "" if self._quote else mark


def _filtered(found: re.Match[str], name: str) -> str:
    return f"{{{{ ({found['value']})|{name} }}}}" if found["value"] else found[0]


def install(environment: jinja2.Environment, page: Direction) -> None:
    """Give an environment the filters, and sentences that isolate the names in them."""
    environment.filters |= {
        "shown": lambda value: _shown(value, page),
        "titled": lambda value: _titled(value, page),
        "commands": lambda value: _commands(value, page),
        "xml": _xml,
    }
    for name in ("gettext", "ngettext"):
        translate: Any = environment.globals[name]
        environment.globals[name] = _isolating(translate, page)


def _shown(value: Any, page: Direction) -> Any:
    if not _is_foreign(value):
        return value
    text, is_turning = _judged(value, page)
    shown = escape(text)
    return Markup("<bdi>") + shown + Markup("</bdi>") if is_turning else shown


def _titled(value: Any, page: Direction) -> Any:
    """The same where no tag can stand: isolated by characters."""
    if not _is_foreign(value):
        return value
    text, is_turning = _judged(value, page)
    return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}" if is_turning else text


def _judged(value: str, page: Direction) -> tuple[str, bool]:
    """A text that steers nothing, and whether it could turn what stands around it."""
    text = marked(value)
    around = _ISOLATED.sub("", text)  # of a sentence of this page, with names isolated in it
    if around != without_isolates(around):  # a stranger's: such a sentence closes what it opens
        text = around = without_isolates(text)
    return text, turns(around, page)


def _is_foreign(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Markup)


def _commands(value: str, page: Direction) -> Markup:
    """A text in which what is to be typed, between backticks, reads from left to right as code."""
    words, typed = (_TYPED.split(str(value))[start::2] for start in (0, 1))
    codes = [Markup('<code dir="ltr">{}</code>').format(marked(text)) for text in typed]
    pairs = zip_longest((_shown(text, page) for text in words), codes, fillvalue="")
    return Markup("").join(part for pair in pairs for part in pair)


def _xml(value: Any) -> Any:
    return xml_safe(value) if isinstance(value, str) else value


def _isolating(translate: Callable[..., Any], page: Direction) -> Callable[..., Any]:
    """A sentence in which each value is isolated; by characters, as it may stand in a title."""

    @jinja2.pass_context
    def isolating(context: Any, *texts: Any, **values: Any) -> Any:
        return translate(context, *texts, **{n: _isolated(v, page) for n, v in values.items()})

    return isolating


def _isolated(value: Any, page: Direction) -> Any:
    return isolated(value, page) if _is_foreign(value) else value
