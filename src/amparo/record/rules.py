"""Every rule over a statement of reasons; all findings at once.

A rule is one function: it gets the trimmed submission and the platform's profile, and answers with
None or with the sentence that says what is wrong. Its article, and how to mend, stand in its
decorator. A rule that is broken is a finding, never an exception.

Source: EU DSA Transparency Database, schema since 1 July 2025, as its software behaves. Where its
page and its software disagree, the software is followed: end dates are not compared with other
dates, `territorial_scope` is optional, and the text "null" passes in lists that take null. In one
thing this is stricter: an address with a user name or a password is refused, since it is published.
"""

# SPDX-License-Identifier: Apache-2.0

import functools
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from amparo.record import address
from amparo.record import vocabulary as words
from amparo.record.decision import NOT_READ, SUBMITTED, Method, Submission, elements

FIRST_DATE = "0000-00-00"
FIRST_CONTENT_DATE = "2000-01-01"
FIRST_APPLICATION_DATE = "2020-01-01"
LAST_DATE = "2038-01-01"
TEXT = 500
EXPLANATION = 2000
FACTS = 5000
MOST_UNKNOWN = 50
"""Attributes that are named back as unknown; of others only the number."""
MOST_NAME = 80


class Profile(msgspec.Struct, frozen=True):
    """What a platform's operator agreed to, where the rules leave a choice."""

    any_country: bool = False
    """Whether `territorial_scope` may name countries outside the European Economic Area."""


class Finding(msgspec.Struct, frozen=True):
    """One fault of a submission."""

    attribute: str
    """Where: the attribute's name on the wire, as in `content_id.EAN-13`."""
    rule: str
    """Which rule: the name of its function here."""
    article: str
    """Where the rule comes from."""
    why: str
    """What is wrong, as one sentence."""
    fix: str
    """How to mend it."""


Test = Callable[[Submission, Profile], str | None]


class Rule(NamedTuple):
    """A rule with its place in the law and its mend."""

    name: str
    attributes: tuple[str, ...]
    article: str
    fix: str
    test: Test
    always: bool


RULES: list[Rule] = []
"""Every rule, in the order of the schema."""

_T = TypeVar("_T")


def derived(make: Callable[[Sequence[Rule]], _T]) -> Callable[[], _T]:
    """What is made of `RULES`, made anew whenever they have changed."""
    made: list[_T] = []
    of: list[Rule] = []

    def get() -> _T:
        if of != RULES:  # the same objects, nearly always: a quarter of a microsecond
            made[:] = [make(RULES)]
            of[:] = RULES
        return made[0]

    return get


def rule(*attributes: str, article: str, fix: str, always: bool = False) -> Callable[[Test], Test]:
    """Keep a function as a rule; it is asked when one of its attributes is sent, or `always`."""

    def keep(test: Test) -> Test:
        RULES.append(Rule(test.__name__, attributes, article, fix, test, always))
        return test

    return keep


def check(submission: Submission, profile: Profile, method: Method = "API") -> list[Finding]:
    """Ask every rule; an empty list means that the statement is good."""
    asked = _asked()
    ignored = NOT_READ[method]
    broken = [(rule, why) for rule in asked.always if (why := rule.test(submission, profile))]
    for name in submission:
        for rule in () if name in ignored else asked.when_sent.get(name, ()):
            why = rule.test(submission, profile)
            broken += [(rule, why)] if why else []
    if not broken:
        return []
    broken.sort(key=lambda pair: asked.order[pair[0].name])
    return [
        Finding(attribute, rule.name, rule.article, why.replace("{}", _spoken(attribute)), rule.fix)
        for rule, why in broken
        for attribute in rule.attributes
    ]


def unknown(submission: Submission, method: Method = "API") -> list[str]:
    """The attributes the schema does not know, which are ignored."""
    ignored = NOT_READ[method]
    if SUBMITTED.issuperset(submission) and ignored.isdisjoint(submission):
        return []
    names = [name[:MOST_NAME] for name in submission if name not in SUBMITTED or name in ignored]
    more = len(names) - MOST_UNKNOWN
    return names if more <= 0 else [*names[:MOST_UNKNOWN], f"... and {more} more"]


