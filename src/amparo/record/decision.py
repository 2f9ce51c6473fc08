"""A statement of reasons: from the submitted bytes to a settled decision.

Three steps, each of which loses nothing unsaid: `parse` reads JSON, `trim` applies the clean-up
that comes before all rules, and `settle` drops what the rules say is dropped and turns every value
into the form in which it is kept. Between `trim` and `settle` stands `rules.check`.

Source: EU DSA Transparency Database, schema since 1 July 2025; DSA Articles 17 and 24(5).
"""

# SPDX-License-Identifier: Apache-2.0

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


class Decision(msgspec.Struct, frozen=True, kw_only=True):
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

_TEXTS = (
    "decision_ground_reference_url",
    "category_specification_other",
    "decision_facts",
    "content_language",
    "account_type",
    "decision_monetary",
    "decision_provision",
    "decision_account",
)
_decode = msgspec.json.Decoder().decode


def parse(body: bytes) -> Any:
    """Read a request body as JSON."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Malformed(
            "The request body is not JSON.",
            why=why,
            fix="Send one JSON object in UTF-8, with Content-Type: application/json.",
        ) from None


def trim(value: Any, depth: int = 0) -> Any:
    """Trim every text at any depth of white space; a text that is then empty becomes None.

    A whole number beyond 64 bits becomes its text, since no attribute is a number.
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
        if kind is list:
            return [trim(item, depth + 1) for item in value]
        return {
            k: (v.strip() or None) if type(v) is str else (v if v is None else trim(v, depth + 1))
            for k, v in value.items()
        }
    if kind is int and not -(2**63) <= value < 2**63:
        return f"{value:#x}" if value.bit_length() > MOST_NUMBER_BITS else str(value)
    return value


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
    get = submission.get
    kept: dict[str, Any] = {"puid": str(get("puid"))}
    for name in ("decision_ground", "category", "source_type", "automated_detection"):
        kept[name] = get(name)
    kept["automated_decision"] = get("automated_decision")
    for name in LISTS:
        value = get(name)
        if value:
            kept[name] = tuple(sorted(set(elements(value) or ())))
    for name in DATES:
        kept[name] = get(name)
    for name in _TEXTS:
        kept[name] = as_text(get(name))
    ground = get("decision_ground")
    if ground == "DECISION_GROUND_ILLEGAL_CONTENT":
        kept["illegal_content_legal_ground"] = as_text(get("illegal_content_legal_ground"))
        kept["illegal_content_explanation"] = as_text(get("illegal_content_explanation"))
    else:
        kept["incompatible_content_ground"] = as_text(get("incompatible_content_ground"))
        kept["incompatible_content_explanation"] = as_text(get("incompatible_content_explanation"))
        kept["incompatible_content_illegal"] = get("incompatible_content_illegal")
    if "DECISION_VISIBILITY_OTHER" in kept.get("decision_visibility", ()):
        kept["decision_visibility_other"] = as_text(get("decision_visibility_other"))
    if kept["decision_monetary"] == "DECISION_MONETARY_OTHER":
        kept["decision_monetary_other"] = as_text(get("decision_monetary_other"))
    if "CONTENT_TYPE_OTHER" in kept["content_type"]:
        kept["content_type_other"] = as_text(get("content_type_other"))
    if kept["source_type"] != "SOURCE_VOLUNTARY":
        kept["source_identity"] = as_text(get("source_identity"))
    kept["content_id_ean"] = _ean(submission, method)
    if method == "API":
        addition = kept.get("category_addition", ())
        kept["category_addition"] = tuple(c for c in addition if c != kept["category"])
    elif "KEYWORD_OTHER" not in kept.get("category_specification", ()):
        kept["category_specification_other"] = None
    return Decision(**kept)


def as_text(value: Any) -> str | None:
    """The text under which a scalar is kept: no rule asks a text attribute to be a text."""
    if value is None or type(value) is str:
        return value
    if type(value) is bool:
        return "1" if value else "0"
    return str(value)


def _ean(submission: Mapping[str, Any], method: Method) -> str | None:
    content_id = submission.get("content_id")
    ean: str | None = None
    if content_id:
        ean = content_id.get("EAN-13")
    if ean is None and method == "API":
        ean = submission.get("content_id_ean")
    return ean
