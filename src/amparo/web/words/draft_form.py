"""What the form of a draft asks: each attribute in words, with the choices of the law's lists."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from amparo.connectors.rule import FIXED
from amparo.connectors.table import BY_GROUND, RESTRICTIONS
from amparo.record import vocabulary as words
from amparo.record.decision import DATES, SUBMITTED
from amparo.web.words.decision import N_

Kind = Literal["choice", "text", "line", "day"]


class Field(NamedTuple):
    """One field of the form."""

    name: str
    label: str
    kind: Kind
    choices: Mapping[str, str] = {}


_RESTRICTION = {
    **words.DECISION_VISIBILITY,
    **words.DECISION_ACCOUNT,
    **words.DECISION_PROVISION,
    **words.DECISION_MONETARY,
}
FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("restriction", N_("What was restricted"), "choice", _RESTRICTION),
        Field("decision_ground", N_("Ground"), "choice", words.DECISION_GROUND),
        Field("ground_ref", N_("The law, or the clause of the terms"), "line"),
        Field("explanation", N_("Why it is illegal, or against the terms"), "text"),
        Field("category", N_("What it was found to be"), "choice", words.CATEGORY),
        Field("decision_facts", N_("The facts that the decision rests on, without names"), "text"),
        Field("content_type", N_("Kind of content"), "choice", words.CONTENT_TYPE),
        Field("content_date", N_("Day on which the content was posted"), "day"),
        Field("application_date", N_("Day from which it applies"), "day"),
        Field("source_type", N_("How the platform came to know"), "choice", words.SOURCE_TYPE),
        Field("automated_detection", N_("Found by a machine?"), "choice", words.YES_NO),
        Field(
            "automated_decision",
            N_("Decided by a machine?"),
            "choice",
            words.AUTOMATED_DECISION,
        ),
    )
}
"""Name -> what is asked, in the order in which a person thinks of it."""
_ASKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(set(RESTRICTIONS.values()), ("restriction",)),
    "decision_ground": ("decision_ground", "ground_ref", "explanation"),
    **{
        attribute: (column,)
        for column, by_ground in BY_GROUND.items()
        for attribute in by_ground.values()
    },
}
"""Attribute that is missing -> fields that ask for it, where it is not one of its own name."""
LABELS: Mapping[str, str] = {
    "account_type": N_("Kind of account"),
    "category_addition": N_("Also found to be"),
    "category_specification": N_("Keywords"),
    "content_language": N_("Language of the content"),
    "territorial_scope": N_("Where it holds"),
    **dict.fromkeys((name for name in DATES if name.startswith("end_date")), N_("It ends on")),
    **{name: field.label for name, field in FIELDS.items()},
    **{attribute: FIELDS[column].label for attribute, (column, *_) in _ASKS.items()},
}
VALUES: Mapping[str, str] = {
    code: label
    for labels in (
        _RESTRICTION,
        words.DECISION_GROUND,
        words.CATEGORY,
        words.CONTENT_TYPE,
        words.SOURCE_TYPE,
        words.AUTOMATED_DECISION,
        words.ACCOUNT_TYPE,
        {name: keyword.label for name, keyword in words.KEYWORDS.items()},
    )
    for code, label in labels.items()
}
LONG = 5000
LINE = 500


def fields(missing: Sequence[str]) -> list[Field]:
    """The fields that ask for what is missing; an attribute that no field knows is a line."""
    wanted: dict[str, None] = {}
    for attribute in missing:
        wanted |= dict.fromkeys(_ASKS.get(attribute, (attribute,)))
    known = [FIELDS[name] for name in FIELDS if name in wanted]
    return known + [Field(name, name, "line") for name in wanted if name not in FIELDS]


def lacking(missing: Sequence[str]) -> list[str]:
    """What is missing, in words; what one field asks for is said once."""
    return list(dict.fromkeys(LABELS.get(name, name) for name in missing))


def objected(missing: Sequence[str], submission: Mapping[str, Any]) -> dict[str, str]:
    """What is there and does not pass the rules: the field that asks for it -> its value."""
    wrong = {name: submission[name] for name in missing if name in submission}
    return plain({_ASKS.get(name, (name,))[0]: value for name, value in wrong.items()})


def asks(name: str) -> bool:
    """Whether a form of drafts may have a field of this name."""
    return name in FIELDS or name in SUBMITTED - FIXED


def longest(name: str) -> int:
    """The most characters of a field."""
    return LONG if name in FIELDS and FIELDS[name].kind == "text" else LINE


def plain(suggested: Mapping[str, Any]) -> dict[str, str]:
    """Suggested attributes as a form shows them."""
    return {
        name: value[0] if isinstance(value, list) and value else str(value)
        for name, value in suggested.items()
    }