def unknown_findings(submission: Submission, method: Method = "API") -> list[Finding]:
    """The same as findings, for a client that asked to be treated strictly (RFC 7240)."""
    return [
        Finding(
            name,
            "unknown_attribute",
            "DSA Art. 24(5)",
            f"The attribute {name} is not part of the schema.",
            "Leave it out, or do not ask for `Prefer: handling=strict`.",
        )
        for name in unknown(submission, method)
    ]


# --- What was done: Art. 17(1) and 17(3)(a) ---------------------------------------------------

_FOUR = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")


@rule(
    *_FOUR,
    article="DSA Art. 17(1)",
    fix="Send at least one of decision_visibility, decision_monetary, decision_provision and "
    "decision_account.",
    always=True,
)
def some_restriction(s: Submission, _: Profile) -> str | None:
    """A statement is about at least one of the four kinds of restriction."""
    if any(s.get(name) for name in _FOUR):
        return None
    return "The {} field is required when no other restriction is present."


@rule(
    "decision_visibility",
    article="DSA Art. 17(1)(a)",
    fix=f"Send a list of: {', '.join(words.DECISION_VISIBILITY)}.",
)
def decision_visibility(s: Submission, _: Profile) -> str | None:
    """Restrictions of visibility come from the closed list."""
    return _list(s.get("decision_visibility"), words.DECISION_VISIBILITY, null=True)


@rule(
    "decision_visibility_other",
    article="DSA Art. 17(3)(a)",
    fix="Describe the restriction in at most 500 characters, beside DECISION_VISIBILITY_OTHER.",
    always=True,
)
def decision_visibility_other(s: Submission, _: Profile) -> str | None:
    """Another restriction of visibility is described."""
    other = "DECISION_VISIBILITY_OTHER" in (elements(s.get("decision_visibility")) or ())
    return _text(s.get("decision_visibility_other"), TEXT, required=other)


@rule(
    "decision_monetary",
    article="DSA Art. 17(1)(b)",
    fix=f"Send one of: {', '.join(words.DECISION_MONETARY)}.",
)
def decision_monetary(s: Submission, _: Profile) -> str | None:
    """The monetary restriction comes from the closed list."""
    return _value(s.get("decision_monetary"), words.DECISION_MONETARY, null=True)


@rule(
    "decision_monetary_other",
    article="DSA Art. 17(3)(a)",
    fix="Describe the restriction in at most 500 characters, beside DECISION_MONETARY_OTHER.",
    always=True,
)
def decision_monetary_other(s: Submission, _: Profile) -> str | None:
    """Another monetary restriction is described; without it the text is dropped unseen."""
    if s.get("decision_monetary") != "DECISION_MONETARY_OTHER":
        return None
    return _text(s.get("decision_monetary_other"), TEXT, required=True)


@rule(
    "decision_provision",
    article="DSA Art. 17(1)(c)",
    fix=f"Send one of: {', '.join(words.DECISION_PROVISION)}.",
)
def decision_provision(s: Submission, _: Profile) -> str | None:
    """The restriction of the service comes from the closed list."""
    return _value(s.get("decision_provision"), words.DECISION_PROVISION, null=True)


@rule(
    "decision_account",
    article="DSA Art. 17(1)(d)",
    fix=f"Send one of: {', '.join(words.DECISION_ACCOUNT)}.",
)
def decision_account(s: Submission, _: Profile) -> str | None:
    """The restriction of the account comes from the closed list."""
    return _value(s.get("decision_account"), words.DECISION_ACCOUNT, null=True)


@rule(
    "account_type",
    article="DSA Art. 24(5)",
    fix=f"Send one of: {', '.join(words.ACCOUNT_TYPE)}, or leave it out.",
)
def account_type(s: Submission, _: Profile) -> str | None:
    """The kind of account comes from the closed list."""
    return _value(s.get("account_type"), words.ACCOUNT_TYPE, null=True)


