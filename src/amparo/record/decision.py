"""A statement of reasons: from the submitted bytes to a settled decision.

Three steps, each of which loses nothing unsaid: `parse` reads JSON, `trim` applies the clean-up
that comes before all rules, and `settle` drops what the rules say is dropped and turns every value
into the form in which it is kept. Between `trim` and `settle` stands `rules.check`.

Source: EU DSA Transparency Database, schema since 1 July 2025; DSA Articles 17 and 24(5).
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from amparo.errors import Malformed

Submission = dict[str, Any]
"""One statement as a platform sent it: attribute -> JSON value, trimmed but not yet checked."""

Method = Literal["API", "API_MULTI"]
"""Sent alone or in a batch; the EU database cleans the two up differently."""

MOST_IN_BATCH = 100
MOST_DEPTH = 16
MOST_ENTRIES = 1000  # of a list or an object: the longest list of values has some 250
MOST_ENTRIES_IN_ALL = 10_000  # of a statement, at any depth
MOST_STATEMENT_BYTES = 1 << 20
MOST_NUMBER_BITS = 10_000  # Python writes longer ones in decimal only on request

LISTS = (
    "decision_visibility",
    "category_addition",
    "category_specification",
    "content_type",
    "territorial_scope",
)
"""The attributes that hold sets of values. Order and repeats mean nothing."""

DATES = (
    "end_date_visibility_restriction",
    "end_date_monetary_restriction",
    "end_date_service_restriction",
    "end_date_account_restriction",
    "content_date",
    "application_date",
)


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A moderation decision that fits every rule, in the form in which it is kept.

    Names and values are the EU schema's. Dates are `YYYY-MM-DD`; sets are sorted and without
    repeats; an absent value is None, an absent set empty.
    """

    puid: str
    decision_visibility: tuple[str, ...] = ()
    decision_visibility_other: str | None = None
    end_date_visibility_restriction: str | None = None
    decision_monetary: str | None = None
    decision_monetary_other: str | None = None
    end_date_monetary_restriction: str | None = None
    decision_provision: str | None = None
    end_date_service_restriction: str | None = None
    decision_account: str | None = None
    end_date_account_restriction: str | None = None
    account_type: str | None = None
    decision_ground: str
    decision_ground_reference_url: str | None = None
    illegal_content_legal_ground: str | None = None
    illegal_content_explanation: str | None = None
    incompatible_content_ground: str | None = None
    incompatible_content_explanation: str | None = None
    incompatible_content_illegal: str | None = None
    category: str
    category_addition: tuple[str, ...] = ()
    category_specification: tuple[str, ...] = ()
    category_specification_other: str | None = None
    content_type: tuple[str, ...]
    content_type_other: str | None = None
    content_language: str | None = None
    content_date: str
    content_id_ean: str | None = None
    territorial_scope: tuple[str, ...] = ()
    application_date: str
    decision_facts: str
    source_type: str
    source_identity: str | None = None
    automated_detection: str
    automated_decision: str


ATTRIBUTES: tuple[str, ...] = Decision.__struct_fields__
"""Every attribute of a decision, in the order of the schema."""

SUBMITTED = frozenset(ATTRIBUTES) | {"content_id"}
"""The names a submission may use; others are ignored, as the EU database ignores them."""

NOT_READ: dict[Method, frozenset[str]] = {
    "API": frozenset(),
    "API_MULTI": frozenset({"content_id_ean"}),
}
"""Of these names, those that one way of submitting ignores like any that it does not know."""

_KNOWN = frozenset(ATTRIBUTES)
_OF_ILLEGAL = {"illegal_content_legal_ground", "illegal_content_explanation"}
_OF_INCOMPATIBLE = {
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
}
_decode = msgspec.json.Decoder().decode
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parse(body: bytes) -> Any:
    """Read a request body as JSON."""
    try:
        return _decode(body)
    except _NO_JSON as error:
        raise _no_json(error) from None


class NoBatch(Exception):
    """A body that is no batch; the text says why in the EU database's words."""


def pieces(body: bytes) -> list[bytes]:
    """The statements of a batch, each as JSON of its own: nothing is made of them yet.

    Whatever a sender puts into a body, one statement at a time is read of it. Raises `NoBatch`, and
    `Malformed` where one is longer than a statement can be.
    """
    try:
        listed = _decode_envelope(body).statements
    except msgspec.ValidationError:  # no object
        listed = _NULL
    except _NO_JSON as error:
        raise _no_json(error) from None
    if bytes(listed) == bytes(_NULL):
        raise NoBatch("The statements field is required.")
    try:
        places = msgspec.structs.astuple(_decode_places(listed))
    except msgspec.ValidationError:
        raise NoBatch("The statements field must be an array.") from None
    except _NO_JSON as error:
        raise _no_json(error) from None
    found = [bytes(place) for place in places if place is not _NOTHING]
    if not found:
        raise NoBatch("The statements field is required.")
    if len(found) > MOST_IN_BATCH:
        raise NoBatch(f"The statements field must not have more than {MOST_IN_BATCH} items.")
    for n, piece in enumerate(found):
        if len(piece) > MOST_STATEMENT_BYTES:
            raise Malformed(
                "A statement is too long.",
                why=f"statement_{n} has {len(piece):,} bytes; at most {MOST_STATEMENT_BYTES:,}",
                fix="Send the attributes of the schema, each text within its length.",
            )
    return found


