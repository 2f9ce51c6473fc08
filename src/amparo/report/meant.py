"""What a cell was meant to say, where it can only mean one thing; else nothing is said.

A separator between groups of three goes where it cannot be a decimal point; a percentage becomes a
share; a unit goes; codes are spelled as the template spells them; letters that were broken by being
read in another encoding are whole again. What a count should have been is never guessed.

Source: Implementing Regulation (EU) 2024/2835, Annex II, Part I, 4, and Part II, 1.2.1, 1.6 to 1.8.
"""

# SPDX-License-Identifier: Apache-2.0

import re
import unicodedata
from decimal import Decimal

from amparo.report import forms
from amparo.report.forms import LANGUAGES, MEMBER_STATES, plain

_GROUP = r"[,.'’\u00a0\u202f\u2009 ]"
_BOTH = re.compile(rf"(\d{{1,3}}(?:({_GROUP})\d{{3}})(?:\2\d{{3}})*)([.,])(\d+)")
_GROUPS = re.compile(rf"\d{{1,3}}({_GROUP})\d{{3}}(?:\1\d{{3}})*")
_DECIMAL = re.compile(r"(\d+)[.,](\d+)")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)
_PERCENT = re.compile(r"(.+?)\s*%")
_HOURS = re.compile(
    r"(.+?)\s*(?:h|hrs?|hours?|std|stunden?|horas?|heures?|or[ae]|uur|uren|godz)\.?", re.IGNORECASE
)
_PEOPLE = re.compile(r"(.+?)\s*(?:ftes?|vzä|etp|people|moderators)\.?", re.IGNORECASE)


def figure(got: str, kind: str) -> str:
    """A figure as the template asks for it; as it came where its meaning is not beyond doubt."""
    if kind == "int":
        return _count(got) or got
    if kind == "float":
        return _share(got) or got
    if kind == "heads":  # a count, but one that others give in full-time equivalents
        whole, _, rest = (_quantity(got) or "x").partition(".")
        return whole if whole.isdigit() and not rest.strip("0") else got
    if kind in ("hours", "fte"):
        match = (_HOURS if kind == "hours" else _PEOPLE).fullmatch(got)
        return _quantity(match[1] if match else got) or got
    return got


def _count(got: str) -> str:
    """A count: nothing but an integer can be meant."""
    if match := _SCIENTIFIC.fullmatch(got):
        digits, power = match[2] or "", int(match[3])
        # Fewer digits than the power were cut off by a spreadsheet; what they were is not known.
        return f"{match[1]}{digits.ljust(power, '0')}" if len(digits) == power else ""
    if match := _GROUPS.fullmatch(got):
        alone = match[1] == "." and got.count(".") == 1
        return "" if alone and got.endswith("000") else re.sub(r"\D", "", got)
    number = _quantity(got)
    whole, _, rest = number.partition(".")
    return whole if not rest.strip("0") else ""


def _share(got: str) -> str:
    if match := _PERCENT.fullmatch(got):
        number = _quantity(match[1])
        share = Decimal(number) / 100 if number else None
        return f"{share.normalize():f}" if share is not None and share <= 1 else ""
    return _quantity(got)


def _quantity(got: str) -> str:
    """A number that may have a fraction, with a point; empty if it could be two numbers."""
    if got.isascii() and got.isdigit():
        return got
    if (match := _BOTH.fullmatch(got)) and match[2] != match[3]:
        return f"{re.sub(r'[^0-9]', '', match[1])}.{match[4]}"
    if match := _GROUPS.fullmatch(got):
        sure = match[1] not in ",." or got.count(match[1]) > 1
        if sure:
            return re.sub(r"\D", "", got)
        return got if match[1] == "." else got.replace(",", ".") if got[0] == "0" else ""
    match = _DECIMAL.fullmatch(got)
    return f"{match[1]}.{match[2]}" if match and got.isascii() else ""


# --- scopes ----------------------------------------------------------------------------------