_AS_END = f"Send a day that exists as YYYY-MM-DD, up to {LAST_DATE}; leave it out if it has no end."


@rule("end_date_visibility_restriction", article="DSA Art. 17(3)(a)", fix=_AS_END)
def end_date_visibility_restriction(s: Submission, _: Profile) -> str | None:
    """The end of a restriction of visibility is a day."""
    return day_fault(s["end_date_visibility_restriction"])


@rule("end_date_monetary_restriction", article="DSA Art. 17(3)(a)", fix=_AS_END)
def end_date_monetary_restriction(s: Submission, _: Profile) -> str | None:
    """The end of a monetary restriction is a day."""
    return day_fault(s["end_date_monetary_restriction"])


@rule("end_date_service_restriction", article="DSA Art. 17(3)(a)", fix=_AS_END)
def end_date_service_restriction(s: Submission, _: Profile) -> str | None:
    """The end of a restriction of the service is a day."""
    return day_fault(s["end_date_service_restriction"])


@rule("end_date_account_restriction", article="DSA Art. 17(3)(a)", fix=_AS_END)
def end_date_account_restriction(s: Submission, _: Profile) -> str | None:
    """The end of a restriction of the account is a day."""
    return day_fault(s["end_date_account_restriction"])


@rule(
    "territorial_scope",
    article="DSA Art. 17(3)(a)",
    fix="Send a list of two-letter country codes of the European Economic Area (Greece is GR). "
    "Other countries need a platform profile that says so.",
)
def territorial_scope(s: Submission, profile: Profile) -> str | None:
    """Where the restriction holds: country codes."""
    known = words.COUNTRIES if profile.any_country else words.EEA
    return _list(s["territorial_scope"], known, null=False)


@rule(
    "application_date",
    article="DSA Art. 17(3)(a)",
    fix="Send the day the restriction took effect as YYYY-MM-DD, "
    f"{FIRST_APPLICATION_DATE} to {LAST_DATE}.",
    always=True,
)
def application_date(s: Submission, _: Profile) -> str | None:
    """The restriction took effect on a day."""
    return _required_date(s.get("application_date"), FIRST_APPLICATION_DATE)


# --- Why: Art. 17(3)(b), (d) and (e) ----------------------------------------------------------


@rule(
    "decision_ground",
    article="DSA Art. 17(3)(d) and (e)",
    fix=f"Send exactly one of: {', '.join(words.DECISION_GROUND)}.",
    always=True,
)
def decision_ground(s: Submission, _: Profile) -> str | None:
    """The decision rests on the law or on the terms."""
    return _one_of(s.get("decision_ground"), words.DECISION_GROUND)


@rule(
    "decision_ground_reference_url",
    article="DSA Art. 17(3)(d) and (e)",
    fix="Send a whole address with scheme and host, at most 500 characters, without user name, "
    'blanks, line breaks or any of < > " { } | \\ ^ `, or leave it out.',
)
def decision_ground_reference_url(s: Submission, _: Profile) -> str | None:
    """The reference to the law or the terms is an address."""
    value = s["decision_ground_reference_url"]
    if value is None:
        return None
    if type(value) is not str or not address.is_sound(value):
        if type(value) is str and address.holds_login(value):
            return "The {} field must not hold a user name or a password."
        return "The {} field must be a valid URL."
    return _text(value, TEXT)


@rule(
    "illegal_content_legal_ground",
    article="DSA Art. 17(3)(d)",
    fix="Name the law in at most 500 characters, beside DECISION_GROUND_ILLEGAL_CONTENT.",
    always=True,
)
def illegal_content_legal_ground(s: Submission, _: Profile) -> str | None:
    """Illegal content: the legal ground is named."""
    return _of_ground(s, "illegal_content_legal_ground", "ILLEGAL", TEXT)