_NULL = msgspec.Raw(b"null")


class _Envelope(msgspec.Struct):
    statements: msgspec.Raw = _NULL


_NOTHING = msgspec.Raw(b"")
# A list by its first places, each unread. What comes after them is passed over: a list of millions
# would be made whole before its length could be refused.
_Places = msgspec.defstruct(
    "_Places",
    [(f"s{n}", msgspec.Raw, _NOTHING) for n in range(MOST_IN_BATCH + 1)],
    array_like=True,
)
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_places = msgspec.json.Decoder(_Places).decode


def _no_json(error: Exception) -> Malformed:
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Malformed(
        "The request body is not JSON.",
        why=why,
        fix="Send one JSON object in UTF-8, with Content-Type: application/json.",
    )


def trim(value: Any, depth: int = 0, left: list[int] | None = None) -> Any:
    """Trim every text at any depth of white space; a text that is then empty becomes None.

    A whole number beyond 64 bits becomes its text, since no attribute is a number. `left` is one
    number: how many entries the whole may still have.
    """
    kind = type(value)
    if kind is str:
        return value.strip() or None
    if kind is dict or kind is list:
        if depth > MOST_DEPTH:
            raise Malformed(
                "The request body is nested too deeply.",
                why=f"lists or objects lie more than {MOST_DEPTH} levels inside each other",
                fix="Send the attributes at the top level; none is nested more than once.",
            )
        if len(value) > MOST_ENTRIES:
            raise _too_many(f"one list or object has {len(value):,} entries", MOST_ENTRIES)
        left = [MOST_ENTRIES_IN_ALL] if left is None else left
        left[0] -= len(value)
        if left[0] < 0:
            raise _too_many("its lists and objects have more entries together", MOST_ENTRIES_IN_ALL)
        if kind is list:
            return [
                (item.strip() or None) if type(item) is str else trim(item, depth + 1, left)
                for item in value
            ]
        return {
            k: (v.strip() or None)
            if type(v) is str
            else (v if v is None else trim(v, depth + 1, left))
            for k, v in value.items()
        }
    if kind is int and not -(2**63) <= value < 2**63:
        return f"{value:#x}" if value.bit_length() > MOST_NUMBER_BITS else str(value)
    return value


def _too_many(what: str, most: int) -> Malformed:
    return Malformed(
        "The request body is too long.",
        why=f"{what}; at most {most:,}",
        fix="Send the attributes of the schema, each value of a list once.",
    )


def elements(value: Any) -> tuple[Any, ...] | None:
    """The elements of a list attribute: () when absent, None when it is no list.

    An object passes where a list is due, by its values: the EU database takes it so.
    """
    if value is None:
        return ()
    if type(value) is list:
        return tuple(value)
    if type(value) is dict:
        return tuple(value.values())
    return None


def settle(submission: Mapping[str, Any], method: Method) -> Decision:
    """Turn a submission that has no finding into the decision that is kept."""
    fields: dict[str, Any] = {}
    passed_over = inapplicable(submission) | NOT_READ[method]
    for name, value in submission.items():
        if value is None or name not in _KNOWN or name in passed_over:
            continue
        if type(value) is str:
            fields[name] = value
        elif name in LISTS:
            fields[name] = as_set(elements(value) or ())
        else:
            fields[name] = as_text(value)
    if content_id := submission.get("content_id"):
        fields.setdefault("content_id_ean", content_id.get("EAN-13"))
    if method == "API":
        if "category_addition" in fields:
            added = fields["category_addition"]
            fields["category_addition"] = tuple(c for c in added if c != fields["category"])
    elif "KEYWORD_OTHER" not in fields.get("category_specification", ()):
        fields.pop("category_specification_other", None)
    return Decision(**fields)


def inapplicable(submission: Mapping[str, Any]) -> set[str]:
    """The attributes that are dropped, sent or not, since what they describe is not the case."""
    illegal = submission["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    found = set(_OF_INCOMPATIBLE if illegal else _OF_ILLEGAL)
    if "DECISION_VISIBILITY_OTHER" not in (elements(submission.get("decision_visibility")) or ()):
        found.add("decision_visibility_other")
    if submission.get("decision_monetary") != "DECISION_MONETARY_OTHER":
        found.add("decision_monetary_other")
    if "CONTENT_TYPE_OTHER" not in (elements(submission["content_type"]) or ()):
        found.add("content_type_other")
    if submission["source_type"] == "SOURCE_VOLUNTARY":
        found.add("source_identity")
    return found


@functools.lru_cache(maxsize=4096)  # platforms send the same few lists of countries all day
def as_set(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """The elements of a list that means a set: sorted, without repeats."""
    return tuple(sorted(set(items)))


def as_text(value: Any) -> str | None:
    """The text under which a scalar is kept: no rule asks a text attribute to be a text."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "1" if value else "0"
    return str(value)