_STATES = {
    name: code
    for code, name in zip(
        MEMBER_STATES,
        "austria belgium bulgaria cyprus czechia germany denmark estonia greece spain finland "
        "france croatia hungary ireland italy lithuania luxembourg latvia malta netherlands poland "
        "portugal romania sweden slovenia slovakia".split(),
        strict=True,
    )
} | {"gr": "EL", "czech republic": "CZ"}
_LANGUAGES = {
    name: code
    for code, name in zip(
        LANGUAGES,
        "bulgarian czech danish german greek english spanish estonian finnish french irish "
        "croatian hungarian italian lithuanian latvian maltese dutch polish portuguese romanian "
        "slovak slovenian swedish".split(),
        strict=True,
    )
} | {"gr": "el", "cz": "cs", "dk": "da"}
_TOTALS = frozenset(("total", "total number", "totals", "totale", "gesamtzahl"))
STATE_PARTS, LANGUAGE_PARTS = (3, 10), (8, 9)


def scope(part: int, got: str) -> str:
    """A scope as the template spells it; as it came where it is none that is known."""
    text = plain(got)
    if part in STATE_PARTS:
        if text in _TOTALS:
            return forms.TOTAL
        code = _STATES.get(text, text.upper())
        return code if code in MEMBER_STATES else got
    if text in _TOTALS:
        return forms.TOTAL_NUMBER
    if part in LANGUAGE_PARTS:
        code = _LANGUAGES.get(text, text)
        return code if code in LANGUAGES else got
    return got


# --- words of the blank template ------------------------------------------------------------

PLACEHOLDER = re.compile(r"\[\s*(\.\.\.|…|\d+)\s*\]")
"""What stands for codes that are to be written there, as in `AT, [...], SE`."""
_TEXTS = frozenset(
    (
        *("text", "free text", "texto", "texto libre", "texte", "texte libre"),
        *("testo", "testo libero", "freitext", "freier text"),
    )
)
_OTHER = re.compile(
    r"(text to detail the|texto para detallar la|texte pour préciser le|testo per specificare la"
    r"|text zur erläuterung des)\b.*"
)
_LETTERED_DAY = re.compile(r"([A-ZΑ-ΩА-Я])\1{3}-([A-ZΑ-ΩА-Я])\2-([A-ZΑ-ΩА-Я])\3")


_STAND_IN = re.compile(
    r"(tb[acd]|to be (added|announced|completed|confirmed|determined|done|filled( in)?)"
    r"|lorem ipsum.*|x{3,9}|placeholder|por (completar|rellenar|determinar)|pendiente"
    r"|à (compléter|déterminer|confirmer)|da (completare|definire)|noch offen|folgt"
    r"|[-–—_.?…*]+)[.!…]*",
    re.DOTALL,
)


def is_stand_in(got: str) -> bool:
    """Whether a cell only holds the place of an answer that somebody still wanted to write."""
    return bool(_STAND_IN.fullmatch(plain(got)))


def is_placeholder(got: str) -> bool:
    """Whether a cell still says what the blank template says there."""
    text = plain(got)
    return text in _TEXTS or bool(
        _OTHER.fullmatch(text)
        or _LETTERED_DAY.fullmatch(got.strip())
        or PLACEHOLDER.fullmatch(text)
    )


# --- letters -----------------------------------------------------------------------------------

_BROKEN = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    r"\u2013-\u203a\u20ac\u2122]{2,}"
)
"""Runs of letters that bytes of UTF-8 become in windows-1252."""
_BROKEN_ON_A_MAC = re.compile(r"[√¬][^\W_a-zA-Z]|[√¬][^\w\s]|‚[^\W\d_a-zA-Z].")
"""Those that they become in Mac Roman, where no honest text has them."""


def letters(text: str) -> str:
    """A text whose UTF-8 was read as windows-1252 or Mac Roman, as often as that was, put right."""
    for _ in range(4):
        whole = _BROKEN.sub(_decoded, _BROKEN_ON_A_MAC.sub(_decoded_on_a_mac, text))
        if whole == text:
            break
        text = whole
    return text


def _decoded_on_a_mac(match: re.Match[str]) -> str:
    try:
        whole = match[0].encode("mac-roman").decode()
    except UnicodeError:
        return match[0]
    return match[0] if unicodedata.category(whole[0]) == "Cc" else whole


def _decoded(match: re.Match[str]) -> str:
    raw = bytearray()
    for character in match[0]:
        try:
            raw += character.encode("windows-1252")
        except UnicodeEncodeError:  # five bytes have no letter there, and stay as they were
            if ord(character) > 255:
                return match[0]
            raw.append(ord(character))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return match[0]