@rule(
    "illegal_content_explanation",
    article="DSA Art. 17(3)(d)",
    fix="Explain in at most 2,000 characters why the content is illegal on that ground.",
    always=True,
)
def illegal_content_explanation(s: Submission, _: Profile) -> str | None:
    """Illegal content: why it is illegal is explained."""
    return _of_ground(s, "illegal_content_explanation", "ILLEGAL", EXPLANATION)


@rule(
    "incompatible_content_ground",
    article="DSA Art. 17(3)(e)",
    fix="Name the clause in at most 500 characters, beside DECISION_GROUND_INCOMPATIBLE_CONTENT.",
    always=True,
)
def incompatible_content_ground(s: Submission, _: Profile) -> str | None:
    """Content against the terms: the clause is named."""
    return _of_ground(s, "incompatible_content_ground", "INCOMPATIBLE", TEXT)


@rule(
    "incompatible_content_explanation",
    article="DSA Art. 17(3)(e)",
    fix="Explain in at most 2,000 characters why the content is incompatible with that clause.",
    always=True,
)
def incompatible_content_explanation(s: Submission, _: Profile) -> str | None:
    """Content against the terms: why is explained."""
    return _of_ground(s, "incompatible_content_explanation", "INCOMPATIBLE", EXPLANATION)


@rule(
    "incompatible_content_illegal",
    article="DSA Art. 17(3)(e)",
    fix="Send Yes or No as a text, or leave it out; null is not taken here.",
)
def incompatible_content_illegal(s: Submission, _: Profile) -> str | None:
    """Whether content against the terms is held illegal too; a wrong value never passes."""
    return _value(s["incompatible_content_illegal"], words.YES_NO, null=False)


@rule(
    "category",
    article="DSA Art. 24(5)",
    fix=f"Send exactly one of: {', '.join(words.CATEGORY)}.",
    always=True,
)
def category(s: Submission, _: Profile) -> str | None:
    """Exactly one category."""
    return _one_of(s.get("category"), words.CATEGORY)


@rule(
    "category_addition",
    article="DSA Art. 24(5)",
    fix="Send a list of categories, an empty list, or leave it out; null is not taken here.",
)
def category_addition(s: Submission, _: Profile) -> str | None:
    """Further categories."""
    if s["category_addition"] is None:
        return "The {} field must be an array."
    return _list(s["category_addition"], words.CATEGORY, null=False)


@rule(
    "category_specification",
    article="DSA Art. 24(5)",
    fix="Send a list of keywords, each exactly as in the schema.",
)
def category_specification(s: Submission, _: Profile) -> str | None:
    """Keywords; they are not held against the category."""
    return _list(s["category_specification"], words.KEYWORDS, null=True)


@rule(
    "category_specification_other",
    article="DSA Art. 24(5)",
    fix="Send the free keyword in at most 500 characters.",
)
def category_specification_other(s: Submission, _: Profile) -> str | None:
    """A free keyword."""
    return _text(s["category_specification_other"], TEXT)


@rule(
    "decision_facts",
    article="DSA Art. 17(3)(b)",
    fix="Say in at most 5,000 characters which facts and circumstances the decision rests on.",
    always=True,
)
def decision_facts(s: Submission, _: Profile) -> str | None:
    """The facts relied on are told."""
    return _text(s.get("decision_facts"), FACTS, required=True)


# --- What it was about ------------------------------------------------------------------------


@rule(
    "content_type",
    article="DSA Art. 24(5)",
    fix=f"Send a list with at least one of: {', '.join(words.CONTENT_TYPE)}.",
    always=True,
)
def content_type(s: Submission, _: Profile) -> str | None:
    """At least one kind of content."""
    value = s.get("content_type")
    return _required(value) or _list(value, words.CONTENT_TYPE, null=False)


@rule(
    "content_type_other",
    article="DSA Art. 24(5)",
    fix="Describe the content in at most 500 characters, beside CONTENT_TYPE_OTHER.",
    always=True,
)
def content_type_other(s: Submission, _: Profile) -> str | None:
    """Another kind of content is described."""
    other = "CONTENT_TYPE_OTHER" in (elements(s.get("content_type")) or ())
    return _text(s.get("content_type_other"), TEXT, required=other)


