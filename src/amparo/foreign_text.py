"""Text that strangers wrote, shown so that it can do no harm: its direction, its controls, names.

What is kept is the text as it was sent; all of this is for the moment of showing it.

Source: Unicode Standard Annex 9 (bidirectional algorithm), Unicode Technical Report 36 (security
considerations); XML 1.0, 2.2 (characters).
"""

# SPDX-License-Identifier: Apache-2.0

import re
import unicodedata
from html import escape
from itertools import pairwise
from typing import Literal

Direction = Literal["ltr", "rtl"]

REPLACEMENT = "\ufffd"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
JOINERS = "\u200c\u200d"
_STEERING = re.compile("[\u202a-\u202e\u2066\u2067\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HYPHENATED = re.compile("[0-9][-+][0-9]")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


def xml_safe(text: str) -> str:
    """The text with every character that no XML 1.0 document may hold replaced."""
    return _NOT_XML.sub(REPLACEMENT, text)


def xml_text(text: str) -> str:
    """The text as it stands between tags or quotes of any XML, SVG among them."""
    return escape(xml_safe(text))


def marked(text: str) -> str:
    """The text with each character that turns or hides what follows shown as its number.

    A reviewer would read `exe.jpg` for an address that ends in `gpj.exe` otherwise.
    """
    return text if _is_plain(text) else _STEERING.sub(_number, text)


def on_a_line(text: str) -> str:
    """The text, marked, on one line: it steers no terminal, and begins no line of its own."""
    return marked(" ".join(text.splitlines()))


def isolated(text: str, page: Direction) -> str:
    """The text, marked, between isolates if it could turn what stands around it on such a page."""
    inside = without_isolates(marked(text))
    return f"{FIRST_STRONG_ISOLATE}{inside}{POP_ISOLATE}" if turns(inside, page) else inside


def without_isolates(text: str) -> str:
    """The text without isolates of its own: one that it opens would swallow what follows it."""
    return text.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")


def turns(text: str, page: Direction) -> bool:
    """Whether some letter of the text runs against the page's direction.

    On one from right to left a day such as 2026-12-31 is turned itself, to 31-12-2026: behind an
    Arabic letter a hyphen does not hold the numbers beside it together (W2 and W4).
    """
    if page == "ltr" and text.isascii():
        return False
    classes = {unicodedata.bidirectional(letter) for letter in text}
    if page == "ltr":
        return bool(classes & _RIGHT_TO_LEFT)
    return "L" in classes or _HYPHENATED.search(text) is not None


def is_name(text: str, most: int) -> bool:
    """Whether this can be the name of somebody, in any script: one line, visible, in no disguise.

    Joiners belong to the spelling of many languages and to emoji, so they may stand inside.
    """
    if not 0 < len(text) <= most or text != text.strip() or text[0] in JOINERS:
        return False
    joined = any(left in JOINERS and right in JOINERS for left, right in pairwise(text))
    shown = (letter.isprintable() or letter in JOINERS for letter in text)
    return text[-1] not in JOINERS and not joined and all(shown)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _number(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"
