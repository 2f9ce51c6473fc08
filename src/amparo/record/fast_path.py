"""The fast path, for statements that are plain: nothing to mend, to drop or to sort.

Nearly all that platforms send is plain. One typed decode then stands for the rules that look at one
attribute alone, and a few comparisons for those that look at several. Whatever is not plain - a
finding, a text to trim, a list to sort, a value to drop - takes the slow path (`decision.trim`,
`rules.check`, `decision.settle`), which alone decides and explains.

The two are held together twice. `IMPLIED` names every rule that this file stands for: any other
rule takes what it could be asked about off the fast path, so that a new rule holds at once. And a
property test: what is plain has no finding, and settles to the very same decision.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple, cast

import msgspec
from msgspec import Meta
from msgspec.structs import force_setattr

from amparo.record import address, rules
from amparo.record import vocabulary as words
from amparo.record.decision import ATTRIBUTES, DATES, LISTS, MOST_IN_BATCH, Decision, as_set
from amparo.record.rules import Rule

IMPLIED: frozenset[rules.Test] = frozenset(
    {
        # by the types of the plain schema, at its end
        rules.decision_visibility,
        rules.decision_monetary,
        rules.decision_provision,
        rules.decision_account,
        rules.account_type,
        rules.decision_ground,
        rules.incompatible_content_illegal,
        rules.category,
        rules.category_addition,
        rules.category_specification,
        rules.category_specification_other,
        rules.content_type,
        rules.content_language,
        rules.territorial_scope,
        rules.decision_facts,
        rules.source_type,
        rules.source_identity,
        rules.automated_detection,
        rules.automated_decision,
        # by leaving them to the slow path
        rules.content_id,
        rules.content_id_ean13,
        rules.content_id_ean,
        # by `_is_plain`
        rules.puid,
        # by `_are_days`
        rules.content_date,
        rules.application_date,
        rules.end_date_visibility_restriction,
        rules.end_date_monetary_restriction,
        rules.end_date_service_restriction,
        rules.end_date_account_restriction,
        # by `_restricts`
        rules.some_restriction,
        rules.decision_visibility_other,
        rules.decision_monetary_other,
        rules.content_type_other,
        # by `_is_grounded`
        rules.decision_ground_reference_url,
        rules.illegal_content_legal_ground,
        rules.illegal_content_explanation,
        rules.incompatible_content_ground,
        rules.incompatible_content_explanation,
    }
)
"""The rules that no plain statement breaks. Put a new one here only with what implies it."""
MOST_BATCH_BYTES = 4 << 20
"""Of a batch that is read in one go; a hundred statements with the longest facts are one."""


def decisions(body: bytes) -> list[Decision] | None:
    """The decisions of a batch's body, if all of its statements are plain; None if not."""
    schema = _schema()
    if schema is None or len(body) > MOST_BATCH_BYTES:
        return None
    try:
        found = cast("list[Decision]", schema.of_batch(body).statements)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return [_sorted(statement) for statement in found] if all(map(_is_plain, found)) else None


def decision(submission: Any) -> Decision | None:
    """The decision of a single call, as `decision.parse` read it, if it is plain; None if not."""
    schema = _schema()
    if schema is None:
        return None
    try:
        found = cast("Decision", msgspec.convert(submission, schema.of_one))
    except msgspec.ValidationError:
        return None
    return _sorted(found) if _is_plain(found) else None


def batched_values(decision: Decision) -> tuple[Any, ...]:
    """The value of every attribute as `answer.batched` tells it back: if absent, null or []."""
    return msgspec.structs.astuple(decision)


def _sorted(decision: Decision) -> Decision:
    """Countries are told back sorted whichever way they were sent: no need for the slow path."""
    force_setattr(decision, "territorial_scope", as_set(decision.territorial_scope))
    return decision


def _is_plain(d: Decision) -> bool:
    return (
        rules.PUID.fullmatch(d.puid) is not None
        and _are_days(d)
        and _are_trimmed(d)
        and _restricts(d)
        and _is_grounded(d)
        and _drops_nothing(d)
        and _are_sets(d)
    )


def _restricts(d: Decision) -> bool:
    """At least one restriction, and a description where and only where one is asked for."""
    seen, money = d.decision_visibility, d.decision_monetary
    return (
        bool(seen or money or d.decision_provision or d.decision_account)
        and (d.decision_visibility_other is not None) == ("DECISION_VISIBILITY_OTHER" in seen)
        and (d.decision_monetary_other is not None) == (money == "DECISION_MONETARY_OTHER")
        and (d.content_type_other is not None) == ("CONTENT_TYPE_OTHER" in d.content_type)
    )


def _is_grounded(d: Decision) -> bool:
    """The texts of its own ground, and none of the other's."""
    illegal = d.decision_ground == "DECISION_GROUND_ILLEGAL_CONTENT"
    url = d.decision_ground_reference_url
    return (
        (d.illegal_content_legal_ground is not None) == illegal
        and (d.illegal_content_explanation is not None) == illegal
        and (d.incompatible_content_ground is None) == illegal
        and (d.incompatible_content_explanation is None) == illegal
        and not (illegal and d.incompatible_content_illegal)
        and (url is None or address.is_sound(url))
    )