@rule(
    "content_language",
    article="DSA Art. 24(5)",
    fix="Send an upper-case ISO 639-1 code, as in ES, or leave it out.",
)
def content_language(s: Submission, _: Profile) -> str | None:
    """The language is a known code."""
    value = s["content_language"]
    return None if value is None else _value(value, words.LANGUAGES)


@rule(
    "content_date",
    article="DSA Art. 24(5)",
    fix=f"Send the day the content was posted as YYYY-MM-DD, {FIRST_CONTENT_DATE} to {LAST_DATE}.",
    always=True,
)
def content_date(s: Submission, _: Profile) -> str | None:
    """The content was posted on a day."""
    return _required_date(s.get("content_date"), FIRST_CONTENT_DATE)


@rule(
    "content_id",
    article="DSA Art. 24(5)",
    fix='Send an object, as in {"EAN-13": "4006381333931"}, or leave it out.',
)
def content_id(s: Submission, _: Profile) -> str | None:
    """Identifiers of the content come as an object."""
    value = s["content_id"]
    if value is None or value == [] or type(value) is dict:
        return None
    return "The {} field must be an object."


@rule(
    "content_id.EAN-13",
    article="DSA Art. 24(5)",
    fix="Send a text of exactly 13 digits, or leave EAN-13 out; null is not taken here.",
    always=True,
)
def content_id_ean13(s: Submission, _: Profile) -> str | None:
    """A product number has 13 digits, if it is sent; its check digit is not verified."""
    value = s.get("content_id")
    return _ean(value["EAN-13"]) if type(value) is dict and "EAN-13" in value else None


@rule("content_id_ean", article="DSA Art. 24(5)", fix="Send a text of exactly 13 digits.")
def content_id_ean(s: Submission, _: Profile) -> str | None:
    """The short form of a product number; a batch ignores it."""
    value = s["content_id_ean"]
    return None if value is None else _ean(value)


# --- Where it came from, and who decided: Art. 17(3)(b) and (c) -------------------------------


@rule(
    "source_type",
    article="DSA Art. 17(3)(b)",
    fix=f"Send one of: {', '.join(words.SOURCE_TYPE)}.",
    always=True,
)
def source_type(s: Submission, _: Profile) -> str | None:
    """What the decision followed is told."""
    return _one_of(s.get("source_type"), words.SOURCE_TYPE)


@rule(
    "source_identity",
    article="DSA Art. 17(3)(b)",
    fix="Name the notifier in at most 500 characters, only where strictly necessary.",
)
def source_identity(s: Submission, _: Profile) -> str | None:
    """The notifier's name; too long is refused even where it would be dropped."""
    return _text(s["source_identity"], TEXT)


@rule(
    "automated_detection",
    article="DSA Art. 17(3)(c)",
    fix="Send Yes or No, as a text.",
    always=True,
)
def automated_detection(s: Submission, _: Profile) -> str | None:
    """Whether a machine found it is told."""
    return _one_of(s.get("automated_detection"), words.YES_NO)


@rule(
    "automated_decision",
    article="DSA Art. 17(3)(c)",
    fix=f"Send one of: {', '.join(words.AUTOMATED_DECISION)}.",
    always=True,
)
def automated_decision(s: Submission, _: Profile) -> str | None:
    """How far a machine decided is told."""
    return _one_of(s.get("automated_decision"), words.AUTOMATED_DECISION)


@rule(
    "puid",
    article="DSA Art. 24(5)",
    fix="Send your own identifier of this decision: 1 to 500 of A-Z a-z 0-9 - _, never used.",
    always=True,
)
def puid(s: Submission, _: Profile) -> str | None:
    """The platform's own identifier, which says nothing about a person."""
    value = s.get("puid")
    if type(value) is str and PUID.fullmatch(value):
        return None
    if type(value) is int:
        value = str(value)
    if missing := _required(value):
        return missing
    return None if type(value) is str and PUID.fullmatch(value) else "The {} format is invalid."


