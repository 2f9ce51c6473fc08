"""What a receipt holds, in words: for the page that verifies one, on the server or in the browser.

The browser is given the same words as data, since it does not send the receipt to anybody.
"""

# SPDX-License-Identifier: Apache-2.0

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from amparo.record import vocabulary as words
from amparo.web.words import draft_form, i18n
from amparo.web.words.decision import N_
from amparo.web.words.i18n import catalogue, locale_of

LABELS: Mapping[str, str] = {
    **draft_form.LABELS,
    "log": N_("The log"),
    "entry": N_("Place in the log"),
    "size": N_("Entries in the log by then"),
    "recorded": N_("Recorded"),
    "platform": N_("Platform"),
    "case": N_("Number of the decision"),
    "content_type_other": N_("Kind of content"),
    "decision_ground_reference_url": N_("The text it refers to"),
    "decision_monetary_other": N_("What was restricted"),
    "decision_visibility_other": N_("What was restricted"),
    "category_specification_other": N_("In its own words"),
    "incompatible_content_illegal": N_("Held to be illegal as well?"),
    "source_identity": N_("Who gave notice"),
    "content_id_ean": N_("Product number (EAN-13)"),
    "puid": N_("What commits to the platform's own identifier"),
    "kind": N_("What happened"),
}
"""What a receipt calls a field -> the words for it."""
VALUES: Mapping[str, str] = {**draft_form.VALUES, **words.YES_NO}
UNSOUND: tuple[str, ...] = (
    N_("A line is damaged."),
    N_("A name stands twice in the receipt."),
    N_("The checkpoint is not a signed note."),
    N_("The checkpoint is of another log."),
    N_("The entry is not in the tree that was signed."),
    N_("The file does not carry its entry."),
    N_("The log with this key did not sign this receipt."),
    N_("The log's key is not readable."),
    N_("The log's signature is wrong."),
    N_("The proof is too long."),
    N_("The reasons are not those that the entry commits to."),
    N_("This is not a receipt."),
)
"""Why the program in the browser does not accept a receipt."""
_OF_A_CALENDAR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{8}Z)?")


class Fact(NamedTuple):
    """One thing that a receipt proves."""

    term: str
    text: str
    known: bool
    """Whether `term` is in words, and not as the file calls it."""


def facts(proven: Mapping[str, Any], language: str) -> list[Fact]:
    """What was proven, each with its words; what has none keeps the name that the file has."""
    translate = catalogue(language).gettext
    return [
        Fact(
            translate(LABELS[name]) if name in LABELS else name,
            _text(value, language),
            name in LABELS,
        )
        for name, value in proven.items()
        if value is not None
    ]


def for_the_browser(language: str) -> dict[str, Any]:
    """The same words as data."""
    translate = catalogue(language).gettext
    return {
        "labels": {name: translate(text) for name, text in LABELS.items()},
        "values": {code: translate(text) for code, text in VALUES.items()},
        "unsound": {text: translate(text) for text in UNSOUND},
    }


def _text(value: Any, language: str) -> str:
    if isinstance(value, list):
        return i18n.commas(language)[1].join(_text(part, language) for part in value)
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    text = str(value)
    if text in VALUES:
        return catalogue(language).gettext(VALUES[text])
    return _country(text, language) or _day(text, language) or text


def _country(text: str, language: str) -> str | None:
    return locale_of(language).territories.get(text) if text in words.COUNTRIES else None


def _day(text: str, language: str) -> str | None:
    if not _OF_A_CALENDAR.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    day = i18n.day(at, language)
    return f"{day}, {at:%H:%M:%S} UTC" if "T" in text else day
