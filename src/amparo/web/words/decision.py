"""A decision in plain words, in the reader's language: what the pages show of it."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from amparo.record import event, sealing
from amparo.record import vocabulary as words
from amparo.record.event import DecisionIssued
from amparo.record.vocabulary import Labels
from amparo.storage.journal import LogEntry

Translate = Callable[[str], str]
"""A text in English -> the same in the reader's language."""


class Worded(NamedTuple):
    """What a page shows of a decision."""

    uuid: str
    entry: int
    platform: str
    at: datetime
    demo: bool
    published: bool
    done: list[tuple[str, str | None]]
    """Restriction, and the day it ends."""
    application_date: str
    territory: list[str]
    everywhere: bool
    account_type: str | None
    illegal: bool
    also_illegal: str | None
    reasons: list[tuple[str, str]]
    categories: list[str]
    keywords: list[str]
    reference: str | None
    source: str
    found_by_machine: bool
    automation: str
    content: list[str]
    language: str | None
    content_date: str
    imported: Mapping[str, Any] | None
    erased_at: str | None
    demo_recourse: str | None
    is_copied: bool = False
    """Whether the EU's database has a copy of what was erased here."""
    facts: str = ""
    """What it relies on, in its own words; empty once erased."""


def N_(text: str) -> str:  # noqa: N802 - the usual name of the mark for catalogues
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


_REASONS = (
    ("illegal_content_legal_ground", N_("The law it names")),
    ("illegal_content_explanation", N_("Why it says the content is illegal")),
    ("incompatible_content_ground", N_("The clause it names")),
    ("incompatible_content_explanation", N_("Why it says the content breaks the clause")),
    ("decision_facts", N_("The facts it relies on")),
    ("source_identity", N_("Who gave notice")),
    ("category_specification_other", N_("In its own words")),
    ("content_id_ean", N_("Product number (EAN-13)")),
)
_SOURCES = {
    "SOURCE_ARTICLE_16": N_("It followed a notice that somebody sent under Article 16."),
    "SOURCE_TRUSTED_FLAGGER": N_("It followed a notice by a trusted flagger."),
    "SOURCE_TYPE_OTHER_NOTIFICATION": N_("It followed another kind of notification."),
    "SOURCE_VOLUNTARY": N_("The platform acted on its own initiative."),
}
_AUTOMATION = {
    "AUTOMATED_DECISION_FULLY": N_("A machine took the decision, with no person."),
    "AUTOMATED_DECISION_PARTIALLY": N_("A machine took part in the decision."),
    "AUTOMATED_DECISION_NOT_AUTOMATED": N_("A person took the decision."),
}
_ENDS = {
    "decision_monetary": "end_date_monetary_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}
_SINGLE: dict[str, Labels] = {
    "decision_monetary": words.DECISION_MONETARY,
    "decision_provision": words.DECISION_PROVISION,
    "decision_account": words.DECISION_ACCOUNT,
}


def word(
    entry: LogEntry,
    leaf: DecisionIssued,
    *,
    translate: Translate,
    platform: str,
    demo: bool,
    published: int,
    erased_at: str | None,
    demo_recourse: str | None = None,
    is_copied: bool = False,
) -> Worded:
    """Put a decision into words; `published` is the size of the public log."""
    worded = word_fields(
        leaf,
        {} if entry.opening is None else sealing.unpack(entry.opening).fields(),
        entry=entry.seq,
        translate=translate,
        platform=platform,
    )
    return worded._replace(
        demo=demo,
        published=entry.seq < published,
        erased_at=erased_at[:10] if erased_at else None,
        demo_recourse=demo_recourse,
        is_copied=is_copied,
    )


def word_fields(
    leaf: DecisionIssued,
    sealed: Mapping[str, Any],
    *,
    entry: int,
    translate: Translate,
    platform: str,
) -> Worded:
    """The same from a leaf and the fields that are opened, as a file holds them."""
    public = leaf.public
    territory = list(public.get("territorial_scope", []))
    return Worded(
        uuid=leaf.case,
        entry=entry,
        platform=platform,
        at=event.moment(leaf.at),
        demo=False,
        published=True,
        done=done(public, sealed, translate),
        application_date=public["application_date"],
        territory=territory,
        everywhere=set(territory) == words.EEA,
        account_type=words.ACCOUNT_TYPE.get(public.get("account_type", "")),
        illegal=public["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT",
        also_illegal=public.get("incompatible_content_illegal"),
        reasons=[(translate(term), sealed[name]) for name, term in _REASONS if name in sealed],
        categories=[
            translate(words.CATEGORY[name])
            for name in (public["category"], *public.get("category_addition", []))
            if name in words.CATEGORY
        ],
        keywords=[
            translate(words.KEYWORDS[name].label)
            for name in public.get("category_specification", [])
            if name in words.KEYWORDS
        ],
        reference=sealed.get("decision_ground_reference_url"),
        source=translate(_SOURCES[public["source_type"]]),
        found_by_machine=public["automated_detection"] == "Yes",
        automation=translate(_AUTOMATION[public["automated_decision"]]),
        content=_content(public, sealed, translate),
        language=public.get("content_language"),
        content_date=public["content_date"],
        imported=sealed.get("imported"),
        erased_at=None,
        demo_recourse=None,
        facts=sealed.get("decision_facts", ""),
    )


def done(
    public: Mapping[str, Any], sealed: Mapping[str, Any], translate: Translate
) -> list[tuple[str, str | None]]:
    """Each restriction in words, with the day it ends if one was stated."""
    restrictions: list[tuple[str, str | None]] = []
    for value in public.get("decision_visibility", []):
        text = translate(words.DECISION_VISIBILITY.get(value, value))
        if value == "DECISION_VISIBILITY_OTHER":
            text = sealed.get("decision_visibility_other", text)
        restrictions.append((text, public.get("end_date_visibility_restriction")))
    for name, labels in _SINGLE.items():
        if value := public.get(name):
            text = translate(labels.get(value, value))
            if value == "DECISION_MONETARY_OTHER":
                text = sealed.get("decision_monetary_other", text)
            restrictions.append((text, public.get(_ENDS[name])))
    return [pair for pair in restrictions if pair[0] != "null"]


def _content(
    public: Mapping[str, Any], sealed: Mapping[str, Any], translate: Translate
) -> list[str]:
    return [
        sealed.get("content_type_other", translate("Other"))
        if value == "CONTENT_TYPE_OTHER"
        else translate(words.CONTENT_TYPE[value])
        for value in public["content_type"]
    ]