# --- How values are tested --------------------------------------------------------------------

PUID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_EAN = re.compile(r"[0-9]{13}")
_FORMER = {**words.FORMER_CATEGORIES, **words.FORMER_KEYWORDS}


def _required(value: Any) -> str | None:
    return "The {} field is required." if value in (None, [], {}) else None


def _one_of(value: Any, known: Collection[str]) -> str | None:
    """A value that must be there, and from the list."""
    if type(value) is str and value in known:
        return None
    return _required(value) or _value(value, known)


def _value(value: Any, known: Collection[str], *, null: bool = False) -> str | None:
    if type(value) is str:
        if value in known or (null and value == "null"):
            return None
        if value in _FORMER:
            return _ended(value)
    elif value is None and null:
        return None
    return "The selected {} is invalid."


def _ended(value: str) -> str:
    successor = _FORMER[value]
    instead = f"; {successor} took its place" if successor else ""
    return f"The selected {{}} is invalid: {value} ended on 30 June 2025{instead}."


def _list(value: Any, known: Collection[str], *, null: bool) -> str | None:
    items = elements(value)
    if items is None:
        return "The {} field must be an array."
    for item in () if _all_in(items, known) else items:
        if not (type(item) is str and (item in known or (null and item == "null"))):
            former = type(item) is str and item in _FORMER
            return _ended(item) if former else "The selected {} is invalid."
    return None


def _all_in(items: tuple[Any, ...], known: Collection[str]) -> bool:
    """Whether every item is one of the texts; at the speed of sets, which most lists pass at."""
    try:
        return items[0] in known if len(items) == 1 else set(items).issubset(known)
    except TypeError:
        return False


def _text(value: Any, most: int, *, required: bool = False) -> str | None:
    if value is None:
        return "The {} field is required." if required else None
    if type(value) is str:
        if len(value) > most:
            return f"The {{}} field must not be greater than {most} characters."
    elif type(value) in (list, dict):
        return "The {} field must be a string."
    return None


def _of_ground(s: Submission, name: str, ground: str, most: int) -> str | None:
    """A text that belongs to one ground: required with it, dropped unseen without it."""
    if s.get("decision_ground") != f"DECISION_GROUND_{ground}_CONTENT":
        return None
    return _text(s.get(name), most, required=True)


def _required_date(value: Any, first: str) -> str | None:
    return day_fault(value, first) if value is not None else _required(value)


def day_fault(value: Any, first: str = FIRST_DATE) -> str | None:
    """What is wrong with a date, if anything; None counts as absent."""
    if value is None:
        return None
    if type(value) is not str or not _is_day(value):
        return "The {} field must be a valid date in the format YYYY-MM-DD."
    if not first <= value <= LAST_DATE:
        return f"The {{}} field must be a date from {first} to {LAST_DATE}."
    return None


@functools.lru_cache(maxsize=4096)  # statements of one time share their few days
def _is_day(text: str) -> bool:
    match = _DATE.fullmatch(text)
    try:
        return match is not None and bool(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return False


def _ean(value: Any) -> str | None:
    if type(value) is str and _EAN.fullmatch(value):
        return None
    return "The {} field must be a text of 13 digits."


def _spoken(attribute: str) -> str:
    return attribute.replace("_", " ")


class _Asked(NamedTuple):
    """Every rule by when it is asked, and its place among all."""

    always: tuple[Rule, ...]
    when_sent: dict[str, list[Rule]]
    order: dict[str, int]


def _by_when(every: Sequence[Rule]) -> _Asked:
    when_sent: dict[str, list[Rule]] = {}
    for rule in every:
        for name in () if rule.always else rule.attributes:
            when_sent.setdefault(name, []).append(rule)
    always = tuple(rule for rule in every if rule.always)
    return _Asked(always, when_sent, {rule.name: place for place, rule in enumerate(every)})


_asked = derived(_by_when)