def _drops_nothing(d: Decision) -> bool:
    """Nothing that only one of the two ways of submitting would drop."""
    return (
        not (d.source_type == "SOURCE_VOLUNTARY" and d.source_identity)
        and (d.category_specification_other is None or "KEYWORD_OTHER" in d.category_specification)
        and d.category not in d.category_addition
        and d.content_id_ean is None
    )


def _are_days(d: Decision) -> bool:
    content, application, visibility, monetary, service, account = _days(d)
    return (
        _is_content_day(content)
        and _is_application_day(application)
        and (visibility is None or _is_day(visibility))
        and (monetary is None or _is_day(monetary))
        and (service is None or _is_day(service))
        and (account is None or _is_day(account))
    )


def _day_test(first: str) -> Callable[[str], bool]:
    # statements of one time share their few days
    return functools.lru_cache(maxsize=4096)(lambda day: rules.day_fault(day, first) is None)


_is_day = _day_test(rules.FIRST_DATE)
_is_content_day = _day_test(rules.FIRST_CONTENT_DATE)
_is_application_day = _day_test(rules.FIRST_APPLICATION_DATE)


def _are_trimmed(d: Decision) -> bool:
    for text in filter(None, _texts(d)):  # noqa: SIM110 - `all` takes twice as long
        if text.strip() != text:
            return False
    return True


def _are_sets(d: Decision) -> bool:
    for values in _sets(d):  # noqa: SIM110 - as above
        if len(values) > 1 and values != as_set(values):
            return False
    return True


def _one_of(values: Iterable[str]) -> Any:
    return Literal[tuple(sorted(values))]


def _some_of(values: Iterable[str]) -> Any:
    # A list with repeats may be longer than there are values: the slow path bounds that.
    every = [*values]
    bounds = Meta(min_length=1, max_length=len(every))
    return Annotated[tuple.__class_getitem__((_one_of(every), ...)), bounds]


def _text(most: int) -> Any:
    return Annotated[str, Meta(min_length=1, max_length=most)]


_LONG = {
    "illegal_content_explanation": rules.EXPLANATION,
    "incompatible_content_explanation": rules.EXPLANATION,
    "decision_facts": rules.FACTS,
}
_CLOSED = {
    "decision_visibility": _some_of(words.DECISION_VISIBILITY),
    "decision_monetary": _one_of(words.DECISION_MONETARY),
    "decision_provision": _one_of(words.DECISION_PROVISION),
    "decision_account": _one_of(words.DECISION_ACCOUNT),
    "account_type": _one_of(words.ACCOUNT_TYPE),
    "decision_ground": _one_of(words.DECISION_GROUND),
    "incompatible_content_illegal": _one_of(words.YES_NO),
    "category": _one_of(words.CATEGORY),
    "category_addition": _some_of(words.CATEGORY),
    "category_specification": _some_of(words.KEYWORDS),
    "content_type": _some_of(words.CONTENT_TYPE),
    "content_language": _one_of(words.LANGUAGES),
    "territorial_scope": _some_of(words.EEA),
    "source_type": _one_of(words.SOURCE_TYPE),
    "automated_detection": _one_of(words.YES_NO),
    "automated_decision": _one_of(words.AUTOMATED_DECISION),
}
_NULL_IS_NOT_ABSENT = {
    "decision_visibility",
    "category_addition",
    "category_specification",
    "territorial_scope",
    "incompatible_content_illegal",
}
"""Where null is refused, or stands for an empty list: the slow path decides."""

_TEXTS = tuple(n for n in ATTRIBUTES if n not in _CLOSED and n not in DATES and n != "puid")
_days = attrgetter("content_date", "application_date", *(n for n in DATES if n.startswith("end_")))
_texts = attrgetter(*_TEXTS)
_sets = attrgetter(*(name for name in LISTS if name != "territorial_scope"))


_NOTHING = Annotated[int, Meta(gt=0, lt=0)]
"""The type of an attribute that sends whatever has it the slow path."""


class _Schema(NamedTuple):
    """What reads plain statements."""

    of_one: type
    of_batch: Callable[[bytes], Any]


def _made(every: Sequence[Rule]) -> _Schema | None:
    """The schema of statements that only rules of `IMPLIED` could be asked about; None: no such."""
    others = [rule for rule in every if rule.test not in IMPLIED]
    if any(rule.always for rule in others):
        return None
    asked = {name.partition(".")[0] for rule in others for name in rule.attributes}
    of_one: Any = msgspec.defstruct(
        "_PlainDecision",
        [_field(field.name, field.default, asked) for field in msgspec.structs.fields(Decision)],
        bases=(Decision,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    several = Annotated[list[of_one], Meta(min_length=1, max_length=MOST_IN_BATCH)]
    batch = msgspec.defstruct("_Batch", [("statements", several)])
    return _Schema(of_one, msgspec.json.Decoder(batch).decode)


def _field(name: str, default: Any, asked: set[str]) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _CLOSED.get(name) or (str if name in DATES else _text(_LONG.get(name, rules.TEXT)))
    if name not in _NULL_IS_NOT_ABSENT and default is not msgspec.NODEFAULT:
        kind = kind | None
    if name in asked:
        kind = _NOTHING
    return (name, kind) if default is msgspec.NODEFAULT else (name, kind, default)


_schema = rules.derived(_made)
