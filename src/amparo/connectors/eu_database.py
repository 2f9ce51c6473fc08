"""A decision -> a statement for the EU's Transparency Database, and what that answers to a batch.

What leaves is picked from a list of the schema's own attributes (`SENT`), so that nothing that
Amparo knows beside them can leave by mistake: who decided, whom it is about, which decision it
corrects, where it was published first. Two values that the database would only drop or refuse are
left out as well: a free keyword without KEYWORD_OTHER, and countries outside the EEA.

Source: the EU DSA Transparency Database's API as its software behaves, revision 69e80a0b.
"""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from amparo.record.decision import ATTRIBUTES, Submission
from amparo.record.vocabulary import EEA

SENT: tuple[str, ...] = tuple(name for name in ATTRIBUTES if name != "content_id_ean")
"""The attributes that leave; the EAN leaves inside `content_id`, the form that a batch reads."""
MOST_REASONS = 2000
"""Letters that are kept of what the database says against one statement."""


def statement(fields: Mapping[str, Any]) -> Submission | None:
    """What is sent of a decision's fields; None where it applies to no country of the EEA."""
    sent = {name: fields[name] for name in SENT if name in fields}
    if fields.get("territorial_scope"):
        inside = [country for country in fields["territorial_scope"] if country in EEA]
        if not inside:
            return None
        sent["territorial_scope"] = inside
    if "KEYWORD_OTHER" not in (fields.get("category_specification") or ()):
        sent.pop("category_specification_other", None)
    if fields.get("content_id_ean"):
        sent["content_id"] = {"EAN-13": fields["content_id_ean"]}
    return sent


encode = msgspec.json.Encoder().encode


def batch(statements: Sequence[bytes]) -> bytes:
    """The body of one call, from statements that are JSON already."""
    return b'{"statements":[' + b",".join(statements) + b"]}"


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One statement as the database keeps it."""

    puid: str
    uuid: str
    created_at: str
    """UTC, as in 2026-11-30 04:12:09."""


class Taken(NamedTuple):
    """201: every statement is stored."""

    stored: tuple[Stored, ...]


class Invalid(NamedTuple):
    """422: nothing is stored, since some statements are not valid: place -> what is wrong."""

    reasons: Mapping[int, str]


class Known(NamedTuple):
    """422: nothing is stored, since these PUIDs are there already."""

    puids: frozenset[str]


class Unclear(NamedTuple):
    """Nothing is stored, and it is not said because of which statement."""

    why: str


class NotAllowed(NamedTuple):
    """401, 403: the token is not accepted, whatever is sent."""

    why: str


class Later(NamedTuple):
    """Not now."""

    why: str
    may_be_stored: bool
    """Whether the call may have been carried out all the same."""
    failed: bool = False
    """500: the database stumbled, perhaps over this very call."""


Outcome = Taken | Invalid | Known | Unclear | NotAllowed | Later


def outcome(status: int, body: bytes, number: int) -> Outcome:
    """What an answer to a batch of so many statements means."""
    if status == 201:
        return _taken(body)
    if status in (401, 403):
        return NotAllowed(f"it answered {status}: {_message(body)}")
    if status == 422:
        return _refused(body, number)
    if status in (400, 413, 415):
        return Unclear(f"it answered {status}: {_message(body)}")
    # 429 comes before anything is read; a redirect or 404 comes from what is no such database.
    may_be_stored = status >= 500 or 200 <= status < 300
    return Later(f"it answered {status}", may_be_stored, failed=status == 500)


class _Batch(msgspec.Struct):
    statements: tuple[Stored, ...]


_read_batch = msgspec.json.Decoder(_Batch).decode


def _taken(body: bytes) -> Taken | Later:
    try:
        return Taken(_read_batch(body).statements)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Later(f"its answer cannot be read: {error}", may_be_stored=True)


def _refused(body: bytes, number: int) -> Outcome:
    errors = _read(body).get("errors")
    if isinstance(errors, dict):
        known = errors.get("existing_puids")
        if isinstance(known, list) and known:
            return Known(frozenset(str(puid) for puid in known))
        places = {f"statement_{n}": n for n in range(number)}
        found = {places[name]: _reasons(texts) for name, texts in errors.items() if name in places}
        if found:
            return Invalid(found)
    return Unclear(f"it answered 422: {_message(body)}")


def _reasons(by_attribute: Any) -> str:
    """`attribute: sentence` for each sentence, one a line."""
    if not isinstance(by_attribute, dict):
        return _storable(str(by_attribute), MOST_REASONS)
    lines = [
        f"{name}: {text}"
        for name, texts in by_attribute.items()
        for text in (texts if isinstance(texts, list) else [texts])
    ]
    return _storable("\n".join(lines), MOST_REASONS)


def _message(body: bytes) -> str:
    found = _read(body).get("message")
    return _storable(found, 200) if isinstance(found, str) else "it gives no reason"


def _storable(text: str, most: int) -> str:
    """The beginning of a text, without NUL: not every journal can hold it."""
    return text.replace("\0", "")[:most]


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def differences(sent: Mapping[str, Any], published: Mapping[str, Any]) -> tuple[str, ...]:
    """The attributes in which a row of the public dump says something else than what was sent.

    The dump changes texts on its way out: line breaks become blanks, and a quotation mark after a
    backslash is lost. So blanks, quotation marks and backslashes say nothing here.
    """
    ean = (sent.get("content_id") or {}).get("EAN-13")
    stated = {**sent, "content_id_ean": ean}
    return tuple(
        name for name in ATTRIBUTES if _plain(stated.get(name)) != _plain(published.get(name))
    )


_SAYS_NOTHING = str.maketrans("", "", '"\\')


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.translate(_SAYS_NOTHING).split()) or None
    if isinstance(value, list | tuple):
        return tuple(sorted(set(value))) or None
    return value
