"""What a letter says of an outcome: in one sentence, and in the words of whoever decided."""

# SPDX-License-Identifier: Apache-2.0

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from amparo.case.events import (
    CaseDecided,
    CaseInadmissible,
    ComplaintDecided,
    ComplaintInadmissible,
    DecisionReversed,
    Happened,
    NoticeAnswered,
    OutcomeReceived,
    RemedyImpossible,
    RemedyRefused,
)
from amparo.case.notify import ToPeople
from amparo.foreign_text import isolated
from amparo.ledger.case.casework import File
from amparo.web.words import history
from amparo.web.words.i18n import catalogue, direction


class Source(NamedTuple):
    """Where a kind of letter finds its outcome."""

    event: type[Happened]
    sentence: Callable[[Any], str]
    """What was decided, as a text of the catalogue; empty where the subject says it."""
    reasons: Callable[[Any], str]


def _reasons(event: Any) -> str:
    return str(event.reasons)


def _summary(event: Any) -> str:
    return str(event.summary)


def _nothing(_: Any) -> str:
    return ""


SOURCES: Mapping[ToPeople, Source] = {
    "complaint_decided": Source(ComplaintDecided, lambda e: history.OUTCOMES[e.outcome], _reasons),
    "complaint_inadmissible": Source(
        ComplaintInadmissible, lambda e: history.INADMISSIBLE[e.ground], _reasons
    ),
    "notice_answered": Source(NoticeAnswered, lambda e: history.ANSWERS[e.result], _reasons),
    "case_decided": Source(CaseDecided, lambda e: history.PANEL[e.outcome], _summary),
    "case_inadmissible": Source(CaseInadmissible, _nothing, _reasons),
    "outcome_received": Source(OutcomeReceived, lambda e: history.PANEL[e.outcome], _summary),
    "decision_reversed": Source(DecisionReversed, _nothing, _reasons),
    "remedy_refused": Source(RemedyRefused, _nothing, _reasons),
    "remedy_impossible": Source(RemedyImpossible, _nothing, _reasons),
}


def lines(kind: str, file: File, language: str) -> list[str]:
    """The outcome that a letter of this kind tells of; nothing where it tells of none."""
    source = next((source for name, source in SOURCES.items() if name == kind), None)
    event = file.find(source.event) if source is not None else None
    if source is None or event is None:
        return []
    sentence, reasons = source.sentence(event), source.reasons(event)
    sentences = [catalogue(language).gettext(sentence)] if sentence else []
    return [*sentences, *([isolated(reasons, direction(language))] if reasons else [])]
